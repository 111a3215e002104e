//! The command line from end to end, in process: arguments in, streams and exit code out.
//!
//! The invariant: no snapshot holds a digest or a wall time; `UPDATE_EXPECT=1` writes them anew.

mod check;
mod desk;
mod many;
mod office;
mod one;
mod pin;
mod shown;
mod sweep;
mod trace;
mod wrong;
