//! `squall explain`: how a violation came about, what of it was needed, when it became inevitable,
//! and the nearest run that passes.
//!
//! The invariant: what is printed is an [`Explanation`], which `--json` prints as it is.

use crate::catalogue::Catalogue;
use crate::console::{Console, Paint};
use crate::exit::{Exit, Stop};
use crate::heading::heading;
use crate::run::watchdog;
use crate::shrink::{Given, given};
use crate::space_time::diagram;
use crate::words::{WIDTH, cut, wrapped_words};
use squall_engine::plan::Plan;
use squall_engine::scenario::Document;
use squall_engine::subject::{Planner, Subject};
use squall_explore::execute;
use squall_explore::explain::{
    Explanation, Ingredient, IngredientKind, Moment, Nearest, Without, explain as explain_run,
};
use squall_explore::repro::Origin;
use squall_explore::shrink::ShrinkError;
use squall_watch::Watchdog;
use std::time::Duration;

/// What `explain` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ExplainArgs {
    /// A repro, best one that `shrink` wrote, or with --seed a scenario or its file.
    #[arg(value_name = "REPRO|NAME|FILE")]
    pub(crate) what: String,
    /// The seed of the failing run, decimal or 0x….
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) seed: Option<String>,
    /// Set a key of the scenario, such as network.loss=5%.
    #[arg(long = "set", value_name = "K=V", requires = "seed")]
    pub(crate) sets: Vec<String>,
    /// How long a handler may take on this machine before the run is given up.
    #[arg(long, value_name = "TIME", default_value = "60s")]
    pub(crate) patience: String,
    /// Print JSON: one object on one line.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn explain(
    catalogue: &Catalogue,
    options: &ExplainArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let mut watchdog = watchdog(&options.patience)?;
    let Given { subject, plan, origin, called } =
        given(catalogue, &options.what, options.seed.as_deref(), &options.sets)?;
    if !options.json {
        console.line(&console.paint.name(&heading(&called, &plan)))?;
        console.flush()?;
    }
    let planner = planner(subject, &origin);
    let found = explained(subject, &plan, planner.as_ref(), &called, console, &mut watchdog)?;
    if options.json {
        let text = serde_json::to_string(&found).expect("an explanation is plain data");
        console.line(&text)?;
        return Ok(Exit::Fine);
    }
    for line in page(&found, console.paint) {
        console.line(&line)?;
    }
    Ok(Exit::Fine)
}

/// The scenario that a plan came from, if it can still be read: faults are then drawn anew too.
fn planner<'a>(subject: &'a dyn Subject, origin: &Origin) -> Option<Planner<'a>> {
    let mut document = Document::parse(&origin.scenario, &origin.text).ok()?;
    origin.sets.iter().try_for_each(|set| document.set(set)).ok()?;
    Planner::new(subject, document).ok()
}

/// Explains with a line of progress.
fn explained(
    subject: &dyn Subject,
    plan: &Plan,
    planner: Option<&Planner<'_>>,
    called: &str,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Explanation, Stop> {
    let clock = console.clock;
    let mut shown = Duration::ZERO;
    let mut run = |plan: &Plan, reader: Option<&mut dyn squall_engine::trace::Reader>| {
        execute(subject, plan.clone(), reader, clock, watchdog).map(|ran| ran.report)
    };
    let mut progress = |what: &str, done: u64, of: u64| {
        let now = clock();
        if now.saturating_sub(shown) > Duration::from_millis(100) {
            shown = now;
            console.progress(&format!("{what} · {done} of {of}"));
        }
    };
    let found = explain_run(subject, plan, planner, &mut run, &mut progress);
    console.progress("");
    found.map_err(|error| match error {
        ShrinkError::Plan(error) => error.into(),
        ShrinkError::Nothing(ending) => {
            Stop::Words(format!("{called}: nothing to explain: the run ended `{ending}`"))
        }
    })
}

/// The whole page.
fn page(found: &Explanation, paint: Paint) -> Vec<String> {
    let violation = &found.violation;
    let (event, at) = (violation.event, violation.at);
    let mut lines = vec![String::new()];
    let head = paint.bad(&found.signature);
    lines.push(format!("{head} at {event}, {at} ms simulated"));
    let sentence = wrapped_words(violation.sentence.trim(), WIDTH - 2);
    lines.extend(sentence.iter().map(|line| format!("  {line}")));
    lines.push(format!("  fingerprint {}", found.fingerprint));
    section(&mut lines, "space-time", paint);
    lines.extend(diagram(found, paint));
    section(&mut lines, "story", paint);
    lines.extend(story(found, paint));
    section(&mut lines, "needed", paint);
    lines.extend(needed(&found.ingredients));
    section(&mut lines, "inevitable", paint);
    lines.extend(inevitable(found));
    section(&mut lines, "nearest run that passes", paint);
    match &found.nearest {
        Some(nearest) => lines.extend(side_by_side(nearest)),
        None => lines.push("  none differs in one decision".to_string()),
    }
    lines
}

fn section(lines: &mut Vec<String>, title: &str, paint: Paint) {
    lines.extend([String::new(), paint.name(title)]);
}

/// The steps as sentences, with their times; `-` marks those without which it fails all the same.
fn story(found: &Explanation, paint: Paint) -> Vec<String> {
    let mut lines = Vec::new();
    if found.cut > 0 {
        lines.push(paint.faint(&format!("  ({} steps before and between are cut)", found.cut)));
    }
    for (index, step) in found.story.iter().enumerate() {
        let spare =
            found.ingredients.iter().any(|one| one.event == Some(step.event) && !one.is_needed());
        let mark = match (step.event == found.violation.event, spare) {
            (true, _) => ">",
            (false, true) => "-",
            (false, false) => " ",
        };
        let front = format!("{mark}{:>3}. {:>12}  ", index + 1, step.at.to_string());
        let told = cut(&format!("{} ({})", step.sentence(), step.event), WIDTH + 10);
        let line = format!("{front}{told}");
        lines.push(if mark == ">" { paint.name(&line) } else { line });
    }
    lines
}

/// What comes of the run without each ingredient.
fn needed(ingredients: &[Ingredient]) -> Vec<String> {
    let word = |kind| match kind {
        IngredientKind::Fault => "fault",
        IngredientKind::Operation => "operation",
        IngredientKind::Delivery => "delivery",
        IngredientKind::Override => "message",
    };
    let without = |without: &Without| match without {
        Without::Same => "not needed".to_string(),
        Without::Passes => "needed".to_string(),
        Without::Other(signature) => format!("needed: without it {signature}"),
        Without::Undecided => "without it the run cannot be judged".to_string(),
    };
    let line = |one: &Ingredient| {
        let event = one.event.map(|event| format!(" ({event})")).unwrap_or_default();
        let what = cut(&format!("{}{event}", one.what), 70);
        format!("  {:<10} {what:<70} {}", word(one.kind), without(&one.without))
    };
    ingredients.iter().map(line).collect()
}

/// The share of runs that still fail, along the run.
fn inevitable(found: &Explanation) -> Vec<String> {
    let moments = &found.moments;
    let draws = moments.first().map_or(0, |moment| moment.runs);
    let mut lines = vec![format!(
        "  the share of {draws} runs that still fail if all after an event is drawn anew"
    )];
    let bars: String = moments.iter().map(bar).collect();
    lines.push(format!("  {bars}  from the beginning to {}", found.violation.event));
    for jump in &found.jumps {
        let (before, after) = (jump.before, jump.after);
        let next = after.event.0 == before.event.0 + 1;
        let place = match next {
            true => format!("{}", after.event),
            false => format!("{} to {}", before.event, after.event),
        };
        let shares = format!("{:>4} -> {:>4}", percent(&before), percent(&after));
        lines.push(cut(&format!("  {shares}  {place:<14} {}", jump.what), WIDTH + 10));
    }
    let sampled = |moment: &Moment| format!("{} {}", moment.event, percent(moment));
    let table: Vec<String> = moments.iter().map(sampled).collect();
    let table = crate::words::wrapped_list(&table, WIDTH - 2);
    lines.extend(table.into_iter().map(|line| format!("  {line}")));
    lines
}

fn percent(moment: &Moment) -> String {
    format!("{}%", (u64::from(moment.failing) * 100).checked_div(moment.runs.into()).unwrap_or(0))
}

fn bar(moment: &Moment) -> char {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = BARS.len() as u32 - 1;
    BARS[(moment.failing * most).checked_div(moment.runs).unwrap_or(0) as usize]
}

/// The two runs from where they part.
fn side_by_side(nearest: &Nearest) -> Vec<String> {
    let half = WIDTH / 2 - 3;
    let line = |line: &squall_explore::explain::Line| {
        cut(&format!("{} {} {}", line.event, line.at, line.text), half)
    };
    let mut lines =
        vec![format!("  {}; the two part at {}", nearest.change, nearest.parting), String::new()];
    lines.extend(nearest.common.iter().map(|one| format!("  {}", line(one))));
    lines.push(format!("  {:<half$} │ {}", "fails", "passes"));
    let rows = nearest.fails.len().max(nearest.passes.len());
    for row in 0..rows {
        let side = |side: &[squall_explore::explain::Line]| side.get(row).map(line);
        let left = side(&nearest.fails).unwrap_or_default();
        let right = side(&nearest.passes).unwrap_or_default();
        lines.push(format!("  {left:<half$} │ {right}").trim_end().to_string());
    }
    lines
}
