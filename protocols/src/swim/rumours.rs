//! The updates that a node passes on: those sent least often first, and of these the newest.
//!
//! The invariant: of each member only the latest update is ever sent, and none more often than the
//! limit.

use super::message::Update;

/// What is being passed on.
#[derive(Debug, Default)]
pub(super) struct Rumours {
    /// By how often they were sent; in each, the newest last.
    sent: Vec<Vec<Rumour>>,
    /// How many there are, those that are out of date among them.
    count: u32,
    /// By member: the number of its latest update.
    latest: Vec<u32>,
    /// The place for what is being sent.
    going: Vec<(u32, Rumour)>,
}

#[derive(Clone, Copy, Debug)]
struct Rumour {
    update: Update,
    number: u32,
}

impl Rumours {
    /// Passes on an update from now on; what else was passed on of this member is out of date.
    pub(super) fn push(&mut self, update: Update) {
        let place = update.node.index();
        if self.latest.len() <= place {
            self.latest.resize(place + 1, 0);
        }
        self.latest[place] += 1;
        let rumour = Rumour { update, number: self.latest[place] };
        self.keep(0, rumour);
    }

    /// Whether there is nothing to pass on.
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Fills a packet up to `room` updates; each of them was sent once more then, and is forgotten
    /// when that makes `limit` times.
    pub(super) fn fill(&mut self, news: &mut Vec<Update>, room: usize, limit: u32) {
        if self.count == 0 {
            return;
        }
        news.reserve(room.saturating_sub(news.len()).min(self.count as usize));
        for times in 0..self.sent.len() {
            while news.len() < room
                && let Some(rumour) = self.sent[times].pop()
            {
                self.count -= 1;
                if self.latest[rumour.update.node.index()] == rumour.number {
                    news.push(rumour.update);
                    self.going.push((times as u32 + 1, rumour));
                }
            }
        }
        while let Some((times, rumour)) = self.going.pop() {
            if times < limit {
                self.keep(times as usize, rumour);
            }
        }
    }

    fn keep(&mut self, times: usize, rumour: Rumour) {
        if self.sent.len() <= times {
            self.sent.resize_with(times + 1, Vec::new);
        }
        self.sent[times].push(rumour);
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swim::message::{Claim, Incarnation};
    use squall::prelude::*;

    fn alive(node: u32, incarnation: u32) -> Update {
        let (node, incarnation) = (NodeId::node(node), Incarnation(incarnation));
        Update { node, incarnation, claim: Claim::Alive { boot: 0 } }
    }

    #[track_caller]
    fn check(rumours: &mut Rumours, room: usize, want: &[Update]) {
        let mut news = Vec::new();
        rumours.fill(&mut news, room, 2);
        assert_eq!(news, want);
    }

    #[test]
    fn the_newest_of_the_least_sent_goes_first_and_stops_at_the_limit() {
        let mut rumours = Rumours::default();
        rumours.push(alive(0, 1));
        rumours.push(alive(1, 1));
        check(&mut rumours, 1, &[alive(1, 1)]);
        check(&mut rumours, 2, &[alive(0, 1), alive(1, 1)]);
        check(&mut rumours, 2, &[alive(0, 1)]);
        assert!(rumours.is_empty());
        check(&mut rumours, 2, &[]);
    }

    #[test]
    fn an_update_puts_those_before_it_out_of_date() {
        let mut rumours = Rumours::default();
        rumours.push(alive(0, 1));
        rumours.push(alive(0, 2));
        check(&mut rumours, 9, &[alive(0, 2)]);
        check(&mut rumours, 9, &[alive(0, 2)]);
        check(&mut rumours, 9, &[]);
    }
}
