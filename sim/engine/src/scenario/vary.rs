//! `[vary]`: keys of a scenario whose value each seed draws anew.
//!
//! The invariant: what a key draws depends on the seed, the key and its own entry alone.

use super::path;
use super::tree::{Node, Place, Table, Value};
use crate::stream::{Stream, StreamKind};
use crate::units::{Span, SpanRange};

/// Where, what, and what was probably meant.
pub(crate) type Wrong = (Place, String, Option<String>);

/// One entry of `[vary]`.
#[derive(Clone, Debug)]
pub(crate) struct Variation {
    /// The key, as a path.
    pub(crate) key: String,
    /// The names of the path.
    pub(crate) names: Vec<String>,
    /// Where the key stands.
    pub(crate) place: Place,
    from: Value,
}

enum Choice<'a> {
    List(&'a [Value]),
    Integers { low: i64, high: i64 },
    Spans(SpanRange),
}

/// All entries of `[vary]`, in the order of the file.
///
/// # Errors
/// A key is not a path or is there twice, or `vary` is not a table.
pub(crate) fn all(root: &Value) -> Result<Vec<Variation>, Wrong> {
    let mut variations = Vec::new();
    match root.as_table().and_then(|table| table.get("vary")) {
        None => {}
        Some(Value { node: Node::Table(table), .. }) => collect(table, &[], &mut variations)?,
        Some(value) => {
            let message = format!("expected a table, found {}", value.described());
            return Err((value.place, message, None));
        }
    }
    for (index, later) in variations.iter().enumerate() {
        let same = |earlier: &&Variation| related(&earlier.names, &later.names);
        if let Some(earlier) = variations[..index].iter().find(same) {
            let message = format!("`{}` is varied already by `{}`", later.key, earlier.key);
            return Err((later.place, message, None));
        }
    }
    Ok(variations)
}

/// Drops every entry of `[vary]` for the key, for a key within it and for one that contains it.
pub(crate) fn forget(root: &mut Value, names: &[String]) {
    let Node::Table(table) = &mut root.node else { return };
    let vary = table.entries.iter_mut().find(|entry| entry.key == "vary");
    if let Some(Node::Table(vary)) = vary.map(|entry| &mut entry.value.node) {
        drop_related(vary, &[], names);
    }
}

fn drop_related(table: &mut Table, above: &[String], names: &[String]) {
    for entry in &mut table.entries {
        if let (Node::Table(inner), Ok(keys)) = (&mut entry.value.node, path::names(&entry.key)) {
            drop_related(inner, &[above, &keys].concat(), names);
        }
    }
    table.entries.retain(|entry| {
        let Ok(keys) = path::names(&entry.key) else { return true };
        let keys = [above, &keys].concat();
        let group = entry.value.as_table().is_some();
        group || !related(&keys, names)
    });
}

/// Whether two keys are the same, or one contains the other.
fn related(one: &[String], other: &[String]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

fn collect(table: &Table, above: &[String], found: &mut Vec<Variation>) -> Result<(), Wrong> {
    for entry in &table.entries {
        let keys = path::names(&entry.key).map_err(|message| (entry.place, message, None))?;
        let names = [above, &keys].concat();
        match &entry.value.node {
            Node::Table(inner) => collect(inner, &names, found)?,
            _ => found.push(Variation {
                key: path::joined(&names),
                names,
                place: entry.place,
                from: entry.value.clone(),
            }),
        }
    }
    Ok(())
}

impl Variation {
    /// The value for `seed`.
    ///
    /// # Errors
    /// The entry is neither a list nor a range.
    pub(crate) fn draw(&self, seed: u64) -> Result<Value, Wrong> {
        let mut stream = Stream::named(seed, StreamKind::Vary, &self.key);
        Ok(match self.choice()? {
            Choice::List(items) => items[stream.below(items.len() as u64) as usize].clone(),
            Choice::Integers { low, high } => {
                let width = high.abs_diff(low).saturating_add(1);
                let number = low.wrapping_add_unsigned(stream.below(width));
                self.value(Node::Integer(number.into()))
            }
            Choice::Spans(range) => self.value(Node::Text(legible(range, &mut stream).to_string())),
        })
    }

    /// Every value of a list, both ends of a range.
    ///
    /// # Errors
    /// As [`Variation::draw`].
    pub(crate) fn ends(&self) -> Result<Vec<Value>, Wrong> {
        Ok(match self.choice()? {
            Choice::List(items) => items.to_vec(),
            Choice::Integers { low, high } => {
                [low, high].map(|end| self.value(Node::Integer(end.into()))).to_vec()
            }
            Choice::Spans(SpanRange { low, high }) => {
                [low, high].map(|end| self.value(Node::Text(end.to_string()))).to_vec()
            }
        })
    }

    /// Every value of a list.
    ///
    /// # Errors
    /// As [`Variation::draw`], or the entry is a range, whose values nobody would count.
    pub(crate) fn items(&self) -> Result<&[Value], Wrong> {
        match self.choice()? {
            Choice::List(items) => Ok(items),
            Choice::Integers { .. } | Choice::Spans(_) => {
                let message = format!("a grid has no ranges: list the values of `{}`", self.key);
                Err((self.from.place, message, None))
            }
        }
    }

    fn value(&self, node: Node) -> Value {
        Value { place: self.from.place, node }
    }

    fn choice(&self) -> Result<Choice<'_>, Wrong> {
        let wrong = |message: String| (self.from.place, message, None);
        let wanted = "a list to choose from, or a range such as \"1..20\" or \"100ms..2s\"";
        match &self.from.node {
            Node::List(items) if items.is_empty() => {
                Err(wrong(format!("expected {wanted}, found an empty list")))
            }
            Node::List(items) => Ok(Choice::List(items)),
            Node::Text(text) => range(text)
                .unwrap_or_else(|| Err(format!("expected {wanted}, found the text `{text}`")))
                .map_err(wrong),
            _ => Err(wrong(format!("expected {wanted}, found {}", self.from.described()))),
        }
    }
}

/// A range of integers or of durations; `None` if the text is not a range at all.
fn range(text: &str) -> Option<Result<Choice<'static>, String>> {
    let (low, high) = text.split_once("..")?;
    let ends = (low.trim().parse::<i64>(), high.trim().parse::<i64>());
    Some(match ends {
        (Ok(low), Ok(high)) if low > high => Err(format!("`{text}` ends before it begins")),
        (Ok(low), Ok(high)) => Ok(Choice::Integers { low, high }),
        _ => text.parse().map(Choice::Spans),
    })
}

/// A span in the range, in the largest unit that divides both ends and still leaves a thousand
/// values, so that what was drawn can be read. Two words.
fn legible(range: SpanRange, stream: &mut Stream) -> Span {
    let (low, high) = (range.low.as_nanos(), range.high.as_nanos());
    let fits = |unit: &u64| {
        low.is_multiple_of(*unit) && high.is_multiple_of(*unit) && (high - low) / unit >= 1000
    };
    let unit = [1_000_000_000, 1_000_000, 1_000].into_iter().find(fits).unwrap_or(1);
    let units = SpanRange::new(Span::nanos(low / unit), Span::nanos(high / unit));
    stream.span(units) * unit
}
