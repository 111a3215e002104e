//! Histories of client operations, the sequential models they are judged by, and the checkers.
//!
//! This crate knows nothing of simulation: a history recorded by anybody can be judged. Its one
//! invariant: a checker that cannot decide within its budget says [`Verdict::Undecided`], never
//! anything else.

mod codec;
pub mod command;
mod fixed;
pub mod format;
mod history;
mod linear;
mod model;
mod models;
mod page;
mod recipe;
mod sequential;
pub mod txn;
mod verdict;
mod verify;
mod weaker;

pub use codec::{Codec, CodecError, Decoded, FailMeans, Written, decode, encode};
pub use history::{Completion, History, Operation, Process};
pub use linear::{Explanation, explain, linearizable, linearizable_in_turns};
pub use model::{Access, Content, Draws, Generate, Kind, Model, Serve, Shelf, Transfer};
pub use models::*;
pub use page::page;
pub use recipe::{Flaw, Recipe, Values, Words};
pub use sequential::sequential;
pub use verdict::{Budget, Evidence, Link, OperationIndex, Order, PartOrder, Verdict, Why};
pub use verify::{
    Flaw as ProofFlaw, Weaker, verify_converged, verify_links, verify_order, verify_sequential,
    verify_weaker, verify_window,
};
pub use weaker::{Guarantee, causal, converged, keeps, pram};
