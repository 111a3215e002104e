//! `[[faults]]`: kinds, starts, targets and names.

use super::Check;
use crate::scenario::budget::DRAWN;
use crate::scenario::error::{ScenarioError, either};
use crate::scenario::fault::{Fault, FaultKind};
use crate::scenario::target::Word;
use crate::scenario::tree::steps;

impl Check<'_> {
    pub(super) fn faults(&self) -> Result<(), ScenarioError> {
        for (index, fault) in self.scenario.faults.iter().enumerate() {
            self.kind(index, fault)?;
            self.name(index, fault)?;
            self.start(index, fault)?;
            self.target(index, fault)?;
            match fault.kind() {
                FaultKind::Partition(partition) => self.partition(index, partition)?,
                FaultKind::Clock(clock) => self.clock(index, clock)?,
                FaultKind::Join(_) => self.join(index, fault)?,
                FaultKind::Membership(kind) => self.membership(index, kind)?,
                FaultKind::Crash(crash) => self.crash(index, crash)?,
                FaultKind::Disk(disk) => self.disk(index, disk)?,
                FaultKind::Chance(chance) => {
                    self.points(&steps!["faults", index, "chance"], &chance.points)?;
                }
                FaultKind::Slow(slow) => self.slow(index, slow)?,
                FaultKind::Wipe(_) | FaultKind::Restart(_) | FaultKind::Pause(_) => {}
                FaultKind::Degrade(_)
                | FaultKind::Lag(_)
                | FaultKind::Clog(_)
                | FaultKind::Hold(_) => {}
            }
            self.length(index, fault)?;
            self.step(index, fault)?;
            self.trigger(index, fault)?;
            self.puller(index, fault)?;
            self.binding(index, fault)?;
        }
        (0..self.scenario.faults.len()).try_for_each(|index| self.chain(index))
    }

    fn kind(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let at = steps!["faults", index];
        let kinds = fault.kinds();
        let [kind] = kinds.as_slice() else {
            let Some(second) = kinds.get(1) else {
                let known = either(Fault::KINDS);
                return self.wrong(&at, format!("this fault has no kind; expected {known}"));
            };
            let (first, second) = (kinds[0].name(), second.name());
            let message = format!("a fault has one kind, this one has `{first}` and `{second}`");
            return self.wrong_key(&steps!["faults", index, second], message);
        };
        match (kind, &fault.nodes) {
            (FaultKind::Partition(_), Some(_)) => {
                let message = "a partition has no `nodes`; it names them in `isolate` or `groups`";
                self.wrong_key(&steps!["faults", index, "nodes"], message)
            }
            (FaultKind::Membership(_), Some(_)) => {
                let message = "a change of the cluster has no `nodes`; it names them in `add` or \
                               `remove`";
                self.wrong_key(&steps!["faults", index, "nodes"], message)
            }
            (kind, nodes) if kind.is_of_links() => self.links(index, kind.name(), nodes.as_ref()),
            (FaultKind::Partition(_) | FaultKind::Membership(_), None) | (_, Some(_)) => Ok(()),
            (_, None) => Err(self.document.missing(&at, "nodes")),
        }
    }

    fn name(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let earlier = &self.scenario.faults[..index];
        if earlier.iter().any(|other| other.name == fault.name) {
            let message = format!("two faults are called `{}`", fault.name);
            return self.wrong(&steps!["faults", index, "name"], message);
        }
        if !self.drawn_too && fault.name.starts_with(DRAWN) {
            let message = format!("names that begin with `{DRAWN}` are those of drawn faults");
            return self.wrong(&steps!["faults", index, "name"], message);
        }
        Ok(())
    }

    /// Exactly one start, before the calm.
    fn start(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let at = fault.at.map(|_| "at");
        let step = fault.step.map(|_| "step");
        let after_step = fault.after_step.map(|_| "after_step");
        let handler = fault.handler.map(|_| "handler");
        let when = fault.when.as_ref().map(|_| "when");
        let after = fault.after.as_ref().map(|_| "after");
        let starts = [at, step, after_step, handler, when, after];
        let starts: Vec<&str> = starts.into_iter().flatten().collect();
        match starts.as_slice() {
            [_] => {}
            [] => {
                let message = format!(
                    "`{}` has no start; expected `at`, `step`, `when` or `after`",
                    fault.name
                );
                return self.wrong(&steps!["faults", index], message);
            }
            [first, second, ..] => {
                let message =
                    format!("a fault has one start, this one has `{first}` and `{second}`");
                return self.wrong_key(&steps!["faults", index, *second], message);
            }
        }
        if fault.delay.is_some() && fault.after.is_none() {
            let message = "`delay` counts from the end of the fault in `after`, which is missing";
            return self.wrong_key(&steps!["faults", index, "delay"], message);
        }
        if fault.past.is_some() && fault.at.is_none() {
            let message = "`past` says what comes first at the instant in `at`, which is missing";
            return self.wrong_key(&steps!["faults", index, "past"], message);
        }
        let Some(range) = fault.at else { return Ok(()) };
        let (duration, end) = (self.scenario.scenario.duration, self.storm_end());
        let latest = range.high;
        if latest >= duration {
            let message =
                format!("`{}` begins at {latest}, when the run of {duration} is over", fault.name);
            return self.wrong(&steps!["faults", index, "at"], message);
        }
        if latest >= end {
            let message =
                format!("`{}` begins at {latest}, in the calm, which begins at {end}", fault.name);
            return self.wrong(&steps!["faults", index, "at"], message);
        }
        Ok(())
    }

    fn length(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let at = steps!["faults", index, "for"];
        let kind = fault.kind();
        let down = matches!(kind, FaultKind::Crash(_) | FaultKind::Wipe(_) | FaultKind::Restart(_));
        let Some(range) = fault.lasts.filter(|_| down) else { return Ok(()) };
        let name = kind.name();
        let message = format!("a {name} has no `for`; write `{name} = {{ down = \"{range}\" }}`");
        self.wrong_key(&at, message)
    }

    fn step(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let (key, step) = match (fault.step, fault.after_step) {
            (Some(step), _) => ("step", step),
            (None, Some(step)) => ("after_step", step),
            (None, None) => return self.counted_for_nothing(index, fault),
        };
        let at = steps!["faults", index, key];
        if step == 0 {
            return self.wrong(&at, "steps are counted from 1");
        }
        if let Some(name) = &fault.of {
            let node = self.roster.find(name).filter(|node| !node.is_client());
            return match node {
                Some(_) => Ok(()),
                None => {
                    let message = format!("no node is called `{name}`");
                    self.wrong(&steps!["faults", index, "of"], message)
                }
            };
        }
        match self.all_words(fault).as_slice() {
            [Word::Name(id)] if !id.is_client() && fault.nodes.is_some() => Ok(()),
            _ => {
                let message =
                    format!("`{key}` counts the steps of one node, which `nodes` must name");
                self.wrong_key(&at, message)
            }
        }
    }

    fn counted_for_nothing(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        match fault.of {
            None => Ok(()),
            Some(_) => {
                let message = "`of` says whose steps are counted, and there is no `step`";
                self.wrong_key(&steps!["faults", index, "of"], message)
            }
        }
    }

    fn binding(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let role = |word: &Word<'_>| matches!(word, Word::Role(_));
        if fault.within.is_some() && !self.all_words(fault).iter().any(role) {
            let message = "`within` waits for a node of a role, and this fault names no role";
            return self.wrong_key(&steps!["faults", index, "within"], message);
        }
        let Some(name) = &fault.bind else { return Ok(()) };
        let at = steps!["faults", index, "bind"];
        if name.is_empty() || name.starts_with('$') {
            return self.wrong(&at, "expected a name without `$`, such as \"old\"");
        }
        let earlier = &self.scenario.faults[..index];
        if earlier.iter().any(|other| other.bind.as_ref() == Some(name)) {
            return self.wrong(&at, format!("`{name}` is bound twice"));
        }
        Ok(())
    }

    /// That `after` leads to a fault that ends, and not back here.
    fn chain(&self, index: usize) -> Result<(), ScenarioError> {
        let faults = &self.scenario.faults;
        let at = steps!["faults", index, "after"];
        let Some(after) = &faults[index].after else { return Ok(()) };
        let find = |name: &str| faults.iter().find(|fault| fault.name == name);
        let Some(first) = find(after) else {
            let known: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
            let message = format!("no fault is called `{after}`");
            return self.unknown(&at, message, after, &known);
        };
        if !first.ends() {
            let message = format!("`{after}` lasts until the calm, so nothing begins after it");
            return self.wrong(&at, message);
        }
        let mut next = Some(first);
        for _ in 0..faults.len() {
            next = next.and_then(|fault| find(fault.after.as_deref()?));
        }
        match next {
            Some(_) => self.wrong(&at, format!("`{after}` begins after this fault: a circle")),
            None => Ok(()),
        }
    }
}
