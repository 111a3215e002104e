//! The tree of a scenario file before it has types: every key and value with its place.
//!
//! The invariant: entries stand in the order of the file, and each key and value knows where its
//! author wrote it, even after it was moved there by `[vary]` or `--set`.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where something was written: a byte offset in one of the document's texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The number of the text: 0 is the file, others are options of the command line.
    pub(crate) text: u32,
    /// The offset of its first byte.
    pub(crate) start: u32,
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Value {
    pub(crate) place: Place,
    pub(crate) node: Node,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Text(String),
    Integer(i128),
    Decimal(f64),
    Truth(bool),
    Datetime(String),
    List(Vec<Value>),
    Table(Table),
}

/// Keys and values in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Table {
    pub(crate) entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// One step from a table or a list to what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Item(usize),
}

impl From<&str> for Step {
    fn from(key: &str) -> Step {
        Step::Key(key.to_string())
    }
}

impl From<&String> for Step {
    fn from(key: &String) -> Step {
        Step::Key(key.clone())
    }
}

impl From<usize> for Step {
    fn from(item: usize) -> Step {
        Step::Item(item)
    }
}

/// The steps from the top of a document to a value.
macro_rules! steps {
    ($($step:expr),* $(,)?) => { [$($crate::scenario::tree::Step::from($step)),*] };
}
pub(crate) use steps;

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The value of `key`, made by `absent` if there is none.
    pub(crate) fn get_or(&mut self, key: &str, absent: impl FnOnce() -> Entry) -> &mut Value {
        let found = self.entries.iter().position(|entry| entry.key == key);
        let index = found.unwrap_or_else(|| {
            self.entries.push(absent());
            self.entries.len() - 1
        });
        &mut self.entries[index].value
    }

    /// Puts an entry in the place of the one with its key, or at the end.
    pub(crate) fn put(&mut self, entry: Entry) {
        match self.entries.iter_mut().find(|old| old.key == entry.key) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }
}

impl Value {
    pub(crate) fn as_table(&self) -> Option<&Table> {
        match &self.node {
            Node::Table(table) => Some(table),
            _ => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Value]> {
        match &self.node {
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.node {
            Node::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, for a sentence: `the integer 5`, `a list`.
    pub(crate) fn described(&self) -> String {
        match &self.node {
            Node::Text(text) => format!("the text `{text}`"),
            Node::Integer(number) => format!("the integer {number}"),
            Node::Decimal(number) => format!("the number {number}"),
            Node::Truth(truth) => format!("`{truth}`"),
            Node::Datetime(_) => "a date".to_string(),
            Node::List(_) => "a list".to_string(),
            Node::Table(_) => "a table".to_string(),
        }
    }

    /// The value as a person would write it on a command line.
    pub(crate) fn written(&self) -> String {
        match &self.node {
            Node::Text(text) => text.clone(),
            _ => self.nested(),
        }
    }

    fn nested(&self) -> String {
        match &self.node {
            Node::Text(text) => format!("{text:?}"),
            Node::Integer(number) => number.to_string(),
            Node::Decimal(number) => format!("{number:?}"),
            Node::Truth(truth) => truth.to_string(),
            Node::Datetime(text) => text.clone(),
            Node::List(items) => {
                let items: Vec<String> = items.iter().map(Value::nested).collect();
                format!("[{}]", items.join(", "))
            }
            Node::Table(table) => {
                let pair = |entry: &Entry| format!("{} = {}", entry.key, entry.value.nested());
                let pairs: Vec<String> = table.entries.iter().map(pair).collect();
                format!("{{ {} }}", pairs.join(", "))
            }
        }
    }

    /// Puts the keys of another table in place of those here, within nested tables as well.
    pub(crate) fn overlay(&mut self, over: &Value) {
        let (Node::Table(table), Node::Table(over)) = (&mut self.node, &over.node) else {
            *self = over.clone();
            return;
        };
        for entry in &over.entries {
            match table.entries.iter_mut().find(|known| known.key == entry.key) {
                Some(known) => known.value.overlay(&entry.value),
                None => table.entries.push(entry.clone()),
            }
        }
    }

    /// The value at `steps`, if there is one.
    pub(crate) fn at(&self, steps: &[Step]) -> Option<&Value> {
        steps.iter().try_fold(self, |value, step| match step {
            Step::Key(key) => value.as_table()?.get(key),
            Step::Item(item) => value.as_list()?.get(*item),
        })
    }
}

/// Makes a tree of the `text` with number `number`.
///
/// # Errors
/// The message and the offset of what is not TOML.
pub(crate) fn parse(text: &str, number: u32) -> Result<Value, (String, usize)> {
    let table = DeTable::parse(text).map_err(|error| told(text, &error))?;
    let start = place(number, &(0..0));
    Ok(Value { place: start, node: Node::Table(convert_table(number, table.get_ref())?) })
}

/// Makes a value of a text such as `["0%", "1%"]`.
///
/// # Errors
/// The message and the offset of what is not TOML.
pub(crate) fn parse_value(text: &str, number: u32) -> Result<Value, (String, usize)> {
    let value = DeValue::parse(text).map_err(|error| told(text, &error))?;
    convert(number, &value)
}

fn told(text: &str, error: &toml::de::Error) -> (String, usize) {
    let span = error.span().unwrap_or(text.len()..text.len());
    let message = error.message().replace('\n', " ");
    let message = match (message.as_str(), text.get(span.clone())) {
        ("duplicate key", Some(key)) => format!("duplicate key `{key}`"),
        (message, _) if message.starts_with("string values must be quoted") => {
            "not TOML: the value is missing or lacks its quotes".to_string()
        }
        _ => format!("not TOML: {message}"),
    };
    (message, span.start)
}

fn place(text: u32, span: &Range<usize>) -> Place {
    Place { text, start: u32::try_from(span.start).unwrap_or(u32::MAX) }
}

fn convert_table(number: u32, table: &DeTable<'_>) -> Result<Table, (String, usize)> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let value = convert(number, value)?;
        let place = place(number, &key.span());
        entries.push(Entry { key: key.get_ref().to_string(), place, value });
    }
    entries.sort_by_key(|entry| entry.place.start);
    Ok(Table { entries })
}

fn convert(number: u32, value: &Spanned<DeValue<'_>>) -> Result<Value, (String, usize)> {
    let start = value.span().start;
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Text(text.to_string()),
        DeValue::Integer(integer) => i128::from_str_radix(integer.as_str(), integer.radix())
            .map(Node::Integer)
            .map_err(|_| (format!("the integer {integer} is out of range"), start))?,
        DeValue::Float(float) => float
            .as_str()
            .parse()
            .map(Node::Decimal)
            .map_err(|_| (format!("`{float}` is not a number"), start))?,
        DeValue::Boolean(truth) => Node::Truth(*truth),
        DeValue::Datetime(datetime) => Node::Datetime(datetime.to_string()),
        DeValue::Array(items) => {
            let items: Result<_, _> = items.iter().map(|item| convert(number, item)).collect();
            Node::List(items?)
        }
        DeValue::Table(table) => Node::Table(convert_table(number, table)?),
    };
    Ok(Value { place: place(number, &value.span()), node })
}
