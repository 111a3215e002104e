//! What nodes and clients say to each other.
//!
//! The invariant: every message between nodes carries its sender's term, a pre-vote the term that
//! its sender would campaign in.

use super::log::{Conflict, Entry, Index, Position, Term};
use super::snapshot::Snapshot;
use squall::prelude::*;
use std::fmt;
use std::rc::Rc;

/// The number of a round of heartbeats in its term; a reply says which one it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round(pub u64);

/// A message.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// A client asks.
    Request(Request<Kv>),
    /// A client is told.
    Reply(Reply<Kv>),
    /// An operator asks (§4.1).
    Reconfigure(Change),
    /// An operator is told.
    Reconfigured(Reconfigured),
    /// A node asks whether it would be elected (§9.6).
    PreVote(Ballot),
    /// The answer to a pre-vote.
    PreVoteReply(Vote),
    /// A candidate asks for a vote (§3.4).
    RequestVote(Ballot),
    /// The answer to a candidate.
    VoteReply(Vote),
    /// A leader replicates entries, or just shows that it is there (§3.5).
    AppendEntries(Append),
    /// A leader sends a snapshot, because it no longer has the entries (§5.1).
    InstallSnapshot(Install),
    /// The answer to a leader.
    AppendReply(Appended),
}

/// What a candidate says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ballot {
    /// The term it campaigns in.
    pub term: Term,
    /// Where its log ends.
    pub last: Position,
}

/// What a voter answers.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vote {
    /// The voter's term; in a granted pre-vote the term that was asked for.
    pub term: Term,
    /// Whether the candidate has its vote.
    pub granted: bool,
}

/// What a leader sends to one follower.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Append {
    /// The leader's term.
    pub term: Term,
    /// What stands before the entries in the leader's log.
    pub previous: Position,
    /// The entries; none in a heartbeat.
    pub entries: Vec<Entry>,
    /// The leader's commit index.
    pub commit: Index,
    /// The leader's latest round of heartbeats.
    pub round: Round,
}

/// What a leader sends to a follower that lacks what was compacted. A snapshot here is small, so
/// it goes as a whole, not in chunks as in figure 5.3.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Install {
    /// The leader's term.
    pub term: Term,
    /// The leader's snapshot.
    pub snapshot: Rc<Snapshot>,
    /// The leader's latest round of heartbeats.
    pub round: Round,
}

/// What a follower answers, to entries and snapshots alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Appended {
    /// The follower's term.
    pub term: Term,
    /// The round of what it answers; zero if that is not of the follower's term.
    pub round: Round,
    /// What it says.
    pub outcome: Outcome,
}

/// What became of an AppendEntries or InstallSnapshot.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The follower's log agrees with the leader's up to here, durably.
    Accepted {
        /// The last entry known to agree.
        matched: Index,
    },
    /// The follower's log does not have what stands before the entries.
    Rejected {
        /// The index of what stands before them.
        previous: Index,
        /// What the follower has there.
        conflict: Conflict,
    },
    /// The leader's term is over.
    Outdated,
}

impl Message {
    /// What kind of message it is.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Message::Request(_) => "Request",
            Message::Reply(_) => "Reply",
            Message::Reconfigure(_) => "Reconfigure",
            Message::Reconfigured(_) => "Reconfigured",
            Message::PreVote(_) => "PreVote",
            Message::PreVoteReply(_) => "PreVoteReply",
            Message::RequestVote(_) => "RequestVote",
            Message::VoteReply(_) => "VoteReply",
            Message::AppendEntries(append) if append.entries.is_empty() => "Heartbeat",
            Message::AppendEntries(_) => "AppendEntries",
            Message::InstallSnapshot(_) => "InstallSnapshot",
            Message::AppendReply(_) => "AppendReply",
        }
    }
}

impl fmt::Debug for Message {
    /// One short line, as a story tells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Message::Request(request) => {
                write!(f, " {}#{} {}", request.process, request.number, request.operation())
            }
            Message::Reply(reply) => write!(f, " {}#{} {reply}", reply.process, reply.number),
            Message::Reconfigure(change) => write!(f, ": {}", words(*change)),
            Message::Reconfigured(Reconfigured::Done(change)) => {
                write!(f, ": {} is done", words(*change))
            }
            Message::Reconfigured(Reconfigured::Refused(change)) => {
                write!(f, ": {} is refused", words(*change))
            }
            Message::Reconfigured(Reconfigured::Ask(node)) => write!(f, ": ask {node}"),
            Message::PreVote(ballot) | Message::RequestVote(ballot) => {
                write!(f, " term {}, log to {:?}", ballot.term, ballot.last)
            }
            Message::PreVoteReply(vote) | Message::VoteReply(vote) => {
                let word = if vote.granted { "granted" } else { "refused" };
                write!(f, " term {}, {word}", vote.term)
            }
            Message::AppendEntries(append) => append.fmt(f),
            Message::InstallSnapshot(install) => {
                write!(f, " term {}, log to {:?}", install.term, install.snapshot.last)
            }
            Message::AppendReply(appended) => appended.fmt(f),
        }
    }
}

/// A change in words.
pub(super) fn words(change: Change) -> String {
    match change {
        Change::Add(node) => format!("add {node}"),
        Change::Remove(node) => format!("remove {node}"),
    }
}

impl fmt::Debug for Append {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " term {}, after {:?}", self.term, self.previous)?;
        match self.entries.as_slice() {
            [] => (),
            [entry] => write!(f, ": {entry:?}")?,
            [.., last] => write!(f, ": {} entries to {last:?}", self.entries.len())?,
        }
        write!(f, ", commit {}", self.commit)
    }
}

impl fmt::Debug for Appended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " term {}, ", self.term)?;
        match self.outcome {
            Outcome::Accepted { matched } => write!(f, "matches to {matched}"),
            Outcome::Rejected { previous, conflict: Conflict { term: None, first } } => {
                write!(f, "has nothing at {previous}, log ends before {first}")
            }
            Outcome::Rejected { previous, conflict: Conflict { term: Some(term), first } } => {
                write!(f, "has term {term} at {previous}, since {first}")
            }
            Outcome::Outdated => f.write_str("outdated"),
        }
    }
}
