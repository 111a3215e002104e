//! Client sessions: the number and answer of each client's last command (§6.3).
//!
//! The invariant: the numbers of a session only grow, so a command that comes again is known by
//! its number. Sessions are part of the replicated state; they never expire here.

use squall::prelude::*;
use std::collections::BTreeMap;

/// Whether a session has had a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is new.
    Now,
    /// It was the last one, and had this answer.
    Before(KvAnswer),
    /// Its client has gone on: nobody waits for it, and it must not take effect any more.
    Passed,
}

/// The sessions of all clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Sessions {
    last: BTreeMap<Process, (u64, KvAnswer)>,
}

impl Sessions {
    /// Whether the session has had its command of this number.
    pub(super) fn seen(&self, session: Process, number: u64) -> Seen {
        match self.last.get(&session) {
            Some((last, answer)) if *last == number => Seen::Before(*answer),
            Some((last, _)) if *last > number => Seen::Passed,
            Some(_) | None => Seen::Now,
        }
    }

    /// Notes the last command of a session.
    pub(super) fn remember(&mut self, session: Process, number: u64, answer: KvAnswer) {
        self.last.insert(session, (number, answer));
    }
}
