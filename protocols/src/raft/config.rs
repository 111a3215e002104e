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
    /// How much faster or slower than true time a clock may run: a lease for reads is shortened by
    /// what two such clocks may come apart (§6.4.1).
    pub clock_drift_max: Ratio,
    /// Whether handlers wait while the log is written.
    pub log_writes: LogWrites,
    /// Where the applied state is kept.
    pub applied: Applied,
    /// How many entries one AppendEntries carries at most.
    pub append_limit: NonZeroU32,
    /// After how many applied entries a server takes a snapshot and forgets them (§5.1.2).
    pub snapshot_every: NonZeroU64,
    /// A planted bug.
    pub bug: Bug,
}

impl Config {
    /// Whether time goes by between two heartbeats, and between two campaigns.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.heartbeat == Span::ZERO {
            return Err(ConfigError::new("heartbeat", "a leader that speaks every 0s never rests"));
        }
        if self.election_timeout.high == Span::ZERO {
            let message = "a follower that waits 0s always campaigns";
            return Err(ConfigError::new("election_timeout", message));
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            election_timeout: SpanRange::new(Span::millis(150), Span::millis(300)),
            heartbeat: Span::millis(50),
            reads: Reads::ReadIndex,
            clock_drift_max: Ratio::ppm(100_000),
            log_writes: LogWrites::Blocking,
            applied: Applied::Memory,
            append_limit: NonZeroU32::new(64).expect("64 is not zero"),
            snapshot_every: NonZeroU64::new(200).expect("200 is not zero"),
            bug: Bug::None,
        }
    }
}

/// How reads are served. All ways are linearizable, leases as long as clocks keep their bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// From the leader's state, once a round of heartbeats has shown that it still leads (§6.4).
    #[default]
    ReadIndex,
    /// Through the log, like writes.
    Log,
    /// From the leader's state for as long as no other can have been elected, by its clock; then
    /// as `read-index` (§6.4.1).
    Lease,
}

/// How the log gets onto the disk. Term and vote are always waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LogWrites {
    /// A handler waits until its entries are durable.
    #[default]
    Blocking,
    /// Entries are written while messages go on being handled; what comes in meanwhile goes into
    /// one next write (§10.2.1, §10.2.2).
    Async,
}

/// Where the applied state is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applied {
    /// In memory: a restart applies again what follows the snapshot (§5.1).
    #[default]
    Memory,
    /// On disk, with the index of the last applied entry in the same atomic write (§5.2).
    Durable,
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
    /// A follower takes over a leader's commit index even if its own is greater (figure 3.1).
    /// PySyncObj issue 166.
    CommitIndexRegress,
    /// A leader whose snapshot ends with just the entry that a follower needs sends an empty
    /// AppendEntries with nothing before it; the follower takes that for agreement (§5.1).
    /// willemt/raft pull request 118, RedisLabs/raft pull request 47, 2021.
    SnapshotBoundaryEmptyAppend,
    /// A follower whose log goes on behind a snapshot keeps that log although it has another entry
    /// where the snapshot ends (figure 5.3, rule 7), and for ever rejects what comes next.
    /// hashicorp/raft issue 697, 2026.
    InstallSnapshotKeepsConflictingLog,
    /// With `log_writes = "async"`: a leader that hears a heartbeat of a later term during a write
    /// enters the term and steps down only after the next write, whose entries get that term.
    /// hashicorp/raft issue 695, 2026.
    AsyncHeartbeatBumpsTerm,
    /// No pre-vote, no lease against disruptive servers, no check-quorum (§9.6, §4.2.3, §6.2): a
    /// server that hears no leader deposes the one that others follow. Cloudflare's outage of
    /// 2020-11-02; Howard and Abraham, "Raft does not Guarantee Liveness", 2020.
    NoPrevoteNoCheckquorum,
    /// With `reads = "lease"`: the lease is not shortened by what clocks may come apart (§6.4.1).
    /// What etcd's documentation of `ReadOnlyLeaseBased` warns of.
    LeaseReadClockDrift,
    /// With `applied = "durable"`: the applied index and the state are two writes.
    /// etcd issue 13766, 2022.
    ConsistentIndexNotAtomic,
    /// A follower answers a leader of an earlier term with the round of heartbeats of that term,
    /// and the node, once it leads again, counts it for a round of its new term (§6.4).
    CountStaleAcks,
}
