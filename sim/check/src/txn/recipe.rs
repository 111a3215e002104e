//! Histories of transactions made to measure: a database that keeps one level and no stronger one.
//!
//! The invariant: a recipe is a pure function of its fields, and its history keeps its level.

use super::{Transactions, Txn, TxnOp, TxnOutcome};
use crate::history::Process;
use crate::recipe::Words;

/// The level that the database keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Every transaction happens at one instant.
    StrictSerializable,
    /// Every transaction reads a snapshot of when it began, and the first to commit wins.
    Snapshot,
    /// Every read sees what is committed just then; writes happen at the commit.
    ReadCommitted,
}

/// How to make a history of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxnRecipe {
    /// Where all choices come from.
    pub seed: u64,
    /// How many transactions are in flight at most.
    pub clients: u32,
    /// How many transactions there are.
    pub transactions: u32,
    /// How many keys are in use at a time.
    pub keys: u32,
    /// How often a key is written before another takes its place.
    pub writes_per_key: u32,
    /// How many micro-operations a transaction has at most.
    pub ops_max: u32,
    /// Lists that are appended to, instead of registers.
    pub lists: bool,
    /// The level that is kept.
    pub isolation: Isolation,
}

impl Default for TxnRecipe {
    fn default() -> Self {
        TxnRecipe {
            seed: 0,
            clients: 10,
            transactions: 100,
            keys: 10,
            writes_per_key: 32,
            ops_max: 4,
            lists: true,
            isolation: Isolation::StrictSerializable,
        }
    }
}

/// A transaction in flight.
struct Flight {
    place: usize,
    began: u64,
    next: usize,
}

struct Database {
    recipe: TxnRecipe,
    words: Words,
    clock: u64,
    history: Transactions,
    /// The values of each key with the instants of their commits, oldest first.
    versions: Vec<Vec<(u64, u32)>>,
    /// The keys in use, and how often each was chosen for a write.
    active: Vec<(u32, u32)>,
    flights: Vec<Option<Flight>>,
    values: u32,
}

impl TxnRecipe {
    /// Makes the history.
    #[must_use]
    pub fn make(self) -> Transactions {
        let keys = self.keys.max(1);
        let mut database = Database {
            recipe: self,
            words: Words::new(self.seed),
            clock: 0,
            history: Transactions { realtime: true, ..Transactions::default() },
            versions: vec![Vec::new(); keys as usize],
            active: (0..keys).map(|key| (key, 0)).collect(),
            flights: (0..self.clients.max(1)).map(|_| None).collect(),
            values: 0,
        };
        database.run();
        let Database { mut history, versions, values, .. } = database;
        history.keys = (0..versions.len()).map(|key| key.to_string()).collect();
        history.values = (0..values).map(|value| value.to_string()).collect();
        history
    }
}

impl Database {
    fn run(&mut self) {
        loop {
            let client = self.words.below(self.flights.len() as u32) as usize;
            self.clock += 1;
            match self.flights[client].take() {
                None if self.history.txns.len() < self.recipe.transactions as usize => {
                    self.flights[client] = Some(self.begin(client));
                }
                None => {}
                Some(mut flight) => {
                    let instant = self.recipe.isolation == Isolation::StrictSerializable;
                    let length = self.history.txns[flight.place].ops.len();
                    if instant && flight.next == 0 {
                        (flight.began, flight.next) = (self.clock, length);
                        (0..length).for_each(|op| self.read(flight.place, op, self.clock));
                        self.install(flight.place);
                        self.flights[client] = Some(flight);
                    } else if flight.next < length {
                        let at = match self.recipe.isolation {
                            Isolation::Snapshot => flight.began,
                            Isolation::StrictSerializable | Isolation::ReadCommitted => self.clock,
                        };
                        self.read(flight.place, flight.next, at);
                        flight.next += 1;
                        self.flights[client] = Some(flight);
                    } else {
                        self.commit(&flight, instant);
                    }
                }
            }
            let idle = self.flights.iter().all(Option::is_none);
            if idle && self.history.txns.len() == self.recipe.transactions as usize {
                return;
            }
        }
    }

    fn begin(&mut self, client: usize) -> Flight {
        let length = 1 + self.words.below(self.recipe.ops_max);
        let ops = (0..length).map(|_| self.draw()).collect();
        let place = self.history.txns.len();
        self.history.txns.push(Txn {
            process: Process::of_client(client as u32 + 1),
            line: self.clock,
            invoked: self.clock,
            completed: None,
            outcome: TxnOutcome::Unknown,
            ops,
        });
        Flight { place, began: self.clock, next: 0 }
    }

    fn draw(&mut self) -> TxnOp {
        let slot = self.words.below(self.active.len() as u32) as usize;
        let key = self.active[slot].0;
        match (self.words.below(2) == 0, self.recipe.lists) {
            (true, true) => return TxnOp::List { key, values: None },
            (true, false) => return TxnOp::Read { key, value: None },
            (false, _) => {}
        }
        let value = self.values;
        self.values += 1;
        self.active[slot].1 += 1;
        if self.active[slot].1 >= self.recipe.writes_per_key {
            self.active[slot] = (self.versions.len() as u32, 0);
            self.versions.push(Vec::new());
        }
        match self.recipe.lists {
            true => TxnOp::Append { key, value },
            false => TxnOp::Write { key, value },
        }
    }

    /// Gives a read its value, as of instant `at` and with the transaction's own writes.
    fn read(&mut self, place: usize, op: usize, at: u64) {
        let txn = &mut self.history.txns[place];
        let (before, rest) = txn.ops.split_at_mut(op);
        match &mut rest[0] {
            TxnOp::Append { .. } | TxnOp::Write { .. } => {}
            TxnOp::List { key, values } => {
                let committed = self.versions[*key as usize].iter();
                let committed = committed.filter(|version| version.0 < at).map(|version| version.1);
                let own = before.iter().filter_map(|op| match op {
                    TxnOp::Append { key: other, value } if other == key => Some(*value),
                    _ => None,
                });
                *values = Some(committed.chain(own).collect());
            }
            TxnOp::Read { key, value } => {
                let mut versions = self.versions[*key as usize].iter().rev();
                let committed = versions.find(|version| version.0 < at).map(|version| version.1);
                let own = before.iter().rev().find_map(|op| match op {
                    TxnOp::Write { key: other, value } if other == key => Some(*value),
                    _ => None,
                });
                *value = Some(own.or(committed));
            }
        }
    }

    fn commit(&mut self, flight: &Flight, installed: bool) {
        let ops = &self.history.txns[flight.place].ops;
        let newer = ops.iter().any(|op| match op {
            TxnOp::Append { key, .. } | TxnOp::Write { key, .. } => {
                self.versions[*key as usize].last().is_some_and(|last| last.0 >= flight.began)
            }
            TxnOp::List { .. } | TxnOp::Read { .. } => false,
        });
        let txn = &mut self.history.txns[flight.place];
        if newer && self.recipe.isolation == Isolation::Snapshot {
            txn.outcome = TxnOutcome::Aborted;
            return;
        }
        txn.outcome = TxnOutcome::Committed;
        txn.completed = Some(self.clock);
        if !installed {
            self.install(flight.place);
        }
    }

    fn install(&mut self, place: usize) {
        for op in &self.history.txns[place].ops {
            if let TxnOp::Append { key, value } | TxnOp::Write { key, value } = op {
                self.versions[*key as usize].push((self.clock, *value));
            }
        }
    }
}
