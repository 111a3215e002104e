//! Priorities of links: some are always slower than others, until a message makes its link the
//! slowest of all.
//!
//! The invariant: there are none in the calm; what a message waits depends on its link and its
//! number alone, on no draw.

use crate::ids::Time;
use crate::scenario::tables;
use crate::stream::{StreamKind, keyed_words};

/// The priorities of all links, and which have fallen.
#[derive(Clone, Debug)]
pub(super) struct Priorities {
    hold: u64,
    order: u64,
    demote: Vec<u64>,
    /// How many messages have left.
    sent: u64,
    /// Links that have fallen, in the order in which they first did.
    fallen: Vec<(usize, usize)>,
}

impl Priorities {
    pub(super) fn new(table: &tables::Priorities) -> Priorities {
        let demote = table.demote.iter().map(|message| message.get()).collect();
        let (hold, order) = (table.hold.as_nanos(), table.order);
        Priorities { hold, order, demote, sent: 0, fallen: Vec::new() }
    }

    /// Counts a message that leaves; how many nanoseconds it waits.
    pub(super) fn wait(&mut self, from: usize, to: usize) -> u64 {
        self.sent += 1;
        if self.demote.contains(&self.sent) && !self.fallen.contains(&(from, to)) {
            self.fallen.push((from, to));
        }
        let hold = u128::from(self.hold);
        let place = self.fallen.iter().position(|link| *link == (from, to));
        let wait = match place {
            Some(place) => hold * (place as u128 + 1),
            None => {
                let link = ((from as u64) << 32) | to as u64;
                let rank = keyed_words(self.order, StreamKind::Network, link, 0)[0];
                (hold * u128::from(rank)) >> 32
            }
        };
        u64::try_from(wait).unwrap_or(Time::MAX.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Span;
    use std::num::NonZeroU64;

    #[test]
    fn a_link_keeps_its_rank_until_it_falls_below_all() {
        let demote = [3, 5].into_iter().filter_map(NonZeroU64::new).collect();
        let table = tables::Priorities { hold: Span::millis(10), order: 4, demote };
        let mut priorities = Priorities::new(&table);
        let hold = Span::millis(10).as_nanos();
        let (here, there) = (priorities.wait(0, 1), priorities.wait(1, 0));
        assert!(here < hold && there < hold && here != there, "{here} {there}");
        assert_eq!(priorities.wait(0, 1), hold);
        assert_eq!(priorities.wait(1, 0), there);
        assert_eq!(priorities.wait(1, 0), 2 * hold);
        assert_eq!(priorities.wait(0, 1), hold);
    }
}
