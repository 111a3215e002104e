//! The tests of the kernel that need nothing of its inside: one binary for the crate.

mod support;

mod measures;
mod scenario;
mod smoke;
