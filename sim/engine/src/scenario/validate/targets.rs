//! The words of targets and groups.

use super::Check;
use crate::scenario::error::{ScenarioError, nearest};
use crate::scenario::fault::{Fault, Partition, Target};
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};

impl Check<'_> {
    /// The words of a fault's own target, `nodes`.
    pub(super) fn target(&self, index: usize, fault: &Fault) -> Result<(), ScenarioError> {
        let at = steps!["faults", index, "nodes"];
        let Some(target) = &fault.nodes else { return Ok(()) };
        self.words(&at, target, index)
    }

    fn takes_spares(&self, index: usize) -> bool {
        let fault = &self.scenario.faults[index];
        fault.join.is_some() || fault.membership.as_ref().is_some_and(|kind| kind.add.is_some())
    }

    /// The words of a target, none of which may be a client.
    pub(super) fn words(
        &self,
        at: &[Step],
        target: &Target,
        index: usize,
    ) -> Result<(), ScenarioError> {
        if target.words().is_empty() {
            return self.wrong(at, "an empty list names nobody");
        }
        for (position, word) in target.words().iter().enumerate() {
            let at = match target {
                Target::One(_) => at.to_vec(),
                Target::Many(_) => [at, &steps![position]].concat(),
            };
            match self.word(&at, word, index)? {
                Word::Name(id) if id.is_client() => {
                    self.wrong(&at, format!("`{word}` is a client; only nodes can be struck"))?;
                }
                Word::Others => self.wrong(&at, "`others` has a meaning only in a group")?,
                Word::Spare if !self.takes_spares(index) => {
                    self.wrong(&at, "`spare` has a meaning only where a node joins or is added")?;
                }

                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn partition(
        &self,
        index: usize,
        partition: &Partition,
    ) -> Result<(), ScenarioError> {
        let cut = |key: &str| steps!["faults", index, "partition", key].to_vec();
        if let Some(target) = &partition.isolate {
            return self.words(&cut("isolate"), target, index);
        }
        if !partition.one_way.is_empty() {
            if partition.one_way.len() != 2 {
                let found = partition.one_way.len();
                let message = format!("`one_way` has two groups, from and to; here are {found}");
                return self.wrong(&cut("one_way"), message);
            }
            return self.groups(&cut("one_way"), &partition.one_way, index);
        }
        if partition.shape.is_none() && partition.groups.len() < 2 {
            let message = "`groups` has at least two groups; `others` is every node not named";
            return self.wrong(&cut("groups"), message);
        }
        self.groups(&cut("groups"), &partition.groups, index)
    }

    fn groups(
        &self,
        at: &[Step],
        groups: &[Vec<String>],
        index: usize,
    ) -> Result<(), ScenarioError> {
        let mut seen = Vec::new();
        for (number, group) in groups.iter().enumerate() {
            if group.is_empty() {
                return self
                    .wrong(&[at, &steps![number]].concat(), "an empty group cuts nobody off");
            }
            for (position, word) in group.iter().enumerate() {
                let at = [at, &steps![number, position]].concat();
                let meaning = self.word(&at, word, index)?;
                if seen.contains(&meaning) && !matches!(meaning, Word::Random(_)) {
                    return self.wrong(&at, format!("`{word}` is in the groups twice"));
                }
                seen.push(meaning);
            }
        }
        Ok(())
    }

    /// What a word of the fault with this `index` means.
    fn word<'w>(
        &self,
        at: &[Step],
        word: &'w str,
        index: usize,
    ) -> Result<Word<'w>, ScenarioError> {
        let Some(meaning) = Word::parse(word, &self.roster, &self.facts.roles) else {
            return Err(self.unknown_word(at, word));
        };
        match meaning {
            Word::Random(0) => self.wrong(at, "`random 0` names nobody")?,
            Word::Random(count) if count > self.roster.node_count() => {
                let nodes = self.roster.node_count();
                self.wrong(at, format!("`random {count}` is more than the {nodes} nodes"))?;
            }
            Word::Bound(name) => {
                let faults = &self.scenario.faults[..index];
                let bound: Vec<&str> = faults.iter().filter_map(|f| f.bind.as_deref()).collect();
                if !bound.contains(&name) {
                    let message = format!("no fault before this one has `bind = \"{name}\"`");
                    self.unknown(at, message, name, &bound)?;
                }
            }
            _ => {}
        }
        Ok(meaning)
    }

    fn unknown_word(&self, at: &[Step], word: &str) -> ScenarioError {
        let roster = &self.roster;
        let stem = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let kinds: Vec<&str> =
            if self.facts.has_kinds() { roster.kinds().collect() } else { vec!["n"] };
        let nodes = roster.summary();
        if stem != word && kinds.contains(&stem) {
            let help = Some(format!("there are {nodes}"));
            let message = format!("no node is called `{word}`");
            return ScenarioError { help, ..self.document.error(at, message) };
        }
        if stem != word && stem == "c" {
            let clients = match roster.client_count() {
                0 => "there are none".to_string(),
                1 => "there is c1".to_string(),
                count => format!("there are c1..c{count}"),
            };
            let message = format!("no client is called `{word}`");
            return ScenarioError { help: Some(clients), ..self.document.error(at, message) };
        }
        let roles = &self.facts.roles;
        let fixed = ["all", "random 2"];
        let known = roles.iter().chain(&self.facts.kinds).chain(&fixed).copied();
        let message = format!("no node, kind or role is called `{word}`");
        let help = match nearest(word, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if roles.is_empty() => format!("expected {nodes}, `all` or `random N`"),
            None => format!("expected {nodes}, {}, `all` or `random N`", roles.join(", ")),
        };
        ScenarioError { help: Some(help), ..self.document.error(at, message) }
    }

    /// The words of a fault, wherever it has them.
    pub(super) fn all_words<'f>(&self, fault: &'f Fault) -> Vec<Word<'f>> {
        let meaning = |word: &'f str| Word::parse(word, &self.roster, &self.facts.roles);
        fault.words().filter_map(meaning).collect()
    }
}
