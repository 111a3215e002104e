//! A protocol without its type: what a command line needs to plan, run and describe any of them.
//!
//! The invariant: everything here comes from the protocol's own types and functions.

use crate::chaos;
use crate::decider::Decider;
use crate::digest::Digest;
use crate::event::Event;
use crate::host::Host;
use crate::ids::{EventId, NodeId};
use crate::monitor::Properties;
use crate::plan::{Override, Plan, PlannedOperation};
use crate::protocol::{Measure, Protocol};
use crate::pulse::Pulse;
use crate::run::{Observer, Outcome, Unwatched, run};
use crate::scenario::facts::{Facts, MeasureFact, PropertyFact};
use crate::scenario::fault::Fault;
use crate::scenario::roster::Roster;
use crate::scenario::tables::{Consistency, Scenario};
use crate::scenario::tree::{Step, steps};
use crate::scenario::{Document, ScenarioError};
use crate::sim::{Sent, Sim};
use crate::trace::{Reader, Recorded, Scene};
use crate::view::View;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use squall_check::{Completion, Generate, History, Model};
use std::fmt::Display;
use std::marker::PhantomData;
use std::rc::Rc;

/// A run's outcome with the history of its clients in words.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// What came of the run.
    pub outcome: Outcome,
    /// What the clients asked and were told.
    pub history: Vec<Recorded>,
    /// The faults that struck, as they did, for [`Plan::pinned`].
    pub faults: Vec<Fault>,
    /// What the plan says and the run had no use for, in words.
    pub unapplied: Vec<String>,
}

/// What a run decided as it went, for a plan that says it beforehand.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// The operations of each client that were issued.
    pub operations: Vec<Vec<PlannedOperation>>,
    /// Every message, and what became of it.
    pub sends: Vec<Sent>,
}

/// A protocol, whatever its type.
pub trait Subject: Send + Sync {
    /// What it is about, in one sentence.
    fn about(&self) -> &'static str;

    /// The names that a scenario may use.
    fn facts(&self) -> Facts;

    /// The scenario and configuration that a document says, checked.
    ///
    /// # Errors
    /// The document says something that is not known, not possible or not allowed.
    fn typed(&self, document: &Document) -> Result<(Scenario, Value), ScenarioError>;

    /// Checks a plan that somebody wrote: what it says, as what a scenario says, and that its
    /// configuration and operations are of this protocol. `name` is what errors call it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    fn check(&self, name: &str, plan: &Plan) -> Result<(), ScenarioError>;

    /// Runs a plan.
    ///
    /// # Errors
    /// The plan's configuration or operations are not of this protocol. Nothing was run.
    fn run(&self, plan: &Plan, reader: Option<&mut dyn Reader>) -> Result<Report, PlanError> {
        self.run_told(plan, reader, None)
    }

    /// As [`Subject::run`]; somebody outside is told of every handler.
    ///
    /// # Errors
    /// As [`Subject::run`].
    fn run_told(
        &self,
        plan: &Plan,
        reader: Option<&mut dyn Reader>,
        pulse: Option<Rc<dyn Pulse>>,
    ) -> Result<Report, PlanError>;

    /// Runs a plan and writes down what it decided on the way.
    ///
    /// # Errors
    /// As [`Subject::run`].
    fn record(
        &self,
        plan: &Plan,
        reader: Option<&mut dyn Reader>,
    ) -> Result<(Report, Decisions), PlanError>;

    /// The configuration of a scenario that says nothing of it.
    fn default_config(&self) -> Value;

    /// The JSON schema of a scenario for this protocol.
    fn schema(&self) -> Value;

    /// The keys of `[config]`, with what they mean.
    fn config_keys(&self) -> crate::scenario::schema::TableDoc;
}

/// A plan does not fit its protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(pub String);

impl Display for PlanError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

/// The protocol `P` as a subject.
#[derive(Debug)]
pub struct Of<P>(PhantomData<fn() -> P>);

impl<P: Protocol> Of<P> {
    /// The protocol as a subject.
    #[must_use]
    pub const fn new() -> Of<P> {
        Of(PhantomData)
    }
}

impl<P: Protocol> Default for Of<P> {
    fn default() -> Self {
        Of::new()
    }
}

impl<P: Protocol> Subject for Of<P> {
    fn about(&self) -> &'static str {
        P::ABOUT
    }

    fn facts(&self) -> Facts {
        let properties: Properties<P> = P::properties(&P::Config::default());
        let property = |(name, form, about)| PropertyFact { name, form, about };
        let operations = <P::Model as Generate>::KINDS.to_vec();
        let judged = !operations.is_empty() && P::CONSISTENCY == Consistency::Linearizable;
        let measure = |measure: &Measure| MeasureFact {
            name: measure.name,
            about: measure.about,
            unit: Some(measure.unit),
        };
        let mut consistencies = vec![P::CONSISTENCY];
        if judged {
            consistencies.push(Consistency::None);
        }
        Facts {
            protocol: P::NAME,
            kinds: P::KINDS.to_vec(),
            roles: P::ROLES.to_vec(),
            properties: properties.facts().map(property).collect(),
            chances: P::CHANCES.to_vec(),
            membership: P::MEMBERSHIP,
            marks: P::MARKS.to_vec(),
            model: if operations.is_empty() { "" } else { model_name::<P>() },
            operations,
            measures: P::MEASURES.iter().map(measure).collect(),
            consistencies,
        }
    }

    fn typed(&self, document: &Document) -> Result<(Scenario, Value), ScenarioError> {
        let scenario = document.scenario()?;
        let config: P::Config = document.config()?;
        crate::scenario::validate(document, &scenario, &self.facts())?;
        check_config::<P>(document, &config, &["config".into()])?;
        for steps in overrides(&scenario) {
            let config = document.config_with(&steps)?;
            check_config::<P>(document, &config, &steps)?;
        }
        let config = serde_json::to_value(config).expect("a configuration is plain data");
        Ok((scenario, config))
    }

    fn check(&self, name: &str, plan: &Plan) -> Result<(), ScenarioError> {
        crate::scenario::validate_plan(name, plan, &self.facts())?;
        let config = serde_json::from_value::<P::Config>(plan.config.clone());
        let config = config.map_err(|error| PlanError(format!("plan.config: {error}")));
        let fits = config.and_then(|_| check_operations::<P>(plan));
        let fits = fits.and_then(|()| check_names::<P>(plan));
        fits.map_err(|PlanError(message)| ScenarioError {
            name: name.to_string(),
            position: None,
            message,
            help: None,
        })
    }

    fn run_told(
        &self,
        plan: &Plan,
        reader: Option<&mut dyn Reader>,
        pulse: Option<Rc<dyn Pulse>>,
    ) -> Result<Report, PlanError> {
        let mut sim = begun::<P>(plan)?;
        pulse.into_iter().for_each(|pulse| sim.tell(pulse));
        Ok(finished(&mut sim, reader))
    }

    fn record(
        &self,
        plan: &Plan,
        reader: Option<&mut dyn Reader>,
    ) -> Result<(Report, Decisions), PlanError> {
        let mut sim = begun::<P>(plan)?;
        sim.record_sends();
        let report = finished(&mut sim, reader);
        Ok((report, Decisions { operations: sim.issued_operations(), sends: sim.take_sends() }))
    }

    fn default_config(&self) -> Value {
        serde_json::to_value(P::Config::default()).expect("a configuration is plain data")
    }

    fn schema(&self) -> Value {
        crate::scenario::schema::schema::<P::Config>().into()
    }

    fn config_keys(&self) -> crate::scenario::schema::TableDoc {
        crate::scenario::schema::config_keys::<P::Config>()
    }
}

/// A run of a plan at its beginning.
fn begun<P: Protocol>(plan: &Plan) -> Result<Sim<P>, PlanError> {
    let config: P::Config = serde_json::from_value(plan.config.clone())
        .map_err(|error| PlanError(format!("plan.config: {error}")))?;
    check_operations::<P>(plan)?;
    Ok(Sim::new(plan.clone(), config))
}

/// Runs to the end.
fn finished<P: Protocol>(sim: &mut Sim<P>, reader: Option<&mut dyn Reader>) -> Report {
    let outcome = match reader {
        None => run(sim, &mut Unwatched),
        Some(reader) => run(sim, &mut Reading(reader)),
    };
    let (faults, unapplied) = (sim.pinned_faults().to_vec(), sim.unapplied());
    Report { outcome, history: in_words::<P>(sim.history()), faults, unapplied }
}

/// Asks the protocol whether a configuration makes sense; an error is told where `steps` lead.
fn check_config<P: Protocol>(
    document: &Document,
    config: &P::Config,
    steps: &[Step],
) -> Result<(), ScenarioError> {
    P::check_config(config).map_err(|error| {
        let keys = error.key.split('.').map(Step::from);
        let steps: Vec<Step> = steps.iter().cloned().chain(keys).collect();
        document.error(&steps, error.message)
    })
}

/// Where a scenario says with which configuration nodes restart.
fn overrides(scenario: &Scenario) -> Vec<Vec<Step>> {
    let restarts = scenario.faults.iter().enumerate().filter(|(_, fault)| fault.restart.is_some());
    let faults = restarts.map(|(index, _)| steps!["faults", index, "restart", "config"].to_vec());
    let chaos =
        scenario.chaos.restart.iter().map(|_| steps!["chaos", "restart", "config"].to_vec());
    faults.chain(chaos).collect()
}

/// The name of a protocol's model, for `describe`; never part of a digest.
fn model_name<P: Protocol>() -> &'static str {
    std::any::type_name::<P::Model>().rsplit("::").next().unwrap_or_default()
}

fn check_operations<P: Protocol>(plan: &Plan) -> Result<(), PlanError> {
    for (client, list) in plan.operations.iter().flatten().enumerate() {
        for (index, planned) in list.iter().enumerate() {
            let read =
                serde_json::from_value::<<P::Model as Model>::Operation>(planned.operation.clone());
            read.map_err(|error| {
                PlanError(format!("plan.operations[{client}][{index}]: {error}"))
            })?;
        }
    }
    Ok(())
}

/// That the clients and messages that a plan names may exist.
fn check_names<P: Protocol>(plan: &Plan) -> Result<(), PlanError> {
    let roster = Roster::new(&plan.cluster, P::KINDS);
    let (lists, clients) = (plan.operations.as_ref().map_or(0, Vec::len), roster.client_count());
    if lists > clients as usize {
        let there = match clients {
            0 => "there are none".to_string(),
            _ => format!("there are c1..c{clients}"),
        };
        let message = format!("plan.operations: no client is called `c{lists}`; {there}");
        return Err(PlanError(message));
    }
    for (index, one) in plan.overrides.iter().enumerate() {
        for (key, name) in [("from", &one.from), ("to", &one.to)] {
            if roster.find(name).is_none() {
                let message = format!("plan.overrides[{index}].{key}: nobody is called `{name}`");
                return Err(PlanError(message));
            }
        }
        if one.nth == 0 {
            return Err(PlanError(format!("plan.overrides[{index}].nth: the first one is 1")));
        }
        let same = |other: &Override| {
            (&other.from, &other.to, &other.kind, other.nth)
                == (&one.from, &one.to, &one.kind, one.nth)
        };
        if plan.overrides[..index].iter().any(same) {
            let message = format!("plan.overrides[{index}]: {} is named twice", one.words());
            return Err(PlanError(message));
        }
    }
    Ok(())
}

fn in_words<P: Protocol>(
    history: &History<<P::Model as Model>::Operation, <P::Model as Model>::Answer>,
) -> Vec<Recorded> {
    let recorded = history.operations.iter().map(|operation| {
        let (completed, ended, answer) = match &operation.completion {
            Completion::Ok { at, answer } => (Some(*at), "ok", Some(answer.to_string())),
            Completion::Failed { at } => (Some(*at), "failed", None),
            Completion::Unknown => (None, "unknown", None),
        };
        let plain = "operations and answers are plain data";
        Recorded {
            process: operation.process.to_string(),
            operation: operation.operation.to_string(),
            invoked: EventId(operation.invoked),
            completed: completed.map(EventId),
            ended: ended.to_string(),
            answer,
            call: serde_json::to_value(&operation.operation).expect(plain),
            told: operation.answer().map(|answer| serde_json::to_value(answer).expect(plain)),
        }
    });
    recorded.collect()
}

/// Lets a reader observe.
struct Reading<'a>(&'a mut dyn Reader);

impl<P: Protocol, D: Decider, H: Host<P>> Observer<P, D, H> for Reading<'_> {
    fn reads(&self) -> bool {
        true
    }

    fn words(&self) -> bool {
        self.0.words()
    }

    fn event(&mut self, sim: &Sim<P, D, H>, event: &Event) {
        self.0.event(event, sim);
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Scene for Sim<P, D, H> {
    fn name(&self, id: NodeId) -> String {
        self.roster().name(id)
    }

    fn view(&self, node: NodeId) -> Option<View> {
        Sim::view(self, node)
    }

    fn digest(&self) -> Digest {
        Sim::digest(self)
    }

    fn sides(&self, id: NodeId) -> String {
        let place = self.network().place(id);
        self.network().cuts().map(|cut| cut.letters(place)).collect()
    }

    fn everybody(&self) -> Vec<NodeId> {
        self.roster().everybody().collect()
    }
}

/// A scenario ready to be planned for any seed.
pub struct Planner<'a> {
    subject: &'a dyn Subject,
    document: Document,
    kinds: Vec<&'static str>,
    /// What the document says, if no seed varies it.
    fixed: Option<(Scenario, Value)>,
}

impl<'a> Planner<'a> {
    /// Checks a document, with every variation that a seed may draw.
    ///
    /// # Errors
    /// The document, or one of its variations, is not a scenario for `subject`.
    pub fn new(subject: &'a dyn Subject, document: Document) -> Result<Planner<'a>, ScenarioError> {
        let variations = document.variations()?;
        let typed = subject.typed(&document)?;
        for variation in &variations {
            subject.typed(variation)?;
        }
        let fixed = variations.is_empty().then_some(typed);
        Ok(Planner { subject, document, kinds: subject.facts().kinds, fixed })
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The protocol.
    #[must_use]
    pub fn subject(&self) -> &'a dyn Subject {
        self.subject
    }

    /// Decides, for a seed, everything that is decided before a run.
    ///
    /// # Errors
    /// What `[vary]` drew together is not possible, though each by itself is.
    pub fn plan(&self, seed: u64) -> Result<Plan, ScenarioError> {
        let (scenario, config, varied) = match &self.fixed {
            Some((scenario, config)) => (scenario.clone(), config.clone(), Vec::new()),
            None => {
                let mut document = self.document.clone();
                let varied = document.vary(seed)?;
                let (scenario, config) = self.subject.typed(&document)?;
                (scenario, config, varied)
            }
        };
        let roster = Roster::new(&scenario.cluster, &self.kinds);
        let storm = chaos::storm(&scenario, &roster, seed);
        let name = self.document.name();
        let name = name.strip_suffix(".toml").unwrap_or(name);
        Ok(Plan::new(name, seed, scenario, config, storm, varied))
    }
}
