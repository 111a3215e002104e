//! Text under keys, as recorded histories have it: get, put, append and compare-and-set.
//!
//! The invariant: operations on different keys never meet, so each key is checked by itself.

use crate::fixed::hash_of;
use crate::model::{Access, Content, Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// A map from keys to texts, at first empty. With the empty key alone it is a register.
#[derive(Clone, Copy, Debug)]
pub struct TextKv;

/// What is asked of a [`TextKv`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKvOp {
    /// What is the value of this key?
    Get {
        /// The key.
        key: Arc<str>,
    },
    /// Let this key have this value.
    Put {
        /// The key.
        key: Arc<str>,
        /// The value it gets; `None` takes it away.
        value: Option<Arc<str>>,
    },
    /// Let the value of this key end with this text.
    Append {
        /// The key.
        key: Arc<str>,
        /// What is added.
        text: Arc<str>,
    },
    /// If this key has the value `expected`, let it have `new`.
    Cas {
        /// The key.
        key: Arc<str>,
        /// The value it must have.
        expected: Option<Arc<str>>,
        /// The value it gets.
        new: Option<Arc<str>>,
    },
}

/// What a [`TextKv`] answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKvAnswer {
    /// The value read.
    Value(Option<Arc<str>>),
    /// Written.
    Written,
    /// Whether the key had the expected value and was given the new one.
    Swapped(bool),
}

impl TextKvOp {
    /// The key it is about.
    #[must_use]
    pub fn key(&self) -> &Arc<str> {
        match self {
            TextKvOp::Get { key }
            | TextKvOp::Put { key, .. }
            | TextKvOp::Append { key, .. }
            | TextKvOp::Cas { key, .. } => key,
        }
    }
}

fn show(value: &Option<Arc<str>>) -> &str {
    value.as_deref().unwrap_or("nil")
}

impl fmt::Display for TextKvOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, equals) = if self.key().is_empty() { ("", "") } else { (" ", "=") };
        let key = self.key();
        match self {
            TextKvOp::Get { .. } => write!(f, "Read{before}{key}"),
            TextKvOp::Put { value, .. } => write!(f, "Write {key}{equals}{}", show(value)),
            TextKvOp::Append { text, .. } => write!(f, "Append {key}+={text}"),
            TextKvOp::Cas { expected, new, .. } => {
                write!(f, "Cas{before}{key} {}->{}", show(expected), show(new))
            }
        }
    }
}

impl fmt::Display for TextKvAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextKvAnswer::Value(value) => f.write_str(show(value)),
            TextKvAnswer::Written | TextKvAnswer::Swapped(true) => f.write_str("ok"),
            TextKvAnswer::Swapped(false) => f.write_str("mismatch"),
        }
    }
}

type Pairs = Vec<(Arc<str>, Arc<str>)>;

fn place(state: &Pairs, key: &str) -> Result<usize, usize> {
    state.binary_search_by(|entry| (*entry.0).cmp(key))
}

fn found<'s>(state: &'s Pairs, key: &str) -> Option<&'s Arc<str>> {
    place(state, key).ok().map(|place| &state[place].1)
}

fn put(state: &mut Pairs, key: &Arc<str>, value: Option<Arc<str>>) {
    match (place(state, key), value) {
        (Ok(place), Some(value)) => state[place].1 = value,
        (Ok(place), None) => {
            state.remove(place);
        }
        (Err(place), Some(value)) => state.insert(place, (key.clone(), value)),
        (Err(_), None) => {}
    }
}

impl Model for TextKv {
    type Operation = TextKvOp;
    type Answer = TextKvAnswer;
    type State = Pairs;

    fn initial() -> Pairs {
        Vec::new()
    }

    fn step(state: &Pairs, operation: &TextKvOp, answer: Option<&TextKvAnswer>) -> Option<Pairs> {
        // What a compare-and-set refuses is refused before anything is copied.
        if let TextKvOp::Cas { key, expected, .. } = operation
            && answer == Some(&TextKvAnswer::Swapped(true))
            && found(state, key) != expected.as_ref()
        {
            return None;
        }
        step_by_serving::<Self>(state, operation, answer)
    }

    fn partition(operation: &TextKvOp) -> u64 {
        hash_of(&**operation.key())
    }

    fn partition_name(operation: &TextKvOp) -> Option<String> {
        let key = operation.key();
        (!key.is_empty()).then(|| key.to_string())
    }

    fn read_only(operation: &TextKvOp, answer: &TextKvAnswer) -> bool {
        matches!(operation, TextKvOp::Get { .. }) || *answer == TextKvAnswer::Swapped(false)
    }

    fn allows(state: &Pairs, operation: &TextKvOp, answer: &TextKvAnswer) -> bool {
        match (operation, answer) {
            (TextKvOp::Get { key }, TextKvAnswer::Value(value)) => {
                found(state, key) == value.as_ref()
            }
            (TextKvOp::Cas { key, expected, .. }, TextKvAnswer::Swapped(false)) => {
                found(state, key) != expected.as_ref()
            }
            _ => Self::step(state, operation, Some(answer)).is_some(),
        }
    }

    fn access<'o>(operation: &'o TextKvOp, answer: Option<&'o TextKvAnswer>) -> Access<'o> {
        let own = |value: &'o Option<Arc<str>>| value.as_deref().map(Content::Text);
        match (operation, answer) {
            (TextKvOp::Append { .. }, _) => Access::Opaque,
            (TextKvOp::Put { value, .. }, _) => Access::Write(own(value)),
            (TextKvOp::Get { .. }, Some(TextKvAnswer::Value(value))) => Access::Read(own(value)),
            (TextKvOp::Cas { expected, new, .. }, Some(TextKvAnswer::Swapped(true)) | None) => {
                Access::Swap { expected: own(expected), new: own(new) }
            }
            (TextKvOp::Get { .. } | TextKvOp::Cas { .. }, _) => Access::Look,
        }
    }

    fn grows(operation: &TextKvOp) -> bool {
        matches!(operation, TextKvOp::Get { .. } | TextKvOp::Append { .. })
    }

    fn feasible(state: &Pairs, operation: &TextKvOp, answer: &TextKvAnswer) -> bool {
        match (operation, answer) {
            (TextKvOp::Get { key }, TextKvAnswer::Value(value)) => match found(state, key) {
                Some(now) => value.as_deref().is_some_and(|value| value.starts_with(&**now)),
                None => true,
            },
            _ => true,
        }
    }
}

impl Generate for TextKv {
    const KINDS: &'static [Kind] = &[
        Kind { name: "get", weight: 40 },
        Kind { name: "put", weight: 10 },
        Kind { name: "append", weight: 40 },
        Kind { name: "cas", weight: 10 },
    ];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> TextKvOp {
        let key = Arc::from(crate::Key(draws.key()).to_string());
        let fresh = Arc::from(draws.unique_value().to_string());
        match kind {
            0 => TextKvOp::Get { key },
            1 => TextKvOp::Put { key, value: Some(fresh) },
            2 => TextKvOp::Append { key, text: fresh },
            3 => {
                let expected = Some(Arc::from(draws.recent_value().to_string()));
                TextKvOp::Cas { key, expected, new: Some(fresh) }
            }
            _ => panic!("a store of texts has kinds 0 to 3, not {kind}"),
        }
    }
}

impl Serve for TextKv {
    fn serve(state: &mut Pairs, operation: &TextKvOp) -> TextKvAnswer {
        match operation {
            TextKvOp::Get { key } => TextKvAnswer::Value(found(state, key).cloned()),
            TextKvOp::Put { key, value } => {
                put(state, key, value.clone());
                TextKvAnswer::Written
            }
            TextKvOp::Append { key, text } => {
                let value = match found(state, key) {
                    Some(before) => Arc::from([&**before, text].concat()),
                    None => text.clone(),
                };
                put(state, key, Some(value));
                TextKvAnswer::Written
            }
            TextKvOp::Cas { key, expected, new } => {
                if found(state, key) != expected.as_ref() {
                    return TextKvAnswer::Swapped(false);
                }
                put(state, key, new.clone());
                TextKvAnswer::Swapped(true)
            }
        }
    }
}
