//! Faults as data: what the storm does, when, to whom and for how long.
//!
//! The invariant: a [`Fault`] in a plan has a name, exactly one kind and at most one start. The
//! kinds are listed once, below: the keys, the schema and the dispatch follow from that list.

mod chance;
mod clock;
mod disk;
mod links;
mod membership;
mod partition;
mod process;
mod target;
mod trigger;

pub use chance::Chance;
pub use clock::{Clock, Strobe};
pub use disk::{Disk, Stall};
pub use links::{Clog, Degrade, Ends, Hold, Lag};
pub use membership::{Join, Membership};
pub use partition::{ClientSide, Partition, Shape};
pub use process::{Crash, Pause, Restart, Slow, Unsynced, Wipe};
pub use target::Target;
pub use trigger::{Point, TOLD, Trigger};

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
            /// With `at`: of what happens at that instant, this event comes first. Pinning writes
            /// it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub past: Option<u64>,
            /// It begins before this disk effect or send of the one named node, counted from 1
            /// since the run began.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub step: Option<u64>,
            /// It begins after this disk effect or send, before anything else is done.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub after_step: Option<u64>,
            /// With `step` or `after_step`: whose steps are counted; absent: of whom it strikes.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub of: Option<String>,
            /// It begins when the handler of the event with this number has returned, before what
            /// it said is done. Pinning writes it.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub handler: Option<u64>,
            /// It begins when a node does this.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub when: Option<Trigger>,
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
    /// Makes links worse for a while.
    degrade: Degrade,
    /// Makes messages take longer: a delay spike.
    lag: Lag,
    /// Keeps messages from setting out until it ends.
    clog: Clog,
    /// Keeps messages at the end of their link, and releases them in a burst when it ends.
    hold: Hold,
    /// Stops nodes and empties their disks.
    wipe: Wipe,
    /// Stops nodes in good order, and starts them with another configuration; over when all run.
    restart: Restart,
    /// Makes nodes slow.
    slow: Slow,
    /// Lets disks fail, forget, mix up, fill up or tarry.
    disk: Disk,
    /// Lets clocks drift or jump.
    clock: Clock,
    /// Lets the protocol take fault points of its own.
    chance: Chance,
    /// Lets spares join: they boot, and stay.
    join: Join,
    /// Lets an operator ask for a change of the cluster; over when the change is done.
    membership: Membership,
}

impl FaultKind<'_> {
    /// Whether it strikes links, which its own table may name instead of `nodes`.
    #[must_use]
    pub fn is_of_links(&self) -> bool {
        match self {
            FaultKind::Degrade(_) | FaultKind::Lag(_) | FaultKind::Clog(_) | FaultKind::Hold(_) => {
                true
            }
            FaultKind::Partition(_)
            | FaultKind::Crash(_)
            | FaultKind::Pause(_)
            | FaultKind::Wipe(_)
            | FaultKind::Restart(_)
            | FaultKind::Slow(_)
            | FaultKind::Disk(_)
            | FaultKind::Chance(_)
            | FaultKind::Clock(_)
            | FaultKind::Join(_)
            | FaultKind::Membership(_) => false,
        }
    }
}

impl Fault {
    /// The name of a fault without one: its kind and its position in the list, from 1.
    #[must_use]
    pub fn default_name(kind: &str, index: usize) -> String {
        format!("{kind}-{}", index + 1)
    }

    /// Every word that names whom it strikes, in `nodes` or in its partition.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let partition = self.partition.iter().flat_map(Partition::words);
        let changed = self.membership.iter().flat_map(Membership::targets);
        let targets = self.nodes.iter().chain(changed).flat_map(Target::words);
        targets.chain(partition).chain(self.link_ends().words()).map(String::as_str)
    }

    /// The kind of a valid fault.
    ///
    /// # Panics
    /// If the fault has no kind; validation refuses such a fault.
    #[must_use]
    pub fn kind(&self) -> FaultKind<'_> {
        self.kinds().into_iter().next().expect("a valid fault has exactly one kind")
    }

    /// The links that the table of its kind names, if it is about links.
    #[must_use]
    pub fn link_ends(&self) -> Ends<'_> {
        let degrade = self.degrade.as_ref().map(Degrade::ends);
        let lag = self.lag.as_ref().map(Lag::ends);
        let clog = self.clog.as_ref().map(Clog::ends);
        let hold = self.hold.as_ref().map(Hold::ends);
        degrade.or(lag).or(clog).or(hold).unwrap_or_default()
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
            | FaultKind::Degrade(_)
            | FaultKind::Lag(_)
            | FaultKind::Clog(_)
            | FaultKind::Hold(_)
            | FaultKind::Slow(_)
            | FaultKind::Disk(_)
            | FaultKind::Chance(_)
            | FaultKind::Clock(_)
            | FaultKind::Membership(_) => self.lasts,
        }
    }

    /// Says how long it lasts.
    pub fn set_length(&mut self, length: Option<SpanRange>) {
        if let Some(crash) = &mut self.crash {
            crash.down = length;
        } else if let Some(wipe) = &mut self.wipe {
            wipe.down = length;
        } else if self.join.is_none() {
            self.lasts = length;
        }
    }

    /// Whose steps are counted, if its start is a step.
    #[must_use]
    pub fn counted(&self) -> Option<&str> {
        let own = self.nodes.as_ref().and_then(|target| target.words().first());
        self.of.as_ref().or(own).map(String::as_str)
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
