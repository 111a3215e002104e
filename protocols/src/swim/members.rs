//! The member list: what a node believes of each member, and in which order it probes them.
//!
//! The invariant: whoever has a record is in the order once, and nobody else is.

use super::message::{Incarnation, Record, Status};
use squall::prelude::*;

type Stream = squall::engine::stream::Stream;

/// What is believed of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) incarnation: Incarnation,
    pub(super) boot: u32,
    pub(super) status: Status,
    /// Whether this node itself declared it dead, because nobody refuted in time.
    pub(super) condemned: bool,
    /// Since when it has this status.
    pub(super) since: LocalTime,
}

impl Member {
    /// Whether it is in the cluster, as far as known.
    pub(super) fn is_present(&self) -> bool {
        match self.status {
            Status::Alive | Status::Suspect => true,
            Status::Dead | Status::Left => false,
        }
    }
}

/// All members that a node knows, itself among them.
#[derive(Debug, Default)]
pub(super) struct Members {
    table: Vec<Option<Member>>,
    order: Vec<NodeId>,
    /// How many have each status.
    counts: [u32; 4],
    /// The place in the order of who is probed next.
    next: usize,
}

impl Members {
    /// What is believed of a node, if it is known.
    pub(super) fn get(&self, node: NodeId) -> Option<&Member> {
        self.table.get(node.index())?.as_ref()
    }

    /// What is believed of a node becomes this.
    pub(super) fn set(&mut self, node: NodeId, member: Member) {
        if let Some(before) = self.table.get_mut(node.index()).and_then(Option::as_mut) {
            self.counts[before.status as usize] -= 1;
            self.counts[member.status as usize] += 1;
            *before = member;
        }
    }

    /// How many have this status.
    pub(super) fn count(&self, status: Status) -> u32 {
        self.counts[status as usize]
    }

    /// How many are known.
    pub(super) fn len(&self) -> u32 {
        self.order.len() as u32
    }

    /// A node is heard of for the first time. Where it comes in the order is drawn, so that one
    /// which has just joined is probed no later on average than any other (SWIM §4.3).
    pub(super) fn insert(&mut self, node: NodeId, member: Member, stream: &mut Stream) {
        if self.table.len() <= node.index() {
            self.table.resize(node.index() + 1, None);
        }
        self.table[node.index()] = Some(member);
        self.counts[member.status as usize] += 1;
        self.order.push(node);
        let last = self.order.len() - 1;
        self.order.swap(stream.below(last as u64 + 1) as usize, last);
    }

    /// The next one to be probed: each in turn, in an order that is drawn anew for every round.
    /// Whom `fit` refuses is passed over. A new round begins without those whom `keep` refuses.
    pub(super) fn next_target(
        &mut self,
        stream: &mut Stream,
        fit: impl Fn(NodeId, &Member) -> bool,
        mut keep: impl FnMut(NodeId, &Member) -> bool,
    ) -> Option<NodeId> {
        for _ in 0..=self.order.len() {
            if self.next >= self.order.len() {
                self.begin_round(stream, &mut keep);
            }
            let node = *self.order.get(self.next)?;
            self.next += 1;
            if self.get(node).is_some_and(|member| fit(node, member)) {
                return Some(node);
            }
        }
        None
    }

    fn begin_round(&mut self, stream: &mut Stream, keep: &mut impl FnMut(NodeId, &Member) -> bool) {
        let Members { table, order, counts, next } = self;
        order.retain(|node| {
            let record = &mut table[node.index()];
            let kept = record.as_ref().is_some_and(|member| keep(*node, member));
            if let Some(member) = record.take_if(|_| !kept) {
                counts[member.status as usize] -= 1;
            }
            kept
        });
        stream.shuffle(order);
        *next = 0;
    }

    /// Up to `count` of those who are `fit`, at random. With few of them it may find fewer.
    pub(super) fn random(
        &self,
        count: u32,
        stream: &mut Stream,
        fit: impl Fn(NodeId, &Member) -> bool,
    ) -> Vec<NodeId> {
        let mut chosen = Vec::with_capacity(count as usize);
        for _ in 0..3 * self.order.len() {
            if chosen.len() == count as usize {
                break;
            }
            let node = self.order[stream.below(self.order.len() as u64) as usize];
            let fits = self.get(node).is_some_and(|member| fit(node, member));
            if fits && !chosen.contains(&node) {
                chosen.push(node);
            }
        }
        chosen
    }

    /// Everything, to be told to somebody.
    pub(super) fn records(&self) -> impl Iterator<Item = Record> {
        self.order.iter().filter_map(|node| {
            let Member { incarnation, boot, status, .. } = *self.get(*node)?;
            Some(Record { node: *node, incarnation, boot, status })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use squall::engine::stream::StreamKind;

    #[test]
    fn each_is_probed_once_in_a_round_and_the_forgotten_no_more() {
        let mut stream = Stream::new(1, StreamKind::Node, 1);
        let mut members = Members::default();
        let nodes: Vec<NodeId> = (0..9).map(NodeId::node).collect();
        for node in &nodes {
            let (incarnation, status) = (Incarnation(1), Status::Alive);
            let since = LocalTime::ZERO;
            let member = Member { incarnation, boot: 0, status, condemned: false, since };
            members.insert(*node, member, &mut stream);
        }
        let gone = nodes[3];
        let mut orders = Vec::new();
        for _ in 0..3 {
            let fit = |node, _: &Member| node != gone;
            let keep = |_, _: &Member| true;
            let next = |_| members.next_target(&mut stream, fit, keep).expect("somebody fits");
            orders.push((0..8).map(next).collect::<Vec<_>>());
        }
        assert_ne!(orders[1], orders[2]);
        for mut order in orders {
            order.sort_unstable();
            assert!(order.iter().eq(nodes.iter().filter(|node| **node != gone)));
        }
        let next = members.next_target(&mut stream, |_, _| true, |node, _| node != gone);
        assert!(next.is_some());
        assert!(members.get(gone).is_none() && members.len() == 8);
    }
}
