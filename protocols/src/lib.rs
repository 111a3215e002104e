//! The protocols that squall ships.
