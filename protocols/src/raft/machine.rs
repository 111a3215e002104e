//! The state machine: numbers under keys, and the sessions of clients.
//!
//! The invariant: its state is a function of the entries applied, so equal logs make equal
//! machines.

use super::log::Command;
use super::sessions::{Seen, Sessions};
use squall::prelude::*;
use std::collections::BTreeMap;

/// What became of an entry that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Applied {
    /// It did what it says, with this answer.
    Done(KvAnswer),
    /// It had been applied before, with this answer.
    Again(KvAnswer),
    /// There is nobody to tell: a no-op, or a command older than its session's last.
    Nothing,
}

/// The replicated state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Machine {
    values: BTreeMap<Key, u64>,
    sessions: Sessions,
}

impl Machine {
    /// Applies the next entry, or only notes that its session has had it.
    pub(super) fn apply(&mut self, command: Command, suppress: bool) -> Applied {
        let (session, number, operation) = match command {
            Command::Operate { session, number, operation } => (session, number, operation),
            Command::Noop | Command::Change(_) => return Applied::Nothing,
        };
        if suppress {
            match self.sessions.seen(session, number) {
                Seen::Now => (),
                Seen::Before(answer) => return Applied::Again(answer),
                Seen::Passed => return Applied::Nothing,
            }
        }
        let answer = self.operate(operation);
        self.sessions.remember(session, number, answer);
        Applied::Done(answer)
    }

    /// The value of a key.
    pub(super) fn read(&self, key: Key) -> Option<u64> {
        self.values.get(&key).copied()
    }

    fn operate(&mut self, operation: KvOp) -> KvAnswer {
        match operation {
            KvOp::Read { key } => KvAnswer::Value(self.read(key)),
            KvOp::Write { key, value } => {
                self.values.insert(key, value);
                KvAnswer::Written
            }
            KvOp::Cas { key, expected, new } => {
                let swapped = self.read(key) == Some(expected);
                if swapped {
                    self.values.insert(key, new);
                }
                KvAnswer::Swapped(swapped)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(number: u64, value: u64) -> Command {
        let operation = KvOp::Write { key: Key(0), value };
        Command::Operate { session: Process::of_client(1), number, operation }
    }

    #[test]
    fn a_command_that_comes_again_is_answered_and_not_applied() {
        let mut machine = Machine::default();
        assert_eq!(machine.apply(write(1, 7), true), Applied::Done(KvAnswer::Written));
        assert_eq!(machine.apply(write(2, 8), true), Applied::Done(KvAnswer::Written));
        assert_eq!(machine.apply(write(2, 8), true), Applied::Again(KvAnswer::Written));
        assert_eq!(machine.apply(write(1, 7), true), Applied::Nothing);
        assert_eq!(machine.read(Key(0)), Some(8));
    }

    #[test]
    fn without_suppression_it_is_applied_again() {
        let mut machine = Machine::default();
        machine.apply(write(1, 7), false);
        machine.apply(write(2, 8), false);
        machine.apply(write(1, 7), false);
        assert_eq!(machine.read(Key(0)), Some(7));
    }

    #[test]
    fn a_swap_needs_the_expected_value() {
        let mut machine = Machine::default();
        let cas = |number, expected, new| {
            let operation = KvOp::Cas { key: Key(0), expected, new };
            Command::Operate { session: Process::of_client(1), number, operation }
        };
        assert_eq!(machine.apply(cas(1, 0, 5), true), Applied::Done(KvAnswer::Swapped(false)));
        machine.apply(write(2, 7), true);
        assert_eq!(machine.apply(cas(3, 7, 5), true), Applied::Done(KvAnswer::Swapped(true)));
        assert_eq!(machine.read(Key(0)), Some(5));
    }
}
