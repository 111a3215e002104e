//! `check`: histories that somebody recorded.

use super::desk::{Folder, say_to, squall};
use super::office::catalogue;
use expect_test::{Expect, expect};

const STALE: &str = "\
{:process 0, :type :invoke, :f :write, :value 5}
{:process 0, :type :ok, :f :write, :value 5}
{:process 1, :type :invoke, :f :write, :value 7}
{:process 1, :type :ok, :f :write, :value 7}
{:process 0, :type :invoke, :f :read, :value nil}
{:process 0, :type :ok, :f :read, :value 5}
";

const FRESH: &str = "\
{:process 0, :type :invoke, :f :write, :value 5}
{:process 0, :type :ok, :f :write, :value 5}
{:process 1, :type :invoke, :f :read, :value nil}
{:process 1, :type :ok, :f :read, :value 5}
";

const SKEW: &str = r#"
{"index":0,"type":"invoke","process":0,"f":"txn","value":[["r","x",null],["append","y",1]]}
{"index":1,"type":"invoke","process":1,"f":"txn","value":[["r","y",null],["append","x",2]]}
{"index":2,"type":"ok","process":0,"f":"txn","value":[["r","x",[]],["append","y",1]]}
{"index":3,"type":"ok","process":1,"f":"txn","value":[["r","y",[]],["append","x",2]]}
"#;

/// Compares what `check` says of standard input: data, then words marked with `!`, then the code.
fn check(arguments: &str, input: &str, want: Expect) {
    let said = say_to(&catalogue(), &format!("check {arguments}"), input);
    let words: String = said.err.lines().map(|line| format!("! {line}\n")).collect();
    want.assert_eq(&format!("{}{words}exit {}\n", said.out, said.exit));
}

#[test]
fn standard_input_is_judged() {
    check(
        "-",
        FRESH,
        expect![[r#"
        linearizable as kv
        ! read as Jepsen EDN: 2 operations, 0 pending
        exit 0
    "#]],
    );
    check(
        "- --model register --verify",
        STALE,
        expect![[r#"
        not linearizable as register: stale-read: c0 read 5, but c1's write of 7 had completed at #4, before that read began at #5.
        the shortest bad prefix ends at #6
        possible states before: [("", "7")]
        operations without an order, each of them needed:
          c0     #1–#2  Write 5 → ok
          c1     #3–#4  Write 7 → ok
          c0     #5–#6  Read → 5
        proof: accepted
        ! read as Jepsen EDN: 3 operations, 0 pending
        exit 1
    "#]],
    );
}

#[test]
fn a_weaker_order_may_hold() {
    check(
        "- --level sequential",
        STALE,
        expect![[r#"
        sequential as kv
        ! read as Jepsen EDN: 3 operations, 0 pending
        exit 0
    "#]],
    );
    check(
        "- --level read-your-writes",
        STALE,
        expect![[r#"
        read-your-writes as kv
        ! read as Jepsen EDN: 3 operations, 0 pending
        exit 0
    "#]],
    );
}

#[test]
fn transactions_have_levels() {
    check(
        "-",
        SKEW,
        expect![[r#"
        strongest level that holds: strong-session-snapshot-isolation
        not repeatable-read: G2-item: T1 (c0, line 2) read the initial value of x, which T2 replaced with 2; T2 (c1, line 3) read the initial value of y, which T1 replaced with 1
        anomalies: G2-item (2)
        ! read as Elle JSON Lines: 2 transactions, 0 pending
        exit 1
    "#]],
    );
    check(
        "- --level snapshot-isolation",
        SKEW,
        expect![[r#"
        snapshot-isolation: ok
        strongest level that holds: strong-session-snapshot-isolation
        not repeatable-read: G2-item: T1 (c0, line 2) read the initial value of x, which T2 replaced with 2; T2 (c1, line 3) read the initial value of y, which T1 replaced with 1
        anomalies: G2-item (2)
        ! read as Elle JSON Lines: 2 transactions, 0 pending
        exit 0
    "#]],
    );
    check(
        "- --level sequential",
        SKEW,
        expect![[r#"
        ! squall: standard input: no level of transactions is called `sequential`; there are read-uncommitted, read-committed, monotonic-atomic-view, read-atomic, cursor-stability, causal, prefix, parallel-snapshot-isolation, repeatable-read, snapshot-isolation, strong-session-snapshot-isolation, serializable, strong-session-serializable, strict-serializable
        exit 2
    "#]],
    );
    check(
        "- --level serializable",
        STALE,
        expect![[r#"
        ! squall: standard input: no level of operations is called `serializable`; there are linearizable, sequential, causal, pram, read-your-writes, monotonic-reads, monotonic-writes, writes-follow-reads, converged
        exit 2
    "#]],
    );
}

#[test]
fn a_spent_budget_has_a_code_of_its_own() {
    check(
        "- --budget 0",
        STALE,
        expect![[r#"
        undecided whether linearizable as kv; the budget is 0 steps
        ! read as Jepsen EDN: 3 operations, 0 pending
        exit 4
    "#]],
    );
}

#[test]
fn json_is_one_object_with_its_kind() {
    let said = say_to(&catalogue(), "check - --json", STALE);
    let data: serde_json::Value = serde_json::from_str(&said.out).expect("it is JSON");
    assert_eq!((data["version"].as_u64(), data["kind"].as_str()), (Some(1), Some("check")));
    assert_eq!((data["verdict"].as_str(), said.exit), (Some("violated"), 1));
}

#[test]
fn mistakes_are_told_with_file_line_and_field() {
    let bad = FRESH.replacen(":ok", ":okay", 1);
    check(
        "-",
        &bad,
        expect![[r#"
        ! squall: standard input:2: field `type`: `okay` is none of invoke, ok, fail, info
        exit 2
    "#]],
    );
    check(
        "- --format edm",
        FRESH,
        expect![[r#"
        ! squall: no format is called `edm`; did you mean `edn`?
        exit 2
    "#]],
    );
    check(
        "- --model registr",
        FRESH,
        expect![[r#"
        ! squall: no model is called `registr`; did you mean `register`?
        exit 2
    "#]],
    );
    check(
        "- --level serialisable",
        FRESH,
        expect![[r#"
        ! squall: no level is called `serialisable`; did you mean `serializable`?
        exit 2
    "#]],
    );
    check(
        "-",
        "what is this",
        expect![[r#"
        ! squall: standard input: no known format of histories; name one of squall, edn, jepsen-log, porcupine-kv, elle, awdit
        exit 2
    "#]],
    );
}

#[test]
fn what_is_not_there_is_told() {
    check(
        "",
        "",
        expect![[r#"
        ! squall: the following required arguments were not provided: <FILE|DIR|->
        exit 2
    "#]],
    );
    check(
        "no-such-file",
        "",
        expect![[r#"
        ! squall: cannot read no-such-file: there is no such file
        exit 2
    "#]],
    );
    check(
        "- --root .",
        "",
        expect![[r#"
        ! squall: the following required arguments were not provided: --verdicts <FILE.csv>
        exit 2
    "#]],
    );
    let folder = Folder::new("bad-history");
    let path = folder.with("bad.edn", FRESH.replacen(":ok", ":okay", 1));
    let said = squall(&format!("check {path}"));
    let told = said.err.strip_prefix(&format!("squall: {path}"));
    assert_eq!(told, Some(":2: field `type`: `okay` is none of invoke, ok, fail, info\n"));
}

#[test]
fn a_page_is_written() {
    let folder = Folder::new("page");
    let path = folder.with("stale.edn", STALE);
    let page = folder.path().join("out.html");
    let said = squall(&format!("check {path} --html {}", page.display()));
    assert_eq!(said.exit, 1, "{}", said.err);
    let page = std::fs::read_to_string(page).expect("it was written");
    assert!(page.starts_with("<!doctype html>") && page.contains("class=\"bad\""));
    let said = squall(&format!("check {path} --html {}/no/out.html", folder.path().display()));
    assert_eq!(said.exit, 2);
    assert!(said.err.ends_with("/no/out.html: there is no such folder\n"), "{}", said.err);
}

/// What a command says of a folder, its path left out.
fn check_in(folder: &Folder, arguments: &str, want: Expect) {
    let path = folder.path().display().to_string();
    let said = squall(&format!("check {arguments}").replace("DIR", &path));
    let words: String = said.err.lines().map(|line| format!("! {line}\n")).collect();
    let told = format!("{}{words}exit {}\n", said.out, said.exit);
    want.assert_eq(&told.replace(&path, "DIR"));
}

#[test]
fn a_folder_is_judged_file_by_file() {
    let folder = Folder::new("histories");
    folder.with("fresh.edn", FRESH);
    folder.with("notes.txt", "what is this");
    check_in(
        &folder,
        "DIR",
        expect![[r#"
        DIR/fresh.edn: linearizable as kv in 0.0ns
        DIR/notes.txt: no known format of histories; name one of squall, edn, jepsen-log, porcupine-kv, elle, awdit
        2 files: 1 ok, 0 violated, 0 undecided, 1 unreadable, in 0.0ns
        exit 2
    "#]],
    );
    folder.with("stale.edn", STALE);
    check_in(
        &folder,
        "DIR",
        expect![[r#"
        DIR/fresh.edn: linearizable as kv in 0.0ns
        DIR/notes.txt: no known format of histories; name one of squall, edn, jepsen-log, porcupine-kv, elle, awdit
        DIR/stale.edn: not linearizable as kv: stale-read: c0 read 5, but c1's write of 7 had completed at #4, before that read began at #5. in 0.0ns
        3 files: 1 ok, 1 violated, 0 undecided, 1 unreadable, in 0.0ns
        exit 1
    "#]],
    );
    check_in(
        &folder,
        "DIR --json",
        expect![[r#"
        {"file":"DIR/fresh.edn","kind":"file","seconds":0.0,"verdict":"ok","version":1}
        {"file":"DIR/notes.txt","kind":"unreadable","problem":"DIR/notes.txt: no known format of histories; name one of squall, edn, jepsen-log, porcupine-kv, elle, awdit","version":1}
        {"file":"DIR/stale.edn","kind":"file","seconds":0.0,"verdict":"violated","version":1}
        {"all":3,"kind":"summary","ok":1,"seconds":0.0,"undecided":0,"unreadable":1,"version":1,"violated":1}
        exit 1
    "#]],
    );
    check_in(
        &folder,
        "DIR --html DIR/out.html",
        expect![[r#"
        ! squall: --html shows one history: name one file
        exit 2
    "#]],
    );
}

#[test]
fn verdicts_are_compared_with_a_table() {
    let folder = Folder::new("table");
    folder.with("fresh.edn", FRESH);
    folder.with("stale.edn", STALE);
    folder.with("right.csv", "file,model,verdict\nfresh.edn,kv,ok\nstale.edn,register,illegal\n");
    folder.with("wrong.csv", "file,level,valid\nstale.edn,linearizable,true\ngone.edn,,true\n");
    folder.with("odd.csv", "file,verdict\nfresh.edn,maybe\n");
    check_in(
        &folder,
        "DIR --verdicts DIR/right.csv",
        expect![[r#"
        2 verdicts: 2 as expected, 0 not (0 undecided), 0 unreadable, in 0.0ns
        exit 0
    "#]],
    );
    check_in(
        &folder,
        "--verdicts DIR/right.csv",
        expect![[r#"
        2 verdicts: 2 as expected, 0 not (0 undecided), 0 unreadable, in 0.0ns
        exit 0
    "#]],
    );
    check_in(
        &folder,
        "--verdicts DIR/wrong.csv --root DIR",
        expect![[r#"
        stale.edn: expected true, found violated in 0.0ns
        cannot read gone.edn: there is no such file
        2 verdicts: 0 as expected, 1 not (0 undecided), 1 unreadable, in 0.0ns
        exit 1
    "#]],
    );
    check_in(
        &folder,
        "--verdicts DIR/wrong.csv --json",
        expect![[r#"
        {"expected":"ok","file":"stale.edn","kind":"mismatch","seconds":0.0,"verdict":"violated","version":1}
        {"file":"gone.edn","kind":"unreadable","problem":"cannot read gone.edn: there is no such file","version":1}
        {"all":2,"as_expected":0,"kind":"summary","mismatches":1,"seconds":0.0,"undecided":0,"unreadable":1,"version":1}
        exit 1
    "#]],
    );
    check_in(
        &folder,
        "--verdicts DIR/odd.csv",
        expect![[r#"
        ! squall: DIR/odd.csv:2: field `verdict`: `maybe` is no verdict
        exit 2
    "#]],
    );
    check_in(
        &folder,
        "--verdicts DIR/right.csv --root DIR/gone",
        expect![[r#"
        ! squall: DIR/gone: there is no such folder
        exit 2
    "#]],
    );
}
