//! A hand-written history for each anomaly: what it shows, and what it still is.

use expect_test::{Expect, expect};
use squall_check::Budget;
use squall_check::format::{Format, read};
use squall_check::txn::{Assume, Level, analyze, pair_leniently, transactions, verify_anomaly};

/// Judges transactions written one a line, `process op; op; …` with the operations `a key value`,
/// `w key value` and `r key value…`. They follow one another in time unless a line begins with `+`,
/// which overlaps the line before; `>` ends only with the next line that does not overlap, `!`
/// aborts, and what became of `?` nobody knows.
fn check(script: &str, want: Expect) {
    let mut blocks: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    let mut late: Vec<String> = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let ops = line.trim_start_matches(['+', '>', '!', '?']).trim();
        let marks = &line[..line.len() - ops.len()];
        let kind = match (marks.contains('!'), marks.contains('?')) {
            (true, _) => "fail",
            (_, true) => "info",
            (false, false) => "ok",
        };
        let (process, ops) = ops.split_once(' ').expect("ops");
        let ops: Vec<String> = ops.split(';').map(|op| json(op, script.contains("a "))).collect();
        let entry = |kind: &str| {
            let value = ops.join(",");
            format!(
                r#"{{"index":0,"process":{process},"type":"{kind}","f":"txn","value":[{value}]}}"#
            )
        };
        if !marks.contains('+') {
            blocks.push((Vec::new(), std::mem::take(&mut late)));
        }
        let block = blocks.last_mut().expect("the first line overlaps none");
        block.0.push(entry("invoke"));
        match marks.contains('>') {
            true => late.push(entry(kind)),
            false => block.1.push(entry(kind)),
        }
    }
    let text: Vec<String> =
        blocks.into_iter().flat_map(|block| [block.0, block.1].concat()).collect();
    let text = text.join("\n");
    let entries = read(text.as_bytes(), Some(Format::Elle)).expect("it can be read");
    let recording = pair_leniently(entries).expect("it is JSON");
    let history = transactions(&recording, Format::Elle).expect("transactions");
    let report = analyze(&history, Assume::default(), Budget::default());
    for anomaly in &report.anomalies {
        let proof = verify_anomaly(&history, Assume::default(), anomaly);
        proof.unwrap_or_else(|flaw| panic!("{flaw}: {anomaly:?}"));
    }
    let kinds: Vec<String> = report.kinds().keys().map(ToString::to_string).collect();
    let levels: Vec<&str> = report.strongest().into_iter().map(Level::name).collect();
    want.assert_eq(&format!("{} | {}", kinds.join(" "), levels.join(" ")));
}

fn json(op: &str, lists: bool) -> String {
    let words: Vec<&str> = op.split_whitespace().collect();
    match (words[0], lists) {
        ("a", _) => format!(r#"["append","{}",{}]"#, words[1], words[2]),
        ("r", true) => format!(r#"["r","{}",[{}]]"#, words[1], words[2..].join(",")),
        (name, _) => format!(r#"["{name}","{}",{}]"#, words[1], words.get(2).unwrap_or(&"null")),
    }
}

#[test]
fn one_after_another_is_strict() {
    check("1 a x 1\n2 r x 1; a x 2\n1 r x 1 2", expect![" | strict-serializable"]);
}

#[test]
fn a_cycle_of_overwrites_is_g0() {
    check(
        "1 a x 1; a y 2\n+2 a x 3; a y 4\n3 r x 1 3; r y 4 2",
        expect!["G0 non-monotonic-view fractured-read causal-violation prefix-violation | "],
    );
}

#[test]
fn a_cycle_of_reads_is_g1c() {
    check("1 a x 1; r y 2\n+2 a y 2; r x 1", expect!["G1c prefix-violation | read-uncommitted"]);
}

#[test]
fn an_aborted_read_is_g1a() {
    check("!1 a x 1\n2 r x 1", expect!["G1a | read-uncommitted"]);
}

#[test]
fn an_intermediate_read_is_g1b() {
    check(
        "1 a x 1; a x 2\n+2 r x 1",
        expect!["G1b G-single-item prefix-violation | read-uncommitted"],
    );
}

#[test]
fn a_list_that_changes_inside_is_internal() {
    check(
        "1 a x 1\n2 r x 1; a x 2; r x 1",
        expect!["internal | monotonic-atomic-view cursor-stability"],
    );
}

#[test]
fn an_update_that_is_overwritten_unseen_is_lost() {
    check(
        "1 a x 1\n2 r x 1; a x 2\n+3 r x 1; a x 3\n4 r x 1 2 3",
        expect!["lost-update G-single-item | prefix"],
    );
}

#[test]
fn half_a_transaction_is_read_skew() {
    check(
        "1 a x 1; a y 2\n+2 r x 1; r y\n3 r x 1; r y 2",
        expect![
            "G-single-item non-monotonic-view fractured-read causal-violation prefix-violation | cursor-stability"
        ],
    );
}

#[test]
fn two_snapshots_that_disagree_are_a_long_fork() {
    check(
        "1 a x 1\n+2 a y 2\n+3 r x 1; r y\n+4 r x; r y 2",
        expect!["G-nonadjacent-item prefix-violation | parallel-snapshot-isolation"],
    );
}

#[test]
fn write_skew_is_g2_item() {
    check(
        "1 r x; a y 1\n+2 r y; a x 2\n3 r x 2; r y 1",
        expect!["G2-item | strong-session-snapshot-isolation"],
    );
}

#[test]
fn a_stale_snapshot_needs_real_time() {
    check(
        "1 a x 1\n2 r x\n3 r x 1",
        expect!["G-single-item-realtime | strong-session-serializable"],
    );
}

#[test]
fn a_session_that_forgets_needs_processes() {
    check(
        "1 a x 1\n1 r x\n3 r x 1",
        expect![
            "G-single-item-process G-single-item-realtime fractured-read causal-violation prefix-violation | monotonic-atomic-view serializable"
        ],
    );
}

#[test]
fn elements_that_come_twice_are_duplicates() {
    check("1 a x 1\n2 r x 1 1", expect!["duplicate-elements | "]);
}

#[test]
fn reads_without_a_common_order_are_incompatible() {
    check("1 a x 1\n+2 a x 2\n3 r x 1 2\n4 r x 2 1", expect!["incompatible-order | "]);
}

#[test]
fn a_write_over_an_aborted_one_is_a_dirty_update() {
    check("!1 a x 1\n2 a x 2\n3 r x 1 2", expect!["dirty-update G1a | "]);
}

#[test]
fn registers_show_lost_updates_too() {
    check("1 w x 1\n2 r x 1; w x 2\n+3 r x 1; w x 3", expect!["lost-update G2-item | causal"]);
}

#[test]
fn a_session_that_overwrites_its_past_is_g0_process() {
    check(
        "1 a x 2\n1 a x 1\n2 r x 1 2",
        expect![
            "G0-process G0-realtime non-monotonic-view fractured-read causal-violation prefix-violation | serializable"
        ],
    );
}

#[test]
fn an_overwrite_of_what_came_later_is_g0_realtime() {
    check("1 a x 2\n2 a x 1\n3 r x 1 2", expect!["G0-realtime | strong-session-serializable"]);
}

#[test]
fn a_session_that_reads_its_future_is_g1c_process() {
    check(
        "1 r x 1\n1 a x 1",
        expect![
            "G1c-process G1c-realtime non-monotonic-view fractured-read causal-violation prefix-violation | serializable"
        ],
    );
}

#[test]
fn a_read_of_the_future_is_g1c_realtime() {
    check("1 r x 1\n2 a x 1", expect!["G1c-realtime | strong-session-serializable"]);
}

#[test]
fn sessions_that_see_writes_in_two_orders_are_g_nonadjacent_process() {
    check(
        "?1 a x 1\n+?2 a y 1\n+3 r x 1\n+4 r y 1\n3 r y\n+4 r x",
        expect![
            "G-single-item-realtime G-nonadjacent-item-process prefix-violation | parallel-snapshot-isolation serializable"
        ],
    );
}

#[test]
fn readers_that_see_writes_in_two_orders_are_g_nonadjacent_realtime() {
    check(
        "?1 a x 1\n+?2 a y 1\n+3 r x 1\n+>4 r y 1; r x\n5 r y",
        expect!["G-nonadjacent-item-realtime | strong-session-serializable"],
    );
}

#[test]
fn a_session_between_two_misses_is_g2_item_process() {
    check(
        ">2 a x 1; r y\n+1 a y 1\n1 r x",
        expect![
            "G2-item-process G2-item-realtime | strong-session-snapshot-isolation serializable"
        ],
    );
}

#[test]
fn real_time_between_two_misses_is_g2_item_realtime() {
    check(
        ">2 a x 1; r y\n+1 a y 1\n3 r x",
        expect!["G2-item-realtime | strong-session-serializable"],
    );
}

#[test]
fn a_part_that_is_missed_first_is_a_fractured_read() {
    check(
        "1 a x 1; a y 2\n+2 r y; r x 1\n3 r x 1; r y 2",
        expect![
            "G-single-item fractured-read causal-violation prefix-violation | monotonic-atomic-view cursor-stability"
        ],
    );
}

#[test]
fn a_cause_that_is_missed_is_a_causal_violation() {
    check(
        "1 a x 1\n+2 r x 1; a y 2\n+3 r y 2; r x\n4 r x 1; r y 2",
        expect!["G-single-item causal-violation prefix-violation | read-atomic cursor-stability"],
    );
}

#[test]
fn an_element_from_nowhere_is_unwritten() {
    check("1 a x 1\n2 r x 1 9", expect!["unwritten-read | read-uncommitted"]);
}

#[test]
fn an_element_that_comes_too_soon_is_a_future_read() {
    check("1 r x 1; a x 1", expect!["future-read | read-uncommitted"]);
}

#[test]
fn versions_that_replace_each_other_are_cyclic() {
    check("1 r x 1; w x 2\n+2 r x 2; w x 1", expect!["cyclic-versions G1c prefix-violation | "]);
}

#[test]
fn registers_without_a_serial_order_are_not_serializable() {
    check(
        "1 w x 1; w y 1\n+2 w x 2; w y 2\n+3 r x 1; r y 2",
        expect![
            "fractured-read causal-violation not-serializable | monotonic-atomic-view cursor-stability"
        ],
    );
}

#[test]
fn registers_may_skew_too() {
    check(
        "1 r x; w y 1\n+2 r y; w x 2\n3 r x 2; r y 1",
        expect!["G2-item | strong-session-snapshot-isolation"],
    );
}

#[test]
fn reads_of_two_writers_may_forbid_each_order() {
    check(
        "1 w x 1\n+2 w x 2\n+3 r x 1; w z 3\n+4 r x 2; w u 4\n+5 r z 3; r x 2\n+6 r u 4; r x 1",
        expect!["causal-violation not-serializable | read-atomic cursor-stability"],
    );
}
