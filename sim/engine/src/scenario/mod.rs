//! Scenarios: the file, its tables as types, and what a seed makes of it.

pub mod bound;
pub mod fault;
pub mod tables;
