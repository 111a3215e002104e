//! Spares that join, and an operator that changes who is in the cluster.

use crate::script::{check, plan, run};
use expect_test::expect;

#[test]
fn a_spare_is_not_there_before_it_joins() {
    check(
        r#"set cluster.spares=2
           n1 start: note peers; set t 5ms
           n1 timer t: all a; send n4 b; set t 30ms
           n4 start: note peers; send n1 hello
           fault { name = "help", at = "20ms", nodes = "spare", join = {} }
           fault { name = "more", after = "help", delay = "1ms", nodes = "n5", join = {} }
           fault { name = "most", at = "30ms", nodes = "spare", join = {} }
           set scenario.duration=50ms"#,
        expect![[r#"
            0 n1 starts peers [n2, n3] founder true
            5 n1 timer "t"
            6 n2 gets a from n1
            6 n3 gets a from n1
            6 n4 b from n1 to n4 lost: addressee is down
            20 + help join n4
            20 n4 starts peers [n1, n2, n3] founder false
            20 - help ends
            21 n1 gets hello from n4
            21 + more join n5
            21 - more ends
            30 / most skipped: no spare is left
            35 n1 timer "t"
            36 n2 gets a from n1
            36 n3 gets a from n1
            36 n4 gets b from n1
        "#]],
    );
}

#[test]
fn what_strikes_several_nodes_passes_over_spares() {
    let script = |when: &str| {
        format!(
            "set cluster.spares=1
             fault {{ name = \"join\", at = \"{when}\", nodes = \"n4\", join = {{}} }}
             fault {{ name = \"all\", at = \"10ms\", for = \"1ms\", nodes = \"all\", pause = {{}} }}
             fault {{ name = \"four\", at = \"20ms\", for = \"1ms\", nodes = \"random 4\",
             + pause = {{}} }}
             fault {{ name = \"die\", at = \"30ms\", nodes = \"n4\",
             + crash = {{ down = \"1ms\" }} }}"
        )
    };
    let struck = |when: &str, line: &str| run(&script(when)).transcript.contains(line);
    for (when, four) in [("5ms", true), ("40ms", false)] {
        assert_eq!(struck(when, "+ all pause n1, n2, n3, n4"), four, "{when}");
        assert_eq!(struck(when, "+ four pause n1, n2, n3, n4"), four, "{when}");
        assert_eq!(struck(when, "31 n4 restarts"), four, "{when}");
    }
}

#[test]
fn an_operator_adds_a_node_that_boots_first_and_is_referred() {
    check(
        r#"set cluster.spares=1
           n1 change: elsewhere n2
           n2 change: work 2ms; done
           n4 start: note peers
           fault { name = "grow", at = "10ms", membership = { add = "spare" } }
           fault { name = "then", after = "grow", for = "1ms", nodes = "n1", pause = {} }
           fault { name = "again", at = "30ms", membership = { add = "spare" } }"#,
        expect![[r#"
            10 + grow membership n4
            10 operator asks n1 to add n4
            10 n4 starts peers [n1, n2, n3] founder false
            11 n1 gets Add(n4) from c1
            12 c1 gets Ask(n2) from n1
            12 operator asks n2 to add n4
            13 n2 gets Add(n4) from c1
            15 n2 sends Done to c1
            16 c1 gets Done(Add(n4)) from n2
            16 - grow ends
            16 + then pause n1
            16 n1 is paused
            17 - then ends
            17 n1 goes on
            30 / again skipped: no spare is left
        "#]],
    );
}

#[test]
fn an_operator_asks_elsewhere_after_a_while_and_until_the_fault_ends() {
    check(
        r#"set cluster.nodes=2
           n1 change: refused
           fault { name = "shrink", at = "10ms", for = "50ms",
           + membership = { remove = "n1", retry = "20ms" } }
           fault { name = "cut", at = "0s", for = "40ms", partition = "halves" }"#,
        expect![[r#"
            0 + cut partition n1 | n2
            10 + shrink membership n1
            10 operator asks n1 to remove n1
            11 n1 gets Remove(n1) from c1
            12 c1 gets Refused(Remove(n1)) from n1
            30 operator asks n2 to remove n1
            31 n2 gets Remove(n1) from c1
            40 - cut ends
            50 operator asks n1 to remove n1
            51 n1 gets Remove(n1) from c1
            52 c1 gets Refused(Remove(n1)) from n1
            60 - shrink ends
        "#]],
    );
}

#[test]
fn changes_are_asked_for_one_after_another() {
    check(
        r#"set cluster.spares=2
           * change: work 3ms; done
           fault { name = "grow", at = "10ms", membership = { add = ["n4", "n5"] } }
           fault { name = "shrink", at = "11ms",
           + membership = { remove = "random 1", stop = true } }"#,
        expect![[r#"
            10 + grow membership n4, n5
            10 operator asks n1 to add n4
            11 + shrink membership n3
            11 n1 gets Add(n4) from c1
            14 n1 sends Done to c1
            15 c1 gets Done(Add(n4)) from n1
            15 operator asks n1 to add n5
            16 n1 gets Add(n5) from c1
            19 n1 sends Done to c1
            20 c1 gets Done(Add(n5)) from n1
            20 - grow ends
            20 operator asks n1 to remove n3
            21 n1 gets Remove(n3) from c1
            24 n1 sends Done to c1
            25 c1 gets Done(Remove(n3)) from n1
            25 n3 crashes
            25 - shrink ends
        "#]],
    );
}

#[test]
fn a_node_that_was_removed_and_stopped_can_be_added_with_its_old_disk() {
    check(
        r#"set cluster.nodes=2
           * change: done
           n2 start: append f old
           n2 restart: note read f; note peers
           fault { name = "die", at = "5ms", nodes = "n2", crash = { down = "100ms" } }
           fault { name = "shrink", at = "10ms", membership = { remove = "n2", stop = true } }
           fault { name = "grow", at = "200ms", membership = { add = "spare" } }"#,
        expect![[r#"
            5 + die crash n2
            5 n2 crashes
            10 + shrink membership n2
            10 operator asks n1 to remove n2
            11 n1 gets Remove(n2) from c1
            12 c1 gets Done(Remove(n2)) from n1
            12 - shrink ends
            105 - die ends
            200 + grow membership n2
            200 operator asks n1 to add n2
            200 n2 restarts none · peers [n1] founder false
            201 n1 gets Add(n2) from c1
            202 c1 gets Done(Add(n2)) from n1
            202 - grow ends
        "#]],
    );
}

#[test]
fn the_size_of_the_cluster_is_kept_within_bounds() {
    check(
        r#"set cluster.spares=1
           * change: done
           fault { name = "a", at = "10ms", membership = { remove = "n3", least = 2 } }
           fault { name = "b", at = "10ms", membership = { remove = "random 1", least = 2 } }
           fault { name = "c", at = "20ms", membership = { add = "n3", most = 3 } }
           fault { name = "d", at = "20ms", membership = { add = "spare", most = 3 } }"#,
        expect![[r#"
            10 + a membership n3
            10 operator asks n1 to remove n3
            10 / b skipped: the cluster is as small or as large as it may be
            11 n1 gets Remove(n3) from c1
            12 c1 gets Done(Remove(n3)) from n1
            12 - a ends
            20 + c membership n3
            20 operator asks n1 to add n3
            20 / d skipped: the cluster is as small or as large as it may be
            21 n1 gets Add(n3) from c1
            22 c1 gets Done(Add(n3)) from n1
            22 - c ends
        "#]],
    );
}

#[test]
fn an_operator_is_sent_home_by_the_calm() {
    check(
        r#"set scenario.calm=900ms
           fault { name = "grow", at = "95ms", membership = { remove = "random 1" } }
           fault { name = "more", at = "96ms", membership = { remove = "n1" } }"#,
        expect![[r#"
            95 + grow membership n1
            95 operator asks n1 to remove n1
            96 + more membership n1
            96 n1 gets Remove(n1) from c1
            100 calm
            100 - grow ends
            100 - more ends
        "#]],
    );
}

#[test]
fn drawn_changes_keep_asking_and_differ_by_seed() {
    let script = "set cluster.spares=2\nset scenario.calm=200ms
        set chaos.membership={ every = \"50ms\", for = \"10ms..90ms\", stop = true }
        * change: done";
    let mut counts = [0; 2];
    for seed in 0..10 {
        let plan = plan(script, seed);
        for fault in &plan.faults {
            let change = fault.membership.as_ref().expect("nothing else is on");
            counts[usize::from(change.add.is_some())] += 1;
        }
        let ran = crate::script::run_plan(plan);
        assert!(ran.transcript.contains("operator asks"), "{}", ran.transcript);
    }
    assert!(counts[0] > 40 && counts[1] > 40, "{counts:?}");
}
