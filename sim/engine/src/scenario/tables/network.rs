//! `[network]` as types: what links are like.
//!
//! The invariant: a table about some links says only in what they differ.

use crate::scenario::fault::{Ends, Target};
use crate::units::{Bytes, DataRate, Ratio, Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// `[network]`: how messages travel between any two participants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// One-way latency; absent: 1 ms to 10 ms, uniform.
    pub latency: Latency,
    /// The share of messages lost.
    pub loss: Ratio,
    /// The share of messages that arrive twice.
    pub duplication: Ratio,
    /// Messages held back so that later ones overtake them.
    pub reordering: Reordering,
    /// The share of messages corrupted: replaced as the protocol says, else lost.
    pub corruption: Ratio,
    /// How much each link carries; absent: anything at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
    /// Latencies within and between zones, from measured round trips.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zones: Option<ZoneLatencies>,
    /// Links that differ; of two entries about one link the later counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Links that are slower than others until the calm, and messages that make theirs the
    /// slowest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priorities: Option<Priorities>,
    /// How streams go about it, for protocols that assume them.
    pub stream: Streams,
}

/// `[network.priorities]`: until the calm every link has a priority of its own, and a low one is a
/// long wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Priorities {
    /// How much longer than usual the lowest of them takes; the others a part of it.
    pub hold: Span,
    /// Which of all orders of the links it is.
    #[serde(default)]
    pub order: u64,
    /// Messages, counted from 1 since the run began, whose link falls below all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demote: Vec<NonZeroU64>,
}

/// `[network.stream]`: how streams go about what is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Streams {
    /// How long an end waits for an acknowledgement before it sends again; twice as long each
    /// further time. More than a round trip, or much is sent in vain.
    pub retransmit: Span,
    /// How long what an end sent may stay unacknowledged before the session is down.
    pub session_timeout: Span,
    /// How many messages may be unacknowledged; one more ends the session.
    pub buffer: u32,
}

impl Default for Streams {
    fn default() -> Streams {
        Streams { retransmit: Span::millis(200), session_timeout: Span::secs(5), buffer: 1_000 }
    }
}

/// Latencies from measured mean round trips between machines of Amazon EC2: half of them, and up to
/// a tenth more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneLatencies {
    /// 0.446 ms from anywhere to anywhere and back.
    OneDatacentre,
    /// Within a zone 0.446 ms, between the first two 1.328 ms, from both to the third 2.112 ms.
    ThreeZones,
    /// Within a zone 0.446 ms, between the three 80.55, 145.3 and 212.4 ms: Virginia, Ireland and
    /// Tokyo.
    ThreeContinents,
}

/// `[[network.links]]`: links that differ from the others for the whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// The two ends, when both directions are meant: names, kinds, zones or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<Vec<Target>>,
    /// The senders, when one direction is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Target>,
    /// The addressees, when one direction is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Target>,
    /// One-way latency; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// The share of messages lost; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<Ratio>,
    /// The share of messages that arrive twice; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplication: Option<Ratio>,
    /// Messages held back so that later ones overtake them; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reordering: Option<Reordering>,
    /// The share of messages corrupted; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corruption: Option<Ratio>,
    /// How much each of the links carries; absent: as elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<Bandwidth>,
}

impl Link {
    /// Its two ends.
    #[must_use]
    pub fn ends(&self) -> Ends<'_> {
        let between = self.between.as_deref();
        Ends { between, from: self.from.as_ref(), to: self.to.as_ref() }
    }
}

/// How much a link carries, and how much waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bandwidth {
    /// How fast it takes messages, one after another.
    pub rate: DataRate,
    /// How much may wait while it is busy; what does not fit is lost.
    pub queue: Bytes,
}

impl Bandwidth {
    /// How much may wait where the author did not say.
    pub const QUEUE: Bytes = Bytes::new(256_000);
}

/// A one-way latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// Always the same.
    Constant(Span),
    /// Anything in the range, equally likely.
    Uniform(SpanRange),
    /// Exponential with this mean.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Log-normal: most are near the median, a few take much longer.
    LogNormal {
        /// Half of them take no longer.
        median: Span,
        /// 99 of 100 take no longer.
        p99: Span,
    },
}

impl Default for Latency {
    fn default() -> Latency {
        Latency::Uniform(SpanRange::new(Span::millis(1), Span::millis(10)))
    }
}

/// Messages held back so that later ones overtake them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reordering {
    /// The share of messages held back.
    pub share: Ratio,
    /// For how long beyond their latency.
    pub by: SpanRange,
}

impl Default for Reordering {
    fn default() -> Reordering {
        let by = SpanRange::new(Span::millis(10), Span::millis(100));
        Reordering { share: Ratio::ZERO, by }
    }
}
