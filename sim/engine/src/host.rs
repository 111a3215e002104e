//! Below a node the kernel knows only a host: plain inputs in, plain effects out.
//!
//! The invariant: a host keeps nodes and nothing else; time, messages, disks and faults are the
//! kernel's.

use crate::disk::{DiskError, Ticket};
use crate::effect::Staged;
use crate::ids::NodeId;
use crate::node::{Context, Node, Session};
use crate::protocol::{Boot, Protocol};
use crate::seat::Seat;
use crate::view::View;

/// The message type of a protocol.
pub type MessageOf<P> = <<P as Protocol>::Node as Node>::Message;
/// The timer type of a protocol.
pub type TimerOf<P> = <<P as Protocol>::Node as Node>::Timer;

/// What a node is told.
#[derive(Debug)]
pub enum Input<M, T> {
    /// It has booted.
    Start,
    /// A message arrived.
    Message {
        /// Its sender.
        from: NodeId,
        /// The message.
        message: M,
    },
    /// A timer fired.
    Timer(T),
    /// An asynchronous sync is complete.
    Disk {
        /// Which.
        ticket: Ticket,
        /// How it went.
        result: Result<(), DiskError>,
    },
    /// A session with another participant began or ended.
    Session {
        /// With whom.
        peer: NodeId,
        /// Whether it is up or down.
        session: Session,
    },
}

/// Why a host could not run a node's handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostError(pub String);

/// Keeps the nodes of a run and runs their handlers.
pub trait Host<P: Protocol> {
    /// Whether two runs of one plan are equal on this host.
    const REPRODUCIBLE: bool;

    /// Makes a node that boots.
    ///
    /// # Errors
    /// If the host cannot; the node is down then.
    fn boot(&mut self, config: &P::Config, boot: Boot) -> Result<(), HostError>;

    /// Runs a handler of a node that is up; what it says goes to `out`.
    ///
    /// # Errors
    /// If the host cannot; what it put into `out` is performed all the same.
    fn handle(
        &mut self,
        input: Input<MessageOf<P>, TimerOf<P>>,
        seat: &mut Seat,
        out: &mut Staged<MessageOf<P>, TimerOf<P>>,
    ) -> Result<(), HostError>;

    /// Drops a node's memory.
    fn crash(&mut self, node: NodeId);

    /// The memory of a node that is up, for monitors.
    fn node(&self, node: NodeId) -> Option<&P::Node>;

    /// What a node that is up shows of itself.
    fn view(&self, node: NodeId) -> View;
}

/// The host of nodes that are Rust values in this thread.
#[derive(Debug)]
pub struct Native<P: Protocol> {
    nodes: Vec<Option<P::Node>>,
}

impl<P: Protocol> Default for Native<P> {
    fn default() -> Self {
        Native { nodes: Vec::new() }
    }
}

impl<P: Protocol> Host<P> for Native<P> {
    const REPRODUCIBLE: bool = true;

    fn boot(&mut self, config: &P::Config, boot: Boot) -> Result<(), HostError> {
        let index = boot.id.index();
        if self.nodes.len() <= index {
            self.nodes.resize_with(index + 1, || None);
        }
        self.nodes[index] = Some(P::node(config, boot));
        Ok(())
    }

    #[inline]
    fn handle(
        &mut self,
        input: Input<MessageOf<P>, TimerOf<P>>,
        seat: &mut Seat,
        out: &mut Staged<MessageOf<P>, TimerOf<P>>,
    ) -> Result<(), HostError> {
        let node = self.nodes[seat.id.index()].as_mut().expect("only a node that is up is told");
        let mut cx = Context::new(seat, out);
        match input {
            Input::Start => node.on_start(&mut cx),
            Input::Message { from, message } => node.on_message(&mut cx, from, message),
            Input::Timer(timer) => node.on_timer(&mut cx, timer),
            Input::Disk { ticket, result } => node.on_disk(&mut cx, ticket, result),
            Input::Session { peer, session } => node.on_session(&mut cx, peer, session),
        }
        Ok(())
    }

    fn crash(&mut self, node: NodeId) {
        if let Some(memory) = self.nodes.get_mut(node.index()) {
            *memory = None;
        }
    }

    fn node(&self, node: NodeId) -> Option<&P::Node> {
        self.nodes.get(node.index())?.as_ref()
    }

    fn view(&self, node: NodeId) -> View {
        let mut view = View::default();
        if let Some(node) = self.node(node) {
            node.view(&mut view);
        }
        view
    }
}
