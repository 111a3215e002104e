//! Shrinking from end to end: what is left is small, fails in the same way, and needs all it has.

use super::desk::{Folder, squall};
use super::office::catalogue;
use serde_json::Value;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::subject::Subject;

/// A shrunk repro of a scenario of the office.
fn shrunk(folder: &Folder, arguments: &str) -> (String, Value) {
    let path = folder.path().join("small.json").display().to_string();
    let said = squall(&format!("shrink {arguments} --out {path}"));
    assert_eq!((said.exit, said.err), (0, format!("repro written to {path}\n")), "{}", said.out);
    let text = std::fs::read_to_string(&path).expect("the repro was written");
    (path, serde_json::from_str(&text).expect("it is JSON"))
}

fn signature(subject: &dyn Subject, plan: &Plan) -> String {
    match subject.run(plan, None).expect("the plan fits").outcome.ending {
        Ending::Violated(violation) => violation.signature(),
        Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => "none".to_string(),
    }
}

#[test]
fn a_shrunk_repro_fails_in_the_same_way_and_needs_every_fault_and_operation() {
    let folder = Folder::new("shrink");
    let (path, repro) = shrunk(&folder, "office/bugs/stale --seed 4");
    let again = squall(&format!("run {path}"));
    assert_eq!((again.exit, again.err.as_str()), (0, ""), "{}", again.out);
    assert!(again.out.contains("VIOLATED as expected: linearizable"), "{}", again.out);
    let catalogue = catalogue();
    let subject = catalogue.subject("office").expect("it is there");
    let plan: Plan = serde_json::from_value(repro["plan"].clone()).expect("a plan");
    let wanted = repro["signature"].as_str().expect("it shows one");
    assert_eq!(signature(subject, &plan), wanted);
    let lists = plan.operations.clone().expect("they are listed");
    let count: usize = lists.iter().map(Vec::len).sum();
    assert!((2..=3).contains(&count), "{lists:?}");
    for (client, list) in lists.iter().enumerate() {
        for index in 0..list.len() {
            let mut less = plan.clone();
            less.operations.as_mut().expect("listed")[client].remove(index);
            assert_ne!(signature(subject, &less), wanted, "without {client} {index}");
        }
    }
    for index in 0..plan.faults.len() {
        let mut less = plan.clone();
        less.faults.remove(index);
        assert_ne!(signature(subject, &less), wanted, "without {index}");
    }
}

#[test]
fn faults_that_do_nothing_for_it_are_left_out() {
    let folder = Folder::new("shrink-storm");
    let set = "--set scenario.expect.violated=linearizable --set config.bug=stale";
    let (_, repro) = shrunk(&folder, &format!("office/storm --seed 4 {set}"));
    assert_eq!(repro["plan"]["faults"], serde_json::json!([]));
    assert_eq!(repro["origin"]["scenario"], "office/storm");
    assert_eq!(repro["origin"]["sets"].as_array().map(Vec::len), Some(2));
}

#[test]
fn shrinking_says_what_it_came_to_and_what_to_do_next() {
    let folder = Folder::new("shrink-words");
    let path = folder.path().join("small.json").display().to_string();
    let said = squall(&format!("shrink office/bugs/stale --seed 4 --out {path}"));
    assert!(said.out.starts_with("seed 4 · office/bugs/stale · "), "{}", said.out);
    for word in ["SHRUNK linearizable/", "before        after", "operations", "fingerprint "] {
        assert!(said.out.contains(word), "{word}: {}", said.out);
    }
    let commands = format!("again   squall run {path}\nwhy     squall explain {path}\n");
    assert!(said.out.ends_with(&commands), "{}", said.out);
    let json = squall(&format!("shrink {path} --json --out {path}"));
    let value: Value = serde_json::from_str(&json.out).expect("one object on one line");
    assert_eq!((&value["kind"], &value["version"]), (&"shrink".into(), &1.into()));
    assert_eq!(value["before"]["operations"], value["after"]["operations"]);
    assert_eq!(value["repro"], path.as_str());
}

#[test]
fn what_cannot_be_shrunk_is_told_in_a_line() {
    let check = |arguments: &str, want: &str| {
        let said = squall(arguments);
        assert_eq!((said.exit, said.err.trim_end()), (2, want), "{}", said.out);
    };
    check(
        "shrink office/quiet --seed 4",
        "squall: office/quiet: nothing to shrink: the run ended `passed`",
    );
    check(
        "shrink office/quiet",
        "squall: office/quiet: which run? give --seed with a scenario, or name a repro",
    );
    check("shrink office/* --seed 1", "squall: office/*: name one scenario");
    check(
        "shrink office/bugs/stale --seed 4 --out a.toml",
        "squall: --out a.toml: a repro is a .json file",
    );
    check("shrink ./none.json", "squall: cannot read ./none.json: there is no such file");
    check(
        "shrink ./none.json --seed 4",
        "squall: ./none.json is a repro, which says everything itself: leave out --seed",
    );
}
