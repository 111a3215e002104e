//! End-to-end tests: one binary, a module for each subject.

#![allow(clippy::disallowed_methods, reason = "what is shown is that a host reaches no run")]

mod allocations;
mod cli;
mod dependencies;
mod determinism;
mod golden;
mod outside;
mod regressions;
mod tidy;
mod workspace;
