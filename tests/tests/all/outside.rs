//! A crate outside the workspace that depends on the front door alone.
//!
//! The invariant: its own lock file is enough to build it, and it knows no crate of ours but
//! `squall` and what that stands on.

use crate::workspace::{cargo, read};

#[test]
fn a_crate_outside_the_workspace_tests_its_protocol() {
    let manifest = ["--manifest-path", "tests/outside/Cargo.toml"];
    let output = cargo(&[&["test", "--locked"], &manifest[..]].concat());
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    let stale = "if its lock file is out of date: cargo update --workspace --manifest-path";
    assert!(output.status.success(), "{printed}\n{told}\n{stale} {}", manifest[1]);
    for test in ["no_number_is_given_out_twice", "a_careless_desk_gives_a_number_out_twice"] {
        assert!(printed.contains(&format!("{test} ... ok")), "{test} was not run:\n{printed}");
    }
}

#[test]
fn who_only_tests_locks_no_crate_of_the_command_line() {
    let lock = read("tests/outside/Cargo.lock");
    for name in ["clap", "ratatui", "crossterm", "squall-cli", "squall-protocols"] {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name} is locked");
    }
}
