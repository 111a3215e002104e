//! One number that is read and written.
//!
//! The invariant: a read answers the value of the last write, 0 before the first.

use crate::model::{Access, Content, Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A register that holds a number, at first 0.
#[derive(Clone, Copy, Debug)]
pub struct Register;

/// What is asked of a [`Register`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterOp {
    /// What is the value?
    Read,
    /// Let this be the value.
    Write(u64),
}

/// What a [`Register`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterAnswer {
    /// The value read.
    Value(u64),
    /// Written.
    Ok,
}

impl fmt::Display for RegisterOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterOp::Read => f.write_str("Read"),
            RegisterOp::Write(value) => write!(f, "Write {value}"),
        }
    }
}

impl fmt::Display for RegisterAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterAnswer::Value(value) => write!(f, "{value}"),
            RegisterAnswer::Ok => f.write_str("ok"),
        }
    }
}

impl Model for Register {
    type Operation = RegisterOp;
    type Answer = RegisterAnswer;
    type State = u64;

    fn initial() -> u64 {
        0
    }

    fn step(state: &u64, operation: &RegisterOp, answer: Option<&RegisterAnswer>) -> Option<u64> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(operation: &RegisterOp, _: &RegisterAnswer) -> bool {
        *operation == RegisterOp::Read
    }

    fn access<'o>(operation: &'o RegisterOp, answer: Option<&'o RegisterAnswer>) -> Access<'o> {
        match (*operation, answer) {
            (RegisterOp::Write(value), _) => Access::Write(Some(Content::Number(value))),
            (RegisterOp::Read, Some(RegisterAnswer::Value(value))) => {
                Access::Read(Some(Content::Number(*value)))
            }
            (RegisterOp::Read, Some(RegisterAnswer::Ok) | None) => Access::Look,
        }
    }
}

impl Generate for Register {
    const KINDS: &'static [Kind] =
        &[Kind { name: "read", weight: 50 }, Kind { name: "write", weight: 50 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> RegisterOp {
        match kind {
            0 => RegisterOp::Read,
            1 => RegisterOp::Write(draws.unique_value()),
            _ => panic!("a register has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for Register {
    fn serve(state: &mut u64, operation: &RegisterOp) -> RegisterAnswer {
        match *operation {
            RegisterOp::Read => RegisterAnswer::Value(*state),
            RegisterOp::Write(value) => {
                *state = value;
                RegisterAnswer::Ok
            }
        }
    }
}
