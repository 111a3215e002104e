//! A service without memory: what is said is heard.
//!
//! The invariant: an answer depends on its request alone.

use squall::prelude::*;
use std::fmt;

/// Answers everybody what they said.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

/// What a client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Say(pub u64);

/// What a client hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Heard(pub u64);

impl fmt::Display for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Say {}", self.0)
    }
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Model for Echo {
    type Operation = Say;
    type Answer = Heard;
    type State = ();

    fn initial() {}

    fn step((): &(), say: &Say, heard: Option<&Heard>) -> Option<()> {
        heard.is_none_or(|heard| heard.0 == say.0).then_some(())
    }

    /// No two operations have anything to do with each other.
    fn partition(say: &Say) -> u64 {
        say.0
    }

    fn read_only(_: &Say, _: &Heard) -> bool {
        true
    }
}

impl Generate for Echo {
    const KINDS: &'static [Kind] = &[Kind { name: "say", weight: 1 }];

    fn generate(_: usize, draws: &mut Draws<'_>) -> Say {
        Say(draws.unique_value())
    }
}
