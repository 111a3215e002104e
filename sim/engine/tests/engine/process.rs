//! Faults of processes: crashes for good, wiped disks, restarts with another configuration, and
//! slowness.

use crate::script::{check, plan, run, run_plan};
use expect_test::expect;

#[test]
fn a_node_that_crashes_for_good_is_down_in_the_calm_and_for_every_other_fault() {
    check(
        r#"set scenario.calm=500ms
           n2 start: set t 600ms
           n2 timer t: all a
           fault { name = "gone", at = "10ms", nodes = "n1", crash = { for_good = true } }
           fault { name = "late", at = "20ms", nodes = "n1", crash = { down = "5ms" } }
           fault { name = "still", at = "30ms", nodes = "n1", for = "5ms", pause = {} }
           fault { name = "wipe", at = "40ms", nodes = "n1", wipe = { down = "5ms" } }"#,
        expect![[r#"
            10 + gone crash n1
            10 n1 crashes
            20 + late crash n1
            25 - late ends
            30 + still pause n1
            35 - still ends
            40 + wipe wipe n1
            45 - wipe ends
            500 calm
            600 n2 timer "t"
            601 n1 a from n2 to n1 lost: addressee is down
            601 n3 gets a from n2
        "#]],
    );
}

#[test]
fn a_wipe_takes_the_disk_and_a_crash_leaves_it() {
    check(
        r#"* start: append f old; sync
           * restart: note read f; note files
           fault { name = "wipe", at = "10ms", nodes = "n1", wipe = { down = "1ms" } }
           fault { name = "die", at = "10ms", nodes = "n2", crash = { down = "1ms" } }
           fault { name = "down", at = "20ms", nodes = "n3", crash = { down = "10ms" } }
           fault { name = "empty", at = "22ms", nodes = "n3", wipe = {} }
           set scenario.calm=960ms"#,
        expect![[r#"
            1 n1 synced
            1 n2 synced
            1 n3 synced
            10 + wipe wipe n1
            10 n1 crashes
            10 + die crash n2
            10 n2 crashes
            11 - wipe ends
            11 - die ends
            11 n1 restarts none · []
            11 n2 restarts old · ["f"]
            20 + down crash n3
            20 n3 crashes
            22 + empty wipe n3
            30 - down ends
            40 calm
            40 - empty ends
            40 n3 restarts none · []
        "#]],
    );
}

#[test]
fn a_whole_cluster_crashes_at_once() {
    check(
        r#"* start: append f x
           * restart: note files
           fault { name = "power", at = "10ms", nodes = "all",
           + crash = { down = "5ms", unsynced = "drop" } }"#,
        expect![[r#"
            10 + power crash n1, n2, n3
            10 n1 crashes
            10 n2 crashes
            10 n3 crashes
            15 - power ends
            15 n1 restarts []
            15 n2 restarts []
            15 n3 restarts []
        "#]],
    );
}

#[test]
fn a_rolling_restart_changes_the_configuration_of_one_node_after_another() {
    check(
        r#"* start: set t 100ms; append f x
           * restart: set t 100ms; note files
           * timer t: note old
           fault { name = "roll", at = "10ms", nodes = "all", restart = { down = "5ms",
           + gap = "20ms", config = { on = { "* timer t" = "note new" } } } }
           fault { name = "then", after = "roll", nodes = "n1", for = "1ms", pause = {} }
           fault { name = "again", at = "60ms", nodes = "n1", restart = { down = "1ms",
           + config = { on = { "n1 restart" = "note newest; set t 1ms" } } } }
           fault { name = "plain", at = "70ms", nodes = "n2", crash = { down = "1ms" } }"#,
        expect![[r#"
            10 + roll restart n1, n2, n3
            10 n1 crashes
            15 n1 restarts ["f"]
            30 n2 crashes
            35 n2 restarts ["f"]
            50 n3 crashes
            55 - roll ends
            55 n3 restarts ["f"]
            55 + then pause n1
            55 n1 is paused
            56 - then ends
            56 n1 goes on
            60 + again restart n1
            60 n1 crashes
            61 - again ends
            61 n1 restarts newest
            62 n1 timer "t" · new
            70 + plain crash n2
            70 n2 crashes
            71 - plain ends
            71 n2 restarts ["f"]
            155 n3 timer "t" · new
            171 n2 timer "t" · new
        "#]],
    );
}

#[test]
fn a_restart_that_the_calm_overtakes_leaves_the_rest_as_they_were() {
    check(
        r#"set scenario.calm=970ms
           * restart: note again
           fault { name = "roll", at = "10ms", nodes = "all", restart = { down = "15ms",
           + gap = "10ms" } }"#,
        expect![[r#"
            10 + roll restart n1, n2, n3
            10 n1 crashes
            20 n2 crashes
            25 n1 restarts again
            30 calm
            30 - roll ends
            30 n2 restarts again
        "#]],
    );
}

#[test]
fn a_slow_node_works_and_syncs_longer_and_factors_multiply() {
    check(
        r#"* a: work 1ms; append f x; sync; send n3 done
           n3 start: set t 10ms
           n3 timer t: send n1 a; send n2 a; set t 50ms
           fault { name = "slow", at = "5ms", for = "60ms", nodes = "n1",
           + slow = { cpu = "20x", disk = "3x" } }
           fault { name = "half", at = "55ms", for = "8ms", nodes = "n1", slow = { cpu = "1.5x" } }
           set disk.sync=2ms
           set scenario.duration=120ms"#,
        expect![[r#"
            5 + slow slow n1
            10 n3 timer "t"
            11 n1 gets a from n3
            11 n2 gets a from n3
            12 n2 writes
            14 n2 synced
            14 n2 sends done to n3
            15 n3 gets done from n2
            31 n1 writes
            37 n1 synced
            37 n1 sends done to n3
            38 n3 gets done from n1
            55 + half slow n1
            60 n3 timer "t"
            61 n1 gets a from n3
            61 n2 gets a from n3
            62 n2 writes
            63 - half ends
            64 n2 synced
            64 n2 sends done to n3
            65 - slow ends
            65 n3 gets done from n2
            91 n1 writes
            97 n1 synced
            97 n1 sends done to n3
            98 n3 gets done from n1
            110 n3 timer "t"
            111 n1 gets a from n3
            111 n2 gets a from n3
            112 n1 writes
            112 n2 writes
            114 n1 synced
            114 n1 sends done to n3
            114 n2 synced
            114 n2 sends done to n3
            115 n3 gets done from n1
            115 n3 gets done from n2
        "#]],
    );
}

#[test]
fn drawn_faults_of_processes_strike() {
    let script = "set scenario.calm=200ms\nset budget.wiped=3
        set chaos.wipe={ every = \"50ms\", down = \"1ms..20ms\" }
        set chaos.restart={ every = \"50ms\", down = \"1ms..20ms\",
        + config = { on = { \"n1 restart\" = \"note new\" } } }
        set chaos.slow={ every = \"50ms\", for = \"1ms..90ms\", cpu = \"2x..9x\",
        + disk = \"1x..3x\" }
        n1 restart: note old; append f x";
    for kind in ["wipe", "restart", "slow"] {
        let struck = (0..5).map(|seed| {
            let outcome = run_plan(plan(script, seed)).outcome;
            let of_kind = |strike: &&_| {
                let strike: &squall_engine::sim::Strike = strike;
                strike.kind == kind && strike.skipped.is_none()
            };
            outcome.strikes.iter().filter(of_kind).count()
        });
        assert!(struck.sum::<usize>() > 30, "{kind}");
    }
    let ran = (0..9).map(|seed| run_plan(plan(script, seed)).transcript).collect::<String>();
    assert!(ran.contains("restarts new") && ran.contains("restarts old"), "{ran}");
    assert!(!run(script).transcript.contains("violated"));
}
