//! One server: what it remembers, and which message or timer goes where.
//!
//! The invariant: a handler ends with nothing unflushed but what is on its way, so a server at rest
//! has on disk what it has said; commit and applied index are volatile and only grow between two
//! boots.

use super::config::{Bug, Config, Reads};
use super::election::Votes;
use super::following::Owed;
use super::leadership::Leadership;
use super::log::{Index, Log, Term};
use super::machine::{Applied, Machine};
use super::message::Message;
use super::storage::Storage;
use squall::prelude::*;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

pub(super) type Cx<'a> = Context<'a, Replica>;

/// How long it takes to apply what the storm slows down.
const SLOWLY: Span = Span::millis(20);

/// A server.
#[derive(Debug)]
pub struct Replica {
    pub(super) id: NodeId,
    pub(super) config: Config,
    pub(super) storage: Storage,
    pub(super) role: Role,
    /// Who leads the present term, as far as known.
    pub(super) leader: Option<NodeId>,
    /// When it last heard from a leader of its term; at boot it may just have done so.
    pub(super) heard: LocalTime,
    /// What it has to tell its leader once its log is durable.
    pub(super) owed: Option<Owed>,
    pub(super) commit: Index,
    pub(super) applied: Index,
    pub(super) machine: Machine,
}

/// What a server is in its term.
#[derive(Debug)]
pub(super) enum Role {
    Follower,
    PreCandidate(Votes),
    Candidate(Votes),
    Leader(Box<Leadership>),
}

/// A server's timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// A follower or candidate campaigns.
    Election,
    /// A leader speaks to its followers.
    Heartbeat,
    /// A leader asks itself whether it still hears a majority.
    Quorum,
    /// A server takes a snapshot.
    Compact,
}

/// A client's request, and where its answer goes.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) client: NodeId,
    pub(super) request: Request<Kv>,
}

impl Replica {
    /// A server that boots.
    pub(super) fn new(config: &Config, boot: &Boot) -> Replica {
        let mut founders: Vec<NodeId> = boot.peers().collect();
        if boot.founder {
            founders.push(boot.id);
            founders.sort_unstable();
        }
        Replica::of(config, boot.id, founders)
    }

    /// A server without peers, for tests of who looks at it.
    #[cfg(test)]
    pub(super) fn alone(id: NodeId) -> Replica {
        Replica::of(&Config::default(), id, vec![id])
    }

    fn of(config: &Config, id: NodeId, founders: Vec<NodeId>) -> Replica {
        Replica {
            id,
            storage: Storage::new(config, founders),
            config: config.clone(),
            role: Role::Follower,
            leader: None,
            heard: LocalTime::default(),
            owed: None,
            commit: Index::ZERO,
            applied: Index::ZERO,
            machine: Machine::default(),
        }
    }

    /// Its term.
    #[must_use]
    pub fn term(&self) -> Term {
        self.storage.term()
    }

    /// Whether it leads its term.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        matches!(self.role, Role::Leader(_))
    }

    /// Its log.
    #[must_use]
    pub fn log(&self) -> &Log {
        self.storage.log()
    }

    /// The last entry that it knows to be committed.
    #[must_use]
    pub fn commit(&self) -> Index {
        self.commit
    }

    /// The last entry that it has applied.
    #[must_use]
    pub fn applied(&self) -> Index {
        self.applied
    }

    /// Who is in the cluster, by what it knows to be committed.
    #[must_use]
    pub fn members(&self) -> Vec<NodeId> {
        self.storage.configuration().at(self.commit)
    }

    /// Who is in the cluster by its log, committed or not.
    #[must_use]
    pub fn latest_members(&self) -> &[NodeId] {
        self.storage.configuration().members()
    }

    /// A number that equal states share, and different ones as good as never.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.machine.hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.config.bug == bug
    }

    /// How many servers are a majority.
    pub(super) fn majority(&self) -> usize {
        self.storage.configuration().majority()
    }

    pub(super) fn arm_election(&self, cx: &mut Cx<'_>) {
        let after = cx.random_span(self.config.election_timeout);
        cx.set_timer(Timer::Election, after);
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, client: NodeId, request: Request<Kv>) {
        if !self.is_leader() {
            return cx.send(client, Message::Reply(request.redirect(self.leader)));
        }
        let read = matches!(request.operation(), KvOp::Read { .. });
        let asked = Asked { client, request };
        match self.config.reads {
            Reads::ReadIndex | Reads::Lease if read => self.read(cx, asked),
            Reads::ReadIndex | Reads::Lease | Reads::Log => self.propose(cx, asked),
        }
    }

    /// Applies what is committed and durable here, and tells the clients who wait for it.
    pub(super) fn apply_committed(&mut self, cx: &mut Cx<'_>) {
        let (before, until) = (self.applied, self.commit.min(self.storage.durable()));
        if before < until && cx.chance("apply-slowly") {
            cx.work(SLOWLY);
        }
        while self.applied < until {
            let index = self.applied.next();
            let entry = self.log().entry(index).expect("what is committed is in the log");
            let (command, suppress) = (entry.command, !self.has(Bug::NoSessionDedup));
            let applied = self.machine.apply(command, suppress);
            self.applied = index;
            if let Applied::Again(_) = applied {
                cx.mark("duplicate-suppressed");
            }
            self.answer_proposal(cx, index, applied);
        }
        if self.applied > before {
            self.storage.keep(cx, self.applied, &self.machine);
            self.watch_log(cx);
        }
    }

    fn role_name(&self) -> &'static str {
        match self.role {
            Role::Follower => "follower",
            Role::PreCandidate(_) => "pre-candidate",
            Role::Candidate(_) => "candidate",
            Role::Leader(_) => "leader",
        }
    }
}

impl Node for Replica {
    type Message = Message;
    type Timer = Timer;

    fn on_start(&mut self, cx: &mut Cx<'_>) {
        self.storage.load(cx);
        self.restore(cx);
        self.heard = cx.now();
        self.arm_election(cx);
        self.storage.flush(cx);
    }

    fn on_message(&mut self, cx: &mut Cx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Request(request) => self.on_request(cx, from, request),
            Message::PreVote(ballot) => self.on_pre_vote(cx, from, ballot),
            Message::PreVoteReply(vote) => self.on_pre_vote_reply(cx, from, vote),
            Message::RequestVote(ballot) => self.on_request_vote(cx, from, ballot),
            Message::VoteReply(vote) => self.on_vote_reply(cx, from, vote),
            Message::AppendEntries(append) => self.on_append(cx, from, append),
            Message::InstallSnapshot(install) => self.on_install(cx, from, install),
            Message::AppendReply(appended) => self.on_append_reply(cx, from, appended),
            Message::Reconfigure(change) => self.on_reconfigure(cx, from, change),
            Message::Reply(_) | Message::Reconfigured(_) => {
                unreachable!("an answer is sent to who asks from outside")
            }
        }
        self.storage.flush(cx);
    }

    fn on_disk(&mut self, cx: &mut Cx<'_>, ticket: Ticket, result: Result<(), DiskError>) {
        self.storage.written(cx, ticket, result);
        self.settle(cx);
        self.on_own_written(cx);
        self.apply_committed(cx);
        self.serve_reads(cx);
        self.storage.flush(cx);
    }

    fn on_timer(&mut self, cx: &mut Cx<'_>, timer: Timer) {
        match timer {
            Timer::Election => self.campaign(cx),
            Timer::Heartbeat => self.on_heartbeat(cx),
            Timer::Quorum => self.on_quorum_check(cx),
            Timer::Compact => self.take_snapshot(cx),
        }
        self.storage.flush(cx);
    }

    fn view(&self, view: &mut View) {
        let node = |node: Option<NodeId>| node.map_or("none".to_string(), |node| node.to_string());
        view.role(self.role_name());
        view.field("term", self.term());
        view.field("vote", node(self.storage.vote()));
        view.field("commit", self.commit);
        view.field("applied", self.applied);
        view.field("snapshot", format_args!("{:?}", self.log().base()));
        view.field("last", format_args!("{:?}", self.log().last()));
        view.field("leader", node(self.leader));
        let members = self.storage.configuration().members().iter().map(NodeId::to_string);
        view.field("members", members.collect::<Vec<_>>().join(" "));
    }

    fn kind(message: &Message) -> Cow<'static, str> {
        Cow::Borrowed(message.kind())
    }
}
