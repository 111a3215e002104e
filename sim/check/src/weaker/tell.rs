//! Why operations come before one another in a circle, in words.
//!
//! The invariant: every operation that a sentence names is in the window.

use crate::history::History;
use crate::model::Model;
use crate::verdict::{Evidence, Link, OperationIndex, Why};

/// The evidence that these operations, and those of the links, are.
pub(super) fn evidence<M: Model>(
    history: &History<M::Operation, M::Answer>,
    shown: &[OperationIndex],
    links: Vec<Link>,
    reason: &'static str,
) -> Evidence {
    let mut window = shown.to_vec();
    for link in &links {
        window.extend([link.from, link.to]);
        if let Why::Follows(reader) | Why::Visible(reader) = link.why {
            window.push(reader);
        }
    }
    window.sort_unstable();
    window.dedup();
    let ended = |index: &OperationIndex| {
        let operation = &history.operations[index.get()];
        operation.completed().unwrap_or(operation.invoked)
    };
    let last = window.iter().copied().max_by_key(ended).expect("something shows it");
    let told: Vec<String> = match links.is_empty() {
        true => window.iter().map(|&index| name::<M>(history, index)).collect(),
        false => links.iter().map(|link| explain::<M>(history, link)).collect(),
    };
    let end = if links.is_empty() { "cannot be" } else { "that is a circle" };
    let part = M::partition_name(&history.operations[last.get()].operation);
    let sentence = match links.is_empty() {
        true => format!("{} {end}.", told.join(" and ")),
        false => format!("{}; {end}.", told.join("; ")),
    };
    let (unexplained, contradicted_by) = (last, None);
    Evidence { reason, part, window, unexplained, contradicted_by, links, sentence }
}

fn name<M: Model>(history: &History<M::Operation, M::Answer>, index: OperationIndex) -> String {
    let operation = &history.operations[index.get()];
    let answer = operation.answer().map_or(String::new(), |answer| format!(" = {answer}"));
    let (process, asked) = (operation.process, &operation.operation);
    format!("{process}'s `{asked}`{answer} (#{})", operation.invoked)
}

fn explain<M: Model>(history: &History<M::Operation, M::Answer>, link: &Link) -> String {
    let (from, to) = (name::<M>(history, link.from), name::<M>(history, link.to));
    match link.why {
        Why::Session => format!("{from} came before {to} in the same process"),
        Why::ReadsFrom => format!("{to} saw what {from} wrote"),
        Why::Follows(reader) => {
            let reader = name::<M>(history, reader);
            format!("{reader}, before {to} in its process, saw what {from} wrote")
        }
        Why::Visible(reader) => {
            let reader = name::<M>(history, reader);
            format!("{reader} had to see {from}, and saw {to} in its place")
        }
        Why::Seen => format!("{to} had to see {from}"),
        Why::Initial => format!("{from} saw the initial value, which {to} replaced"),
        Why::Later => format!("{from} saw what was written before {to}"),
    }
}
