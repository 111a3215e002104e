//! One number with an atomic compare-and-set.
//!
//! The invariant: a compare-and-set swaps if and only if it finds what it expected.

use crate::model::{Access, Content, Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A register with compare-and-set that holds a number, at first 0.
#[derive(Clone, Copy, Debug)]
pub struct CasRegister;

/// What is asked of a [`CasRegister`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CasRegisterOp {
    /// What is the value?
    Read,
    /// Let this be the value.
    Write(u64),
    /// If the value is `expected`, let it be `new`.
    Cas {
        /// The value it must have.
        expected: u64,
        /// The value it gets.
        new: u64,
    },
}

/// What a [`CasRegister`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CasRegisterAnswer {
    /// The value read.
    Value(u64),
    /// Written.
    Ok,
    /// The value was as expected and has been replaced.
    Swapped,
    /// The value was another one and is left alone.
    Mismatch,
}

impl fmt::Display for CasRegisterOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CasRegisterOp::Read => f.write_str("Read"),
            CasRegisterOp::Write(value) => write!(f, "Write {value}"),
            CasRegisterOp::Cas { expected, new } => write!(f, "Cas {expected}->{new}"),
        }
    }
}

impl fmt::Display for CasRegisterAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CasRegisterAnswer::Value(value) => write!(f, "{value}"),
            CasRegisterAnswer::Ok | CasRegisterAnswer::Swapped => f.write_str("ok"),
            CasRegisterAnswer::Mismatch => f.write_str("mismatch"),
        }
    }
}

impl Model for CasRegister {
    type Operation = CasRegisterOp;
    type Answer = CasRegisterAnswer;
    type State = u64;

    fn initial() -> u64 {
        0
    }

    fn step(
        state: &u64,
        operation: &CasRegisterOp,
        answer: Option<&CasRegisterAnswer>,
    ) -> Option<u64> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(operation: &CasRegisterOp, answer: &CasRegisterAnswer) -> bool {
        *operation == CasRegisterOp::Read || *answer == CasRegisterAnswer::Mismatch
    }

    fn access<'o>(
        operation: &'o CasRegisterOp,
        answer: Option<&'o CasRegisterAnswer>,
    ) -> Access<'o> {
        match (*operation, answer) {
            (CasRegisterOp::Write(value), _) => Access::Write(Some(Content::Number(value))),
            (CasRegisterOp::Read, Some(CasRegisterAnswer::Value(value))) => {
                Access::Read(Some(Content::Number(*value)))
            }
            (CasRegisterOp::Cas { expected, new }, Some(CasRegisterAnswer::Swapped) | None) => {
                Access::Swap {
                    expected: Some(Content::Number(expected)),
                    new: Some(Content::Number(new)),
                }
            }
            (CasRegisterOp::Read | CasRegisterOp::Cas { .. }, _) => Access::Look,
        }
    }
}

impl Generate for CasRegister {
    const KINDS: &'static [Kind] = &[
        Kind { name: "read", weight: 50 },
        Kind { name: "write", weight: 40 },
        Kind { name: "cas", weight: 10 },
    ];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> CasRegisterOp {
        match kind {
            0 => CasRegisterOp::Read,
            1 => CasRegisterOp::Write(draws.unique_value()),
            2 => {
                let expected = draws.recent_value();
                CasRegisterOp::Cas { expected, new: draws.unique_value() }
            }
            _ => panic!("a register with compare-and-set has kinds 0 to 2, not {kind}"),
        }
    }
}

impl Serve for CasRegister {
    fn serve(state: &mut u64, operation: &CasRegisterOp) -> CasRegisterAnswer {
        match *operation {
            CasRegisterOp::Read => CasRegisterAnswer::Value(*state),
            CasRegisterOp::Write(value) => {
                *state = value;
                CasRegisterAnswer::Ok
            }
            CasRegisterOp::Cas { expected, new } if expected == *state => {
                *state = new;
                CasRegisterAnswer::Swapped
            }
            CasRegisterOp::Cas { .. } => CasRegisterAnswer::Mismatch,
        }
    }
}
