//! Gives a tree its types: a serde deserializer whose errors know their place and their table.
//!
//! The invariant: an error's place is that of the innermost key or value that serde rejected, and
//! its steps lead from the value being read to the table that holds it.

use super::error::{either, help};
use super::tree::{Entry, Node, Place, Step, Value, steps};
use serde::de::{
    self, DeserializeSeed, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use std::fmt;

/// Why a value cannot have the wanted type.
#[derive(Debug)]
pub(crate) struct Misread {
    /// Where; `None` until a value that contains it says so.
    pub(crate) place: Option<Place>,
    /// From the value being read to the one at fault, innermost first.
    pub(crate) steps: Vec<Step>,
    what: What,
}

#[derive(Debug)]
enum What {
    UnknownKey { key: String, known: Vec<&'static str> },
    UnknownWord { word: String, known: Vec<&'static str> },
    MissingKey(&'static str),
    Message(String),
}

impl Misread {
    fn new(what: What) -> Misread {
        Misread { place: None, steps: Vec::new(), what }
    }

    fn within(mut self, place: Place, step: Option<Step>) -> Misread {
        self.place.get_or_insert(place);
        self.steps.extend(step);
        self
    }

    /// The message and the help, for an error found while reading the value at `base`. The keys in
    /// `beside` are legal at the top though the type being read does not have them.
    pub(crate) fn told(&self, base: &[Step], beside: &[&str]) -> (String, Option<String>) {
        let mut path = base.to_vec();
        path.extend(self.steps.iter().rev().cloned());
        match &self.what {
            What::UnknownKey { key, known } => {
                let mut known: Vec<&str> = known.clone();
                if path.is_empty() {
                    known.extend(beside);
                }
                (format!("unknown key `{key}` {}", table_name(&path)), help(key, &known))
            }
            What::UnknownWord { word, known } => {
                let message = match keys(&path).last() {
                    Some(key) => format!("`{word}` is not a value of `{key}`"),
                    None => format!("unknown value `{word}`"),
                };
                (message, help(word, known))
            }
            What::MissingKey(key) => (format!("missing key `{key}` {}", table_name(&path)), None),
            What::Message(message) => (message.clone(), self.header_help(&path)),
        }
    }

    /// Tables that are written with double brackets are easily written with single ones.
    fn header_help(&self, path: &[Step]) -> Option<String> {
        let of_tables = *path == steps!["faults"] || *path == steps!["workload", "phases"];
        let single = matches!(&self.what, What::Message(text) if text == LIST_NOT_TABLE);
        (of_tables && single).then(|| format!("write [[{}]] above each", keys(path).join(".")))
    }
}

const LIST_NOT_TABLE: &str = "expected a list, found a table";

fn keys(path: &[Step]) -> Vec<&str> {
    let mut keys = Vec::new();
    for step in path {
        match step {
            Step::Key(key) => keys.push(key.as_str()),
            Step::Item(_) => {}
        }
    }
    keys
}

/// `in [network]`, `in [[faults]]`, `in [faults.crash]`, `at the top`.
pub(crate) fn table_name(path: &[Step]) -> String {
    let keys = keys(path).join(".");
    match path.last() {
        None => "at the top".to_string(),
        Some(Step::Key(_)) => format!("in [{keys}]"),
        Some(Step::Item(_)) => format!("in [[{keys}]]"),
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&[], &[]).0)
    }
}

impl std::error::Error for Misread {}

impl de::Error for Misread {
    fn custom<T: fmt::Display>(message: T) -> Misread {
        Misread::new(What::Message(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Misread {
        Misread::custom(format!("expected {}, found {}", wanted(expected), shown(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Misread {
        Misread::invalid_type(found, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Misread {
        Misread::custom(format!("expected {}, found {length} of them", wanted(expected)))
    }

    fn unknown_variant(word: &str, known: &'static [&'static str]) -> Misread {
        Misread::new(What::UnknownWord { word: word.to_string(), known: known.to_vec() })
    }

    fn unknown_field(key: &str, known: &'static [&'static str]) -> Misread {
        Misread::new(What::UnknownKey { key: key.to_string(), known: known.to_vec() })
    }

    fn missing_field(key: &'static str) -> Misread {
        Misread::new(What::MissingKey(key))
    }

    fn duplicate_field(key: &'static str) -> Misread {
        Misread::custom(format!("duplicate key `{key}`"))
    }
}

/// What serde says it expected, in the words of the file format.
fn wanted(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let integer = |low: i128, high: u128| format!("an integer from {low} to {high}");
    match text.as_str() {
        "u8" => integer(0, u8::MAX.into()),
        "u16" => integer(0, u16::MAX.into()),
        "u32" => integer(0, u32::MAX.into()),
        "u64" | "usize" => "an integer that is 0 or more".to_string(),
        "i8" => integer(i8::MIN.into(), 127),
        "i16" => integer(i16::MIN.into(), 32_767),
        "i32" => integer(i32::MIN.into(), 2_147_483_647),
        "i64" | "isize" => "an integer".to_string(),
        "f32" | "f64" => "a number".to_string(),
        "a boolean" => "`true` or `false`".to_string(),
        "a string" | "string" => "a text in quotes".to_string(),
        "a sequence" => "a list".to_string(),
        "a map" => "a table".to_string(),
        other if other.starts_with("struct ") => "a table".to_string(),
        other => other.to_string(),
    }
}

fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => format!("`{truth}`"),
        Unexpected::Unsigned(number) => format!("the integer {number}"),
        Unexpected::Signed(number) => format!("the integer {number}"),
        Unexpected::Float(number) => format!("the number {number:?}"),
        Unexpected::Str(text) => format!("the text `{text}`"),
        Unexpected::Seq => "a list".to_string(),
        Unexpected::Map | Unexpected::StructVariant | Unexpected::NewtypeVariant => {
            "a table".to_string()
        }
        Unexpected::Unit | Unexpected::Option => "nothing".to_string(),
        other => other.to_string(),
    }
}

/// Reads one value; the keys in `skipped` are passed over.
pub(crate) struct Reader<'a> {
    value: &'a Value,
    skipped: &'a [&'a str],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(value: &'a Value, skipped: &'a [&'a str]) -> Reader<'a> {
        Reader { value, skipped }
    }

    fn inner(value: &'a Value) -> Reader<'a> {
        Reader { value, skipped: &[] }
    }

    fn visit<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Misread>
    where
        'a: 'de,
    {
        match &self.value.node {
            Node::Text(text) => visitor.visit_borrowed_str(text),
            Node::Datetime(text) => visitor.visit_borrowed_str(text),
            Node::Truth(truth) => visitor.visit_bool(*truth),
            Node::Decimal(number) => visitor.visit_f64(*number),
            Node::Integer(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => Err(de::Error::custom(format!("the integer {number} is out of range"))),
            },
            Node::List(items) => visitor.visit_seq(Items { items: items.iter(), index: 0 }),
            Node::Table(table) => {
                let entries = table.entries.iter();
                visitor.visit_map(Entries { entries, skipped: self.skipped, value: None })
            }
        }
    }
}

impl<'de> de::Deserializer<'de> for Reader<'de> {
    type Error = Misread;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        self.visit(visitor).map_err(|error| error.within(self.value.place, None))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misread> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misread> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        let place = self.value.place;
        let read = match &self.value.node {
            Node::Text(word) => visitor.visit_enum(Variant { word, place, value: None }),
            Node::Table(table) => match table.entries.as_slice() {
                [Entry { key, value, place }] => {
                    visitor.visit_enum(Variant { word: key, place: *place, value: Some(value) })
                }
                _ => Err(de::Error::custom(format!("expected exactly one of {}", either(known)))),
            },
            _ => {
                let found = self.value.described();
                Err(de::Error::custom(format!("expected {}, found {found}", either(known))))
            }
        };
        read.map_err(|error| error.within(place, None))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct Items<'a> {
    items: std::slice::Iter<'a, Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misread;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misread> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let step = Step::Item(self.index);
        self.index += 1;
        let read = seed.deserialize(Reader::inner(item));
        read.map(Some).map_err(|error| error.within(item.place, Some(step)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, Entry>,
    skipped: &'a [&'a str],
    value: Option<&'a Entry>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misread;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misread> {
        let skipped = self.skipped;
        let next = self.entries.find(|entry| !skipped.contains(&entry.key.as_str()));
        let Some(entry) = next else { return Ok(None) };
        self.value = Some(entry);
        let key = entry.key.as_str().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|error: Misread| error.within(entry.place, None))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misread> {
        let entry = self.value.take().expect("serde asks for a key before its value");
        let step = Step::Key(entry.key.clone());
        let read = seed.deserialize(Reader::inner(&entry.value));
        read.map_err(|error| error.within(entry.value.place, Some(step)))
    }
}

/// A variant of an enum: a word, or a table of one key.
struct Variant<'a> {
    word: &'a str,
    place: Place,
    value: Option<&'a Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Misread;
    type Variant = Variant<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Variant<'de>), Misread> {
        let read = seed.deserialize(self.word.into_deserializer());
        match read.map_err(|error: Misread| error.within(self.place, None)) {
            Ok(variant) => Ok((variant, self)),
            Err(error) => Err(error),
        }
    }
}

impl<'de> Variant<'de> {
    fn needed(&self) -> Result<&'de Value, Misread> {
        let word = self.word;
        let bare = || de::Error::custom(format!("`{word}` needs a value: {{ {word} = … }}"));
        self.value.ok_or_else(bare)
    }

    fn read<T>(&self, read: impl FnOnce(Reader<'de>) -> Result<T, Misread>) -> Result<T, Misread> {
        let value = self.needed()?;
        let step = Step::from(self.word);
        read(Reader::inner(value)).map_err(|error| error.within(value.place, Some(step)))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Misread;

    fn unit_variant(self) -> Result<(), Misread> {
        match self.value {
            None => Ok(()),
            Some(value) => {
                let word = self.word;
                let error: Misread = de::Error::custom(format!("`{word}` takes no value"));
                Err(error.within(value.place, None))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misread> {
        self.read(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misread> {
        self.read(|reader| de::Deserializer::deserialize_any(reader, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misread> {
        self.read(|reader| de::Deserializer::deserialize_any(reader, visitor))
    }
}
