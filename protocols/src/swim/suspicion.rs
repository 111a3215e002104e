//! A suspicion: how long a member has left to say that it is alive.
//!
//! The invariant: everybody confirms it once at most; each who does only shortens it.

use super::config::Config;
use super::scale;
use squall::prelude::*;

/// Why a member is suspected, and for how long it will be.
#[derive(Debug)]
pub(super) struct Suspicion {
    pub(super) began: LocalTime,
    /// Who suspects it, first the one that this node heard first.
    accusers: Vec<NodeId>,
    /// How many must confirm it until it lasts no longer than the least.
    wanted: u32,
    least: Span,
    most: Span,
}

impl Suspicion {
    /// Somebody suspects a member of a cluster of this size.
    pub(super) fn new(config: &Config, size: u32, by: NodeId, began: LocalTime) -> Suspicion {
        let wanted = config.suspicion_mult.get().saturating_sub(2);
        let enough = config.lifeguard() && size.saturating_sub(2) >= wanted;
        Suspicion {
            began,
            accusers: vec![by],
            wanted: if enough { wanted } else { 0 },
            least: scale::suspicion_least(config, size),
            most: scale::suspicion_most(config, size),
        }
    }

    /// Somebody suspects it too. Whether that shortens it.
    pub(super) fn confirm(&mut self, by: NodeId) -> bool {
        let news = self.confirmed() < self.wanted && !self.accusers.contains(&by);
        if news {
            self.accusers.push(by);
        }
        news
    }

    /// How much of it is left.
    pub(super) fn left(&self, now: LocalTime) -> Span {
        let lasts = scale::suspicion(self.least, self.most, self.confirmed(), self.wanted);
        (self.began + lasts).since(now)
    }

    fn confirmed(&self) -> u32 {
        self.accusers.len() as u32 - 1
    }
}
