//! What is compiled by who depends on squall.

use crate::workspace::cargo_prints;

/// What a test never needs.
const COMMAND_LINE: [&str; 4] = ["clap", "ratatui", "crossterm", "squall-cli"];

fn packages(features: &[&str]) -> Vec<String> {
    let arguments = ["tree", "-p", "squall", "-e", "normal", "--prefix", "none", "--locked"];
    let printed = cargo_prints(&[&arguments, features].concat());
    printed.lines().filter_map(|line| line.split(' ').next()).map(str::to_string).collect()
}

#[test]
fn tests_compile_nothing_of_the_command_line() {
    let packages = packages(&[]);
    assert!(packages.iter().any(|name| name == "squall-engine"), "{packages:?}");
    let needless: Vec<&String> =
        packages.iter().filter(|name| COMMAND_LINE.contains(&name.as_str())).collect();
    assert_eq!(needless, Vec::<&String>::new());
}

#[test]
fn the_feature_brings_the_command_line() {
    let packages = packages(&["--features", "cli"]);
    assert!(packages.iter().any(|name| name == "clap"), "{packages:?}");
}
