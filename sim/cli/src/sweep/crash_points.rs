//! Crashes before every disk effect and send of some nodes: whose they are, and the table of what
//! came of each.
//!
//! The invariant: the file has every point; what is printed joins those in a row that came to the
//! same.

use super::Wanted;
use super::args::SweepArgs;
use crate::console::{Console, Paint};
use crate::exit::Stop;
use crate::json::VERSION;
use crate::words::{count, number};
use serde_json::{Value, json};
use squall_engine::scenario::Roster;
use squall_engine::units::Span;
use squall_explore::Judgement;
use squall_explore::sweep::{CrashPoints, Folder, Lane, Point};

/// How long a node stays down.
const DOWN: Span = Span::secs(1);

/// The crashes that the arguments ask for, if they do.
pub(super) fn wanted(
    options: &SweepArgs,
    wanted: &Wanted,
    lanes: &[Lane<'_>],
) -> Result<Option<CrashPoints>, Stop> {
    let Some(text) = &options.crash_points else { return Ok(None) };
    let wrong = |message: String| Err(Stop::Words(format!("--crash-points {text}: {message}")));
    let [lane] = lanes else {
        return wrong("it goes through one scenario, one cell of a grid".to_string());
    };
    let seed = *wanted.seeds.start();
    if options.seeds.is_some() && seed != *wanted.seeds.end() {
        return wrong(format!("it goes through one seed, such as --seeds {seed}..={seed}"));
    }
    let plan = lane.planner.plan(seed)?;
    let roster = Roster::new(&plan.cluster, &lane.planner.subject().facts().kinds);
    let mut nodes = Vec::new();
    for word in text.split(',').map(str::trim) {
        let members: Vec<String> = match roster.members_of(word) {
            _ if word == "all" => roster.node_names(),
            Some(members) => members.map(|id| roster.name(id)).collect(),
            None => match roster.find(word).filter(|id| !id.is_client()) {
                Some(id) => vec![roster.name(id)],
                None => {
                    let names = roster.node_names().join(", ");
                    return wrong(format!("no node is called `{word}`; there are {names}"));
                }
            },
        };
        nodes.extend(members);
    }
    nodes.dedup();
    Ok(Some(CrashPoints::new(seed, nodes, DOWN)))
}

/// Writes the table to the folder, and tells it.
pub(super) fn tell(
    points: &[Point],
    folder: &Folder,
    as_json: bool,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    folder.write("crash-points.csv", table(points).as_bytes())?;
    match as_json {
        true => points.iter().try_for_each(|point| console.line(&json(point).to_string())),
        false => lines(points, console.paint).iter().try_for_each(|line| console.line(line)),
    }
}

/// The table, as comma-separated values.
fn table(points: &[Point]) -> String {
    let mut text = "node,step,at_ns,outcome,signature\n".to_string();
    for point in points {
        let signature = point.signature.as_deref().unwrap_or_default();
        let Point { node, step, at_ns, .. } = point;
        text.push_str(&format!("{node},{step},{at_ns},{},{signature}\n", outcome(point)));
    }
    text
}

/// A point as an object.
fn json(point: &Point) -> Value {
    json!({
        "version": VERSION,
        "kind": "crash_point",
        "node": point.node,
        "step": point.step,
        "at_ns": point.at_ns,
        "outcome": outcome(point),
        "signature": point.signature,
        "skipped": point.skipped,
    })
}

/// The table in lines, points in a row that came to the same in one.
fn lines(points: &[Point], paint: Paint) -> Vec<String> {
    let alike = |one: &Point, other: &Point| {
        (&one.node, outcome(one), &one.signature) == (&other.node, outcome(other), &other.signature)
    };
    let mut lines = vec![String::new(), count(points.len() as u64, "crash point")];
    for row in points.chunk_by(alike) {
        let (first, last) = (&row[0], &row[row.len() - 1]);
        let steps = match first.step == last.step {
            true => number(first.step),
            false => format!("{} to {}", number(first.step), number(last.step)),
        };
        let told = match &first.signature {
            None => paint.good(outcome(first)),
            Some(signature) => paint.bad(&format!("{} {signature}", outcome(first))),
        };
        lines.push(format!("  {} before step {steps:<16}  {told}", first.node));
    }
    lines
}

fn outcome(point: &Point) -> &'static str {
    match point.judgement {
        _ if point.skipped.is_some() => "skipped",
        Judgement::Passed | Judgement::NotCome => "passed",
        Judgement::AsExpected => "violated as expected",
        Judgement::Violated | Judgement::Otherwise => "violated",
        Judgement::Undecided => "undecided",
        Judgement::OutOfSteps => "out of steps",
    }
}
