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
