//! The promise about state machines.
//!
//! The invariant: two servers that have applied as much have applied the same and are in the same
//! state, whether by entries or by a snapshot.

use super::{Cluster, PerNode, Verdict, rested};
use crate::raft::log::{Entry, Index};
use crate::raft::replica::Replica;
use squall::prelude::*;
use std::collections::BTreeMap;

/// What was applied at each index and the state that it left, first by whom, and how far each
/// server has got.
#[derive(Default)]
pub(super) struct Machines {
    applied: Vec<(Entry, NodeId)>,
    states: BTreeMap<Index, (u64, NodeId)>,
    seen: PerNode<Index>,
}

impl Machines {
    pub(super) fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        if let Moment::Down(id) = moment {
            *self.seen.of(id) = Index::ZERO;
        }
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        let seen = std::mem::replace(self.seen.of(id), replica.applied());
        if replica.applied() <= seen {
            return Ok(());
        }
        self.entries(world, (id, replica), seen)?;
        self.state(world, (id, replica))
    }

    /// The entries that a server has applied since it had applied `seen`, as far as its log still
    /// has them.
    fn entries(
        &mut self,
        world: Cluster<'_>,
        (id, replica): (NodeId, &Replica),
        seen: Index,
    ) -> Verdict {
        let mut index = seen.max(replica.log().base().index);
        let new = replica.applied().count().saturating_sub(index.count());
        for entry in replica.log().from(index.next(), new) {
            index = index.next();
            let place = index.previous().count() as usize;
            if place == self.applied.len() {
                self.applied.push((*entry, id));
            }
            let Some((first, by)) = self.applied.get(place) else { continue };
            if first != entry {
                let (one, other) = (world.name(*by), world.name(id));
                let sentence =
                    format!("at index {index} {one} applied {first:?}, {other} {entry:?}.");
                return Err(Breach::new("applied-differ", sentence));
            }
        }
        Ok(())
    }

    /// The state that a server has come to.
    fn state(&mut self, world: Cluster<'_>, (id, replica): (NodeId, &Replica)) -> Verdict {
        let (index, print) = (replica.applied(), replica.fingerprint());
        let (first, by) = *self.states.entry(index).or_insert((print, id));
        if first == print {
            return Ok(());
        }
        let (one, other) = (world.name(by), world.name(id));
        let sentence = format!(
            "{one} and {other} have both applied all entries to {index}, \
             yet their states differ.",
        );
        Err(Breach::new("states-differ", sentence))
    }
}
