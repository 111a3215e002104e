//! Sweeps that are killed in the middle: no finding is lost, and no file is broken.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

fn squall(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(arguments).env_remove("CARGO").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The plans of groups in a folder; every file with data in it is whole.
fn plans(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut plans = BTreeSet::new();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if !name.ends_with(".json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("it can be read");
        let read = serde_json::from_str::<serde_json::Value>(&text);
        assert!(read.is_ok(), "{name} is broken: {read:?}");
        if name.contains('+') {
            plans.insert(name);
        }
    }
    plans
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the host.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn whoever_is_killed_loses_nothing() {
    let name = format!("squall-killed-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    let out = folder.0.display().to_string();
    let mut kept = BTreeSet::new();
    for round in 0..6_u64 {
        let seeds = format!("{}..1000000", round * 1000);
        let sweep = ["sweep", "raft/bugs/*", "--jobs", "2", "--seeds", &seeds, "--out", &out];
        let mut child = squall(&sweep).spawn().expect("it starts");
        sleep(Duration::from_millis(400 + round * 370));
        child.kill().expect("it can be killed");
        child.wait().expect("it has ended");
        let plans = plans(&folder.0);
        assert!(kept.is_subset(&plans), "lost: {:?}", kept.difference(&plans));
        kept = plans;
    }
    assert!(!kept.is_empty(), "nothing was found before the last kill");
    let last = ["sweep", "raft/steady", "--seeds", "1", "--out", &out];
    squall(&last).status().expect("it runs");
    let summary = fs::read_to_string(folder.0.join("summary.json")).expect("it is there");
    let summary: serde_json::Value = serde_json::from_str(&summary).expect("it is JSON");
    assert_eq!(summary["groups"].as_array().map(Vec::len), Some(kept.len()));
}
