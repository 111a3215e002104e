//! `[checks]` and `[measures]`: the names of what is promised and measured.

use super::Check;
use crate::scenario::bound::{Bound, Unit};
use crate::scenario::error::ScenarioError;
use crate::scenario::facts::Form;
use crate::scenario::tables::{Bounds, Consistency};
use crate::scenario::tree::steps;
use crate::units::Span;

impl Check<'_> {
    /// The names that `expect` may use: of properties, and of measures that have bounds.
    pub(super) fn violations(&self) -> Vec<&str> {
        let own = self.facts.properties.iter().filter(|property| property.form != Form::Sometimes);
        let own = own.map(|property| property.name);
        let bounded = self.scenario.measures.iter().filter(|(_, bounds)| !bounds.report);
        own.chain(self.facts.built_in().iter().map(|property| property.name))
            .chain(bounded.map(|(name, _)| name.as_str()))
            .collect()
    }

    pub(super) fn checks(&self) -> Result<(), ScenarioError> {
        let checks = &self.scenario.checks;
        if let Some(Consistency::Linearizable) = checks.consistency
            && !self.facts.consistencies.contains(&Consistency::Linearizable)
        {
            let message = match self.facts.model {
                "" => format!("{} has no clients, so no history to judge", self.facts.protocol),
                model => format!("the model `{model}` cannot be judged as `linearizable`"),
            };
            return self.wrong(&steps!["checks", "consistency"], message);
        }
        self.properties(Form::Always, checks.always.as_deref().unwrap_or_default())?;
        self.properties(Form::Sometimes, &checks.sometimes)?;
        self.properties(Form::Eventually, checks.eventually.as_deref().unwrap_or_default())?;
        match checks.progress_within {
            None => Ok(()),
            Some(within) => self.progress(within),
        }
    }

    /// That there is somebody whose progress can be judged, and time to judge it in.
    fn progress(&self, within: Span) -> Result<(), ScenarioError> {
        let at = steps!["checks", "progress_within"];
        let (calm, clients) = (self.scenario.scenario.calm, self.scenario.cluster.clients);
        if within == Span::ZERO {
            return self.wrong(&at, "nothing is answered within 0s");
        }
        if clients == 0 {
            return self.wrong(&at, "there are no clients whose progress could be judged");
        }
        if within >= calm {
            let message = format!("{within} is not shorter than the calm of {calm}");
            return self.wrong(&at, message);
        }
        match self.scenario.workload.operations {
            Some(operations) if operations < u64::from(clients) => {
                let message = format!(
                    "each of the {clients} clients keeps one operation for the calm, and there \
                     are {operations}"
                );
                self.wrong(&steps!["workload", "operations"], message)
            }
            _ => Ok(()),
        }
    }

    fn properties(&self, form: Form, names: &[String]) -> Result<(), ScenarioError> {
        let facts = self.facts;
        let of_form = facts.properties.iter().filter(|property| property.form == form);
        let mut known: Vec<&str> = of_form.map(|property| property.name).collect();
        if form == Form::Sometimes {
            known.extend(&facts.marks);
        }
        for (index, name) in names.iter().enumerate() {
            if known.contains(&name.as_str()) {
                continue;
            }
            let at = steps!["checks", form.name(), index];
            if facts.built_in().iter().any(|property| property.name == name) {
                return self.wrong(&at, format!("`{name}` is judged without being listed"));
            }
            let other = facts.properties.iter().find(|property| property.name == name);
            if let Some(property) = other {
                let right = property.form.name();
                return self.wrong(&at, format!("`{name}` belongs under `{right}`"));
            }
            let what = if form == Form::Sometimes { "property or mark" } else { "property" };
            let message = format!("{} has no {what} `{name}`", facts.protocol);
            return self.unknown(&at, message, name, &known);
        }
        Ok(())
    }

    pub(super) fn measures(&self) -> Result<(), ScenarioError> {
        let facts = self.facts.all_measures();
        let known: Vec<&str> = facts.iter().map(|measure| measure.name).collect();
        for (name, bounds) in &self.scenario.measures {
            let Some(fact) = facts.iter().find(|fact| fact.name == name) else {
                let message = format!("{} has no measure `{name}`", self.facts.protocol);
                return self.unknown_key(&steps!["measures", name], message, name, &known);
            };
            self.bounds(name, bounds, fact.unit)?;
        }
        Ok(())
    }

    fn bounds(&self, name: &str, bounds: &Bounds, unit: Option<Unit>) -> Result<(), ScenarioError> {
        let given = given(bounds);
        let unit = unit.or(given.first().map(|(_, bound)| bound.unit()));
        for (key, bound) in &given {
            if let Some(unit) = unit.filter(|unit| *unit != bound.unit()) {
                let message = format!("`{name}` is measured in {unit}, not `{bound}`");
                return self.wrong(&steps!["measures", name, *key], message);
            }
        }
        if given.is_empty() && !bounds.report {
            let message = format!("`{name}` has no bound; `report = true` prints it unjudged");
            return self.wrong_key(&steps!["measures", name], message);
        }
        if let (Some(min), Some(max)) = (bounds.min, bounds.max)
            && min.raw() > max.raw()
        {
            let message = format!("nothing is at least {min} and at most {max}");
            return self.wrong(&steps!["measures", name, "min"], message);
        }
        if bounds.within.is_some() && bounds.after.is_none() {
            let message = "`within` counts from the end of what `after` names, which is missing";
            return self.wrong_key(&steps!["measures", name, "within"], message);
        }
        let Some(after) = &bounds.after else { return Ok(()) };
        let phases = self.scenario.workload.phases.iter().map(|phase| phase.name.as_str());
        let faults = self.scenario.faults.iter().map(|fault| fault.name.as_str());
        let known: Vec<&str> = phases.chain(faults).collect();
        if !known.contains(&after.as_str()) {
            let message = format!("no phase or fault is called `{after}`");
            return self.unknown(&steps!["measures", name, "after"], message, after, &known);
        }
        Ok(())
    }
}

fn given(bounds: &Bounds) -> Vec<(&'static str, Bound)> {
    let all = [
        ("min", bounds.min),
        ("max", bounds.max),
        ("p50", bounds.p50),
        ("p90", bounds.p90),
        ("p99", bounds.p99),
        ("p99.9", bounds.p999),
    ];
    all.into_iter().filter_map(|(key, bound)| Some((key, bound?))).collect()
}
