//! End-to-end tests: one binary, a module for each subject.

mod cli;
mod dependencies;
mod golden;
mod outside;
mod tidy;
mod workspace;
