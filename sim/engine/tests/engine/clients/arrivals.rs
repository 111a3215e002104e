//! Closed and open loops, their rates and phases.

use crate::script::{plan, run, run_plan};
use squall_check::Operation;

/// The instants of invocations in milliseconds, and who invoked.
fn invocations(script: &str, seed: u64) -> Vec<(f64, String)> {
    let transcript = run_plan(plan(script, seed)).transcript;
    let lines = transcript.lines().filter(|line| line.contains("invokes"));
    let read = |line: &str| {
        let mut words = line.split(' ');
        let at = words.next()?.parse().ok()?;
        Some((at, words.next()?.to_string()))
    };
    lines.filter_map(read).collect()
}

fn between(invocations: &[(f64, String)], from: f64, to: f64) -> usize {
    invocations.iter().filter(|(at, _)| (from..to).contains(at)).count()
}

#[test]
fn a_closed_loop_asks_one_after_another_and_shares_the_operations() {
    let ran = run("set cluster.clients=3\nset workload.operations=10\n* ask: work 1ms; reply");
    let of = |client: u32| {
        let own = |one: &&Operation<_, _>| one.process.client == client;
        ran.history.operations.iter().filter(own).collect::<Vec<_>>()
    };
    assert_eq!([of(1).len(), of(2).len(), of(3).len()], [4, 3, 3]);
    for client in 1..=3 {
        let own = of(client);
        let pairs = own.windows(2);
        pairs.for_each(|pair| assert!(pair[0].completed().is_some_and(|at| at < pair[1].invoked)));
        assert!(own.iter().all(|one| one.process.lane == 1));
    }
}

#[test]
fn even_arrivals_keep_their_rate_exactly() {
    let script = "set cluster.clients=4\nset workload.arrivals={ even = \"100/s\" }
                  * ask: reply";
    let all = invocations(script, 1);
    let instants: Vec<f64> = all.iter().map(|(at, _)| *at).collect();
    let want: Vec<f64> = (0..100).map(|index| f64::from(index) * 10.0).collect();
    assert_eq!(instants, want);
    let clients: Vec<&str> = all.iter().take(5).map(|(_, client)| client.as_str()).collect();
    assert_eq!(clients, ["c1", "c2", "c3", "c4", "c1"]);
}

#[test]
fn an_open_loop_does_not_wait_for_answers_and_keeps_its_rate_without_them() {
    let script = "set cluster.clients=2\nset workload.arrivals={ even = \"100/s\" }
                  set workload.timeout=33ms";
    assert_eq!(invocations(script, 1).len(), 100);
    // Lanes of a burst do not ask again on their own when they are idle.
    let burst = "set cluster.clients=1\nset workload.arrivals={ even = \"10/s\" }
                 set workload.timeout=150ms
                 set workload.phases=[{ name = \"burst\", at = \"0s\", for = \"100ms\",
                 + arrivals = { even = \"500/s\" } }]
                 n1 ask: reply";
    assert_eq!(invocations(burst, 1).len(), 50 + 9);
}

#[test]
fn an_open_loop_ends_with_its_operations() {
    let script = "set cluster.clients=2\nset workload.arrivals={ even = \"100/s\" }
                  set workload.operations=7\n* ask: reply";
    assert_eq!(invocations(script, 1).len(), 7);
}

#[test]
fn poisson_arrivals_have_their_rate_and_exponential_gaps() {
    let script = "set cluster.clients=5\nset scenario.duration=10s
                  set workload.arrivals={ poisson = \"1000/s\" }\n* ask: reply";
    let all = invocations(script, 3);
    // Five standard deviations of a count around 10,000.
    assert!(all.len().abs_diff(10_000) < 500, "{}", all.len());
    let gaps: Vec<f64> = all.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    for (than, share) in [(0.5, 0.606_53), (1.0, 0.367_88), (3.0, 0.049_79)] {
        let longer = gaps.iter().filter(|gap| **gap > than).count() as f64 / gaps.len() as f64;
        assert!((longer - share).abs() < 0.02, "{longer} of the gaps are longer than {than} ms");
    }
}

#[test]
fn phases_have_arrivals_of_their_own() {
    let script = "set cluster.clients=2\nset workload.arrivals={ even = \"20/s\" }
                  set workload.phases=[{ name = \"rush\", at = \"400ms\", for = \"200ms\",
                  + arrivals = { even = \"200/s\" } }]
                  * ask: reply";
    let all = invocations(script, 1);
    let counts =
        [between(&all, 0.0, 400.0), between(&all, 400.0, 600.0), between(&all, 600.0, 1e3)];
    assert_eq!(counts, [8, 40, 8]);
}

#[test]
fn a_closed_loop_has_open_phases_and_an_open_one_closed_ones() {
    let phase = |arrivals: &str| {
        format!(
            "set workload.phases=[{{ name = \"p\", at = \"400ms\", for = \"200ms\",
             + arrivals = {arrivals} }}]"
        )
    };
    let closed =
        format!("set cluster.clients=1\n* ask: work 8ms; reply\n{}", phase("{ even = \"50/s\" }"));
    let all = invocations(&closed, 1);
    // One in ten milliseconds while it is closed, one in twenty while it is open.
    assert_eq!(between(&all, 0.0, 400.0), 40);
    assert_eq!(between(&all, 400.0, 600.0), 10);
    assert_eq!(between(&all, 600.0, 1e3), 40);
    let open = format!(
        "set cluster.clients=1\nset workload.arrivals={{ even = \"50/s\" }}
         * ask: work 8ms; reply\n{}",
        phase("\"closed\"")
    );
    let all = invocations(&open, 1);
    assert_eq!(between(&all, 0.0, 400.0), 20);
    assert_eq!(between(&all, 400.0, 600.0), 20);
    assert_eq!(between(&all, 600.0, 1e3), 20);
}

#[test]
fn a_phase_has_a_mix_of_its_own() {
    let script = "set cluster.clients=1\nset workload.arrivals={ even = \"100/s\" }
                  set workload.phases=[{ name = \"reads\", at = \"500ms\", for = \"500ms\",
                  + mix = { read = 1 } }]
                  * ask: reply";
    let ran = run(script);
    let reads = ran.transcript.lines().filter(|line| line.contains("invokes Read"));
    let instants: Vec<f64> =
        reads.filter_map(|line| line.split(' ').next()?.parse().ok()).collect();
    assert_eq!(instants.len(), 50);
    assert!(instants.iter().all(|at| *at >= 500.0));
}
