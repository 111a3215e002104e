//! What SWIM promises over all its nodes.
//!
//! The invariant: a monitor looks at those records alone that the last handler changed; only a
//! boot, a crash and a leave cost as much as there are nodes.

use super::Swim;
use super::agent::Agent;
use super::config::Config;
use super::message::{Incarnation, Status};
use super::scale;
use squall::prelude::*;
use std::collections::BTreeMap;

type Cluster<'a> = &'a dyn World<Swim>;

/// All properties of SWIM.
pub(super) fn properties() -> Properties<Swim> {
    let (mut beliefs, mut crashes) = (Beliefs::default(), Crashes::default());
    let mut view = Common::default();
    Properties::none()
        .always(
            "incarnation-order",
            "Nobody believes an older incarnation of a member over a newer one, nor in one \
             incarnation that it is alive once it was suspected or gone (SWIM §4.2).",
            move |world, moment| beliefs.watch(world, moment),
        )
        .always(
            "crash-known",
            "A crash is known to all that are up within the bound that the configuration gives; \
             a scenario that cuts nodes off does not ask for it.",
            move |world, moment| crashes.watch(world, moment),
        )
        .eventually(
            "membership-converges",
            "Every member knows all that are up and holds nobody else for a member.",
            move |world, moment| view.watch(world, moment),
        )
}

/// Within which time of a crash everybody knows it.
///
/// Some survivor probes the node within 2n − 1 periods, since each has probed all others by then
/// (SWIM §4.3), and but for one chance in 10^9 within 21: in each period a survivor of n − 1 picks
/// it with probability 1 / (n − 1), so that nobody does with less than 1 / e (§3.1). A period in
/// which a probe fails is longer by the health of the prober, once for each node that is down.
/// Then comes the longest suspicion, and the gossip that it has ended.
fn bound(config: &Config, size: u32, down: u32) -> Span {
    let periods = u64::from((2 * size).saturating_sub(1).min(21));
    let held_up = u64::from(config.awareness_max_multiplier.get()) * u64::from(down);
    let probed = config.probe_interval * (periods + held_up);
    let told = config.gossip_interval * u64::from(scale::transmits(config, size));
    probed + scale::suspicion_most(config, size) + told
}

/// What each node believed last of each other.
#[derive(Default)]
struct Beliefs(Vec<Vec<Option<(Incarnation, Status)>>>);

impl Beliefs {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Result<(), Breach> {
        self.0.resize_with(world.size() as usize, Vec::new);
        let id = match moment {
            Moment::Rest(id) => id,
            Moment::Down(id) => {
                self.0[id.index()].clear();
                return Ok(());
            }
            Moment::Mark(..) => return Ok(()),
        };
        let Some(agent) = world.node(id) else { return Ok(()) };
        let row = &mut self.0[id.index()];
        for node in agent.touched() {
            let now = agent.belief(*node);
            row.resize(row.len().max(node.index() + 1), None);
            let before = std::mem::replace(&mut row[node.index()], now);
            if let (Some(before), Some(now)) = (before, now)
                && now < before
            {
                return Err(went_back(world, (id, *node), before, now));
            }
        }
        Ok(())
    }
}

fn went_back(
    world: Cluster<'_>,
    (id, node): (NodeId, NodeId),
    before: (Incarnation, Status),
    now: (Incarnation, Status),
) -> Breach {
    let said = |(incarnation, status): (Incarnation, Status)| {
        let word = match status {
            Status::Alive => "alive",
            Status::Suspect => "suspect",
            Status::Dead => "dead",
            Status::Left => "gone",
        };
        format!("{word} in incarnation {}", incarnation.0)
    };
    let (name, node) = (world.name(id), world.name(node));
    let reason = if now.0 < before.0 { "older-incarnation" } else { "milder-claim" };
    let sentence = format!("{name} held {node} for {}, then for {}.", said(before), said(now));
    Breach::new(reason, sentence)
}

/// Who is up since when, and which crashes must be known when.
#[derive(Default)]
struct Crashes {
    lives: Vec<Life>,
    down: u32,
    /// By when it must be known: who crashed, and when.
    due: BTreeMap<(Time, NodeId), Time>,
}

/// A node as it was seen.
#[derive(Clone, Copy, Default)]
struct Life {
    up: bool,
    /// Since when it runs without a pause, or is down.
    since: Time,
    /// When it was last at rest.
    rested: Time,
}

impl Crashes {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Result<(), Breach> {
        self.lives.resize(world.size() as usize, Life::default());
        let now = world.time();
        match moment {
            Moment::Rest(id) => self.rested(world.config(), id, now),
            Moment::Down(id) => self.crashed(world, id, now),
            Moment::Mark(..) => {}
        }
        while let Some(first) = self.due.first_entry().filter(|first| first.key().0 <= now) {
            let ((_, node), at) = first.remove_entry();
            self.judge(world, node, at)?;
        }
        Ok(())
    }

    fn rested(&mut self, config: &Config, id: NodeId, now: Time) {
        let life = &mut self.lives[id.index()];
        // A node that runs gossips: one that does not was paused, and may have missed things.
        let paused = now.since(life.rested) > config.gossip_interval * 2;
        if !life.up {
            self.down = self.down.saturating_sub(1);
        }
        if !life.up || paused {
            life.since = now;
        }
        (life.up, life.rested) = (true, now);
    }

    fn crashed(&mut self, world: Cluster<'_>, id: NodeId, now: Time) {
        let life = &mut self.lives[id.index()];
        if life.up {
            *life = Life { up: false, since: now, rested: now };
            self.down += 1;
            let due = now + bound(world.config(), world.size(), self.down);
            self.due.insert((due, id), now);
        }
    }

    /// Whether all that had the time know that a node is gone. Those that were not there yet are
    /// asked later.
    fn judge(&mut self, world: Cluster<'_>, node: NodeId, at: Time) -> Result<(), Breach> {
        let crash = self.lives[node.index()];
        if crash.up || crash.since != at {
            return Ok(());
        }
        let now = world.time();
        let bound = bound(world.config(), world.size(), self.down);
        let mut later = None;
        for (index, life) in self.lives.iter().enumerate().filter(|(_, life)| life.up) {
            let id = NodeId::node(index as u32);
            let due = life.since.max(at) + bound;
            match world.node(id) {
                _ if due > now => later = later.max(Some(due)),
                None => later = later.max(Some(now + world.config().gossip_interval)),
                Some(agent) if agent.is_present() && holds(agent, node) => {
                    let (name, crashed) = (world.name(id), world.name(node));
                    let late = now.since(at);
                    let sentence = format!(
                        "{crashed} crashed {late} ago, and {name} still holds it for a member."
                    );
                    return Err(Breach::new("unknown", sentence));
                }
                Some(_) => {}
            }
        }
        if let Some(later) = later {
            self.due.insert((later, node), at);
        }
        Ok(())
    }
}

/// Whether a node holds another for a member.
fn holds(agent: &Agent, node: NodeId) -> bool {
    let status = agent.belief(node).map(|(_, status)| status);
    matches!(status, Some(Status::Alive | Status::Suspect))
}

/// Who is a member, by its own account, and who holds whom for one.
#[derive(Default)]
struct Common {
    present: Vec<bool>,
    held: Vec<Vec<bool>>,
    /// How many members hold how many nodes wrongly for a member or for none.
    wrong: u64,
}

impl Common {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> bool {
        let size = world.size() as usize;
        self.present.resize(size, false);
        self.held.resize_with(size, || vec![false; size]);
        match moment {
            Moment::Rest(id) => {
                let Some(agent) = world.node(id) else { return false };
                self.appear(id.index(), agent.is_present());
                for node in agent.touched() {
                    self.hold(id.index(), node.index(), holds(agent, *node));
                }
            }
            Moment::Down(id) => {
                self.appear(id.index(), false);
                self.held[id.index()].fill(false);
            }
            Moment::Mark(..) => return false,
        }
        self.wrong == 0 && self.present.contains(&true)
    }

    /// A member holds a node for one, or not any more.
    fn hold(&mut self, member: usize, node: usize, held: bool) {
        let before = std::mem::replace(&mut self.held[member][node], held);
        if self.present[member] && before != held {
            self.wrong += u64::from(held != self.present[node]);
            self.wrong -= u64::from(before != self.present[node]);
        }
    }

    /// A node is a member, or not any more.
    fn appear(&mut self, node: usize, present: bool) {
        if self.present[node] == present {
            return;
        }
        if !present {
            self.wrong -= self.wrongly_held_by(node);
        }
        for member in (0..self.present.len()).filter(|member| *member != node) {
            if self.present[member] {
                let held = self.held[member][node];
                self.wrong += u64::from(held != present);
                self.wrong -= u64::from(held == present);
            }
        }
        self.present[node] = present;
        if present {
            self.wrong += self.wrongly_held_by(node);
        }
    }

    fn wrongly_held_by(&self, member: usize) -> u64 {
        let pairs = self.held[member].iter().zip(&self.present);
        pairs.filter(|(held, present)| held != present).count() as u64
    }
}
