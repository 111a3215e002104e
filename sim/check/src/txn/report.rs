//! The whole judgement on a history of transactions.
//!
//! The invariant: a level without an anomaly against it is `Ok` only if its order of versions is
//! known, or an exact search found an order; else it is `Undecided`.

use super::anomaly::{Anomaly, AnomalyKind};
use super::append::{self, Findings};
use super::classify::{cycle_with_gaps, cycles};
use super::graph::{Edge, EdgeKind, Graph, PROCESS, WR, WW};
use super::level::Level;
use super::order::{process_edges, realtime_edges};
use super::weak::{self, Visible};
use super::{Assume, Transactions, Txn, TxnOp, TxnOutcome, register};
use crate::history::{Completion, History, Operation};
use crate::linear::{explain, linearizable};
use crate::model::Model;
use crate::verdict::{Budget, Evidence, Verdict};
use std::collections::BTreeMap;
use std::fmt;

/// What is known about one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelVerdict {
    /// The history is consistent with it.
    Ok,
    /// It is not.
    Violated,
    /// It is not known.
    Undecided,
}

/// Everything found in a history.
#[derive(Clone, Debug)]
pub struct Report {
    /// What is wrong, the gravest first.
    pub anomalies: Vec<Anomaly>,
    /// Every level.
    pub levels: Vec<(Level, LevelVerdict)>,
}

/// The judgement on one level.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Whether it holds.
    pub verdict: LevelVerdict,
    /// The anomalies that rule it out.
    pub against: Vec<Anomaly>,
}

impl Report {
    /// What is known about `level`.
    #[must_use]
    pub fn at(&self, level: Level) -> LevelVerdict {
        let found = self.levels.iter().find(|entry| entry.0 == level);
        found.map_or(LevelVerdict::Undecided, |entry| entry.1)
    }

    /// The strongest levels that hold: those that no other one that holds implies.
    #[must_use]
    pub fn strongest(&self) -> Vec<Level> {
        let held: Vec<Level> = self
            .levels
            .iter()
            .filter(|(_, verdict)| *verdict == LevelVerdict::Ok)
            .map(|(level, _)| *level)
            .collect();
        let implied =
            |level: &Level| held.iter().any(|other| other != level && other.covers(*level));
        held.iter().copied().filter(|level| !implied(level)).collect()
    }

    /// The weakest levels that do not hold, each with an anomaly that rules it out.
    #[must_use]
    pub fn ruled_out(&self) -> Vec<(Level, &Anomaly)> {
        let lost: Vec<Level> = self
            .levels
            .iter()
            .filter(|(_, verdict)| *verdict == LevelVerdict::Violated)
            .map(|(level, _)| *level)
            .collect();
        let weaker =
            |level: &Level| lost.iter().any(|other| other != level && level.covers(*other));
        let lost = lost.iter().copied().filter(|level| !weaker(level));
        lost.filter_map(|level| {
            let against = self.anomalies.iter().find(|anomaly| level.forbids(anomaly.kind))?;
            Some((level, against))
        })
        .collect()
    }

    /// The kinds of anomalies, each once, with how often it is written out.
    #[must_use]
    pub fn kinds(&self) -> BTreeMap<AnomalyKind, usize> {
        let mut kinds = BTreeMap::new();
        for anomaly in &self.anomalies {
            *kinds.entry(anomaly.kind).or_default() += 1;
        }
        kinds
    }
}

/// Finds the anomalies of `history` and judges every level by them. Registers whose order of
/// versions is not known are searched for a serial order for as long as `budget` lasts.
#[must_use]
pub fn analyze(history: &Transactions, assume: Assume, budget: Budget) -> Report {
    let (mut findings, graph) = dependencies(history, assume);
    let mut anomalies = std::mem::take(&mut findings.anomalies);
    anomalies.extend(cycles(&graph));
    weak_levels(history, &findings, &graph, &mut anomalies);
    let serial = serial(history, &findings, &anomalies, assume, budget);
    if let Some(Serial::Impossible(txns)) = &serial {
        let sentence = format!(
            "no serial order has all of {}, whatever others it has.",
            super::names(history, txns)
        );
        let (kind, txns, cycle) = (AnomalyKind::NotSerializable, txns.clone(), Vec::new());
        anomalies.push(Anomaly { kind, txns, cycle, sentence });
    }
    let guessed = if anomalies.is_empty() { None } else { guessed(history, &findings) };
    anomalies.sort_by_key(|anomaly| anomaly.kind);
    for anomaly in anomalies.iter_mut().filter(|anomaly| !anomaly.cycle.is_empty()) {
        anomaly.sentence = sentence(history, &anomaly.cycle);
    }
    let levels = Level::ALL.into_iter().map(|level| {
        let violated = anomalies.iter().any(|anomaly| level.forbids(anomaly.kind));
        let polynomial = matches!(
            level,
            Level::ReadUncommitted
                | Level::ReadCommitted
                | Level::MonotonicAtomicView
                | Level::ReadAtomic
                | Level::CursorStability
                | Level::Causal
        );
        let verdict = match (violated, &serial) {
            (true, _) => LevelVerdict::Violated,
            (false, _) if level == Level::StrictSerializable && !history.realtime => {
                LevelVerdict::Undecided
            }
            (false, None) if guessed.as_ref().is_some_and(|graph| conflicts(graph, level)) => {
                LevelVerdict::Undecided
            }
            (false, None) => LevelVerdict::Ok,
            (false, Some(Serial::Order(reached))) if reached.covers(level) => LevelVerdict::Ok,
            (false, Some(_)) if polynomial => LevelVerdict::Ok,
            (false, Some(_)) => LevelVerdict::Undecided,
        };
        (level, verdict)
    });
    Report { levels: levels.collect(), anomalies }
}

/// The graph of dependencies with guesses at the order of appends that nobody read, if there are
/// such.
fn guessed(history: &Transactions, findings: &Findings) -> Option<Graph> {
    let edges = [&findings.edges[..], &findings.guesses].concat();
    (!findings.guesses.is_empty()).then(|| Graph::new(history.txns.len(), &edges))
}

/// Whether guesses have a level of snapshots broken: another order of what nobody read might keep
/// it. Of the other levels, which ask nothing of writes in conflict, none depends on that order.
fn conflicts(graph: &Graph, level: Level) -> bool {
    let kinds = match level {
        Level::Snapshot | Level::ParallelSnapshot => WW | WR,
        Level::StrongSessionSnapshot => WW | WR | PROCESS,
        _ => return false,
    };
    cycle_with_gaps(graph, kinds, kinds).is_some()
}

/// Judges `history` by one level.
#[must_use]
pub fn judge(history: &Transactions, level: Level, assume: Assume, budget: Budget) -> Judgement {
    let report = analyze(history, assume, budget);
    let verdict = report.at(level);
    let against = report.anomalies.into_iter().filter(|anomaly| level.forbids(anomaly.kind));
    Judgement { verdict, against: against.collect() }
}

fn dependencies(history: &Transactions, assume: Assume) -> (Findings, Graph) {
    let lists = history
        .txns
        .iter()
        .flat_map(|txn| &txn.ops)
        .any(|op| matches!(op, TxnOp::Append { .. } | TxnOp::List { .. }));
    let mut findings =
        if lists { append::findings(history) } else { register::findings(history, assume) };
    let (live, edges) = (&findings.live, &mut findings.edges);
    process_edges(history, live, edges);
    if history.realtime {
        realtime_edges(history, live, edges);
    }
    let graph = Graph::new(history.txns.len(), &findings.edges);
    (findings, graph)
}

/// Levels that cycles of known dependencies do not decide.
fn weak_levels(
    history: &Transactions,
    findings: &Findings,
    graph: &Graph,
    anomalies: &mut Vec<Anomaly>,
) {
    // Where all orders of versions are known, what breaks these levels is a cycle without adjacent
    // anti-dependencies, which has been found already.
    let apart = |kind: AnomalyKind| match kind {
        AnomalyKind::G0(reach)
        | AnomalyKind::G1c(reach)
        | AnomalyKind::GSingle(reach)
        | AnomalyKind::GNonadjacent(reach) => reach != super::Reach::Realtime,
        _ => false,
    };
    if findings.complete && !anomalies.iter().any(|anomaly| apart(anomaly.kind)) {
        return;
    }
    for (visible, kind) in [
        (Visible::EarlierReads, AnomalyKind::NonMonotonicView),
        (Visible::Reads, AnomalyKind::FracturedRead),
        (Visible::Past, AnomalyKind::CausalViolation),
    ] {
        if let Some(cycle) = weak::cycle(history, findings, visible) {
            let data = cycle.iter().all(|edge| edge.kind == EdgeKind::WriteRead);
            let kind = if data { AnomalyKind::G1c(super::Reach::Data) } else { kind };
            let known = anomalies.iter().any(|anomaly| anomaly.kind == kind);
            if !data || !known {
                let txns = cycle.iter().map(|edge| edge.from).collect();
                anomalies.push(Anomaly { kind, txns, cycle, sentence: String::new() });
            }
        }
    }
    if let Some(cycle) = cycle_with_gaps(graph, WR | PROCESS, WW | WR | PROCESS) {
        let kind = AnomalyKind::PrefixViolation;
        let txns = cycle.iter().map(|edge| edge.from).collect();
        anomalies.push(Anomaly { kind, txns, cycle, sentence: String::new() });
    }
}

/// How many transactions are searched without an order of real time to help.
const CONCURRENT_MAX: usize = 64;

/// How long each search for fewer transactions without an order may take.
const WINDOW_BUDGET: u64 = 100_000;

/// What the exact search says, where the order of versions is not known.
enum Serial {
    /// There is an order at this level.
    Order(Level),
    /// There is none at all that has these transactions.
    Impossible(Vec<u32>),
    /// The budget ran out, or other anomalies made it pointless.
    Unknown,
}

fn serial(
    history: &Transactions,
    findings: &Findings,
    anomalies: &[Anomaly],
    assume: Assume,
    budget: Budget,
) -> Option<Serial> {
    if findings.complete {
        return None;
    }
    if anomalies.iter().any(|anomaly| Level::Serializable.forbids(anomaly.kind)) {
        return Some(Serial::Unknown);
    }
    // The search knows registers alone.
    let is_list = |op: &TxnOp| matches!(op, TxnOp::Append { .. } | TxnOp::List { .. });
    if history.txns.iter().flat_map(|txn| &txn.ops).any(is_list) {
        return Some(Serial::Unknown);
    }
    let operations = |realtime| as_operations(history, findings, assume, realtime);
    let found = |realtime| linearizable::<SerialTxns>(&operations(realtime), budget);
    Some(match found(true) {
        Verdict::Ok(_) if history.realtime => Serial::Order(Level::StrictSerializable),
        Verdict::Ok(_) => Serial::Order(Level::Serializable),
        // Without real time everything is open at once, which few transactions bear.
        Verdict::Violated(_) | Verdict::Undecided if history.txns.len() > CONCURRENT_MAX => {
            Serial::Unknown
        }
        Verdict::Violated(_) | Verdict::Undecided => match found(false) {
            Verdict::Ok(_) => Serial::Order(Level::Serializable),
            Verdict::Violated(why) => {
                Serial::Impossible(without_order(history, findings, &operations(false), &why))
            }
            Verdict::Undecided => Serial::Unknown,
        },
    })
}

/// The fewest transactions that no serial order has, as far as is soon seen.
fn without_order(
    history: &Transactions,
    findings: &Findings,
    operations: &History<SerialTxn, Committed>,
    why: &Evidence,
) -> Vec<u32> {
    let live = |id: &u32| findings.live[*id as usize];
    let live: Vec<u32> = (0..history.txns.len() as u32).filter(live).collect();
    let committed = |id: &u32| history.txns[*id as usize].outcome == TxnOutcome::Committed;
    match explain::<SerialTxns>(operations, why, Budget(WINDOW_BUDGET)) {
        Some(explanation) => explanation.window.iter().map(|index| live[index.get()]).collect(),
        None => live.into_iter().filter(committed).collect(),
    }
}

/// Transactions as operations on one map.
struct SerialTxns;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SerialTxn(Vec<(u32, bool, Option<u32>)>);

impl fmt::Display for SerialTxn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transaction of {} operations", self.0.len())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Committed;

impl fmt::Display for Committed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("committed")
    }
}

impl Model for SerialTxns {
    type Operation = SerialTxn;
    type Answer = Committed;
    type State = BTreeMap<u32, u32>;

    fn initial() -> BTreeMap<u32, u32> {
        BTreeMap::new()
    }

    fn step(
        state: &BTreeMap<u32, u32>,
        operation: &SerialTxn,
        _: Option<&Committed>,
    ) -> Option<BTreeMap<u32, u32>> {
        let mut next = state.clone();
        for &(key, writes, value) in &operation.0 {
            match (writes, value) {
                (true, Some(value)) => {
                    next.insert(key, value);
                }
                _ if next.get(&key).copied() != value => return None,
                _ => {}
            }
        }
        Some(next)
    }

    fn read_only(operation: &SerialTxn, _: &Committed) -> bool {
        operation.0.iter().all(|op| !op.1)
    }
}

fn as_operations(
    history: &Transactions,
    findings: &Findings,
    assume: Assume,
    realtime: bool,
) -> History<SerialTxn, Committed> {
    let end = 4 * history.txns.len() as u64 + 4;
    let mut serial = History::default();
    let txns = (0_u32..).zip(&history.txns);
    for (id, txn) in txns.filter(|&(id, _)| findings.live[id as usize]) {
        let operation = SerialTxn(operations(txn, findings, assume));
        let bare = txn.completed.is_some_and(|at| at <= txn.invoked);
        let known = realtime && history.realtime && !bare;
        let invoked = if known { txn.invoked } else { 0 };
        let completion = match (txn.outcome, txn.completed) {
            (TxnOutcome::Committed, Some(at)) => {
                let at = if known { at } else { end + u64::from(id) };
                Completion::Ok { at, answer: Committed }
            }
            _ => Completion::Unknown,
        };
        serial.operations.push(Operation { process: txn.process, invoked, operation, completion });
    }
    serial
}

fn operations(txn: &Txn, findings: &Findings, assume: Assume) -> Vec<(u32, bool, Option<u32>)> {
    let written = |key: u32, value: Option<u32>| {
        value.is_none_or(|value| findings.writers.contains_key(&(key, value)))
    };
    txn.ops
        .iter()
        .filter_map(|op| match *op {
            TxnOp::Write { key, value } => Some((key, true, Some(value))),
            TxnOp::Read { key, value: Some(value) } if assume.closed || written(key, value) => {
                Some((key, false, value))
            }
            _ => None,
        })
        .collect()
}

/// A cycle in words.
fn sentence(history: &Transactions, cycle: &[Edge]) -> String {
    let words: Vec<String> = cycle.iter().map(|edge| reason(history, edge)).collect();
    words.join("; ")
}

/// Why one transaction is before another, in words.
fn reason(history: &Transactions, edge: &Edge) -> String {
    let (from, to) = (super::names(history, &[edge.from]), format!("T{}", edge.to + 1));
    let key = edge.key.map_or("", |key| &history.keys[key as usize]);
    let value = |value: Option<u32>| {
        value.map_or("the initial value", |value| &history.values[value as usize])
    };
    match edge.kind {
        EdgeKind::WriteWrite if edge.after.is_some() && edge.before.is_some() => format!(
            "{from} wrote {} to {key} before {to} wrote {}",
            value(edge.before),
            value(edge.after)
        ),
        EdgeKind::WriteWrite => {
            format!(
                "{from} wrote {key} before {to} wrote {}, or it would have been seen",
                value(edge.after)
            )
        }
        EdgeKind::WriteRead => {
            format!("{from} wrote {} to {key}, which {to} read", value(edge.before))
        }
        EdgeKind::ReadWrite => {
            let after =
                edge.after.map_or(String::new(), |_| format!(" with {}", value(edge.after)));
            format!("{from} read {} of {key}, which {to} replaced{after}", value(edge.before))
        }
        EdgeKind::Process => format!("{from} came before {to} in the same process"),
        EdgeKind::Realtime => format!("{from} had completed before {to} began"),
    }
}
