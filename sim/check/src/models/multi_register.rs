//! Several registers that are read and written together.
//!
//! The invariant: a write of several keys is seen whole or not at all.

use crate::model::{Draws, Generate, Kind, Model, Serve, step_by_serving};
use crate::models::Key;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A map from keys to numbers, at first empty, several keys at a time.
#[derive(Clone, Copy, Debug)]
pub struct MultiRegister;

/// What is asked of a [`MultiRegister`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultiRegisterOp {
    /// What are the values of these keys?
    Read(Vec<Key>),
    /// Let these keys have these values.
    Write(Vec<(Key, u64)>),
}

/// What a [`MultiRegister`] answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MultiRegisterAnswer {
    /// The values, in the order of the keys asked for.
    Values(Vec<Option<u64>>),
    /// Written.
    Written,
}

impl fmt::Display for MultiRegisterOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MultiRegisterOp::Read(keys) => {
                f.write_str("Read")?;
                keys.iter().try_for_each(|key| write!(f, " {key}"))
            }
            MultiRegisterOp::Write(pairs) => {
                f.write_str("Write")?;
                pairs.iter().try_for_each(|(key, value)| write!(f, " {key}={value}"))
            }
        }
    }
}

impl fmt::Display for MultiRegisterAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MultiRegisterAnswer::Written => f.write_str("ok"),
            MultiRegisterAnswer::Values(values) => {
                let shown: Vec<String> = values
                    .iter()
                    .map(|value| value.map_or_else(|| "nil".to_owned(), |value| value.to_string()))
                    .collect();
                f.write_str(&shown.join(" "))
            }
        }
    }
}

impl Model for MultiRegister {
    type Operation = MultiRegisterOp;
    type Answer = MultiRegisterAnswer;
    type State = BTreeMap<Key, u64>;

    fn initial() -> BTreeMap<Key, u64> {
        BTreeMap::new()
    }

    fn step(
        state: &BTreeMap<Key, u64>,
        operation: &MultiRegisterOp,
        answer: Option<&MultiRegisterAnswer>,
    ) -> Option<BTreeMap<Key, u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(operation: &MultiRegisterOp, _: &MultiRegisterAnswer) -> bool {
        matches!(operation, MultiRegisterOp::Read(_))
    }
}

impl Generate for MultiRegister {
    const KINDS: &'static [Kind] =
        &[Kind { name: "read", weight: 50 }, Kind { name: "write", weight: 50 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> MultiRegisterOp {
        let mut keys = vec![Key(draws.key()), Key(draws.key())];
        keys.dedup();
        let value = draws.unique_value();
        match kind {
            0 => MultiRegisterOp::Read(keys),
            1 => MultiRegisterOp::Write(keys.into_iter().map(|key| (key, value)).collect()),
            _ => panic!("a multi-register has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for MultiRegister {
    fn serve(state: &mut BTreeMap<Key, u64>, operation: &MultiRegisterOp) -> MultiRegisterAnswer {
        match operation {
            MultiRegisterOp::Read(keys) => {
                let values = keys.iter().map(|key| state.get(key).copied()).collect();
                MultiRegisterAnswer::Values(values)
            }
            MultiRegisterOp::Write(pairs) => {
                state.extend(pairs.iter().copied());
                MultiRegisterAnswer::Written
            }
        }
    }
}
