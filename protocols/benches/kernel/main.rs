//! How fast the kernel is beside a bare event loop:
//! `cargo bench -p squall-protocols --bench kernel`.
//!
//! The invariant: both do the same work, in turns, and CPU time alone is measured; of nine turns
//! the median counts. An argument picks the workloads whose names contain it.

mod bare;
mod flood;
mod idle;

use bare::Bare;
use cpu_time::ThreadTime;
use flood::Kernel;

/// How often each side has its turn.
const TURNS: usize = 9;

/// What is measured.
#[derive(Clone, Copy, Debug)]
struct Workload {
    name: &'static str,
    nodes: u32,
    /// Messages in flight from each node.
    each: u32,
    /// Whether every delivery arms the node's timer anew.
    timers: bool,
    /// Deliveries in one turn.
    deliveries: u64,
}

const WORKLOADS: [Workload; 6] = [
    Workload { name: "pingpong", nodes: 2, each: 0, timers: false, deliveries: 2_000_000 },
    Workload { name: "flood 5", nodes: 5, each: 10, timers: false, deliveries: 2_000_000 },
    Workload { name: "flood 100", nodes: 100, each: 10, timers: false, deliveries: 2_000_000 },
    Workload { name: "flood 1000", nodes: 1000, each: 10, timers: false, deliveries: 1_000_000 },
    Workload { name: "flood 10000", nodes: 10_000, each: 10, timers: false, deliveries: 500_000 },
    Workload { name: "timers 1000", nodes: 1000, each: 10, timers: true, deliveries: 1_000_000 },
];

/// One side of a comparison.
trait Side {
    /// Delivers about so many messages, and says how many.
    fn deliver(&mut self, about: u64) -> u64;
}

fn main() {
    let picks: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let picked = |name: &str| picks.is_empty() || picks.iter().any(|pick| name.contains(pick));
    println!("million deliveries per CPU second, median of {TURNS}");
    println!("{:<12} {:>10} {:>10} {:>10}", "workload", "squall", "bare heap", "ratio");
    for workload in WORKLOADS.into_iter().filter(|workload| picked(workload.name)) {
        compare(workload);
    }
    if picked("idle raft") {
        idle::measure();
    }
}

fn compare(workload: Workload) {
    let (mut kernel, mut bare) = (Kernel::new(workload), Bare::new(workload));
    // Once round everything, so that memory has grown to what it will be.
    kernel.deliver(workload.deliveries);
    bare.deliver(workload.deliveries);
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        rates[0].push(rate(&mut kernel, workload.deliveries));
        rates[1].push(rate(&mut bare, workload.deliveries));
    }
    let [kernel, bare] = rates.map(median);
    let name = workload.name;
    println!("{name:<12} {:>10.2} {:>10.2} {:>10.2}", kernel / 1e6, bare / 1e6, kernel / bare);
}

fn rate(side: &mut impl Side, deliveries: u64) -> f64 {
    let start = ThreadTime::now();
    let delivered = side.deliver(deliveries);
    delivered as f64 / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
