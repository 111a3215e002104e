//! Fingerprints: the shape of how a violation came about, by which different bugs are told apart
//! that break the same promise.
//!
//! The invariant: no name of a participant and no number reaches a fingerprint.

use crate::past::{PastReader, Step, StepKind};
use crate::shrink::Run;
use serde::{Deserialize, Serialize};
use squall_engine::digest::FixedHasher;
use squall_engine::plan::Plan;
use squall_engine::sim::Violation;
use squall_engine::subject::PlanError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{Hash, Hasher};

/// The signature of a violation and the shape of its past, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = String;

    fn try_from(text: String) -> Result<Fingerprint, String> {
        let number = u64::from_str_radix(&text, 16);
        number.map(Fingerprint).map_err(|_| format!("`{text}` is no fingerprint"))
    }
}

/// The fingerprint of the violation that a plan's run shows.
///
/// # Errors
/// The plan is not one of the protocol.
pub fn fingerprint(
    plan: &Plan,
    violation: &Violation,
    run: &mut Run<'_>,
) -> Result<Fingerprint, PlanError> {
    let mut reader = PastReader::default();
    run(plan, Some(&mut reader))?;
    Ok(Fingerprint::of(&violation.signature(), &reader.past(violation)))
}

impl Fingerprint {
    /// Which kinds of step led to which, each once however often they did.
    #[must_use]
    pub fn of(signature: &str, past: &[Step]) -> Fingerprint {
        let labels: BTreeMap<_, _> = past.iter().map(|step| (step.event, label(step))).collect();
        let mut edges = BTreeSet::new();
        for step in past {
            for cause in step.causes.iter().filter_map(|cause| labels.get(cause)) {
                edges.insert((cause.clone(), labels[&step.event].clone()));
            }
        }
        let mut hasher = FixedHasher::new();
        hasher.write(signature.as_bytes());
        for ((from_kind, from), (to_kind, to)) in &edges {
            (from_kind, to_kind).hash(&mut hasher);
            hasher.write(from.as_bytes());
            hasher.write_u8(0);
            hasher.write(to.as_bytes());
        }
        Fingerprint(hasher.finish())
    }
}

/// What kind of step, which kind of message or fault, and which role was taken.
fn label(step: &Step) -> (StepKind, String) {
    let word = match step.kind {
        // Its name comes first: what a fault does is the word after it.
        StepKind::Fault | StepKind::FaultEnd => step.text.split(' ').nth(1).unwrap_or_default(),
        _ => step.text.split(|letter: char| !letter.is_alphabetic()).next().unwrap_or_default(),
    };
    let role = step.role.as_deref().unwrap_or_default();
    (step.kind, format!("{word} {role}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use squall_engine::ids::{EventId, Time};

    fn step(event: u64, kind: StepKind, place: &str, text: &str, causes: &[u64]) -> Step {
        Step {
            event: EventId(event),
            at: Time::from_nanos(event * 1_000),
            place: Some(place.to_string()),
            peer: None,
            kind,
            text: text.to_string(),
            role: None,
            term: 0,
            with: None,
            changes: Vec::new(),
            causes: causes.iter().copied().map(EventId).collect(),
            sent_by: None,
        }
    }

    fn past(first: u64, place: &str, term: u64, fault: &str, again: bool) -> Vec<Step> {
        let vote = |event| {
            let text = format!("Vote {{ term: {term} }}");
            step(event, StepKind::Delivery, place, &text, &[first])
        };
        let mut past = vec![step(first, StepKind::Fault, "", fault, &[]), vote(first + 1)];
        if again {
            past.push(vote(first + 2));
        }
        past
    }

    #[test]
    fn names_numbers_and_repetitions_do_not_reach_it() {
        let one = Fingerprint::of("a/b", &past(3, "n1", 7, "cut partition n1 | n2", false));
        let other = Fingerprint::of("a/b", &past(90, "n5", 8, "chaos-2 partition n3", true));
        assert_eq!(one, other);
    }

    #[test]
    fn signature_kind_of_fault_and_what_led_to_what_reach_it() {
        let of = Fingerprint::of;
        let whole = past(3, "n1", 7, "cut partition n1 | n2", false);
        let mut apart = whole.clone();
        apart[1].causes.clear();
        let mut turned = whole.clone();
        turned[1].role = Some("leader".to_string());
        let all = [
            of("a/b", &whole),
            of("a/c", &whole),
            of("a/b", &past(3, "n1", 7, "cut crash n1", false)),
            of("a/b", &apart),
            of("a/b", &turned),
        ];
        let different: BTreeSet<Fingerprint> = all.into_iter().collect();
        assert_eq!(different.len(), 5);
    }
}
