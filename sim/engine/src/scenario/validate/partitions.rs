//! Partitions: their groups, and which keys belong to which shape.

use super::Check;
use crate::network::GROUPS_MAX;
use crate::scenario::error::ScenarioError;
use crate::scenario::fault::{Partition, Shape};
use crate::scenario::target::Word;
use crate::scenario::tree::{Step, steps};
use crate::units::{Span, SpanRange};

const NO_ZONES: &str = "the cluster has no zones of which one could be cut off";

impl Check<'_> {
    pub(super) fn partition(
        &self,
        index: usize,
        partition: &Partition,
    ) -> Result<(), ScenarioError> {
        let cut = |key: &str| steps!["faults", index, "partition", key].to_vec();
        self.shape(index, partition)?;
        self.period(&cut("period"), partition.period)?;
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

    /// A phase takes time, since phases follow each other.
    fn period(&self, at: &[Step], period: Option<SpanRange>) -> Result<(), ScenarioError> {
        match period.filter(|period| period.low == Span::ZERO) {
            Some(_) => self.wrong(at, "a phase of 0s never lets time pass"),
            None => Ok(()),
        }
    }

    /// The shapes and periods of `chaos.partition`.
    pub(super) fn chaos_partition(&self) -> Result<(), ScenarioError> {
        let Some(chaos) = &self.scenario.chaos.partition else { return Ok(()) };
        let zone = chaos.shapes.iter().position(|shape| *shape == Shape::Zone);
        if let Some(index) = zone.filter(|_| self.roster.zones().is_empty()) {
            return self.wrong(&steps!["chaos", "partition", "shapes", index], NO_ZONES);
        }
        self.period(&steps!["chaos", "partition", "period"], chaos.period)
    }

    /// The keys that only some shapes have.
    fn shape(&self, index: usize, partition: &Partition) -> Result<(), ScenarioError> {
        let cut = |key: &str| steps!["faults", index, "partition", key].to_vec();
        let graph = partition.shape == Some(Shape::RandomGraph);
        let own =
            [("share", partition.share.is_some()), ("connected", partition.connected.is_some())];
        if let Some((key, _)) = own.into_iter().find(|(_, there)| *there && !graph) {
            let message = format!("only the shape `random-graph` has `{key}`");
            return self.wrong_key(&cut(key), message);
        }
        if partition.shape == Some(Shape::Zone) && self.roster.zones().is_empty() {
            return self.wrong(&steps!["faults", index, "partition"], NO_ZONES);
        }
        let Some(among) = &partition.among else { return Ok(()) };
        if !partition.shape.is_some_and(Shape::singles_out) {
            let message = "`among` is for shapes that single nodes out, such as `isolate-one`";
            return self.wrong_key(&cut("among"), message);
        }
        self.words(&cut("among"), among, index)
    }

    fn groups(
        &self,
        at: &[Step],
        groups: &[Vec<String>],
        index: usize,
    ) -> Result<(), ScenarioError> {
        if groups.len() > GROUPS_MAX {
            let message = format!("{} groups are more than {GROUPS_MAX}", groups.len());
            return self.wrong(at, message);
        }
        let mut others = false;
        for (number, group) in groups.iter().enumerate() {
            if group.is_empty() {
                return self
                    .wrong(&[at, &steps![number]].concat(), "an empty group cuts nobody off");
            }
            let mut seen = Vec::new();
            for (position, word) in group.iter().enumerate() {
                let at = [at, &steps![number, position]].concat();
                let meaning = self.word(&at, word, index)?;
                if seen.contains(&meaning) && !matches!(meaning, Word::Random(_)) {
                    return self.wrong(&at, format!("`{word}` is in the group twice"));
                }
                if others && meaning == Word::Others {
                    return self.wrong(&at, "`others` is in two groups, and so everywhere");
                }
                others |= meaning == Word::Others;
                seen.push(meaning);
            }
        }
        Ok(())
    }
}
