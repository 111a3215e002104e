//! What hindered progress, found out from the run itself and said in a sentence.
//!
//! The invariant: of several operations that were not answered in time, the one with the earliest
//! deadline is told; one that was answered late only if none was not answered at all.

use super::{Late, Record, Waiting, hash};
use crate::decider::Decider;
use crate::host::Host;
use crate::ids::Time;
use crate::monitor::Breach;
use crate::protocol::Protocol;
use crate::scenario::facts::PROGRESS;
use crate::sim::{Sim, What};
use crate::units::Span;

/// A timer that fired this often and moved nothing moves nothing.
const PERIODS: u32 = 10;

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Judges, at the end of a run, whether every operation of the calm was answered in time.
    pub(crate) fn judge_progress(&mut self) {
        let Some(within) = self.progress.within else { return };
        let end = Time::ZERO + self.plan.scenario.duration;
        let overdue = |waiting: &Waiting| waiting.since + within < end;
        let waiting = self.clients.waiting(self.storm_end()).filter(overdue);
        // Who has waited no longer yet than another that was answered after all is slow as well.
        let longest = self.progress.latest.map_or(Span::ZERO, |late| late.by + within);
        let stuck = waiting.filter(|waiting| end.since(waiting.since) > longest);
        if let Some(waiting) = stuck.min_by_key(|waiting| waiting.since) {
            let deadline = waiting.since + within;
            let seen = self.progress.overdue.filter(|(at, _)| *at == deadline);
            let (at, event) = seen.unwrap_or((deadline, self.last));
            let breach = self.hindrance(waiting, deadline);
            self.no_progress(breach, (event, at), waiting.place);
        } else if let Some(late) = self.progress.latest {
            let breach = Breach::new("slow", self.slow(late, within));
            self.no_progress(breach, (late.event, late.at), late.place);
        }
    }

    fn no_progress(&mut self, breach: Breach, when: (crate::ids::EventId, Time), place: usize) {
        self.progress.failed = true;
        let invoked = crate::ids::EventId(self.history().operations[place].invoked);
        self.history_breach(PROGRESS.name, breach, when, vec![invoked]);
    }

    fn slow(&self, late: Late, within: Span) -> String {
        let waited = rounded(late.at.since(late.since));
        let (who, by) = (self.operation_words(late.place), rounded(late.by));
        format!("{who} was answered after {waited}, {by} more than the {within} that it may take")
    }

    /// Why an operation was not answered.
    fn hindrance(&self, waiting: Waiting, deadline: Time) -> Breach {
        let who = self.operation_words(waiting.place);
        let waits = format!("{who} had no answer by {} ms", deadline);
        let Some(record) = &self.progress.record else {
            return Breach::new("stalled", format!("{waits}, when the run was nearly over"));
        };
        if self.progress.answered_at >= record.begun {
            let others = self.others(waiting.client);
            return Breach::new("starvation", format!("{waits}, while {others} answered"));
        }
        match self.movement(record) {
            Movement::None(words) => Breach::new(
                "deadlock",
                format!("{waits}: no message of a node is on its way{words}"),
            ),
            Movement::May(timer) => {
                Breach::new("stalled", format!("{waits}: no node sends anything, but {timer}"))
            }
            Movement::Some => match record.turns.repeated() {
                Some((turn, rounds)) => Breach::new(
                    "livelock",
                    format!("{waits}: the cluster went round in circles, {rounds} times: {turn}"),
                ),
                None => {
                    let sent = self.sent_by_nodes() - record.sent;
                    let words = "messages meanwhile, in no order that repeats";
                    Breach::new("stalled", format!("{waits}: nodes sent {sent} {words}"))
                }
            },
        }
    }

    /// `c1's Write 5, called at 12.000 ms,`.
    fn operation_words(&self, place: usize) -> String {
        let operation = &self.history().operations[place];
        let called = self.clients.called_at(place);
        let (process, words) = (operation.process, &operation.operation);
        format!("the {words} of {process}, called at {called} ms,")
    }

    fn others(&self, client: u32) -> String {
        let answered = self.progress.answered.iter().enumerate();
        let others: Vec<(usize, u64)> =
            answered.map(|(at, count)| (at, *count)).filter(|(_, count)| *count > 0).collect();
        let count: u64 = others.iter().map(|(_, count)| count).sum();
        let names: Vec<String> = others
            .iter()
            .map(|(at, _)| match *at == client as usize {
                true => format!("c{} itself", at + 1),
                false => format!("c{}", at + 1),
            })
            .collect();
        match count {
            1 => format!("one operation of {} was", names.join(", ")),
            _ => format!("{count} operations of {} were", names.join(", ")),
        }
    }

    fn sent_by_nodes(&self) -> u64 {
        self.nodes.iter().map(|node| node.sent).sum()
    }

    /// Whether anything moved among the nodes, or may yet.
    fn movement(&self, record: &Record) -> Movement {
        let on_its_way = self.queue.iter().any(|entry| match entry.what {
            What::Deliver { envelope, .. } => !self.envelopes.get(envelope).from.is_client(),
            What::Flight { flight } => !self.streams.passage(flight).0.is_client(),
            What::Resend { end } => self.streams.resends(end, entry.sequence),
            _ => false,
        });
        if on_its_way || self.sent_by_nodes() > record.sent {
            return Movement::Some;
        }
        let mut fired = Vec::new();
        for node in self.nodes.iter().filter(|node| node.up) {
            let name = self.roster.name(node.seat.id);
            if node.busy || node.paused_at.is_some() {
                return Movement::May(format!("{name} is busy"));
            }
            for timer in node.timers.pending() {
                let key = (node.seat.id.raw(), hash(timer));
                let count = record.firings.get(&key).copied().unwrap_or(0);
                if count < PERIODS {
                    let words = format!("{name}'s timer {timer:?} fired {count} times only");
                    return Movement::May(words);
                }
                fired.push(format!("{name}'s timer {timer:?} fired {count} times"));
            }
        }
        Movement::None(match fired.split_first() {
            None => ", and no timer is set".to_string(),
            Some((first, [])) => format!(", and {first} and sent nothing"),
            Some((first, [_])) => format!(", and {first} and sent nothing, as did one other"),
            Some((first, rest)) => {
                format!(", and {first} and sent nothing, as did {} others", rest.len())
            }
        })
    }
}

/// Whether the cluster moves.
enum Movement {
    /// It stands still for good; the words say which timers changed nothing.
    None(String),
    /// It stands still, but a timer has not had its chance.
    May(String),
    /// It moves.
    Some,
}

/// The span in whole milliseconds, if it is long enough.
fn rounded(span: Span) -> Span {
    let nanos = span.as_nanos();
    if nanos < 10_000_000 { span } else { Span::nanos(nanos - nanos % 1_000_000) }
}
