//! Events: what happened, where, when and because of what.
//!
//! The invariant: events are numbered from 1 in the order in which they happened, and the cause of
//! an event has a smaller number.

use crate::ids::{EventId, NodeId, Time};
use crate::network::Loss;
use crate::node::Session;
use serde::{Deserialize, Serialize};

/// Something that happened at one place and one instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number.
    pub id: EventId,
    /// True simulated time.
    pub at: Time,
    /// Where; `None` for what concerns no single participant.
    pub place: Option<NodeId>,
    /// What.
    pub kind: EventKind,
    /// The event that brought it about: the send behind a delivery, the arming behind a timer.
    pub cause: EventId,
    /// The message, timer or operation in words; only while somebody reads them.
    pub text: Option<Box<str>>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what")]
pub enum EventKind {
    /// A node booted.
    Start {
        /// How often it had booted before.
        restarts: u32,
    },
    /// A message was taken in hand.
    Deliver {
        /// Its sender.
        from: NodeId,
        /// When it was sent.
        sent: Time,
    },
    /// A timer fired.
    Timer,
    /// A node was told that its asynchronous sync is complete.
    Synced,
    /// An effect of an earlier handler was performed.
    Effect,
    /// The last busy time of a handler ended.
    Idle,
    /// A message was lost.
    Lost {
        /// Its sender.
        from: NodeId,
        /// Its addressee.
        to: NodeId,
        /// Why.
        loss: Loss,
    },
    /// A participant knows that a session is up or down.
    Session {
        /// With whom.
        peer: NodeId,
        /// Which of the two.
        session: Session,
    },
    /// A participant sends again what was not acknowledged in time.
    Resend {
        /// To whom.
        to: NodeId,
    },
    /// A client began an operation.
    Invoke,
    /// A client gave an attempt up.
    TimedOut,
    /// A client asks again.
    Retry,
    /// A fault began.
    Begin {
        /// Its place in the plan.
        fault: u32,
    },
    /// A fault goes on in another way: a cut that changes has changed.
    Turn {
        /// Its place in the plan.
        fault: u32,
    },
    /// A fault ended.
    End {
        /// Its place in the plan.
        fault: u32,
    },
    /// A fault could not strike.
    Skip {
        /// Its place in the plan.
        fault: u32,
    },
    /// A node crashed.
    Crash,
    /// A node was paused.
    Pause,
    /// A paused node goes on.
    Resume,
    /// The storm is over.
    Calm,
    /// The operator asks for a change of the cluster.
    Operate,
}

impl Event {
    /// What happened, on one line.
    #[must_use]
    pub fn words(&self) -> String {
        let text = self.text.as_deref().unwrap_or_default();
        let with = |verb: &str| match text {
            "" => verb.to_string(),
            _ => format!("{verb} · {text}"),
        };
        let words = match self.kind {
            EventKind::Start { restarts: 0 } => with("boots"),
            EventKind::Start { restarts } => with(&format!("boots again ({restarts})")),
            EventKind::Timer => format!("timer {text}"),
            EventKind::Synced => with("its sync is complete"),
            EventKind::Idle => with("is done"),
            EventKind::Lost { loss, .. } => format!("{}: {text}", loss.words()),
            EventKind::Invoke => format!("asks {text}"),
            EventKind::TimedOut => with("has waited too long"),
            EventKind::Retry => with("asks again"),
            EventKind::Deliver { .. }
            | EventKind::Effect
            | EventKind::Operate
            | EventKind::Session { .. }
            | EventKind::Resend { .. }
            | EventKind::Begin { .. }
            | EventKind::Turn { .. }
            | EventKind::End { .. }
            | EventKind::Skip { .. } => text.to_string(),
            EventKind::Crash => with("crashes"),
            EventKind::Pause => with("pauses"),
            EventKind::Resume => with("goes on"),
            EventKind::Calm => with("the calm begins"),
        };
        match words.contains(char::is_control) {
            false => words,
            true => words.replace(char::is_control, " "),
        }
    }
}

impl EventKind {
    /// A number for the digest.
    pub(crate) fn number(self) -> u8 {
        match self {
            EventKind::Start { .. } => 1,
            EventKind::Deliver { .. } => 2,
            EventKind::Timer => 3,
            EventKind::Synced => 4,
            EventKind::Effect => 5,
            EventKind::Idle => 6,
            EventKind::Lost { .. } => 7,
            EventKind::Invoke => 8,
            EventKind::TimedOut => 9,
            EventKind::Retry => 10,
            EventKind::Begin { .. } => 11,
            EventKind::End { .. } => 12,
            EventKind::Skip { .. } => 13,
            EventKind::Crash => 14,
            EventKind::Pause => 15,
            EventKind::Resume => 16,
            EventKind::Calm => 17,
            EventKind::Turn { .. } => 18,
            EventKind::Session { .. } => 19,
            EventKind::Resend { .. } => 20,
            EventKind::Operate => 30,
        }
    }
}
