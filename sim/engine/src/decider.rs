//! The one place behind every nondeterministic decision of a run.
//!
//! The invariant: a run asks nothing else for what is not determined: words for fates and streams,
//! and which of the pending events comes next.

use crate::stream::{Stream, StreamKind, keyed_words};

/// Decides what a run leaves open.
pub trait Decider {
    /// The four words that decide the fate of the `count`-th message, from 0, of the sender whose
    /// streams have this id.
    fn fate_words(&mut self, sender: u64, count: u64) -> [u32; 4];

    /// Four words that decide whom the client whose streams have this id asks in its `count`-th
    /// attempt, or how long it waits before the next.
    fn client_words(&mut self, client: u64, count: u64) -> [u32; 4];

    /// A stream of words at its beginning.
    fn stream(&mut self, kind: StreamKind, id: u64) -> Stream;

    /// The sequence number of the pending event that comes next; `None` for the earliest. A number
    /// that is not pending ends the step with nothing.
    #[inline]
    fn next(&mut self) -> Option<u64> {
        None
    }
}

/// Everything from the streams of one seed; events come in order of time.
#[derive(Clone, Copy, Debug)]
pub struct Seeded(pub u64);

impl Decider for Seeded {
    #[inline]
    fn fate_words(&mut self, sender: u64, count: u64) -> [u32; 4] {
        keyed_words(self.0, StreamKind::Network, sender, count)
    }

    fn client_words(&mut self, client: u64, count: u64) -> [u32; 4] {
        keyed_words(self.0, StreamKind::Client, client, count)
    }

    fn stream(&mut self, kind: StreamKind, id: u64) -> Stream {
        Stream::new(self.0, kind, id)
    }
}
