//! The monitors of a run, and what they have said.
//!
//! The invariant: monitors see what is at rest and change nothing; the first violation stands.

use super::Sim;
use super::node_state::NodeState;
use crate::decider::Decider;
use crate::disk::Disk;
use crate::host::{Host, MessageOf, TimerOf};
use crate::ids::{EventId, NodeId, Time};
use crate::monitor::{Breach, Form, Moment, Properties, Property, Watcher, World};
use crate::plan::Plan;
use crate::protocol::Protocol;
use crate::scenario::roster::Roster;
use crate::units::Span;
use serde::{Deserialize, Serialize};

/// A property that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Which property.
    pub property: String,
    /// The code of the way in which it failed, free of names and numbers.
    pub reason: String,
    /// What is wrong, in one sentence.
    pub sentence: String,
    /// The event that showed it.
    pub event: EventId,
    /// When that was.
    pub at: Time,
    /// Further events that the sentence speaks of.
    pub witnesses: Vec<EventId>,
}

impl Violation {
    /// The property and its reason code: what shrinking keeps.
    #[must_use]
    pub fn signature(&self) -> String {
        format!("{}/{}", self.property, self.reason)
    }
}

/// How a property stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// When it must hold.
    pub form: Form,
    /// What is known of it.
    pub progress: Progress,
}

/// What is known of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// It has held so far, at this many looks.
    Held(u64),
    /// It was reached first at this event.
    Reached(EventId),
    /// It has not been reached.
    NotReached,
    /// It is not judged before the calm, and there was none.
    NotDue,
    /// It failed.
    Failed,
}

/// The monitors of a run.
pub(super) struct Monitors<P: Protocol> {
    watched: Vec<Watched<P>>,
    /// The marks that the protocol declares.
    marks: Vec<(&'static str, Option<EventId>)>,
    pub(super) violation: Option<Violation>,
}

struct Watched<P: Protocol> {
    property: Property<P>,
    looks: u64,
    reached: Option<EventId>,
    failed: bool,
}

impl<P: Protocol> Monitors<P> {
    /// The properties that the plan's checks ask for.
    pub(super) fn new(properties: Properties<P>, plan: &Plan) -> Monitors<P> {
        let checks = &plan.checks;
        let asked = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref().is_none_or(|list| list.iter().any(|other| other == name))
        };
        let wanted = |property: &Property<P>| match property.form() {
            Form::Always => asked(&checks.always, property.name),
            Form::Sometimes => true,
            Form::Eventually => asked(&checks.eventually, property.name),
        };
        let watched = |property| Watched { property, looks: 0, reached: None, failed: false };
        let list: Vec<Watched<P>> =
            properties.list.into_iter().filter(wanted).map(watched).collect();
        let marks = P::MARKS.iter().map(|name| (*name, None)).collect();
        Monitors { watched: list, marks, violation: None }
    }

    /// How every property stands.
    pub(super) fn standings(&self, calm: bool) -> Vec<Standing> {
        let monitors = self.watched.iter().map(|watched| {
            let progress = match (watched.property.form(), watched.reached) {
                _ if watched.failed => Progress::Failed,
                (Form::Always, _) => Progress::Held(watched.looks),
                (Form::Sometimes | Form::Eventually, Some(event)) => Progress::Reached(event),
                (Form::Eventually, None) if !calm => Progress::NotDue,
                (Form::Sometimes | Form::Eventually, None) => Progress::NotReached,
            };
            let (name, form) = (watched.property.name.to_string(), watched.property.form());
            Standing { name, form, progress }
        });
        let marks = self.marks.iter().map(|(name, event)| Standing {
            name: (*name).to_string(),
            form: Form::Sometimes,
            progress: event.map_or(Progress::NotReached, Progress::Reached),
        });
        monitors.chain(marks).collect()
    }

    /// The first property that must hold in the calm and never did.
    pub(super) fn overdue(&mut self) -> Option<&'static str> {
        let overdue = |watched: &&mut Watched<P>| {
            watched.property.form() == Form::Eventually && watched.reached.is_none()
        };
        let watched = self.watched.iter_mut().find(overdue)?;
        watched.failed = true;
        Some(watched.property.name)
    }
}

/// The cluster as monitors see it.
struct Seen<'a, P: Protocol, H: Host<P>> {
    now: Time,
    config: &'a P::Config,
    roster: &'a Roster,
    nodes: &'a [NodeState<MessageOf<P>, TimerOf<P>>],
    host: &'a H,
}

impl<P: Protocol, H: Host<P>> World<P> for Seen<'_, P, H> {
    fn time(&self) -> Time {
        self.now
    }

    fn config(&self) -> &P::Config {
        self.config
    }

    fn size(&self) -> u32 {
        self.nodes.len() as u32
    }

    fn name(&self, node: NodeId) -> String {
        self.roster.name(node)
    }

    fn node(&self, node: NodeId) -> Option<&P::Node> {
        self.nodes.get(node.index()).filter(|state| state.at_rest())?;
        self.host.node(node)
    }

    fn is_up(&self, node: NodeId) -> bool {
        self.nodes.get(node.index()).is_some_and(|state| state.up)
    }

    fn disk(&self, node: NodeId) -> &Disk {
        &self.nodes[node.index()].seat.disk
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Lets every monitor look.
    #[inline]
    pub(super) fn look(&mut self, moment: Moment, event: EventId) {
        if let Moment::Mark(_, name) = moment {
            let mark = self.monitors.marks.iter_mut().find(|(mark, _)| *mark == name);
            let (_, reached) = mark.unwrap_or_else(|| undeclared(name));
            *reached = reached.or(Some(event));
        }
        if !self.monitors.watched.is_empty() {
            self.look_closely(moment, event);
        }
    }

    #[inline(never)]
    fn look_closely(&mut self, moment: Moment, event: EventId) {
        let calm = self.plan.scenario.calm > Span::ZERO && self.now >= self.storm_end();
        let world = Seen {
            now: self.now,
            config: &self.config,
            roster: &self.roster,
            nodes: &self.nodes,
            host: &self.host,
        };
        let mut broken = None;
        for watched in &mut self.monitors.watched {
            match &mut watched.property.watcher {
                Watcher::Always(monitor) => {
                    watched.looks += 1;
                    if let Err(breach) = monitor(&world, moment) {
                        watched.failed = true;
                        broken = broken.or(Some((watched.property.name, breach)));
                    }
                }
                Watcher::Sometimes(monitor) if watched.reached.is_none() => {
                    watched.reached = monitor(&world, moment).then_some(event);
                }
                Watcher::Eventually(monitor) if watched.reached.is_none() => {
                    watched.reached = (monitor(&world, moment) && calm).then_some(event);
                }
                Watcher::Sometimes(_) | Watcher::Eventually(_) => {}
            }
        }
        if let Some((name, breach)) = broken {
            self.violated(name, breach, event);
        }
    }

    /// A node's claim does not hold.
    pub(super) fn claim_broken(&mut self, node: NodeId, name: &'static str, event: EventId) {
        let sentence = format!("{} says that it does not hold", self.roster.name(node));
        self.violated(name, Breach::new("claim", sentence), event);
    }

    /// A host could not run a handler.
    pub(super) fn host_failed(&mut self, node: NodeId, event: EventId, error: &str) {
        let sentence = format!("{}: {error}", self.roster.name(node));
        self.violated("host", Breach::new("failed", sentence), event);
    }

    /// Records a violation; the first one stands.
    pub(crate) fn violated(&mut self, property: &str, breach: Breach, event: EventId) {
        let at = self.now;
        self.monitors.violation.get_or_insert(Violation {
            property: property.to_string(),
            reason: breach.reason.to_string(),
            sentence: breach.sentence,
            event,
            at,
            witnesses: Vec::new(),
        });
    }

    /// Records that the clients' history breaks a promise, as an event in the middle of the run
    /// showed.
    pub(crate) fn history_breach(
        &mut self,
        property: &str,
        breach: Breach,
        (event, at): (EventId, Time),
        witnesses: Vec<EventId>,
    ) {
        self.violated(property, breach, event);
        if let Some(violation) = &mut self.monitors.violation {
            violation.at = at;
            violation.witnesses = witnesses;
        }
    }

    /// The violation, if there is one.
    #[must_use]
    pub fn violation(&self) -> Option<&Violation> {
        self.monitors.violation.as_ref()
    }

    /// How every property stands.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let calm = self.plan.scenario.calm > Span::ZERO;
        let calm = calm && self.now >= self.storm_end();
        let mut standings = self.monitors.standings(calm);
        standings.extend(self.progress.standing(calm));
        standings
    }

    /// Lets monitors of what the calm must bring look at every node at rest, whatever happens to
    /// it: what holds already may never change again.
    pub(super) fn look_for_eventually(&mut self) {
        let world = Seen {
            now: self.now,
            config: &self.config,
            roster: &self.roster,
            nodes: &self.nodes,
            host: &self.host,
        };
        for node in self.nodes.iter().filter(|node| node.at_rest()) {
            for watched in &mut self.monitors.watched {
                if let Watcher::Eventually(monitor) = &mut watched.property.watcher
                    && watched.reached.is_none()
                    && monitor(&world, Moment::Rest(node.seat.id))
                {
                    watched.reached = Some(self.last);
                }
            }
        }
    }

    /// Judges, at the end of a run, the properties that the calm had to bring.
    pub(crate) fn judge_eventually(&mut self) {
        if self.plan.scenario.calm == Span::ZERO || self.violation().is_some() {
            return;
        }
        self.look_for_eventually();
        if let Some(name) = self.monitors.overdue() {
            let calm = self.plan.scenario.calm;
            let breach = Breach::new("never", format!("it held at no moment of the {calm} calm"));
            self.violated(name, breach, self.last);
        }
    }
}

fn undeclared(mark: &str) -> ! {
    panic!("the protocol does not declare `{mark}` in MARKS");
}
