//! `[budget]`: how many nodes may be down, wiped and cut off at once.
//!
//! The invariant: what a kind of fault claims is said in one place, for the generator, the kernel
//! and whoever checks a scenario.

use super::fault::FaultKind;
use super::roster::Roster;
use super::tables::Nodes;
use crate::ids::NodeId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the names of drawn faults begin. An author's do not.
pub const DRAWN: &str = "chaos-";

/// `[budget]`: how many nodes the storm may have down, wiped and cut off at once, in all or of each
/// kind. What is absent is not limited for explicit faults; drawn ones keep `down` and `cut` to a
/// minority of each kind and `wiped` to none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// Nodes that crashes hold down, for good or for a while.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<Nodes>,
    /// Nodes that lost their disk in the whole run: nobody knows when they have recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wiped: Option<Nodes>,
    /// Nodes that the best connected one cannot reach, or that cannot reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<Nodes>,
}

/// A claim that a fault makes on the budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// It holds nodes down.
    Down,
    /// It empties their disks.
    Wiped,
    /// It cuts them off.
    Cut,
}

impl Claim {
    /// All claims.
    pub const ALL: [Claim; 3] = [Claim::Down, Claim::Wiped, Claim::Cut];

    /// The key of `[budget]`, which is what nodes then are.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Claim::Down => "down",
            Claim::Wiped => "wiped",
            Claim::Cut => "cut",
        }
    }
}

/// What a kind of fault claims.
#[must_use]
pub fn claims(kind: FaultKind<'_>) -> &'static [Claim] {
    match kind {
        FaultKind::Crash(_) | FaultKind::Restart(_) => &[Claim::Down],
        FaultKind::Wipe(_) => &[Claim::Down, Claim::Wiped],
        FaultKind::Partition(_) => &[Claim::Cut],
        // Who stands still, is slow or has a wrong clock loses nothing; who joins adds to the
        // cluster, and who leaves it is no longer counted.
        FaultKind::Pause(_)
        | FaultKind::Slow(_)
        | FaultKind::Disk(_)
        | FaultKind::Chance(_)
        | FaultKind::Degrade(_)
        | FaultKind::Lag(_)
        | FaultKind::Clog(_)
        | FaultKind::Hold(_)
        | FaultKind::Clock(_)
        | FaultKind::Join(_)
        | FaultKind::Membership(_) => &[],
    }
}

/// Nodes that were counted, and how many of them there may be: the words of a broken budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    claim: Claim,
    kind: Option<String>,
    count: u32,
    most: u32,
}

impl std::fmt::Display for Excess {
    /// `3 nodes would be down, and the budget has room for 2`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Excess { claim, kind, count, most } = self;
        let what = match claim {
            Claim::Cut => "cut off",
            Claim::Down | Claim::Wiped => claim.key(),
        };
        let kind = kind.as_deref().unwrap_or("node");
        let plural = if *count == 1 { "" } else { "s" };
        write!(f, "{count} {kind}{plural} would be {what}, and the budget has room for {most}")
    }
}

impl Budget {
    /// The limit of a claim, if its author set one.
    #[must_use]
    pub fn limit(&self, claim: Claim) -> Option<&Nodes> {
        match claim {
            Claim::Down => self.down.as_ref(),
            Claim::Wiped => self.wiped.as_ref(),
            Claim::Cut => self.cut.as_ref(),
        }
    }

    /// What is too much if these nodes are down, wiped or cut off; `drawn` for a fault of
    /// `[chaos]`.
    #[must_use]
    pub fn excess(
        &self,
        claim: Claim,
        nodes: &[NodeId],
        drawn: bool,
        roster: &Roster,
    ) -> Option<Excess> {
        let count = nodes.len() as u32;
        if let Some(Nodes::Count(most)) = self.limit(claim) {
            let excess = Excess { claim, kind: None, count, most: *most };
            return (count > *most).then_some(excess);
        }
        let kinds: Vec<String> = roster.kinds().map(str::to_string).collect();
        for (number, kind) in kinds.into_iter().enumerate() {
            let count = nodes.iter().filter(|node| roster.kind_of(**node) == Some(number)).count();
            let Some(most) = self.most(claim, number, &kind, drawn, roster) else { continue };
            if count as u32 > most {
                return Some(Excess { claim, kind: Some(kind), count: count as u32, most });
            }
        }
        None
    }

    /// How many nodes of one kind there may be; `None` if that is not limited.
    #[must_use]
    pub fn most(
        &self,
        claim: Claim,
        number: usize,
        kind: &str,
        drawn: bool,
        roster: &Roster,
    ) -> Option<u32> {
        match self.limit(claim) {
            Some(Nodes::Count(most)) => Some(*most),
            // A kind that the table does not name is left alone.
            Some(Nodes::Kinds(kinds)) => Some(kinds.get(kind).copied().unwrap_or(0)),
            None if !drawn => None,
            None => Some(match claim {
                Claim::Down | Claim::Cut => (roster.members(number).len().max(1) as u32 - 1) / 2,
                Claim::Wiped => 0,
            }),
        }
    }
}
