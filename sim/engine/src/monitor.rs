//! Properties over all nodes, watched while a run goes on.
//!
//! The invariant: a monitor sees nodes through `&`, at rest, and may keep memory of its own; it
//! can change nothing and draws nothing.

use crate::disk::Disk;
use crate::ids::{NodeId, Time};
use crate::protocol::Protocol;
use std::fmt::Display;

/// What has just happened that a monitor may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// This node has come to rest: its last handler's effects are all performed.
    Rest(NodeId),
    /// This node marked a named point, in the middle of a handler perhaps.
    Mark(NodeId, &'static str),
    /// This node has crashed; its memory is gone.
    Down(NodeId),
}

/// How an `always` property was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// A short code for this way of breaking it, free of names and numbers.
    pub reason: &'static str,
    /// One sentence that says what is wrong, with names and numbers.
    pub sentence: String,
}

impl Breach {
    /// A breach with its reason code and sentence.
    #[must_use]
    pub fn new(reason: &'static str, sentence: impl Display) -> Breach {
        Breach { reason, sentence: sentence.to_string() }
    }
}

/// The cluster as a monitor sees it.
pub trait World<P: Protocol> {
    /// True simulated time.
    fn time(&self) -> Time;
    /// The configuration of the run.
    fn config(&self) -> &P::Config;
    /// How many nodes there are.
    fn size(&self) -> u32;
    /// What a node is called.
    fn name(&self, node: NodeId) -> String;
    /// A node's memory, if it is up and at rest.
    fn node(&self, node: NodeId) -> Option<&P::Node>;
    /// Whether a node is up, at rest or busy.
    fn is_up(&self, node: NodeId) -> bool;
    /// A node's disk as it is at this instant.
    fn disk(&self, node: NodeId) -> &Disk;
}

/// Every node that is up and at rest, in order.
pub fn at_rest<P: Protocol>(world: &dyn World<P>) -> impl Iterator<Item = (NodeId, &P::Node)> {
    let ids = (0..world.size()).map(NodeId::node);
    ids.filter_map(move |id| world.node(id).map(|node| (id, node)))
}

/// When a property must hold.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// At every moment.
    Always,
    /// In some run: judged over the seeds of one command.
    Sometimes,
    /// At some moment of the calm.
    Eventually,
}

type Always<P> = dyn FnMut(&dyn World<P>, Moment) -> Result<(), Breach>;
type Reached<P> = dyn FnMut(&dyn World<P>, Moment) -> bool;

pub(crate) enum Watcher<P: Protocol> {
    Always(Box<Always<P>>),
    Sometimes(Box<Reached<P>>),
    Eventually(Box<Reached<P>>),
}

/// One property with its name and the code that watches for it.
pub(crate) struct Property<P: Protocol> {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) watcher: Watcher<P>,
}

impl<P: Protocol> Property<P> {
    pub(crate) fn form(&self) -> Form {
        match self.watcher {
            Watcher::Always(_) => Form::Always,
            Watcher::Sometimes(_) => Form::Sometimes,
            Watcher::Eventually(_) => Form::Eventually,
        }
    }
}

/// What a protocol promises over all its nodes.
pub struct Properties<P: Protocol> {
    pub(crate) list: Vec<Property<P>>,
}

impl<P: Protocol> std::fmt::Debug for Properties<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.list.iter().map(|property| property.name)).finish()
    }
}

impl<P: Protocol> Properties<P> {
    /// No properties.
    #[must_use]
    pub fn none() -> Properties<P> {
        Properties { list: Vec::new() }
    }

    /// Adds a property that holds at every moment. `about` says it in one sentence.
    #[must_use]
    pub fn always(
        self,
        name: &'static str,
        about: &'static str,
        monitor: impl FnMut(&dyn World<P>, Moment) -> Result<(), Breach> + 'static,
    ) -> Properties<P> {
        self.with(name, about, Watcher::Always(Box::new(monitor)))
    }

    /// Adds a point that some run should reach.
    #[must_use]
    pub fn sometimes(
        self,
        name: &'static str,
        about: &'static str,
        monitor: impl FnMut(&dyn World<P>, Moment) -> bool + 'static,
    ) -> Properties<P> {
        self.with(name, about, Watcher::Sometimes(Box::new(monitor)))
    }

    /// Adds a property that must hold at some moment of the calm.
    #[must_use]
    pub fn eventually(
        self,
        name: &'static str,
        about: &'static str,
        monitor: impl FnMut(&dyn World<P>, Moment) -> bool + 'static,
    ) -> Properties<P> {
        self.with(name, about, Watcher::Eventually(Box::new(monitor)))
    }

    fn with(
        mut self,
        name: &'static str,
        about: &'static str,
        watcher: Watcher<P>,
    ) -> Properties<P> {
        self.list.push(Property { name, about, watcher });
        self
    }

    /// Name, form and sentence of each property, in order.
    pub fn facts(&self) -> impl Iterator<Item = (&'static str, Form, &'static str)> {
        self.list.iter().map(|property| (property.name, property.form(), property.about))
    }
}
