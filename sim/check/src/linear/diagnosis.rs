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
    cells: &'d Cells<'h>,
    writers: Writers,
    initial: M::State,
}

/// The steps that leave each value behind, in order of invocation.
struct Writers {
    /// The first of each value, or `NEVER`.
    first: Vec<u32>,
    /// The one after each, or `NEVER`.
    next: Vec<u32>,
}

impl Writers {
    fn new(cells: &Cells<'_>) -> Self {
        let first = vec![NEVER; cells.names.len()];
        let mut writers = Writers { first, next: vec![NEVER; cells.left.len()] };
        for (step, &left) in cells.left.iter().enumerate().rev() {
            if left != UNSAID {
                let first = &mut writers.first[left as usize];
                writers.next[step] = std::mem::replace(first, step as u32);
            }
        }
        writers
    }

    fn of(&self, value: u32) -> impl Iterator<Item = u32> {
        let known = |step: u32| Some(step).filter(|&step| step != NEVER);
        let first = known(self.first[value as usize]);
        std::iter::successors(first, move |&step| known(self.next[step as usize]))
    }
}

/// How long each try at finding the shortest bad prefix may take.
const PREFIX_BUDGET: Budget = Budget(100_000);

/// How many operations around the end are looked at for a pattern that has a name.
const SUSPECTS_MAX: u32 = 32;

/// Says why the search did not get past return number `dead` of `part`.
pub(super) fn diagnose<'h, M: Model>(
    history: &'h History<M::Operation, M::Answer>,
    part: &Part<'h, M>,
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
pub(super) fn diagnose_clash<'h, M: Model>(
    history: &'h History<M::Operation, M::Answer>,
    part: &Part<'h, M>,
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
        let cells = part.cells.get_or_init(|| Cells::new(part));
        Scene { history, part, cells, writers: Writers::new(cells), initial: M::initial() }
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
        let step = self.step(seer);
        // Steps are in order of invocation, so the first writer began first.
        let first = self.writers_of(seen, seer).next();
        match first {
            Some(first) if self.step(first).called <= step.returned => self.stale(seer, seen),
            _ if step.fits(&self.initial) => self.stale(seer, seen),
            Some(first) => Some(self.too_early(seer, seen, first)),
            None => {
                let (said, value) = (self.said(seer), self.value(seen));
                let sentence = format!("{said}, but nothing ever wrote {value}.");
                let (reason, others) = ("unwritten-value", Vec::new());
                Some(Pattern { reason, sentence, others, contradicted_by: None })
            }
        }
    }

    fn writers_of(&self, value: u32, seer: u32) -> impl Iterator<Item = u32> {
        self.writers.of(value).filter(move |&writer| writer != seer)
    }

    fn too_early(&self, seer: u32, seen: u32, first: u32) -> Pattern {
        let sentence = format!(
            "{} by #{}, but the first write of {} began only at #{}.",
            self.said(seer),
            self.record(seer).completed().unwrap_or_default(),
            self.value(seen),
            self.record(first).invoked
        );
        let (reason, others) = ("read-before-write", vec![first]);
        Pattern { reason, sentence, others, contradicted_by: Some(first) }
    }

    /// Whether what `seer` saw had been replaced for good before it began.
    fn stale(&self, seer: u32, seen: u32) -> Option<Pattern> {
        let (called, returned) = (self.step(seer).called, self.step(seer).returned);
        // How many returns there were when the last of those had ended who may have written it.
        let mut settled = 0;
        for writer in self.writers_of(seen, seer) {
            let writer = self.step(writer);
            if writer.called <= returned {
                settled = settled.max(writer.returned.checked_add(1)?);
            }
        }
        let newer = (settled..called).rev().map(|at| self.part.returns[at as usize].step);
        let newer = newer.into_iter().find(|&step| {
            self.step(step).called >= settled && ![seen, UNSAID].contains(&self.value_during(step))
        })?;
        let other = self.record(newer);
        let done = other.completed().unwrap_or_default();
        let process = other.process;
        let during = self.value(self.value_during(newer));
        let did = match self.cells.left[newer as usize] {
            UNSAID => format!("{process} had read {during} by #{done}"),
            _ => format!("{process}'s write of {during} had completed at #{done}"),
        };
        let began = self.record(seer).invoked;
        let sentence =
            format!("{}, but {did}, before that read began at #{began}.", self.said(seer));
        let mut others: Vec<u32> = self.writers_of(seen, seer).collect();
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

    fn value(&self, value: u32) -> String {
        self.cells.names.get(value).map_or_else(|| String::from("nil"), |held| held.to_string())
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
