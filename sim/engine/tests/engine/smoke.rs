//! A run from beginning to end.

use crate::support::{One, plan};
use squall_engine::run::{Ending, run_plan};

#[test]
fn a_register_on_one_node_is_linearizable_through_crashes_and_loss() {
    let text = r#"
        [cluster]
        nodes = 3
        clients = 3
        [network]
        latency = "1ms..10ms"
        loss = "0.1%"
        reordering = "2%"
        [workload]
        operations = 1000
        [[faults]]
        at = "5s"
        nodes = "n1"
        crash = { down = "1s" }
        [[faults]]
        at = "8s"
        for = "2s"
        partition = "halves"
        [[faults]]
        at = "12s"
        for = "500ms"
        nodes = "n1"
        pause = {}
    "#;
    for seed in 0..20 {
        let (plan, config) = plan::<One>(text, seed);
        let outcome = run_plan::<One>(&plan, config);
        assert_eq!(outcome.ending, Ending::Passed, "seed {seed}: {:?}", outcome.stats);
        assert!(outcome.stats.ok > 500, "{:?}", outcome.stats);
    }
}
