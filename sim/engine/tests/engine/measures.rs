//! Measures and their bounds.

use crate::support::{One, plan};
use squall_engine::run::{Ending, run_plan};

fn ending(measures: &str) -> (Ending, Vec<String>) {
    let text = format!(
        r#"
        [scenario]
        duration = "4s"
        calm = "1s"
        [cluster]
        nodes = 2
        clients = 1
        [network]
        latency = "2ms"
        [[faults]]
        name = "stall"
        at = "1s"
        for = "500ms"
        nodes = "n1"
        pause = {{}}
        [measures]
        {measures}
        "#
    );
    let (plan, config) = plan::<One>(&text, 1);
    let outcome = run_plan::<One>(&plan, config);
    (outcome.ending, outcome.unsampled)
}

#[test]
fn a_bound_judges_every_sample_unless_it_waits_for_the_end_of_a_fault() {
    let (whole, _) = ending(r#"latency = { max = "100ms" }"#);
    let Ending::Violated(violation) = whole else { panic!("{whole:?}") };
    assert_eq!(violation.signature(), "latency/out-of-bounds");
    assert_eq!(violation.sentence, "the greatest latency is 501ms; it must be at most 100ms");
    let (after, unsampled) =
        ending(r#"latency = { max = "100ms", after = "stall", within = "100ms" }"#);
    assert_eq!((after, unsampled.len()), (Ending::Passed, 0));
}

#[test]
fn a_bound_without_a_sample_is_told_and_not_judged() {
    let (ending, unsampled) =
        ending(r#"latency = { p99 = "1ms", after = "stall", within = "1m" }"#);
    assert_eq!((ending, unsampled), (Ending::Passed, vec!["latency".to_string()]));
}

#[test]
fn what_is_only_reported_never_fails() {
    let (ending, _) = ending(r#"latency = { report = true }"#);
    assert_eq!(ending, Ending::Passed);
}
