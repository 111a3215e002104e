//! Relay under its scenarios, and its planted bugs.

use super::Relay;
use squall::Check;

const SLOW_BACKEND: &str = "../scenarios/relay/slow-backend.toml";

/// Crashes, loss and copies: answers go missing, come twice or belong to an earlier boot.
const STORM: &str = r#"
    [cluster]
    nodes = { proxy = 2, backend = 3 }
    clients = 6
    [network]
    latency = { exponential = { mean = "5ms" } }
    loss = "2%"
    duplication = "2%"
    [chaos]
    crash = { every = "2s", down = "10ms..1s" }
    [workload]
    operations = 600
    retry = { attempts = 3, backoff = "50ms..1s" }
    [checks]
    sometimes = ["gave-up"]
"#;

fn check(scenario: &str) -> Check {
    squall::check::<Relay>().scenario(scenario)
}

#[test]
fn a_slow_backend_delays_but_breaks_nothing() {
    check(SLOW_BACKEND).seeds(0..20).holds();
}

#[test]
fn answers_find_their_requests_through_a_storm() {
    check(STORM).seeds(0..100).holds();
}

#[test]
fn answers_in_order_reach_the_wrong_client() {
    check(STORM).set("config.bug=answers_in_order").seeds(0..5).finds("linearizable");
}

#[test]
fn answers_given_twice_are_found() {
    check(STORM).set("config.bug=answers_twice").seeds(0..5).finds("answered-once/out-of-balance");
}

#[test]
fn a_slow_backend_holds_up_the_requests_it_gets() {
    let worst = |backend: &str| {
        let outcomes = check(SLOW_BACKEND).set(backend).seeds(0..5).outcomes();
        outcomes.map(|(_, outcome)| outcome.stats.latency.quantile(990)).max().flatten()
    };
    let slow = worst("config.slow.factor=20").expect("operations end");
    let even = worst("config.slow.factor=1").expect("operations end");
    assert!(slow > 2 * even, "p99 of {slow} ns beside {even} ns");
}
