//! What a sweep says when it ends.
//!
//! The invariant: groups come worst first, and every group that is news has a complete command.

use super::files::{exit, lacks};
use crate::console::{Console, Paint};
use crate::exit::{Exit, Stop};
use crate::json::VERSION;
use crate::log::one_line;
use crate::tally;
use crate::verdict::row;
use crate::words::{WIDTH, count, cut, number, quoted, span};
use serde_json::{Value, json};
use squall_explore::sweep::{Finding, LaneSummary, State, Summary};
use squall_explore::{Judgement, Tally};

/// How many groups get a command of their own.
const COMMANDS: usize = 3;

/// How a sweep is told.
pub(super) struct Telling<'a> {
    /// Its folder.
    pub(super) out: &'a str,
    pub(super) json: bool,
    /// The complete command that does it again.
    pub(super) command: String,
}

/// Prints what came of a sweep.
pub(super) fn report(
    summary: &Summary,
    telling: &Telling<'_>,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    if telling.json {
        for group in &summary.groups {
            console.line(&group_json(group, telling, console).to_string())?;
        }
        return console.line(&summary_json(summary, telling).to_string());
    }
    let paint = console.paint;
    let mut lines = vec![String::new(), verdict(summary, paint)];
    lines.extend(summary.groups.iter().enumerate().flat_map(|(i, group)| told(i, group, paint)));
    lines.extend(match summary.lanes.as_slice() {
        [lane] => rows(&lane.tally, paint),
        lanes => {
            let width = lanes.iter().map(|lane| name(lane).chars().count()).max().unwrap_or(0);
            lanes.iter().map(|lane| lane_line(lane, width, paint)).collect()
        }
    });
    lines.extend(commands(summary, telling, console));
    lines.iter().try_for_each(|line| console.line(line))
}

fn verdict(summary: &Summary, paint: Paint) -> String {
    let all: u64 = summary.lanes.iter().map(|lane| lane.tally.runs).sum();
    let all = count(all, "run");
    let news: Vec<&Finding> = summary.groups.iter().filter(|group| group.is_news()).collect();
    let expected: u64 = summary.lanes.iter().map(|lane| lane.tally.as_expected).sum();
    let not_come = summary.lanes.iter().filter(|lane| lane.tally.not_come()).count();
    let head = match exit(summary) {
        _ if !news.is_empty() => {
            let groups = count(news.len() as u64, "group");
            let runs = news.iter().map(|group| group.runs).sum::<u64>();
            let head = paint.bad(&format!("{groups} of failures"));
            format!("{head} in {} of {all}", number(runs))
        }
        Exit::Fine if expected > 0 => {
            let head = paint.good("VIOLATED as expected");
            format!("{head}: in {} of {all}", number(expected))
        }
        Exit::Fine => format!("{}: {all}", paint.good("passed")),
        _ if not_come > 0 => {
            let of = match summary.lanes.len() {
                1 => String::new(),
                lanes => format!(" in {not_come} of {}", count(lanes as u64, "scenario")),
            };
            let head = paint.bad(&format!("the expected violation did not come{of}"));
            format!("{head}: {all}")
        }
        _ => format!("{}: {all}", paint.bad("passed, but covered too little")),
    };
    match summary.state {
        State::Interrupted => format!("{}, {head}", paint.odd("interrupted")),
        State::Running | State::Finished => head,
    }
}

/// A group: what, where, how often, and in a sentence.
fn told(index: usize, group: &Finding, paint: Paint) -> Vec<String> {
    let note = match group.judgement {
        _ if group.known => ", known",
        Judgement::AsExpected => ", as expected",
        Judgement::Otherwise => ", otherwise than expected",
        Judgement::Violated | Judgement::Undecided | Judgement::OutOfSteps => "",
        Judgement::Passed | Judgement::NotCome => unreachable!("a run that passed is in no group"),
    };
    let signature = match group.is_news() {
        true => paint.bad(&group.signature),
        false => paint.good(&group.signature),
    };
    let runs = count(group.runs, "run");
    let shortest = format!("the shortest seed {}, {}", group.seed, count(group.events, "event"));
    let place = &group.scenario;
    let sentence = cut(&one_line(&group.sentence), WIDTH - 5);
    vec![
        format!("{:>3}  {signature}{note} · {place} · {runs}, {shortest}", index + 1),
        format!("     {sentence}"),
    ]
}

fn rows(tally: &Tally, paint: Paint) -> Vec<String> {
    let rows = tally::seen(tally).into_iter().filter(|(_, items)| !items.is_empty());
    std::iter::once(String::new())
        .chain(rows.flat_map(|(label, items)| row(label, &items, paint)))
        .collect()
}

fn name(lane: &LaneSummary) -> String {
    let cell: String = lane.cell.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    format!("{}{cell}", lane.scenario)
}

/// What came of one of several lanes.
fn lane_line(lane: &LaneSummary, width: usize, paint: Paint) -> String {
    let tally = &lane.tally;
    let runs = count(tally.runs, "run");
    let failed = tally.runs - tally.passed - tally.as_expected;
    let head = match () {
        () if tally.runs == 0 => paint.odd("not run"),
        () if failed > 0 => paint.bad(&format!("{} did not pass", number(failed))),
        () if tally.not_come() => paint.bad("the expected violation did not come"),
        () if lacks(lane) => paint.bad("covered too little"),
        () if tally.as_expected > 0 => {
            paint.good(&format!("VIOLATED as expected in {}", number(tally.as_expected)))
        }
        () => paint.good("passed"),
    };
    let took = match tally.wall_ns {
        0 => String::new(),
        wall => format!(" in {}", span(wall)),
    };
    format!("  {:<width$}  {head}, {runs}{took}", name(lane))
}

/// What to do next.
fn commands(summary: &Summary, telling: &Telling<'_>, console: &Console<'_>) -> Vec<String> {
    let groups = summary.groups.iter().filter(|group| group.is_news() || !group.known);
    let mut commands: Vec<String> =
        groups.take(COMMANDS).map(|group| again(group, telling, console)).collect();
    if !summary.groups.iter().any(Finding::is_news) && exit(summary) != Exit::Fine {
        commands.push(telling.command.clone());
    }
    let line = |command| format!("{}   {command}", console.paint.name("again"));
    let blank = (!commands.is_empty()).then(String::new);
    blank.into_iter().chain(commands.into_iter().map(line)).collect()
}

/// The command that runs a group's shortest run.
fn again(group: &Finding, telling: &Telling<'_>, console: &Console<'_>) -> String {
    format!("{} run {}", console.program, quoted(&plan_file(group, telling.out)))
}

/// The file of a group's plan.
pub(super) fn plan_file(group: &Finding, out: &str) -> String {
    format!("{}/{}.json", out.trim_end_matches('/'), group.stem())
}

fn group_json(group: &Finding, telling: &Telling<'_>, console: &Console<'_>) -> Value {
    json!({
        "version": VERSION,
        "kind": "group",
        "scenario": group.scenario,
        "signature": group.signature,
        "expected": group.judgement == Judgement::AsExpected,
        "known": group.known,
        "runs": group.runs,
        "seed": group.seed.to_string(),
        "varied": group.varied.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
        "events": group.events,
        "sentence": group.sentence,
        "file": plan_file(group, telling.out),
        "again": again(group, telling, console),
    })
}

fn summary_json(summary: &Summary, telling: &Telling<'_>) -> Value {
    let sum = |part: fn(&Tally) -> u64| -> u64 {
        summary.lanes.iter().map(|lane| part(&lane.tally)).sum()
    };
    json!({
        "version": VERSION,
        "kind": "sweep",
        "state": summary.state,
        "first_seed": summary.swept.first_seed.to_string(),
        "last_seed": summary.swept.last_seed.to_string(),
        "runs": sum(|tally| tally.runs),
        "passed": sum(|tally| tally.passed),
        "as_expected": sum(|tally| tally.as_expected),
        "groups": summary.groups.len(),
        "events": sum(|tally| tally.events),
        "simulated_ns": sum(|tally| tally.simulated_ns),
        "out": telling.out,
        "exit": summary.exit,
    })
}
