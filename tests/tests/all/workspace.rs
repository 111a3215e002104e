//! Where the workspace is, its files, and cargo run in it.
//!
//! The invariant: nothing here writes outside the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the tests are a folder of the workspace").to_path_buf()
}

/// The target folder in which these tests were built.
pub(crate) fn target() -> &'static Path {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.expect("the scratch folder is in the target folder")
}

/// A text file of the workspace.
pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file that is part of the project, by its path in the workspace, in order.
pub(crate) fn files() -> Vec<String> {
    let mut files = Vec::new();
    gather(&root(), "", &mut files);
    files.sort();
    files
}

fn gather(folder: &Path, prefix: &str, files: &mut Vec<String>) {
    let entries = fs::read_dir(folder).expect("a folder of the workspace can be read");
    for entry in entries {
        let entry = entry.expect("a folder of the workspace can be read");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let is_folder = entry.file_type().expect("a file has a type").is_dir();
        match name.as_str() {
            ".git" | "target" => {}
            _ if is_folder => gather(&entry.path(), &format!("{path}/"), files),
            _ => files.push(path),
        }
    }
}

/// Runs the cargo that runs this test, in the workspace.
pub(crate) fn cargo(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root()).env("CARGO_TARGET_DIR", target());
    // What cargo tells this test about itself is not meant for another cargo.
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_PKG_NAME");
    command.output().expect("cargo runs")
}

/// Runs cargo, which must succeed, and returns what it printed.
pub(crate) fn cargo_prints(arguments: &[&str]) -> String {
    let output = cargo(arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo {} failed:\n{told}", arguments.join(" "));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}
