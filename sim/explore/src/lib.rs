//! One plan run to a judged result, and what is made of many such runs.
//!
//! The invariant: whether a run passed, broke a promise, broke the one it was to break, or could
//! not be judged, is said here alone; nothing here knows a terminal.

pub mod campaign;
pub mod coverage;
pub mod explain;
pub mod fingerprint;
pub mod judgement;
pub mod panics;
pub mod past;
mod ran;
pub mod repro;
pub mod shrink;
pub mod sweep;
mod tally;
mod text;

pub use coverage::{Coverage, Missing};
pub use judgement::Judgement;
pub use ran::{Ran, execute};
pub use tally::{Failures, Tally};
