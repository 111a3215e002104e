//! The one place behind every nondeterministic decision of a run.
//!
//! The invariant: a run asks nothing else for what is not determined: words for fates and streams,
//! and which of the pending events comes next.

use crate::plan::Plan;
use crate::stream::{Stream, StreamKind, keyed_words};

/// Decides what a run leaves open.
pub trait Decider {
    /// The four words that decide the fate of the `count`-th message, from 0, of the sender whose
    /// streams have this id.
    fn fate_words(&mut self, sender: u64, count: u64) -> [u32; 4];

    /// Four words that decide whom the client whose streams have this id asks in its `count`-th
    /// attempt, or how long it waits before the next.
    fn client_words(&mut self, client: u64, count: u64) -> [u32; 4];

    /// From now on everything is drawn under another seed; who draws from none goes on as before.
    fn reseed(&mut self, seed: u64) {
        let _ = seed;
    }

    /// A stream of words at its beginning.
    fn stream(&mut self, kind: StreamKind, id: u64) -> Stream;

    /// The sequence number of the pending event that comes next; `None` for the earliest. A number
    /// that is not pending ends the step with nothing.
    #[inline]
    fn next(&mut self) -> Option<u64> {
        None
    }
}

/// Everything from the streams of one seed, but for the fates of messages, which may have a seed of
/// their own; events come in order of time.
#[derive(Clone, Copy, Debug)]
pub struct Seeded {
    seed: u64,
    network: u64,
}

impl Seeded {
    /// Decides as a plan says.
    #[must_use]
    pub fn of(plan: &Plan) -> Seeded {
        Seeded { seed: plan.seed, network: plan.network_seed.unwrap_or(plan.seed) }
    }
}

impl Decider for Seeded {
    #[inline]
    fn fate_words(&mut self, sender: u64, count: u64) -> [u32; 4] {
        keyed_words(self.network, StreamKind::Network, sender, count)
    }

    fn client_words(&mut self, client: u64, count: u64) -> [u32; 4] {
        keyed_words(self.seed, StreamKind::Client, client, count)
    }

    fn reseed(&mut self, seed: u64) {
        *self = Seeded { seed, network: seed };
    }

    fn stream(&mut self, kind: StreamKind, id: u64) -> Stream {
        Stream::new(self.seed, kind, id)
    }
}
