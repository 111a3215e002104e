//! Repros as files: a run is written as it happened, and runs as it did.

use super::desk::{Folder, squall};

fn digest(out: &str) -> &str {
    let at = out.find("digest ").expect("a verdict has a digest");
    &out[at..at + "digest ".len() + 16]
}

#[test]
fn a_pinned_run_runs_as_it_did() {
    let folder = Folder::new("pin");
    let path = folder.path().join("storm.json").display().to_string();
    let run = squall(&format!("run office/storm --seed 4 --pin {path}"));
    assert_eq!((run.exit, run.err), (0, format!("repro written to {path}\n")));
    let text = std::fs::read_to_string(&path).expect("the repro was written");
    // The fault that was skipped is gone from the plan.
    assert!(text.contains("\"faint\"") && !text.contains("\"nobody\""), "{text}");
    let again = squall(&format!("run {path}"));
    assert_eq!(again.exit, 0, "{}", again.err);
    assert_eq!(digest(&again.out), digest(&run.out));
    assert_eq!(again.err, "");
    assert!(again.out.starts_with(&format!("seed 4 · {path} · ")), "{}", again.out);
    // What is pinned is pinned already.
    let twice = squall(&format!("run {path} --pin {path}"));
    assert_eq!(twice.exit, 0, "{}", twice.err);
    assert_eq!(std::fs::read_to_string(&path).expect("it is still there"), text);
}

#[test]
fn a_violation_of_a_repro_says_how_to_run_it_again() {
    let folder = Folder::new("pin-again");
    let path = folder.path().join("stale.json").display().to_string();
    squall(&format!("run office/bugs/stale --seed 4 --pin {path}"));
    let again = squall(&format!("run {path}"));
    let commands = format!("again   squall run {path}\nwatch   squall replay {path}\n");
    assert!(again.out.ends_with(&commands), "{}", again.out);
}

#[test]
fn what_is_no_repro_is_refused() {
    let folder = Folder::new("pin-wrong");
    let path = folder.path().join("good.json").display().to_string();
    let good = squall(&format!("run office/storm --seed 4 --pin {path}"));
    assert_eq!(good.exit, 0);
    let text = std::fs::read_to_string(&path).expect("the repro was written");
    let check = |text: &str, want: &str| {
        let path = folder.with("wrong.json", text);
        let said = squall(&format!("run {path}"));
        assert_eq!((said.exit, said.out.as_str()), (2, ""), "{}", said.err);
        let told = said.err.trim_end().replace(&format!("squall: {path}"), "FILE");
        assert_eq!(told.replace(&path, "FILE"), want);
    };
    check("nonsense", "FILE: not JSON: expected ident at line 1 column 2");
    check("{}", "FILE: not a repro: it has no `version`");
    check("{\"version\": true}", "FILE: not a repro: `version` is no number");
    check("{\"version\": 9}", "FILE: version 9 is not known; this squall reads 2");
    check("{\"version\": 2}", "FILE: not a repro: missing field `squall` at line 1 column 14");
    check(&text.replace("\"n2\"", "\"n9\""), "FILE: no node is called `n9`; there are n1..n3");
    check(&text.replace("\"office\"", "\"zoo\""), "FILE: no protocol is called `zoo`");
    let said = |arguments: &str| squall(arguments).err.trim_end().to_string();
    assert_eq!(said("run ./none.json"), "squall: cannot read ./none.json: there is no such file");
    assert_eq!(
        said(&format!("run {path} --seed 4")),
        format!("squall: {path} is a repro, which says everything itself: leave out --seed")
    );
    assert_eq!(
        said("run office/storm --pin plan.toml"),
        "squall: --pin plan.toml: a repro is a .json file"
    );
    assert_eq!(
        said("run office/storm --seeds 5 --pin plan.json"),
        "squall: --pin shows one run: give one scenario and one --seed"
    );
}
