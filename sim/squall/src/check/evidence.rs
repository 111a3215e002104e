//! What is left of a run that went wrong: the smallest run that goes wrong in the same way, its
//! story, and both as files in the target folder.
//!
//! The invariant: what is shown and written comes from another run of a plan, and whoever reads is
//! told if that went another way.

use super::failure::Row;
use super::{around, memory, runs};
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::sim::Violation;
use squall_engine::subject::{PlanError, Report, Subject};
use squall_engine::trace::{Reader, Scene};
use squall_explore::repro::{Origin, Repro};
use squall_explore::shrink::{Size, shrink};
use squall_explore::story::Teller;
use squall_explore::trace_file::TraceFile;
use squall_explore::{Ran, execute};
use squall_watch::Watchdog;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What there is to see of a run.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// How small it was made, what is wrong with it, and the events that led there, one a line.
    pub(super) story: Vec<String>,
    /// What was written where, or why not.
    pub(super) rows: Vec<Row>,
}

/// Makes a run as small as it can be, tells it, and writes it down.
pub(super) fn gather(subject: &dyn Subject, ran: &Ran, origin: Origin) -> Evidence {
    let mut scene = Gathering { subject, watchdog: runs::watchdog(), told: Evidence::default() };
    let small = violation(&ran.report).and_then(|_| scene.smaller(&ran.plan));
    let (plan, first) = match &small {
        Some((plan, report)) => (plan, report),
        None => (&ran.plan, &ran.report),
    };
    match place(&ran.plan) {
        Ok(stem) => scene.write(plan, first, origin, &stem),
        Err(words) => {
            scene.told.rows.push(Row::new("trace", format!("not written: {words}")));
            scene.tell(plan, first, None);
        }
    }
    scene.told
}

/// What is said of a protocol whose runs are not functions of their plans.
const LEAK: &str = "a second run of the same plan went another way: the protocol's code reads \
                    something that differs from run to run, such as the order of a HashMap, a \
                    clock, an address or a static";

struct Gathering<'a> {
    subject: &'a dyn Subject,
    watchdog: Watchdog,
    told: Evidence,
}

impl Gathering<'_> {
    /// A smaller plan that shows the same, and what came of it.
    fn smaller(&mut self, plan: &Plan) -> Option<(Plan, Report)> {
        let (subject, watchdog) = (self.subject, &mut self.watchdog);
        let mut run =
            |plan: &Plan, reader: Option<&mut dyn Reader>| report(subject, plan, reader, watchdog);
        let shrunk = shrink(subject, plan, &mut run, &mut |_, _, _| {}).ok()?;
        let report = run(&shrunk.plan, None).ok()?;
        let sentence = violation(&report)?.sentence.clone();
        let (before, after) = (size(&shrunk.before), size(&shrunk.after));
        self.told.story.push(format!("  the same with {after}, before it was {before}:"));
        self.told.story.push(format!("  {sentence}"));
        Some((shrunk.plan, report))
    }

    /// Writes repro and trace beside each other, and tells the story.
    fn write(&mut self, plan: &Plan, first: &Report, origin: Origin, stem: &Path) {
        if violation(first).is_some() {
            let path = stem.with_added_extension("json");
            let written = self.repro(plan, origin, &path);
            self.told.rows.push(Row::new("repro", told(&path, written)));
        }
        let path = stem.with_added_extension("trace");
        let kinds = self.subject.facts().kinds;
        match TraceFile::begin(&path.display().to_string(), plan, &kinds) {
            Ok(trace) => self.tell(plan, first, Some((trace, path))),
            Err(error) => {
                self.told.rows.push(Row::new("trace", format!("not written: {error}")));
                self.tell(plan, first, None);
            }
        }
    }

    fn repro(&mut self, plan: &Plan, origin: Origin, path: &Path) -> Result<(), String> {
        let (subject, watchdog) = (self.subject, &mut self.watchdog);
        let repro = Repro::record(plan.clone(), origin, &mut |plan, reader| {
            report(subject, plan, Some(reader), watchdog)
        });
        let text = repro.map_err(|error| error.to_string())?.text();
        let beside = path.with_added_extension(format!("{}.part", std::process::id()));
        let written = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
        written.map_err(|error| error.to_string())
    }

    /// Runs the plan once more while the trace is written and the story read.
    fn tell(&mut self, plan: &Plan, first: &Report, trace: Option<(TraceFile, PathBuf)>) {
        let (mut trace, path) = trace.unzip();
        let mut teller = violation(first).map(Teller::new);
        let mut both = Both { trace: trace.as_mut(), teller: teller.as_mut() };
        let second = match report(self.subject, plan, Some(&mut both), &mut self.watchdog) {
            Ok(second) => second,
            Err(error) => return self.told.rows.push(Row::new("trace", error.to_string())),
        };
        if let (Some(trace), Some(path)) = (trace, path) {
            let written = trace.finish(&second).map_err(|error| error.to_string());
            self.told.rows.push(Row::new("trace", told(&path, written)));
        }
        if second.outcome.digest != first.outcome.digest {
            self.told.rows.push(Row::new("unsure", LEAK));
        }
        let story = teller.map(|teller| teller.story(first, &second).lines(str::to_string));
        if let Some(lines) = story {
            self.told.story.push(String::new());
            self.told.story.extend(lines);
        }
    }
}

/// Runs a plan; nobody asks how long it takes.
fn report(
    subject: &dyn Subject,
    plan: &Plan,
    reader: Option<&mut dyn Reader>,
    watchdog: &mut Watchdog,
) -> Result<Report, PlanError> {
    let ran = execute(subject, plan.clone(), reader, &|| Duration::ZERO, watchdog);
    ran.map(|ran| ran.report)
}

fn violation(report: &Report) -> Option<&Violation> {
    match &report.outcome.ending {
        Ending::Violated(violation) => Some(violation),
        Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => None,
    }
}

fn size(size: &Size) -> String {
    let Size { events, faults, operations, .. } = size;
    format!("{events} events, {faults} faults and {operations} operations")
}

/// Where a file is, or why it is not.
fn told(path: &Path, written: Result<(), String>) -> String {
    match written {
        Ok(()) => path.display().to_string(),
        Err(words) => format!("not written: {}: {words}", path.display()),
    }
}

/// Where the files of a run go, without their endings: `target/squall/PACKAGE/TEST-SEED`.
fn place(plan: &Plan) -> Result<PathBuf, String> {
    let mut folder = around::target().join("squall");
    folder.extend(around::package());
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let called = around::test().unwrap_or_else(|| plan.name.clone());
    Ok(folder.join(format!("{}-{}", memory::file_name(&called), plan.seed)))
}

/// Two readers, each of which may be missing.
struct Both<'a> {
    trace: Option<&'a mut TraceFile>,
    teller: Option<&'a mut Teller>,
}

impl Reader for Both<'_> {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        if let Some(trace) = &mut self.trace {
            trace.event(event, scene);
        }
        if let Some(teller) = &mut self.teller {
            teller.event(event, scene);
        }
    }
}
