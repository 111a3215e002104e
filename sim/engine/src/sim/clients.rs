//! Clients: what they ask, when, how long they wait and what they make of the answer.
//!
//! The invariant: the operations of a client come from its own stream or list alone; whom it asks
//! and how long it waits before it asks again depend on the number and attempt of the operation.

mod arrivals;
mod calm;
mod listed;

use super::progress::Waiting;
use super::{Sim, Travelling, What};
use crate::decider::Decider;
use crate::event::EventKind;
use crate::host::Host;
use crate::ids::{EventId, NodeId, Time};
use crate::plan::Plan;
use crate::protocol::{Cluster, Ending, Protocol, RequestOf};
use crate::scenario::roster::Roster;
use crate::scenario::tables::{Arrivals, Retry, Workload};
use crate::stream::{Stream, StreamKind};
use crate::units::Span;
use arrivals::NextListed;
use listed::Start;
use squall_check::{Completion, Draws, Generate, History, Kind, Model, Operation, Process};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};

type OperationOf<P> = <<P as Protocol>::Model as Model>::Operation;
type AnswerOf<P> = <<P as Protocol>::Model as Model>::Answer;

/// All clients of a run and the history of their operations.
pub(super) struct Clients<P: Protocol> {
    clients: Vec<Client<P>>,
    workload: Workload,
    pub(super) history: History<OperationOf<P>, AnswerOf<P>>,
    /// When each operation of the history began, and when it ended.
    times: Vec<(Time, Option<Time>)>,
    /// Those that began whatever the ones before them did, by their places in the history.
    arrived: BTreeSet<usize>,
}

struct Client<P: Protocol> {
    stream_id: u64,
    stream: Stream,
    /// How many operations are still to be drawn; `None`: no end.
    left: Option<u64>,
    drawn: u64,
    listed: Option<VecDeque<(Start, OperationOf<P>)>>,
    lanes: Vec<Lane<P>>,
    /// The lane of the last listed operation.
    lane: u32,
    /// How many messages it sent.
    sent: u64,
    /// Who answered it last, or whom it was referred to.
    last: Option<NodeId>,
    /// Whom it asked last.
    asked: Option<NodeId>,
    /// Operations of the calm that it gave up and after which none was answered: since when the
    /// first of them waited, and the place of the last.
    given_up: Option<(Time, usize)>,
}

/// One sequential process of a client.
struct Lane<P: Protocol> {
    number: u64,
    ongoing: Option<Ongoing<P>>,
    /// Since when the call under way, or one that was given up before it, has had no answer; and
    /// the place of the call.
    waiting: Option<(Time, usize)>,
    /// The queue entry with which it begins its next operation, 0 for none.
    begins: u64,
    /// When it wakes over the operation under way, and under which number.
    wake_at: Time,
    wake_as: u64,
    /// The live queue entry that will wake it, 0 for none, and its instant.
    entry: u64,
    entry_at: Time,
}

/// An operation under way.
struct Ongoing<P: Protocol> {
    operation: OperationOf<P>,
    /// Its place in the history.
    place: usize,
    invoked_at: Time,
    attempt: u32,
    /// How often the present attempt asked, referrals included.
    tries: u32,
    deadline: Time,
    next: Next,
}

/// What a lane that wakes does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// Gives the attempt up.
    TimeOut,
    /// Asks again within the attempt.
    AskAgain,
    /// Begins the next attempt.
    Retry,
}

/// How often an attempt may be referred elsewhere.
const REFERRALS: u32 = 16;

impl<P: Protocol> Clients<P> {
    pub(super) fn new(plan: &Plan, roster: &Roster, decider: &mut impl Decider) -> Clients<P> {
        let workload = plan.workload.clone();
        let count = u64::from(roster.client_count());
        let share = |index: u64| {
            let operations = workload.operations?;
            Some(operations / count + u64::from(index < operations % count))
        };
        let clients = roster.clients().map(|id| {
            let stream_id = roster.stream_id(id);
            Client {
                stream_id,
                stream: decider.stream(StreamKind::Workload, stream_id),
                left: share(id.index() as u64),
                drawn: 0,
                listed: listed::of(plan, id.index()),
                lanes: Vec::new(),
                lane: 0,
                sent: 0,
                last: None,
                asked: None,
                given_up: None,
            }
        });
        let history = History::default();
        let (times, arrived) = (Vec::new(), BTreeSet::new());
        Clients { clients: clients.collect(), workload, history, times, arrived }
    }

    pub(super) fn count(&self) -> usize {
        self.clients.len()
    }

    /// The node that a client asked last.
    pub(super) fn last_asked(&self, client: usize) -> Option<NodeId> {
        self.clients[client].asked
    }

    /// The id of a client's streams and the number of its next message.
    pub(super) fn next_message(&mut self, id: NodeId) -> (u64, u64) {
        let client = &mut self.clients[id.index()];
        client.sent += 1;
        (client.stream_id, client.sent - 1)
    }

    /// The next operation of a client, if it has one; when one is owed, it has.
    fn draw(&mut self, index: usize, owed: bool, at: Time) -> Option<OperationOf<P>> {
        let weights = self.weights(at);
        let client = &mut self.clients[index];
        if let Some(listed) = &mut client.listed {
            client.drawn += 1;
            return listed.pop_front().map(|(_, operation)| operation);
        }
        let spent = client.left.is_some_and(|left| client.drawn >= left);
        if (spent && !owed) || weights.is_empty() {
            return None;
        }
        let kind = client.stream.weighted(&weights);
        let stream = &mut client.stream;
        let mut word = || stream.word();
        let mut draws = Draws {
            word: &mut word,
            client: index as u32 + 1,
            index: client.drawn,
            keys: self.workload.keys,
        };
        client.drawn += 1;
        Some(P::Model::generate(kind, &mut draws))
    }

    /// The weight of each kind of operation at an instant.
    fn weights(&self, at: Time) -> Vec<u32> {
        let phase = self.workload.phases.iter().rev().find(|phase| {
            let begin = Time::ZERO + phase.at;
            (begin..begin + phase.lasts).contains(&at) && !phase.mix.is_empty()
        });
        let mix = phase.map_or(&self.workload.mix, |phase| &phase.mix);
        let weight = |kind: &Kind| {
            if mix.is_empty() { kind.weight } else { mix.get(kind.name).copied().unwrap_or(0) }
        };
        P::Model::KINDS.iter().map(weight).collect()
    }

    fn lane(&mut self, index: usize, lane: usize) -> &mut Lane<P> {
        let lanes = &mut self.clients[index].lanes;
        while lanes.len() <= lane {
            lanes.push(Lane {
                number: 0,
                ongoing: None,
                waiting: None,
                begins: 0,
                wake_at: Time::ZERO,
                wake_as: 0,
                entry: 0,
                entry_at: Time::ZERO,
            });
        }
        &mut lanes[lane]
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// A lane's queue entry has left.
    pub(super) fn wake_lane(&mut self, client: u32, lane: u32, entry: u64) {
        let state = self.clients.lane(client as usize, lane as usize);
        if state.begins == entry {
            state.begins = 0;
            if self.keeps_operation(client) {
                return self.begin_at(client, lane, self.storm_end());
            }
            self.invoke(client, lane);
            return;
        }
        if state.entry != entry {
            return;
        }
        state.entry = 0;
        let Some(ongoing) = &mut state.ongoing else { return };
        if state.wake_at > self.now {
            let (at, sequence) = (state.wake_at, state.wake_as);
            (state.entry, state.entry_at) = (sequence, at);
            return self.schedule_as(at, sequence, What::Lane { client, lane });
        }
        match ongoing.next {
            Next::TimeOut => self.time_out(client, lane),
            Next::AskAgain => self.ask(client, lane, None),
            Next::Retry => {
                ongoing.attempt += 1;
                ongoing.tries = 0;
                ongoing.deadline = self.now + self.plan.workload.timeout;
                self.ask(client, lane, None);
            }
        }
    }

    /// Lets a lane begin an operation at an instant.
    fn begin_at(&mut self, client: u32, lane: u32, at: Time) {
        let sequence = self.schedule(at, What::Lane { client, lane });
        self.clients.lane(client as usize, lane as usize).begins = sequence;
    }

    /// Wakes a lane over its operation at an instant; an entry that comes no later is kept, and
    /// pushed again under the number that it has now.
    fn wake_at(&mut self, client: u32, lane: u32, at: Time) {
        let sequence = self.next_sequence();
        let state = self.clients.lane(client as usize, lane as usize);
        (state.wake_at, state.wake_as) = (at, sequence);
        if state.entry != 0 && state.entry_at <= at {
            return;
        }
        (state.entry, state.entry_at) = (sequence, at);
        self.schedule_as(at, sequence, What::Lane { client, lane });
    }

    /// Begins the next operation of a client on one of its lanes; false if it has none.
    fn invoke(&mut self, client: u32, lane: u32) -> bool {
        let id = NodeId::client(client);
        self.running = Some(id);
        let owed = self.owes_operation(client);
        let drawn = self.clients.draw(client as usize, owed, self.now);
        self.running = None;
        let Some(operation) = drawn else { return false };
        let process = Process { client: client + 1, lane: lane + 1 };
        let text = self.watched.then(|| operation.to_string().into_boxed_str());
        let event = self.emit(Some(id), EventKind::Invoke, EventId::BEGINNING, &operation, text);
        let history = &mut self.clients.history.operations;
        history.push(Operation {
            process,
            invoked: event.0,
            operation: operation.clone(),
            completion: Completion::Unknown,
        });
        let place = history.len() - 1;
        self.clients.times.push((self.now, None));
        let (now, timeout) = (self.now, self.plan.workload.timeout);
        let given_up = self.clients.clients[client as usize].given_up.take();
        let state = self.clients.lane(client as usize, lane as usize);
        state.number += 1;
        state.waiting = Some((given_up.map_or(now, |(since, _)| since), place));
        state.ongoing = Some(Ongoing {
            operation,
            place,
            invoked_at: now,
            attempt: 1,
            tries: 0,
            deadline: now + timeout,
            next: Next::TimeOut,
        });
        self.post_request(client, lane, None, event);
        self.clients.clients[client as usize].lane = lane;
        if let NextListed::At(at) = self.clients.next_listed(client) {
            self.arrive_at(client, at);
        }
        true
    }

    /// Asks again: somebody the answer named, or whom the protocol chooses.
    fn ask(&mut self, client: u32, lane: u32, referred: Option<NodeId>) {
        let id = NodeId::client(client);
        let event = self.emit(Some(id), EventKind::Retry, EventId::BEGINNING, lane, None);
        self.post_request(client, lane, referred, event);
    }

    fn post_request(&mut self, client: u32, lane: u32, referred: Option<NodeId>, event: EventId) {
        let process = Process { client: client + 1, lane: lane + 1 };
        let state = &mut self.clients.clients[client as usize];
        let (stream_id, last) = (state.stream_id, referred.or(state.last));
        let lane_state = &mut state.lanes[lane as usize];
        let number = lane_state.number;
        let ongoing = lane_state.ongoing.as_mut().expect("only an operation under way is asked");
        ongoing.tries += 1;
        ongoing.next = Next::TimeOut;
        let deadline = ongoing.deadline;
        let tries = u64::from(ongoing.attempt) * 64 + u64::from(ongoing.tries);
        let request = RequestOf::new(process, number, ongoing.operation.clone());
        let cluster = Cluster {
            membership: &self.membership,
            present: self.storm.operator.members(),
            decider: RefCell::new(&mut self.decider),
            stream_id,
            attempt: number << 24 | u64::from(lane) << 14 | tries & 0x3fff,
            drawn: Cell::new(0),
            last,
        };
        self.running = Some(NodeId::client(client));
        let (chosen, message) = P::ask(request, &cluster);
        self.running = None;
        let to = referred.unwrap_or(chosen);
        self.clients.clients[client as usize].asked = (!to.is_client()).then_some(to);
        self.post(NodeId::client(client), to, message, event);
        self.wake_at(client, lane, deadline);
    }

    /// An attempt has waited long enough.
    fn time_out(&mut self, client: u32, lane: u32) {
        let id = NodeId::client(client);
        let event = self.emit(Some(id), EventKind::TimedOut, EventId::BEGINNING, lane, None);
        let retry = self.plan.workload.retry.clone();
        let state = &mut self.clients.clients[client as usize];
        state.last = None;
        let (stream_id, number) = (state.stream_id, state.lanes[lane as usize].number);
        let lane_state = &mut state.lanes[lane as usize];
        let ongoing = lane_state.ongoing.as_mut().expect("only an operation under way times out");
        if ongoing.attempt >= retry.attempts {
            return self.complete(client, lane, Ended::GivenUp, event);
        }
        ongoing.next = Next::Retry;
        let count = number << 24 | u64::from(lane) << 14 | u64::from(ongoing.attempt);
        let word = self.decider.client_words(stream_id, !count)[0];
        let wait = backoff(&retry, ongoing.attempt, word);
        self.wake_at(client, lane, self.now + wait);
    }

    /// A message has reached a client.
    pub(super) fn deliver_to_client(&mut self, envelope: u32) {
        let Travelling { from, to, sent_by, sent_at, message } = self.envelopes.remove(envelope);
        self.stats.delivered += 1;
        let text = self.words(&message);
        let kind = EventKind::Deliver { from, sent: sent_at };
        let event = self.emit(Some(to), kind, sent_by, (from.raw(), &message), text);
        self.running = Some(to);
        let reply = P::answer(message);
        self.running = None;
        let Some(reply) = reply else { return };
        let lane = reply.process.lane.wrapping_sub(1);
        let client = &mut self.clients.clients[to.index()];
        let current = client
            .lanes
            .get(lane as usize)
            .filter(|lane| lane.ongoing.is_some() && lane.number == reply.number);
        if current.is_none() || reply.process.client as usize != to.index() + 1 {
            return;
        }
        let index = to.index() as u32;
        match reply.ending {
            Ending::Ok(answer) => {
                client.last = Some(from);
                self.complete(index, lane, Ended::Ok(answer), event);
            }
            Ending::Failed => self.complete(index, lane, Ended::Failed, event),
            Ending::Unknown => self.complete(index, lane, Ended::Unknown, event),
            Ending::Redirect(node) => self.refer(index, lane, node, from),
        }
    }

    /// A client was told to ask somebody else.
    fn refer(&mut self, client: u32, lane: u32, node: Option<NodeId>, from: NodeId) {
        let state = &mut self.clients.clients[client as usize];
        let lane_state = &mut state.lanes[lane as usize];
        let ongoing = lane_state.ongoing.as_mut().expect("only an operation under way is referred");
        if ongoing.tries > REFERRALS || ongoing.next == Next::Retry {
            return;
        }
        match node {
            Some(node) if node != from => {
                state.last = Some(node);
                self.ask(client, lane, Some(node));
            }
            Some(_) | None => {
                state.last = None;
                ongoing.next = Next::AskAgain;
                let soon = self.now + self.plan.workload.retry.backoff.low;
                if soon < ongoing.deadline {
                    self.wake_at(client, lane, soon);
                } else {
                    ongoing.next = Next::TimeOut;
                }
            }
        }
    }

    /// An operation has ended.
    fn complete(&mut self, client: u32, lane: u32, ended: Ended<AnswerOf<P>>, event: EventId) {
        let state = &mut self.clients.clients[client as usize].lanes[lane as usize];
        let ongoing = state.ongoing.take().expect("only an operation under way ends");
        if let Some((since, place)) = state.waiting.take() {
            let waiting = Waiting { since, client, place };
            match ended {
                Ended::GivenUp => self.give_up(waiting),
                Ended::Ok(_) | Ended::Failed | Ended::Unknown => self.answered(waiting, event),
            }
        }
        let at = event.0;
        let completion = match ended {
            Ended::Ok(answer) => {
                self.stats.ok += 1;
                let latency = self.now.since(ongoing.invoked_at).as_nanos();
                self.stats.latency.add(latency);
                self.windows.sample("latency", latency, self.now);
                Completion::Ok { at, answer }
            }
            Ended::Failed => {
                self.stats.failed += 1;
                Completion::Failed { at }
            }
            Ended::Unknown | Ended::GivenUp => {
                self.stats.unknown += 1;
                Completion::Unknown
            }
        };
        self.clients.history.operations[ongoing.place].completion = completion;
        self.clients.times[ongoing.place].1 = Some(self.now);
        let last = self.clients.clients[client as usize].lane;
        let begins = match self.clients.next_listed(client) {
            NextListed::None => lane == 0 && self.clients.arrivals(self.now) == Arrivals::Closed,
            NextListed::Following(_) => lane == last,
            NextListed::At(_) | NextListed::End => false,
        };
        if begins || self.owes_operation(client) {
            let at = self.clients.next_listed(client).earliest().max(self.now);
            self.begin_at(client, lane, at);
        }
    }

    /// The history of the clients' operations so far.
    #[must_use]
    pub fn history(&self) -> &History<OperationOf<P>, AnswerOf<P>> {
        &self.clients.history
    }

    /// When an operation of the history ended, or began if it has not ended.
    pub(crate) fn operation_time(&self, place: usize) -> Time {
        let (began, ended) = self.clients.times[place];
        ended.unwrap_or(began)
    }

    /// Operations that have begun and not ended.
    #[must_use]
    pub fn outstanding(&self) -> u64 {
        let lanes = self.clients.clients.iter().flat_map(|client| &client.lanes);
        lanes.filter(|lane| lane.ongoing.is_some()).count() as u64
    }
}

/// How an operation ended.
enum Ended<A> {
    Ok(A),
    Failed,
    /// Its answer says that nobody knows.
    Unknown,
    /// No answer came.
    GivenUp,
}

/// How long a client waits after its `attempt`-th attempt: up to the low end of the range, twice
/// as much after each further attempt, at most the high end; all of it drawn (full jitter, as in
/// "Exponential Backoff and Jitter", AWS Architecture Blog 2015).
fn backoff(retry: &Retry, attempt: u32, word: u32) -> Span {
    let doubled = retry.backoff.low * (1u64 << (attempt - 1).min(32));
    let most = doubled.min(retry.backoff.high).as_nanos();
    Span::nanos(((u128::from(word) * (u128::from(most) + 1)) >> 32) as u64)
}
