//! `--check-determinism` and `--isolate`: runs in a second process, and what leaks into them.

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

/// The lines that a run of each seed in its own process prints, and how it ended.
fn isolated(leak: &str, seeds: &[&str]) -> (Vec<String>, Option<i32>) {
    let set = format!("config.leak={leak}");
    let run = ["run", "leaky/talk", "--isolate", "--patience", "300ms", "--set", &set];
    let ended = Command::new(leaky()).args(run).args(seeds).output().expect("it starts");
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));
    (said.lines().map(String::from).collect(), ended.status.code())
}

#[test]
fn a_process_of_its_own_shares_nothing_with_the_run_before() {
    let seed = ["--seed", "1", "--json"];
    let many = ["--seeds", "1..3", "--json"];
    let digest = |line: &str| line.split("\"digest\":").nth(1).map(|rest| rest[..18].to_string());
    let runs = |isolate: &[&str], seeds: &[&str]| {
        let run = ["run", "leaky/talk", "--set", "config.leak=static-counter"];
        let ended = Command::new(leaky()).args(run).args(isolate).args(seeds).output();
        let said = ended.expect("it starts").stdout;
        String::from_utf8_lossy(&said).lines().filter_map(digest).collect::<Vec<String>>()
    };
    let (alone, second) = (runs(&["--isolate"], &seed), runs(&["--isolate"], &many));
    assert_eq!(alone[0], second[0]);
    let seed = ["--seed", "2", "--json"];
    assert_eq!(runs(&["--isolate"], &seed)[0], second[1], "nothing is left of the first");
    assert_ne!(runs(&[], &seed)[0], runs(&[], &many)[1], "without a process, something is");
}

#[test]
fn a_process_that_ends_is_a_violation_and_the_others_go_on() {
    for (leak, words) in [("abort", "SIGABRT"), ("stack-overflow", "stack overflow")] {
        let (lines, code) = isolated(leak, &["--seeds", "7..10"]);
        let told: Vec<&String> =
            lines.iter().filter(|line| line.contains("VIOLATED  process at ")).collect();
        assert_eq!((told.len(), code), (3, Some(1)), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("process/ended in 3 seeds (such as 7)")));
        let again = lines.last().expect("it says how to run it again");
        let set = format!("--seed 7 --set config.leak={leak} --isolate");
        assert!(again.contains("again ") && again.ends_with(&set), "{again}");
        let (lines, code) = isolated(leak, &["--seed", "7"]);
        assert_eq!(code, Some(1), "{lines:#?}");
        assert!(lines.concat().contains(words), "{lines:#?}");
    }
}

#[test]
fn a_process_that_hangs_is_ended_and_the_others_go_on() {
    let (lines, code) = isolated("endless", &["--seeds", "7..9"]);
    let stuck = "UNDECIDED  leaky/talk, seed ";
    let told = lines.iter().filter(|line| line.contains(stuck)).count();
    assert_eq!((told, code), (2, Some(4)), "{lines:#?}");
    let (lines, _) = isolated("endless", &["--seed", "7"]);
    assert!(lines.concat().contains("has not returned for 0.3 s"), "{lines:#?}");
}

#[test]
fn a_second_process_that_hangs_is_ended() {
    let set = ["--set", "config.leak=endless-elsewhere", "--patience", "300ms"];
    let run = ["run", "leaky/talk", "--seed", "1", "--check-determinism"];
    let ended = Command::new(leaky()).args(run).args(set).output().expect("it starts");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("in another process: leaky/talk, seed "), "{said}");
}
