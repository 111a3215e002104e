//! The tests of the kernel that need nothing of its inside: one binary for the crate.

#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod script;
mod support;

mod blocking;
mod budget;
mod chances;
mod clients;
mod clocks;
mod disk;
mod faults;
mod interface;
mod laws;
mod links;
mod measures;
mod membership;
mod network;
mod panics;
mod partitions;
mod plans;
mod process;
mod progress;
mod scenario;
mod smoke;
mod streams;
mod triggers;
