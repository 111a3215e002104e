//! Who may: lock, semaphore and lease.
//!
//! The invariant: never more holders than there is room for; a token given later is greater.

use crate::model::{Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A lock with an owner and a fencing token.
#[derive(Clone, Copy, Debug)]
pub struct Lock;

/// A lock's state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Held {
    owner: Option<u64>,
    token: u64,
}

/// What is asked of a [`Lock`] or a [`Semaphore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockOp {
    /// Let this owner have it.
    Acquire(u64),
    /// This owner gives it back.
    Release(u64),
}

/// What a [`Lock`] or a [`Semaphore`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockAnswer {
    /// The owner has it, with a fencing token if the service gives such.
    Acquired(Option<u64>),
    /// There is no room, or the owner has it already.
    Refused,
    /// The owner has given it back.
    Released,
    /// The owner did not have it.
    NotHeld,
}

/// A semaphore with room for `ROOM` owners; an owner may have several places.
#[derive(Clone, Copy, Debug)]
pub struct Semaphore<const ROOM: u32>;

/// A lease: whoever is granted it later has it, and those before have lost it.
#[derive(Clone, Copy, Debug)]
pub struct Lease;

/// What is asked of a [`Lease`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseOp {
    /// Let this owner have it.
    Acquire(u64),
    /// Does the holder of this epoch still have it?
    Use(u64),
}

/// What a [`Lease`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaseAnswer {
    /// The owner has it, in this epoch.
    Granted(u64),
    /// Somebody has it, or the epoch has not been granted to anybody.
    Refused,
    /// The epoch is the current one.
    Valid,
    /// It is over.
    Expired,
}

impl fmt::Display for LockOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockOp::Acquire(owner) => write!(f, "Acquire for {owner}"),
            LockOp::Release(owner) => write!(f, "Release by {owner}"),
        }
    }
}

impl fmt::Display for LockAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockAnswer::Acquired(Some(token)) => write!(f, "token {token}"),
            LockAnswer::Acquired(None) | LockAnswer::Released => f.write_str("ok"),
            LockAnswer::Refused => f.write_str("refused"),
            LockAnswer::NotHeld => f.write_str("not held"),
        }
    }
}

impl fmt::Display for LeaseOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeaseOp::Acquire(owner) => write!(f, "Acquire for {owner}"),
            LeaseOp::Use(epoch) => write!(f, "Use epoch {epoch}"),
        }
    }
}

impl fmt::Display for LeaseAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LeaseAnswer::Granted(epoch) => write!(f, "epoch {epoch}"),
            LeaseAnswer::Refused => f.write_str("refused"),
            LeaseAnswer::Valid => f.write_str("valid"),
            LeaseAnswer::Expired => f.write_str("expired"),
        }
    }
}

impl Model for Lock {
    type Operation = LockOp;
    type Answer = LockAnswer;
    type State = Held;

    fn initial() -> Held {
        Held::default()
    }

    fn step(state: &Held, operation: &LockOp, answer: Option<&LockAnswer>) -> Option<Held> {
        let Held { owner: holder, token: last } = *state;
        match (*operation, holder, answer) {
            (LockOp::Acquire(owner), None, None | Some(LockAnswer::Acquired(None))) => {
                Some(Held { owner: Some(owner), token: last })
            }
            (LockOp::Acquire(owner), None, Some(LockAnswer::Acquired(Some(token)))) => {
                (*token > last).then_some(Held { owner: Some(owner), token: *token })
            }
            (LockOp::Acquire(_), Some(_), None | Some(LockAnswer::Refused)) => Some(*state),
            (LockOp::Release(owner), Some(held), None | Some(LockAnswer::Released))
                if owner == held =>
            {
                Some(Held { owner: None, token: last })
            }
            (LockOp::Release(owner), held, None | Some(LockAnswer::NotHeld))
                if held != Some(owner) =>
            {
                Some(*state)
            }
            (LockOp::Acquire(_) | LockOp::Release(_), _, _) => None,
        }
    }

    fn read_only(_: &LockOp, answer: &LockAnswer) -> bool {
        matches!(answer, LockAnswer::Refused | LockAnswer::NotHeld)
    }
}

const LOCK_KINDS: &[Kind] =
    &[Kind { name: "acquire", weight: 50 }, Kind { name: "release", weight: 50 }];

fn generate_lock(kind: usize, draws: &mut Draws<'_>) -> LockOp {
    let owner = u64::from(draws.below(3)) + 1;
    match kind {
        0 => LockOp::Acquire(owner),
        1 => LockOp::Release(owner),
        _ => panic!("a lock has kinds 0 and 1, not {kind}"),
    }
}

impl Generate for Lock {
    const KINDS: &'static [Kind] = LOCK_KINDS;

    fn generate(kind: usize, draws: &mut Draws<'_>) -> LockOp {
        generate_lock(kind, draws)
    }
}

impl Serve for Lock {
    fn serve(state: &mut Held, operation: &LockOp) -> LockAnswer {
        match *operation {
            LockOp::Acquire(owner) if state.owner.is_none() => {
                *state = Held { owner: Some(owner), token: state.token + 1 };
                LockAnswer::Acquired(Some(state.token))
            }
            LockOp::Acquire(_) => LockAnswer::Refused,
            LockOp::Release(owner) if state.owner == Some(owner) => {
                state.owner = None;
                LockAnswer::Released
            }
            LockOp::Release(_) => LockAnswer::NotHeld,
        }
    }
}

impl<const ROOM: u32> Model for Semaphore<ROOM> {
    type Operation = LockOp;
    type Answer = LockAnswer;
    /// The owner of every place that is taken, sorted.
    type State = Vec<u64>;

    fn initial() -> Vec<u64> {
        Vec::new()
    }

    fn step(state: &Vec<u64>, operation: &LockOp, answer: Option<&LockAnswer>) -> Option<Vec<u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(_: &LockOp, answer: &LockAnswer) -> bool {
        matches!(answer, LockAnswer::Refused | LockAnswer::NotHeld)
    }
}

impl<const ROOM: u32> Generate for Semaphore<ROOM> {
    const KINDS: &'static [Kind] = LOCK_KINDS;

    fn generate(kind: usize, draws: &mut Draws<'_>) -> LockOp {
        generate_lock(kind, draws)
    }
}

impl<const ROOM: u32> Serve for Semaphore<ROOM> {
    fn serve(state: &mut Vec<u64>, operation: &LockOp) -> LockAnswer {
        match *operation {
            LockOp::Acquire(owner) if state.len() < ROOM as usize => {
                state.insert(state.partition_point(|&other| other < owner), owner);
                LockAnswer::Acquired(None)
            }
            LockOp::Acquire(_) => LockAnswer::Refused,
            LockOp::Release(owner) => match state.binary_search(&owner) {
                Ok(place) => {
                    state.remove(place);
                    LockAnswer::Released
                }
                Err(_) => LockAnswer::NotHeld,
            },
        }
    }
}

/// A lease's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch {
    current: u64,
    over: bool,
    /// It was granted once more, in an epoch that nobody was told.
    unknown: bool,
}

impl Model for Lease {
    type Operation = LeaseOp;
    type Answer = LeaseAnswer;
    type State = Epoch;

    fn initial() -> Epoch {
        Epoch { current: 0, over: true, unknown: false }
    }

    fn step(state: &Epoch, operation: &LeaseOp, answer: Option<&LeaseAnswer>) -> Option<Epoch> {
        let Epoch { current, over, unknown } = *state;
        let known = |epoch, over| Epoch { current: epoch, over, unknown: false };
        match (*operation, answer) {
            (LeaseOp::Acquire(_), Some(LeaseAnswer::Granted(epoch))) => {
                (*epoch > current).then_some(known(*epoch, false))
            }
            (LeaseOp::Acquire(_), None) => Some(Epoch { current, over: true, unknown: true }),
            (LeaseOp::Acquire(_), Some(LeaseAnswer::Refused)) | (LeaseOp::Use(_), None) => {
                Some(*state)
            }
            (LeaseOp::Use(epoch), Some(LeaseAnswer::Valid)) if epoch > current => {
                unknown.then_some(known(epoch, false))
            }
            (LeaseOp::Use(epoch), Some(LeaseAnswer::Valid)) => {
                (epoch == current && !over).then_some(*state)
            }
            (LeaseOp::Use(epoch), Some(LeaseAnswer::Expired)) if epoch > current => {
                unknown.then_some(known(epoch, true))
            }
            (LeaseOp::Use(epoch), Some(LeaseAnswer::Expired)) => {
                Some(Epoch { over: over || epoch == current, ..*state })
            }
            (LeaseOp::Use(epoch), Some(LeaseAnswer::Refused)) => {
                (epoch > current).then_some(*state)
            }
            (LeaseOp::Acquire(_) | LeaseOp::Use(_), Some(_)) => None,
        }
    }

    fn read_only(_: &LeaseOp, answer: &LeaseAnswer) -> bool {
        *answer == LeaseAnswer::Refused
    }
}

impl Generate for Lease {
    const KINDS: &'static [Kind] =
        &[Kind { name: "acquire", weight: 40 }, Kind { name: "use", weight: 60 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> LeaseOp {
        match kind {
            0 => LeaseOp::Acquire(u64::from(draws.client)),
            1 => LeaseOp::Use(u64::from(draws.below(4))),
            _ => panic!("a lease has kinds 0 and 1, not {kind}"),
        }
    }
}

impl Serve for Lease {
    fn serve(state: &mut Epoch, operation: &LeaseOp) -> LeaseAnswer {
        match *operation {
            LeaseOp::Acquire(_) => {
                *state = Epoch { current: state.current + 1, over: false, unknown: false };
                LeaseAnswer::Granted(state.current)
            }
            LeaseOp::Use(epoch) if epoch == state.current && !state.over => LeaseAnswer::Valid,
            LeaseOp::Use(epoch) if epoch <= state.current => LeaseAnswer::Expired,
            LeaseOp::Use(_) => LeaseAnswer::Refused,
        }
    }
}
