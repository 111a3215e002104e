//! What `--json` prints.
//!
//! The invariant: every object has `version` and `kind`; seeds and digests are strings, since they
//! do not fit the numbers of every reader.

use crate::exit::Exit;
use serde_json::{Map, Value, json};
use squall_engine::measure::Distribution;
use squall_engine::run::Ending;
use squall_engine::sim::{Progress, Standing};
use squall_explore::Ran;
use squall_explore::judgement::ending_word;

/// The version of these objects.
pub(crate) const VERSION: u32 = 1;

/// One run.
pub(crate) fn run(called: &str, ran: &Ran, again: &str) -> Value {
    let outcome = &ran.report.outcome;
    let stats = &outcome.stats;
    let heading = &ran.plan.scenario;
    let measures: Map<String, Value> =
        stats.measures.iter().map(|measure| (measure.name.clone(), reported(measure))).collect();
    let varied: Map<String, Value> =
        ran.plan.varied.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
    json!({
        "version": VERSION,
        "kind": "run",
        "scenario": called,
        "protocol": heading.protocol,
        "seed": ran.plan.seed.to_string(),
        "outcome": ending_word(&outcome.ending),
        "expected": heading.expect.as_ref().map(|expect| &expect.violated),
        "exit": Exit::from(ran.judgement).code(),
        "violation": violation(ran),
        "reason": reason(&outcome.ending),
        "events": outcome.events,
        "simulated_ns": outcome.simulated.as_nanos(),
        "wall_ns": ran.wall_ns,
        "digest": outcome.digest.to_string(),
        "operations": {
            "ok": stats.ok,
            "unknown": stats.unknown,
            "failed": stats.failed,
            "latency_ns": distribution(&stats.latency),
        },
        "messages": { "sent": stats.sent, "delivered": stats.delivered, "lost": stats.lost },
        "faults": outcome.strikes,
        "chances": outcome.chances,
        "properties": outcome.standings.iter().map(standing).collect::<Vec<Value>>(),
        "varied": varied,
        "measures": measures,
        "unfired": outcome.unfired,
        "unsampled": outcome.unsampled,
        "again": again,
    })
}

fn violation(ran: &Ran) -> Value {
    let Ending::Violated(violation) = &ran.report.outcome.ending else { return Value::Null };
    json!({
        "property": violation.property,
        "reason": violation.reason,
        "signature": violation.signature(),
        "sentence": violation.sentence,
        "event": violation.event,
        "at_ns": violation.at.as_nanos(),
        "witnesses": violation.witnesses,
        "panicked_at": ran.panicked_at,
    })
}

/// Why a run was not judged.
fn reason(ending: &Ending) -> Option<&str> {
    match ending {
        Ending::Passed | Ending::Violated(_) => None,
        Ending::Undecided(why) | Ending::OutOfSteps(why) => Some(why),
    }
}

fn standing(standing: &Standing) -> Value {
    let (progress, event, looks) = match standing.progress {
        Progress::Held(looks) => ("held", None, Some(looks)),
        Progress::Reached(event) => ("reached", Some(event), None),
        Progress::NotReached => ("not_reached", None, None),
        Progress::NotDue => ("not_due", None, None),
        Progress::Failed => ("failed", None, None),
    };
    json!({
        "name": standing.name,
        "form": standing.form,
        "progress": progress,
        "event": event,
        "looks": looks,
    })
}

fn reported(measure: &squall_engine::sim::Reported) -> Value {
    let unit = if measure.time { "ns" } else { "number" };
    let samples = distribution(&measure.samples);
    json!({ "unit": unit, "count": measure.count, "samples": samples })
}

/// A distribution; null without samples.
pub(crate) fn distribution(samples: &Distribution) -> Value {
    let Some(max) = samples.max() else { return Value::Null };
    json!({
        "count": samples.count(),
        "min": samples.min(),
        "mean": samples.mean(),
        "p50": samples.quantile(500),
        "p90": samples.quantile(900),
        "p99": samples.quantile(990),
        "p999": samples.quantile(999),
        "max": max,
    })
}
