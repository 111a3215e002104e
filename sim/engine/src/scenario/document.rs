//! A scenario file as its author wrote it: parsed, but without types, so that `--set` and `[vary]`
//! can change any key and every error still has its line and column.
//!
//! The invariant: nothing but [`Document::set`] and [`Document::vary`] changes what the file says.

use super::error::{Position, ScenarioError, help as suggest};
use super::fault::Fault;
use super::path;
use super::read::{Misread, Reader, table_name};
use super::tables::Scenario;
use super::tree::{self, Entry, Node, Place, Step, Table, Value, steps};
use super::vary;
use crate::units::Span;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The tables that are not part of [`Scenario`].
const BESIDE: [&str; 2] = ["config", "vary"];

/// A parsed scenario file. Cloning one for every seed is cheap.
///
/// ```
/// use squall_engine::scenario::Document;
///
/// let text = "format = 1
/// [scenario]
/// protocol = \"raft\"
/// duration = \"30s\"
/// [cluster]
/// nodes = 3
/// [network]
/// latancy = \"5ms\"
/// ";
/// let document = Document::parse("raft/cut.toml", text)?;
/// assert_eq!(document.protocol()?, "raft");
/// let told = document.scenario().unwrap_err().to_string();
/// assert_eq!(
///     told,
///     "raft/cut.toml:8:1: unknown key `latancy` in [network]; did you mean `latency`?"
/// );
/// # Ok::<(), squall_engine::scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Document {
    sources: Arc<Vec<Source>>,
    root: Value,
}

/// One combination of what `[vary]` may draw.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The keys and their values, in the order of the file.
    pub keys: Vec<(String, String)>,
    /// The document with them.
    pub document: Document,
}

/// The most combinations that a grid may have.
pub const CELLS_MAX: usize = 10_000;

/// A text that values come from: the file, or an option, which has no lines.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: Option<String>,
}

impl Document {
    /// Parses the TOML of the scenario file called `name`.
    ///
    /// # Errors
    /// The text is not TOML.
    pub fn parse(name: &str, text: &str) -> Result<Document, ScenarioError> {
        let root = tree::parse(text, 0).map_err(|(message, offset)| ScenarioError {
            name: name.to_string(),
            position: Some(Position::of(text, offset)),
            message,
            help: None,
        })?;
        let source = Source { name: name.to_string(), text: Some(text.to_string()) };
        Ok(Document { sources: Arc::new(vec![source]), root })
    }

    /// Parses a scenario that stands inside a test, which need not say its `format`, `protocol`
    /// and `duration` (30s) nor its `calm` (10s, or a third of a shorter duration).
    ///
    /// # Errors
    /// The text is not TOML.
    pub fn parse_in_test(
        name: &str,
        text: &str,
        protocol: &str,
    ) -> Result<Document, ScenarioError> {
        let mut document = Document::parse(name, text)?;
        document.supply(&["format"], Node::Integer(1));
        document.supply(&["scenario", "protocol"], Node::Text(protocol.to_string()));
        document.supply(&["scenario", "duration"], Node::Text("30s".to_string()));
        let duration = document.text_at(&steps!["scenario", "duration"]).map(str::parse::<Span>);
        let third = duration.and_then(Result::ok).map_or(Span::ZERO, |duration| duration / 3);
        let calm = Span::secs(10).min(third);
        document.supply(&["scenario", "calm"], Node::Text(calm.to_string()));
        Ok(document)
    }

    /// A document without text, so that what is wrong with a plan has no line.
    pub(crate) fn without_text(name: &str) -> Document {
        let root = tree::parse("", 0).unwrap_or_else(|_| unreachable!("nothing is TOML"));
        Document { sources: Arc::new(vec![Source { name: name.to_string(), text: None }]), root }
    }

    /// The name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.sources[0].name
    }

    /// The text of the file, without what was set or varied.
    #[must_use]
    pub fn text(&self) -> &str {
        self.sources[0].text.as_deref().expect("the first source is the file")
    }

    /// The protocol that the scenario is for.
    ///
    /// # Errors
    /// The file does not name one.
    pub fn protocol(&self) -> Result<&str, ScenarioError> {
        let steps = steps!["scenario", "protocol"];
        let Some(value) = self.root.at(&steps) else {
            return Err(self.error(&steps[..1], "missing key `protocol` in [scenario]"));
        };
        let found = || format!("expected a text in quotes, found {}", value.described());
        value.as_text().ok_or_else(|| self.error(&steps, found()))
    }

    /// The error for a scenario whose protocol is none of `known`.
    #[must_use]
    pub fn unknown_protocol(&self, known: &[&str]) -> ScenarioError {
        let name = match self.protocol() {
            Ok(name) => name,
            Err(error) => return error,
        };
        let message = format!("no protocol is called `{name}`");
        let steps = steps!["scenario", "protocol"];
        ScenarioError { help: suggest(name, known), ..self.error(&steps, message) }
    }

    /// Sets a key, as `--set network.loss=5%` does. The key is a path of names joined by dots; a
    /// fault or phase is addressed by its name. The value is TOML, or a bare word or quantity.
    /// What `[vary]` says about the key no longer counts.
    ///
    /// # Errors
    /// The path leads nowhere, or the value is broken TOML. Nothing was changed. An unknown key
    /// is found when the document is given its types.
    pub fn set(&mut self, assignment: &str) -> Result<(), ScenarioError> {
        let refused = |key: &str, message: String, help: Option<String>| {
            let name = format!("--set {key}");
            ScenarioError { name, position: None, message, help }
        };
        let Some((key, text)) = assignment.split_once('=') else {
            let message = "expected KEY=VALUE, such as network.loss=5%".to_string();
            return Err(refused(assignment, message, None));
        };
        let (key, text) = (key.trim(), text.trim());
        let names = path::names(key).map_err(|message| refused(key, message, None))?;
        if names[0] == "vary" {
            let message = "[vary] cannot be set; set the key that it varies".to_string();
            return Err(refused(key, message, None));
        }
        let number = u32::try_from(self.sources.len()).expect("there are few options");
        let value = bare_or_toml(text, number).map_err(|message| refused(key, message, None))?;
        let steps = path::steps(&self.root, &names)
            .map_err(|(message, help)| refused(key, message, help))?;
        path::put(&mut self.root, &steps, value.place, value)
            .map_err(|message| refused(key, message, None))?;
        vary::forget(&mut self.root, &names);
        let source = Source { name: format!("--set {key}"), text: None };
        Arc::make_mut(&mut self.sources).push(source);
        Ok(())
    }

    /// Draws every key of `[vary]` for `seed`, each from its own stream, and puts the values in
    /// their places. Returns the keys and what was drawn for them, in the order of the file.
    ///
    /// # Errors
    /// A path leads nowhere, or a variation is neither a list nor a range.
    pub fn vary(&mut self, seed: u64) -> Result<Vec<(String, String)>, ScenarioError> {
        let mut drawn = Vec::new();
        for variation in vary::all(&self.root).map_err(|wrong| self.told(wrong))? {
            let value = variation.draw(seed).map_err(|wrong| self.told(wrong))?;
            drawn.push((variation.key.clone(), value.written()));
            self.put_variation(&variation, value)?;
        }
        Ok(drawn)
    }

    /// The document once for every value that `[vary]` may draw (of a range both ends), each with
    /// that one key changed: what a check of all variations looks at.
    ///
    /// # Errors
    /// As [`Document::vary`].
    pub fn variations(&self) -> Result<Vec<Document>, ScenarioError> {
        let mut documents = Vec::new();
        for variation in vary::all(&self.root).map_err(|wrong| self.told(wrong))? {
            for value in variation.ends().map_err(|wrong| self.told(wrong))? {
                let mut document = self.clone();
                document.put_variation(&variation, value)?;
                documents.push(document);
            }
        }
        Ok(documents)
    }

    /// The document once for every combination of what `[vary]` may draw, with the keys and values
    /// of each, the last key changing first; they vary nothing any more.
    ///
    /// # Errors
    /// As [`Document::vary`]; or nothing is varied, a variation is a range, or there are more than
    /// [`CELLS_MAX`] combinations.
    pub fn cells(&self) -> Result<Vec<Cell>, ScenarioError> {
        let variations = vary::all(&self.root).map_err(|wrong| self.told(wrong))?;
        if variations.is_empty() {
            return Err(self.error(&steps!["vary"], "a grid needs a [vary] with lists in it"));
        }
        let mut cells = vec![Cell { keys: Vec::new(), document: self.clone() }];
        for variation in &variations {
            let items = variation.items().map_err(|wrong| self.told(wrong))?;
            if cells.len().saturating_mul(items.len()) > CELLS_MAX {
                let message = format!("a grid has at most {CELLS_MAX} cells");
                return Err(self.told((variation.place, message, None)));
            }
            let mut finer = Vec::new();
            for Cell { keys, document } in &cells {
                for item in items {
                    let mut cell = Cell { keys: keys.clone(), document: document.clone() };
                    cell.keys.push((variation.key.clone(), item.written()));
                    cell.document.put_variation(variation, item.clone())?;
                    vary::forget(&mut cell.document.root, &variation.names);
                    finer.push(cell);
                }
            }
            cells = finer;
        }
        Ok(cells)
    }

    /// The scenario, apart from `[config]` and `[vary]`; every fault has a name.
    ///
    /// # Errors
    /// A key is unknown, missing or twice there, or a value is not what its key wants.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        self.check_format()?;
        let read = Scenario::deserialize(Reader::new(&self.root, &BESIDE));
        let mut scenario = read.map_err(|error| self.misread(&error, &[]))?;
        super::fault::name_faults(&mut scenario);
        Ok(scenario)
    }

    /// The protocol's own `[config]`, the default where the file has none.
    ///
    /// # Errors
    /// As [`Document::scenario`].
    pub fn config<C: DeserializeOwned + Default>(&self) -> Result<C, ScenarioError> {
        let steps = steps!["config"];
        let Some(value) = self.root.at(&steps) else { return Ok(C::default()) };
        let read = C::deserialize(Reader::new(value, &[]));
        read.map_err(|error| self.misread(&error, &steps))
    }

    /// As [`Document::config`], with the keys of the table at `steps` in place of those of
    /// `[config]`.
    ///
    /// # Errors
    /// As [`Document::scenario`]; the place is that of the key there.
    pub(crate) fn config_with<C: DeserializeOwned + Default>(
        &self,
        steps: &[Step],
    ) -> Result<C, ScenarioError> {
        let empty = Value { place: Place::default(), node: Node::Table(Table::default()) };
        let mut config = self.root.at(&steps!["config"]).cloned().unwrap_or(empty);
        if let Some(over) = self.root.at(steps) {
            config.overlay(over);
        }
        let read = C::deserialize(Reader::new(&config, &[]));
        read.map_err(|error| self.misread(&error, &steps!["config"]))
    }

    fn check_format(&self) -> Result<(), ScenarioError> {
        match self.root.at(&steps!["format"]).map(|value| &value.node) {
            Some(Node::Integer(format)) if *format != 1 => {
                let message = format!("format {format} is not known; this squall reads format 1");
                Err(self.error(&steps!["format"], message))
            }
            _ => Ok(()),
        }
    }

    fn put_variation(
        &mut self,
        variation: &vary::Variation,
        value: Value,
    ) -> Result<(), ScenarioError> {
        let steps = path::steps(&self.root, &variation.names)
            .map_err(|(message, help)| self.told((variation.place, message, help)))?;
        path::put(&mut self.root, &steps, variation.place, value)
            .map_err(|message| self.told((variation.place, message, None)))
    }

    fn supply(&mut self, keys: &[&str], node: Node) {
        let steps: Vec<Step> = keys.iter().map(|key| Step::from(*key)).collect();
        if self.root.at(&steps).is_none() {
            let place = Place::default();
            // A table in the way that is none is reported when it gets its type.
            let _ = path::put(&mut self.root, &steps, place, Value { place, node });
        }
    }

    fn text_at(&self, steps: &[Step]) -> Option<&str> {
        self.root.at(steps).and_then(Value::as_text)
    }

    fn misread(&self, error: &Misread, base: &[Step]) -> ScenarioError {
        let (message, help) = error.told(base, &BESIDE);
        self.told((error.place.unwrap_or_default(), message, help))
    }

    /// An error about the value at `steps`, or about what is nearest to it in the file.
    pub(crate) fn error(&self, steps: &[Step], message: impl Into<String>) -> ScenarioError {
        self.told((self.value_place(steps), message.into(), None))
    }

    /// An error about the key at `steps` rather than its value.
    pub(crate) fn key_error(&self, steps: &[Step], message: impl Into<String>) -> ScenarioError {
        let place = match steps.split_last() {
            Some((Step::Key(key), above)) => self
                .root
                .at(above)
                .and_then(Value::as_table)
                .and_then(|table| table.entry(key))
                .map(|entry| entry.place),
            _ => None,
        };
        let place = place.unwrap_or_else(|| self.value_place(steps));
        self.told((place, message.into(), None))
    }

    /// An error about a key that is missing in the table at `steps`.
    pub(crate) fn missing(&self, steps: &[Step], key: &str) -> ScenarioError {
        self.error(steps, format!("missing key `{key}` {}", table_name(steps)))
    }

    fn value_place(&self, steps: &[Step]) -> Place {
        let known = (0..=steps.len()).rev().find_map(|length| self.root.at(&steps[..length]));
        known.map(|value| value.place).unwrap_or_default()
    }

    fn told(&self, (place, message, help): vary::Wrong) -> ScenarioError {
        let source = &self.sources[(place.text as usize).min(self.sources.len() - 1)];
        let start = place.start as usize;
        let position = source.text.as_ref().map(|text| Position::of(text, start));
        ScenarioError { name: source.name.clone(), position, message, help }
    }
}

/// A TOML value, or a text without quotes.
fn bare_or_toml(text: &str, number: u32) -> Result<Value, String> {
    match tree::parse_value(text, number) {
        Ok(value) => Ok(value),
        Err((message, _)) if text.starts_with(['[', '{', '"', '\'']) => Err(message),
        Err(_) => {
            let place = Place { text: number, start: 0 };
            Ok(Value { place, node: Node::Text(text.to_string()) })
        }
    }
}

/// The name by which a path addresses an element of a list of tables: its `name`, or for a fault
/// without one its kind and position.
pub(crate) fn element_name(table: &Table, index: usize) -> Option<String> {
    if let Some(name) = table.get("name").and_then(Value::as_text) {
        return Some(name.to_string());
    }
    let kind = |entry: &&Entry| Fault::KINDS.contains(&entry.key.as_str());
    table.entries.iter().find(kind).map(|entry| Fault::default_name(&entry.key, index))
}
