//! What a run's outcome means, given what its scenario expects.
//!
//! The invariant: this is the only place that sets an outcome beside what was expected.

use serde::{Deserialize, Serialize};
use squall_engine::plan::Plan;
use squall_engine::run::{Ending, Outcome};

/// What came of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    /// Every promise held.
    Passed,
    /// The promise broke that was expected to.
    AsExpected,
    /// A promise broke.
    Violated,
    /// Another promise broke than was expected to.
    Otherwise,
    /// A promise was expected to break, and none did.
    NotCome,
    /// A checker ran out of budget.
    Undecided,
    /// A limit was reached.
    OutOfSteps,
}

impl Judgement {
    /// What `outcome` means for `plan`.
    #[must_use]
    pub fn of(outcome: &Outcome, plan: &Plan) -> Judgement {
        let expected = plan.scenario.expect.as_ref().map(|expect| &expect.violated);
        match (&outcome.ending, expected) {
            (Ending::Passed, None) => Judgement::Passed,
            (Ending::Passed, Some(_)) => Judgement::NotCome,
            (Ending::Violated(_), None) => Judgement::Violated,
            (Ending::Violated(violation), Some(expected)) => {
                match violation.property == *expected {
                    true => Judgement::AsExpected,
                    false => Judgement::Otherwise,
                }
            }
            (Ending::Undecided(_), _) => Judgement::Undecided,
            (Ending::OutOfSteps(_), _) => Judgement::OutOfSteps,
        }
    }

    /// Whether the run broke a promise that it should have kept, or could not be judged.
    #[must_use]
    pub fn is_bad(self) -> bool {
        match self {
            Judgement::Passed | Judgement::AsExpected | Judgement::NotCome => false,
            Judgement::Violated
            | Judgement::Otherwise
            | Judgement::Undecided
            | Judgement::OutOfSteps => true,
        }
    }
}

/// The word for an ending, in JSON.
#[must_use]
pub fn ending_word(ending: &Ending) -> &'static str {
    match ending {
        Ending::Passed => "passed",
        Ending::Violated(_) => "violated",
        Ending::Undecided(_) => "undecided",
        Ending::OutOfSteps(_) => "out_of_steps",
    }
}
