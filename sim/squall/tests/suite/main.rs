//! The tests of the front door: one binary for the crate.

mod check;
mod copies;
mod harness;
mod tasks;
