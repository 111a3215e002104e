//! What a plan may fix: the fate of single messages, the operations that a run drew, and the event
//! after which everything is drawn anew.

use crate::laws::{busy, cases, recorded};
use crate::script::{self, Script, plan, run_plan, run_streamed};
use expect_test::expect;
use proptest::prelude::*;
use squall_engine::plan::{NamedFate, Override, Plan, Reseed};
use squall_engine::run::{Unwatched, run};
use squall_engine::subject::{Of, Subject};
use squall_engine::units::Span;

fn named(to: &str, kind: &str, nth: u64, fate: NamedFate) -> Override {
    let (from, to, kind) = ("n1".to_string(), to.to_string(), kind.to_string());
    Override { from, to, kind, nth, fate, copy: None }
}

const TALK: &str = "set network.latency=1ms..5ms\nset network.loss=20%
                    n1 start: send n2 a; send n2 a; send n3 a; send n2 b; send n2 a";

/// The lines of a transcript about each message, in the order in which they were sent.
fn fates(plan: Plan) -> String {
    run_plan(plan).transcript
}

#[test]
fn a_named_message_is_lost_put_off_or_doubled_and_all_others_keep_their_fates() {
    let mut fixed = plan(TALK, 1);
    expect![[r#"
        0 n1 a from n1 to n2 lost
        0 n1 a from n1 to n2 lost
        0 n1 a from n1 to n3 lost
        2.428 n2 gets a from n1
        4.348 n2 gets b from n1
    "#]]
    .assert_eq(&fates(fixed.clone()));
    let after = |millis| NamedFate::After(Span::millis(millis));
    fixed.overrides = vec![
        named("n2", "a", 2, NamedFate::Drop),
        named("n2", "b", 1, after(40)),
        Override { copy: Some(Span::millis(30)), ..named("n2", "a", 3, after(20)) },
    ];
    expect![[r#"
        0 n1 a from n1 to n2 lost
        0 n1 a from n1 to n2 lost
        0 n1 a from n1 to n3 lost
        20 n2 gets a from n1
        30 n2 gets a from n1
        40 n2 gets b from n1
    "#]]
    .assert_eq(&fates(fixed));
}

#[test]
fn a_named_message_crosses_a_cut() {
    let script = "n1 start: work 1ms; send n2 a; send n2 a
                  fault { name = \"cut\", at = \"0s\", for = \"9ms\",
                  + partition = { isolate = \"n1\" } }";
    let mut fixed = plan(script, 1);
    fixed.overrides = vec![named("n2", "a", 1, NamedFate::After(Span::millis(3)))];
    expect![[r#"
        0 + cut partition n1 | n2, n3
        1 n1 sends a to n2
        1 n1 sends a to n2
        1 n1 a from n1 to n2 lost: cut off
        4 n2 gets a from n1
        9 - cut ends
    "#]]
    .assert_eq(&fates(fixed));
}

#[test]
fn on_a_stream_the_first_attempt_of_a_named_message_is_replaced() {
    let mut fixed = plan("n1 start: send n2 a; send n2 b", 1);
    fixed.overrides = vec![named("n2", "a", 1, NamedFate::Drop)];
    expect![[r#"
        1 n2 session with n1 is up
        2 n1 session with n2 is up
        200 n1 sends 2 to n2 again
        201 n2 gets a from n1
        201 n2 gets b from n1
    "#]]
    .assert_eq(&run_streamed(fixed).transcript);
}

#[test]
fn what_a_run_had_no_use_for_is_told() {
    let mut fixed = plan("set cluster.clients=1\nn1 start: send n2 a\n* ask: reply", 1);
    fixed.overrides =
        vec![named("n2", "a", 1, NamedFate::Drop), named("n2", "a", 2, NamedFate::Drop)];
    let operation = |at| squall_engine::plan::PlannedOperation {
        at: None,
        not_before: Some(Span::millis(at)),
        operation: serde_json::json!({ "write": 1 }),
    };
    fixed.operations = Some(vec![vec![operation(5), operation(2_000)]]);
    let report = Of::<Script>::new().run(&fixed, None).expect("it is a script's plan");
    assert_eq!(
        report.unapplied,
        ["the 2nd a from n1 to n2 was not sent", "1 operation of c1 did not begin"]
    );
}

#[test]
fn a_plan_that_names_what_cannot_be_is_refused() {
    let check = |change: fn(&mut Plan), want: &str| {
        let mut wrong = plan("set cluster.clients=2\n* ask: reply", 1);
        change(&mut wrong);
        let error = Of::<Script>::new().check("a.json", &wrong).expect_err("it is wrong");
        assert_eq!(error.to_string(), format!("a.json: plan.{want}"));
    };
    check(
        |plan| plan.overrides = vec![named("n9", "a", 1, NamedFate::Drop)],
        "overrides[0].to: nobody is called `n9`",
    );
    check(
        |plan| plan.overrides = vec![named("n2", "a", 0, NamedFate::Drop)],
        "overrides[0].nth: the first one is 1",
    );
    check(
        |plan| plan.overrides = vec![named("n2", "a", 3, NamedFate::Drop); 2],
        "overrides[1]: the 3rd a from n1 to n2 is named twice",
    );
    check(
        |plan| plan.operations = Some(vec![Vec::new(), Vec::new(), Vec::new()]),
        "operations: no client is called `c3`; there are c1..c2",
    );
}

/// A plan with the operations that its run drew and the fates that its messages had.
fn written_out(plan: &Plan, fates: bool) -> Plan {
    let (_, decisions) = Of::<Script>::new().record(plan, None).expect("it is a script's plan");
    let mut fixed = Plan { operations: Some(decisions.operations), ..plan.clone() };
    if fates {
        let kept = decisions.sends.iter().filter(|sent| sent.from != sent.to);
        fixed.overrides = kept
            .map(|sent| Override {
                from: sent.from.to_string(),
                to: sent.to.to_string(),
                kind: sent.kind.clone(),
                nth: sent.nth,
                fate: sent
                    .arrival
                    .map_or(NamedFate::Drop, |after| NamedFate::After(Span::nanos(after))),
                copy: sent.copy.map(Span::nanos),
            })
            .collect();
        fixed.network_seed = Some(plan.seed ^ 0x55);
    }
    fixed
}

fn digest(plan: Plan) -> squall_engine::digest::Digest {
    let (mut sim, _) = script::sim(plan);
    run(&mut sim, &mut Unwatched).digest
}

const CLIENTS: &str = "set cluster.clients=3\nset network.latency=1ms..9ms\nset network.loss=5%
                       set network.duplication=5%\nset workload.timeout=20ms
                       set workload.operations=60
                       * ask: work 100us; reply";

proptest! {
    #![proptest_config(cases(40))]
    #[test]
    fn a_plan_that_lists_what_its_run_drew_runs_the_same(seed in any::<u64>(), way in 0..3) {
        let arrivals = ["closed", "{ poisson = \"200/s\" }", "{ even = \"100/s\" }"][way as usize];
        let script = format!("{CLIENTS}\nset workload.arrivals={arrivals}");
        let drawn = plan(&script, seed);
        let listed = written_out(&drawn, false);
        prop_assert!(listed.operations.iter().flatten().flatten().count() > 10);
        // As a file it is the same plan.
        let text = serde_json::to_string(&listed).expect("a plan is plain data");
        let read: Plan = serde_json::from_str(&text).expect("it is read as it was written");
        prop_assert_eq!(&read, &listed);
        prop_assert_eq!(digest(read), digest(drawn));
    }

    #[test]
    fn a_plan_that_names_the_fate_of_every_message_needs_no_seed_for_them(seed in any::<u64>()) {
        let drawn = plan(CLIENTS, seed);
        let named = written_out(&drawn, true);
        prop_assert!(named.overrides.iter().any(|one| one.fate == NamedFate::Drop));
        let other = Plan { overrides: Vec::new(), ..named.clone() };
        prop_assert_eq!(digest(named), digest(drawn.clone()));
        prop_assert_ne!(digest(other), digest(drawn));
    }

    #[test]
    fn after_the_event_of_a_reseed_and_not_before_a_run_goes_another_way(
        seed in any::<u64>(),
        event in 20u64..400,
    ) {
        let drawn = busy(seed);
        let anew = |seed| {
            let reseed = Some(Reseed { event, seed, network: None });
            Plan { reseed, ..drawn.clone() }
        };
        let lines = |plan| {
            let transcript = recorded(plan).transcript;
            transcript.lines().map(String::from).collect::<Vec<String>>()
        };
        let (first, other, third) = (lines(drawn.clone()), lines(anew(7)), lines(anew(8)));
        // The first boots have no line.
        let kept = event as usize - 5;
        prop_assert_eq!(&first[..kept], &other[..kept]);
        prop_assert_ne!(&first, &other);
        prop_assert_ne!(&third, &other);
        prop_assert_eq!(digest(anew(7)), digest(anew(7)));
    }
}

#[test]
fn a_fault_whose_time_is_drawn_draws_it_again_if_it_has_not_begun() {
    let script = "n1 start: set t 100ms
                  n1 timer t: set t 100ms
                  fault { name = \"early\", at = \"10ms..20ms\", for = \"1ms\",
                  + nodes = \"n2\", pause = {} }
                  fault { name = \"late\", at = \"10ms..900ms\", for = \"1ms\",
                  + nodes = \"n2\", pause = {} }
                  fault { name = \"fixed\", at = \"500ms\", for = \"1ms\",
                  + nodes = \"n3\", pause = {} }";
    let strikes = |reseed: Option<Reseed>| {
        let report = Of::<Script>::new()
            .run(&Plan { reseed, ..plan(script, 3) }, None)
            .expect("it is a script's plan");
        let strikes = report.outcome.strikes.into_iter();
        strikes
            .map(|strike| (strike.fault, strike.at))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    let first = strikes(None);
    let reseed = |seed| Some(Reseed { event: 8, seed, network: None });
    for seed in 0..20 {
        let other = strikes(reseed(seed));
        assert_eq!(other.len(), 3);
        assert_eq!((other["early"], other["fixed"]), (first["early"], first["fixed"]));
        assert!(other["late"] != first["late"] && other["late"] > first["early"]);
    }
}
