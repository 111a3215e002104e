//! `scenarios/regressions`: shrunk repros, each of which passes, or fails as it expects to.

use crate::cli::desk::say;
use squall_scenarios::catalogue;
use std::fs;
use std::path::{Path, PathBuf};

fn repros() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/regressions");
    let entries = fs::read_dir(folder).expect("the folder of regressions can be read");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("its entries can be read").path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_regression_does_what_it_says() {
    let repros = repros();
    assert!(repros.len() >= 13, "{repros:?}");
    for path in repros {
        let said = say(&catalogue(), &format!("run {}", path.display()));
        assert_eq!((said.exit, said.err.as_str()), (0, ""), "{}: {}", path.display(), said.out);
        assert!(said.out.contains("VIOLATED as expected"), "{}: {}", path.display(), said.out);
    }
}

#[test]
fn a_regression_fails_when_its_bug_is_gone() {
    for path in repros() {
        let text = fs::read_to_string(&path).expect("it can be read");
        let at = text.find("\"bug\": \"").expect("a planted bug is named");
        let end = at + text[at..].find(",\n").expect("a line ends");
        let fixed = format!("{}\"bug\": \"none\"{}", &text[..at], &text[end..]);
        let folder = crate::cli::desk::Folder::new("fixed");
        let fixed = folder.with("fixed.json", fixed);
        let said = say(&catalogue(), &format!("run {fixed}"));
        assert_eq!(said.exit, 1, "{}: {}", path.display(), said.out);
        assert!(said.out.contains("passed, but a violation was expected"), "{}", said.out);
    }
}
