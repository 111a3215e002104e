//! What a scenario may set in `[config]`.
//!
//! The invariant: the default is a correct Raft; only `bug` makes it another.

use squall::prelude::*;
use std::num::{NonZeroU32, NonZeroU64};

/// The `[config]` of a Raft scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a follower waits for its leader before it campaigns, drawn anew each time
    /// (dissertation §3.4). Its low end is also how long a node that heard a leader refuses to
    /// vote (§4.2.3), its high end how long a leader lives without a majority (§6.2).
    pub election_timeout: SpanRange,
    /// How often a leader speaks to each follower (§3.4).
    pub heartbeat: Span,
    /// How reads are served.
    pub reads: Reads,
    /// How many entries one AppendEntries carries at most.
    pub append_limit: NonZeroU32,
    /// After how many applied entries a server takes a snapshot and forgets them (§5.1.2).
    pub snapshot_every: NonZeroU64,
    /// A planted bug.
    pub bug: Bug,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            election_timeout: SpanRange::new(Span::millis(150), Span::millis(300)),
            heartbeat: Span::millis(50),
            reads: Reads::ReadIndex,
            append_limit: NonZeroU32::new(64).expect("64 is not zero"),
            snapshot_every: NonZeroU64::new(200).expect("200 is not zero"),
            bug: Bug::None,
        }
    }
}

/// How reads are served. Both ways are linearizable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// From the leader's state, once a round of heartbeats has shown that it still leads (§6.4).
    #[default]
    ReadIndex,
    /// Through the log, like writes.
    Log,
}

/// A planted bug: one rule of Raft that is left out, as it once was in a real system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bug {
    /// None: Raft as it should be.
    #[default]
    None,
    /// A leader commits entries of earlier terms by counting their replicas (§3.6.2, figure 3.7).
    /// LogCabin issue 44, Ongaro 2013: "critical Raft data corruption bug".
    CommitPriorTerm,
    /// Term and vote live in memory alone, so that a restart forgets them (§3.8).
    /// The counter-example of ongardie/raft.tla pull request 5, 2016.
    VoteNotPersisted,
    /// A follower acknowledges entries before they are durable (§3.8).
    /// One of the three switches of Vanlightly's `RaftFsync.tla`.
    NoFsyncBeforeAck,
    /// A follower cuts its log behind whatever AppendEntries brings, conflict or not, so that an
    /// old message erases newer entries (§3.5). RaftOS issue 26; hashicorp/raft pull request 113.
    TruncateOnOldAppend,
    /// A candidate counts votes of earlier terms (§3.4). Xraft issue 33.
    CountStaleVotes,
    /// A leader answers reads at once, without asking whether it still leads (§6.4).
    /// etcd 0.4 and Consul 0.2 as Jepsen found them, 2014.
    ReadLocalLeader,
    /// A leader serves reads by ReadIndex before it has committed an entry of its own term, while
    /// its commit index may be behind (§6.4, step 1).
    ReadIndexBeforeOwnCommit,
    /// The state machine applies a command again that a client has sent again (§6.3).
    NoSessionDedup,
}
