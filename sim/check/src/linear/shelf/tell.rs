//! Why values cannot have been put and taken as they were, in words.
//!
//! The invariant: the window has every step of the values that it is about.

use super::{Pattern, ShelfClash};
use crate::history::History;
use crate::linear::part::Part;
use crate::model::{Model, Shelf};
use crate::verdict::{Evidence, OperationIndex};

/// The evidence that a clash is.
pub(in crate::linear) fn diagnose<M: Model>(
    history: &History<M::Operation, M::Answer>,
    part: &Part<'_, M>,
    clash: &ShelfClash,
) -> Evidence {
    let mut window = clash.steps.clone();
    window.sort_unstable();
    window.dedup();
    let index = |step: u32| part.steps[step as usize].index;
    let record = |step: u32| &history.operations[index(step) as usize];
    let returned = |step: &u32| part.steps[*step as usize].returned;
    let last = window.iter().copied().filter(|step| record(*step).completed().is_some());
    let last = last.max_by_key(returned).expect("what never returned contradicts nothing");
    let value = |step: u32| M::transfer(&record(step).operation, record(step).answer())?.value();
    let who = |step: u32| record(step).process;
    let began = |step: u32| record(step).invoked;
    let ended = |step: u32| record(step).completed().unwrap_or_default();
    let (first, shown) = (clash.steps[0], |step: u32| {
        value(step).map_or_else(String::new, |value| value.to_string())
    });
    let mut values: Vec<u64> = clash.steps.iter().filter_map(|&step| value(step)).collect();
    values.dedup();
    let listed: Vec<String> = values.iter().take(4).map(u64::to_string).collect();
    let more = if values.len() > listed.len() { " and others" } else { "" };
    let listed = format!("{}{more}", listed.join(" and "));
    let (reason, sentence) = match clash.pattern {
        Pattern::Unwritten => (
            "unwritten-value",
            format!("{} took {}, but nothing ever put that in.", who(first), shown(first)),
        ),
        Pattern::Early => {
            let take = clash.steps[1];
            let (took, put) = (ended(take), began(first));
            let sentence = format!(
                "{} had taken {} by #{took}, but it began to be put in only at #{put}.",
                who(take),
                shown(take)
            );
            ("taken-before-put", sentence)
        }
        Pattern::Twice => {
            let other = clash.steps[1];
            let sentence = format!("{} and {} both took {}.", who(first), who(other), shown(first));
            ("taken-twice", sentence)
        }
        Pattern::Missed => {
            let (from, to) = (began(first), ended(first));
            let sentence = format!(
                "{} found nothing between #{from} and #{to}, though at each instant of that one \
                 of {listed} was in.",
                who(first)
            );
            ("missed-value", sentence)
        }
        Pattern::Disorder => {
            let turn = match M::SHELF {
                Some(Shelf::Stack) => "last in, first out",
                Some(Shelf::Queue | Shelf::Other) | None => "first in, first out",
            };
            let sentence = format!(
                "{listed} were put in and taken out at times that no order explains which is \
                 {turn}; it is clear when {} ends at #{}.",
                who(last),
                ended(last)
            );
            ("out-of-turn", sentence)
        }
    };
    Evidence {
        reason,
        part: part.name.clone(),
        window: part.indices(&window),
        unexplained: OperationIndex(index(last)),
        contradicted_by: None,
        links: Vec::new(),
        sentence,
    }
}
