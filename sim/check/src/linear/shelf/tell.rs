//! Why values cannot have been put and taken as they were, in words.
//!
//! The invariant: the window has every step of the values that it is about.

use super::{Pattern, ShelfClash};
use crate::history::{History, Operation, Process};
use crate::linear::part::Part;
use crate::model::{Model, Shelf};
use crate::verdict::{Evidence, OperationIndex};

/// How many values are named.
const NAMED_MAX: usize = 4;

struct Scene<'d, 'h, M: Model> {
    history: &'h History<M::Operation, M::Answer>,
    part: &'d Part<'h, M>,
    clash: &'d ShelfClash,
}

/// The evidence that a clash is.
pub(in crate::linear) fn diagnose<'h, M: Model>(
    history: &'h History<M::Operation, M::Answer>,
    part: &Part<'h, M>,
    clash: &ShelfClash,
) -> Evidence {
    let scene = Scene { history, part, clash };
    let mut window = clash.steps.clone();
    window.sort_unstable();
    window.dedup();
    let ends = window.iter().copied().filter(|&step| scene.record(step).completed().is_some());
    let returned = |step: &u32| part.steps[*step as usize].returned;
    let last = ends.max_by_key(returned).expect("what never returned contradicts nothing");
    let (reason, sentence) = scene.tell(last);
    Evidence {
        reason,
        part: part.name.clone(),
        window: part.indices(&window),
        unexplained: OperationIndex(part.steps[last as usize].index),
        contradicted_by: None,
        links: Vec::new(),
        sentence,
    }
}

impl<'h, M: Model> Scene<'_, 'h, M> {
    fn record(&self, step: u32) -> &'h Operation<M::Operation, M::Answer> {
        &self.history.operations[self.part.steps[step as usize].index as usize]
    }

    fn who(&self, step: u32) -> Process {
        self.record(step).process
    }

    fn began(&self, step: u32) -> u64 {
        self.record(step).invoked
    }

    fn ended(&self, step: u32) -> u64 {
        self.record(step).completed().unwrap_or_default()
    }

    fn value(&self, step: u32) -> Option<u64> {
        let record = self.record(step);
        M::transfer(&record.operation, record.answer())?.value()
    }

    /// The values that the clash is about, or the first few of them.
    fn listed(&self) -> String {
        let steps = self.clash.steps.iter();
        let mut values: Vec<u64> = steps.filter_map(|&step| self.value(step)).collect();
        values.dedup();
        let more = if values.len() > NAMED_MAX { " and others" } else { "" };
        let named: Vec<String> = values.iter().take(NAMED_MAX).map(u64::to_string).collect();
        format!("{}{more}", named.join(" and "))
    }

    /// The code and the sentence; `last` is the step that ends last.
    fn tell(&self, last: u32) -> (&'static str, String) {
        let steps = &self.clash.steps;
        let (first, listed) = (steps[0], self.listed());
        let who = self.who(first);
        match self.clash.pattern {
            Pattern::Unwritten => {
                let sentence = format!("{who} took {listed}, but nothing ever put that in.");
                ("unwritten-value", sentence)
            }
            Pattern::Early => {
                let (taker, took) = (self.who(steps[1]), self.ended(steps[1]));
                let put = self.began(first);
                let sentence = format!(
                    "{taker} had taken {listed} by #{took}, but it began to be put in only at \
                     #{put}."
                );
                ("taken-before-put", sentence)
            }
            Pattern::Twice => {
                let sentence = format!("{who} and {} both took {listed}.", self.who(steps[1]));
                ("taken-twice", sentence)
            }
            Pattern::Missed => {
                let (from, to) = (self.began(first), self.ended(first));
                let sentence = format!(
                    "{who} found nothing between #{from} and #{to}, though at each instant of \
                     that one of {listed} was in."
                );
                ("missed-value", sentence)
            }
            Pattern::Disorder => {
                let turn = match M::SHELF {
                    Some(Shelf::Stack) => "last in, first out",
                    Some(Shelf::Queue | Shelf::Other) | None => "first in, first out",
                };
                let (who, end) = (self.who(last), self.ended(last));
                let sentence = format!(
                    "{listed} were put in and taken out at times that no order explains which is \
                     {turn}; {who}'s operation that ended at #{end} is the last of them."
                );
                ("out-of-turn", sentence)
            }
        }
    }
}
