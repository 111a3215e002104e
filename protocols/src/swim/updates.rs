//! What a node makes of a claim: the rules by which one overrides another (SWIM §4.2).
//!
//! The invariant: a record's incarnation never goes back; in one incarnation a member is first
//! alive, then suspect, then gone.

use super::agent::{Agent, Cx, Timer};
use super::config::Bug;
use super::members::Member;
use super::message::{Claim, Incarnation, Status, Update};
use super::suspicion::Suspicion;
use squall::prelude::*;

impl Agent {
    /// Somebody claims something of a member, this node itself perhaps.
    pub(super) fn hear(&mut self, cx: &mut Cx<'_>, update: Update) {
        if update.node == self.id {
            return self.hear_of_itself(cx, update);
        }
        match update.claim {
            Claim::Alive { boot } => self.alive(cx, update, boot),
            Claim::Suspect { by } => self.suspect(cx, update, by),
            Claim::Dead { by } => self.dead(cx, update, by),
        }
    }

    /// What is claimed of this node itself: if it is not so, it says so in a later incarnation.
    fn hear_of_itself(&mut self, cx: &mut Cx<'_>, update: Update) {
        let Some((own, _)) = self.belief(self.id) else { return };
        let wrong = match update.claim {
            // Of an earlier life, before a crash took what it knew.
            Claim::Alive { boot } => update.incarnation > own || boot != self.boot,
            Claim::Suspect { .. } | Claim::Dead { .. } => true,
        };
        if wrong && update.incarnation >= own && self.is_present() {
            self.worsen(cx, 1);
            cx.mark("refuted");
            self.announce(cx, own.max(update.incarnation));
        }
    }

    /// Says that it is alive, in the incarnation after this one.
    pub(super) fn announce(&mut self, cx: &mut Cx<'_>, last: Incarnation) {
        let now = cx.now();
        let Some(own) = self.members.get(self.id).copied() else { return };
        let bumped = self.config.bug != Bug::NoIncarnationBump;
        let incarnation = if bumped { last.next() } else { own.incarnation };
        let own = Member { incarnation, status: Status::Alive, since: now, ..own };
        self.members.set(self.id, own);
        let claim = Claim::Alive { boot: self.boot };
        self.touch(self.id);
        self.rumours.push(Update { node: self.id, incarnation, claim });
    }

    /// A member is said to be alive: believed if it says so itself since what is known.
    fn alive(&mut self, cx: &mut Cx<'_>, update: Update, boot: u32) {
        let Update { node, incarnation, .. } = update;
        let known = self.members.get(node);
        if known.is_some_and(|member| !self.is_news(member, incarnation)) {
            return;
        }
        let alive =
            |since| Member { incarnation, boot, status: Status::Alive, condemned: false, since };
        if self.suspicions.remove(&node).is_some() {
            cx.cancel_timer(Timer::Suspicion(node));
        }
        match known.copied() {
            None => self.members.insert(node, alive(cx.now()), cx.random()),
            Some(before) => {
                if before.condemned && before.boot == boot {
                    self.false_deaths += 1;
                    cx.sample("false-deaths", self.false_deaths);
                }
                let since = if before.status == Status::Alive { before.since } else { cx.now() };
                self.members.set(node, alive(since));
            }
        }
        self.touch(node);
        self.rumours.push(update);
    }

    fn is_news(&self, member: &Member, incarnation: Incarnation) -> bool {
        match self.config.bug {
            Bug::StaleAliveWins => {
                member.status != Status::Alive || incarnation != member.incarnation
            }
            Bug::None | Bug::NoLifeguard | Bug::NoIncarnationBump => {
                incarnation > member.incarnation
            }
        }
    }

    /// A member is suspected: believed if it has not been refuted.
    fn suspect(&mut self, cx: &mut Cx<'_>, update: Update, by: NodeId) {
        let Update { node, incarnation, .. } = update;
        let now = cx.now();
        let size = self.members.len();
        let Some(member) = self.members.get(node).copied() else { return };
        if incarnation < member.incarnation {
            return;
        }
        if let Some(suspicion) = self.suspicions.get_mut(&node) {
            if suspicion.confirm(by) {
                cx.mark("confirmed");
                cx.set_timer(Timer::Suspicion(node), suspicion.left(now));
                self.rumours.push(update);
            }
            return;
        }
        if member.status != Status::Alive {
            return;
        }
        let suspect = Member { incarnation, status: Status::Suspect, since: now, ..member };
        self.members.set(node, suspect);
        let suspicion = Suspicion::new(&self.config, size, by, now);
        cx.set_timer(Timer::Suspicion(node), suspicion.left(now));
        cx.count("suspicions", 1);
        self.suspicions.insert(node, suspicion);
        self.touch(node);
        self.rumours.push(update);
    }

    /// A member is said to be dead, or to have left: believed if it has not been refuted.
    fn dead(&mut self, cx: &mut Cx<'_>, update: Update, by: NodeId) {
        let Update { node, incarnation, .. } = update;
        let now = cx.now();
        let Some(member) = self.members.get(node).copied() else { return };
        if incarnation < member.incarnation || !member.is_present() {
            return;
        }
        if self.suspicions.remove(&node).is_some() {
            cx.cancel_timer(Timer::Suspicion(node));
        }
        let status = if by == node { Status::Left } else { Status::Dead };
        self.members.set(node, Member { incarnation, status, since: now, ..member });
        self.touch(node);
        self.rumours.push(update);
    }

    /// A suspicion ends, and nobody has refuted it.
    pub(super) fn condemn(&mut self, cx: &mut Cx<'_>, node: NodeId) {
        let Some(suspicion) = self.suspicions.remove(&node) else { return };
        let Some(member) = self.members.get(node).copied() else { return };
        self.members.set(node, Member { condemned: true, ..member });
        let (incarnation, claim) = (member.incarnation, Claim::Dead { by: self.id });
        cx.mark("declared-dead");
        cx.sample("suspected-for", cx.now().since(suspicion.began).as_nanos());
        self.dead(cx, Update { node, incarnation, claim }, self.id);
    }
}
