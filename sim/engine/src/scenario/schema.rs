//! The JSON schema of scenario files, and what `describe` says about their tables.
//!
//! The invariant: both come from the types and their documentation; there is no second table.

use super::fault::Fault;
use super::tables::Scenario;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// A table of the format as `describe` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDoc {
    /// Its key.
    pub name: String,
    /// What it is, in the words of the type's documentation.
    pub about: String,
    /// Its keys, in the order of the alphabet.
    pub keys: Vec<KeyDoc>,
}

/// A key of a table as `describe` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyDoc {
    /// The key.
    pub name: String,
    /// What it means.
    pub about: String,
    /// What may be written: `a duration such as "150ms"`.
    pub form: String,
    /// The value where the key is absent, if that is a value.
    pub default: Option<String>,
    /// Whether the table must have it.
    pub required: bool,
}

/// The schema of scenario files for a protocol with the configuration `C`.
#[must_use]
pub fn schema<C: JsonSchema>() -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let config = generator.subschema_for::<C>();
    let mut schema = generator.into_root_schema_for::<Scenario>();
    schema.insert("title".to_string(), "A squall scenario".into());
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    let properties = properties.expect("a scenario is an object");
    properties.insert("format".to_string(), json!({ "const": 1, "description": "The version." }));
    properties.insert("config".to_string(), config.to_value());
    let vary = json!({
        "description": "Keys whose value each seed draws: a list to choose from, or a range.",
        "type": "object",
        "additionalProperties": { "anyOf": [
            { "type": "array", "minItems": 1 },
            { "type": "string", "pattern": r"^.+\.\..+$" },
            { "type": "object" }
        ] }
    });
    properties.insert("vary".to_string(), vary);
    schema
}

/// The kinds of fault, each with its keys.
#[must_use]
pub fn fault_kinds() -> Vec<TableDoc> {
    let root = schemars::schema_for!(Fault).to_value();
    let is_kind = |(_, property): &(&String, &Value)| property.get(KIND).is_some();
    let kinds = properties(&root).into_iter().flatten().filter(is_kind);
    kinds.map(|(name, property)| table_doc(&root, name, property)).collect()
}

/// The keys that every fault may have beside its kind.
#[must_use]
pub fn fault_keys() -> TableDoc {
    let root = schemars::schema_for!(Fault).to_value();
    let mut doc = table_doc(&root, "faults", &root);
    let kinds = fault_kinds();
    doc.keys.retain(|key| kinds.iter().all(|kind| kind.name != key.name));
    doc
}

/// The tables of a scenario file and those within them (`chaos.crash`), without `[config]` and
/// `[vary]`.
#[must_use]
pub fn tables() -> Vec<TableDoc> {
    let root = schemars::schema_for!(Scenario).to_value();
    let mut docs = Vec::new();
    for (name, property) in properties(&root).into_iter().flatten() {
        collect(&root, name, property, &mut docs);
    }
    docs
}

fn collect(root: &Value, name: &str, property: &Value, docs: &mut Vec<TableDoc>) {
    let Some(table) = table_of(root, property) else { return };
    docs.push(table_doc(root, name, property));
    for (key, inner) in properties(table).into_iter().flatten() {
        collect(root, &format!("{name}.{key}"), inner, docs);
    }
}

/// The keys of a protocol's `[config]`.
#[must_use]
pub fn config_keys<C: JsonSchema>() -> TableDoc {
    let root = schemars::schema_for!(C).to_value();
    table_doc(&root, "config", &root)
}

/// Marks a property of [`Fault`] as a kind of fault.
pub(super) const KIND: &str = "x-squall-kind";

fn table_doc(root: &Value, name: &str, property: &Value) -> TableDoc {
    let keys = table_of(root, property).map(|table| key_docs(root, table)).unwrap_or_default();
    TableDoc { name: name.to_string(), about: about(root, property), keys }
}

/// The schema with the keys of a table, of each table of a list, or of each table in a table.
fn table_of<'a>(root: &'a Value, property: &'a Value) -> Option<&'a Value> {
    alternatives(root, property).into_iter().find_map(|form| {
        let inner = form.get("items").or(form.get("additionalProperties"));
        match properties(form) {
            Some(keys) => (keys.len() > 1 || form.get("title").is_some()).then_some(form),
            None => inner.filter(|inner| inner.is_object()).and_then(|i| table_of(root, i)),
        }
    })
}

fn key_docs(root: &Value, table: &Value) -> Vec<KeyDoc> {
    let required = table.get("required").and_then(Value::as_array);
    let is_required = |key: &str| required.is_some_and(|names| names.iter().any(|n| n == key));
    let doc = |(name, property): (&String, &Value)| KeyDoc {
        name: name.clone(),
        about: about(root, property),
        form: form(root, property),
        default: property.get("default").map(shown).filter(|shown| !shown.is_empty()),
        required: is_required(name),
    };
    properties(table).into_iter().flatten().map(doc).collect()
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

/// What a schema says in one sentence, or what the type behind it says.
fn about(root: &Value, schema: &Value) -> String {
    let told = [schema, resolve(root, schema)]
        .into_iter()
        .find_map(|schema| schema.get("description").and_then(Value::as_str));
    told.unwrap_or_default().replace('\n', " ")
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let path = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| root.pointer(path)).map_or(schema, |target| resolve(root, target))
}

/// The forms that a value may have, references followed, without null.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolve(root, schema);
    let inner = ["anyOf", "oneOf"].iter().find_map(|key| schema.get(key)?.as_array());
    let is_null = |schema: &Value| schema.get("type").is_some_and(|name| name == "null");
    match inner {
        Some(inner) if properties(schema).is_none() => inner
            .iter()
            .filter(|schema| !is_null(schema))
            .flat_map(|schema| alternatives(root, schema))
            .collect(),
        _ => vec![schema],
    }
}

/// What may be written, in words.
fn form(root: &Value, schema: &Value) -> String {
    let mut forms: Vec<String> = Vec::new();
    for schema in alternatives(root, schema) {
        let form = plain_form(root, schema);
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms.join(" or ")
}

fn plain_form(root: &Value, schema: &Value) -> String {
    if let Some(word) = schema.get("const") {
        return word.to_string();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" or ");
    }
    let named = |name: &str| match schema.get("type") {
        Some(Value::String(found)) => found == name,
        Some(Value::Array(found)) => found.iter().any(|found| found == name),
        _ => false,
    };
    if named("string") {
        let quantity = schema.get("pattern").and(schema.get("description"));
        return quantity.and_then(Value::as_str).unwrap_or("a text").to_string();
    }
    if named("array") {
        let items = schema.get("items").map(|items| form(root, items));
        let bare = |items: String| items.trim_start_matches("a ").to_string();
        return items.map_or("a list".to_string(), |items| format!("a list of {}", bare(items)));
    }
    if named("object") {
        let keys = properties(schema).filter(|keys| keys.len() == 1);
        let only = keys.and_then(|keys| keys.iter().next());
        let pair = |(name, property)| format!("{{ {name} = {} }}", form(root, property));
        return only.map_or("a table".to_string(), pair);
    }
    let words = [("boolean", "true or false"), ("integer", "an integer"), ("number", "a number")];
    let word = words.into_iter().find(|(name, _)| named(name));
    word.map_or("anything", |(_, word)| word).to_string()
}

/// A value as a scenario file has it; nothing for null and what is empty.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => String::new(),
        Value::Object(keys) => {
            let pair = |(name, value): (&String, &Value)| match value {
                Value::Object(_) => format!("{name} = {}", shown(value)),
                _ => format!("{name} = {value}"),
            };
            let pairs: Vec<String> = keys.iter().map(pair).collect();
            if pairs.is_empty() { String::new() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
        _ => value.to_string(),
    }
}
