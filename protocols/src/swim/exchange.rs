//! How updates get round: gossip, exchanges of the whole state, joining, leaving and coming back.
//!
//! The invariant: an exchange never declares anybody dead; who is dead to one is suspect to the
//! other, so that it may refute.

use super::agent::{Agent, Cx, Presence, Timer};
use super::members::Member;
use super::message::{Claim, Message, Record, Say, Status, Update};
use super::scale;
use squall::prelude::*;
use std::rc::Rc;

impl Agent {
    /// Sends updates to some others at random, if there are any.
    pub(super) fn gossip(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Gossip, self.config.gossip_interval);
        if self.rumours.is_empty() {
            return;
        }
        let (id, now, to_the_dead) = (self.id, cx.now(), self.config.gossip_to_the_dead);
        let chosen =
            self.members.random(self.config.gossip_nodes.get(), cx.random(), |node, member| {
                let hears = member.is_present() || now.since(member.since) < to_the_dead;
                node != id && hears
            });
        for node in chosen {
            if !self.rumours.is_empty() {
                let gossip = self.packet(Say::Gossip, None);
                cx.send(node, gossip);
            }
        }
    }

    /// Exchanges the whole state with another at random.
    pub(super) fn push_pull(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::PushPull, scale::push_pull(&self.config, self.members.len()));
        let id = self.id;
        let chosen = self
            .members
            .random(1, cx.random(), |node, member| node != id && member.status == Status::Alive);
        if self.is_present() {
            self.push(cx, &chosen);
        }
    }

    /// Exchanges the whole state with the seeds, until one has answered.
    pub(super) fn join(&mut self, cx: &mut Cx<'_>) {
        if self.seeds.is_empty() {
            self.presence = Presence::Joined;
        }
        if self.presence == Presence::Joining {
            let seeds = std::mem::take(&mut self.seeds);
            self.push(cx, &seeds);
            self.seeds = seeds;
            cx.set_timer(Timer::Join, self.config.retry_join);
        }
    }

    /// Tries to reach one that it takes for dead: the more of them there are beside those alive,
    /// the likelier, so that all together try about one at a time (as Serf does).
    pub(super) fn reconnect(&mut self, cx: &mut Cx<'_>) {
        cx.set_timer(Timer::Reconnect, self.config.reconnect_interval);
        let (dead, alive) = (self.members.count(Status::Dead), self.members.count(Status::Alive));
        if self.is_present() && cx.random().below(alive.max(1).into()) < dead.into() {
            let chosen =
                self.members.random(1, cx.random(), |_, member| member.status == Status::Dead);
            self.push(cx, &chosen);
        }
    }

    fn push(&mut self, cx: &mut Cx<'_>, nodes: &[NodeId]) {
        if nodes.is_empty() {
            return;
        }
        let state = self.state();
        nodes.iter().for_each(|node| cx.send(*node, Message::Push(Rc::clone(&state))));
    }

    /// Everything that it knows.
    pub(super) fn state(&self) -> Rc<[Record]> {
        self.members.records().collect()
    }

    /// Somebody answered with everything that it knows.
    pub(super) fn on_pull(&mut self, cx: &mut Cx<'_>, state: &[Record]) {
        if self.presence == Presence::Joining {
            self.presence = Presence::Joined;
            cx.cancel_timer(Timer::Join);
            cx.mark("joined");
        }
        self.merge(cx, state);
    }

    /// Takes over what another knows better.
    pub(super) fn merge(&mut self, cx: &mut Cx<'_>, state: &[Record]) {
        for Record { node, incarnation, boot, status } in state.iter().copied() {
            let claim = match status {
                Status::Alive => Claim::Alive { boot },
                Status::Suspect | Status::Dead => Claim::Suspect { by: self.id },
                Status::Left => Claim::Dead { by: node },
            };
            self.hear(cx, Update { node, incarnation, claim });
        }
    }

    /// An operator wants a node to join or to leave: the node itself does it.
    pub(super) fn reconfigure(&mut self, cx: &mut Cx<'_>, operator: NodeId, change: Change) {
        let told = match change {
            Change::Add(node) | Change::Remove(node) if node != self.id => {
                let present = self.members.get(node).is_some_and(|member| member.is_present());
                if present == matches!(change, Change::Add(_)) {
                    Reconfigured::Done(change)
                } else {
                    Reconfigured::Ask(node)
                }
            }
            Change::Add(_) => self.come_back(cx, change),
            Change::Remove(_) => self.leave(cx, change),
        };
        cx.send(operator, Message::Reconfigured(told));
    }

    fn come_back(&mut self, cx: &mut Cx<'_>, change: Change) -> Reconfigured {
        match self.presence {
            Presence::Joined => return Reconfigured::Done(change),
            Presence::Joining => return Reconfigured::Refused(change),
            Presence::Leaving | Presence::Left => {}
        }
        cx.cancel_timer(Timer::Leave);
        self.presence = Presence::Joining;
        if let Some((last, _)) = self.belief(self.id) {
            self.announce(cx, last);
        }
        self.join(cx);
        Reconfigured::Refused(change)
    }

    fn leave(&mut self, cx: &mut Cx<'_>, change: Change) -> Reconfigured {
        match self.presence {
            Presence::Left => return Reconfigured::Done(change),
            // Nobody believes one that does not know how far its former life had got.
            Presence::Joining | Presence::Leaving => return Reconfigured::Refused(change),
            Presence::Joined => {}
        }
        self.presence = Presence::Leaving;
        cx.set_timer(Timer::Leave, self.config.leave_delay);
        cx.mark("left");
        let now = cx.now();
        if let Some(own) = self.members.get(self.id).copied() {
            self.members.set(self.id, Member { status: Status::Left, since: now, ..own });
            let (node, incarnation) = (self.id, own.incarnation);
            self.rumours.push(Update { node, incarnation, claim: Claim::Dead { by: node } });
            self.touch(self.id);
        }
        Reconfigured::Refused(change)
    }
}
