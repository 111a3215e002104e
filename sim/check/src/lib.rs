//! Histories of client operations, the sequential models they are judged by, and the checkers.
//!
//! This crate knows nothing of simulation: a history recorded by anybody can be judged. Its one
//! invariant: a checker that cannot decide within its budget says [`Verdict::Undecided`], never
//! anything else.

mod history;
mod model;

pub use history::{Completion, History, Operation, Process};
pub use model::{Draws, Generate, Kind, Model};
