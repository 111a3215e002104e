//! `--check-determinism`: what leaks from the host into a run is named, as a process of its own.

use std::path::PathBuf;
use std::process::{Command, Output};

/// The program whose protocol leaks: an example of this crate, which stands beside its tests.
fn leaky() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its program");
    let built = test.parent().and_then(|deps| deps.parent()).expect("tests are built into deps");
    built.join("examples").join(format!("leaky{}", std::env::consts::EXE_SUFFIX))
}

fn check(leak: &str) -> Output {
    let set = format!("config.leak={leak}");
    let run = ["run", "leaky/talk", "--seed", "1", "--check-determinism", "--set", &set];
    Command::new(leaky()).args(run).env_remove("CARGO").output().expect("it starts")
}

#[test]
fn a_run_without_leak_is_the_same_in_another_process() {
    let checked = check("nothing");
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(0), "{said}");
    assert!(said.contains("the same in another process: "), "{said}");
}

#[test]
fn every_leak_is_found_and_its_first_event_told() {
    let leaks =
        ["hash-order", "host-clock", "thread-id", "address", "static-counter", "environment"];
    for leak in leaks {
        let checked = check(leak);
        let said = String::from_utf8_lossy(&checked.stdout);
        assert_eq!(checked.status.code(), Some(3), "{leak}: {said}");
        let told =
            said.lines().filter(|line| line.starts_with("  here ") || line.starts_with("  there "));
        let told: Vec<&str> = told.collect();
        let [here, there] = told.as_slice() else { panic!("{leak}: {said}") };
        // The message that carries the leak is the first that differs; before it all say `fine`.
        assert_ne!(here, there, "{leak}");
        assert!(!here.contains("fine") && !here.contains("begin"), "{leak}: {here}");
    }
}

#[test]
fn what_a_node_shows_is_compared_as_well() {
    let checked = check("view");
    let said = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(3), "{said}");
    assert!(said.contains("heard = 3"), "{said}");
}

#[test]
fn a_handler_that_never_returns_is_named_and_ends_the_process() {
    let run = ["run", "leaky/talk", "--seeds", "7..9", "--patience", "200ms"];
    let set = ["--set", "config.leak=endless"];
    let ended = Command::new(leaky()).args(run).args(set).output().expect("it starts");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    let (run, rest) = said.trim_end().split_once(": the handler of n").expect("it is named");
    assert_eq!(run, "squall: leaky/talk, seed 7");
    assert!(rest.contains(" for #") && rest.ends_with("has not returned for 0.2 s"), "{rest}");
}

#[test]
fn a_process_that_is_aborted_leaves_the_seed_in_hand() {
    let folder = std::env::temp_dir().join(format!("squall-{}-abort", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder of temporary files can be written to");
    let seeds = |leak: &str| {
        let run = ["run", "leaky/talk", "--seeds", "7..9", "--set", leak];
        let ended = Command::new(leaky()).args(run).env("TMPDIR", &folder).output();
        assert!(ended.is_ok());
        let left = std::fs::read_dir(&folder).expect("it can be read").filter_map(Result::ok);
        let left: Vec<_> = left.filter(|entry| entry.path().is_file()).collect();
        let text = |entry: &std::fs::DirEntry| std::fs::read_to_string(entry.path());
        left.iter().map(|entry| text(entry).expect("it is text")).collect::<Vec<String>>()
    };
    assert_eq!(seeds("config.leak=nothing"), Vec::<String>::new());
    assert_eq!(seeds("config.leak=abort"), ["leaky/talk, seed 7\n"]);
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn a_worker_that_is_asked_by_nobody_says_so() {
    let asked = Command::new(leaky()).arg("worker").output().expect("it starts");
    let said = String::from_utf8_lossy(&asked.stderr);
    assert_eq!(asked.status.code(), Some(2), "{said}");
    assert!(said.starts_with("squall: `worker` is asked by squall alone"), "{said}");
}
