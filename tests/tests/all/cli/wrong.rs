//! Bad input: one clear line on the words' stream, nothing on the other, exit code 2.

use super::desk::{Folder, squall};
use super::office::QUIET;

/// Compares the one line that is said about a wrong command.
fn check(arguments: &str, want: &str) {
    let said = squall(arguments);
    assert_eq!((said.exit, said.out.as_str()), (2, ""), "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert_eq!(said.err.trim_end(), want);
}

/// Compares the line that is said about a file in which a part of a good scenario was replaced.
fn check_file(name: &str, part: &str, by: &str, want: &str) {
    assert!(QUIET.contains(part));
    let folder = Folder::new(name);
    let path = folder.with("bad.toml", QUIET.replacen(part, by, 1));
    let said = squall(&format!("run {path} --seed 1"));
    assert_eq!((said.exit, said.out.as_str()), (2, ""), "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert_eq!(said.err.trim_end().strip_prefix(&path), Some(want));
}

#[test]
fn unknown_names_suggest_the_nearest() {
    check(
        "run office/quite",
        "squall: no scenario is called `office/quite`; did you mean `office/quiet`?",
    );
    check(
        "run ofice/quiet",
        "squall: no scenario is called `ofice/quiet`; did you mean `office/quiet`?",
    );
    check("run quiet", "squall: no scenario is called `quiet`; did you mean `office/quiet`?");
    check(
        "run office",
        "squall: no scenario is called `office`; it is a protocol, whose scenarios are `office/*`",
    );
    check(
        "run something/else",
        "squall: no scenario is called `something/else`; `squall list` shows all",
    );
    check("describe offce", "squall: nothing is called `offce`; did you mean `office`?");
    check("describe fault", "squall: nothing is called `fault`; did you mean `faults`?");
    check("schema ofice", "squall: no protocol is called `ofice`; did you mean `office`?");
    check("list ofice", "squall: no scenario is called `ofice`; `squall list` shows all");
    check(
        "man rn",
        "squall: no command is called `rn`; there are: \
         list, describe, run, sweep, merge, replay, report, export, bench, check, shrink, explain, \
         schema, completions, man, help",
    );
    check("lits", "squall: unrecognized subcommand 'lits'; a similar subcommand exists: 'list'");
}

#[test]
fn patterns_that_are_none_or_match_nothing_are_refused() {
    check("run office/[", "squall: `office/[` is not a pattern: invalid range pattern");
    check("run offices/*", "squall: no scenario matches `offices/*`; `squall list` shows all");
    check("list zoo/*", "squall: no scenario matches `zoo/*`; `squall list` shows all");
}

#[test]
fn options_that_make_no_sense_are_refused() {
    check(
        "run office/quiet --set network.loss",
        "--set network.loss: expected KEY=VALUE, such as network.loss=5%",
    );
    check(
        "run office/quiet --set network.los=1%",
        "--set network.los: unknown key `los` in [network]; did you mean `loss`?",
    );
    check(
        "run office/quiet --set network.loss=200%",
        "--set network.loss: `200%` is more than `100%`",
    );
    check("run office/quiet --seeds 10..5", "squall: --seeds 10..5: it ends before it begins");
    check("run office/quiet --seeds 0", "squall: --seeds 0: there is no seed in it");
    check(
        "run office/quiet --seed 18446744073709551616",
        "squall: seed `18446744073709551616` is too great: the greatest is 18446744073709551615",
    );
    check("run office/quiet --seed -1", "squall: `-1` is not a seed such as 42 or 0x2a");
    check("run office/quiet --seed x", "squall: `x` is not a seed such as 42 or 0x2a");
    check(
        "run office/quiet --seed 1 --seeds 5",
        "squall: the argument '--seed <N>' cannot be used with '--seeds <N|A..B|A..=B>'",
    );
    check(
        "run office/quiet --seeds 5 --trace x.trace",
        "squall: --trace shows one run: give one scenario and one --seed",
    );
    check(
        "run office/* --events",
        "squall: --events shows one run: give one scenario and one --seed",
    );
    check(
        "run office/quiet --sed 1",
        "squall: unexpected argument '--sed' found; a similar argument exists: '--seed'",
    );
    check("run", "squall: the following required arguments were not provided: <NAME|GLOB|FILE>...");
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    check("run ./missing.toml", "squall: cannot read ./missing.toml: there is no such file");
    check("run /", "squall: cannot read /: it is a folder; name a file in it");
    check("run failure.json", "squall: cannot read failure.json: there is no such file");
    check("run ./failure.trace", "squall: ./failure.trace: a scenario is a .toml file");
    let folder = Folder::new("not-utf-8");
    let path = folder.with("bytes.toml", [0xff, 0xfe]);
    let said = squall(&format!("run {path}"));
    let want = format!("squall: cannot read {path}: it is not UTF-8 text\n");
    assert_eq!((said.exit, said.err), (2, want));
}

#[test]
fn wrong_files_are_told_with_line_and_column() {
    check_file(
        "toml",
        "nodes = 3",
        "nodes = ",
        ":8:9: not TOML: the value is missing or lacks its quotes",
    );
    check_file(
        "key",
        "clients = 2",
        "cleints = 2",
        ":9:1: unknown key `cleints` in [cluster]; did you mean `clients`?",
    );
    check_file("zero", "nodes = 3", "nodes = 0", ":8:9: a cluster has at least one node");
    check_file(
        "negative",
        "calm = \"500ms\"",
        "calm = \"-500ms\"",
        ":6:8: `-500ms` is negative; a duration is not",
    );
    check_file(
        "protocol",
        "\"office\"",
        "\"ofice\"",
        ":4:12: no protocol is called `ofice`; did you mean `office`?",
    );
    check_file(
        "mark",
        "\"written\"",
        "\"writen\"",
        ":13:14: office has no property or mark `writen`; did you mean `written`?",
    );
}

#[test]
fn wrong_faults_are_told_with_line_and_column() {
    let fault = |rest: &str| format!("[[faults]]\n{rest}\n[checks]");
    let node = fault("at = \"1s\"\nnodes = \"n9\"\npause = {}");
    check_file("node", "[checks]", &node, ":14:9: no node is called `n9`; there are n1..n3");
    let role = fault("at = \"1s\"\nnodes = \"boss\"\npause = {}");
    check_file(
        "role",
        "[checks]",
        &role,
        ":14:9: no node, kind or role is called `boss`; expected n1..n3, \
         chief, clerk, `all` or `random N`",
    );
    let late = fault("at = \"3s\"\nnodes = \"n1\"\npause = {}");
    check_file(
        "late",
        "[checks]",
        &late,
        ":13:6: `pause-1` begins at 3s, when the run of 2s is over",
    );
}
