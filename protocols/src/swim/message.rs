//! What nodes say to each other.
//!
//! The invariant: whatever is said of a member carries its incarnation.

use squall::prelude::*;
use std::fmt;
use std::rc::Rc;

/// How often a member has had to say anew that it is alive. Only the member itself makes a greater
/// one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub u32);

impl Incarnation {
    pub(super) fn next(self) -> Incarnation {
        Incarnation(self.0 + 1)
    }
}

/// The number of a probe, by which its answer is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u32);

/// What somebody claims of a member.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Update {
    /// Whom it is about.
    pub node: NodeId,
    /// In which incarnation.
    pub incarnation: Incarnation,
    /// What is claimed.
    pub claim: Claim,
}

/// What is claimed of a member in an incarnation.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// It is alive.
    Alive {
        /// How often it booted before: a life begins with a boot. It stands for the metadata that
        /// members of a memberlist publish; the protocol does not look at it.
        boot: u32,
    },
    /// It did not answer this node.
    Suspect {
        /// Who suspects it.
        by: NodeId,
    },
    /// It is dead as this node says; if that is itself, it has left.
    Dead {
        /// Who says so.
        by: NodeId,
    },
}

/// What a node believes of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It is there.
    Alive,
    /// It may be gone.
    Suspect,
    /// It is gone.
    Dead,
    /// It went in good order.
    Left,
}

/// A member as an exchange of the whole state tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Record {
    /// The member.
    pub node: NodeId,
    /// Its latest incarnation.
    pub incarnation: Incarnation,
    /// How often it booted before that.
    pub boot: u32,
    /// What is believed of it.
    pub status: Status,
}

/// What a packet is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Say {
    /// Answer me.
    Ping(Sequence),
    /// Here is the answer.
    Ack(Sequence),
    /// Ping this node for me.
    IndirectPing(Sequence, NodeId),
    /// I am here, but it did not answer me so far (Lifeguard §IV-A).
    Nack(Sequence),
    /// Only its updates.
    Gossip,
}

/// A message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// A datagram, and the updates that ride on it.
    Packet(Say, Vec<Update>),
    /// One's whole state, to get the other's.
    Push(Rc<[Record]>),
    /// The whole state of who was asked.
    Pull(Rc<[Record]>),
    /// An operator asks.
    Reconfigure(Change),
    /// An operator is told.
    Reconfigured(Reconfigured),
}

/// The bytes of a packet without updates, and of an update, about as memberlist encodes them.
const BYTES: (u64, u64) = (30, 60);

impl Message {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Message::Packet(Say::Ping(_), _) => "Ping",
            Message::Packet(Say::Ack(_), _) => "Ack",
            Message::Packet(Say::IndirectPing(..), _) => "IndirectPing",
            Message::Packet(Say::Nack(_), _) => "Nack",
            Message::Packet(Say::Gossip, _) => "Gossip",
            Message::Push(_) => "Push",
            Message::Pull(_) => "Pull",
            Message::Reconfigure(_) => "Reconfigure",
            Message::Reconfigured(_) => "Reconfigured",
        }
    }

    pub(super) fn size(&self) -> u64 {
        let claims = match self {
            Message::Packet(_, news) => news.len(),
            Message::Push(state) | Message::Pull(state) => state.len(),
            Message::Reconfigure(_) | Message::Reconfigured(_) => 0,
        };
        BYTES.0 + BYTES.1 * claims as u64
    }
}

impl fmt::Debug for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (node, incarnation) = (self.node, self.incarnation.0);
        match self.claim {
            Claim::Alive { .. } => write!(f, "{node}.{incarnation} alive"),
            Claim::Suspect { by } => write!(f, "{node}.{incarnation} suspect by {by}"),
            Claim::Dead { by } if by == node => write!(f, "{node}.{incarnation} left"),
            Claim::Dead { by } => write!(f, "{node}.{incarnation} dead by {by}"),
        }
    }
}

impl fmt::Debug for Message {
    /// One short line, as a story tells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Message::Packet(say, news) => {
                match say {
                    Say::Ping(number) | Say::Ack(number) | Say::Nack(number) => {
                        write!(f, " {}", number.0)?;
                    }
                    Say::IndirectPing(number, node) => write!(f, " {} to {node}", number.0)?,
                    Say::Gossip => {}
                }
                match news.as_slice() {
                    [] => Ok(()),
                    few @ ([_] | [_, _] | [_, _, _]) => write!(f, " {few:?}"),
                    many => write!(f, " {} updates", many.len()),
                }
            }
            Message::Push(state) | Message::Pull(state) => write!(f, " {} members", state.len()),
            Message::Reconfigure(change) => write!(f, " {change:?}"),
            Message::Reconfigured(told) => write!(f, " {told:?}"),
        }
    }
}
