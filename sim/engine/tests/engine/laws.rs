//! The laws of the design as properties of runs.

mod bounded;
mod order;
mod pinned;
mod pure;
mod streams;

use crate::script::{Ran, plan, run_plan, sim};
use squall_engine::digest::Digest;
use squall_engine::plan::Plan;
use squall_engine::run::{Unwatched, run};

/// Proptest with a fixed generator seed: the same cases on every machine.
pub fn cases(cases: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..Default::default()
    }
}

/// A run in which a bit of everything happens: nodes that talk, write, sync and work under loss,
/// drift and a drawn storm, and clients that are answered late or never.
pub const BUSY: &str = r#"
    set scenario.duration=1s
    set scenario.calm=200ms
    set cluster.nodes=4
    set cluster.clients=3
    set network.latency=1ms..10ms
    set network.loss=5%
    set network.duplication=5%
    set network.reordering=10%
    set network.corruption=2%
    set network.bandwidth=100kB/s
    set cluster.zones=["a","b","c"]
    set clocks.drift=-1%..1%
    set clocks.offset=-50ms..50ms
    set disk.sync=100us..2ms
    set chaos.crash={ every = "200ms", down = "50ms..100ms" }
    set chaos.partition={ every = "200ms", for = "50ms..100ms" }
    set chaos.pause={ every = "200ms", for = "20ms..50ms" }
    set chaos.degrade={ every = "200ms", for = "20ms..50ms", loss = "50%", corruption = "9%" }
    set chaos.lag={ every = "200ms", for = "20ms..50ms", by = "5ms..20ms" }
    set chaos.clog={ every = "200ms", for = "20ms..50ms" }
    set chaos.hold={ every = "200ms", for = "20ms..50ms" }
    set cluster.spares=1
    set chaos.clock={ every = "200ms", for = "50ms..100ms", drift = "-50%..50%",
    + jump = "-1s..1s", strobe = { by = "1s", period = "7ms" } }
    set chaos.wipe={ every = "400ms", down = "20ms..50ms" }
    set chaos.restart={ every = "400ms", down = "20ms..50ms",
    + config = { on = { "* b" = "note new" } } }
    set chaos.slow={ every = "200ms", for = "50ms..100ms", cpu = "1x..9x", disk = "1x..9x" }
    set chaos.disk={ every = "100ms", for = "50ms..100ms", ways = [{ rot = 2 },
    + { phantom = "20%" }, { lie = "20%" }, { write_error = "2%" }, { full = true },
    + { miswrite = "20%" }, { misread = "5%" }, { latency = "1ms..9ms" }] }
    set chaos.chance={ every = "200ms", for = "50ms..100ms", enabled = "80%" }
    set chaos.membership={ every = "200ms", for = "50ms..100ms", stop = true }
    * change: append g x; sync; done
    set workload.timeout=30ms
    set workload.retry={ attempts = 3, backoff = "5ms..20ms" }
    * start: set t 7ms; all a; note hello
    * restart: set t 7ms; note log
    * timer t: set t 7ms; append f x; chance early; all a; work 1ms; sync;
    + send n1 b; note random
    * a: begin; work 300us; send n2 c; mark m1
    * synced: work 100us; mark m2
    * ask: log 1; sync; note reply; reply
"#;

/// The digest of a plan's run that nobody watches.
pub fn digest(plan: Plan) -> Digest {
    run(&mut sim(plan).0, &mut Unwatched).digest
}

pub fn busy(seed: u64) -> Plan {
    plan(BUSY, seed)
}

pub fn recorded(plan: Plan) -> Ran {
    run_plan(plan)
}
