//! The budget: what would break it does not strike, and what surely breaks it is refused.

use crate::script::{check, plan, run, run_plan};
use expect_test::expect;
use squall_engine::scenario::Document;
use squall_engine::subject::{Of, Planner};

#[test]
fn a_fault_that_would_break_the_budget_is_skipped_with_a_reason() {
    check(
        r#"set cluster.nodes=5
           set budget.down=2
           fault { name = "a", at = "5ms..6ms", nodes = "n1", crash = { down = "10ms" } }
           fault { name = "b", at = "7ms..8ms", nodes = ["n2", "n3"], crash = { down = "1ms" } }
           fault { name = "c", at = "9ms..10ms", nodes = ["n1", "n2"], crash = { down = "9ms" } }
           fault { name = "d", at = "20ms", nodes = ["n4", "n5"], crash = { down = "1ms" } }"#,
        expect![[r#"
            5.755 + a crash n1
            5.755 n1 crashes
            7.192 / b skipped: 3 nodes would be down, and the budget has room for 2
            9.736 + c crash n1, n2
            9.736 n2 crashes
            15.755 - a ends
            18.736 - c ends
            18.736 n1 restarts
            18.736 n2 restarts
            20 + d crash n4, n5
            20 n4 crashes
            20 n5 crashes
            21 - d ends
            21 n4 restarts
            21 n5 restarts
        "#]],
    );
    check(
        r#"set cluster.nodes=5
           set budget.wiped=1
           set budget.cut=2
           fault { name = "a", at = "5ms..6ms", nodes = "n1", wipe = { down = "1ms" } }
           fault { name = "b", at = "9ms..10ms", nodes = "n2", wipe = { down = "1ms" } }
           fault { name = "c", at = "11ms..12ms", nodes = "n1", wipe = { down = "1ms" } }
           fault { name = "d", at = "20ms..21ms", for = "9ms", partition = "halves" }
           fault { name = "f", at = "40ms..41ms", for = "1ms",
           + partition = { groups = [["n1"], ["n2"], ["n3"], ["n4", "n5"]] } }"#,
        expect![[r#"
            5.755 + a wipe n1
            5.755 n1 crashes
            6.755 - a ends
            6.755 n1 restarts
            9.192 / b skipped: 2 nodes would be wiped, and the budget has room for 1
            11.736 + c wipe n1
            11.736 n1 crashes
            12.736 - c ends
            12.736 n1 restarts
            20.988 + d partition n2, n5 | n1, n3, n4
            29.988 - d ends
            40.379 / f skipped: 3 nodes would be cut off, and the budget has room for 2
        "#]],
    );
}

#[test]
fn without_a_budget_explicit_faults_are_free_and_drawn_ones_are_not() {
    let free = run(r#"fault { name = "a", at = "5ms", nodes = "all", crash = {} }"#);
    assert!(free.transcript.contains("+ a crash n1, n2, n3"), "{}", free.transcript);
    let script = r#"set chaos.crash={ every = "5ms", down = "5ms..50ms" }
        fault { name = "a", at = "0ms", nodes = "n1", crash = {} }"#;
    let outcome = run_plan(plan(script, 3)).outcome;
    let drawn = outcome.strikes.iter().filter(|strike| strike.fault.starts_with("chaos-"));
    for strike in drawn {
        let why = "would be down, and the budget has room for 1";
        let skipped = strike.skipped.as_ref().is_some_and(|skipped| skipped.ends_with(why));
        assert!(skipped || strike.whom == "n1", "{strike:?}");
    }
}

#[test]
fn the_generator_plans_inside_the_budget() {
    let script = |budget: &str| {
        let script = format!(
            "set cluster.nodes=5\nset chaos.crash={{ every = \"5ms\", down = \"5ms..50ms\" }}
             set chaos.wipe={{ every = \"5ms\", down = \"1ms..5ms\" }}\nset {budget}"
        );
        plan(&script, 3)
    };
    let count = |budget: &str, kind: &str| {
        script(budget).faults.iter().filter(|fault| fault.kind().name() == kind).count()
    };
    assert_eq!(count("budget.down=0", "crash"), 0);
    assert!(count("budget.down=1", "crash") < count("budget.down=2", "crash"));
    assert_eq!(count("budget.down=1", "wipe"), 0);
    let wiped = script("budget.wiped=1").faults;
    let mut nodes: Vec<&str> =
        wiped.iter().filter(|f| f.wipe.is_some()).flat_map(|fault| fault.words()).collect();
    assert!(nodes.len() > 1);
    nodes.dedup();
    assert_eq!(nodes.len(), 1);
}

#[test]
fn explicit_faults_that_surely_break_the_budget_are_refused_with_their_line() {
    let told = |text: &str| {
        let text = format!("[cluster]\nnodes = 5\n{text}");
        let document = Document::parse_in_test("s.toml", &text, "script").expect("it is TOML");
        let planner = Planner::new(const { &Of::<crate::script::Script>::new() }, document);
        planner.err().map_or("fine".to_string(), |error| error.to_string())
    };
    let two = |second: &str| {
        format!(
            "[budget]\ndown = 2\ncut = 1\nwiped = 1\n[[faults]]\nname = \"a\"\nat = \"1s\"\n\
             nodes = [\"n1\", \"n2\"]\ncrash = {{ down = \"5s\" }}\n[[faults]]\nname = \"b\"\n\
             {second}"
        )
    };
    assert_eq!(
        told(&two("at = \"2s\"\nnodes = \"n3\"\ncrash = {}")),
        "s.toml:14:6: `b` breaks the budget: 3 nodes would be down, and the budget has room for 2"
    );
    assert_eq!(told(&two("at = \"6s\"\nnodes = \"n3\"\ncrash = {}")), "fine");
    assert_eq!(told(&two("at = \"2s..3s\"\nnodes = \"n3\"\ncrash = {}")), "fine");
    assert_eq!(told(&two("at = \"2s\"\nnodes = \"n2\"\ncrash = {}")), "fine");
    assert_eq!(
        told(&two("at = \"9s\"\nnodes = [\"n3\", \"n4\"]\nwipe = {}")),
        "s.toml:14:6: `b` breaks the budget: 2 nodes would be wiped, and the budget has room for 1"
    );
    assert_eq!(
        told(&two("at = \"9s\"\npartition = { isolate = [\"n3\", \"n4\"] }")),
        "s.toml:14:6: `b` breaks the budget: 2 nodes would be cut off, and the budget has room \
         for 1"
    );
    assert_eq!(
        told("[[faults]]\nname = \"chaos-1\"\nat = \"1s\"\nnodes = \"n1\"\ncrash = {}"),
        "s.toml:4:8: names that begin with `chaos-` are those of drawn faults"
    );
}
