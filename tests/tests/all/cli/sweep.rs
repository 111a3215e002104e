//! Sweeps: groups of failures, their folder, parts and the whole, and what is known.

use super::desk::{Folder, Said, World, say_in, squall};
use super::office::{QUIET, catalogue};
use expect_test::{ExpectFile, expect_file};
use serde_json::Value;
use std::fs;

/// Sweeps into a new folder and compares what is said; `OUT` stands for the folder.
fn check(name: &str, arguments: &str, want: ExpectFile) -> Folder {
    let folder = Folder::new(name);
    let path = folder.path().display().to_string();
    let said = squall(&format!("{arguments} --jobs 2 --out {path}"));
    let words: String = said.err.lines().map(|line| format!("! {line}\n")).collect();
    let text = format!("{}{words}exit {}\n", said.out, said.exit);
    want.assert_eq(&text.replace(&path, "OUT"));
    folder
}

fn sweep(folder: &Folder, arguments: &str) -> Said {
    squall(&format!("sweep {arguments} --out {}", folder.path().display()))
}

fn json(folder: &Folder, name: &str) -> Value {
    let text = fs::read_to_string(folder.path().join(name)).expect("the file is there");
    serde_json::from_str(&text).expect("it is JSON")
}

const PANIC: &str = "office.panics+panic.panicked";

#[test]
fn failures_are_one_group_with_a_plan_and_a_trace() {
    let want = expect_file!["snapshots/sweep-office-panics.txt"];
    let folder = check("groups", "sweep office/panics --seeds 40", want);
    let plan = format!("{PANIC}.json");
    let names = [
        ".lock",
        "coverage.json",
        "junit.xml",
        plan.as_str(),
        &format!("{PANIC}.trace"),
        "summary.json",
    ];
    assert_eq!(folder.names(), names);
    let said = squall(&format!("run {}", folder.path().join(plan).display()));
    assert_eq!(said.exit, 1, "{}", said.err);
    assert!(said.out.contains("the third write was too much"), "{}", said.out);
    let junit = fs::read_to_string(folder.path().join("junit.xml")).expect("it is there");
    assert!(junit.contains("<failure type=\"panic/panicked\""), "{junit}");
}

#[test]
fn several_scenarios_have_a_line_each() {
    let want = expect_file!["snapshots/sweep-office-all.txt"];
    check("several", "sweep office/* --seeds 5", want);
}

#[test]
fn an_expected_violation_is_fine_and_one_that_does_not_come_is_not() {
    let want = expect_file!["snapshots/sweep-office-bugs-stale.txt"];
    check("stale", "sweep office/bugs/stale --seeds 20", want);
    let want = expect_file!["snapshots/sweep-office-bugs-none.txt"];
    check("none", "sweep office/bugs/none --seeds 5", want);
}

#[test]
fn a_point_that_no_run_reached_is_vacuous() {
    let want = expect_file!["snapshots/sweep-office-promoted.txt"];
    check("promoted", "sweep office/promoted --seeds 5", want);
}

#[test]
fn how_many_threads_there_are_changes_nothing() {
    let [one, three] = ["one", "three"].map(Folder::new);
    for (folder, jobs) in [(&one, 1), (&three, 3)] {
        let said = sweep(folder, &format!("office/bugs/* office/panics --seeds 30 --jobs {jobs}"));
        assert_eq!(said.exit, 1, "{}", said.err);
    }
    assert_eq!(one.names(), three.names());
    for name in one.names().iter().filter(|name| !name.ends_with(".trace")) {
        let [one, three] = [&one, &three].map(|folder| fs::read(folder.path().join(name)));
        assert_eq!(one.expect("it is there"), three.expect("it is there"), "{name}");
    }
}

#[test]
fn a_sweep_stops_after_so_many_groups() {
    let folder = Folder::new("stop-after");
    let said = sweep(&folder, "office/panics --seeds 10000 --jobs 1 --stop-after 1");
    assert_eq!(said.exit, 1);
    let summary = json(&folder, "summary.json");
    assert_eq!(summary["groups"].as_array().map(Vec::len), Some(1));
    assert!(summary["runs"].as_u64() < Some(100), "{}", summary["runs"]);
}

#[test]
fn who_is_interrupted_says_so() {
    let folder = Folder::new("interrupted");
    let world = World { interrupted: true, ..World::default() };
    let arguments = format!("sweep office/panics --out {}", folder.path().display());
    let said = say_in(&catalogue(), &arguments, &world);
    assert_eq!(said.exit, 130);
    assert_eq!(json(&folder, "summary.json")["state"], "interrupted");
}

#[test]
fn a_sweep_that_was_killed_is_taken_up() {
    let folder = Folder::new("killed");
    assert_eq!(sweep(&folder, "office/panics --seeds 20").exit, 1);
    // As a process leaves it that ends in the middle: a summary from before the last finding, a
    // seed in hand, a file that was not whole yet.
    let summary = folder.path().join("summary.json");
    let mut told = json(&folder, "summary.json");
    told["state"] = "running".into();
    told["groups"] = Value::Array(Vec::new());
    fs::write(&summary, told.to_string()).expect("it can be written");
    folder.with("in-hand-1.seed", "office/panics, seed 7   \n");
    folder.with(".summary.json.part", "{");
    let said = sweep(&folder, "office/quiet --seeds 5");
    let words = "squall: a sweep into this folder was ended during office/panics, seed 7\n\
                 squall: took up 1 group of a sweep that was killed\n";
    assert_eq!((said.exit, said.err.as_str()), (1, words), "{}", said.out);
    assert_eq!(json(&folder, "summary.json")["groups"][0]["signature"], "panic/panicked");
    assert!(folder.names().contains(&format!("{PANIC}.trace")));
    assert!(!folder.names().iter().any(|name| name.ends_with(".part") || name.ends_with(".seed")));
}

#[test]
fn the_parts_merged_are_the_whole() {
    let whole = Folder::new("whole");
    sweep(&whole, "office/panics office/quiet --seeds 3..24");
    let parts = ["part-1", "part-2", "part-3"].map(Folder::new);
    for (index, part) in parts.iter().enumerate() {
        let shard = index + 1;
        sweep(part, &format!("office/panics office/quiet --seeds 3..24 --shard {shard}/3"));
    }
    let merged = Folder::new("merged");
    let paths: Vec<String> = parts.iter().map(|part| part.path().display().to_string()).collect();
    let merge =
        |folders: &str| squall(&format!("merge {folders} --out {}", merged.path().display()));
    let said = merge(&paths.join(" "));
    assert_eq!(said.exit, 1, "{}", said.err);
    let (mut one, mut other) = (json(&whole, "summary.json"), json(&merged, "summary.json"));
    assert_eq!(other["shards"], serde_json::json!([[1, 3], [2, 3], [3, 3]]));
    one["shards"] = Value::Null;
    other["shards"] = Value::Null;
    assert_eq!(one, other);
    assert_eq!(whole.names(), merged.names());

    let said = merge(&paths[..2].join(" "));
    assert_eq!((said.exit, said.err.as_str()), (1, "squall: shard 3/3 is missing\n"));
    let said = merge(&format!("{} {}", paths[0], paths[0]));
    assert_eq!(said.exit, 2);
    assert!(said.err.contains("it has shard 1/3 as well"), "{}", said.err);
    let said = merge(&format!("{} {}", paths[0], whole.path().display()));
    assert!(said.err.contains("it has shard 1/1, that has 1/3"), "{}", said.err);
    let said = merge("nowhere");
    assert_eq!((said.exit, said.err.as_str()), (2, "squall: nowhere: there is no such folder\n"));
}

#[test]
fn what_the_baseline_knows_does_not_fail() {
    let folder = Folder::new("baseline");
    let baseline = folder.path().join("known.json").display().to_string();
    let arguments = format!("office/panics --seeds 20 --baseline {baseline}");
    assert_eq!(sweep(&folder, &arguments).exit, 2);
    assert_eq!(sweep(&folder, &format!("{arguments} --write-baseline")).exit, 1);
    let said = sweep(&folder, &arguments);
    assert_eq!(said.exit, 0, "{}", said.out);
    assert!(said.out.contains("panic/panicked, known"), "{}", said.out);
    assert_eq!(sweep(&folder, &format!("{arguments} --set config.bug=stale")).exit, 1);
}

#[test]
fn a_grid_runs_every_combination() {
    let want = expect_file!["snapshots/sweep-office-varied-grid.txt"];
    let folder = check("grid", "sweep office/varied --seeds 3 --grid", want);
    assert_eq!(json(&folder, "summary.json")["runs"], 12);
    let said = sweep(&folder, "office/quiet --grid");
    assert_eq!(said.exit, 2);
    assert!(said.err.ends_with("a grid needs a [vary] with lists in it\n"), "{}", said.err);
    let ranged = format!("{QUIET}[vary]\n\"cluster.nodes\" = \"3..5\"\n");
    let path = folder.with("ranged.toml", ranged);
    let said = sweep(&folder, &format!("{path} --grid"));
    let want = "a grid has no ranges: list the values of `cluster.nodes`\n";
    assert!(said.exit == 2 && said.err.ends_with(want), "{}", said.err);
}

#[test]
fn github_is_told_where_it_asks() {
    let folder = Folder::new("github");
    let steps = folder.path().join("steps.md").display().to_string();
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", steps.as_str())];
    let world = World { variables: &variables, ..World::default() };
    let arguments = format!("sweep office/panics --seeds 9 --out {}", folder.path().display());
    let said = say_in(&catalogue(), &arguments, &world);
    let start = "::error file=tests/tests/all/cli/office.rs,line=81,title=panic/panicked::";
    assert!(said.err.starts_with(start), "{}", said.err);
    let text = fs::read_to_string(steps).expect("the summary is written");
    assert!(text.contains("| `panic/panicked` | office/panics |"), "{text}");
}

#[test]
fn json_has_an_object_a_group_and_one_that_sums_up() {
    let folder = Folder::new("json");
    let said = sweep(&folder, "office/panics --seeds 9 --json");
    let read = |line: &str| serde_json::from_str::<Value>(line).expect("it is JSON");
    let lines: Vec<Value> = said.out.lines().map(read).collect();
    assert_eq!(lines.iter().map(|line| &line["kind"]).collect::<Vec<_>>(), ["group", "sweep"]);
    assert_eq!((lines[1]["runs"].as_u64(), lines[1]["exit"].as_u64()), (Some(9), Some(1)));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = Folder::new("refused");
    let check = |arguments: &str, want: &str| {
        let said = sweep(&folder, arguments);
        assert_eq!((said.exit, said.out.as_str(), said.err.trim_end()), (2, "", want));
    };
    check("office/quiet --jobs 0", "squall: --jobs 0: nobody would run anything");
    check("office/quiet --for 0s", "squall: --for 0s: nothing can be done within that");
    check(
        "office/quiet --shard 3/2",
        "squall: --shard 3/2: there is no shard 3 of 2; the first is 1",
    );
    check(
        "office/quiet --write-baseline",
        "squall: the following required arguments were not provided: --baseline <FILE>",
    );
    let file = folder.with("file", "");
    let said = squall(&format!("sweep office/quiet --out {file}"));
    let want = format!("squall: {file}: it is not a folder\n");
    assert_eq!((said.exit, said.err), (2, want));
}

#[test]
fn what_a_strategy_finds_does_not_depend_on_threads() {
    for strategy in ["swarm", "pct", "guided", "portfolio"] {
        let [one, three] = ["one", "three"].map(|jobs| Folder::new(&format!("{strategy}-{jobs}")));
        for (folder, jobs) in [(&one, 1), (&three, 3)] {
            let lanes = "office/bugs/stale office/storm";
            let options = format!("--strategy {strategy} --seeds 300 --jobs {jobs}");
            let said = sweep(folder, &format!("{lanes} {options}"));
            assert_eq!(said.exit, 0, "{strategy}: {}{}", said.out, said.err);
        }
        for name in one.names().iter().filter(|name| !name.ends_with(".trace")) {
            let [one, three] = [&one, &three].map(|folder| fs::read(folder.path().join(name)));
            assert_eq!(one.expect("it is there"), three.expect("it is there"), "{name}");
        }
    }
}

#[test]
fn what_a_strategy_decided_is_in_the_plan() {
    let folder = Folder::new("pct-plan");
    let said = sweep(&folder, "office/panics --strategy pct --seeds 20");
    assert_eq!(said.exit, 1);
    let network = &json(&folder, &format!("{PANIC}.json"))["plan"]["network"];
    assert!(network["priorities"]["hold"].is_string(), "{network}");
    let path = folder.path().join(format!("{PANIC}.json"));
    let said = squall(&format!("run {} --json", path.display()));
    let ran: Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!(ran["events"], json(&folder, "summary.json")["groups"][0]["events"]);
}

#[test]
fn a_crash_before_every_step_has_a_row() {
    let want = expect_file!["snapshots/sweep-office-quiet-crash-points.txt"];
    let folder = check("crash-points", "sweep office/quiet --crash-points n1,n2", want);
    let text = fs::read_to_string(folder.path().join("crash-points.csv")).expect("it is there");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["node", "step", "at_ns", "outcome", "signature"]);
    // Every step of the first node, then every step of the second.
    let steps = |node: &str| -> Vec<&str> {
        rows.iter().filter(|row| row[0] == node).map(|row| row[1]).collect()
    };
    for node in ["n1", "n2"] {
        let counted: Vec<String> = (1..=steps(node).len()).map(|step| step.to_string()).collect();
        assert_eq!(steps(node), counted);
    }
    assert!(steps("n1").len() > 20, "{text}");

    let refused = |arguments: &str, want: &str| {
        let said = sweep(&folder, arguments);
        assert_eq!((said.exit, said.err.trim_end()), (2, want));
    };
    refused(
        "office/quiet --crash-points n9",
        "squall: --crash-points n9: no node is called `n9`; there are n1, n2, n3",
    );
    refused(
        "office/quiet --crash-points n1 --seeds 4",
        "squall: --crash-points n1: it goes through one seed, such as --seeds 0..=0",
    );
    refused(
        "office/* --crash-points n1",
        "squall: --crash-points n1: it goes through one scenario, one cell of a grid",
    );
    refused(
        "office/quiet --strategy guided --shard 1/2",
        "squall: --strategy guided: it learns from all runs, so that shards would find other things",
    );
}

#[test]
fn a_bench_says_how_soon_a_bug_is_found() {
    let said = squall("bench search office/bugs/* --seeds 20 --campaigns 3 --cap 5");
    let lines: Vec<&str> = said.out.lines().collect();
    assert_eq!((said.exit, lines.len()), (0, 11), "{}{}", said.out, said.err);
    let stale = lines.iter().find(|line| line.starts_with("office/bugs/stale  uniform"));
    let told = stale.map(|line| line.split_whitespace().skip(2).collect::<Vec<_>>().join(" "));
    assert_eq!(told.as_deref(), Some("100.0 % (83.9 to 100.0) 1"));
    let none = lines.iter().find(|line| line.starts_with("office/bugs/none   pct"));
    assert!(none.is_some_and(|line| line.ends_with("over 5, 3 censored")), "{}", said.out);
    let said = squall("bench search office/quiet");
    let want = "squall: office/quiet expects no violation that could be hit\n";
    assert_eq!((said.exit, said.err.as_str()), (2, want));
}

#[test]
fn priorities_end_with_the_storm() {
    let folder = Folder::new("calm");
    let slow = "[network]\npriorities = { hold = \"500s\", demote = [1, 2, 3] }\n";
    let waiting = QUIET.replace("operations = 20\n", "timeout = \"100ms\"\n") + slow;
    let answered = |name: &str, text: &str| {
        let path = folder.with(name, text);
        let said = squall(&format!("run {path} --seed 1 --json"));
        let ran: Value = serde_json::from_str(&said.out).expect("it is JSON");
        ran["operations"]["ok"].as_u64()
    };
    let calm = "calm = \"500ms\"";
    assert!(waiting.contains(calm));
    assert_eq!(answered("storm.toml", &waiting.replace(calm, "calm = \"0s\"")), Some(0));
    assert!(answered("calm.toml", &waiting) > Some(5));
}
