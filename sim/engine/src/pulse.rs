//! The pulse of a run: who looks on from outside is told when a handler begins and returns.
//!
//! The invariant: it is told and cannot answer, so it changes nothing.

use crate::ids::{EventId, NodeId};

/// Is told of handlers, so that somebody can tell which one never returned.
pub trait Pulse {
    /// A node's handler for this event begins.
    fn begins(&self, node: NodeId, event: EventId);
    /// It has returned.
    fn ends(&self);
}
