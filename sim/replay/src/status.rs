//! Whether a node runs, as the events of its lane say.
//!
//! The invariant: what has not booted is down.

use squall_engine::event::EventKind;

/// Whether a participant runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It runs.
    Up,
    /// It was paused.
    Paused,
    /// It has crashed, or has not booted yet.
    Down,
}

impl Status {
    /// The status that an event at a node leaves it in, if it changes that.
    #[must_use]
    pub fn after(kind: EventKind) -> Option<Status> {
        match kind {
            EventKind::Start { .. } | EventKind::Resume => Some(Status::Up),
            EventKind::Crash => Some(Status::Down),
            EventKind::Pause => Some(Status::Paused),
            EventKind::Deliver { .. }
            | EventKind::Timer
            | EventKind::Synced
            | EventKind::Effect
            | EventKind::Idle
            | EventKind::Lost { .. }
            | EventKind::Session { .. }
            | EventKind::Resend { .. }
            | EventKind::Invoke
            | EventKind::TimedOut
            | EventKind::Retry
            | EventKind::Begin { .. }
            | EventKind::Turn { .. }
            | EventKind::End { .. }
            | EventKind::Skip { .. }
            | EventKind::Calm
            | EventKind::Operate => None,
        }
    }
}
