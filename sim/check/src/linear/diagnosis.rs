//! Why a part cannot be ordered, in words.
//!
//! The invariant: a pattern is named only where it alone proves the violation; everything else is
//! `no-order`.

use super::part::{NEVER, Part, Step};
use crate::history::History;
use crate::model::{Access, Model};
use crate::verdict::{Evidence, OperationIndex};

type Record<M> = crate::history::Operation<<M as Model>::Operation, <M as Model>::Answer>;

/// A pattern that was found: its name, its sentence, and the other operations that show it.
struct Pattern {
    reason: &'static str,
    sentence: String,
    others: Vec<u32>,
    contradicted_by: Option<u32>,
}

struct Scene<'d, 'h, M: Model> {
    history: &'h History<M::Operation, M::Answer>,
    part: &'d Part<'h, M>,
}

/// Says why no order gets past return number `dead` of `part`.
pub(super) fn diagnose<M: Model>(
    history: &History<M::Operation, M::Answer>,
    part: &Part<'_, M>,
    dead: u32,
) -> Evidence {
    let scene = Scene { history, part };
    let known = (0..part.steps.len() as u32).all(|step| scene.access(step) != Access::Opaque);
    let named_until = if known { dead + 1 } else { 0 };
    let suspects = (0..named_until).rev().map(|at| part.returns[at as usize].step);
    let named = suspects.into_iter().find_map(|step| Some((step, scene.pattern(step)?)));
    let (step, pattern) = match named {
        Some(named) => named,
        None => {
            let step = part.returns[dead as usize].step;
            (step, scene.no_order(step, dead))
        }
    };
    let mut window = pattern.others;
    window.push(step);
    window.sort_unstable();
    window.dedup();
    let index = |step: u32| OperationIndex(part.steps[step as usize].index);
    Evidence {
        reason: pattern.reason,
        part: part.name.clone(),
        window: part.indices(&window),
        unexplained: index(step),
        contradicted_by: pattern.contradicted_by.map(index),
        sentence: pattern.sentence,
    }
}

impl<'d, 'h, M: Model> Scene<'d, 'h, M> {
    fn record(&self, step: u32) -> &'h Record<M> {
        &self.history.operations[self.step(step).index as usize]
    }

    fn step(&self, step: u32) -> &'d Step<'h, M> {
        &self.part.steps[step as usize]
    }

    /// The pattern that `seer`, an operation that was told a value, is the end of.
    fn pattern(&self, seer: u32) -> Option<Pattern> {
        let seen = self.found(seer)?;
        let ended = self.record(seer).completed()?;
        let steps = 0..self.part.steps.len() as u32;
        let writers: Vec<u32> =
            steps.filter(|&step| step != seer && self.left(step).as_ref() == Some(&seen)).collect();
        let step = self.step(seer);
        let initially = M::step(&M::initial(), step.operation, step.answer).is_some();
        let said = self.said(seer, &seen);
        if writers.is_empty() && !initially {
            let sentence = format!("{said}, but nothing ever wrote {}.", value(&seen));
            let others = Vec::new();
            return Some(Pattern {
                reason: "unwritten-value",
                sentence,
                others,
                contradicted_by: None,
            });
        }
        let first = writers.iter().copied().min_by_key(|&step| self.record(step).invoked);
        if let Some(first) = first
            && !initially
            && self.record(first).invoked > ended
        {
            let sentence = format!(
                "{said} by #{ended}, but the first write of {} began only at #{}.",
                value(&seen),
                self.record(first).invoked
            );
            let (reason, others) = ("read-before-write", vec![first]);
            return Some(Pattern { reason, sentence, others, contradicted_by: Some(first) });
        }
        self.stale(seer, &seen, &writers)
    }

    /// Whether what `seer` saw had been replaced for good before it began.
    fn stale(&self, seer: u32, seen: &Option<String>, writers: &[u32]) -> Option<Pattern> {
        let began = self.record(seer).invoked;
        let mut settled = 0;
        let ended = self.record(seer).completed()?;
        for &writer in writers.iter().filter(|&&writer| self.record(writer).invoked < ended) {
            match self.record(writer).completed() {
                Some(at) => settled = settled.max(at),
                None => return None,
            }
        }
        let newer = (0..self.part.steps.len() as u32)
            .filter(|&step| step != seer && (settled == 0 || self.record(step).invoked > settled))
            .filter(|&step| self.record(step).completed().is_some_and(|at| at < began))
            .filter(|&step| self.value_during(step).is_some_and(|value| value != *seen))
            .max_by_key(|&step| self.record(step).completed())?;
        let other = self.record(newer);
        let done = other.completed().unwrap_or_default();
        let process = other.process;
        let during = self.value_during(newer)?;
        let during = value(&during);
        let did = match self.left(newer) {
            Some(_) => format!("{process}'s write of {during} had completed at #{done}"),
            None => format!("{process} had read {during} by #{done}"),
        };
        let sentence =
            format!("{}, but {did}, before that read began at #{began}.", self.said(seer, seen));
        let mut others = writers.to_vec();
        others.push(newer);
        Some(Pattern { reason: "stale-read", sentence, others, contradicted_by: Some(newer) })
    }

    fn no_order(&self, step: u32, dead: u32) -> Pattern {
        let due = &self.part.returns[dead as usize];
        let mut others = self.part.open_at(dead).to_vec();
        others.extend_from_slice(&self.part.pending[..due.pending as usize]);
        let record = self.record(step);
        let at = record.completed().unwrap_or_default();
        let told = match (self.found(step), record.answer()) {
            (Some(seen), _) => self.said(step, &seen),
            (None, Some(answer)) => {
                format!("{}'s `{}` was answered {answer}", record.process, record.operation)
            }
            (None, None) => format!("{}'s `{}` ended", record.process, record.operation),
        };
        let sentence = match others.len() {
            1 => format!("{told} at #{at}, which nothing that came before it explains."),
            open => format!(
                "{told} at #{at}, which no order of the {open} operations then open explains."
            ),
        };
        Pattern { reason: "no-order", sentence, others, contradicted_by: None }
    }

    fn access(&self, step: u32) -> Access {
        let step = self.step(step);
        M::access(step.operation, step.answer)
    }

    /// The value that an operation was told was there.
    fn found(&self, step: u32) -> Option<Option<String>> {
        if self.step(step).returned == NEVER {
            return None;
        }
        match self.access(step) {
            Access::Read(value) | Access::Swap { expected: value, .. } => Some(value),
            Access::Write(_) | Access::Look | Access::Opaque => None,
        }
    }

    /// The value that an operation leaves behind, if it took effect.
    fn left(&self, step: u32) -> Option<Option<String>> {
        match self.access(step) {
            Access::Write(value) | Access::Swap { new: value, .. } => Some(value),
            Access::Read(_) | Access::Look | Access::Opaque => None,
        }
    }

    /// The value just after an operation took effect.
    fn value_during(&self, step: u32) -> Option<Option<String>> {
        self.left(step).or_else(|| self.found(step))
    }

    fn said(&self, step: u32, seen: &Option<String>) -> String {
        let record = self.record(step);
        let seen = value(seen);
        let part = self.part.name.as_deref().map(|name| format!("{name} = ")).unwrap_or_default();
        match self.access(step) {
            Access::Swap { .. } => format!("{}'s swap found {part}{seen}", record.process),
            Access::Read(_) | Access::Write(_) | Access::Look | Access::Opaque => {
                format!("{} read {part}{seen}", record.process)
            }
        }
    }
}

fn value(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("nil")
}
