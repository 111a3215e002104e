//! The disk: what a crash may leave of it, and the order of syncs.

mod survival;
mod trouble;

use crate::script::{check, run};
use expect_test::expect;

/// What the files of n1 hold after a crash at 5 ms that leaves these unsynced writes.
fn left(unsynced: &str, effects: &str, files: &[&str]) -> String {
    let notes: Vec<String> = files.iter().map(|file| format!("note read {file}")).collect();
    let script = format!(
        r#"n1 start: {effects}
           n1 restart: {}; note files
           fault {{ name = "die", at = "5ms", nodes = "n1",
           + crash = {{ down = "1ms", unsynced = "{unsynced}" }} }}"#,
        notes.join("; ")
    );
    let transcript = run(&script).transcript;
    let line = transcript.lines().find_map(|line| line.strip_prefix("6 n1 restarts "));
    line.expect("it restarts").to_string()
}

#[test]
fn a_sync_makes_everything_before_it_durable_and_nothing_after_it() {
    let files = left("drop", "append f a; append g b; sync; append f c", &["f", "g"]);
    assert_eq!(files, r#"a · b · ["f", "g"]"#);
}

#[test]
fn a_sync_of_one_file_makes_that_file_durable_alone() {
    let files = left("drop", "append f a; append g b; sync f; append f c", &["f", "g"]);
    assert_eq!(files, r#"a · none · ["f"]"#);
}

#[test]
fn a_sync_of_a_renamed_file_makes_what_it_held_durable() {
    let files = left("drop", "append tmp new; rename tmp f; sync f", &["f", "tmp"]);
    assert_eq!(files, r#"new · none · ["f"]"#);
    let files = left("drop", "append f old; append tmp new; rename tmp f; sync f", &["f"]);
    assert_eq!(files, r#"new · ["f"]"#);
}

#[test]
fn a_sync_under_the_name_of_a_slot_syncs_its_copies() {
    let script = r#"n1 start: slot 1; sync slot; slot 2
                    n1 restart: note slot
                    fault { name = "die", at = "5ms", nodes = "n1",
                    + crash = { down = "1ms", unsynced = "drop" } }"#;
    assert!(run(script).transcript.contains("restarts slot Some(1)"));
}

#[test]
fn what_is_done_to_a_renamed_file_survives_only_after_the_renaming() {
    for seed in 0..200 {
        let script = r#"n1 start: append f old; append tmp new; rename tmp f; append f er
                        n1 restart: note read f; note read tmp
                        fault { name = "die", at = "5ms", nodes = "n1",
                        + crash = { down = "1ms" } }"#;
        let ran = crate::script::run_plan(crate::script::plan(script, seed));
        let line = ran.transcript.lines().find_map(|line| line.strip_prefix("6 n1 restarts "));
        let legal =
            ["none · none", "none · new", "new · none", "newer · none", "old · none", "old · new"];
        assert!(legal.contains(&line.unwrap_or_default()), "seed {seed}: {line:?}");
    }
}

#[test]
fn rename_remove_and_truncate_are_durable_after_a_sync_and_not_before() {
    let made = "append f abc; append g d; sync";
    let changes = "rename f h; truncate g 3; append new x; remove new";
    let durable = left("drop", &format!("{made}; {changes}; sync"), &["h", "g"]);
    assert_eq!(durable, "abc · d\0\0 · [\"g\", \"h\"]");
    let lost = left("drop", &format!("{made}; {changes}"), &["f", "g"]);
    assert_eq!(lost, r#"abc · d · ["f", "g"]"#);
    let kept = left("keep", &format!("{made}; {changes}"), &["h", "g"]);
    assert_eq!(kept, "abc · d\0\0 · [\"g\", \"h\"]");
}

#[test]
fn a_torn_write_ends_at_a_sector() {
    let lengths: Vec<usize> = (0..40)
        .map(|seed| {
            let script = r#"n1 start: fill f 100; sync; fill f 2000
                            n1 restart: note read f
                            fault { name = "die", at = "5ms", nodes = "n1",
                            + crash = { down = "1ms", unsynced = "tear" } }"#;
            let ran = crate::script::run_plan(crate::script::plan(script, seed));
            let line = ran.transcript.lines().find_map(|line| line.strip_prefix("6 n1 restarts "));
            line.expect("it restarts").len()
        })
        .collect();
    assert!(lengths.iter().all(|length| length % 512 == 0 && *length < 2100), "{lengths:?}");
    let kinds: std::collections::BTreeSet<&usize> = lengths.iter().collect();
    assert_eq!(kinds.len(), 4, "512, 1024, 1536 and 2048: {kinds:?}");
}

#[test]
fn reads_inside_a_handler_see_its_own_staged_writes() {
    check(
        "n1 start: append f a; note read f; write f 1 z; note read f; rename f g; note files",
        expect![[r#"
            0 n1 starts a · az · ["g"]
        "#]],
    );
}

#[test]
fn asynchronous_syncs_cover_what_was_issued_before_them_and_complete_in_order() {
    check(
        "set disk.sync=1ms..5ms
         n1 start: append f a; begin; append f b; begin; begin
         n1 synced 1: note one
         n1 synced 2: note two
         n1 synced 3: note three",
        expect![[r#"
            1.581 n1 is told of its sync one
            3.011 n1 is told of its sync two
            4.472 n1 is told of its sync three
        "#]],
    );
    for (at, want) in [("500us", "none"), ("1500us", "a"), ("2500us", "ab"), ("3500us", "ab")] {
        let script = format!(
            r#"n1 start: append f a; begin; append f b; begin; append f c
               n1 restart: note read f
               fault {{ name = "die", at = "{at}", nodes = "n1",
               + crash = {{ down = "1ms", unsynced = "drop" }} }}"#
        );
        let transcript = run(&script).transcript;
        assert!(transcript.ends_with(&format!("n1 restarts {want}\n")), "{at}: {transcript}");
    }
}

#[test]
fn a_blocking_sync_waits_for_those_before_it() {
    check(
        "n1 start: append f a; begin; begin; sync; send n2 a",
        expect![[r#"
        3 n1 synced
        3 n1 sends a to n2
        3 n1 is told of its sync
        3 n1 is told of its sync
        4 n2 gets a from n1
    "#]],
    );
}

#[test]
fn a_blocking_sync_waits_for_those_before_it_over_a_pause() {
    check(
        r#"n1 start: work 3ms; begin
           n1 b: sync; note mine
           n2 start: send n1 b
           fault { name = "hang", at = "2ms", for = "10ms", nodes = "n1", pause = {} }"#,
        expect![[r#"
            2 + hang pause n1
            2 n1 is paused
            12 - hang ends
            12 n1 goes on
            13 n1 begins to sync
            13 n1 gets b from n2
            15 n1 synced
            15 n1 mine
            15 n1 is told of its sync
        "#]],
    );
}

#[test]
fn a_crash_forgets_syncs_under_way_and_nobody_is_told_of_them() {
    check(
        r#"set disk.sync=4ms
           n1 start: append f a; begin
           n1 restart: begin
           fault { name = "die", at = "2ms", nodes = "n1", crash = { down = "1ms" } }"#,
        expect![[r#"
            2 + die crash n1
            2 n1 crashes
            3 - die ends
            3 n1 restarts
            7 n1 is told of its sync
        "#]],
    );
}

#[test]
fn a_log_whose_file_was_changed_by_hand_is_read_anew() {
    check(
        "n1 start: log 1; log 2; truncate log 0; log 3; note log; append log junk; log 4; note log",
        expect![[r#"
            0 n1 starts log [3] · log [3, 4]
        "#]],
    );
}
