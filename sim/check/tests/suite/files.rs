//! Files are read, written and judged; mistakes in them are named by line and field.

use expect_test::{Expect, expect};
use flate2::write::GzEncoder;
use squall_check::command::{Batch, CheckOptions, check, check_table};
use squall_check::format::{Format, pair, read, write_edn, write_json_lines};
use squall_check::{Codec, FailMeans, Model, Recipe, Serve, TextKv, decode, encode};
use std::io::{Read, Write};
use std::time::Duration;

const STALE: &str = "\
{:process 0, :type :invoke, :f :write, :value 5}
{:process 0, :type :ok, :f :write, :value 5}
{:process 1, :type :invoke, :f :write, :value 7}
{:process 1, :type :ok, :f :write, :value 7}
{:process 0, :type :invoke, :f :read, :value nil}
{:process 0, :type :ok, :f :read, :value 5}
";

/// Judges a file and compares everything that is said.
fn say(file: &[u8], options: &CheckOptions, want: Expect) {
    let (mut out, mut words) = (Vec::new(), Vec::new());
    let code = match check(file, options, &mut out, &mut words, None) {
        Ok(said) => said.exit_code().to_string(),
        Err(error) => error.to_string(),
    };
    let text = |bytes| String::from_utf8(bytes).expect("words are text");
    want.assert_eq(&format!("{}{}exit {code}", text(words), text(out)));
}

#[test]
fn a_violation_is_told_with_its_window() {
    let options = CheckOptions {
        model: Some(String::from("register")),
        verify: true,
        ..CheckOptions::default()
    };
    say(
        STALE.as_bytes(),
        &options,
        expect![[r#"
            read as Jepsen EDN: 3 operations, 0 pending
            not linearizable as register: stale-read: c0 read 5, but c1's write of 7 had completed at #4, before that read began at #5.
            the shortest bad prefix ends at #6
            possible states before: [("", "7")]
            operations without an order, each of them needed:
              c0     #1–#2  Write 5 → ok
              c1     #3–#4  Write 7 → ok
              c0     #5–#6  Read → 5
            proof: accepted
            exit 1"#]],
    );
}

#[test]
fn json_is_one_object() {
    let options = CheckOptions { json: true, ..CheckOptions::default() };
    say(
        STALE.as_bytes(),
        &options,
        expect![[r#"
            read as Jepsen EDN: 3 operations, 0 pending
            {"evidence":{"contradicted_by":1,"part":null,"reason":"stale-read","sentence":"c0 read 5, but c1's write of 7 had completed at #4, before that read began at #5.","unexplained":2,"window":[0,1,2]},"explanation":{"minimal":true,"prefix_end":6,"states":["[(\"\", \"7\")]"],"window":[0,1,2]},"kind":"check","model":"kv","operations":3,"promise":"linearizable","proof":null,"sentence":"c0 read 5, but c1's write of 7 had completed at #4, before that read began at #5.","verdict":"violated","version":1}
            exit 1"#]],
    );
}

#[test]
fn gzip_is_unpacked() {
    const CUT: usize = 60;
    let mut packer = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&STALE.as_bytes()[..CUT]).expect("memory takes it");
    let half = packer.finish().expect("memory takes it");
    let text = STALE.split_at(CUT).1;
    let broken = read(&half[..], None).expect("it begins well").find_map(Result::err);
    assert!(broken.is_some(), "cut in the middle of a map");
    let mut packer = GzEncoder::new(half, flate2::Compression::fast());
    packer.write_all(text.as_bytes()).expect("memory takes it");
    let both = packer.finish().expect("memory takes it");
    let entries = read(&both[..], None).expect("two members are one file");
    assert_eq!((entries.format(), entries.filter_map(Result::ok).count()), (Format::Edn, 6));
}

#[test]
fn formats_are_detected() {
    for (text, want) in [
        (
            "{\"at\":1,\"process\":\"c1\",\"type\":\"invoke\",\"f\":\"read\",\"value\":null}",
            Format::Squall,
        ),
        ("; a comment\n[{:process 0, :type :invoke, :f :read}]", Format::Edn),
        ("#jepsen.history.Op{:process 0, :type :invoke, :f :read, :value nil}", Format::Edn),
        ("{:process 0, :type :invoke, :f :get, :key \"0\", :value nil}", Format::PorcupineKv),
        ("other\nINFO  jepsen.util - 4\t:invoke\t:read\tnil", Format::JepsenLog),
        (
            "{\"index\":0,\"type\":\"invoke\",\"process\":0,\"f\":\"txn\",\"value\":[]}",
            Format::Elle,
        ),
        ("r 1 0\nw 1 2\n-----", Format::Awdit),
    ] {
        let mut entries = read(text.as_bytes(), None).expect(text);
        assert_eq!(entries.format(), want, "{text}");
        assert!(matches!(entries.next(), Some(Ok(_))), "{text}");
    }
    assert!(read("what is this".as_bytes(), None).is_err());
}

#[test]
fn mistakes_are_named_by_line_and_field() {
    let options = CheckOptions::default();
    for (text, want) in [
        (
            "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :okay, :f :read}",
            "line 2: field `type`: `okay` is none of invoke, ok, fail, info",
        ),
        (
            "{:process 0, :type :ok, :f :read, :value 1}",
            "line 1: field `process`: c0 is answered without having asked",
        ),
        ("{:process 0, :f :read}", "line 1: field `type`: is missing"),
        (
            "{:process 0, :type :invoke, :f :jump, :value 1}",
            "line 1: field `f`: no operation is called `jump`; there are read, write, append, cas",
        ),
        (
            "{:process 0, :type :invoke, :f :cas, :value 1}",
            "line 1: field `value`: expected [expected new], found 1",
        ),
        ("{:process 0, :type :invoke\n", "line 2: the file ends in the middle of a value"),
        ("{\"at\":1}\n", "line 1: field `process`: is missing"),
        ("{\"at\":1,\n", "line 1: not JSON, at column 8"),
        ("r 1\n", "line 1: expected `r key value` or `w key value`"),
    ] {
        let error = check(text.as_bytes(), &options, &mut Vec::new(), &mut Vec::new(), None);
        assert_eq!(error.expect_err(text).to_string(), want);
    }
}

#[test]
fn fail_has_two_meanings() {
    let text = "\
INFO jepsen.util - 0 :invoke :write 1
INFO jepsen.util - 0 :ok :write 1
INFO jepsen.util - 1 :invoke :cas [1 2]
INFO jepsen.util - 1 :fail :cas [1 2]
";
    for (fail, want) in [(FailMeans::Mismatch, 1), (FailMeans::DidNotHappen, 0)] {
        let options = CheckOptions { fail: Some(fail), ..CheckOptions::default() };
        let said = check(text.as_bytes(), &options, &mut Vec::new(), &mut Vec::new(), None);
        assert_eq!(said.expect("it can be read").exit_code(), want, "{fail:?}");
    }
}

/// A history written and read again is the same, in both formats.
fn round_trip<M: Serve + Codec>()
where
    <M as Model>::State: Sized,
{
    let recipe = Recipe { seed: 5, operations: 60, pending: 4, ..Recipe::default() };
    let mut history = recipe.make::<M>();
    // Files count entries; so do we.
    let mut at = 0;
    let recording = encode::<M>(&history);
    let mut text = Vec::new();
    write_json_lines(&recording, &mut text).expect("memory takes it");
    let entries = read(&text[..], None).expect("what was written can be read");
    assert_eq!(entries.format(), Format::Squall);
    let again = decode::<M>(&pair(entries).expect("pairs"), FailMeans::DidNotHappen);
    let again = again.expect("what was written is understood");
    assert_eq!(again.operations.len(), history.operations.len());
    for (one, two) in history.operations.iter_mut().zip(&again.operations) {
        at += 1;
        assert_eq!(one.operation, two.operation, "operation {at}");
        assert_eq!(one.answer(), two.answer(), "operation {at}");
        assert_eq!(one.process, two.process, "operation {at}");
    }
    let mut text = Vec::new();
    write_edn(&encode::<M>(&history), &mut text).expect("memory takes it");
    let entries = read(&text[..], Some(Format::Edn)).expect("what was written can be read");
    let again = decode::<M>(&pair(entries).expect("pairs"), FailMeans::DidNotHappen);
    let again = again.expect("what was written is understood");
    for (one, two) in history.operations.iter().zip(&again.operations) {
        assert_eq!((&one.operation, one.answer()), (&two.operation, two.answer()));
    }
}

#[test]
fn what_is_written_is_read_back() {
    use squall_check as c;
    round_trip::<TextKv>();
    round_trip::<c::MultiRegister>();
    round_trip::<c::Counter>();
    round_trip::<c::Set>();
    round_trip::<c::GrowingSet>();
    round_trip::<c::Queue>();
    round_trip::<c::Lock>();
    round_trip::<c::Semaphore<2>>();
    round_trip::<c::Log>();
    round_trip::<c::Lease>();
    round_trip::<c::UniqueIds>();
    round_trip::<c::Bank<3, 5>>();
}

#[test]
fn transactions_are_told_by_level() {
    let skew = r#"
{"index":0,"type":"invoke","process":0,"f":"txn","value":[["r","x",null],["append","y",1]]}
{"index":1,"type":"invoke","process":1,"f":"txn","value":[["r","y",null],["append","x",2]]}
{"index":2,"type":"ok","process":0,"f":"txn","value":[["r","x",[]],["append","y",1]]}
{"index":3,"type":"ok","process":1,"f":"txn","value":[["r","y",[]],["append","x",2]]}
{"index":4,"type":"invoke","process":0,"f":"txn","value":[["r","x",null],["r","y",null]]}
{"index":5,"type":"ok","process":0,"f":"txn","value":[["r","x",[2]],["r","y",[1]]]}
"#
    .trim_start();
    say(
        skew.as_bytes(),
        &CheckOptions::default(),
        expect![[r#"
        read as Elle JSON Lines: 3 transactions, 0 pending
        strongest level that holds: strong-session-snapshot-isolation
        not repeatable-read: G2-item: T1 (c0, line 1) read the initial value of x, which T2 replaced with 2; T2 (c1, line 2) read the initial value of y, which T1 replaced with 1
        anomalies: G2-item (2)
        exit 1"#]],
    );
    let options =
        CheckOptions { level: Some(String::from("snapshot-isolation")), ..CheckOptions::default() };
    say(
        skew.as_bytes(),
        &options,
        expect![[r#"
        read as Elle JSON Lines: 3 transactions, 0 pending
        snapshot-isolation: ok
        strongest level that holds: strong-session-snapshot-isolation
        not repeatable-read: G2-item: T1 (c0, line 1) read the initial value of x, which T2 replaced with 2; T2 (c1, line 2) read the initial value of y, which T1 replaced with 1
        anomalies: G2-item (2)
        exit 0"#]],
    );
}

#[test]
fn a_table_is_compared() {
    let table = "file,model,verdict\nstale,register,illegal\nstale,kv,ok\nmissing,kv,ok\n";
    let mut out = Vec::new();
    let mut batch = Batch {
        open: &mut |name| match name {
            "stale" => Ok(Box::new(STALE.as_bytes()) as Box<dyn Read>),
            _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
        },
        clock: &mut || Duration::ZERO,
    };
    let code = check_table(table, &CheckOptions::default(), &mut batch, &mut out);
    assert_eq!(code.expect("the table can be read"), 1);
    expect![[r#"
        stale: expected ok, found violated in 0.0ns
        cannot read missing: there is no such file
        3 verdicts: 1 as expected, 1 not (0 undecided), 1 unreadable, in 0.0ns
    "#]]
    .assert_eq(&String::from_utf8(out).expect("words are text"));
}

#[test]
fn the_page_stands_alone() {
    let mut page = Vec::new();
    let options = CheckOptions::default();
    let (mut out, mut words) = (Vec::new(), Vec::new());
    check(STALE.as_bytes(), &options, &mut out, &mut words, Some(&mut page)).expect("it is read");
    let page = String::from_utf8(page).expect("a page is text");
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("<script") && !page.contains("http"));
    assert_eq!(page.matches("<g class=\"bad\">").count(), 3);
}
