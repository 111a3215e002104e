//! The words of a target: what `nodes`, `isolate` and the groups of a partition may say.
//!
//! The invariant: a word has one meaning, found in a fixed order: fixed words, names, kinds,
//! zones, roles; zones never share a name with any of the others.

use super::roster::Roster;
use crate::ids::NodeId;

/// One word of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// `all`: every node.
    All,
    /// `others`: every node that no group names.
    Others,
    /// `spare`: the first node that is not in the cluster.
    Spare,
    /// `random 2`: that many nodes, drawn when the fault begins.
    Random(u32),
    /// `$old`: the nodes that an earlier fault bound.
    Bound(&'a str),
    /// `it`: who pulled the trigger.
    It,
    /// One node or client by name.
    Name(NodeId),
    /// Every node of a kind.
    Kind(&'a str),
    /// Every node of the zone with this number; in a cut its clients too.
    Zone(usize),
    /// The node that has this role when the fault begins.
    Role(&'a str),
}

impl<'a> Word<'a> {
    /// What `word` means; `None` if it means nothing in this cluster.
    #[must_use]
    pub fn parse(word: &'a str, roster: &Roster, roles: &[&str]) -> Option<Word<'a>> {
        if let Some(count) = word.strip_prefix("random ") {
            return count.trim().parse().ok().map(Word::Random);
        }
        if let Some(name) = word.strip_prefix('$') {
            return Some(Word::Bound(name));
        }
        match word {
            "all" => return Some(Word::All),
            "others" => return Some(Word::Others),
            "it" => return Some(Word::It),
            "spare" => return Some(Word::Spare),
            _ => {}
        }
        if let Some(id) = roster.find(word) {
            return Some(Word::Name(id));
        }
        if roster.members_of(word).is_some() {
            return Some(Word::Kind(word));
        }
        if let Some(zone) = roster.zones().iter().position(|zone| zone == word) {
            return Some(Word::Zone(zone));
        }
        roles.contains(&word).then_some(Word::Role(word))
    }
}
