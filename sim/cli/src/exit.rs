//! Exit codes, and what ends a command early.
//!
//! The invariant: every error is one line; a closed output pipe is none.

use crate::console::Console;
use squall_engine::scenario::ScenarioError;
use squall_engine::subject::PlanError;
use squall_explore::Judgement;
use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Exit {
    /// Passed, or violated as expected.
    #[default]
    Fine = 0,
    /// Violated, vacuous, or an expected violation that did not come.
    Violated = 1,
    /// A usage or scenario error.
    Usage = 2,
    /// Two runs of one plan differ.
    Nondeterministic = 3,
    /// A checker could not decide, or a limit was reached.
    Undecided = 4,
    /// A bug of squall.
    Internal = 70,
    /// The user ended it.
    Interrupted = 130,
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Of two runs' codes the one that counts: the first of 70, 3, 1, 4, 0.
    #[must_use]
    pub fn worse(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Fine => 0,
            Exit::Undecided => 1,
            Exit::Violated => 2,
            Exit::Nondeterministic => 3,
            Exit::Internal => 4,
            Exit::Usage => 5,
            Exit::Interrupted => 6,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Judgement> for Exit {
    /// The exit code if this run is the only one.
    fn from(judgement: Judgement) -> Exit {
        match judgement {
            Judgement::Passed | Judgement::AsExpected => Exit::Fine,
            Judgement::Violated | Judgement::Otherwise | Judgement::NotCome => Exit::Violated,
            Judgement::Undecided | Judgement::OutOfSteps => Exit::Undecided,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

/// What ends a command before it is done.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The user asked for something that is not there or not possible.
    Words(String),
    /// A scenario cannot be used.
    Scenario(ScenarioError),
    /// Whoever read our output has gone away.
    Closed,
}

impl From<ScenarioError> for Stop {
    fn from(error: ScenarioError) -> Stop {
        Stop::Scenario(error)
    }
}

impl From<PlanError> for Stop {
    fn from(error: PlanError) -> Stop {
        Stop::Words(error.to_string())
    }
}

impl From<io::Error> for Stop {
    /// An error of an output stream.
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::Words(format!("cannot write the output: {error}")),
        }
    }
}

impl Stop {
    /// Says what is wrong, on one line.
    pub(crate) fn tell(self, console: &mut Console<'_>) -> Exit {
        let line = match self {
            Stop::Closed => return Exit::Fine,
            Stop::Words(words) => format!("squall: {words}"),
            Stop::Scenario(error) => error.to_string(),
        };
        // What was printed so far stands before the error; if nobody can read either, so be it.
        let _ = console.out.flush();
        let _ = writeln!(console.err, "{line}");
        let _ = console.err.flush();
        Exit::Usage
    }
}
