//! `squall replay`: a run that is opened to be walked through.
//!
//! The invariant: a trace is opened without its protocol; everything else is run again, which
//! gives the same.

use crate::args::{ReplayArgs, SourceArgs};
use crate::catalogue::Catalogue;
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::words::quoted;
use crate::{export, inputs, repro_file, seeds};
use squall_engine::plan::Plan;
use squall_engine::subject::Subject;
use squall_explore::execute;
use squall_replay::{Depth, Look, Options, Recording, SMALLEST, Taker, View};
use squall_watch::Watchdog;
use std::fs::File;
use std::io;
use std::time::Duration;

/// How long a handler may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run that was opened, and the words of a command line that open it.
pub(crate) struct Opened {
    pub(crate) recording: Recording,
    /// What stands after the name of a command: `raft/partition --seed 3`.
    pub(crate) words: String,
}

/// Shows a run.
pub(crate) fn replay(
    catalogue: &Catalogue,
    options: &ReplayArgs,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let size = size(&options.size)?;
    if !options.headless && !console.out_is_terminal {
        let message = "replay needs a terminal; --headless prints one screen as text";
        return Err(Stop::Words(message.to_string()));
    }
    let Opened { recording, words } = open(catalogue, &options.source, console)?;
    let mut view = View::open(&recording, &format!("{} replay {words}", console.program));
    if let Some(at) = options.at {
        view.cursor = export::event(&recording, at)?;
    }
    if options.headless {
        view.remark = None;
        let look = Look { depth: Depth::None, ascii: options.ascii };
        let drawn = squall_replay::picture(&recording, &view, size, look);
        console.say(&squall_replay::as_text(&drawn))?;
        return Ok(Exit::Fine);
    }
    let depth = if console.paint.is_on() { depth(console) } else { Depth::None };
    let look = Look { depth, ascii: options.ascii };
    console.flush()?;
    let mouse = options.mouse;
    squall_replay::show(&recording, view, Options { look, mouse })
        .map_err(|error| Stop::Words(format!("the terminal refuses: {error}")))?;
    Ok(Exit::Fine)
}

/// Opens a trace, a plan, or a scenario with a seed.
pub(crate) fn open(
    catalogue: &Catalogue,
    source: &SourceArgs,
    console: &mut Console<'_>,
) -> Result<Opened, Stop> {
    let called = source.source.as_str();
    let words = quoted(called);
    let alone = called.ends_with(".trace") || called.ends_with(repro_file::END);
    if alone && (source.seed.is_some() || !source.sets.is_empty()) {
        let message = format!("{called} says everything itself: leave out --seed and --set");
        return Err(Stop::Words(message));
    }
    if called.ends_with(".trace") {
        return Ok(Opened { recording: trace(called)?, words });
    }
    if called.ends_with(repro_file::END) {
        let (subject, repro) = repro_file::read(catalogue, called)?;
        let recording = record(subject, repro.plan, console)?;
        return Ok(Opened { recording, words });
    }
    let Some(seed) = &source.seed else {
        let message = format!("{called} is a scenario: say which run of it with --seed N");
        return Err(Stop::Words(message));
    };
    let seed = seeds::seed(seed)?;
    let chosen = inputs::chosen(catalogue, &[called.to_string()], &source.sets)?;
    let [chosen] = chosen.as_slice() else {
        let message = format!("{called} stands for several scenarios; one run is opened at a time");
        return Err(Stop::Words(message));
    };
    let plan = chosen.planner.plan(seed)?;
    let recording = record(chosen.planner.subject(), plan, console)?;
    let sets: String = source.sets.iter().map(|set| format!(" --set {}", quoted(set))).collect();
    Ok(Opened { recording, words: format!("{words} --seed {seed}{sets}") })
}

fn trace(path: &str) -> Result<Recording, Stop> {
    let file = File::open(path).map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_string(),
            io::ErrorKind::PermissionDenied => "it may not be read".to_string(),
            _ => error.to_string(),
        };
        Stop::Words(format!("cannot read {path}: {reason}"))
    })?;
    squall_replay::read(file).map_err(|error| Stop::Words(format!("{path}: {error}")))
}

fn record(subject: &dyn Subject, plan: Plan, console: &mut Console<'_>) -> Result<Recording, Stop> {
    let mut taker = Taker::new(&plan, &subject.facts().kinds);
    let mut watchdog = Watchdog::new(PATIENCE, |stuck| {
        eprintln!("squall: {stuck}");
        std::process::exit(i32::from(Exit::Undecided.code()));
    });
    let ran = execute(subject, plan, Some(&mut taker), console.clock, &mut watchdog)?;
    taker.finish(&ran.report).map_err(Stop::Words)
}

/// Reads `120x36`.
fn size(text: &str) -> Result<(u16, u16), Stop> {
    let parts = text.split_once('x').and_then(|(width, height)| {
        Some((width.parse::<u16>().ok()?, height.parse::<u16>().ok()?))
    });
    let fits =
        |(width, height): &(u16, u16)| (1..=1000).contains(width) && (1..=1000).contains(height);
    parts.filter(fits).ok_or_else(|| {
        let (width, height) = SMALLEST;
        Stop::Words(format!(
            "--size {text}: expected columns and rows up to 1000, such as 120x36; the least that \
             shows anything is {width}x{height}"
        ))
    })
}

/// How many colours the environment says that the terminal has.
fn depth(console: &Console<'_>) -> Depth {
    let says = |name: &str, words: &[&str]| {
        let value = (console.environment)(name).unwrap_or_default();
        words.iter().any(|word| value.contains(word))
    };
    if says("COLORTERM", &["truecolor", "24bit"]) {
        Depth::True
    } else if says("TERM", &["256", "kitty", "alacritty", "direct"]) {
        Depth::Palette
    } else {
        Depth::Sixteen
    }
}
