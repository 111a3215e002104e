//! Faults as data: what the storm does, when, to whom and for how long.
//!
//! The invariant: a [`Fault`] in a plan has a name, exactly one kind and at most one start. The
//! kinds are listed once, below: the keys, the schema and the dispatch follow from that list.

mod clock;
mod membership;
mod partition;
mod process;
mod target;

pub use clock::{Clock, Strobe};
pub use membership::{Join, Membership};
pub use partition::{ClientSide, Partition, Shape};
pub use process::{Crash, Pause, Restart, Slow, Unsynced, Wipe};
pub use target::Target;

use super::tables::Scenario;
use crate::units::{Span, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! fault_kinds {
    ($($(#[$about:meta])* $key:ident: $Kind:ident,)+) => {
        /// One entry of `[[faults]]`: common keys, and exactly one kind.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct Fault {
            /// What `[vary]`, the run and the screen call it; absent: its kind and position
            /// (`crash-1`).
            pub name: String,
            /// When it begins.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub at: Option<SpanRange>,
            /// It begins before this disk effect or send of the one named node, counted from 1
            /// since the run began.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub step: Option<u64>,
            /// It begins when this fault ends.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub after: Option<String>,
            /// With `after`: how long after that end.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub delay: Option<SpanRange>,
            /// How long it lasts; absent: until the calm.
            #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
            pub lasts: Option<SpanRange>,
            /// Whom it strikes.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub nodes: Option<Target>,
            /// How long it waits for a node of the wanted role; absent: not at all.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub within: Option<Span>,
            /// Keeps the nodes that were chosen under this name, for later faults to use as
            /// `$name`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub bind: Option<String>,
            $(
                $(#[$about])*
                #[serde(skip_serializing_if = "Option::is_none")]
                #[schemars(extend("x-squall-kind" = true))]
                pub $key: Option<$Kind>,
            )+
        }

        /// The one kind of a fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum FaultKind<'a> {
            $($(#[$about])* $Kind(&'a $Kind),)+
        }

        impl FaultKind<'_> {
            /// The key that a scenario uses.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(FaultKind::$Kind(_) => stringify!($key),)+
                }
            }
        }

        impl Fault {
            /// The keys of all kinds, in the order of the fields.
            pub const KINDS: &'static [&'static str] = &[$(stringify!($key)),+];

            /// Every kind that the table names, in the order of its fields: one, if it is valid.
            #[must_use]
            pub fn kinds(&self) -> Vec<FaultKind<'_>> {
                [$(self.$key.as_ref().map(FaultKind::$Kind)),+].into_iter().flatten().collect()
            }
        }
    };
}

fault_kinds! {
    /// Cuts links between groups of participants.
    partition: Partition,
    /// Stops nodes; their memory is lost, of their unsynced writes the storm chooses.
    crash: Crash,
    /// Stops nodes for a while; they keep their memory, and clocks go on.
    pause: Pause,
    /// Stops nodes and empties their disks.
    wipe: Wipe,
    /// Stops nodes in good order, and starts them with another configuration; over when all run.
    restart: Restart,
    /// Makes nodes slow.
    slow: Slow,
    /// Lets clocks drift or jump.
    clock: Clock,
    /// Lets spares join: they boot, and stay.
    join: Join,
    /// Lets an operator ask for a change of the cluster; over when the change is done.
    membership: Membership,
}

impl Fault {
    /// The name of a fault without one: its kind and its position in the list, from 1.
    #[must_use]
    pub fn default_name(kind: &str, index: usize) -> String {
        format!("{kind}-{}", index + 1)
    }

    /// Every word that names whom it strikes, in `nodes` or in its partition.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let partition = self.partition.iter().flat_map(|partition| {
            let groups = partition.groups.iter().chain(&partition.one_way).flatten();
            partition.isolate.iter().flat_map(Target::words).chain(groups)
        });
        let changed = self.membership.iter().flat_map(Membership::targets);
        let targets = self.nodes.iter().chain(changed).flat_map(Target::words);
        targets.chain(partition).map(String::as_str)
    }

    /// The kind of a valid fault.
    ///
    /// # Panics
    /// If the fault has no kind; validation refuses such a fault.
    #[must_use]
    pub fn kind(&self) -> FaultKind<'_> {
        self.kinds().into_iter().next().expect("a valid fault has exactly one kind")
    }

    /// How long it lasts once it has begun; `None`: until the calm.
    #[must_use]
    pub fn length(&self) -> Option<SpanRange> {
        match self.kind() {
            FaultKind::Crash(crash) => crash.down,
            FaultKind::Wipe(wipe) => wipe.down,
            FaultKind::Join(_) => Some(SpanRange::default()),
            FaultKind::Restart(_) => None,
            FaultKind::Partition(_)
            | FaultKind::Pause(_)
            | FaultKind::Slow(_)
            | FaultKind::Clock(_)
            | FaultKind::Membership(_) => self.lasts,
        }
    }

    /// Whether it ends by itself before the calm.
    #[must_use]
    pub fn ends(&self) -> bool {
        let by_itself = matches!(self.kind(), FaultKind::Membership(_) | FaultKind::Restart(_));
        by_itself || self.length().is_some()
    }
}

/// Gives each fault without a name its kind and position (`crash-1`). A fault without a kind is
/// called `fault-1`; validation refuses it.
pub fn name_faults(scenario: &mut Scenario) {
    for (index, fault) in scenario.faults.iter_mut().enumerate() {
        if fault.name.is_empty() {
            let kind = fault.kinds().first().map_or("fault", FaultKind::name);
            fault.name = Fault::default_name(kind, index);
        }
    }
}
