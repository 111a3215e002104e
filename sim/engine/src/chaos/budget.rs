//! Who may be held by the faults of one kind.
//!
//! The invariant: at no instant is more than a minority of any kind of nodes held.

use crate::ids::NodeId;
use crate::scenario::roster::Roster;
use crate::stream::Stream;
use crate::units::Span;

/// Who is held by faults of one kind, and how many more of each kind of nodes may be.
pub(super) struct Budget<'a> {
    roster: &'a Roster,
    /// Of each kind of nodes: how many more may be held.
    room: Vec<u32>,
    /// Nodes that are held, and until when.
    held: Vec<(NodeId, Span)>,
    /// By the index of a node: whether it is held, or kept for crashes at steps.
    taken: Vec<bool>,
}

impl<'a> Budget<'a> {
    pub(super) fn new(roster: &'a Roster) -> Budget<'a> {
        let kinds = roster.kinds().count();
        let minority = |kind| (roster.members(kind).len().saturating_sub(1) / 2) as u32;
        let taken = vec![false; roster.node_count() as usize];
        Budget { roster, room: (0..kinds).map(minority).collect(), held: Vec::new(), taken }
    }

    /// Keeps a place for `node` for the whole storm, if its kind has one.
    pub(super) fn reserve(&mut self, node: NodeId) -> bool {
        let Some(kind) = self.roster.kind_of(node) else { return false };
        let Some(left) = self.room[kind].checked_sub(1) else { return false };
        self.room[kind] = left;
        self.taken[node.index()] = true;
        true
    }

    /// Lets go of those whose time ended before `at`.
    fn release(&mut self, at: Span) {
        let (roster, room, taken) = (self.roster, &mut self.room, &mut self.taken);
        self.held.retain(|(node, until)| {
            if *until >= at {
                return true;
            }
            room[roster.kind_of(*node).expect("only nodes are held")] += 1;
            taken[node.index()] = false;
            false
        });
    }

    fn hold(&mut self, node: NodeId, until: Span) {
        let kind = self.roster.kind_of(node).expect("only nodes are held");
        self.room[kind] = self.room[kind].checked_sub(1).expect("there was room");
        self.taken[node.index()] = true;
        self.held.push((node, until));
    }

    /// Holds one free node, chosen by `word`, from `at` to `until`.
    pub(super) fn take_any(&mut self, word: u32, at: Span, until: Span) -> Option<NodeId> {
        self.release(at);
        let open = (0..self.room.len()).filter(|kind| self.room[*kind] > 0);
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
        if !self.held.is_empty() {
            return Vec::new();
        }
        cut.iter().for_each(|node| self.hold(*node, until));
        cut
    }
}
