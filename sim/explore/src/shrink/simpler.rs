//! Everything of a plan that is neither a fault, an operation, a participant nor a message:
//! configuration towards defaults, checks towards the one that matters, and the length of the run.
//!
//! The invariant: what a candidate changes it sets to what a scenario has that says nothing of it,
//! or to a smaller number.

use super::Shrinking;
use serde_json::Value;
use squall_engine::ids::Time;
use squall_engine::monitor::Form;
use squall_engine::plan::Plan;
use squall_engine::scenario::tables::{Consistency, Workload};
use squall_engine::units::Span;

impl Shrinking<'_, '_> {
    /// Ends the run where its violation shows, and judges nothing else.
    pub(super) fn shorten(&mut self) {
        self.what = "duration";
        let Some(violation) = self.violation() else { return };
        let (property, shown) = (violation.property.clone(), violation.at.since(Time::ZERO));
        let mut alone = self.best.clone();
        if property != "linearizable" {
            alone.checks.consistency = Some(Consistency::None);
        }
        let eventually = alone.checks.eventually.take().unwrap_or_default();
        alone.checks.eventually =
            Some(eventually.into_iter().filter(|one| *one == property).collect());
        if !self.take_as_is(alone.clone()) {
            alone.checks.eventually = Some(vec![property.clone()]);
            self.take_as_is(alone);
        }
        // What has to come about at last needs the time that it was given.
        let forms = self.report.outcome.standings.iter();
        let mut own = forms.filter(|standing| standing.name == property);
        if own.any(|standing| standing.form == Form::Eventually) || property == "progress" {
            let heading = &self.best.scenario;
            let storm = heading.duration.saturating_sub(heading.calm);
            for part in [8, 4, 2] {
                let mut candidate = self.best.clone();
                let less = Span::millis(storm.as_nanos() / part / 1_000_000);
                candidate.scenario.duration = less + candidate.scenario.calm;
                self.take_as_is(candidate);
            }
            return;
        }
        let whole = Span::millis(shown.as_nanos() / 1_000_000 + 1);
        let mut ended = self.best.clone();
        ended.scenario.duration = whole;
        ended.scenario.calm = Span::ZERO;
        ended.checks.progress_within = None;
        if whole < self.best.scenario.duration && self.take_as_is(ended) {
            return;
        }
        for part in [8, 4, 2] {
            self.take_as_is(with_length(&self.best, part, |heading| &mut heading.calm));
        }
        for part in [8, 4, 2] {
            self.take_as_is(with_length(&self.best, part, |heading| &mut heading.duration));
        }
    }

    /// Sets every table and every key of the configuration to what it is by default.
    pub(super) fn default_config(&mut self) {
        self.what = "configuration";
        let parts: [fn(&mut Plan); 11] = [
            |plan| plan.clocks = Default::default(),
            |plan| plan.disk = Default::default(),
            |plan| plan.measures = Default::default(),
            |plan| plan.limits = Default::default(),
            |plan| plan.budget = Default::default(),
            |plan| plan.cluster.spares = 0,
            |plan| plan.cluster.zones = Default::default(),
            |plan| plan.checks.sometimes = Vec::new(),
            |plan| plan.workload.retry = Default::default(),
            |plan| plan.workload.timeout = Workload::default().timeout,
            |plan| plan.workload.phases = Vec::new(),
        ];
        for part in parts {
            let mut candidate = self.best.clone();
            part(&mut candidate);
            self.take(candidate);
        }
        let defaults = self.subject.default_config();
        let keys: Option<Vec<String>> =
            self.best.config.as_object().map(|config| config.keys().cloned().collect());
        for key in keys.unwrap_or_default() {
            let default = defaults.get(&key).cloned().unwrap_or(Value::Null);
            if !self.take(with_key(&self.best, &key, default)) {
                self.smaller_number(&key);
            }
        }
    }

    /// A number of the configuration that cannot be its default becomes as small as it can: what
    /// happens every so many operations then needs fewer of them.
    fn smaller_number(&mut self, key: &str) {
        while let Some(number) = self.best.config.get(key).and_then(Value::as_u64) {
            let smaller = [1, number / 4, number / 2, number.saturating_sub(1)];
            let tried = smaller.into_iter().filter(|less| *less < number && *less > 0);
            if !tried.into_iter().any(|less| self.take(with_key(&self.best, key, less.into()))) {
                return;
            }
        }
    }
}

fn with_key(plan: &Plan, key: &str, value: Value) -> Plan {
    let mut candidate = plan.clone();
    candidate.config[key] = value;
    candidate
}

fn with_length(
    plan: &Plan,
    part: u64,
    of: fn(&mut squall_engine::scenario::tables::Heading) -> &mut Span,
) -> Plan {
    let mut candidate = plan.clone();
    let length = of(&mut candidate.scenario);
    *length = Span::millis(length.as_nanos() / part / 1_000_000);
    candidate
}
