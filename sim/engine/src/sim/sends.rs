//! Messages by name: the first `Append` from `n1` to `n2`, the second, and so on; what a plan says
//! of single ones, and what became of all of them if somebody writes that down.
//!
//! The invariant: a plan that names no message, in a run that nobody records, costs a sender
//! nothing.

use super::Sim;
use crate::decider::Decider;
use crate::host::{Host, MessageOf};
use crate::ids::{EventId, NodeId, Time};
use crate::network::{Fate, Loss};
use crate::node::Node;
use crate::plan::{NamedFate, Override};
use crate::protocol::Protocol;
use std::collections::BTreeMap;

/// A message that was sent, and what became of it on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The event with which it was sent.
    pub event: EventId,
    /// When.
    pub at: Time,
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// Its kind.
    pub kind: String,
    /// Which of the messages of its kind on this link, from 1.
    pub nth: u64,
    /// After how many nanoseconds it arrives, or why it does not.
    pub arrival: Result<u64, Loss>,
    /// After how many nanoseconds a second copy of it arrives.
    pub copy: Option<u64>,
}

/// A sender and an addressee.
type Link = (NodeId, NodeId);
/// A kind of message, and how many there were.
type Count = (String, u64);

/// The messages of a run by name.
#[derive(Debug, Default)]
pub(super) struct Sends {
    /// How many messages of each kind every link has taken.
    counts: BTreeMap<Link, Vec<Count>>,
    /// Those that the plan names: for each link kind, number and place in the plan's list.
    named: BTreeMap<Link, Vec<(String, u64, usize)>>,
    /// Whether the message of each was sent.
    met: Vec<bool>,
    recorded: Option<Vec<Sent>>,
}

impl Sends {
    /// Counts a message and returns which of its kind on its link it is.
    fn count(&mut self, link: Link, kind: &str) -> u64 {
        let counts = self.counts.entry(link).or_default();
        let at = counts.iter().position(|(known, _)| known == kind).unwrap_or_else(|| {
            counts.push((kind.to_string(), 0));
            counts.len() - 1
        });
        counts[at].1 += 1;
        counts[at].1
    }

    /// The place in the plan's list of a message, if that names it.
    fn place(&self, link: Link, kind: &str, nth: u64) -> Option<usize> {
        let named = self.named.get(&link)?.iter();
        let mut of_it = named.filter(|(other, number, _)| *number == nth && other == kind);
        of_it.next().map(|(_, _, place)| *place)
    }
}

impl Override {
    /// What it makes of a message.
    fn fate<M>(&self) -> Fate<M> {
        let arrival = match self.fate {
            NamedFate::Drop => Err(Loss::Dropped),
            NamedFate::After(span) => Ok(span.as_nanos()),
        };
        Fate { arrival, copy: self.copy.map(|span| span.as_nanos()), replace: None }
    }

    /// Its message in words: `the 3rd Append from n1 to n2`.
    #[must_use]
    pub fn words(&self) -> String {
        let Override { from, to, kind, nth, .. } = self;
        let end = match (nth % 10, nth % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        format!("the {nth}{end} {kind} from {from} to {to}")
    }
}

impl<P: Protocol, D: Decider, H: Host<P>> Sim<P, D, H> {
    /// Looks up the messages that the plan names.
    pub(super) fn name_sends(&mut self) {
        self.alters = self.model.is_some();
        if self.plan.overrides.is_empty() {
            return;
        }
        let mut sends = Sends { met: vec![false; self.plan.overrides.len()], ..Sends::default() };
        for (place, one) in self.plan.overrides.iter().enumerate() {
            let ends = (self.roster.find(&one.from), self.roster.find(&one.to));
            if let (Some(from), Some(to)) = ends {
                let named = sends.named.entry((from, to)).or_default();
                named.push((one.kind.clone(), one.nth, place));
            }
        }
        self.sends = Some(Box::new(sends));
        self.alters = true;
    }

    /// Writes down what becomes of every message. Changes nothing else.
    pub fn record_sends(&mut self) {
        self.sends.get_or_insert_default().recorded = Some(Vec::new());
        self.alters = true;
    }

    /// The messages so far, if they are recorded.
    pub fn take_sends(&mut self) -> Vec<Sent> {
        let recorded = self.sends.as_mut().and_then(|sends| sends.recorded.as_mut());
        recorded.map(std::mem::take).unwrap_or_default()
    }

    /// Puts what the plan says of a message in the place of its fate.
    pub(super) fn settle(
        &mut self,
        (from, to): (NodeId, NodeId),
        message: &MessageOf<P>,
        event: EventId,
        fate: &mut Fate<MessageOf<P>>,
    ) {
        let Some(sends) = &mut self.sends else { return };
        let kind = <P::Node as Node>::kind(message);
        let nth = sends.count((from, to), &kind);
        if let Some(place) = sends.place((from, to), &kind, nth) {
            sends.met[place] = true;
            *fate = self.plan.overrides[place].fate();
        }
        if let Some(recorded) = &mut sends.recorded {
            let (at, kind) = (self.now, kind.into_owned());
            let Fate { arrival, copy, .. } = *fate;
            recorded.push(Sent { event, at, from, to, kind, nth, arrival, copy });
        }
    }

    /// Forgets what the plan says of messages that have yet to be sent.
    pub(super) fn forget_named_sends(&mut self) {
        self.sends.iter_mut().for_each(|sends| sends.named.clear());
    }

    /// What the plan says and this run had no use for, in words.
    #[must_use]
    pub fn unapplied(&self) -> Vec<String> {
        let met = self.sends.as_ref().map_or(&[][..], |sends| &sends.met);
        let named = self.plan.overrides.iter().zip(met).filter(|(_, met)| !**met);
        let mut words: Vec<String> =
            named.map(|(one, _)| format!("{} was not sent", one.words())).collect();
        words.extend(self.unfired().iter().map(|name| format!("nothing triggered {name}")));
        let skipped = self.strikes().iter().filter_map(|strike| {
            strike.skipped.as_ref().map(|why| format!("{} was skipped: {why}", strike.fault))
        });
        words.extend(skipped);
        words.extend(self.unissued());
        words
    }
}
