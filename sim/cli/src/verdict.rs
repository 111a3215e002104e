//! The verdict on one run, to be understood in one look.
//!
//! The invariant: what passed takes at most 15 lines, the heading included.

use crate::console::Paint;
use crate::faults::struck;
use crate::story::Story;
use crate::words::{WIDTH, count, number, rate, ratio, span, spread, wrapped_list, wrapped_words};
use squall_engine::chance::Chances;
use squall_engine::measure::Distribution;
use squall_engine::monitor::Form;
use squall_engine::run::Ending;
use squall_engine::scenario::tables::Consistency;
use squall_engine::sim::{Progress, Violation};
use squall_engine::subject::Subject;
use squall_explore::{Judgement, Ran};

/// How wide the labels of the rows are.
const LABEL: usize = 12;

/// Everything that a verdict tells.
pub(crate) struct Page<'a> {
    pub(crate) subject: &'a dyn Subject,
    pub(crate) ran: &'a Ran,
    pub(crate) story: Option<&'a Story>,
    /// The command that repeats the run.
    pub(crate) again: &'a str,
    /// The command that tries many seeds, unless a repro was run.
    pub(crate) more: Option<&'a str>,
    /// The command that makes the run smaller, unless a repro was run.
    pub(crate) smaller: Option<&'a str>,
}

/// The lines of the verdict, after the heading.
pub(crate) fn verdict(page: &Page<'_>, paint: Paint) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.extend(opening(page, paint));
    if let Some(story) = page.story {
        lines.push(String::new());
        lines.extend(story.lines(paint));
        lines.push(String::new());
    }
    if let Some(roles) = page.story.map(|story| &story.roles).filter(|roles| !roles.is_empty()) {
        lines.extend(row("roles", roles, paint));
    }
    for (label, items) in rows(page) {
        lines.extend(row(label, &items, paint));
    }
    lines.extend(commands(page, paint));
    lines
}

/// What to do next about a run that did not just pass.
fn commands(page: &Page<'_>, paint: Paint) -> Vec<String> {
    let again = ("again", page.again);
    let commands = match page.ran.judgement {
        Judgement::Passed => return Vec::new(),
        Judgement::NotCome => {
            std::iter::once(again).chain(page.more.map(|more| ("more", more))).collect()
        }
        Judgement::AsExpected | Judgement::Violated | Judgement::Otherwise => {
            let smaller = page.smaller.map(|smaller| ("smaller", smaller));
            std::iter::once(again).chain(smaller).collect()
        }
        Judgement::Undecided | Judgement::OutOfSteps => vec![again],
    };
    let line = |(name, command)| format!("{}{command}", paint.name(&format!("{name:<8}")));
    std::iter::once(String::new()).chain(commands.into_iter().map(line)).collect()
}

/// The verdict itself, and what is wrong in a sentence.
fn opening(page: &Page<'_>, paint: Paint) -> Vec<String> {
    let outcome = &page.ran.report.outcome;
    let simulated = span(outcome.simulated.as_nanos());
    let expected = page.ran.plan.scenario.expect.as_ref().map(|expect| &*expect.violated);
    let expected = expected.unwrap_or_default();
    let took = match page.ran.wall_ns {
        0 => format!("{simulated} simulated"),
        wall => format!("{simulated} simulated in {}", span(wall)),
    };
    match (&outcome.ending, page.ran.judgement) {
        (Ending::Violated(violation), judgement) => violated(page, violation, judgement, paint),
        (Ending::Undecided(why), _) => {
            vec![format!("{}: {why}; {took}", paint.odd("UNDECIDED"))]
        }
        (Ending::OutOfSteps(why), _) => {
            vec![format!("{}: {why}; {took}", paint.odd("OUT OF STEPS"))]
        }
        (Ending::Passed, Judgement::NotCome) => {
            let head = paint.odd("passed, but a violation was expected");
            vec![format!("{head}: {expected} held; {took}")]
        }
        (Ending::Passed, _) => vec![format!("{}: {took}", paint.good("passed"))],
    }
}

fn violated(
    page: &Page<'_>,
    violation: &Violation,
    judgement: Judgement,
    paint: Paint,
) -> Vec<String> {
    let expected = page.ran.plan.scenario.expect.as_ref().map(|expect| &*expect.violated);
    let head = match judgement {
        Judgement::AsExpected => paint.good("VIOLATED as expected"),
        Judgement::Otherwise => {
            let expected = expected.unwrap_or_default();
            paint.bad(&format!("VIOLATED otherwise than expected ({expected})"))
        }
        _ => paint.bad("VIOLATED"),
    };
    let Violation { property, event, at, .. } = violation;
    let mut lines = vec![format!("{head}: {property} at {event}, {at} ms simulated")];
    let mut sentence = violation.sentence.trim().to_string();
    if let Some(place) = page.ran.panicked_at.as_ref().filter(|_| property == "panic") {
        sentence = format!("{sentence}, at {place}");
    }
    if !sentence.ends_with(['.', '?', '!']) {
        sentence.push('.');
    }
    lines.extend(wrapped_words(&sentence, WIDTH - 2).iter().map(|line| format!("  {line}")));
    lines
}

/// The facts below: a label and what it says.
fn rows(page: &Page<'_>) -> Vec<(&'static str, Vec<String>)> {
    let ran = page.ran;
    let mut rows = vec![("operations", operations(ran)), ("faults", faults(ran))];
    let drew = |(key, value): &(String, String)| format!("{key} = {value}");
    rows.push(("drew", ran.plan.varied.iter().map(drew).collect()));
    rows.extend(properties(page));
    rows.push(("not pulled", ran.report.outcome.unfired.clone()));
    rows.push(("taken", points(ran)));
    rows.push(("measures", measures(ran)));
    rows.push(("no sample", ran.report.outcome.unsampled.clone()));
    rows.push(("events", events(ran)));
    rows.retain(|(_, items)| !items.is_empty());
    rows
}

/// A row, wrapped below its first item.
pub(crate) fn row(label: &str, items: &[String], paint: Paint) -> Vec<String> {
    let lines = wrapped_list(items, WIDTH - LABEL - 2);
    let label = |index: usize| if index == 0 { label } else { "" };
    let line = |(index, line): (usize, &String)| {
        let label = format!("{:<LABEL$}", label(index));
        format!("  {}{line}", paint.faint(&label))
    };
    lines.iter().enumerate().map(line).collect()
}

/// Fault points that were taken: how often, of how often they were reached.
fn points(ran: &Ran) -> Vec<String> {
    let taken = ran.report.outcome.chances.iter().filter(|chance| chance.taken > 0);
    let told = |chance: &Chances| {
        format!("{} {} of {}", chance.name, number(chance.taken), number(chance.reached))
    };
    taken.map(told).collect()
}

fn operations(ran: &Ran) -> Vec<String> {
    let stats = &ran.report.outcome.stats;
    if stats.operations() == 0 {
        let sent = format!("none; {} sent", count(stats.sent, "message"));
        return vec![sent, format!("{} lost", number(stats.lost))];
    }
    let mut items = ended([stats.ok, stats.unknown, stats.failed], &stats.latency);
    let each = ratio(stats.sent, stats.operations());
    let last = items.pop().unwrap_or_default();
    items.push(format!("{last}; {each} messages each"));
    items
}

/// Operations by how they ended, and how long they took: `61 ok`, `3 unknown`, ….
pub(crate) fn ended([ok, unknown, failed]: [u64; 3], latency: &Distribution) -> Vec<String> {
    let mut items = vec![format!("{} ok", number(ok)), format!("{} unknown", number(unknown))];
    let failed = format!("{} failed", number(failed));
    match spread(latency, true) {
        None => items.push(failed),
        Some(told) => {
            let told = format!("{failed}; latency {told}");
            items.extend(told.split(", ").map(str::to_string));
        }
    }
    items
}

fn faults(ran: &Ran) -> Vec<String> {
    match ran.plan.faults.is_empty() {
        true => Vec::new(),
        false => struck(&ran.report.outcome.strikes),
    }
}

/// The properties by how they stand.
fn properties(page: &Page<'_>) -> Vec<(&'static str, Vec<String>)> {
    let mut held = Vec::new();
    let mut failed = Vec::new();
    let mut reached = Vec::new();
    let mut missed = Vec::new();
    let mut not_due = Vec::new();
    // Of the marks those that the scenario asks for; the others are counted over many seeds.
    let asked = &page.ran.plan.checks.sometimes;
    for standing in &page.ran.report.outcome.standings {
        let name = standing.name.clone();
        if standing.form == Form::Sometimes && !asked.contains(&name) {
            continue;
        }
        match standing.progress {
            Progress::Held(_) => held.push(name),
            Progress::Reached(event) => reached.push(format!("{name} {event}")),
            Progress::NotReached if standing.form == Form::Sometimes => missed.push(name),
            Progress::NotReached | Progress::NotDue => not_due.push(name),
            Progress::Failed => failed.push(name),
        }
    }
    if judged(page) {
        match &page.ran.report.outcome.ending {
            Ending::Passed => held.push("linearizable".to_string()),
            Ending::Undecided(_) | Ending::OutOfSteps(_) => {}
            Ending::Violated(violation) if violation.property == "linearizable" => {
                failed.push(violation.property.clone());
            }
            Ending::Violated(_) => {}
        }
    }
    vec![
        ("failed", failed),
        ("held", held),
        ("reached", reached),
        ("not reached", missed),
        ("not due", not_due),
    ]
}

/// Whether the history of clients is judged.
pub(crate) fn judged(page: &Page<'_>) -> bool {
    let plan = &page.ran.plan;
    let own = || page.subject.facts().consistencies.first().copied();
    let wanted = plan.checks.consistency.or_else(own);
    plan.cluster.clients > 0 && wanted == Some(Consistency::Linearizable)
}

fn measures(ran: &Ran) -> Vec<String> {
    let reported = ran.report.outcome.stats.measures.iter();
    let told = reported.map(|measure| {
        let spread = spread(&measure.samples, measure.time);
        let spread = spread.unwrap_or_else(|| number(measure.count));
        format!("{} {spread}", measure.name)
    });
    told.collect()
}

fn events(ran: &Ran) -> Vec<String> {
    let outcome = &ran.report.outcome;
    vec![happened(outcome.events, ran.wall_ns), format!("digest {}", outcome.digest)]
}

/// `1,204 (630,000/s)`.
pub(crate) fn happened(events: u64, wall_ns: u64) -> String {
    let rate = rate(events, wall_ns).map(|rate| format!(" ({rate})"));
    format!("{}{}", number(events), rate.unwrap_or_default())
}
