//! The promises of Raft over all servers.
//!
//! The invariant: a monitor looks only at what is new since it last looked at a server; nothing
//! here costs the length of a log per event.

mod entries;
mod states;

use super::Raft;
use super::log::{Index, Term};
use super::replica::Replica;
use entries::{Disks, Leaders, Logs};
use squall::prelude::*;
use states::Machines;
use std::collections::BTreeMap;

type Verdict = Result<(), Breach>;
type Cluster<'a> = &'a dyn World<Raft>;

/// All properties of Raft.
pub(super) fn properties() -> Properties<Raft> {
    let (mut elections, mut logs) = (Elections::default(), Logs::default());
    let (mut leaders, mut machines) = (Leaders::default(), Machines::default());
    let (mut terms, mut commits) = (Terms::default(), Commits::default());
    let (mut disks, mut changes, mut calm) =
        (Disks::default(), Changes::default(), Calm::default());
    Properties::none()
        .always(
            "election-safety",
            "At most one leader is elected in a term (dissertation figure 3.2, §3.4).",
            move |world, moment| elections.watch(world, moment),
        )
        .always(
            "log-matching",
            "Entries of equal index and term are equal and follow equals (figure 3.2, §3.5).",
            move |world, moment| logs.watch(world, moment),
        )
        .always(
            "leader-completeness",
            "A committed entry is in the log of every later leader (figure 3.2, §3.6).",
            move |world, moment| leaders.watch(world, moment),
        )
        .always(
            "state-machine-safety",
            "No two servers apply different entries at one index, nor come to different states \
             by equal entries (figure 3.2, §3.6.3).",
            move |world, moment| machines.watch(world, moment),
        )
        .always(
            "monotonic-term",
            "A server's term never decreases, not even over a restart (§3.3, §3.8).",
            move |world, moment| terms.watch(world, moment),
        )
        .always(
            "monotonic-commit",
            "Between two boots a server's commit index never decreases (figure 3.1).",
            move |world, moment| commits.watch(world, moment),
        )
        .always(
            "durable-on-majority",
            "Whatever a crash takes, committed entries are on a majority of disks (§3.8).",
            move |world, moment| disks.watch(world, moment),
        )
        .sometimes(
            "leader-change",
            "A term has another leader than the one before it.",
            move |world, moment| changes.watch(world, moment),
        )
        .eventually(
            "all-applied",
            "Every server that is up applies what any server had applied (§3.6.3).",
            move |world, moment| calm.watch(world, moment),
        )
}

/// The server that has just come to rest.
fn rested<'a>(world: Cluster<'a>, moment: Moment) -> Option<(NodeId, &'a Replica)> {
    match moment {
        Moment::Rest(id) => world.node(id).map(|replica| (id, replica)),
        Moment::Mark(..) | Moment::Down(_) => None,
    }
}

/// Something remembered for each server.
#[derive(Default)]
struct PerNode<T>(Vec<T>);

impl<T: Default> PerNode<T> {
    fn of(&mut self, id: NodeId) -> &mut T {
        if self.0.len() <= id.index() {
            self.0.resize_with(id.index() + 1, T::default);
        }
        &mut self.0[id.index()]
    }
}

/// Who led which term.
#[derive(Default)]
struct Elections {
    leaders: BTreeMap<Term, NodeId>,
}

impl Elections {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        if !replica.is_leader() {
            return Ok(());
        }
        let term = replica.term();
        let first = *self.leaders.entry(term).or_insert(id);
        if first == id {
            return Ok(());
        }
        let (first, second) = (world.name(first), world.name(id));
        Err(Breach::new("two-leaders", format!("{first} and {second} both led term {term}.")))
    }
}

/// The highest term of each server.
#[derive(Default)]
struct Terms(PerNode<Term>);

impl Terms {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        let term = replica.term();
        let before = std::mem::replace(self.0.of(id), term);
        if term >= before {
            return Ok(());
        }
        let sentence = format!("{} went from term {before} back to term {term}.", world.name(id));
        Err(Breach::new("term-went-back", sentence))
    }
}

/// The commit index of each server since its boot.
#[derive(Default)]
struct Commits(PerNode<Index>);

impl Commits {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> Verdict {
        if let Moment::Down(id) = moment {
            *self.0.of(id) = Index::ZERO;
        }
        let Some((id, replica)) = rested(world, moment) else { return Ok(()) };
        let commit = replica.commit();
        let before = std::mem::replace(self.0.of(id), commit);
        if commit >= before {
            return Ok(());
        }
        let (name, term) = (world.name(id), replica.term());
        let sentence =
            format!("{name}'s commit index went from {before} back to {commit} in term {term}.");
        Err(Breach::new("commit-went-back", sentence))
    }
}

/// The leader of the latest term.
#[derive(Default)]
struct Changes(Option<(Term, NodeId)>);

impl Changes {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> bool {
        let Some((id, replica)) = rested(world, moment) else { return false };
        let term = replica.term();
        if !replica.is_leader() || self.0.is_some_and(|(latest, _)| latest >= term) {
            return false;
        }
        self.0.replace((term, id)).is_some_and(|(_, before)| before != id)
    }
}

/// Who is in the cluster, by the server that knows most of what is committed.
#[derive(Default)]
struct Members {
    commit: Index,
    nodes: Vec<NodeId>,
    /// Who is in it by a change that is not committed yet: leaders count by that already (§4.1).
    next: Vec<NodeId>,
}

impl Members {
    /// Looks at a server. Whether the members are others now.
    fn learn(&mut self, replica: &Replica) -> bool {
        if replica.commit() < self.commit || self.knows(replica) {
            return false;
        }
        self.commit = replica.commit();
        self.next = replica.latest_members().to_vec();
        let nodes = replica.members();
        std::mem::replace(&mut self.nodes, nodes) != self.nodes
    }

    fn knows(&self, replica: &Replica) -> bool {
        replica.commit() == self.commit && replica.latest_members() == self.next
    }
}

/// How far each member has got to what was applied anywhere a moment ago. Once all that are up
/// have, the goal is set anew: under load no two of them need ever be equal.
#[derive(Default)]
struct Calm {
    members: Members,
    goal: Index,
    furthest: Index,
    /// What each server that is up has applied.
    applied: PerNode<Option<Index>>,
    /// How many members among these have not reached the goal.
    behind: usize,
}

impl Calm {
    fn watch(&mut self, world: Cluster<'_>, moment: Moment) -> bool {
        let (id, replica) = match moment {
            Moment::Rest(id) => (id, world.node(id)),
            Moment::Down(id) => (id, None),
            Moment::Mark(..) => return false,
        };
        if replica.is_some_and(|replica| self.members.learn(replica)) {
            self.behind = self.count_behind();
        }
        let now = replica.map(Replica::applied);
        let before = std::mem::replace(self.applied.of(id), now);
        self.furthest = self.furthest.max(now.unwrap_or_default());
        let member = self.members.nodes.contains(&id);
        let lags = |applied: &Option<Index>| member && applied.is_some_and(|at| at < self.goal);
        self.behind = self.behind + usize::from(lags(&now)) - usize::from(lags(&before));
        if self.behind > 0 {
            return false;
        }
        if self.goal < self.furthest {
            self.goal = self.furthest;
            self.behind = self.count_behind();
        }
        true
    }

    fn count_behind(&self) -> usize {
        let applied = |id: &NodeId| self.applied.0.get(id.index()).copied().flatten();
        let up = self.members.nodes.iter().filter_map(applied);
        up.filter(|at| *at < self.goal).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raft::Config;

    /// A cluster of one server that is at rest.
    struct Alone(Replica);

    impl World<Raft> for Alone {
        fn time(&self) -> Time {
            Time::ZERO
        }
        fn config(&self) -> &Config {
            &self.0.config
        }
        fn size(&self) -> u32 {
            1
        }
        fn name(&self, node: NodeId) -> String {
            node.to_string()
        }
        fn node(&self, _: NodeId) -> Option<&Replica> {
            Some(&self.0)
        }
        fn is_up(&self, _: NodeId) -> bool {
            true
        }
        fn disk(&self, _: NodeId) -> &Disk {
            unreachable!("this monitor looks at no disk")
        }
    }

    #[test]
    fn a_commit_index_may_go_back_over_a_restart_alone() {
        let id = NodeId::node(0);
        let mut world = Alone(Replica::alone(id));
        let mut commits = Commits::default();
        world.0.commit = Index::ZERO + 7;
        assert_eq!(commits.watch(&world, Moment::Rest(id)), Ok(()));
        assert_eq!(commits.watch(&world, Moment::Down(id)), Ok(()));
        world.0.commit = Index::ZERO + 5;
        assert_eq!(commits.watch(&world, Moment::Rest(id)), Ok(()));
        world.0.commit = Index::ZERO + 4;
        let breach = commits.watch(&world, Moment::Rest(id)).expect_err("it went back");
        assert_eq!(breach.reason, "commit-went-back");
        assert_eq!(breach.sentence, "n1's commit index went from 5 back to 4 in term 0.");
    }
}
