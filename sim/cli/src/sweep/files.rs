//! What a sweep writes when it ends: its summary, what was covered, a trace of each group, and a
//! report in the form that build servers read.
//!
//! The invariant: every file is written whole or not at all; the summary comes last.

use super::outside::Machine;
use crate::catalogue::Catalogue;
use crate::exit::{Exit, Stop};
use crate::trace_file::TraceFile;
use serde_json::{Value, json};
use squall_explore::sweep::{
    Finding, Folder, Lane, LaneSummary, Outside, Progress, SUMMARY_VERSION, Shard, State, Summary,
    Swept,
};
use squall_explore::{Missing, execute};

/// What is the same all through a sweep.
pub(super) struct Page<'a> {
    pub(super) swept: &'a Swept,
    pub(super) shards: &'a [Shard],
    pub(super) lanes: &'a [Lane<'a>],
}

impl Page<'_> {
    /// What there is to be said of a sweep that is so far.
    pub(super) fn summary(&self, progress: &Progress, state: State) -> Summary {
        let lane = |(lane, tally): (&Lane<'_>, &squall_explore::Tally)| LaneSummary {
            scenario: lane.called.clone(),
            cell: lane.cell.clone(),
            tally: tally.clone(),
        };
        let mut summary = Summary {
            version: SUMMARY_VERSION,
            kind: "sweep".to_string(),
            squall: env!("CARGO_PKG_VERSION").to_string(),
            state,
            swept: self.swept.clone(),
            shards: self.shards.to_vec(),
            runs: progress.runs,
            lanes: self.lanes.iter().zip(&progress.tallies).map(lane).collect(),
            groups: progress.findings.ranked(),
            exit: 0,
        };
        summary.exit = match state {
            State::Interrupted => Exit::Interrupted.code(),
            State::Running | State::Finished => exit(&summary).code(),
        };
        summary
    }
}

/// The exit code of a sweep that did all it was told to do.
pub(super) fn exit(summary: &Summary) -> Exit {
    let found = summary.groups.iter().filter(|group| group.is_news());
    let found = found.map(|group| Exit::from(group.judgement));
    let lacking = summary.lanes.iter().any(lacks);
    let lacking = if lacking { Exit::Violated } else { Exit::Fine };
    found.fold(lacking, Exit::worse)
}

/// Whether the runs of a lane did not bring what they were to bring.
pub(super) fn lacks(lane: &LaneSummary) -> bool {
    lane.tally.runs > 0 && (lane.tally.not_come() || !lane.tally.vacuous().is_empty())
}

/// Writes everything. Whether every group's run went the same way again.
pub(super) fn write(
    catalogue: &Catalogue,
    folder: &Folder,
    summary: &Summary,
    machine: &Machine<'_>,
) -> Result<bool, Stop> {
    let mut same = true;
    for group in &summary.groups {
        same &= write_trace(catalogue, folder, group, machine)?;
    }
    let mut coverage = coverage(summary).to_string();
    coverage.push('\n');
    folder.write("coverage.json", coverage.as_bytes())?;
    folder.write("junit.xml", junit(summary).as_bytes())?;
    folder.write_summary(summary)?;
    Ok(same)
}

/// Runs a group's plan once more and writes its trace. Whether it went the same way.
fn write_trace(
    catalogue: &Catalogue,
    folder: &Folder,
    group: &Finding,
    machine: &Machine<'_>,
) -> Result<bool, Stop> {
    let plan = folder.read_plan(group)?;
    let Some(subject) = catalogue.subject(&plan.scenario.protocol) else { return Ok(false) };
    let path = folder.place(&format!("{}.trace", group.stem()));
    let mut trace = TraceFile::begin(&path.display().to_string(), &plan, &subject.facts().kinds)?;
    let mut watchdog = machine.watchdog(0);
    let ran = execute(subject, plan, Some(&mut trace), machine.clock, &mut watchdog)?;
    trace.finish(&ran.report)?;
    Ok(ran.signature().as_ref() == Some(&group.signature)
        && ran.report.outcome.events == group.events)
}

fn coverage(summary: &Summary) -> Value {
    let lane = |lane: &LaneSummary| {
        let never: Vec<String> =
            lane.tally.coverage.never().iter().map(Missing::to_string).collect();
        json!({
            "scenario": lane.scenario,
            "cell": lane.cell,
            "seen": lane.tally.coverage,
            "never": never,
        })
    };
    json!({
        "version": SUMMARY_VERSION,
        "kind": "coverage",
        "scenarios": summary.lanes.iter().map(lane).collect::<Vec<Value>>(),
    })
}

/// The form that JUnit gave its reports: a case for each lane, which fails with its groups.
fn junit(summary: &Summary) -> String {
    let mut cases = String::new();
    let mut failed = 0;
    for lane in &summary.lanes {
        let cell: Vec<String> =
            lane.cell.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let name = [vec![lane.scenario.clone()], cell].concat().join(" ");
        let seconds = lane.tally.wall_ns as f64 / 1e9;
        let mut failures = String::new();
        let groups = summary.groups.iter().filter(|group| group.scenario == lane.scenario);
        for group in groups.filter(|group| group.is_news()) {
            let (signature, sentence) = (escaped(&group.signature), escaped(&group.sentence));
            let text = format!("{} runs; the shortest has seed {}", group.runs, group.seed);
            failures.push_str(&format!(
                "    <failure type=\"{signature}\" message=\"{sentence}\">{text}</failure>\n"
            ));
        }
        if lacks(lane) {
            let missing: Vec<String> = match lane.tally.not_come() {
                true => vec!["the expected violation did not come".to_string()],
                false => lane.tally.vacuous().iter().map(Missing::sentence).collect(),
            };
            let message = escaped(&missing.join("; "));
            failures.push_str(&format!(
                "    <failure type=\"vacuous\" message=\"{message}\"></failure>\n"
            ));
        }
        failed += u32::from(!failures.is_empty());
        let name = escaped(&name);
        cases.push_str(&format!(
            "  <testcase classname=\"squall\" name=\"{name}\" time=\"{seconds:.3}\">\n\
             {failures}  </testcase>\n"
        ));
    }
    let tests = summary.lanes.len();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuite name=\"squall\" tests=\"{tests}\" failures=\"{failed}\">\n\
         {cases}</testsuite>\n"
    )
}

/// A text in XML; characters that XML has none of become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
