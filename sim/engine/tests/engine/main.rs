//! The kernel's tests: one binary.

mod support;

mod smoke;
