//! The scenarios that squall ships, and its binary.
