//! `[chaos]` turned into ordinary faults before a run, from the scenario and the seed alone.
//!
//! The invariant: each kind of fault is drawn from its own stream and planned inside its own
//! budget, so switching one kind off leaves the others as they were, and at no instant does one
//! kind of fault hold down, still or apart more than a minority of any kind of nodes.

mod arrivals;
mod budget;
mod chance;
mod clock;
mod disk;
mod links;
mod membership;
mod network;
mod process;
mod swarm;

use crate::scenario;
use crate::scenario::budget::Claim;
use crate::scenario::fault::Fault;
use crate::scenario::roster::Roster;
use crate::scenario::tables::Scenario;
use crate::stream::{Stream, StreamKind};
use crate::units::Span;
use arrivals::Arrivals;
use budget::Budget;

/// The most faults of one kind that a storm has.
pub const FAULTS_MAX: usize = 10_000;

/// The faults of `[chaos]` for `seed`, each with a name (`chaos-crash-1`), a drawn time or step,
/// a named target and a drawn duration.
///
/// Each kind is planned inside `[budget]` by itself: crashes hold at most so many nodes at once, so
/// do cuts; pauses a minority. A crash at a step may strike at any time, so all crashes at steps
/// are those of one drawn node, whose place in the budget is kept for the whole storm.
#[must_use]
pub fn storm(scenario: &Scenario, roster: &Roster, seed: u64) -> Vec<Fault> {
    let heading = &scenario.scenario;
    let end = heading.duration.saturating_sub(heading.calm);
    let swarm = scenario.chaos.swarm.then(|| swarm::drawn(&scenario.chaos, seed));
    let chaos = swarm.as_ref().unwrap_or(&scenario.chaos);
    let stage = Stage { roster, budget: &scenario.budget, seed, end };
    let mut faults = Vec::new();
    faults.extend(chaos.crash.iter().flat_map(|crash| stage.crashes(crash)));
    faults.extend(chaos.partition.iter().flat_map(|cut| stage.partitions(cut)));
    faults.extend(chaos.pause.iter().flat_map(|pause| stage.pauses(pause)));
    faults.extend(chaos.clock.iter().flat_map(|clock| stage.clocks(clock)));
    faults.extend(chaos.degrade.iter().flat_map(|degrade| stage.degradations(degrade)));
    faults.extend(chaos.lag.iter().flat_map(|lag| stage.lags(lag)));
    faults.extend(chaos.clog.iter().flat_map(|clog| stage.clogs(clog)));
    faults.extend(chaos.hold.iter().flat_map(|hold| stage.holds(hold)));
    faults.extend(chaos.wipe.iter().flat_map(|wipe| stage.wipes(wipe)));
    faults.extend(chaos.restart.iter().flat_map(|restart| stage.restarts(restart)));
    faults.extend(chaos.disk.iter().flat_map(|disk| stage.disks(disk)));
    faults.extend(chaos.chance.iter().flat_map(|chance| stage.chances(chance)));
    faults.extend(chaos.slow.iter().flat_map(|slow| stage.slowness(slow)));
    faults.extend(chaos.membership.iter().flat_map(|change| stage.changes(change)));
    faults
}

/// What the kinds of fault have in common.
struct Stage<'a> {
    roster: &'a Roster,
    budget: &'a scenario::budget::Budget,
    seed: u64,
    end: Span,
}

impl Stage<'_> {
    /// Room for faults that make these claims.
    fn room(&self, claims: &[Claim]) -> Budget<'_> {
        Budget::new(self.roster, self.budget, claims)
    }

    fn arrivals(&self, kind: &str, mean: Span) -> Arrivals {
        let stream = Stream::named(self.seed, StreamKind::Chaos, kind);
        Arrivals { stream, mean, at: Span::ZERO, end: self.end, left: FAULTS_MAX }
    }
}

fn named(kind: &str, count: usize) -> Fault {
    Fault { name: format!("chaos-{kind}-{}", count + 1), ..Fault::default() }
}
