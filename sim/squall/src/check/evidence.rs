//! What is left of a run that went wrong: its story, and its trace in the target folder.
//!
//! The invariant: what is shown and written comes from a second run of the same plan, and whoever
//! reads is told if that went another way.

use super::failure::Row;
use super::{around, memory, runs};
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::subject::{Report, Subject};
use squall_engine::trace::{Reader, Scene};
use squall_explore::story::{Story, Teller};
use squall_explore::trace_file::TraceFile;
use std::fs;
use std::path::PathBuf;

/// What there is to see of a run.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The events around the violation, one a line.
    pub(super) story: Vec<String>,
    /// What was written where, or why not.
    pub(super) rows: Vec<Row>,
}

/// Runs a plan once more and writes down what happens; `first` is what came of it the first time.
pub(super) fn gather(subject: &dyn Subject, plan: &Plan, first: &Report) -> Evidence {
    let mut evidence = Evidence::default();
    let mut trace = match begin(subject, plan) {
        Ok(trace) => Some(trace),
        Err(words) => {
            evidence.rows.push(Row::new("trace", format!("not written: {words}")));
            None
        }
    };
    let violation = match &first.outcome.ending {
        Ending::Violated(violation) => Some(violation),
        Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => None,
    };
    let mut teller = violation.map(Teller::new);
    let mut both = Both { trace: trace.as_mut().map(|(trace, _)| trace), teller: teller.as_mut() };
    let ran = runs::plan_of(subject, plan.clone(), Some(&mut both), &mut runs::watchdog());
    let second = match ran {
        Ok(ran) => ran.report,
        Err(failure) => {
            evidence.rows.push(Row::new("trace", failure.to_string()));
            return evidence;
        }
    };
    if let Some((trace, path)) = trace {
        let written = trace.finish(&second).map(|()| path.display().to_string());
        let told = written.unwrap_or_else(|error| format!("not written: {error}"));
        evidence.rows.push(Row::new("trace", told));
    }
    if second.outcome.digest != first.outcome.digest {
        evidence.rows.push(Row::new("unsure", LEAK));
    }
    let story = teller.map(|teller| teller.story(first, &second));
    evidence.story = story.map(|story: Story| story.lines(str::to_string)).unwrap_or_default();
    evidence
}

/// What is said of a protocol whose runs are not functions of their plans.
const LEAK: &str = "a second run of the same plan went another way: the protocol's code reads \
                    something that differs from run to run, such as the order of a HashMap, a \
                    clock, an address or a static";

/// Where the trace of a run goes: `target/squall/PACKAGE/TEST-SEED.trace`.
fn begin(subject: &dyn Subject, plan: &Plan) -> Result<(TraceFile, PathBuf), String> {
    let mut folder = around::target().join("squall");
    folder.extend(around::package());
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let called = around::test().unwrap_or_else(|| plan.name.clone());
    let name = format!("{}-{}", memory::file_name(&called), plan.seed);
    let path = folder.join(format!("{name}.trace"));
    let trace = TraceFile::begin(&path.display().to_string(), plan, &subject.facts().kinds);
    Ok((trace.map_err(|error| error.to_string())?, path))
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
