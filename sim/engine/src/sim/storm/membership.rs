//! The operator: asks the cluster to add nodes and to remove nodes, from outside.
//!
//! The invariant: the operator asks for one change at a time, again and elsewhere after a while,
//! until it is done or its fault ends; what it sends passes through the network like any message.

use super::super::{Sim, Travelling, What};
use super::Phase;
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId};
use crate::protocol::{Change, Protocol, Reconfigured};
use crate::scenario::fault::Membership;
use crate::scenario::roster::Roster;
use crate::units::Span;
use std::collections::VecDeque;

/// What the operator knows and wants.
pub(in crate::sim) struct Operator {
    stream_id: u64,
    sent: u64,
    /// By node: whether it is in the cluster, as far as the operator knows.
    members: Vec<bool>,
    /// The first is under way.
    wanted: VecDeque<Wanted>,
    asking: bool,
    /// Numbers its waits.
    turn: u32,
    /// Who did what it asked last, or whom it was referred to.
    last: Option<NodeId>,
    /// Which member it asks if it knows nobody better.
    next: u32,
    referrals: u32,
}

/// A change that a fault wants.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    fault: u32,
    change: Change,
    stop: bool,
    retry: Span,
}

/// How often the operator may be referred elsewhere before it waits.
const REFERRALS: u32 = 16;

impl Operator {
    pub(super) fn new(roster: &Roster) -> Operator {
        Operator {
            stream_id: roster.stream_id(roster.operator()),
            sent: 0,
            members: roster.nodes().map(|node| !roster.is_spare(node)).collect(),
            wanted: VecDeque::new(),
            asking: false,
            turn: 0,
            last: None,
            next: 0,
            referrals: 0,
        }
    }

    /// By node: whether it is in the cluster, as far as the operator knows.
    pub(in crate::sim) fn members(&self) -> &[bool] {
        &self.members
    }

    /// Whether a node is in the cluster, as far as the operator knows.
    pub(super) fn knows(&self, node: NodeId) -> bool {
        self.members[node.index()]
    }

    /// How many nodes the cluster has once all that is wanted is done.
    fn size(&self) -> usize {
        let adds = |wanted: &&Wanted| matches!(wanted.change, Change::Add(_));
        let added = self.wanted.iter().filter(adds).count();
        let members = self.members.iter().filter(|member| **member).count();
        (members + 2 * added).saturating_sub(self.wanted.len())
    }

    /// Whether a change would leave the cluster too small or too large.
    pub(super) fn is_out_of_bounds(&self, kind: &Membership) -> bool {
        let size = self.size() as u64;
        let small = kind.remove.is_some() && size <= u64::from(kind.least.unwrap_or(1));
        small || kind.add.is_some() && kind.most.is_some_and(|most| size >= u64::from(most))
    }

    /// Whom to ask.
    fn whom(&self) -> NodeId {
        let members = || (0..self.members.len()).filter(|node| self.members[*node]);
        let turn = self.next as usize % members().count().max(1);
        let member = members().nth(turn).unwrap_or_default();
        self.last.unwrap_or(NodeId::node(member as u32))
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// The id of an outsider's streams and the number of its next message.
    pub(in crate::sim) fn next_message_outside(&mut self, from: NodeId) -> (u64, u64) {
        if from != self.roster.operator() {
            return self.clients.next_message(from);
        }
        let operator = &mut self.storm.operator;
        operator.sent += 1;
        (operator.stream_id, operator.sent - 1)
    }

    /// A fault wants a change of one node.
    pub(super) fn want_change(
        &mut self,
        node: NodeId,
        fault: u32,
        kind: &Membership,
        cause: EventId,
    ) {
        let add = kind.add.is_some();
        let change = if add { Change::Add(node) } else { Change::Remove(node) };
        if add {
            self.join(node, cause);
        }
        let wanted = Wanted { fault, change, stop: kind.stop, retry: kind.retry };
        self.storm.operator.wanted.push_back(wanted);
    }

    /// A fault wants nothing any more.
    pub(super) fn stop_wanting(&mut self, fault: u32) {
        let operator = &mut self.storm.operator;
        let first = operator.wanted.front().is_some_and(|wanted| wanted.fault == fault);
        operator.wanted.retain(|wanted| wanted.fault != fault);
        if first {
            operator.asking = false;
        }
        self.operate();
    }

    /// The storm is over: nothing is wanted any more.
    pub(super) fn dismiss_operator(&mut self) {
        self.storm.operator.wanted.clear();
        self.storm.operator.asking = false;
    }

    /// Asks for the next change that is wanted, if the one before is done.
    pub(super) fn operate(&mut self) {
        let operator = &mut self.storm.operator;
        if !operator.asking && !operator.wanted.is_empty() {
            operator.asking = true;
            operator.referrals = 0;
            self.ask_for_change();
        }
    }

    fn ask_for_change(&mut self) {
        let operator = &mut self.storm.operator;
        let Some(Wanted { fault, change, retry, .. }) = operator.wanted.front().copied() else {
            return;
        };
        operator.turn += 1;
        let (turn, to, id) = (operator.turn, operator.whom(), self.roster.operator());
        self.running = Some(id);
        let message = P::reconfigure(change);
        self.running = None;
        let message = message.expect("a protocol with MEMBERSHIP has a message for every change");
        let text = self.watched.then(|| self.change_words(change, to).into_boxed_str());
        let cause = self.storm.faults[fault as usize].begun;
        let event = self.emit(Some(id), EventKind::Operate, cause, (change, to.raw()), text);
        self.post(id, to, message, event);
        self.schedule(self.now + retry, What::Operate { turn });
    }

    fn change_words(&self, change: Change, to: NodeId) -> String {
        let verb = match change {
            Change::Add(_) => "add",
            Change::Remove(_) => "remove",
        };
        format!("asks {} to {verb} {}", self.roster.name(to), self.roster.name(change.node()))
    }

    /// The operator has waited for an answer long enough.
    pub(in crate::sim) fn operator_waited(&mut self, turn: u32) {
        let operator = &mut self.storm.operator;
        if operator.asking && operator.turn == turn {
            operator.last = None;
            operator.next += 1;
            operator.referrals = 0;
            self.ask_for_change();
        }
    }

    /// A message has reached a client or the operator.
    pub(in crate::sim) fn deliver_outside(&mut self, envelope: u32) {
        let to = self.envelopes.get(envelope).to;
        if to != self.roster.operator() {
            return self.deliver_to_client(envelope);
        }
        let Travelling { from, sent_by, sent_at, message, .. } = self.envelopes.remove(envelope);
        self.stats.delivered += 1;
        let text = self.words(&message);
        let kind = EventKind::Deliver { from, sent: sent_at };
        let event = self.emit(Some(to), kind, sent_by, (from.raw(), &message), text);
        self.running = Some(to);
        let told = P::reconfigured(&message);
        self.running = None;
        match told {
            Some(Reconfigured::Done(change)) => self.change_done(change, from, event),
            Some(Reconfigured::Refused(change)) if self.is_asking_for(change) => {
                self.storm.operator.last = None;
            }
            Some(Reconfigured::Ask(node)) if self.storm.operator.asking => {
                self.refer_operator(node)
            }
            Some(Reconfigured::Refused(_) | Reconfigured::Ask(_)) | None => {}
        }
    }

    fn is_asking_for(&self, change: Change) -> bool {
        let operator = &self.storm.operator;
        operator.asking && operator.wanted.front().is_some_and(|wanted| wanted.change == change)
    }

    fn refer_operator(&mut self, node: NodeId) {
        let operator = &mut self.storm.operator;
        operator.last = Some(node);
        operator.referrals += 1;
        if operator.referrals <= REFERRALS {
            self.ask_for_change();
        }
    }

    fn change_done(&mut self, change: Change, by: NodeId, event: EventId) {
        let current = self.is_asking_for(change);
        let operator = &mut self.storm.operator;
        let about = |wanted: &Wanted| wanted.change.node() == change.node();
        if current || !operator.wanted.iter().any(about) {
            operator.members[change.node().index()] = matches!(change, Change::Add(_));
        }
        if !current {
            return;
        }
        let Some(Wanted { fault, stop, .. }) = operator.wanted.pop_front() else { return };
        operator.asking = false;
        operator.last = Some(by);
        let over = !operator.wanted.iter().any(|wanted| wanted.fault == fault);
        if stop {
            self.stop_node(change.node(), event);
        }
        if over && self.storm.faults[fault as usize].phase == Phase::Active {
            self.end_fault(fault);
        }
        self.operate();
    }
}
