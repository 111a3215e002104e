//! Numbers under keys, with an atomic compare-and-set.
//!
//! The invariant: operations on different keys never meet, so each key is checked by itself.

use crate::model::{Access, Content, Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A map from keys to numbers, at first empty.
#[derive(Clone, Copy, Debug)]
pub struct Kv;

/// A key, printed `x`, `y`, `z`, `k4`, `k5`, …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub u32);

/// What is asked of a [`Kv`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvOp {
    /// What is the value of this key?
    Read {
        /// The key.
        key: Key,
    },
    /// Let this key have this value.
    Write {
        /// The key.
        key: Key,
        /// The value it gets.
        value: u64,
    },
    /// If this key has the value `expected`, let it have `new`.
    Cas {
        /// The key.
        key: Key,
        /// The value it must have.
        expected: u64,
        /// The value it gets.
        new: u64,
    },
}

/// What a [`Kv`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KvAnswer {
    /// The value read; `None` for a key that was never written.
    Value(Option<u64>),
    /// Written.
    Written,
    /// Whether the key had the expected value and was given the new one.
    Swapped(bool),
}

impl KvOp {
    /// The key it is about.
    #[must_use]
    pub fn key(&self) -> Key {
        match *self {
            KvOp::Read { key } | KvOp::Write { key, .. } | KvOp::Cas { key, .. } => key,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("x"),
            1 => f.write_str("y"),
            2 => f.write_str("z"),
            number => write!(f, "k{}", u64::from(number) + 1),
        }
    }
}

impl fmt::Display for KvOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KvOp::Read { key } => write!(f, "Read {key}"),
            KvOp::Write { key, value } => write!(f, "Write {key}={value}"),
            KvOp::Cas { key, expected, new } => write!(f, "Cas {key} {expected}->{new}"),
        }
    }
}

impl fmt::Display for KvAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KvAnswer::Value(Some(value)) => write!(f, "{value}"),
            KvAnswer::Value(None) => f.write_str("nil"),
            KvAnswer::Written | KvAnswer::Swapped(true) => f.write_str("ok"),
            KvAnswer::Swapped(false) => f.write_str("mismatch"),
        }
    }
}

impl Model for Kv {
    type Operation = KvOp;
    type Answer = KvAnswer;
    type State = Vec<(Key, u64)>;

    fn initial() -> Vec<(Key, u64)> {
        Vec::new()
    }

    fn step(
        state: &Vec<(Key, u64)>,
        operation: &KvOp,
        answer: Option<&KvAnswer>,
    ) -> Option<Vec<(Key, u64)>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn partition(operation: &KvOp) -> u64 {
        u64::from(operation.key().0)
    }

    fn partition_name(operation: &KvOp) -> Option<String> {
        Some(operation.key().to_string())
    }

    fn read_only(operation: &KvOp, answer: &KvAnswer) -> bool {
        matches!(operation, KvOp::Read { .. }) || *answer == KvAnswer::Swapped(false)
    }

    fn access<'o>(operation: &'o KvOp, answer: Option<&'o KvAnswer>) -> Access<'o> {
        match (*operation, answer) {
            (KvOp::Write { value, .. }, _) => Access::Write(Some(Content::Number(value))),
            (KvOp::Read { .. }, Some(KvAnswer::Value(value))) => {
                Access::Read(value.map(Content::Number))
            }
            (KvOp::Cas { expected, new, .. }, Some(KvAnswer::Swapped(true)) | None) => {
                Access::Swap {
                    expected: Some(Content::Number(expected)),
                    new: Some(Content::Number(new)),
                }
            }
            (KvOp::Read { .. } | KvOp::Cas { .. }, _) => Access::Look,
        }
    }
}

impl Generate for Kv {
    const KINDS: &'static [Kind] = &[
        Kind { name: "read", weight: 50 },
        Kind { name: "write", weight: 40 },
        Kind { name: "cas", weight: 10 },
    ];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> KvOp {
        let key = Key(draws.key());
        match kind {
            0 => KvOp::Read { key },
            1 => KvOp::Write { key, value: draws.unique_value() },
            2 => {
                let expected = draws.recent_value();
                KvOp::Cas { key, expected, new: draws.unique_value() }
            }
            _ => panic!("a key-value store has kinds 0 to 2, not {kind}"),
        }
    }
}

impl Serve for Kv {
    fn serve(state: &mut Vec<(Key, u64)>, operation: &KvOp) -> KvAnswer {
        let place = state.binary_search_by_key(&operation.key(), |entry| entry.0);
        let found = place.ok().map(|place| state[place].1);
        let (next, answer) = match *operation {
            KvOp::Read { .. } => return KvAnswer::Value(found),
            KvOp::Write { value, .. } => (value, KvAnswer::Written),
            KvOp::Cas { expected, new, .. } if Some(expected) == found => {
                (new, KvAnswer::Swapped(true))
            }
            KvOp::Cas { .. } => return KvAnswer::Swapped(false),
        };
        match place {
            Ok(place) => state[place].1 = next,
            Err(place) => state.insert(place, (operation.key(), next)),
        }
        answer
    }
}
