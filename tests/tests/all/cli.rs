//! The command line from end to end, in process: arguments in, streams and exit code out.
//!
//! The invariant: no snapshot holds a digest or a wall time; `UPDATE_EXPECT=1` writes them anew.

mod check;
pub(crate) mod desk;
mod explain;
mod many;
pub(crate) mod office;
mod one;
mod pin;
mod repro;
mod shown;
mod shrink;
mod sweep;
mod trace;
mod wrong;
