//! Raft: consensus on a replicated log, as in Ongaro's dissertation (*Consensus: Bridging Theory
//! and Practice*, Stanford 2014; section numbers here are its own), serving a key-value store.
//!
//! The invariant: figure 3.2, watched by the properties in `monitors`.
//!
//! What it has: randomised election timeouts (§3.4), pre-vote (§9.6), leases against disruptive
//! servers (§4.2.3) and check-quorum (§6.2); replication with a fast way back over conflicts
//! (§3.5), commitment by entries of the leader's own term (§3.6.2), a no-op at the start of each
//! term; term, vote and log on disk, synced before anything that depends on them is said (§3.8),
//! the leader's own write in parallel with replication (§10.2.1) or all writes beside other work;
//! snapshots with log compaction and InstallSnapshot, the state in memory or on disk (§5);
//! single-server membership changes, with servers that catch up first (§4); client sessions that
//! suppress duplicates (§6.3), linearizable reads by ReadIndex or by leases (§6.4), and referral
//! to the leader (§6.2).
//!
//! What it leaves out: leadership transfer, and the expiry of sessions.
//!
//! Fault points let the storm do what is allowed and unlikely: a leader skips a round of
//! heartbeats, a server drops a snapshot or takes long to apply.
//!
//! It assumes datagrams: messages may be lost, doubled, overtaken, or arrive seconds late.

mod config;
mod election;
mod following;
mod leadership;
mod log;
mod machine;
mod membership;
mod message;
mod monitors;
mod reads;
mod replica;
mod replication;
mod sessions;
mod snapshot;
mod storage;
#[cfg(test)]
mod tests;

pub use config::{Applied, Bug, Config, LogWrites, Reads};
pub use log::{Command, Conflict, Entry, Index, Log, Position, Term};
pub use message::{Append, Appended, Ballot, Install, Message, Outcome, Round, Vote};
pub use replica::{Replica, Timer};
pub use snapshot::Snapshot;

use squall::prelude::*;

/// Raft.
#[derive(Debug)]
pub struct Raft;

impl Protocol for Raft {
    const NAME: &'static str = "raft";
    const ABOUT: &'static str =
        "Raft (Ongaro 2014): a replicated log with elections, sessions and linearizable reads";
    const ROLES: &'static [&'static str] = &["leader", "follower", "candidate", "pre-candidate"];
    const MARKS: &'static [&'static str] = &[
        "leader-elected",
        "leader-stepped-down",
        "quorum-lost",
        "vote-withheld",
        "backed-off",
        "log-truncated",
        "snapshot-taken",
        "snapshot-installed",
        "read-index",
        "lease-read",
        "duplicate-suppressed",
        "member-added",
        "member-removed",
        "joining-given-up",
    ];
    const CHANCES: &'static [&'static str] = &["skip-heartbeats", "drop-snapshot", "apply-slowly"];
    const MEMBERSHIP: bool = true;
    const MEASURES: &'static [Measure] = &[
        Measure {
            name: "elections",
            about: "How often a node stood for election.",
            unit: Unit::Number,
        },
        Measure {
            name: "entries-per-append",
            about: "How many entries an AppendEntries that is no heartbeat carries.",
            unit: Unit::Number,
        },
        Measure {
            name: "commit-latency",
            about: "From a command's entry into the leader's log until it is applied there.",
            unit: Unit::Span,
        },
    ];

    type Config = Config;
    type Node = Replica;
    type Model = Kv;

    fn node(config: &Config, boot: Boot) -> Replica {
        Replica::new(config, &boot)
    }

    fn check_config(config: &Config) -> Result<(), ConfigError> {
        config.check()
    }

    fn ask(request: Request<Kv>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.last(), Message::Request(request))
    }

    fn answer(message: Message) -> Option<Reply<Kv>> {
        match message {
            Message::Reply(reply) => Some(reply),
            Message::Request(_)
            | Message::Reconfigure(_)
            | Message::Reconfigured(_)
            | Message::PreVote(_)
            | Message::PreVoteReply(_)
            | Message::RequestVote(_)
            | Message::VoteReply(_)
            | Message::AppendEntries(_)
            | Message::InstallSnapshot(_)
            | Message::AppendReply(_) => None,
        }
    }

    fn reconfigure(change: Change) -> Option<Message> {
        Some(Message::Reconfigure(change))
    }

    fn reconfigured(message: &Message) -> Option<Reconfigured> {
        match message {
            Message::Reconfigured(told) => Some(*told),
            Message::Request(_)
            | Message::Reply(_)
            | Message::Reconfigure(_)
            | Message::PreVote(_)
            | Message::PreVoteReply(_)
            | Message::RequestVote(_)
            | Message::VoteReply(_)
            | Message::AppendEntries(_)
            | Message::InstallSnapshot(_)
            | Message::AppendReply(_) => None,
        }
    }

    fn properties(_: &Config) -> Properties<Raft> {
        monitors::properties()
    }
}
