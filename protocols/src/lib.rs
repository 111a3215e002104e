//! The protocols that squall ships.
//!
//! The invariant: a protocol depends on the front door of squall alone, and is deterministic.

pub mod raft;
pub mod relay;
pub mod swim;
