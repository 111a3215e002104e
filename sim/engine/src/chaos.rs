//! `[chaos]` turned into ordinary faults before a run, from the scenario and the seed alone.
//!
//! The invariant: each kind of fault is drawn from its own stream and planned inside its own
//! budget, so switching one kind off leaves the others as they were, and at no instant does one
//! kind of fault hold more than a minority of any kind of nodes.

use crate::ids::NodeId;
use crate::scenario::fault::{Crash, Fault, Partition, Pause, Shape, Target};
use crate::scenario::roster::Roster;
use crate::scenario::tables::{ChaosCrash, ChaosPartition, ChaosPause, Scenario};
use crate::stream::{Stream, StreamKind};
use crate::units::{Ratio, Span, SpanRange};

/// The most faults of one kind that a storm has.
pub const FAULTS_MAX: usize = 10_000;

/// How often a drawn crash is placed at a step rather than at a time.
const AT_STEP: Ratio = Ratio::ppm(250_000);

/// The factors of a swarm's rates in hundredths, the powers of 2^(1/2) from 1/4 to 4.
const FACTORS: [u64; 9] = [25, 35, 50, 71, 100, 141, 200, 283, 400];

/// The faults of `[chaos]` for `seed`, each with a name (`chaos-crash-1`), a drawn time or step,
/// a named target and a drawn duration.
///
/// The budget: crashes hold at most a minority of each kind of nodes at once, so do cuts, so do
/// pauses, each by itself. A crash at a step may strike at any time, so all crashes at steps are
/// those of one drawn node, whose place in the budget is kept for the whole storm.
#[must_use]
pub fn storm(scenario: &Scenario, roster: &Roster, seed: u64) -> Vec<Fault> {
    let heading = &scenario.scenario;
    let end = heading.duration.saturating_sub(heading.calm);
    let chaos = &scenario.chaos;
    let stage = Stage { roster, seed, end, swarm: chaos.swarm };
    let mut faults = Vec::new();
    if let Some(crash) = &chaos.crash {
        faults.extend(stage.crashes(crash));
    }
    if let Some(partition) = &chaos.partition {
        faults.extend(stage.partitions(partition));
    }
    if let Some(pause) = &chaos.pause {
        faults.extend(stage.pauses(pause));
    }
    faults
}

/// What the kinds of fault have in common.
struct Stage<'a> {
    roster: &'a Roster,
    seed: u64,
    end: Span,
    swarm: bool,
}

impl Stage<'_> {
    /// The mean gap of a kind for this seed: `None` if the swarm switched it off.
    fn every(&self, kind: &str, every: Span) -> Option<Span> {
        if !self.swarm {
            return Some(every);
        }
        let mut stream = Stream::named(self.seed, StreamKind::Chaos, &format!("swarm {kind}"));
        let on = stream.below(2) == 1;
        let factor = FACTORS[stream.below(FACTORS.len() as u64) as usize];
        on.then(|| every * 100 / factor)
    }

    fn arrivals(&self, kind: &str, every: Span) -> Option<Arrivals> {
        let mean = self.every(kind, every)?;
        let stream = Stream::named(self.seed, StreamKind::Chaos, kind);
        Some(Arrivals { stream, mean, at: Span::ZERO, end: self.end, left: FAULTS_MAX })
    }

    fn crashes(&self, chaos: &ChaosCrash) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("crash", chaos.every) else { return Vec::new() };
        let mut budget = Budget::new(self.roster);
        let victim = arrivals.stream.below(u64::from(self.roster.node_count()));
        let victim = NodeId::node(victim as u32);
        let steps = arrivals.stream.below(2) == 1 && budget.reserve(victim);
        let mut step = 0;
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let placed = arrivals.stream.chance(AT_STEP);
            let gap = step_gap(&mut arrivals.stream);
            let down = arrivals.length(chaos.down);
            let word = arrivals.stream.word();
            let mut fault = named("crash", faults.len());
            fault.crash = Some(Crash { down: Some(SpanRange::exactly(down)), ..Crash::default() });
            let node = if placed && steps {
                step += gap;
                fault.step = Some(step);
                Some(victim)
            } else {
                fault.at = Some(SpanRange::exactly(at));
                budget.take_any(word, at, at + down)
            };
            let Some(node) = node else { continue };
            fault.nodes = Some(Target::One(self.roster.name(node)));
            faults.push(fault);
        }
        faults
    }

    fn pauses(&self, chaos: &ChaosPause) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("pause", chaos.every) else { return Vec::new() };
        let mut budget = Budget::new(self.roster);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let word = arrivals.stream.word();
            let Some(node) = budget.take_any(word, at, at + lasts) else { continue };
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                nodes: Some(Target::One(self.roster.name(node))),
                pause: Some(Pause::default()),
                ..named("pause", faults.len())
            });
        }
        faults
    }

    fn partitions(&self, chaos: &ChaosPartition) -> Vec<Fault> {
        let Some(mut arrivals) = self.arrivals("partition", chaos.every) else {
            return Vec::new();
        };
        let shapes = if chaos.shapes.is_empty() { &Shape::ALL[..] } else { &chaos.shapes[..] };
        let mut budget = Budget::new(self.roster);
        let mut faults = Vec::new();
        while let Some(at) = arrivals.next() {
            let lasts = arrivals.length(chaos.lasts);
            let shape = shapes[arrivals.stream.below(shapes.len() as u64) as usize];
            let word = arrivals.stream.word();
            let outward = arrivals.stream.below(2) == 1;
            let cut = match shape {
                Shape::Halves => budget.take_minority(&mut arrivals.stream, at, at + lasts),
                Shape::IsolateOne | Shape::OneWay => {
                    budget.take_any(word, at, at + lasts).into_iter().collect()
                }
            };
            if cut.is_empty() {
                continue;
            }
            let names: Vec<String> = cut.iter().map(|node| self.roster.name(*node)).collect();
            let mut partition = partition(shape, names, outward);
            partition.clients = chaos.clients;
            faults.push(Fault {
                at: Some(SpanRange::exactly(at)),
                lasts: Some(SpanRange::exactly(lasts)),
                partition: Some(partition),
                ..named("partition", faults.len())
            });
        }
        faults
    }
}

fn named(kind: &str, count: usize) -> Fault {
    Fault { name: format!("chaos-{kind}-{}", count + 1), ..Fault::default() }
}

/// The span in whole microseconds, unless it is short, so that a plan can be read.
fn legible(span: Span) -> Span {
    let nanos = span.as_nanos();
    if nanos < 1_000_000 { span } else { Span::nanos(nanos - nanos % 1_000) }
}

/// How many steps lie between two crashes at steps: of every magnitude up to 1,024 alike.
fn step_gap(stream: &mut Stream) -> u64 {
    let magnitude = stream.below(11);
    1 + stream.below(1 << magnitude)
}

/// A partition of this shape that cuts off `names`.
fn partition(shape: Shape, names: Vec<String>, outward: bool) -> Partition {
    let others = vec!["others".to_string()];
    match shape {
        Shape::Halves => Partition { groups: vec![names, others], ..Partition::default() },
        Shape::IsolateOne => {
            let isolate = names.into_iter().next().map(Target::One);
            Partition { isolate, ..Partition::default() }
        }
        Shape::OneWay => {
            let one_way = if outward { vec![names, others] } else { vec![others, names] };
            Partition { one_way, ..Partition::default() }
        }
    }
}

/// The instants at which faults of one kind begin.
struct Arrivals {
    stream: Stream,
    mean: Span,
    at: Span,
    end: Span,
    left: usize,
}

impl Arrivals {
    fn next(&mut self) -> Option<Span> {
        self.left = self.left.checked_sub(1)?;
        self.at += self.stream.exponential(self.mean);
        (self.at < self.end).then(|| legible(self.at))
    }

    fn length(&mut self, range: SpanRange) -> Span {
        legible(self.stream.span(range))
    }
}

/// Who is held by faults of one kind, and how many more of each kind of nodes may be.
struct Budget<'a> {
    roster: &'a Roster,
    /// Of each kind of nodes: how many more may be held.
    room: Vec<u32>,
    /// Nodes that are held, and until when.
    held: Vec<(NodeId, Span)>,
    /// By the index of a node: whether it is held, or kept for crashes at steps.
    taken: Vec<bool>,
}

impl<'a> Budget<'a> {
    fn new(roster: &'a Roster) -> Budget<'a> {
        let kinds = roster.kinds().count();
        let minority = |kind| (roster.members(kind).len().saturating_sub(1) / 2) as u32;
        let taken = vec![false; roster.node_count() as usize];
        Budget { roster, room: (0..kinds).map(minority).collect(), held: Vec::new(), taken }
    }

    /// Keeps a place for `node` for the whole storm, if its kind has one.
    fn reserve(&mut self, node: NodeId) -> bool {
        let Some(kind) = self.roster.kind_of(node) else { return false };
        let Some(left) = self.room[kind].checked_sub(1) else { return false };
        self.room[kind] = left;
        self.taken[node.index()] = true;
        true
    }

    /// Lets go of those whose time ended before `at`.
    fn release(&mut self, at: Span) {
        let (roster, room, taken) = (self.roster, &mut self.room, &mut self.taken);
        self.held.retain(|(node, until)| {
            if *until >= at {
                return true;
            }
            room[roster.kind_of(*node).expect("only nodes are held")] += 1;
            taken[node.index()] = false;
            false
        });
    }

    fn hold(&mut self, node: NodeId, until: Span) {
        let kind = self.roster.kind_of(node).expect("only nodes are held");
        self.room[kind] = self.room[kind].checked_sub(1).expect("there was room");
        self.taken[node.index()] = true;
        self.held.push((node, until));
    }

    /// Holds one free node, chosen by `word`, from `at` to `until`.
    fn take_any(&mut self, word: u32, at: Span, until: Span) -> Option<NodeId> {
        self.release(at);
        let open = (0..self.room.len()).filter(|kind| self.room[*kind] > 0);
        let members = open.flat_map(|kind| self.roster.members(kind));
        let free: Vec<NodeId> = members.filter(|node| !self.taken[node.index()]).collect();
        let index = (u64::from(word) * free.len() as u64) >> 32;
        let node = *free.get(index as usize)?;
        self.hold(node, until);
        Some(node)
    }

    /// Holds a drawn minority of each kind of nodes from `at` to `until`; nobody if somebody is
    /// held already, since what is left would be no half.
    fn take_minority(&mut self, stream: &mut Stream, at: Span, until: Span) -> Vec<NodeId> {
        self.release(at);
        let mut cut = Vec::new();
        for (kind, count) in self.room.iter().enumerate() {
            let mut members: Vec<NodeId> = self.roster.members(kind).collect();
            stream.shuffle(&mut members);
            members.truncate(*count as usize);
            members.sort();
            cut.extend(members);
        }
        if !self.held.is_empty() {
            return Vec::new();
        }
        cut.iter().for_each(|node| self.hold(*node, until));
        cut
    }
}
