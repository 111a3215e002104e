//! A protocol: node type, messages, operations, properties and configuration in one place, and
//! how an operation of a client becomes a message and a message an answer.
//!
//! The invariant: these functions are pure; what [`Protocol::ask`] draws comes from the request's
//! own words, so that one request never moves another's draws.

use crate::decider::Decider;
use crate::host::MessageOf;
use crate::ids::NodeId;
use crate::monitor::Properties;
use crate::network::NetworkModel;
use crate::node::{Node, Peers};
use crate::scenario::bound::Unit;
use crate::scenario::tables::Consistency;
use crate::seat::Membership;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use squall_check::{Draws, Generate, Kind, Model, Process};
use std::cell::{Cell, RefCell};
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::rc::Rc;

/// The code under test.
pub trait Protocol: Sized + 'static {
    /// What scenarios call it.
    const NAME: &'static str;
    /// One sentence for `list` and `describe`.
    const ABOUT: &'static str = "";
    /// The kinds of node, in order; none for a cluster of one kind.
    const KINDS: &'static [&'static str] = &[];
    /// The roles that views show and faults may aim at.
    const ROLES: &'static [&'static str] = &[];
    /// The points that nodes mark.
    const MARKS: &'static [&'static str] = &[];
    /// The fault points that nodes ask for with `cx.chance`.
    const CHANCES: &'static [&'static str] = &[];
    /// The measures that nodes report.
    const MEASURES: &'static [Measure] = &[];
    /// Whether an operator may add nodes to the cluster and remove nodes from it while it runs.
    const MEMBERSHIP: bool = false;
    /// What a history of its clients is checked for unless the scenario says otherwise.
    const CONSISTENCY: Consistency = Consistency::Linearizable;

    /// What its messages travel on.
    const LINKS: Links = Links::Datagram;

    /// Its configuration, the `[config]` of a scenario.
    type Config: Clone + Debug + Default + Serialize + DeserializeOwned + JsonSchema;
    /// Its node.
    type Node: Node;
    /// What clients do, and what is right.
    type Model: Service;

    /// A node that boots, for the first time and after every crash; its memory is new, its disk is
    /// as it was left and is read in [`Node::on_start`].
    fn node(config: &Self::Config, boot: Boot) -> Self::Node;

    /// Whom a client asks for an operation, and with which message.
    fn ask(
        request: Request<Self::Model>,
        cluster: &Cluster<'_>,
    ) -> (NodeId, <Self::Node as Node>::Message);

    /// What a message to a client answers; `None` if it answers nothing.
    fn answer(message: <Self::Node as Node>::Message) -> Option<Reply<Self::Model>>;

    /// A network of its own, or a liar in it, that has the last word on every message; by default
    /// there is none.
    fn network(config: &Self::Config) -> Option<Box<dyn NetworkModel<MessageOf<Self>>>> {
        let _ = config;
        None
    }

    /// Whether a configuration makes sense beyond the types of its values.
    ///
    /// # Errors
    /// It does not; the error names the key and says why.
    fn check_config(config: &Self::Config) -> Result<(), ConfigError> {
        let _ = config;
        Ok(())
    }

    /// The message with which an operator asks a node for a change of the cluster.
    fn reconfigure(change: Change) -> Option<<Self::Node as Node>::Message> {
        let _ = change;
        None
    }

    /// What a message tells the operator of the change it asked for; `None` if it tells nothing.
    fn reconfigured(message: &<Self::Node as Node>::Message) -> Option<Reconfigured> {
        let _ = message;
        None
    }

    /// What is promised over all nodes.
    fn properties(config: &Self::Config) -> Properties<Self> {
        let _ = config;
        Properties::none()
    }
}

/// A configuration that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key of `[config]`, names within tables joined by dots.
    pub key: &'static str,
    /// What is wrong.
    pub message: String,
}

impl ConfigError {
    /// A key and what is wrong with its value.
    #[must_use]
    pub fn new(key: &'static str, message: impl Into<String>) -> ConfigError {
        ConfigError { key, message: message.into() }
    }
}

/// A change of the cluster that an operator asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
pub enum Change {
    /// A node that has booted becomes a member.
    Add(NodeId),
    /// A node is a member no longer.
    Remove(NodeId),
}

impl Change {
    /// The node that it is about.
    #[must_use]
    pub fn node(self) -> NodeId {
        match self {
            Change::Add(node) | Change::Remove(node) => node,
        }
    }
}

/// What an operator is told of a change. Operators ask again, so an answer names its change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
pub enum Reconfigured {
    /// The change is done, or was done before.
    Done(Change),
    /// Not now, or not here: the operator waits, and asks somebody else.
    Refused(Change),
    /// Ask this node.
    Ask(NodeId),
}

/// What the messages of a protocol travel on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Each message by itself: it may be lost, doubled and overtaken.
    #[default]
    Datagram,
    /// One session between each two participants: in order, each message once, until it breaks.
    Stream,
}

/// A model whose operations a scenario can mix and a plan can write down.
pub trait Service:
    Generate<
        Operation: Serialize + DeserializeOwned + Display,
        Answer: Serialize + DeserializeOwned + Display,
    >
{
}

impl<M> Service for M where
    M: Generate<
            Operation: Serialize + DeserializeOwned + Display,
            Answer: Serialize + DeserializeOwned + Display,
        >
{
}

/// A measure that nodes report: its name, what it means, and the unit of its samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What a scenario's `[measures]` calls it.
    pub name: &'static str,
    /// What it means, in one sentence.
    pub about: &'static str,
    /// What its samples are: [`Unit::Span`] for nanoseconds, [`Unit::Number`] for plain numbers.
    pub unit: Unit,
}

/// Who a booting node is.
#[derive(Clone, Debug)]
pub struct Boot {
    /// Its id.
    pub id: NodeId,
    /// How often it booted before.
    pub restarts: u32,
    /// Whether it is in the cluster from the beginning, with [`Boot::peers`]; not if it joined
    /// later, nor if it was removed and stopped since.
    pub founder: bool,
    pub(crate) membership: Rc<Membership>,
}

impl Boot {
    /// Every other node of the cluster as it was founded, in order.
    #[must_use]
    pub fn peers(&self) -> Peers {
        Peers::new(self.membership.nodes(), self.id)
    }

    /// All nodes of one kind, in order.
    #[must_use]
    pub fn members(&self, kind: &str) -> &[NodeId] {
        self.membership.members(kind)
    }

    /// The kind of this node; empty in a cluster of one kind.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.membership.kind(self.id)
    }
}

/// A request for an operation of the model `M`.
pub type Request<M> = RequestOf<<M as Model>::Operation>;

/// What a client of the model `M` is told of its operation.
pub type Reply<M> = ReplyOf<<M as Model>::Answer>;

/// An operation on its way to the cluster.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestOf<O> {
    /// Which sequential process asks: a session, to a protocol that has them.
    pub process: Process,
    /// The number of the operation in its process, from 1; the same in every attempt.
    pub number: u64,
    operation: O,
}

impl<O: Debug> Debug for RequestOf<O> {
    /// `c2#24 Write(7)`: who asks for the how manieth time, and what; events show it often.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{} {:?}", self.process, self.number, self.operation)
    }
}

impl<O> RequestOf<O> {
    pub(crate) fn new(process: Process, number: u64, operation: O) -> RequestOf<O> {
        RequestOf { process, number, operation }
    }

    /// What is asked.
    #[must_use]
    pub fn operation(&self) -> &O {
        &self.operation
    }

    /// It took effect, with this answer.
    #[must_use]
    pub fn reply<A>(&self, answer: A) -> ReplyOf<A> {
        self.end(Ending::Ok(answer))
    }

    /// It did not take effect and never will.
    #[must_use]
    pub fn failed<A>(&self) -> ReplyOf<A> {
        self.end(Ending::Failed)
    }

    /// Nobody knows whether it took effect.
    #[must_use]
    pub fn unknown<A>(&self) -> ReplyOf<A> {
        self.end(Ending::Unknown)
    }

    /// Ask somebody else: this node, or anybody.
    #[must_use]
    pub fn redirect<A>(&self, to: Option<NodeId>) -> ReplyOf<A> {
        self.end(Ending::Redirect(to))
    }

    fn end<A>(&self, ending: Ending<A>) -> ReplyOf<A> {
        ReplyOf { process: self.process, number: self.number, ending }
    }
}

/// What a client is told of its operation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReplyOf<A> {
    /// Which process asked.
    pub process: Process,
    /// The number of the operation in its process.
    pub number: u64,
    pub(crate) ending: Ending<A>,
}

impl<A: Debug> Debug for ReplyOf<A> {
    /// `c2#24 Value(7)`: whose how manieth operation it answers, and how.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{} ", self.process, self.number)?;
        match &self.ending {
            Ending::Ok(answer) => answer.fmt(f),
            Ending::Failed => f.write_str("failed"),
            Ending::Unknown => f.write_str("unknown"),
            Ending::Redirect(Some(node)) => write!(f, "ask {node}"),
            Ending::Redirect(None) => f.write_str("ask somebody else"),
        }
    }
}

impl<A: Display> Display for ReplyOf<A> {
    /// What the client is told, in a word or two.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.ending {
            Ending::Ok(answer) => answer.fmt(f),
            Ending::Failed => f.write_str("failed"),
            Ending::Unknown => f.write_str("unknown"),
            Ending::Redirect(Some(node)) => write!(f, "ask {node}"),
            Ending::Redirect(None) => f.write_str("ask somebody else"),
        }
    }
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ending<A> {
    Ok(A),
    Failed,
    Unknown,
    Redirect(Option<NodeId>),
}

/// What a client knows of the cluster when it chooses whom to ask.
pub struct Cluster<'a> {
    pub(crate) membership: &'a Membership,
    /// By node: whether it is in the cluster, as a directory would say.
    pub(crate) present: &'a [bool],
    pub(crate) decider: RefCell<&'a mut dyn Decider>,
    pub(crate) stream_id: u64,
    /// Numbers this attempt among all that the client may make.
    pub(crate) attempt: u64,
    pub(crate) drawn: Cell<u32>,
    pub(crate) last: Option<NodeId>,
}

impl Debug for Cluster<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("membership", self.membership).finish_non_exhaustive()
    }
}

impl Cluster<'_> {
    /// Any node that is in the cluster, as far as its operator knows; the first if none is.
    #[must_use]
    pub fn any(&self) -> NodeId {
        let present = || (0..self.present.len()).filter(|node| self.present[*node]);
        let drawn = self.below(present().count() as u32) as usize;
        NodeId::node(present().nth(drawn).unwrap_or_default() as u32)
    }

    /// Any node of one kind.
    ///
    /// # Panics
    /// If there is no such node: a protocol asks for a kind of its own.
    #[must_use]
    pub fn any_of(&self, kind: &str) -> NodeId {
        let members = self.membership.members(kind);
        assert!(!members.is_empty(), "the cluster has no `{kind}`");
        members[self.below(members.len() as u32) as usize]
    }

    /// All nodes of one kind, in order.
    #[must_use]
    pub fn members(&self, kind: &str) -> &[NodeId] {
        self.membership.members(kind)
    }

    /// The node that answered this client last or that it was referred to; any, if there is none
    /// or the last attempt brought no answer.
    #[must_use]
    pub fn last(&self) -> NodeId {
        self.last.unwrap_or_else(|| self.any())
    }

    fn below(&self, bound: u32) -> u32 {
        let drawn = self.drawn.get();
        self.drawn.set(drawn + 1);
        let count = self.attempt << 8 | u64::from(drawn / 4);
        let words = self.decider.borrow_mut().client_words(self.stream_id, count);
        ((u64::from(words[drawn as usize % 4]) * u64::from(bound)) >> 32) as u32
    }
}

/// The model of a protocol that has no clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoClients;

/// An operation of [`NoClients`]: there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
pub enum NoOperation {}

impl Display for NoOperation {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {}
    }
}

impl Model for NoClients {
    type Operation = NoOperation;
    type Answer = NoOperation;
    type State = ();

    fn initial() {}

    fn step((): &(), operation: &NoOperation, _: Option<&NoOperation>) -> Option<()> {
        match *operation {}
    }
}

impl Generate for NoClients {
    const KINDS: &'static [Kind] = &[];

    fn generate(_: usize, _: &mut Draws<'_>) -> NoOperation {
        unreachable!("a model without kinds of operation is never asked for one")
    }
}
