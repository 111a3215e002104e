//! Trace files: whole or not at all.

use super::desk::{Folder, squall};
use squall_engine::trace::Line;
use std::process::Command;

/// The lines of a trace.
fn lines(path: &str) -> Vec<Line> {
    let unpacked = Command::new("gzip").args(["-dc", path]).output().expect("gzip is there");
    let text = String::from_utf8(unpacked.stdout).expect("a trace is UTF-8");
    let read = |line: &str| serde_json::from_str(line).expect("a line is JSON of the format");
    text.lines().map(read).collect()
}

#[test]
fn a_trace_has_header_events_views_history_and_outcome() {
    let folder = Folder::new("trace");
    let path = folder.path().join("run.trace").display().to_string();
    let said = squall(&format!("run office/storm --seed 4 --trace {path}"));
    assert_eq!((said.exit, said.err), (0, format!("trace written to {path}\n")));
    assert_eq!(folder.names(), ["run.trace"]);
    let lines = lines(&path);
    assert!(matches!(&lines[0], Line::Header(header) if header.nodes == ["n1", "n2", "n3"]));
    assert!(matches!(lines.last(), Some(Line::Outcome(_))));
    let events = lines.iter().filter(|line| matches!(line, Line::Event(_))).count() as u64;
    assert!(matches!(lines.last(), Some(Line::Outcome(outcome)) if outcome.events == events));
    assert!(lines.iter().any(|line| matches!(line, Line::View(_))));
    let operations = lines.iter().filter(|line| matches!(line, Line::Operation(_))).count();
    assert_eq!(operations, 20);
}

#[test]
fn reading_along_changes_no_digest() {
    let folder = Folder::new("read-along");
    let path = folder.path().join("run.trace").display().to_string();
    let digest = |options: &str| {
        let said = squall(&format!("run office/storm --seed 9 {options}")).out;
        said.split("digest ").nth(1).map(str::to_string)
    };
    let plain = digest("");
    assert!(plain.is_some());
    assert_eq!(digest("--events"), plain);
    assert_eq!(digest(&format!("--trace {path}")), plain);
}

#[test]
fn a_trace_that_cannot_be_written_leaves_nothing_behind() {
    let folder = Folder::new("no-trace");
    let missing = folder.path().join("missing/run.trace").display().to_string();
    let said = squall(&format!("run office/quiet --seed 4 --trace {missing}"));
    let want = format!("squall: cannot write {missing}: there is no such folder\n");
    assert_eq!((said.exit, said.out.as_str(), said.err), (2, "", want));
    let here = folder.path().display();
    let said = squall(&format!("run office/quiet --seed 4 --trace {here}"));
    assert_eq!(
        (said.exit, said.err),
        (2, format!("squall: cannot write {here}: it is a folder\n"))
    );
    assert_eq!(folder.names(), Vec::<String>::new());
}
