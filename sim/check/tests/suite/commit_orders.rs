//! Isolation levels by the axioms of Biswas and Enea, over all orders of commits: the levels of the
//! crate agree with them on many small histories.

use squall_check::txn::{
    AnomalyKind as Kind, Assume, Isolation, Level, LevelVerdict, Report, Transactions, TxnOp,
    TxnOutcome, TxnRecipe, analyze, verify_anomaly,
};
use squall_check::{Budget, Words};

/// What was read of others: key, value, and who wrote it.
type Reads = Vec<(u32, Option<u32>, Option<usize>)>;

struct Axioms<'t> {
    history: &'t Transactions,
    reads: Vec<Reads>,
    writes: Vec<Vec<u32>>,
    /// Pairs of the order of sessions and of reads.
    base: Vec<Vec<bool>>,
    /// The same, closed.
    past: Vec<Vec<bool>>,
}

impl<'t> Axioms<'t> {
    fn new(history: &'t Transactions) -> Self {
        let count = history.txns.len();
        let writer = |key: u32, value: u32| {
            history.txns.iter().position(|txn| txn.ops.contains(&TxnOp::Write { key, value }))
        };
        let (mut reads, mut writes) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        let mut base = vec![vec![false; count]; count];
        for (id, txn) in history.txns.iter().enumerate() {
            for op in &txn.ops {
                match *op {
                    TxnOp::Write { key, .. } => writes[id].push(key),
                    TxnOp::Read { key, value: Some(value) } if !writes[id].contains(&key) => {
                        let from = value.and_then(|value| writer(key, value));
                        reads[id].push((key, value, from));
                        if let Some(from) = from {
                            base[from][id] = true;
                        }
                    }
                    _ => {}
                }
            }
            for (later, other) in history.txns.iter().enumerate().skip(id + 1) {
                base[id][later] |= other.process == txn.process;
            }
        }
        let mut past = base.clone();
        for middle in 0..count {
            for from in 0..count {
                for to in 0..count {
                    past[from][to] |= past[from][middle] && past[middle][to];
                }
            }
        }
        Axioms { history, reads, writes, base, past }
    }

    /// Whether some order of commits satisfies the axiom of `level`.
    fn hold(&self, level: Level) -> bool {
        let mut order: Vec<usize> = (0..self.history.txns.len()).collect();
        self.permute(&mut order, 0, level)
    }

    fn permute(&self, order: &mut Vec<usize>, fixed: usize, level: Level) -> bool {
        if fixed == order.len() {
            return self.fits(order, level);
        }
        (fixed..order.len()).any(|next| {
            order.swap(fixed, next);
            let found = self.permute(order, fixed + 1, level);
            order.swap(fixed, next);
            found
        })
    }

    fn fits(&self, order: &[usize], level: Level) -> bool {
        let mut at = vec![0; order.len()];
        order.iter().enumerate().for_each(|(place, &txn)| at[txn] = place);
        let txns = &self.history.txns;
        for one in 0..order.len() {
            for two in 0..order.len() {
                let realtime = level == Level::StrictSerializable
                    && txns[one].completed.is_some_and(|done| done < txns[two].invoked);
                if (self.base[one][two] || realtime) && at[one] >= at[two] {
                    return false;
                }
            }
        }
        (0..order.len()).all(|reader| {
            (0..self.reads[reader].len()).all(|place| self.read_fits(&at, reader, place, level))
        })
    }

    /// Nothing visible to the reader comes between what it read and its commit.
    fn read_fits(&self, at: &[usize], reader: usize, place: usize, level: Level) -> bool {
        let (key, _, from) = self.reads[reader][place];
        (0..at.len()).all(|other| {
            let rival = other != reader && Some(other) != from && self.writes[other].contains(&key);
            let before = from.is_some_and(|from| at[other] < at[from]);
            !rival || before || !self.visible(at, other, reader, place, level)
        })
    }

    fn visible(
        &self,
        at: &[usize],
        other: usize,
        reader: usize,
        place: usize,
        level: Level,
    ) -> bool {
        let all = 0..at.len();
        let precedes = |one: usize, two: usize| one == two || at[one] < at[two];
        let prefix = || all.clone().any(|via| precedes(other, via) && self.base[via][reader]);
        match level {
            Level::MonotonicAtomicView => {
                self.reads[reader][..place].iter().any(|read| read.2 == Some(other))
            }
            Level::ReadAtomic => self.base[other][reader],
            Level::Causal => self.past[other][reader],
            Level::Prefix => prefix(),
            Level::StrongSessionSnapshot => {
                prefix()
                    || all.clone().any(|via| {
                        let conflict =
                            self.writes[via].iter().any(|key| self.writes[reader].contains(key));
                        conflict && at[via] < at[reader] && precedes(other, via)
                    })
            }
            _ => at[other] < at[reader],
        }
    }
}

/// A small history of registers that may break any level.
fn small(seed: u64) -> Transactions {
    let mut words = Words::new(seed ^ 0x7a);
    let isolation = match words.below(4) {
        0 => Isolation::StrictSerializable,
        1 => Isolation::Snapshot,
        _ => Isolation::ReadCommitted,
    };
    let recipe = TxnRecipe {
        seed,
        clients: 2 + words.below(2),
        transactions: 2 + words.below(4),
        keys: 1 + words.below(2),
        writes_per_key: 100,
        ops_max: 3,
        lists: false,
        isolation,
    };
    let mut history = recipe.make();
    history.txns.retain(|txn| txn.outcome == TxnOutcome::Committed);
    if words.below(2) == 0 {
        misread(&mut history, &mut words);
    }
    history
}

/// Lets one read see another value of the same key.
fn misread(history: &mut Transactions, words: &mut Words) {
    let mut written: Vec<(u32, u32)> = Vec::new();
    for op in history.txns.iter().flat_map(|txn| &txn.ops) {
        if let TxnOp::Write { key, value } = *op {
            written.push((key, value));
        }
    }
    for txn in &mut history.txns {
        let mut own = Vec::new();
        for op in &mut txn.ops {
            match op {
                TxnOp::Write { key, .. } => own.push(*key),
                TxnOp::Read { key, value } if !own.contains(key) && words.below(3) == 0 => {
                    let of_key: Vec<u32> =
                        written.iter().filter(|pair| pair.0 == *key).map(|pair| pair.1).collect();
                    if !of_key.is_empty() {
                        *value = Some(Some(of_key[words.below(of_key.len() as u32) as usize]));
                    }
                    return;
                }
                _ => {}
            }
        }
    }
}

/// A history in a few lines.
fn show(history: &Transactions) -> String {
    let mut text = String::new();
    for (id, txn) in history.txns.iter().enumerate() {
        text += &format!("\n{id} {} {}-{:?}:", txn.process, txn.invoked, txn.completed);
        for op in &txn.ops {
            text += &match op {
                TxnOp::Read { key, value } => format!(" r{key}={:?}", value.flatten()),
                TxnOp::Write { key, value } => format!(" w{key}={value}"),
                TxnOp::Append { .. } | TxnOp::List { .. } => String::from(" list"),
            };
        }
    }
    text
}

const LEVELS: [Level; 7] = [
    Level::MonotonicAtomicView,
    Level::ReadAtomic,
    Level::Causal,
    Level::Prefix,
    Level::StrongSessionSnapshot,
    Level::StrongSessionSerializable,
    Level::StrictSerializable,
];

/// Reads that no level allows, which the axioms do not speak of.
fn is_sane(report: &Report) -> bool {
    report.anomalies.iter().all(|anomaly| {
        !matches!(anomaly.kind, Kind::Internal | Kind::FutureRead | Kind::G1a | Kind::G1b)
    })
}

fn check(seeds: std::ops::Range<u64>) -> [(u32, u32, u32); LEVELS.len()] {
    let mut counts = [(0, 0, 0); LEVELS.len()];
    for seed in seeds {
        let history = small(seed);
        let report = analyze(&history, Assume::default(), Budget::default());
        if !is_sane(&report) {
            continue;
        }
        let bare = |kind| matches!(kind, Kind::NotSerializable | Kind::CyclicVersions);
        for anomaly in report.anomalies.iter().filter(|one| !bare(one.kind)) {
            let proof = verify_anomaly(&history, Assume::default(), anomaly);
            proof.unwrap_or_else(|flaw| {
                panic!("seed {seed}: {flaw}: {anomaly:?} {}", show(&history))
            });
        }
        let axioms = Axioms::new(&history);
        for (level, count) in LEVELS.into_iter().zip(&mut counts) {
            let truth = axioms.hold(level);
            match report.at(level) {
                LevelVerdict::Undecided => count.2 += 1,
                LevelVerdict::Ok => {
                    assert!(truth, "seed {seed}: {level} accepted: {}", show(&history));
                    count.0 += 1;
                }
                LevelVerdict::Violated => {
                    let why = &report.anomalies;
                    assert!(!truth, "seed {seed}: {level} refused: {why:?} {}", show(&history));
                    count.1 += 1;
                }
            }
        }
    }
    counts
}

#[test]
fn levels_agree_with_the_axioms() {
    let counts = check(0..crate::at_least(3000));
    for (level, (held, broken, undecided)) in LEVELS.into_iter().zip(counts) {
        println!("{level}: {held} held, {broken} broken, {undecided} undecided");
        assert!(held > 100 && broken > 10, "{level}: {held} held, {broken} broken");
    }
}
