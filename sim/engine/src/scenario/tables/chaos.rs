//! `[chaos]`: which faults a seed draws, how often and how bad.
//!
//! The invariant: the kinds are listed once, below; each has a mean gap, `every`.

use super::network::{Bandwidth, Latency, Reordering};
use crate::scenario::fault::{self, ClientSide, Clock, Degrade, Shape, Strobe};
use crate::units::{DriftRange, FactorRange, OffsetRange, Ratio, Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! chaos_kinds {
    ($($(#[$about:meta])* $key:ident: $Table:ident,)+) => {
        /// `[chaos]`: faults drawn by the seed, as a list, before the run.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct Chaos {
            /// Whether each seed switches a random part of these on, each 1/4 to 4 times as often,
            /// and with a tenth to all of its durations and of its strength.
            pub swarm: bool,
            $(
                $(#[$about])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $key: Option<$Table>,
            )+
        }

        impl Chaos {
            /// The keys of the kinds that are drawn, each with its mean gap.
            #[must_use]
            pub fn rates(&self) -> Vec<(&'static str, Span)> {
                let rates = [
                    $(self.$key.as_ref().map(|table| (stringify!($key), table.every))),+
                ];
                rates.into_iter().flatten().collect()
            }
        }
    };
}

chaos_kinds! {
    /// Crashes with restart.
    crash: ChaosCrash,
    /// Partitions.
    partition: ChaosPartition,
    /// Pauses.
    pause: ChaosPause,
    /// Clocks that drift or jump.
    clock: ChaosClock,
    /// Links that become worse.
    degrade: ChaosDegrade,
    /// Delay spikes.
    lag: ChaosLag,
    /// Links on which nothing sets out for a while.
    clog: ChaosClog,
    /// Links that keep messages and release them in a burst.
    hold: ChaosHold,
    /// Crashes that take the disk with them.
    wipe: ChaosWipe,
    /// Orderly restarts, with another configuration.
    restart: ChaosRestart,
    /// Nodes that are slow.
    slow: ChaosSlow,
    /// Disks that fail, forget, mix up, fill up or tarry.
    disk: ChaosDisk,
    /// Fault points of the protocol's own.
    chance: ChaosChance,
    /// Nodes that an operator adds and removes.
    membership: ChaosMembership,
}

/// `chaos.crash`: nodes that crash and come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosCrash {
    /// The mean of the exponential gap between two crashes.
    pub every: Span,
    /// How long a node stays down.
    pub down: SpanRange,
}

/// `chaos.partition`: cuts that come and go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosPartition {
    /// The mean of the exponential gap between two cuts.
    pub every: Span,
    /// How long a cut lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// The shapes to draw from; absent: all that the cluster can be cut in.
    #[serde(default)]
    pub shapes: Vec<Shape>,
    /// How long each phase lasts of a cut that changes; absent: 100 ms to 1 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<SpanRange>,
    /// What the clients see of a cut.
    #[serde(default)]
    pub clients: ClientSide,
}

/// `chaos.pause`: nodes that stop for a while and keep their memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosPause {
    /// The mean of the exponential gap between two pauses.
    pub every: Span,
    /// How long a pause lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
}

/// `chaos.clock`: clocks that drift or jump, one node's at a time, in one of the ways given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosClock {
    /// The mean of the exponential gap between two such faults.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// How much faster than before both clocks go while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftRange>,
    /// How far ahead the wall clock is while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<OffsetRange>,
    /// How far ahead the wall clock jumps, not to come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jump: Option<OffsetRange>,
    /// The wall clock jumps to and fro while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strobe: Option<Strobe>,
}

impl ChaosClock {
    /// The ways that are given, each as a fault of its own.
    #[must_use]
    pub fn ways(&self) -> Vec<Clock> {
        let drift = self.drift.map(|drift| Clock { drift: Some(drift), ..Clock::default() });
        let offset = self.offset.map(|offset| Clock { offset: Some(offset), ..Clock::default() });
        let jump = self.jump.map(|jump| Clock { jump: Some(jump), ..Clock::default() });
        let strobe = self.strobe.map(|strobe| Clock { strobe: Some(strobe), ..Clock::default() });
        [drift, offset, jump, strobe].into_iter().flatten().collect()
    }
}

/// `chaos.degrade`: links that become worse, all of a node's or one of them. Each fault draws its
/// own shares, up to those here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosDegrade {
    /// The mean of the exponential gap between two such faults.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// The most of the share of messages lost; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Ratio>,
    /// The most of the share of messages that arrive twice; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplication: Option<Ratio>,
    /// The most of the share of messages held back; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reordering: Option<Reordering>,
    /// The most of the share of messages corrupted; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corruption: Option<Ratio>,
    /// One-way latency; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// How much each of the links carries; absent: as elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
}

impl ChaosDegrade {
    /// The worst that it draws.
    #[must_use]
    pub fn worst(&self) -> Degrade {
        Degrade {
            loss: self.loss,
            duplication: self.duplication,
            reordering: self.reordering,
            corruption: self.corruption,
            latency: self.latency,
            bandwidth: self.bandwidth,
            ..Degrade::default()
        }
    }
}

/// `chaos.lag`: messages that take longer, on all links of a node or one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosLag {
    /// The mean of the exponential gap between two spikes.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// By how much each message is late.
    pub by: SpanRange,
}

/// `chaos.clog`: links on which nothing sets out, all of a node's or one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosClog {
    /// The mean of the exponential gap between two clogs.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
}

/// `chaos.hold`: links at whose end messages are kept, all of a node's or one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosHold {
    /// The mean of the exponential gap between two holds.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
}

/// `chaos.membership`: nodes that an operator adds and removes, as likely the one as the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosMembership {
    /// The mean of the exponential gap between two changes.
    pub every: Span,
    /// How long the operator asks before it gives up.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// A cluster with no more nodes than this loses none.
    #[serde(default = "three")]
    pub least: u32,
    /// A cluster with as many nodes as this gets none; absent: with all that there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Whether a node's process is stopped once it is removed.
    #[serde(default)]
    pub stop: bool,
}

fn three() -> u32 {
    3
}

/// `chaos.wipe`: nodes that crash, lose their disk and come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosWipe {
    /// The mean of the exponential gap between two such crashes.
    pub every: Span,
    /// How long a node stays down.
    pub down: SpanRange,
}

/// `chaos.restart`: nodes that stop in good order, one at a time, and come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosRestart {
    /// The mean of the exponential gap between two restarts.
    pub every: Span,
    /// How long a node stays down.
    pub down: SpanRange,
    /// Keys of `[config]` with the value that a node has from then on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub config: BTreeMap<String, serde_json::Value>,
}

/// `chaos.slow`: nodes that are slow for a while, one at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosSlow {
    /// The mean of the exponential gap between two such faults.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// How many times longer a node uses the processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<FactorRange>,
    /// How many times longer its disk takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<FactorRange>,
}

/// `chaos.disk`: disks in trouble, those of a minority at a time, each in one of the ways given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosDisk {
    /// The mean of the exponential gap between two such faults.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// What a disk may do wrong: keys of a `disk` fault.
    pub ways: Vec<fault::Disk>,
}

/// `chaos.chance`: fault points that are enabled for a while, for all nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChaosChance {
    /// The mean of the exponential gap between two such times.
    pub every: Span,
    /// How long one lasts.
    #[serde(rename = "for")]
    pub lasts: SpanRange,
    /// The points; absent: all that the protocol declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<String>,
    /// How likely a point is enabled each time.
    #[serde(default = "quarter")]
    pub enabled: Ratio,
    /// How likely an enabled point is taken each time it is reached.
    #[serde(default = "quarter")]
    pub taken: Ratio,
}

fn quarter() -> Ratio {
    Ratio::ppm(250_000)
}
