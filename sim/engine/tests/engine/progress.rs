//! Progress in the calm: what hinders it is found out, each way by a protocol that is planted.

mod locks;

use crate::script;
use expect_test::{Expect, expect};
use locks::Locks;
use squall_engine::run::{Ending, Outcome};
use squall_engine::scenario::Document;
use squall_engine::sim::{Progress, Violation};
use squall_engine::subject::{Of, Planner, Subject};

const CALM: &str = "
    [scenario]
    duration = '3s'
    calm = '2s'
    [cluster]
    nodes = 2
    clients = 2
    [network]
    latency = '1ms'
    [workload]
    timeout = '100ms'
    retry = { attempts = 100, backoff = '1ms' }
    [checks]
    consistency = 'none'
    progress_within = '500ms'
";

fn outcome(settings: &[&str], seed: u64) -> Outcome {
    let mut document = Document::parse_in_test("locks", CALM, "locks").expect("it is TOML");
    for setting in settings {
        document.set(setting).expect("the key is known");
    }
    let subject = const { &Of::<Locks>::new() };
    let planner = Planner::new(subject, document).unwrap_or_else(|error| panic!("{error}"));
    let plan = planner.plan(seed).expect("it can be planned");
    subject.run(&plan, None).expect("a plan of its own").outcome
}

fn violation(settings: &[&str]) -> Violation {
    match outcome(settings, 1).ending {
        Ending::Violated(violation) => violation,
        other => panic!("no progress was made, but {other:?}"),
    }
}

#[track_caller]
fn check(settings: &[&str], want: Expect) {
    let violation = violation(settings);
    let told = format!("{}: {}\n", violation.signature(), violation.sentence);
    want.assert_eq(
        &told
            .replace(": ", ":\n")
            .replace("; ", ";\n")
            .replace("ms, ", "ms,\n")
            .replace(", and ", ",\nand "),
    );
}

#[test]
fn who_waits_in_order_is_answered() {
    for seed in 0..20 {
        let outcome = outcome(&[], seed);
        assert_eq!(outcome.ending, Ending::Passed);
        let standing = outcome.standings.last().expect("progress was asked for");
        assert_eq!(standing.name, "progress");
        assert!(matches!(standing.progress, Progress::Held(count) if count > 100), "{standing:?}");
    }
}

#[test]
fn two_that_wait_for_each_other_are_a_deadlock() {
    check(
        &["config.waits=for-ever"],
        expect![[r#"
        progress/deadlock:
        the Read of c1, called at 0.000 ms,
        had no answer by 1500.000 ms:
        no message of a node is on its way,
        and n1's timer Idle fired 88 times and sent nothing, as did one other
    "#]],
    );
}

#[test]
fn two_that_give_way_to_each_other_are_a_livelock() {
    check(
        &["config.waits=politely"],
        expect![[r#"
        progress/livelock:
        the Read of c1, called at 0.000 ms,
        had no answer by 1500.000 ms:
        the cluster went round in circles, 762 times:
        a holder gets Lock (2 times);
        a holder gets Refused (2 times)
    "#]],
    );
}

#[test]
fn one_that_is_never_served_starves() {
    check(
        &["config.waits=for-the-first", "cluster.clients=3"],
        expect![[r#"
        progress/starvation:
        the Read of c3, called at 0.000 ms,
        had no answer by 1500.000 ms,
        while 1092 operations of c1, c2 were answered
    "#]],
    );
}

#[test]
fn one_that_is_served_too_late_is_slow() {
    check(
        &["config.work=700ms", "cluster.clients=1"],
        expect![[r#"
        progress/slow:
        the Read of c1, called at 704.000 ms,
        was answered after 1108ms,
        608ms more than the 500ms that it may take
    "#]],
    );
}

#[test]
fn what_moves_in_no_order_is_none_of_these() {
    check(
        &["config.waits=idly"],
        expect![[r#"
        progress/stalled:
        the Read of c1, called at 0.000 ms,
        had no answer by 1500.000 ms:
        nodes sent 116 messages meanwhile, in no order that repeats
    "#]],
    );
}

#[test]
fn what_was_not_called_long_before_the_end_is_not_judged() {
    let crowd = |at: &str| {
        let phase = format!("{{ name = \"crowd\", at = \"{at}\", for = \"300ms\", ");
        let phases = format!("workload.phases=[{phase} arrivals = {{ even = \"1500/s\" }} }}]");
        outcome(&["config.waits=for-ever", "workload.arrivals={ even = \"1/s\" }", &phases], 1)
    };
    assert!(matches!(crowd("2400ms").ending, Ending::Violated(_)));
    // Here every deadline lies behind the end of the run.
    assert_eq!(crowd("2600ms").ending, Ending::Passed);
}

#[test]
fn a_client_that_gives_up_waits_on() {
    let hasty = ["config.waits=for-ever", "workload.retry.attempts=1"];
    assert_eq!(violation(&hasty).signature(), "progress/deadlock");
    let few = ["config.waits=for-ever", "workload.retry.attempts=1", "workload.operations=2"];
    assert_eq!(violation(&few).signature(), "progress/deadlock");
    let open = [
        "config.waits=for-ever",
        "workload.retry.attempts=1",
        "workload.arrivals={ even = \"1500/s\" }",
    ];
    assert_eq!(violation(&open).signature(), "progress/deadlock");
}

#[test]
fn an_operation_that_was_lost_is_no_lack_of_progress() {
    let script = "set scenario.calm=800ms\nset cluster.clients=2\nset network.loss=10%
                  set workload.timeout=20ms\nset checks.progress_within=200ms\n* ask: reply";
    for seed in 0..20 {
        let outcome = script::run_plan(script::plan(script, seed)).outcome;
        assert_eq!(outcome.ending, Ending::Passed);
        assert!(outcome.stats.unknown > 5, "operations were lost");
    }
}

#[test]
fn each_client_keeps_an_operation_for_the_calm() {
    let script = "set scenario.calm=500ms\nset cluster.clients=2\n* ask: reply
                  set workload.operations=5\nset checks.progress_within=100ms";
    let transcript = script::run(script).transcript;
    let invoked: Vec<&str> = transcript.lines().filter(|line| line.contains("invokes")).collect();
    expect![[r#"
        0 c1 invokes Write 1001
        0 c2 invokes Write 1002
        2 c1 invokes Write 2001
        500 c2 invokes Write 2002
        500 c1 invokes Write 3001"#]]
    .assert_eq(&invoked.join("\n"));
}

#[test]
fn asking_for_progress_changes_nothing_of_a_run() {
    for waits in ["in-order", "for-ever", "politely", "for-the-first", "idly"] {
        let waits = format!("config.waits={waits}");
        let asked = outcome(&[&waits], 3);
        let silent = outcome(&[&waits, "checks={ consistency = \"none\" }"], 3);
        assert_eq!(asked.digest, silent.digest);
    }
}

#[test]
fn progress_is_asked_for_where_there_can_be_some() {
    let told = |settings: &[&str]| {
        let mut document = Document::parse_in_test("locks.toml", CALM, "locks").expect("TOML");
        settings.iter().for_each(|setting| document.set(setting).expect("the key is known"));
        let planner = Planner::new(const { &Of::<Locks>::new() }, document);
        planner.err().map_or("fine".to_string(), |error| error.to_string())
    };
    let place = "locks.toml:15:";
    assert_eq!(told(&[]), "fine");
    assert_eq!(
        told(&["cluster.clients=0"]),
        format!("{place}23: there are no clients whose progress could be judged")
    );
    assert_eq!(
        told(&["scenario.calm=500ms"]),
        format!("{place}23: 500ms is not shorter than the calm of 500ms")
    );
    assert_eq!(
        told(&["checks.progress_within=0s"]),
        "--set checks.progress_within: nothing is answered within 0s"
    );
    assert_eq!(
        told(&["workload.operations=1"]),
        "--set workload.operations: each of the 2 clients keeps one operation for the calm, and \
         there are 1"
    );
}
