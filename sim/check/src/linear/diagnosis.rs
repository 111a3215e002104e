//! Why a part cannot be ordered, in words.
//!
//! The invariant: a pattern is named only where it alone proves the violation; everything else is
//! `no-order`.

use super::bad_prefix;
use super::cells::{Cells, Clash, UNSAID, Zone};
use super::part::{NEVER, Part, Step};
use crate::history::History;
use crate::model::Model;
use crate::verdict::{Budget, Evidence, OperationIndex};

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
    cells: &'d Cells,
}

/// How long each try at finding the shortest bad prefix may take.
const PREFIX_BUDGET: Budget = Budget(100_000);

/// How many operations around the end are looked at for a pattern that has a name.
const SUSPECTS_MAX: u32 = 32;

/// Says why the search did not get past return number `dead` of `part`.
pub(super) fn diagnose<M: Model>(
    history: &History<M::Operation, M::Answer>,
    part: &Part<'_, M>,
    dead: u32,
) -> Evidence {
    let scene = Scene::new(history, part);
    let end = (part.returns.len() as u32).min(dead + SUSPECTS_MAX);
    let start = if scene.cells.known { dead.saturating_sub(SUSPECTS_MAX) } else { end };
    let suspects = start..end;
    let suspects = suspects.rev().map(|at| part.returns[at as usize].step);
    let named = suspects.into_iter().find_map(|step| Some((step, scene.pattern(step)?)));
    let (step, pattern) = match named {
        Some(named) => named,
        None => {
            let at = bad_prefix(part, dead, PREFIX_BUDGET);
            let step = part.returns[at as usize].step;
            (step, scene.no_order(step, at))
        }
    };
    scene.evidence(step, pattern)
}

/// Says why the steps of `clash` contradict one another.
pub(super) fn diagnose_clash<M: Model>(
    history: &History<M::Operation, M::Answer>,
    part: &Part<'_, M>,
    clash: &Clash,
) -> Evidence {
    let scene = Scene::new(history, part);
    let suspects = match clash {
        Clash::Early { step } => vec![*step],
        Clash::Both { held, other } => vec![held.last, other.last, held.first, other.first],
    };
    let named = suspects.iter().find_map(|&step| Some((step, scene.pattern(step)?)));
    let (step, pattern) = match (named, clash) {
        (Some(named), _) => named,
        (None, Clash::Both { held, other }) => (other.last, scene.both(held, other)),
        (None, Clash::Early { .. }) => unreachable!("a value from nowhere has a pattern"),
    };
    scene.evidence(step, pattern)
}

impl<'d, 'h, M: Model> Scene<'d, 'h, M> {
    fn new(history: &'h History<M::Operation, M::Answer>, part: &'d Part<'h, M>) -> Self {
        Scene { history, part, cells: part.cells.get_or_init(|| Cells::new(part)) }
    }

    fn evidence(&self, step: u32, pattern: Pattern) -> Evidence {
        let mut window = pattern.others;
        window.push(step);
        window.sort_unstable();
        window.dedup();
        let index = |step: u32| OperationIndex(self.step(step).index);
        Evidence {
            reason: pattern.reason,
            part: self.part.name.clone(),
            window: self.part.indices(&window),
            unexplained: index(step),
            contradicted_by: pattern.contradicted_by.map(index),
            links: Vec::new(),
            sentence: pattern.sentence,
        }
    }

    /// One value was held from an instant to a later one, and another at some time between.
    fn both(&self, held: &Zone, other: &Zone) -> Pattern {
        let name = self.part.name.as_deref().unwrap_or("the value");
        let at = |step: u32| {
            let record = self.record(step);
            let end = record.completed().map_or_else(String::new, |at| format!("–#{at}"));
            format!("{} (#{}{end})", record.process, record.invoked)
        };
        let sentence = format!(
            "{name} was {} from {} until {}, but between them {} and {} say that it was {}.",
            self.value(held.value),
            at(held.first),
            at(held.last),
            at(other.first),
            at(other.last),
            self.value(other.value),
        );
        let others = vec![held.first, held.last, other.first, other.last];
        Pattern { reason: "two-values-at-once", sentence, others, contradicted_by: None }
    }

    fn record(&self, step: u32) -> &'h Record<M> {
        &self.history.operations[self.step(step).index as usize]
    }

    fn step(&self, step: u32) -> &'d Step<'h, M> {
        &self.part.steps[step as usize]
    }

    /// The pattern that `seer`, an operation that was told a value, is the end of.
    fn pattern(&self, seer: u32) -> Option<Pattern> {
        let seen = self.cells.found[seer as usize];
        if seen == UNSAID || self.step(seer).returned == NEVER {
            return None;
        }
        let ended = self.record(seer).completed()?;
        let steps = 0..self.part.steps.len() as u32;
        let writers: Vec<u32> =
            steps.filter(|&step| step != seer && self.cells.left[step as usize] == seen).collect();
        let step = self.step(seer);
        let initially = M::step(&M::initial(), step.operation, step.answer).is_some();
        if writers.is_empty() && !initially {
            let sentence =
                format!("{}, but nothing ever wrote {}.", self.said(seer), self.value(seen));
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
                "{} by #{ended}, but the first write of {} began only at #{}.",
                self.said(seer),
                self.value(seen),
                self.record(first).invoked
            );
            let (reason, others) = ("read-before-write", vec![first]);
            return Some(Pattern { reason, sentence, others, contradicted_by: Some(first) });
        }
        self.stale(seer, seen, &writers)
    }

    /// Whether what `seer` saw had been replaced for good before it began.
    fn stale(&self, seer: u32, seen: u32, writers: &[u32]) -> Option<Pattern> {
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
            .filter(|&step| ![seen, UNSAID].contains(&self.value_during(step)))
            .max_by_key(|&step| self.record(step).completed())?;
        let other = self.record(newer);
        let done = other.completed().unwrap_or_default();
        let process = other.process;
        let during = self.value(self.value_during(newer));
        let did = match self.cells.left[newer as usize] {
            UNSAID => format!("{process} had read {during} by #{done}"),
            _ => format!("{process}'s write of {during} had completed at #{done}"),
        };
        let sentence =
            format!("{}, but {did}, before that read began at #{began}.", self.said(seer));
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
        let told = match (self.cells.found[step as usize], record.answer()) {
            (UNSAID, Some(answer)) => {
                format!("{}'s `{}` was answered {answer}", record.process, record.operation)
            }
            (UNSAID, None) => format!("{}'s `{}` ended", record.process, record.operation),
            _ => self.said(step),
        };
        let sentence = match others.len() {
            1 => format!("{told} at #{at}, which nothing that came before it explains."),
            open => format!(
                "{told} at #{at}, which no order of the {open} operations then open explains."
            ),
        };
        Pattern { reason: "no-order", sentence, others, contradicted_by: None }
    }

    /// The value just after a step took effect.
    fn value_during(&self, step: u32) -> u32 {
        // Whoever asks looks at completed steps alone, so what was found was told.
        match self.cells.left[step as usize] {
            UNSAID => self.cells.found[step as usize],
            left => left,
        }
    }

    fn value(&self, value: u32) -> &str {
        self.cells.names.get(value).as_deref().unwrap_or("nil")
    }

    /// What an operation that found a value was told.
    fn said(&self, step: u32) -> String {
        let process = self.record(step).process;
        let seen = self.value(self.cells.found[step as usize]);
        let part = self.part.name.as_deref().map(|name| format!("{name} = ")).unwrap_or_default();
        let verb = if self.cells.left[step as usize] == UNSAID { "read" } else { "swapped out" };
        format!("{process} {verb} {part}{seen}")
    }
}
