//! Explaining from end to end: the page, its parts as data, and what they say of a known bug.

use super::desk::{Folder, squall};
use serde_json::Value;

/// The small repro of the bug that lets clerks answer by themselves.
fn small(folder: &Folder) -> String {
    let path = folder.path().join("small.json").display().to_string();
    let said = squall(&format!("shrink office/bugs/stale --seed 4 --out {path}"));
    assert_eq!(said.exit, 0, "{}", said.err);
    path
}

#[test]
fn the_page_has_the_diagram_the_story_and_what_is_needed() {
    let folder = Folder::new("explain");
    let path = small(&folder);
    let said = squall(&format!("explain {path}"));
    assert_eq!((said.exit, said.err.as_str()), (0, ""), "{}", said.out);
    for title in ["space-time", "story", "needed", "inevitable", "nearest run that passes"] {
        assert!(said.out.contains(&format!("\n\n{title}\n")), "{title}: {}", said.out);
    }
    assert!(said.out.contains("asks Write") && said.out.contains("asks Read"), "{}", said.out);
    assert!(said.out.contains('►') && said.out.contains('○'), "{}", said.out);
}

#[test]
fn every_operation_of_a_shrunk_run_is_needed_and_at_its_end_nothing_can_be_drawn_anew() {
    let folder = Folder::new("explain-json");
    let path = small(&folder);
    let said = squall(&format!("explain {path} --json"));
    let value: Value = serde_json::from_str(&said.out).expect("one object on one line");
    assert_eq!(value["version"], 1);
    let ingredients = value["ingredients"].as_array().expect("a list");
    let operations = ingredients.iter().filter(|one| one["kind"] == "operation");
    assert!(operations.clone().count() >= 2, "{ingredients:?}");
    for one in operations {
        assert_ne!(one["without"], "same", "{one}");
    }
    let moments = value["moments"].as_array().expect("a list");
    let share = |moment: &Value| (moment["failing"].as_u64(), moment["runs"].as_u64());
    assert_eq!(moments.last().map(share), Some((Some(64), Some(64))));
    let first = moments.first().and_then(|moment| moment["failing"].as_u64());
    assert!(first < Some(64), "{moments:?}");
    assert!(!value["jumps"].as_array().expect("a list").is_empty());
    let nearest = &value["nearest"];
    assert!(nearest["change"].as_str().is_some_and(|change| change.starts_with("without ")));
    assert_ne!(nearest["fails"][0], nearest["passes"][0]);
    // What it says of the story happened in the run.
    let log = squall(&format!("run {path} --events")).out;
    for step in value["story"].as_array().expect("a list") {
        let text = step["text"].as_str().expect("words");
        assert!(log.contains(text), "{text}");
    }
}

#[test]
fn the_nearest_run_passes() {
    let folder = Folder::new("explain-nearest");
    let path = small(&folder);
    let said = squall(&format!("explain {path} --json"));
    let value: Value = serde_json::from_str(&said.out).expect("one object on one line");
    let text = std::fs::read_to_string(&path).expect("it was written");
    let mut repro: Value = serde_json::from_str(&text).expect("it is JSON");
    repro["plan"] = value["nearest"]["plan"].clone();
    let near = folder.with("near.json", repro.to_string());
    let run = squall(&format!("run {near}"));
    assert!(run.out.contains("passed, but a violation was expected"), "{}", run.out);
}

#[test]
fn what_passes_has_nothing_to_explain() {
    let said = squall("explain office/quiet --seed 4");
    let want = "squall: office/quiet: nothing to explain: the run ended `passed`\n";
    assert_eq!((said.exit, said.err.as_str()), (2, want));
}
