//! End-to-end tests: one binary, a module for each subject.

mod allocations;
mod dependencies;
mod golden;
mod outside;
mod tidy;
mod workspace;
