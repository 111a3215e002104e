//! Which crate may stand on which, and that ARCHITECTURE.md says what is so.
//!
//! The invariant: an edge that is not allowed here does not land.

use crate::workspace::{cargo_prints, read};
use serde_json::Value;
use std::collections::BTreeMap;

/// What each crate may depend on, of our own; a crate of the command line only with a feature.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("squall-check", &[]),
    ("squall-engine", &["squall-check"]),
    ("squall-explore", &["squall-engine", "squall-check", "squall-watch"]),
    ("squall-replay", &["squall-engine", "squall-check"]),
    ("squall-watch", &["squall-engine"]),
    (
        "squall-cli",
        &["squall-explore", "squall-replay", "squall-watch", "squall-engine", "squall-check"],
    ),
    (
        "squall",
        &["squall-explore", "squall-watch", "squall-engine", "squall-check", "squall-cli (cli)"],
    ),
    ("squall-protocols", &["squall"]),
    ("squall-scenarios", &["squall-protocols", "squall"]),
];

/// The crate that may depend on any.
const FREE: &str = "squall-tests";

/// Each crate with those of ours that it depends on, and the features that bring them.
fn edges() -> BTreeMap<String, Vec<String>> {
    let printed = cargo_prints(&["metadata", "--no-deps", "--format-version", "1", "--locked"]);
    let metadata: Value = serde_json::from_str(&printed).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("there are packages");
    packages.iter().map(|package| (text(&package["name"]), own_dependencies(package))).collect()
}

fn own_dependencies(package: &Value) -> Vec<String> {
    let dependencies = package["dependencies"].as_array().expect("there are dependencies");
    let own = dependencies.iter().filter(|dependency| {
        let counts = dependency["kind"].is_null() || text(&package["name"]) == FREE;
        counts && dependency["path"].is_string()
    });
    let mut names: Vec<String> = own.map(|dependency| named(package, dependency)).collect();
    names.sort();
    names
}

/// The name of a dependency, with the feature that brings it if it is optional.
fn named(package: &Value, dependency: &Value) -> String {
    let name = text(&dependency["name"]);
    if dependency["optional"] != Value::Bool(true) {
        return name;
    }
    let brings = Value::String(format!("dep:{name}"));
    let features = package["features"].as_object().expect("features are a table");
    let feature = features
        .iter()
        .find(|(_, list)| list.as_array().is_some_and(|list| list.contains(&brings)));
    format!("{name} ({})", feature.map_or("no feature", |(feature, _)| feature))
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_string()
}

#[test]
fn no_crate_stands_on_one_that_it_may_not() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.into_iter().collect();
    let mut wrong = Vec::new();
    for (name, dependencies) in edges().into_iter().filter(|(name, _)| name != FREE) {
        let may = allowed.get(name.as_str()).copied().unwrap_or_default();
        let over = dependencies.iter().filter(|dependency| !may.contains(&dependency.as_str()));
        wrong.extend(over.map(|dependency| format!("{name} → {dependency}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_page_lists_the_edges_that_are_there() {
    let page = read("ARCHITECTURE.md");
    let (_, list) = page.split_once("```dependencies\n").expect("the page has a list");
    let (list, _) = list.split_once("```").expect("the list ends");
    let told: BTreeMap<String, Vec<String>> = list.lines().map(told_edge).collect();
    assert_eq!(told, edges());
}

/// A line of the page: `engine → check`.
fn told_edge(line: &str) -> (String, Vec<String>) {
    let (name, dependencies) = line.split_once('→').expect("a line names what it stands on");
    let names = dependencies.split(',').map(|name| name.trim().to_string());
    let mut names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    names.sort();
    (name.trim().to_string(), names)
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("Cargo.toml");
    let (_, table) = manifest.split_once("[workspace.dependencies]\n").expect("there is a table");
    let (table, _) = table.split_once("\n[").expect("another table follows");
    let lines = table.lines().filter(|line| !line.is_empty() && !line.contains("path ="));
    let bare: Vec<&str> = lines.filter(|line| !line.contains("# ")).collect();
    assert_eq!(bare, Vec::<&str>::new());
}
