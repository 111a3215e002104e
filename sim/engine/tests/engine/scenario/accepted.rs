//! A scenario that uses every table, as the format describes them.

use super::{LEAST, check_file, loaded};
use squall_engine::scenario::fault::{FaultKind, Target, Unsynced};
use squall_engine::scenario::tables::{Arrivals, Consistency, Latency};
use squall_engine::units::{Ratio, Span, SpanRange};

/// Every table beside those of [`LEAST`], which leaves room for more keys of `[cluster]`.
pub(super) const TABLES: &str = r#"clients = 3
zones = ["a", "b", "c"]

[config]
election_timeout = "150ms..300ms"

[network]
latency = { uniform = "1ms..10ms" }
loss = "1%"
duplication = "5ppm"
reordering = "2%"
corruption = "1%"
bandwidth = { rate = "10MB/s", queue = "64kB" }
zones = "three-continents"

[[network.links]]
between = ["a", ["n2", "c1"]]
latency = { log_normal = { median = "2ms", p99 = "20ms" } }

[[network.links]]
from = "n1"
to = "all"
loss = "2%"
bandwidth = "1kB/s"

[network.stream]
retransmit = "1s"
session_timeout = "9s"
buffer = 10

[clocks]
offset = "-50ms..50ms"
drift = "-100ppm..100ppm"

[disk]
sync = "1ms..3ms"

[[faults]]
name = "cut"
at = "5s"
for = "4s"
partition = { isolate = "leader" }
bind = "old"
within = "1s"

[[faults]]
after = "cut"
delay = "1s..2s"
nodes = ["$old", "n1"]
crash = { down = "2s..5s", unsynced = "tear" }

[[faults]]
name = "sides"
at = "12s"
for = "1s"
partition = { groups = [["n1", "c1"], ["others"]], clients = "follow" }

[[faults]]
step = 17
nodes = "n4"
crash = {}

[[faults]]
at = "13s..14s"
nodes = "random 2"
pause = {}

[[faults]]
at = "14s"
partition = { shape = "random-graph", share = "30%", connected = false, period = "1s" }

[[faults]]
at = "14s"
for = "1s"
partition = { shape = "swizzle", among = ["a", "random 1"], period = "10ms..1s" }

[[faults]]
at = "15s"
nodes = "b"
degrade = { loss = "50%", latency = "1s", reordering = { share = "1%", by = "1s..2s" } }

[[faults]]
at = "15s"
lag = { from = "leader", to = ["n1", "c1"], by = "10ms..1s" }

[[faults]]
at = "15s"
for = "1s..2s"
clog = { between = ["a", ["b", "n3"]] }

[[faults]]
at = "15s"
nodes = "all"
hold = {}

[chaos]
swarm = true
crash = { every = "5s", down = "1s..3s" }
partition = { every = "8s", for = "1s..4s", shapes = ["halves", "isolate-one", "one-way"] }
pause = { every = "8s", for = "1s" }
degrade = { every = "8s", for = "1s", loss = "20%", bandwidth = "1MB/s" }
lag = { every = "8s", for = "1s", by = "10ms..1s" }
clog = { every = "8s", for = "1s" }
hold = { every = "8s", for = "1s" }

[vary]
"cluster.nodes" = [5, 7]
"network.loss" = ["0%", "1%", "10%"]
"faults.cut.at" = "1s..6s"
"faults.crash-4.step" = "1..20"

[workload]
operations = 500
mix = { read = 50, write = 40, cas = 10 }
arrivals = { poisson = "800/s" }
keys = 5
timeout = "1s"
retry = { attempts = 3, backoff = "50ms..1s" }

[[workload.phases]]
name = "surge"
at = "6s"
for = "2s"
arrivals = { even = "2400/s" }
mix = { write = 1 }

[checks]
consistency = "linearizable"
always = ["election-safety", "log-matching"]
sometimes = ["leader-change"]
eventually = ["all-applied"]

[measures]
latency = { p99 = "800ms", "p99.9" = "1s", min = "0s" }
goodput = { min = "760/s", after = "surge", within = "15s" }
terms = { max = 12, report = true }

[limits]
events = 2_000_000
"#;

#[test]
fn every_table_is_read() {
    let scenario = loaded(&format!("{LEAST}{TABLES}"));
    let range = SpanRange::new(Span::millis(1), Span::millis(10));
    assert_eq!(scenario.network.latency, Latency::Uniform(range));
    assert_eq!(scenario.network.reordering.share, Ratio::ppm(20_000));
    let names: Vec<&str> = scenario.faults.iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names[..5], ["cut", "crash-2", "sides", "crash-4", "pause-5"]);
    let FaultKind::Crash(crash) = scenario.faults[1].kind() else { panic!("it is a crash") };
    assert_eq!(crash.unsynced, Unsynced::Tear);
    assert_eq!(scenario.faults[4].nodes, Some(Target::One("random 2".to_string())));
    assert_eq!(scenario.checks.consistency, Some(Consistency::Linearizable));
    assert!(matches!(scenario.workload.arrivals, Arrivals::Poisson(_)));
    assert_eq!(scenario.limits.events, 2_000_000);
}

#[test]
fn the_least_is_read() {
    check_file(LEAST, "fine");
    let scenario = loaded(LEAST);
    assert_eq!(scenario.scenario.calm, Span::ZERO);
    assert_eq!(scenario.cluster.clients, 0);
    assert_eq!(scenario.workload.arrivals, Arrivals::Closed);
}
