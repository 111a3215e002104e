//! What a sweep has found: runs that went wrong in the same way are one group.
//!
//! The invariant: a group keeps its shortest run, of those the one with the least seed; adding
//! runs in any order gives the same.

use crate::{Judgement, Ran};
use serde::{Deserialize, Serialize};
use squall_engine::run::Ending;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A group of runs that went wrong, or as expected, in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What the user calls the scenario.
    pub scenario: String,
    /// The property and its reason code.
    pub signature: String,
    /// What the runs come to.
    pub judgement: Judgement,
    /// Whether the baseline has it.
    pub known: bool,
    /// How many runs there were.
    pub runs: u64,
    /// The seed of the shortest.
    #[serde(with = "crate::text")]
    pub seed: u64,
    /// What was varied in it.
    pub varied: Vec<(String, String)>,
    /// How many events it has.
    pub events: u64,
    /// What went wrong in it, in a sentence.
    pub sentence: String,
    /// Where the protocol's code panicked in it, if it did.
    pub panicked_at: Option<String>,
}

impl Finding {
    /// The group of one run; nothing if it kept every promise.
    #[must_use]
    pub fn of(scenario: &str, ran: &Ran) -> Option<Finding> {
        let outcome = &ran.report.outcome;
        let sentence = match &outcome.ending {
            Ending::Passed => return None,
            Ending::Violated(violation) => violation.sentence.clone(),
            Ending::Undecided(words) | Ending::OutOfSteps(words) => words.clone(),
        };
        Some(Finding {
            scenario: scenario.to_string(),
            signature: ran.signature()?,
            judgement: ran.judgement,
            known: false,
            runs: 1,
            seed: ran.plan.seed,
            varied: ran.plan.varied.clone(),
            events: outcome.events,
            sentence,
            panicked_at: ran.panicked_at.clone(),
        })
    }

    /// What the files of the group are called, without an ending: no two groups share it.
    #[must_use]
    pub fn stem(&self) -> String {
        format!("{}+{}", plain(&self.scenario), plain(&self.signature))
    }

    /// Whether it is bad news: not expected, and not known before.
    #[must_use]
    pub fn is_news(&self) -> bool {
        self.judgement != Judgement::AsExpected && !self.known
    }

    fn is_shorter_than(&self, other: &Finding) -> bool {
        let length = |finding: &Finding| (finding.events, finding.seed, finding.varied.clone());
        length(self) < length(other)
    }
}

/// A name as a part of the name of a file: a slash becomes a dot, a space an underscore, and what
/// is neither letter, digit nor hyphen the code of its bytes.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for byte in name.bytes() {
        match byte {
            b'/' => plain.push('.'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => plain.push(char::from(byte)),
            b' ' => plain.push('_'),
            _ => plain.push_str(&format!("~{byte:02x}")),
        }
    }
    plain
}

/// What the user calls the scenario of the group whose files have this stem.
#[must_use]
pub fn scenario_of(stem: &str) -> Option<String> {
    let mut bytes = stem.split_once('+')?.0.bytes();
    let mut name = Vec::new();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'.' => b'/',
            b'_' => b' ',
            b'~' => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                let code = 16 * digit(bytes.next()?)? + digit(bytes.next()?)?;
                u8::try_from(code).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(name).ok()
}

/// All groups of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    groups: BTreeMap<(String, String), Finding>,
    known: BTreeSet<(String, String)>,
}

impl Findings {
    /// No group yet; those of these scenarios and signatures are known.
    #[must_use]
    pub fn beside(known: BTreeSet<(String, String)>) -> Findings {
        Findings { groups: BTreeMap::new(), known }
    }

    /// Adds a group, or to one. The group as it is now, if its run is a new or a shorter one.
    pub fn add(&mut self, finding: Finding) -> Option<&Finding> {
        let key = (finding.scenario.clone(), finding.signature.clone());
        let known = finding.known || self.known.contains(&key);
        let runs = self.groups.get(&key).map_or(0, |group| group.runs);
        let shorter = self.groups.get(&key).is_none_or(|group| finding.is_shorter_than(group));
        let sum = runs + finding.runs;
        let group = self.groups.entry(key).or_insert_with(|| finding.clone());
        if shorter {
            *group = finding;
        }
        (group.runs, group.known) = (sum, known);
        shorter.then_some(group)
    }

    /// Groups that are bad news.
    #[must_use]
    pub fn news(&self) -> u64 {
        self.groups.values().filter(|group| group.is_news()).count() as u64
    }

    /// The groups, worst first: broken promises before what could not be judged, what is known or
    /// expected last; of those that are alike, the one that most runs showed.
    #[must_use]
    pub fn ranked(&self) -> Vec<Finding> {
        let mut ranked: Vec<Finding> = self.groups.values().cloned().collect();
        let rank = |finding: &Finding| {
            let kind = match finding.judgement {
                Judgement::Violated | Judgement::Otherwise => 0,
                Judgement::Undecided | Judgement::OutOfSteps => 1,
                Judgement::AsExpected | Judgement::Passed | Judgement::NotCome => 2,
            };
            (finding.known, kind, Reverse(finding.runs), finding.events)
        };
        ranked.sort_by_key(rank);
        ranked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(signature: &str, seed: u64, events: u64) -> Finding {
        Finding {
            scenario: "a/b".to_string(),
            signature: signature.to_string(),
            judgement: Judgement::Violated,
            known: false,
            runs: 1,
            seed,
            varied: Vec::new(),
            events,
            sentence: String::new(),
            panicked_at: None,
        }
    }

    #[test]
    fn a_group_keeps_its_shortest_run_in_whatever_order_they_come() {
        let runs = [(7, 50), (3, 40), (9, 40), (1, 90)];
        for turn in 0..runs.len() {
            let mut findings = Findings::default();
            for (seed, events) in runs.iter().cycle().skip(turn).take(runs.len()) {
                findings.add(finding("p/r", *seed, *events));
            }
            let [group] = findings.ranked().try_into().expect("one group");
            assert_eq!((group.runs, group.seed, group.events), (4, 3, 40));
        }
    }

    #[test]
    fn only_a_new_or_a_shorter_run_is_to_be_kept() {
        let mut findings = Findings::default();
        assert!(findings.add(finding("p/r", 1, 10)).is_some());
        assert!(findings.add(finding("p/r", 2, 11)).is_none());
        assert!(findings.add(finding("p/r", 0, 10)).is_some());
    }

    #[test]
    fn what_is_known_is_no_news() {
        let known = BTreeSet::from([("a/b".to_string(), "p/r".to_string())]);
        let mut findings = Findings::beside(known);
        findings.add(finding("p/r", 1, 10));
        assert_eq!(findings.news(), 0);
        findings.add(finding("p/s", 1, 10));
        assert_eq!(findings.news(), 1);
        assert_eq!(findings.ranked()[0].signature, "p/s");
    }

    #[test]
    fn no_two_groups_share_a_file() {
        let stem = |scenario: &str, signature: &str| {
            Finding { scenario: scenario.to_string(), ..finding(signature, 1, 1) }.stem()
        };
        assert_eq!(stem("raft/cut", "linearizable/stale-read"), "raft.cut+linearizable.stale-read");
        assert_eq!(stem("./a b.toml", "out of steps"), "~2e.a_b~2etoml+out_of_steps");
        assert_ne!(stem("a.b", "c"), stem("a/b", "c"));
        for name in ["raft/cut", "./a b.toml", "ü/~x+y"] {
            assert_eq!(scenario_of(&stem(name, "p/r")).as_deref(), Some(name));
        }
        assert_eq!(scenario_of("summary"), None);
    }
}
