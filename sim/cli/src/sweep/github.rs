//! What GitHub Actions shows of a sweep: an annotation for each group, and a summary of the step.
//!
//! The invariant: nothing is said unless the environment says that this is GitHub Actions.

use crate::console::Console;
use crate::exit::Stop;
use crate::inputs::is_file;
use squall_explore::sweep::{Finding, Summary};
use std::fs::OpenOptions;
use std::io::Write;

/// Annotates the groups that are news, and adds to the summary of the step.
pub(super) fn tell(summary: &Summary, out: &str, console: &mut Console<'_>) -> Result<(), Stop> {
    if (console.environment)("GITHUB_ACTIONS").as_deref() != Some("true") {
        return Ok(());
    }
    console.flush()?;
    let news = || summary.groups.iter().filter(|group| group.is_news());
    for group in news() {
        console.remark(&annotation(group, out));
    }
    let Some(path) = (console.environment)("GITHUB_STEP_SUMMARY") else { return Ok(()) };
    let mut text = format!("### squall: {} runs, {} groups\n\n", summary.runs, news().count());
    if news().next().is_some() {
        text.push_str("| property | scenario | runs | seed | what |\n|---|---|---|---|---|\n");
    }
    for group in news() {
        let Finding { signature, scenario, runs, seed, sentence, .. } = group;
        let sentence = sentence.replace('|', "\\|").replace(['\n', '\r'], " ");
        text.push_str(&format!("| `{signature}` | {scenario} | {runs} | {seed} | {sentence} |\n"));
    }
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| Stop::Words(format!("cannot write {path}: {error}")))
}

/// The line that becomes an annotation: where the code panicked, or the file of the scenario, or
/// that of the plan.
fn annotation(group: &Finding, out: &str) -> String {
    let place = group.panicked_at.as_deref().and_then(|place| {
        let mut parts = place.rsplitn(3, ':');
        let (_, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        Some((file.to_string(), line.to_string()))
    });
    let (file, line) = place.unwrap_or_else(|| match is_file(&group.scenario) {
        true => (group.scenario.clone(), "1".to_string()),
        false => (super::report::plan_file(group, out), "1".to_string()),
    });
    let title = property(&group.signature);
    let message = format!("{}, seed {}: {}", group.scenario, group.seed, group.sentence);
    let (file, message) = (property(&file), data(&message));
    format!("::error file={file},line={line},title={title}::{message}")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
