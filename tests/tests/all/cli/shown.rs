//! What is listed and described.

use super::desk::{check, say, squall};
use expect_test::expect;

#[test]
fn scenarios_are_listed_with_what_they_are_about() {
    check("list", expect![[r#"
        office/bugs/none   a bug is expected that is not there
        office/bugs/stale  clerks answer by themselves
        office/endless     the chief never stops
        office/panics      the chief loses it
        office/promoted    somebody is promoted, or so one hopes
        office/quiet       a day without trouble
        office/storm       a clerk faints and the chief is cut off
        office/undecided   nobody has the time to check
        office/varied      offices of several sizes
        exit 0
    "#]]);
    check("list office/bugs/*", expect![[r#"
        office/bugs/none   a bug is expected that is not there
        office/bugs/stale  clerks answer by themselves
        exit 0
    "#]]);
}

#[test]
fn a_protocol_is_described_like_a_manual_page() {
    check("describe office", expect![[r#"
        office
            a chief keeps a register, and clerks hand on what they are asked

          roles
            chief, clerk

          [config]
            bug  "stale" or "panic" or "endless"
                What is wrong with it; absent: nothing.

          properties
            one-chief (always)
                Only the first node writes.
            open (eventually)
                Everybody is up.
            linearizable (always)
                every operation takes effect at one instant between its call and its return
            panic (always)
                no handler panics

          marks, for checks.sometimes
            written, promoted

          measures, for [measures]
            latency
                how long completed operations took, from call to return
            writes
                How often the chief wrote.

          model
            Register
                operations with the weight of each: read 50, write 50. Histories are judged: linearizable or
                none.

          scenarios
            office/bugs/none, office/bugs/stale, office/endless, office/panics, office/promoted,
            office/quiet, office/storm, office/undecided, office/varied
        exit 0
    "#]]);
}

#[test]
fn a_scenario_is_described_with_its_text() {
    check("describe office/bugs/stale", expect![[r#"
        office/bugs/stale
            clerks answer by themselves

            protocol   office: a chief keeps a register, and clerks hand on what they are asked
            cluster    3 nodes, 2 clients
            length     2 s simulated, the last 0 s of it calm
            expected   linearizable is violated

          the file
            format = 1
            [scenario]
            about = "clerks answer by themselves"
            protocol = "office"
            duration = "2s"
            expect = { violated = "linearizable" }
            [cluster]
            nodes = 3
            clients = 2
            [workload]
            operations = 20
            [config]
            bug = "stale"
        exit 0
    "#]]);
}

#[test]
fn faults_and_models_come_from_the_types() {
    let faults = squall("describe faults").out;
    for kind in squall_engine::scenario::fault::Fault::KINDS {
        assert!(faults.contains(&format!("[[faults]] {kind}\n")), "{faults}");
    }
    check("describe models", expect![[r#"
        Register
            the model of office

            read
                weight 50 unless [workload] has a mix
            write
                weight 50 unless [workload] has a mix
        exit 0
    "#]]);
    let checks = squall("describe checks").out;
    assert!(checks.contains("one-chief (always)"), "{checks}");
}

#[test]
fn the_schema_is_that_of_the_protocol() {
    let schema = squall("schema office").out;
    assert!(schema.contains("\"endless\""), "{schema}");
    let any: serde_json::Value = serde_json::from_str(&squall("schema").out).expect("it is JSON");
    assert_eq!(any["title"], "A squall scenario");
}

#[test]
fn completions_and_manual_name_every_command() {
    let script = squall("completions bash").out;
    let page = squall("man").out;
    for command in ["list", "describe", "run", "schema", "completions", "man"] {
        assert!(script.contains(command) && page.contains(command), "{command}");
    }
    assert!(squall("man run").out.contains("seeds"));
}

#[test]
fn everything_that_ships_can_be_listed_and_described() {
    let shipped = squall_scenarios::catalogue();
    let list = say(&shipped, "list");
    assert_eq!((list.exit, list.err.as_str()), (0, ""));
    let names: Vec<&str> =
        list.out.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for name in names.into_iter().chain(["raft", "relay", "faults", "checks", "models", "format"]) {
        let said = say(&shipped, &format!("describe {name}"));
        assert_eq!((said.exit, said.err.as_str()), (0, ""), "{name}");
        let wide = said.out.lines().filter(|line| line.chars().count() > 104);
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}
