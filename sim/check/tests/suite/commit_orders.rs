//! Isolation levels by the axioms of Biswas and Enea, over all orders of commits: the levels of the
//! crate agree with them on many small histories.

use squall_check::txn::{
    Anomaly, AnomalyKind as Kind, Assume, Isolation, Level, LevelVerdict, Report, Transactions,
    Txn, TxnOp, TxnOutcome, TxnRecipe, analyze, verify_anomaly,
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
    /// Pairs of the order of appends, as lists show it.
    shown: Vec<Vec<bool>>,
    /// The same, closed.
    past: Vec<Vec<bool>>,
}

impl<'t> Axioms<'t> {
    fn new(history: &'t Transactions) -> Self {
        let count = history.txns.len();
        let writer = |key: u32, value: u32| {
            let (write, append) = (TxnOp::Write { key, value }, TxnOp::Append { key, value });
            let wrote = |txn: &Txn| txn.ops.contains(&write) || txn.ops.contains(&append);
            history.txns.iter().position(wrote)
        };
        let (mut reads, mut writes) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        let mut base = vec![vec![false; count]; count];
        for (id, txn) in history.txns.iter().enumerate() {
            for op in &txn.ops {
                match *op {
                    TxnOp::Write { key, .. } | TxnOp::Append { key, .. } => writes[id].push(key),
                    TxnOp::List { key, values: Some(ref values) } => {
                        let strangers = values.iter().filter_map(|&value| writer(key, value));
                        let from = strangers.rev().find(|&from| from != id);
                        reads[id].push((key, values.last().copied(), from));
                        if let Some(from) = from {
                            base[from][id] = true;
                        }
                    }
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
        let shown = shown(history, &writer);
        Axioms { history, reads, writes, base, shown, past }
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
                let before = self.base[one][two] || self.shown[one][two] || realtime;
                if before && at[one] >= at[two] {
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

/// Who appended before whom: elements of a list before later ones, and before those that it lacks.
fn shown(history: &Transactions, writer: &dyn Fn(u32, u32) -> Option<usize>) -> Vec<Vec<bool>> {
    let count = history.txns.len();
    let mut shown = vec![vec![false; count]; count];
    let appends = |key: u32| {
        history.txns.iter().flat_map(|txn| &txn.ops).filter_map(move |op| match *op {
            TxnOp::Append { key: other, value } if other == key => Some(value),
            _ => None,
        })
    };
    for op in history.txns.iter().flat_map(|txn| &txn.ops) {
        let TxnOp::List { key, values: Some(values) } = op else { continue };
        for (place, &value) in values.iter().enumerate() {
            let missing = appends(*key).filter(|other| !values.contains(other));
            for later in values[place + 1..].iter().copied().chain(missing) {
                if let (Some(one), Some(two)) = (writer(*key, value), writer(*key, later))
                    && one != two
                {
                    shown[one][two] = true;
                }
            }
        }
    }
    shown
}

/// A small history that may break any level, half of them on purpose.
fn small(seed: u64, lists: bool) -> Transactions {
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
        lists,
        isolation,
    };
    let mut history = recipe.make();
    history.txns.retain(|txn| txn.outcome == TxnOutcome::Committed);
    if words.below(2) == 0 {
        misread(&mut history, &mut words);
    }
    history
}

/// Lets one read see another value of the same key, or a shorter or longer list.
fn misread(history: &mut Transactions, words: &mut Words) {
    let mut written: Vec<(u32, u32)> = Vec::new();
    for op in history.txns.iter().flat_map(|txn| &txn.ops) {
        if let TxnOp::Write { key, value } | TxnOp::Append { key, value } = *op {
            written.push((key, value));
        }
    }
    let mut reads = Vec::new();
    for (id, txn) in history.txns.iter().enumerate() {
        let mut own = Vec::new();
        for (place, op) in txn.ops.iter().enumerate() {
            match op {
                TxnOp::Write { key, .. } | TxnOp::Append { key, .. } => own.push(*key),
                TxnOp::Read { key, .. } | TxnOp::List { key, .. } if !own.contains(key) => {
                    reads.push((id, place, *key));
                }
                TxnOp::Read { .. } | TxnOp::List { .. } => {}
            }
        }
    }
    if reads.is_empty() {
        return;
    }
    let (id, place, key) = reads[words.below(reads.len() as u32) as usize];
    let of_key: Vec<u32> = written.iter().filter(|pair| pair.0 == key).map(|pair| pair.1).collect();
    match &mut history.txns[id].ops[place] {
        TxnOp::Read { value, .. } if !of_key.is_empty() => {
            *value = Some(Some(of_key[words.below(of_key.len() as u32) as usize]));
        }
        TxnOp::List { values: Some(values), .. } => {
            let others: Vec<u32> =
                of_key.into_iter().filter(|value| !values.contains(value)).collect();
            match words.below(2) == 0 && !others.is_empty() {
                true => values.push(others[words.below(others.len() as u32) as usize]),
                false => values.truncate(values.len().saturating_sub(1)),
            }
        }
        _ => {}
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
                TxnOp::Append { key, value } => format!(" a{key}={value}"),
                TxnOp::List { key, values } => format!(" r{key}={values:?}"),
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
        !matches!(
            anomaly.kind,
            Kind::Internal
                | Kind::FutureRead
                | Kind::G1a
                | Kind::G1b
                | Kind::IncompatibleOrder
                | Kind::DuplicateElements
        )
    })
}

/// Whether lists show what each other transaction appended whole and in one piece: the axioms know
/// only the last element.
fn is_whole(history: &Transactions) -> bool {
    let appended = |txn: &Txn, wanted: u32| -> Vec<u32> {
        let appends = txn.ops.iter().filter_map(|op| match *op {
            TxnOp::Append { key, value } if key == wanted => Some(value),
            _ => None,
        });
        appends.collect()
    };
    history.txns.iter().enumerate().all(|(reader, txn)| {
        txn.ops.iter().all(|op| {
            let TxnOp::List { key, values: Some(values) } = op else { return true };
            history.txns.iter().enumerate().all(|(id, other)| {
                let own = appended(other, *key);
                let piece = || values.windows(own.len()).any(|piece| piece == own);
                id == reader || !own.iter().any(|value| values.contains(value)) || piece()
            })
        })
    })
}

fn check(seeds: std::ops::Range<u64>, lists: bool) -> [(u32, u32, u32); LEVELS.len()] {
    let mut counts = [(0, 0, 0); LEVELS.len()];
    for seed in seeds {
        let history = small(seed, lists);
        let report = analyze(&history, Assume::default(), Budget::default());
        if !is_sane(&report) || !is_whole(&history) {
            continue;
        }
        for anomaly in &report.anomalies {
            let proof = verify_anomaly(&history, Assume::default(), anomaly);
            proof.unwrap_or_else(|flaw| {
                panic!("seed {seed}: {flaw}: {anomaly:?} {}", show(&history))
            });
            if anomaly.kind == Kind::NotSerializable {
                let fewer = Anomaly { txns: anomaly.txns[1..].to_vec(), ..anomaly.clone() };
                let proof = verify_anomaly(&history, Assume::default(), &fewer);
                assert!(proof.is_err(), "seed {seed}: all are needed: {anomaly:?}");
            }
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

fn check_all(lists: bool) {
    let counts = check(0..crate::at_least(3000), lists);
    for (level, (held, broken, undecided)) in LEVELS.into_iter().zip(counts) {
        println!("{level}: {held} held, {broken} broken, {undecided} undecided");
        assert!(held > 100 && broken > 10, "{level}: {held} held, {broken} broken");
        assert!(!lists || undecided * 50 < held, "{level}: {undecided} undecided");
    }
}

#[test]
fn levels_of_registers_agree_with_the_axioms() {
    check_all(false);
}

#[test]
fn levels_of_lists_agree_with_the_axioms() {
    check_all(true);
}
