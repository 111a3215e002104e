//! The same work on the kernel: nodes that hand messages on to random nodes.
//!
//! The invariant: a handler does nothing but draw and send, so that what is measured is the kernel.

use crate::{Side, Workload};
use squall::engine::scenario::Document;
use squall::engine::sim::Sim;
use squall::engine::subject::{Of, Planner};
use squall::prelude::*;

/// Nodes that hand messages on.
struct Flood;

/// How they do it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Config {
    each: u32,
    timers: bool,
}

/// A node that hands messages on.
struct Hand {
    nodes: u32,
    config: Config,
}

impl Hand {
    fn pass(&self, cx: &mut Context<'_, Self>, from: Option<NodeId>, message: u64) {
        let to = match (self.config.each, from) {
            (0, Some(from)) => from,
            (0, None) => NodeId::node(1),
            _ => NodeId::node(cx.random().below(u64::from(self.nodes)) as u32),
        };
        cx.send(to, message);
    }
}

impl Node for Hand {
    type Message = u64;
    type Timer = ();

    fn on_start(&mut self, cx: &mut Context<'_, Self>) {
        let first = u32::from(self.config.each == 0 && cx.id() == NodeId::node(0));
        for message in 0..self.config.each.max(first) {
            self.pass(cx, None, u64::from(message));
        }
    }

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: u64) {
        if self.config.timers {
            self.on_timer(cx, ());
        }
        self.pass(cx, Some(from), message + 1);
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, (): ()) {
        let after = cx.random_span(SpanRange::new(Span::millis(150), Span::millis(300)));
        cx.set_timer((), after);
    }
}

impl Protocol for Flood {
    const NAME: &'static str = "flood";
    type Config = Config;
    type Node = Hand;
    type Model = NoClients;

    fn node(config: &Config, boot: Boot) -> Hand {
        Hand { nodes: boot.peers().len() as u32 + 1, config: config.clone() }
    }

    fn ask(_: Request<NoClients>, cluster: &Cluster<'_>) -> (NodeId, u64) {
        (cluster.any(), 0)
    }

    fn answer(_: u64) -> Option<Reply<NoClients>> {
        None
    }
}

/// A run of [`Flood`].
pub(crate) struct Kernel {
    sim: Sim<Flood>,
    in_flight: u64,
}

impl Kernel {
    pub(crate) fn new(workload: Workload) -> Kernel {
        let Workload { nodes, each, timers, .. } = workload;
        let text = format!(
            "format = 1
            [scenario]
            protocol = 'flood'
            duration = '1000000s'
            [config]
            each = {each}
            timers = {timers}
            [cluster]
            nodes = {nodes}
            [network]
            latency = '1ms..10ms'
            [limits]
            events = 1_000_000_000_000",
        );
        let document = Document::parse("flood", &text).expect("it is TOML");
        let subject = Of::<Flood>::new();
        let planner = Planner::new(&subject, document).expect("it is a scenario");
        let plan = planner.plan(1).expect("nothing varies");
        let config = Config { each, timers };
        Kernel { sim: Sim::new(plan, config), in_flight: u64::from(nodes * each).max(1) }
    }
}

impl Side for Kernel {
    /// A message takes 5.5 milliseconds on average.
    fn deliver(&mut self, about: u64) -> u64 {
        let before = self.sim.stats().delivered;
        let span = Span::micros(about * 5_500 / self.in_flight);
        self.sim.run_until(self.sim.now() + span);
        self.sim.stats().delivered - before
    }
}
