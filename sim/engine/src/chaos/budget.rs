//! Who may be held by the faults of one kind.
//!
//! The invariant: at no instant are more nodes held than `[budget]` has room for, a minority of
//! each kind where it says nothing.

use crate::ids::NodeId;
use crate::scenario::budget::{self, Claim};
use crate::scenario::roster::Roster;
use crate::scenario::tables::Nodes;
use crate::stream::Stream;
use crate::units::Span;

/// Who is held by faults of one kind, and how many more of each kind of nodes may be.
pub(super) struct Budget<'a> {
    roster: &'a Roster,
    /// Of each kind of nodes: how many more may be held.
    room: Vec<u32>,
    /// How many more may be held of all kinds together.
    total: u32,
    /// Nodes that are held, and until when.
    held: Vec<(NodeId, Span)>,
    /// By the index of a node: whether it is held, or kept for crashes at steps.
    taken: Vec<bool>,
    /// Until when nobody else may be held.
    closed: Option<Span>,
}

impl<'a> Budget<'a> {
    /// Room for faults that make these claims; a minority of each kind for those that make none.
    pub(super) fn new(roster: &'a Roster, table: &budget::Budget, claims: &[Claim]) -> Budget<'a> {
        let minority = |kind| (roster.members(kind).len().saturating_sub(1) / 2) as u32;
        let most = |(number, kind): (usize, &str)| {
            let claimed =
                claims.iter().filter_map(|claim| table.most(*claim, number, kind, true, roster));
            claimed.min().unwrap_or_else(|| minority(number))
        };
        let room = roster.kinds().enumerate().map(most).collect();
        let totals = claims.iter().filter_map(|claim| match table.limit(*claim) {
            Some(Nodes::Count(most)) => Some(*most),
            Some(Nodes::Kinds(_)) | None => None,
        });
        let total = totals.min().unwrap_or(u32::MAX);
        let taken = vec![false; roster.node_count() as usize];
        Budget { roster, room, total, held: Vec::new(), taken, closed: None }
    }

    /// Keeps a place for `node` for the whole storm, if its kind has one.
    pub(super) fn reserve(&mut self, node: NodeId) -> bool {
        let Some(kind) = self.roster.kind_of(node) else { return false };
        let Some(left) = self.room[kind].checked_sub(1) else { return false };
        let Some(total) = self.total.checked_sub(1) else { return false };
        (self.room[kind], self.total) = (left, total);
        self.taken[node.index()] = true;
        true
    }

    /// Lets go of those whose time ended before `at`.
    fn release(&mut self, at: Span) {
        let (roster, room, taken) = (self.roster, &mut self.room, &mut self.taken);
        let total = &mut self.total;
        self.held.retain(|(node, until)| {
            if *until >= at {
                return true;
            }
            room[roster.kind_of(*node).expect("only nodes are held")] += 1;
            taken[node.index()] = false;
            *total = total.saturating_add(1);
            false
        });
    }

    fn hold(&mut self, node: NodeId, until: Span) {
        let kind = self.roster.kind_of(node).expect("only nodes are held");
        self.room[kind] = self.room[kind].checked_sub(1).expect("there was room");
        self.total = self.total.saturating_sub(1);
        self.taken[node.index()] = true;
        self.held.push((node, until));
    }

    /// Holds one free node, chosen by `word`, from `at` to `until`.
    pub(super) fn take_any(&mut self, word: u32, at: Span, until: Span) -> Option<NodeId> {
        self.release(at);
        if self.is_closed(at) {
            return None;
        }
        let open = (0..self.room.len()).filter(|kind| self.room[*kind] > 0 && self.total > 0);
        let members = open.flat_map(|kind| self.roster.members(kind));
        let free: Vec<NodeId> = members.filter(|node| !self.taken[node.index()]).collect();
        let index = (u64::from(word) * free.len() as u64) >> 32;
        let node = *free.get(index as usize)?;
        self.hold(node, until);
        Some(node)
    }

    /// Holds a drawn minority of each kind of nodes from `at` to `until`; nobody if somebody is
    /// held already, since what is left would be no half.
    pub(super) fn take_minority(
        &mut self,
        stream: &mut Stream,
        at: Span,
        until: Span,
    ) -> Vec<NodeId> {
        self.release(at);
        let mut cut = Vec::new();
        for (kind, count) in self.room.iter().enumerate() {
            let mut members: Vec<NodeId> = self.roster.members(kind).collect();
            stream.shuffle(&mut members);
            members.truncate(*count as usize);
            members.sort();
            cut.extend(members);
        }
        if !self.held.is_empty() || self.is_closed(at) {
            return Vec::new();
        }
        cut.truncate(self.total as usize);
        cut.iter().for_each(|node| self.hold(*node, until));
        cut
    }

    /// Holds these nodes, if there is room for all.
    pub(super) fn take_all(&mut self, nodes: &[NodeId], at: Span, until: Span) -> bool {
        self.release(at);
        let node = |id: &NodeId| !id.is_client() && !self.roster.is_spare(*id);
        let nodes: Vec<NodeId> = nodes.iter().copied().filter(node).collect();
        let mut needed = vec![0; self.room.len()];
        for kind in nodes.iter().filter_map(|node| self.roster.kind_of(*node)) {
            needed[kind] += 1;
        }
        let fits = needed.iter().zip(&self.room).all(|(needed, room)| needed <= room);
        let free = nodes.iter().all(|node| !self.taken[node.index()]);
        if !fits || !free || self.is_closed(at) {
            return false;
        }
        nodes.iter().for_each(|node| self.hold(*node, until));
        true
    }

    /// Keeps everybody else from being held, for a cut that leaves each node a majority or that
    /// counts no nodes; false if somebody is held.
    pub(super) fn take_alone(&mut self, at: Span, until: Span) -> bool {
        self.release(at);
        if !self.held.is_empty() || self.is_closed(at) {
            return false;
        }
        self.closed = Some(until);
        true
    }

    /// The nodes that may be held one at a time, while nobody else is.
    pub(super) fn take_one_by_one(&mut self, at: Span, until: Span) -> Option<Vec<NodeId>> {
        let open = (0..self.room.len()).filter(|kind| self.room[*kind] > 0);
        let nodes: Vec<NodeId> = open.flat_map(|kind| self.roster.members(kind)).collect();
        (self.take_alone(at, until) && !nodes.is_empty()).then_some(nodes)
    }

    fn is_closed(&self, at: Span) -> bool {
        self.closed.is_some_and(|until| until >= at)
    }
}
