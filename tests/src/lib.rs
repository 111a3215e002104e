//! End-to-end tests of squall.
