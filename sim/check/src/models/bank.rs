//! Accounts between which money moves.
//!
//! The invariant: no account goes below zero, and the total never changes.

use crate::model::{Draws, Generate, Kind, Model, Serve, step_by_serving};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A bank with `ACCOUNTS` accounts that hold `EACH` at first.
#[derive(Clone, Copy, Debug)]
pub struct Bank<const ACCOUNTS: u32, const EACH: u64>;

/// What is asked of a [`Bank`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankOp {
    /// Move money.
    Transfer {
        /// The account that pays.
        from: u32,
        /// The account that is paid.
        to: u32,
        /// How much.
        amount: u64,
    },
    /// What is in every account?
    Balances,
}

/// What a [`Bank`] answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BankAnswer {
    /// Moved.
    Moved,
    /// There is not enough, or no such account.
    Refused,
    /// What is in the accounts, in order.
    Balances(Vec<u64>),
}

impl fmt::Display for BankOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BankOp::Transfer { from, to, amount } => write!(f, "Transfer {amount} {from}->{to}"),
            BankOp::Balances => f.write_str("Balances"),
        }
    }
}

impl fmt::Display for BankAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BankAnswer::Moved => f.write_str("ok"),
            BankAnswer::Refused => f.write_str("refused"),
            BankAnswer::Balances(balances) => write!(f, "{balances:?}"),
        }
    }
}

impl<const ACCOUNTS: u32, const EACH: u64> Model for Bank<ACCOUNTS, EACH> {
    type Operation = BankOp;
    type Answer = BankAnswer;
    type State = Vec<u64>;

    fn initial() -> Vec<u64> {
        vec![EACH; ACCOUNTS as usize]
    }

    fn step(state: &Vec<u64>, operation: &BankOp, answer: Option<&BankAnswer>) -> Option<Vec<u64>> {
        step_by_serving::<Self>(state, operation, answer)
    }

    fn read_only(operation: &BankOp, answer: &BankAnswer) -> bool {
        *operation == BankOp::Balances || *answer == BankAnswer::Refused
    }
}

impl<const ACCOUNTS: u32, const EACH: u64> Generate for Bank<ACCOUNTS, EACH> {
    const KINDS: &'static [Kind] =
        &[Kind { name: "transfer", weight: 60 }, Kind { name: "balances", weight: 40 }];

    fn generate(kind: usize, draws: &mut Draws<'_>) -> BankOp {
        match kind {
            0 => BankOp::Transfer {
                from: draws.below(ACCOUNTS),
                to: draws.below(ACCOUNTS),
                amount: u64::from(draws.below(5)) + 1,
            },
            1 => BankOp::Balances,
            _ => panic!("a bank has kinds 0 and 1, not {kind}"),
        }
    }
}

impl<const ACCOUNTS: u32, const EACH: u64> Serve for Bank<ACCOUNTS, EACH> {
    fn serve(state: &mut Vec<u64>, operation: &BankOp) -> BankAnswer {
        match *operation {
            BankOp::Transfer { from, to, amount } => {
                let (from, to) = (from as usize, to as usize);
                let enough = state.get(from).is_some_and(|&has| has >= amount);
                if !enough || to >= state.len() {
                    return BankAnswer::Refused;
                }
                state[from] -= amount;
                state[to] += amount;
                BankAnswer::Moved
            }
            BankOp::Balances => BankAnswer::Balances(state.clone()),
        }
    }
}
