//! What the runs of one scenario covered together: a test that covered nothing is not a pass.
//!
//! The invariant: this is judged over several seeds, never of a single one; adding runs in any
//! order, or in parts that are merged, gives the same.

use crate::Ran;
use serde::{Deserialize, Serialize};
use squall_engine::monitor::Form;
use squall_engine::scenario::fault::Fault;
use squall_engine::sim::Progress;
use std::collections::BTreeMap;
use std::fmt;

/// What has been seen, and of what in how many runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// How many runs there were.
    pub runs: u64,
    /// Points that some run is to reach.
    pub reached: BTreeMap<String, Seen>,
    /// Properties that hold always, and in how many runs somebody looked.
    pub looked: BTreeMap<String, u64>,
    /// Bounded measures, and how many runs had a sample of each.
    pub sampled: BTreeMap<String, u64>,
    /// Triggers of faults, and how many runs pulled each.
    pub triggers: BTreeMap<String, Seen>,
    /// How often a fault of each kind struck.
    pub kinds: BTreeMap<String, u64>,
    /// In how many runs each fault point was reached, and in how many taken.
    pub chances: BTreeMap<String, [u64; 2]>,
    /// How many operations of clients took effect; absent: there are no clients.
    pub answered: Option<u64>,
}

/// In how many runs something was seen, and whether the scenario asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// In how many runs.
    pub runs: u64,
    /// Whether the scenario asks for it.
    pub asked: bool,
}

/// Something that no run has shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// A point that was not reached.
    Point(String),
    /// A property at which nobody looked.
    Look(String),
    /// A measure with a bound and no sample.
    Sample(String),
    /// A kind of fault that was planned and never struck.
    Strike(String),
    /// A fault point that was not reached.
    Chance(String),
    /// A fault point that was reached and not taken.
    Taken(String),
    /// A trigger that was not pulled.
    Trigger(String),
    /// An operation that took effect.
    Operation,
}

impl Missing {
    /// What is missing, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Missing::Point(name) => format!("`{name}` was never reached"),
            Missing::Look(name) => format!("`{name}` was never looked at"),
            Missing::Sample(name) => format!("`{name}` has a bound but no sample"),
            Missing::Strike(kind) => format!("no {kind} struck"),
            Missing::Chance(name) => format!("the fault point `{name}` was never reached"),
            Missing::Taken(name) => format!("the fault point `{name}` was never taken"),
            Missing::Trigger(name) => format!("the trigger of `{name}` was never pulled"),
            Missing::Operation => "no operation of a client took effect".to_string(),
        }
    }
}

impl fmt::Display for Missing {
    /// What is missing, for a list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Missing::Point(name) => f.write_str(name),
            Missing::Look(name) => write!(f, "a look at {name}"),
            Missing::Sample(name) => write!(f, "a sample of {name}"),
            Missing::Strike(kind) => write!(f, "a {kind} that struck"),
            Missing::Chance(name) => write!(f, "the fault point {name}"),
            Missing::Taken(name) => write!(f, "the fault point {name}, taken"),
            Missing::Trigger(name) => write!(f, "the trigger of {name}"),
            Missing::Operation => f.write_str("an operation that took effect"),
        }
    }
}

impl Coverage {
    /// Adds a run.
    pub fn add(&mut self, ran: &Ran) {
        let (plan, outcome) = (&ran.plan, &ran.report.outcome);
        self.runs += 1;
        for standing in &outcome.standings {
            let name = || standing.name.clone();
            match standing.form {
                Form::Sometimes => {
                    let reached = matches!(standing.progress, Progress::Reached(_));
                    let asked = plan.checks.sometimes.contains(&standing.name);
                    self.reached.entry(name()).or_default().see(reached, asked);
                }
                Form::Always => {
                    let looked = !matches!(standing.progress, Progress::Held(0));
                    *self.looked.entry(name()).or_default() += u64::from(looked);
                }
                Form::Eventually => {}
            }
        }
        for (name, _) in plan.measures.iter().filter(|(_, bounds)| !bounds.report) {
            let sampled = !outcome.unsampled.contains(name);
            *self.sampled.entry(name.clone()).or_default() += u64::from(sampled);
        }
        for strike in &outcome.strikes {
            let struck = self.kinds.entry(strike.kind.clone()).or_default();
            *struck += u64::from(strike.skipped.is_none());
        }
        for chance in &outcome.chances {
            let [reached, taken] = self.chances.entry(chance.name.clone()).or_default();
            *reached += u64::from(chance.reached > 0);
            *taken += u64::from(chance.taken > 0);
        }
        for fault in &plan.faults {
            self.add_fault(fault, !outcome.unfired.contains(&fault.name));
        }
        if plan.cluster.clients > 0 {
            *self.answered.get_or_insert_default() += outcome.stats.ok;
        }
    }

    fn add_fault(&mut self, fault: &Fault, fired: bool) {
        // A kind that was planned and never strikes stays at nothing.
        self.kinds.entry(fault.kind().name().to_string()).or_default();
        if let Some(when) = &fault.when {
            self.triggers.entry(fault.name.clone()).or_default().see(fired, when.required);
        }
    }

    /// Adds the runs of another coverage of the same scenario.
    pub fn merge(&mut self, other: &Coverage) {
        self.runs += other.runs;
        for (mine, others) in
            [(&mut self.reached, &other.reached), (&mut self.triggers, &other.triggers)]
        {
            for (name, seen) in others {
                let entry = mine.entry(name.clone()).or_default();
                entry.runs += seen.runs;
                entry.asked |= seen.asked;
            }
        }
        for (mine, others) in [
            (&mut self.looked, &other.looked),
            (&mut self.sampled, &other.sampled),
            (&mut self.kinds, &other.kinds),
        ] {
            for (name, count) in others {
                *mine.entry(name.clone()).or_default() += count;
            }
        }
        for (name, [reached, taken]) in &other.chances {
            let entry = self.chances.entry(name.clone()).or_default();
            *entry = [entry[0] + reached, entry[1] + taken];
        }
        if let Some(answered) = other.answered {
            *self.answered.get_or_insert_default() += answered;
        }
    }

    /// Everything that could have been seen and that no run has shown.
    #[must_use]
    pub fn never(&self) -> Vec<Missing> {
        let mut never = self.points(|_| true);
        let kinds = self.kinds.iter().filter(|(_, struck)| **struck == 0);
        never.extend(kinds.map(|(kind, _)| Missing::Strike(kind.clone())));
        for (name, [reached, taken]) in &self.chances {
            match (reached, taken) {
                (0, _) => never.push(Missing::Chance(name.clone())),
                (_, 0) => never.push(Missing::Taken(name.clone())),
                _ => {}
            }
        }
        never.extend(self.pulls(|_| true));
        never.extend(self.unseen());
        never
    }

    /// What the scenario asks for, and no run has shown; nothing if there was but one run.
    #[must_use]
    pub fn vacuous(&self) -> Vec<Missing> {
        if self.runs < 2 {
            return Vec::new();
        }
        let mut vacuous = self.points(|seen| seen.asked);
        vacuous.extend(self.pulls(|seen| seen.asked));
        vacuous.extend(self.unseen());
        vacuous
    }

    fn points(&self, counts: impl Fn(&Seen) -> bool) -> Vec<Missing> {
        let unseen = self.reached.iter().filter(|(_, seen)| seen.runs == 0 && counts(seen));
        unseen.map(|(name, _)| Missing::Point(name.clone())).collect()
    }

    fn pulls(&self, counts: impl Fn(&Seen) -> bool) -> Vec<Missing> {
        let unseen = self.triggers.iter().filter(|(_, seen)| seen.runs == 0 && counts(seen));
        unseen.map(|(name, _)| Missing::Trigger(name.clone())).collect()
    }

    /// What every scenario asks for.
    fn unseen(&self) -> Vec<Missing> {
        let none = |(name, runs): (&String, &u64)| (*runs == 0).then(|| name.clone());
        let looks = self.looked.iter().filter_map(none).map(Missing::Look);
        let samples = self.sampled.iter().filter_map(none).map(Missing::Sample);
        let answers = (self.answered == Some(0)).then_some(Missing::Operation);
        looks.chain(samples).chain(answers).collect()
    }
}

impl Seen {
    fn see(&mut self, seen: bool, asked: bool) {
        self.runs += u64::from(seen);
        self.asked |= asked;
    }
}
