//! Orders weaker than linearizability, for models whose parts hold one value: causal consistency,
//! PRAM, the four session guarantees, and convergence.
//!
//! The invariant: values that are written twice make a verdict `Undecided` unless it is a violation
//! all the same; for distinct values every verdict is exact.

mod closure;
mod tell;

use crate::fixed::FixedMap;
use crate::history::{Completion, History};
use crate::model::{Access, Content, Model};
use crate::verdict::{Link, OperationIndex, Order, PartOrder, Verdict, Why};
use closure::{Closure, link, path};
use std::collections::BTreeSet;

/// What a session may rely on (Terry and others 1994).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guarantee {
    /// A read sees what its process wrote before.
    ReadYourWrites,
    /// A read sees what earlier reads of its process saw.
    MonotonicReads,
    /// Whoever sees a write sees what its process wrote before.
    MonotonicWrites,
    /// Whoever sees a write sees what its process had read before.
    WritesFollowReads,
}

/// An operation as these orders see it.
#[derive(Clone, Debug)]
struct Event {
    index: u32,
    part: u64,
    line: u32,
    /// The writer of what it read; `Some(None)` for the initial value.
    read: Option<Option<u32>>,
    wrote: bool,
}

/// The events of a history, in order of invocation.
struct Events {
    events: Vec<Event>,
    lines: Vec<Vec<u32>>,
    /// Something was said that these orders cannot judge.
    vague: bool,
    /// An event that read what nobody wrote.
    unwritten: Option<u32>,
}

type Value<'h> = (u64, Option<Content<'h>>);

/// Judges causal consistency: there is one order of writes, and every process sees all that
/// happened before what it sees.
#[must_use]
pub fn causal<M: Model>(history: &History<M::Operation, M::Answer>) -> Verdict {
    let events = Events::new::<M>(history);
    let mut edges = events.base(true);
    let count = events.events.len();
    let past = Closure::new(count, &edges);
    if past.cycle.is_some() {
        let found = past.settle(&edges).map(|order| events.whole(&order));
        return events.verdict::<M>(history, found, "causal-cycle");
    }
    for reader in 0..count as u32 {
        events.force(reader, |other| past.has(other, reader), &mut edges);
    }
    let found = Closure::new(count, &edges).settle(&edges).map(|order| events.whole(&order));
    events.verdict::<M>(history, found, "causal-violation")
}

/// Judges PRAM: every process sees the writes of every other in the order in which they were made.
#[must_use]
pub fn pram<M: Model>(history: &History<M::Operation, M::Answer>) -> Verdict {
    let events = Events::new::<M>(history);
    let seen = (0..events.lines.len() as u32).map(|line| {
        let order = events.pram_of(line)?;
        let first = events.lines[line as usize][0];
        let process = history.operations[events.events[first as usize].index as usize].process;
        Ok(events.part(Some(process.to_string()), &order))
    });
    let found = seen.collect::<Result<_, _>>().map(|parts| Order { parts });
    events.verdict::<M>(history, found, "pram-violation")
}

/// Judges one session guarantee by itself.
#[must_use]
pub fn keeps<M: Model>(
    history: &History<M::Operation, M::Answer>,
    guarantee: Guarantee,
) -> Verdict {
    let events = Events::new::<M>(history);
    let mut edges = match guarantee {
        Guarantee::ReadYourWrites | Guarantee::MonotonicReads => events.base(false),
        Guarantee::MonotonicWrites => events.base_of_writes(false),
        Guarantee::WritesFollowReads => events.base_of_writes(true),
    };
    for reader in 0..events.events.len() as u32 {
        let seen = events.seen(reader, guarantee);
        events.force(reader, |other| seen.contains(&other), &mut edges);
    }
    let reason = match guarantee {
        Guarantee::ReadYourWrites => "read-your-writes",
        Guarantee::MonotonicReads => "monotonic-reads",
        Guarantee::MonotonicWrites => "monotonic-writes",
        Guarantee::WritesFollowReads => "writes-follow-reads",
    };
    let count = events.events.len();
    let found = Closure::new(count, &edges).settle(&edges).map(|order| events.whole(&order));
    events.verdict::<M>(history, found, reason)
}

/// Judges convergence: reads that began after every write had ended agree on each part, on a value
/// that was written.
#[must_use]
pub fn converged<M: Model>(history: &History<M::Operation, M::Answer>) -> Verdict {
    let events = Events::new::<M>(history);
    let mut quiet: FixedMap<u64, u64> = FixedMap::default();
    for event in events.events.iter().filter(|event| event.wrote) {
        let end = history.operations[event.index as usize].completed().unwrap_or(u64::MAX);
        let quiet = quiet.entry(event.part).or_default();
        *quiet = (*quiet).max(end);
    }
    let mut last: FixedMap<u64, usize> = FixedMap::default();
    // For each part, who wrote the common value, if somebody did, and who saw it.
    let mut agreed: Vec<Vec<u32>> = Vec::new();
    for (id, event) in (0..).zip(&events.events) {
        let began = history.operations[event.index as usize].invoked;
        let late = quiet.get(&event.part).is_none_or(|&quiet| began > quiet);
        if !late || event.wrote || event.read.is_none() {
            continue;
        }
        let place = *last.entry(event.part).or_insert_with(|| {
            agreed.push(event.read.flatten().into_iter().collect());
            agreed.len() - 1
        });
        let members = &mut agreed[place];
        members.push(id);
        let first = *members.iter().find(|&&one| !events.events[one as usize].wrote).unwrap_or(&id);
        let lost = event.read == Some(None) && quiet.contains_key(&event.part);
        if events.events[first as usize].read != event.read || lost {
            return events.violated::<M>(history, &[first, id], Vec::new(), "diverged");
        }
    }
    let part = |members: &Vec<u32>| {
        let last = events.events[members[members.len() - 1] as usize].index;
        let name = M::partition_name(&history.operations[last as usize].operation);
        events.part(name, members)
    };
    let parts = agreed.iter().map(part).collect();
    events.verdict::<M>(history, Ok(Order { parts }), "diverged")
}

impl Events {
    fn new<M: Model>(history: &History<M::Operation, M::Answer>) -> Self {
        let mut writers: FixedMap<Value<'_>, u32> = FixedMap::default();
        let mut lines = FixedMap::default();
        let mut events =
            Events { events: Vec::new(), lines: Vec::new(), vague: false, unwritten: None };
        let mut reads: Vec<Option<(Value<'_>, bool)>> = Vec::new();
        for (index, operation) in (0..).zip(&history.operations) {
            if matches!(operation.completion, Completion::Failed { .. }) {
                continue;
            }
            let part = M::partition(&operation.operation);
            let answer = operation.answer();
            let (read, write) = match M::access(&operation.operation, answer) {
                Access::Read(value) => (Some(value), None),
                Access::Write(value) => (None, Some(value)),
                Access::Swap { expected, new } => (answer.map(|_| expected), Some(new)),
                Access::Look => continue,
                Access::Opaque => {
                    events.vague = true;
                    continue;
                }
            };
            let id = events.events.len() as u32;
            let fresh = lines.len() as u32;
            let line = *lines.entry(operation.process).or_insert(fresh);
            if line as usize == events.lines.len() {
                events.lines.push(Vec::new());
            }
            events.lines[line as usize].push(id);
            if let Some(value) = write {
                let twice = writers.insert((part, value), id).is_some();
                events.vague |= twice || answer.is_none();
            }
            reads.push(read.map(|value| {
                let initially = M::step(&M::initial(), &operation.operation, answer).is_some();
                ((part, value), initially)
            }));
            let wrote = write.is_some();
            events.events.push(Event { index, part, line, read: None, wrote });
        }
        for (id, read) in (0..).zip(reads) {
            let Some((value, initially)) = read else { continue };
            let writer = writers.get(&value).copied();
            events.vague |= writer.is_some() && initially;
            if writer.is_none() && !initially {
                events.unwritten.get_or_insert(id);
            }
            events.events[id as usize].read = Some(writer);
        }
        events
    }

    /// The order of processes, if wanted, and of reads after what they read.
    fn base(&self, sessions: bool) -> Vec<Link> {
        let mut edges = Vec::new();
        for (id, event) in (0..).zip(&self.events) {
            if let Some(Some(writer)) = event.read {
                edges.push(link(writer, id, Why::ReadsFrom));
            }
        }
        if sessions {
            for line in &self.lines {
                edges.extend(line.windows(2).map(|pair| link(pair[0], pair[1], Why::Session)));
            }
        }
        edges
    }

    /// Reads after what they read, and writes after earlier writes of their process, or after what
    /// it had read.
    fn base_of_writes(&self, after_reads: bool) -> Vec<Link> {
        let mut edges = self.base(false);
        for line in &self.lines {
            for (place, &later) in line.iter().enumerate() {
                if !self.events[later as usize].wrote {
                    continue;
                }
                for &earlier in &line[..place] {
                    let event = &self.events[earlier as usize];
                    match (after_reads, event.read) {
                        (true, Some(Some(writer))) => {
                            let why = Why::Follows(OperationIndex(earlier));
                            edges.push(link(writer, later, why));
                        }
                        (false, _) if event.wrote => edges.push(link(earlier, later, Why::Session)),
                        _ => {}
                    }
                }
            }
        }
        edges
    }

    /// The writes that `reader` has to see for a session guarantee.
    fn seen(&self, reader: u32, guarantee: Guarantee) -> Vec<u32> {
        let event = &self.events[reader as usize];
        let before = |id: u32| {
            let line = &self.lines[self.events[id as usize].line as usize];
            line.iter().copied().take_while(move |&other| other < id)
        };
        let is_write = |id: &u32| self.events[*id as usize].wrote;
        let source = |id: u32| self.events[id as usize].read.flatten();
        match (guarantee, event.read) {
            (Guarantee::ReadYourWrites, _) => before(reader).filter(is_write).collect(),
            (Guarantee::MonotonicReads, _) => before(reader).filter_map(source).collect(),
            (Guarantee::MonotonicWrites, _) => {
                let seen = before(reader).filter_map(source).chain(source(reader));
                seen.flat_map(|writer| before(writer).filter(is_write)).collect()
            }
            (Guarantee::WritesFollowReads, _) => {
                let seen = before(reader).filter_map(source).chain(source(reader));
                seen.flat_map(|writer| before(writer).filter_map(source)).collect()
            }
        }
    }

    /// Writes to the part of `reader` that it sees come before the one that it read.
    fn force(&self, reader: u32, sees: impl Fn(u32) -> bool, edges: &mut Vec<Link>) {
        let event = &self.events[reader as usize];
        let Some(read) = event.read else { return };
        for (other, rival) in (0..).zip(&self.events) {
            let rivals = rival.wrote && rival.part == event.part && other != reader;
            if !rivals || Some(other) == read || !sees(other) {
                continue;
            }
            match read {
                Some(writer) => {
                    edges.push(link(other, writer, Why::Visible(OperationIndex(reader))));
                }
                // The initial value comes before every write: seeing one is a circle.
                None => {
                    let (seen, initial) = (Why::Seen, Why::Initial);
                    edges.extend([link(other, reader, seen), link(reader, other, initial)]);
                }
            }
        }
    }

    /// An order that one process may have seen, or a circle after all that it rests on.
    fn pram_of(&self, line: u32) -> Result<Vec<u32>, Vec<Link>> {
        let own = |id: u32| self.events[id as usize].line == line;
        let count = self.events.len();
        let mut edges = Vec::new();
        for (other, members) in (0..).zip(&self.lines) {
            let members: Vec<u32> = members
                .iter()
                .copied()
                .filter(|&id| other == line || self.events[id as usize].wrote)
                .collect();
            edges.extend(members.windows(2).map(|pair| link(pair[0], pair[1], Why::Session)));
        }
        for (id, event) in (0..).zip(&self.events).filter(|&(id, _)| own(id)) {
            if let Some(Some(writer)) = event.read {
                edges.push(link(writer, id, Why::ReadsFrom));
            }
        }
        // How many edges were known when each round of reasoning began.
        let mut rounds = vec![0];
        loop {
            let seen = Closure::new(count, &edges);
            if let Some(cycle) = &seen.cycle {
                return Err(self.grounds(&edges, &rounds, cycle));
            }
            let before = edges.len();
            rounds.push(before);
            for (reader, _) in (0..).zip(&self.events).filter(|&(id, _)| own(id)) {
                self.reason(reader, &seen, &mut edges);
            }
            if edges.len() == before {
                return Ok(self.seen_by(line, &seen));
            }
        }
    }

    /// What a process did, each after the writes that it has to come after and no others; the rest
    /// of the writes at the end.
    fn seen_by(&self, line: u32, seen: &Closure) -> Vec<u32> {
        let own = |id: u32| self.events[id as usize].line == line;
        let mut left: Vec<u32> = seen.order.clone();
        left.retain(|&id| own(id) || self.events[id as usize].wrote);
        let mut order = Vec::with_capacity(left.len());
        for &next in &self.lines[line as usize] {
            let due = |&mut id: &mut u32| id == next || seen.has(id, next);
            order.extend(left.extract_if(.., due));
        }
        order.extend(left);
        order
    }

    /// The order of all, as places in the history.
    fn whole(&self, order: &[u32]) -> Order {
        Order { parts: vec![self.part(None, order)] }
    }

    fn part(&self, part: Option<String>, order: &[u32]) -> PartOrder {
        let index = |&id: &u32| OperationIndex(self.events[id as usize].index);
        PartOrder { part, operations: order.iter().map(index).collect() }
    }

    /// What follows for one read from what is known to come before what.
    fn reason(&self, reader: u32, seen: &Closure, edges: &mut Vec<Link>) {
        let event = &self.events[reader as usize];
        let Some(read) = event.read else { return };
        for (other, rival) in (0..).zip(&self.events) {
            let rivals = rival.wrote && rival.part == event.part && other != reader;
            if !rivals || Some(other) == read {
                continue;
            }
            match read {
                Some(writer) if seen.has(other, reader) && !seen.has(other, writer) => {
                    edges.push(link(other, writer, Why::Visible(OperationIndex(reader))));
                }
                Some(writer) if seen.has(writer, other) && !seen.has(reader, other) => {
                    edges.push(link(reader, other, Why::Later));
                }
                None if !seen.has(reader, other) => {
                    edges.push(link(reader, other, Why::Initial));
                }
                Some(_) | None => {}
            }
        }
    }

    /// The edges of a circle, after all those that they rest on.
    fn grounds(&self, edges: &[Link], rounds: &[usize], cycle: &[u32]) -> Vec<Link> {
        let mut needed: BTreeSet<u32> = BTreeSet::new();
        let mut left = cycle.to_vec();
        while let Some(at) = left.pop() {
            if !needed.insert(at) {
                continue;
            }
            let edge = &edges[at as usize];
            let source = |id: OperationIndex| self.events[id.get()].read.flatten();
            let rests_on = match edge.why {
                Why::Visible(reader) => Some((edge.from.0, reader.0)),
                Why::Later => source(edge.from).map(|writer| (writer, edge.to.0)),
                Why::Session | Why::ReadsFrom | Why::Follows(_) | Why::Seen | Why::Initial => None,
            };
            let known = rounds[rounds.partition_point(|&round| round <= at as usize) - 1];
            if let Some((from, to)) = rests_on {
                left.extend(path(self.events.len(), &edges[..known], from, to));
            }
        }
        needed.into_iter().map(|at| edges[at as usize]).collect()
    }

    fn verdict<M: Model>(
        &self,
        history: &History<M::Operation, M::Answer>,
        found: Result<Order, Vec<Link>>,
        reason: &'static str,
    ) -> Verdict {
        match (found, self.unwritten) {
            (_, Some(event)) => {
                self.violated::<M>(history, &[event], Vec::new(), "unwritten-value")
            }
            (Err(links), None) => self.violated::<M>(history, &[], links, reason),
            (Ok(_), None) if self.vague => Verdict::Undecided,
            (Ok(order), None) => Verdict::Ok(order),
        }
    }

    /// The violation that these events, and those of the links, show.
    fn violated<M: Model>(
        &self,
        history: &History<M::Operation, M::Answer>,
        shown: &[u32],
        links: Vec<Link>,
        reason: &'static str,
    ) -> Verdict {
        if self.vague {
            return Verdict::Undecided;
        }
        let index = |id: u32| OperationIndex(self.events[id as usize].index);
        let place = |id: OperationIndex| index(id.0);
        let links: Vec<Link> = links
            .into_iter()
            .map(|Link { from, to, why }| {
                let why = match why {
                    Why::Follows(reader) => Why::Follows(place(reader)),
                    Why::Visible(reader) => Why::Visible(place(reader)),
                    Why::Session | Why::ReadsFrom | Why::Seen | Why::Initial | Why::Later => why,
                };
                Link { from: place(from), to: place(to), why }
            })
            .collect();
        let shown: Vec<OperationIndex> = shown.iter().map(|&id| index(id)).collect();
        Verdict::Violated(tell::evidence::<M>(history, &shown, links, reason))
    }
}
