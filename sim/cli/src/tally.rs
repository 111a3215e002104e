//! What came of many seeds of one scenario, in words and as JSON.
//!
//! The invariant: sums and what was never seen come from [`Tally`]; nothing is judged here twice.

use crate::console::Paint;
use crate::exit::Exit;
use crate::json::{VERSION, distribution};
use crate::verdict::{ended, happened, row};
use crate::words::{count, number, span};
use serde_json::{Value, json};
use squall_explore::coverage::Seen;
use squall_explore::{Failures, Judgement, Missing, Tally};

/// How many kinds of failure get a command of their own.
const EXAMPLES: usize = 3;

/// The exit code of many runs of one scenario.
pub(crate) fn exit(tally: &Tally) -> Exit {
    let lacking = tally.not_come() || !tally.vacuous().is_empty();
    let lacking = if lacking { Exit::Violated } else { Exit::Fine };
    let failures = tally.failures.values().map(|failures| Exit::from(failures.judgement));
    failures.fold(lacking, Exit::worse)
}

/// Seeds to look at: one for each of the first kinds of failure.
pub(crate) fn examples(tally: &Tally) -> Vec<u64> {
    let expected = |failures: &&Failures| failures.judgement == Judgement::AsExpected;
    let unexpected = tally.failures.values().filter(|failures| !expected(failures));
    let expected = tally.failures.values().filter(expected);
    unexpected.chain(expected).take(EXAMPLES).map(|failures| failures.example).collect()
}

/// A line of progress.
pub(crate) fn progress(tally: &Tally, done: u64, all: u64) -> String {
    let failed = tally.runs - tally.passed;
    let failed = if failed == 0 { String::new() } else { format!(", {failed} did not pass") };
    format!("{} of {}{failed}", number(done), count(all, "seed"))
}

/// The summary.
pub(crate) fn lines(tally: &Tally, paint: Paint) -> Vec<String> {
    let mut lines = vec![String::new(), verdict(tally, paint)];
    for (label, items) in rows(tally) {
        if !items.is_empty() {
            lines.extend(row(label, &items, paint));
        }
    }
    if !tally.failures.is_empty() || exit(tally) != Exit::Fine {
        lines.push(String::new());
    }
    lines
}

fn verdict(tally: &Tally, paint: Paint) -> String {
    let seeds = count(tally.runs, "seed");
    let took = match tally.wall_ns {
        0 => String::new(),
        wall => format!(" in {}", span(wall)),
    };
    let failed = tally.runs - tally.passed - tally.as_expected;
    match exit(tally) {
        Exit::Fine if tally.expects => {
            let share = format!("{} of {seeds}", tally.as_expected);
            format!("{}: in {share}{took}", paint.good("VIOLATED as expected"))
        }
        Exit::Fine => format!("{}: {seeds}{took}", paint.good("passed")),
        _ if failed > 0 => {
            let head = paint.bad(&format!("{failed} of {seeds} did not pass"));
            format!("{head}{took}")
        }
        _ if tally.expects => {
            let head = paint.bad("the expected violation did not come");
            format!("{head}: {seeds}{took}")
        }
        _ => format!("{}: {seeds}{took}", paint.bad("passed, but covered too little")),
    }
}

fn rows(tally: &Tally) -> Vec<(&'static str, Vec<String>)> {
    let failure = |(signature, failure): (&String, &Failures)| {
        let seeds = count(failure.runs, "seed");
        format!("{signature} in {seeds} (such as {})", failure.example)
    };
    let mut rows = vec![("violated", tally.failures.iter().map(failure).collect())];
    rows.extend(seen(tally));
    rows
}

/// What the runs did and did not see.
pub(crate) fn seen(tally: &Tally) -> Vec<(&'static str, Vec<String>)> {
    let coverage = &tally.coverage;
    let of =
        |name: &str, runs: u64| format!("{name} in {} of {}", number(runs), number(tally.runs));
    let point = |(name, seen): (&String, &Seen)| of(name, seen.runs);
    let reached = coverage.reached.iter().filter(|(_, seen)| seen.runs > 0);
    let taken = coverage.chances.iter().filter(|(_, [_, taken])| *taken > 0);
    let chance = |(name, [_, taken]): (&String, &[u64; 2])| of(name, *taken);
    let struck = coverage.kinds.iter().filter(|(_, struck)| **struck > 0);
    let clients = coverage.answered.is_some();
    vec![
        ("operations", if clients { ended(tally.operations, &tally.latency) } else { Vec::new() }),
        ("faults", struck.map(|(kind, struck)| count(*struck, kind)).collect()),
        ("taken", taken.map(chance).collect()),
        ("reached", reached.map(point).collect()),
        ("never", coverage.never().iter().map(Missing::to_string).collect()),
        ("events", vec![happened(tally.events, tally.wall_ns)]),
    ]
}

/// The summary as an object.
pub(crate) fn json(tally: &Tally, called: &str, (first, last): (u64, u64)) -> Value {
    let violated: Vec<Value> = tally
        .failures
        .iter()
        .map(|(signature, failure)| {
            json!({
                "signature": signature,
                "seeds": failure.runs,
                "example": failure.example.to_string(),
                "expected": failure.judgement == Judgement::AsExpected,
            })
        })
        .collect();
    let coverage = &tally.coverage;
    let reached: serde_json::Map<String, Value> =
        coverage.reached.iter().map(|(name, seen)| (name.clone(), seen.runs.into())).collect();
    let vacuous: Vec<String> = tally.vacuous().iter().map(Missing::to_string).collect();
    let [ok, unknown, failed] = tally.operations;
    json!({
        "version": VERSION,
        "kind": "summary",
        "scenario": called,
        "first_seed": first.to_string(),
        "last_seed": last.to_string(),
        "seeds": tally.runs,
        "passed": tally.passed,
        "violated": violated,
        "reached": reached,
        "vacuous": vacuous,
        "operations": {
            "ok": ok,
            "unknown": unknown,
            "failed": failed,
            "latency_ns": distribution(&tally.latency),
        },
        "faults": coverage.kinds,
        "chances": coverage.chances,
        "events": tally.events,
        "wall_ns": tally.wall_ns,
        "exit": exit(tally).code(),
    })
}
