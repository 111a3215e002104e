//! `squall new` as a newcomer uses it, and a catalogue of a folder, which its crate has.
//!
//! The invariant: the crate is tested as it was made; only the versions of what it stands on are
//! those of the workspace.

use super::desk::say;
use super::office::catalogue;
use crate::workspace::{cargo, root};
use squall::Catalogue;
use std::fs;
use std::path::{Path, PathBuf};

/// An empty folder of this name.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a scratch folder can be made");
    folder
}

#[test]
fn a_new_crate_builds_and_passes() {
    let path = scratch("new").join("one-keeper");
    let said = say(&Catalogue::new(), &format!("new {}", path.display()));
    assert_eq!(said.exit, 0, "{}", said.err);
    let first = fs::read_to_string(path.join("scenarios/crashes.toml")).expect("it is there");
    assert!(first.starts_with("#:schema ./schema.json\n"), "{first}");
    fs::copy(root().join("Cargo.lock"), path.join("Cargo.lock")).expect("it can be copied");
    let manifest = path.join("Cargo.toml").display().to_string();
    let arguments = ["test", "--offline", "--features", "cli", "--manifest-path", &manifest];
    let output = cargo(&arguments);
    let printed = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}\n{told}");
    for test in ["no_crash_takes_back_what_was_told", "a_careless_keeper_is_found_out"] {
        assert!(printed.contains(&format!("{test} ... ok")), "{test} was not run:\n{printed}");
    }
    let ran = cargo(&[&["run", "--quiet"], &arguments[1..], &["--", "list"]].concat());
    let listed = String::from_utf8_lossy(&ran.stdout);
    assert!(listed.contains("crashes"), "{listed}\n{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn the_guide_is_there_without_a_network() {
    let said = say(&Catalogue::new(), "help guide");
    assert!(said.out.starts_with("# A first protocol\n"), "{}", said.out);
    assert!(said.out.contains("# What squall cannot find"), "{}", said.out);
    // What is there for the compiler of the examples alone is not shown.
    assert!(!said.out.contains("# use squall"), "{}", said.out);
    assert_eq!(said.exit, 0);
}

#[test]
fn the_lints_of_a_new_crate_are_those_of_this_project() {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("it is there");
    assert_eq!(read("sim/cli/template/clippy.toml.txt"), read("clippy.toml"));
}

#[test]
fn what_cannot_be_made_is_refused() {
    let folder = scratch("refused");
    let here = folder.display();
    let check = |arguments: &str, want: &str| {
        let said = say(&Catalogue::new(), arguments);
        assert_eq!((said.err.as_str(), said.exit), (format!("squall: {want}\n").as_str(), 2));
    };
    check(&format!("new {here}"), &format!("{here}: it is there already"));
    check(
        &format!("new {here}/9Lives"),
        "`9Lives` cannot be the name of a crate here: lower-case letters, digits, - and _, as in \
         `my-protocol`",
    );
    check(
        &format!("new {here}/mine --squall {here}"),
        &format!("--squall {here}: there is no crate in this folder"),
    );
    assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 0);
}

#[test]
fn a_catalogue_has_every_scenario_of_a_folder() {
    let folder = scratch("folder");
    let (_, text) = catalogue().scenarios().next().expect("the office has scenarios");
    fs::create_dir(folder.join("deep")).expect("it can be made");
    for path in ["first.toml", "deep/second.toml", "deep/notes.txt"] {
        fs::write(folder.join(path), text).expect("it can be written");
    }
    let whole = catalogue().folder(&folder);
    let names: Vec<&str> = whole.scenarios().map(|(name, _)| name).collect();
    assert!(names.contains(&"first") && names.contains(&"deep/second"), "{names:?}");
    assert_eq!(names.len(), catalogue().scenarios().count() + 2);

    let missing = folder.join("missing");
    let said = say(&catalogue().folder(&missing), "list");
    assert!(said.err.starts_with(&format!("squall: {}: ", missing.display())), "{}", said.err);
    assert_eq!((said.err.lines().count(), said.exit), (1, 2));
}
