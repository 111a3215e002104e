//! Repros after a change: they run all the same, and say what differs.

use super::desk::{Folder, squall};
use serde_json::Value;

/// A repro of the storm in the office, changed.
fn changed(folder: &Folder, change: impl Fn(&mut Value)) -> String {
    let path = folder.path().join("storm.json").display().to_string();
    let run = squall(&format!("run office/storm --seed 4 --pin {path}"));
    assert_eq!(run.exit, 0, "{}", run.err);
    let text = std::fs::read_to_string(&path).expect("the repro was written");
    let mut value: Value = serde_json::from_str(&text).expect("it is JSON");
    change(&mut value);
    folder.with("changed.json", value.to_string())
}

#[test]
fn a_repro_that_goes_another_way_says_from_which_event_on_and_what_no_longer_applies() {
    let folder = Folder::new("repro-changed");
    let path = changed(&folder, |value| {
        let faults = value["plan"]["faults"].as_array_mut().expect("it has faults");
        faults.remove(0);
        value["plan"]["overrides"] = serde_json::json!([
            { "from": "c1", "to": "n1", "kind": "Ask", "nth": 1, "fate": "drop" },
            { "from": "c1", "to": "n1", "kind": "Ask", "nth": 999, "fate": { "after": "2ms" } },
        ]);
    });
    let said = squall(&format!("run {path}"));
    assert_eq!(said.exit, 0, "{}", said.err);
    let told = said.err.replace(&path, "FILE");
    assert!(told.starts_with("squall: FILE: not the run that was written ("), "{told}");
    assert!(told.contains("): the first event that differs is #"), "{told}");
    let line = "squall: FILE: no longer applies: the 999th Ask from c1 to n1 was not sent\n";
    assert!(told.ends_with(line), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
}

#[test]
fn the_first_event_that_differs_is_the_first_that_a_log_has_otherwise() {
    let folder = Folder::new("repro-first");
    let path = changed(&folder, |value| {
        value["plan"]["faults"].as_array_mut().expect("it has faults").remove(0);
    });
    let log = |arguments: &str| squall(&format!("run {arguments} --events")).out;
    let old = folder.path().join("storm.json").display().to_string();
    let (old, new) = (log(&old), log(&path));
    let events = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.trim_start().starts_with('#'));
        lines.map(String::from).collect()
    };
    let pairs = events(&old).into_iter().zip(events(&new));
    let same = pairs.take_while(|(old, new)| old == new).count();
    let told = squall(&format!("run {path}")).err;
    assert!(told.contains(&format!("the first event that differs is #{}\n", same + 1)), "{told}");
}

#[test]
fn the_schema_of_repros_knows_their_keys() {
    let said = squall("schema --repro");
    assert_eq!((said.exit, said.err.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&said.out).expect("a schema is JSON");
    for key in ["version", "squall", "signature", "sentence", "digest", "plan", "origin", "trail"] {
        assert!(schema["properties"][key].is_object(), "{key}");
    }
    let plan = &schema["$defs"]["Plan"]["properties"];
    for key in ["seed", "config", "faults", "operations", "overrides", "network_seed", "reseed"] {
        assert!(plan[key].is_object(), "{key}: {plan}");
    }
    let both = squall("schema office --repro");
    assert_eq!(both.exit, 2, "{}", both.out);
}

#[test]
fn a_plain_list_of_operations_is_read_and_written() {
    let folder = Folder::new("repro-list");
    let path = changed(&folder, |value| {
        value["plan"]["operations"] = serde_json::json!([
            { "client": "c2", "at": "10ms", "operation": { "write": 7 } },
            { "client": "c1", "operation": "read" },
        ]);
    });
    let said = squall(&format!("run {path} --events"));
    assert_eq!(said.exit, 0, "{}", said.err);
    let asks: Vec<&str> = said.out.lines().filter(|line| line.contains(" asks ")).collect();
    assert_eq!(asks.len(), 2, "{}", said.out);
    assert!(asks[0].contains("c1") && asks[1].contains("c2") && asks[1].contains("10.000"));
}
