//! Many runs of one command: a line for what went wrong, and a summary.
//!
//! The invariant: whether something was never reached is judged over all seeds of a scenario.

use crate::args::RunArgs;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs::Chosen;
use crate::json;
use crate::log::one_line;
use crate::run::{again, again_many, announce, run_plan};
use crate::tally;
use crate::words::{WIDTH, count, cut};
use squall_engine::run::Ending;
use squall_explore::{Judgement, Ran, Tally};
use squall_watch::Watchdog;
use std::ops::RangeInclusive;
use std::time::Duration;

/// How many failing runs are told one by one.
const TOLD: u64 = 10;

/// All seeds of a range with one scenario.
pub(crate) fn all_seeds(
    chosen: &Chosen<'_>,
    seeds: RangeInclusive<u64>,
    options: &RunArgs,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    let (first, last) = (*seeds.start(), *seeds.end());
    announce(&format!("seeds {first} to {last} · {}", chosen.called), options, console)?;
    let mut tally = Tally::default();
    let width = last.to_string().len();
    let mut told = 0;
    let mut shown = Duration::ZERO;
    for seed in seeds.clone() {
        let plan = chosen.planner.plan(seed)?;
        let ran = run_plan(chosen.planner.subject(), plan, options, console, watchdog)?;
        tally.add(&ran);
        let again = again(console, &chosen.called, seed, options);
        if options.json {
            console.line(&json::run(&chosen.called, &ran, &again).to_string())?;
        } else if is_told(ran.judgement) {
            told += 1;
            if told <= TOLD {
                console.progress("");
                let seed = format!("{seed:>width$}");
                console.line(&format!("  seed {seed}  {}", in_a_line(&ran, width + 7, console)))?;
                console.flush()?;
            }
        }
        let now = (console.clock)();
        if now.saturating_sub(shown) > Duration::from_millis(100) {
            shown = now;
            console.progress(&tally::progress(&tally, seed - first + 1, last - first + 1));
        }
    }
    console.progress("");
    if options.json {
        console.line(&tally::json(&tally, &chosen.called, (first, last)).to_string())?;
    } else {
        if told > TOLD {
            console.line(&format!("  and {} more", told - TOLD))?;
        }
        for line in tally::lines(&tally, console.paint) {
            console.line(&line)?;
        }
        for command in commands(&tally, chosen, &seeds, options, console) {
            console.line(&format!("{}   {command}", console.paint.name("again")))?;
        }
    }
    Ok(tally::exit(&tally))
}

/// What to run again: seeds that failed, or all of them if they failed together.
fn commands(
    tally: &Tally,
    chosen: &Chosen<'_>,
    seeds: &RangeInclusive<u64>,
    options: &RunArgs,
    console: &Console<'_>,
) -> Vec<String> {
    let examples = tally::examples(tally);
    if examples.is_empty() && tally::exit(tally) != Exit::Fine {
        return vec![again_many(console, &chosen.called, seeds, options)];
    }
    let one = |seed: u64| again(console, &chosen.called, seed, options);
    examples.into_iter().map(one).collect()
}

/// One seed with each of several scenarios.
pub(crate) fn one_each(
    all: &[Chosen<'_>],
    seed: u64,
    options: &RunArgs,
    console: &mut Console<'_>,
    watchdog: &mut Watchdog,
) -> Result<Exit, Stop> {
    announce(&format!("seed {seed} · {}", count(all.len() as u64, "scenario")), options, console)?;
    let width = all.iter().map(|chosen| chosen.called.chars().count()).max().unwrap_or(0);
    let mut exit = Exit::Fine;
    let mut repeats = Vec::new();
    for chosen in all {
        console.progress(&chosen.called);
        let plan = chosen.planner.plan(seed)?;
        let ran = run_plan(chosen.planner.subject(), plan, options, console, watchdog)?;
        console.progress("");
        exit = exit.worse(ran.judgement.into());
        let again = again(console, &chosen.called, seed, options);
        if options.json {
            console.line(&json::run(&chosen.called, &ran, &again).to_string())?;
        } else {
            let name = format!("{:<width$}", chosen.called);
            console.line(&format!("  {name}  {}", in_a_line(&ran, width + 2, console)))?;
            console.flush()?;
        }
        if Exit::from(ran.judgement) != Exit::Fine {
            repeats.push(again);
        }
    }
    if !options.json && !repeats.is_empty() {
        console.line("")?;
        for again in repeats {
            console.line(&format!("{}   {again}", console.paint.name("again")))?;
        }
    }
    Ok(exit)
}

/// Whether a run among many has a line of its own.
fn is_told(judgement: Judgement) -> bool {
    judgement.is_bad() || judgement == Judgement::AsExpected
}

/// What came of a run.
fn in_a_line(ran: &Ran, indent: usize, console: &Console<'_>) -> String {
    let paint = console.paint;
    let outcome = &ran.report.outcome;
    let facts = match &outcome.ending {
        Ending::Passed => {
            format!("{}, digest {}", count(outcome.events, "event"), outcome.digest)
        }
        Ending::Violated(violation) => {
            let (property, event) = (&violation.property, violation.event);
            format!("{property} at {event}: {}", violation.sentence)
        }
        Ending::Undecided(why) | Ending::OutOfSteps(why) => why.clone(),
    };
    let head = match ran.judgement {
        Judgement::Passed => "passed",
        Judgement::AsExpected => "VIOLATED as expected",
        Judgement::Violated => "VIOLATED",
        Judgement::Otherwise => "VIOLATED otherwise than expected",
        Judgement::NotCome => "passed, but a violation was expected",
        Judgement::Undecided => "UNDECIDED",
        Judgement::OutOfSteps => "OUT OF STEPS",
    };
    let width = WIDTH.saturating_sub(indent + head.chars().count() + 2);
    let head = match ran.judgement {
        Judgement::Passed | Judgement::AsExpected => paint.good(head),
        Judgement::Violated | Judgement::Otherwise => paint.bad(head),
        Judgement::NotCome | Judgement::Undecided | Judgement::OutOfSteps => paint.odd(head),
    };
    match outcome.ending {
        Ending::Passed => format!("{head}  {facts}"),
        Ending::Violated(_) | Ending::Undecided(_) | Ending::OutOfSteps(_) => {
            format!("{head}  {}", cut(&one_line(&facts), width))
        }
    }
}
