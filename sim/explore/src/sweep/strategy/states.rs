//! The abstract states that a run goes through: what its nodes show at rest, without names and
//! numbers.
//!
//! The invariant: two clusters whose nodes show the same but for who they are, and for by how much
//! their numbers differ, are in the same state.

use squall_engine::digest::FixedHasher;
use squall_engine::event::Event;
use squall_engine::trace::{Reader, Scene};
use squall_engine::view::View;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// The most states that are kept of one run.
const STATES_MAX: usize = 10_000;

/// Reads a run and keeps its states.
#[derive(Default)]
pub(crate) struct States {
    views: Vec<Option<View>>,
    seen: BTreeSet<u64>,
}

impl States {
    /// The states, sorted.
    pub(crate) fn seen(self) -> Vec<u64> {
        self.seen.into_iter().collect()
    }
}

impl Reader for States {
    fn words(&self) -> bool {
        false
    }

    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        let Some(node) = event.place.filter(|place| !place.is_client()) else { return };
        if self.views.len() <= node.index() {
            self.views.resize(node.index() + 1, None);
        }
        let view = scene.view(node);
        // A node that is busy still shows what it showed; one that is down shows nothing.
        if view == self.views[node.index()] || self.seen.len() >= STATES_MAX {
            return;
        }
        self.views[node.index()] = view;
        self.seen.insert(abstracted(&self.views));
    }
}

/// Roles, and of each field where a node stands among the others that show it.
fn abstracted(views: &[Option<View>]) -> u64 {
    let mut nodes: Vec<u64> = views.iter().map(|view| one(view.as_ref(), views)).collect();
    nodes.sort();
    hashed(&nodes)
}

fn one(view: Option<&View>, views: &[Option<View>]) -> u64 {
    let Some(view) = view else { return 0 };
    let ranks: Vec<(&str, usize)> =
        view.fields().map(|(name, value)| (name, rank(name, value, views))).collect();
    hashed(&(view.shown_role(), ranks))
}

/// How many different values of a field stand below this one.
fn rank(name: &str, value: &str, views: &[Option<View>]) -> usize {
    let order = |value: &str| (value.parse::<f64>().map_or(u64::MAX, f64_order), value.to_string());
    let mine = order(value);
    let others = views.iter().flatten().flat_map(View::fields).filter(|(other, _)| *other == name);
    let below: BTreeSet<_> =
        others.map(|(_, value)| order(value)).filter(|other| *other < mine).collect();
    below.len()
}

/// Numbers that are not negative, in their order.
fn f64_order(number: f64) -> u64 {
    number.max(0.0).to_bits()
}

fn hashed(value: &impl Hash) -> u64 {
    let mut hasher = FixedHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(role: &'static str, term: u64) -> Option<View> {
        let mut view = View::default();
        view.role(role);
        view.field("term", term);
        Some(view)
    }

    #[test]
    fn names_and_distances_do_not_count() {
        let one = [view("leader", 3), view("follower", 3), view("follower", 2)];
        let other = [view("follower", 7), view("follower", 11), view("leader", 11)];
        assert_eq!(abstracted(&one), abstracted(&other));
    }

    #[test]
    fn roles_order_and_who_is_down_count() {
        let one = [view("leader", 3), view("follower", 3)];
        for other in [
            [view("leader", 3), view("leader", 3)],
            [view("leader", 3), view("follower", 4)],
            [view("leader", 3), None],
        ] {
            assert_ne!(abstracted(&one), abstracted(&other), "{other:?}");
        }
    }
}
