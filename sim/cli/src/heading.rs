//! The first line of a run: what is about to be run, before it is.
//!
//! The invariant: it says the seed and the scenario.

use crate::words::{count, span};
use squall_engine::plan::Plan;
use squall_engine::scenario::tables::{Cluster, Nodes};

/// `seed 42 · raft/partition · 5 nodes, 3 clients · storm 0 s to 20 s, calm to 30 s`.
pub(crate) fn heading(called: &str, plan: &Plan) -> String {
    let seed = plan.seed;
    format!("seed {seed} · {called} · {} · {}", participants(&plan.cluster), stretches(plan))
}

pub(crate) fn participants(cluster: &Cluster) -> String {
    let nodes = match &cluster.nodes {
        Nodes::Count(nodes) => count(u64::from(*nodes), "node"),
        Nodes::Kinds(kinds) => {
            let of_kind = |(kind, nodes): (&String, &u32)| count(u64::from(*nodes), kind);
            kinds.iter().map(of_kind).collect::<Vec<_>>().join(", ")
        }
    };
    match cluster.clients {
        0 => nodes,
        clients => format!("{nodes}, {}", count(u64::from(clients), "client")),
    }
}

fn stretches(plan: &Plan) -> String {
    let (duration, calm) = (plan.scenario.duration, plan.scenario.calm);
    let end = span(duration.as_nanos());
    if plan.faults.is_empty() {
        return format!("no storm, {end}");
    }
    let storm = span(duration.saturating_sub(calm).as_nanos());
    match calm.as_nanos() {
        0 => format!("storm 0 s to {storm}"),
        _ => format!("storm 0 s to {storm}, calm to {end}"),
    }
}
