//! Changes of the cluster, one server at a time (§4).
//!
//! The invariant: a server uses the latest configuration in its log, committed or not (§4.1), so
//! two that follow each other differ by one server and their majorities meet; a leader begins no
//! change before the one before is committed, and none before it has committed an entry of its own
//! term (Ongaro, "bug in single-server membership changes", raft-dev 2015).

use super::log::{Command, Entry, Index};
use super::message::Message;
use super::replica::{Cx, Replica, Role};
use squall::prelude::*;

/// How many rounds a new server has to catch up in before the leader gives up (§4.2.1: "for
/// example, 10").
const ROUNDS: u32 = 10;

/// Who is in the cluster by a server's log.
#[derive(Clone, Debug, Default)]
pub(super) struct Configuration {
    /// The members at the base of the log, in order.
    base: Vec<NodeId>,
    /// The changes that the log has.
    changes: Vec<(Index, Change)>,
    /// The members after all of them, in order.
    members: Vec<NodeId>,
}

impl Configuration {
    /// These members, in order, before any change.
    pub(super) fn new(base: Vec<NodeId>) -> Configuration {
        Configuration { members: base.clone(), base, changes: Vec::new() }
    }

    /// The latest members.
    pub(super) fn members(&self) -> &[NodeId] {
        &self.members
    }

    /// Whether a server is one of them.
    pub(super) fn has(&self, server: NodeId) -> bool {
        self.members.binary_search(&server).is_ok()
    }

    /// How many of them are a majority.
    pub(super) fn majority(&self) -> usize {
        self.members.len() / 2 + 1
    }

    /// The last change that the log has; zero if it has none.
    pub(super) fn latest(&self) -> Index {
        self.changes.last().map_or(Index::ZERO, |(index, _)| *index)
    }

    /// The members as they were after an entry.
    pub(super) fn at(&self, index: Index) -> Vec<NodeId> {
        let mut members = self.base.clone();
        let until = self.changes.partition_point(|(change, _)| *change <= index);
        self.changes[..until].iter().for_each(|(_, change)| apply(&mut members, *change));
        members
    }

    /// The log got a change.
    pub(super) fn push(&mut self, index: Index, change: Change) {
        self.changes.push((index, change));
        apply(&mut self.members, change);
    }

    /// The log lost all entries from `first` on.
    pub(super) fn cut(&mut self, first: Index) {
        self.changes.retain(|(index, _)| *index < first);
        self.members = self.at(first.previous());
    }

    /// The log lost all entries up to `last`, after which these were the members.
    pub(super) fn compact(&mut self, last: Index, members: &[NodeId]) {
        self.base = members.to_vec();
        self.changes.retain(|(index, _)| *index > last);
        self.members = self.at(self.latest());
    }
}

fn apply(members: &mut Vec<NodeId>, change: Change) {
    match (change, members.binary_search(&change.node())) {
        (Change::Add(node), Err(place)) => members.insert(place, node),
        (Change::Remove(_), Ok(place)) => {
            members.remove(place);
        }
        (Change::Add(_), Ok(_)) | (Change::Remove(_), Err(_)) => (),
    }
}

/// A server that the leader brings up to date before it becomes a member (§4.2.1).
#[derive(Debug)]
pub(super) struct Joining {
    pub(super) server: NodeId,
    operator: NodeId,
    /// The number of the round, from 1.
    round: u32,
    /// Where the round ends: where the log ended when it began.
    until: Index,
    pub(super) since: LocalTime,
}

/// A change that is in the log, and who waits for it.
#[derive(Debug)]
pub(super) struct Pending {
    index: Index,
    operator: NodeId,
    change: Change,
}

impl Replica {
    /// An operator asks for a change.
    pub(super) fn on_reconfigure(&mut self, cx: &mut Cx<'_>, operator: NodeId, change: Change) {
        if let Some(told) = self.reconfigure(cx, operator, change) {
            cx.send(operator, Message::Reconfigured(told));
        }
    }

    /// Begins a change, or says at once what becomes of it.
    fn reconfigure(
        &mut self,
        cx: &mut Cx<'_>,
        operator: NodeId,
        change: Change,
    ) -> Option<Reconfigured> {
        if !self.is_leader() {
            return Some(self.leader.map_or(Reconfigured::Refused(change), Reconfigured::Ask));
        }
        let configuration = self.storage.configuration();
        let own = self.log().term(self.commit) == Some(self.term());
        let settled = own && configuration.latest() <= self.commit;
        let server = change.node();
        let done = configuration.has(server) == matches!(change, Change::Add(_));
        let last = configuration.members() == [server];
        let until = self.log().last().index;
        let Role::Leader(lead) = &mut self.role else { return None };
        if settled && done {
            return Some(Reconfigured::Done(change));
        }
        if !settled || lead.joining.is_some() || last {
            return Some(Reconfigured::Refused(change));
        }
        match change {
            Change::Remove(_) => self.append_change(cx, operator, change),
            Change::Add(_) => {
                let since = cx.now();
                lead.joining = Some(Joining { server, operator, round: 1, until, since });
                cx.note(format_args!("brings {server} up to date"));
                let place = lead.learn_of(server, until.next());
                self.send_append(cx, place, self.limit());
            }
        }
        None
    }

    /// A follower agrees up to `matched`: a server that joins may be at the end of a round. It is
    /// in time if the next would be short enough not to hold up the cluster for an election.
    pub(super) fn watch_joining(&mut self, cx: &mut Cx<'_>, server: NodeId, matched: Index) {
        let (now, last) = (cx.now(), self.log().last().index);
        let short = self.config.election_timeout.low;
        let Role::Leader(lead) = &mut self.role else { return };
        let Some(joining) = &mut lead.joining else { return };
        if joining.server != server || matched < joining.until {
            return;
        }
        if now.since(joining.since) < short {
            let operator = joining.operator;
            lead.joining = None;
            self.append_change(cx, operator, Change::Add(server));
        } else if joining.round < ROUNDS {
            joining.round += 1;
            (joining.until, joining.since) = (last, now);
        } else {
            self.give_up_joining(cx);
        }
    }

    /// A server that joins is too slow, or not there.
    pub(super) fn give_up_joining(&mut self, cx: &mut Cx<'_>) {
        let Role::Leader(lead) = &mut self.role else { return };
        let Some(Joining { server, operator, .. }) = lead.joining.take() else { return };
        lead.forget(server);
        cx.mark("joining-given-up");
        let refused = Reconfigured::Refused(Change::Add(server));
        cx.send(operator, Message::Reconfigured(refused));
    }

    /// Puts a change into the log, from where it holds at once.
    fn append_change(&mut self, cx: &mut Cx<'_>, operator: NodeId, change: Change) {
        self.storage.append(cx, Entry { term: self.term(), command: Command::Change(change) });
        let index = self.log().last().index;
        let members = self.storage.configuration().members();
        let Role::Leader(lead) = &mut self.role else { return };
        lead.pending = Some(Pending { index, operator, change });
        lead.regroup(members, self.id, index);
        self.send_entries(cx);
        self.flush_own(cx);
    }

    /// A change that is committed is done; a leader that is no member any more steps down (§4.2.2).
    pub(super) fn finish_change(&mut self, cx: &mut Cx<'_>) {
        let commit = self.commit;
        let Role::Leader(lead) = &mut self.role else { return };
        if let Some(Pending { operator, change, .. }) =
            lead.pending.take_if(|pending| pending.index <= commit)
        {
            cx.mark(match change {
                Change::Add(_) => "member-added",
                Change::Remove(_) => "member-removed",
            });
            cx.send(operator, Message::Reconfigured(Reconfigured::Done(change)));
        }
        if self.is_out() {
            self.step_back(cx, None);
        }
    }

    /// Whether it is not a member and knows that for certain. Until then it may be needed: it
    /// leads and campaigns, but does not count itself (§4.2.2).
    pub(super) fn is_out(&self) -> bool {
        let configuration = self.storage.configuration();
        !configuration.has(self.id) && configuration.latest() <= self.commit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(numbers: &[u32]) -> Vec<NodeId> {
        numbers.iter().map(|number| NodeId::node(*number)).collect()
    }

    fn at(count: u64) -> Index {
        Index::ZERO + count
    }

    #[test]
    fn the_members_follow_the_log_forwards_and_backwards() {
        let mut configuration = Configuration::new(nodes(&[0, 1, 2]));
        configuration.push(at(5), Change::Add(NodeId::node(3)));
        configuration.push(at(9), Change::Remove(NodeId::node(0)));
        assert_eq!(configuration.members(), nodes(&[1, 2, 3]));
        assert_eq!(configuration.at(at(8)), nodes(&[0, 1, 2, 3]));
        assert_eq!((configuration.latest(), configuration.majority()), (at(9), 2));
        configuration.cut(at(7));
        assert_eq!(configuration.members(), nodes(&[0, 1, 2, 3]));
        assert_eq!((configuration.latest(), configuration.majority()), (at(5), 3));
    }

    #[test]
    fn a_snapshot_keeps_the_members_and_what_follows_it_the_changes() {
        let mut configuration = Configuration::new(nodes(&[0, 1]));
        configuration.push(at(5), Change::Add(NodeId::node(2)));
        configuration.push(at(9), Change::Add(NodeId::node(3)));
        configuration.compact(at(5), &nodes(&[0, 1, 2]));
        assert_eq!(configuration.members(), nodes(&[0, 1, 2, 3]));
        configuration.cut(at(6));
        assert_eq!(configuration.members(), nodes(&[0, 1, 2]));
    }
}
