//! Identifiers and instants: who, which event, when, and by whose clock.
//!
//! The invariant: true time, a node's own clock and its wall clock are different types; only a
//! clock turns one into another.

use crate::units::Span;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};

/// A participant: a node (`n1`, `n2`, …, counted over all kinds) or a client (`c1`, `c2`, …).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(u32);

const CLIENT: u32 = 1 << 31;

impl NodeId {
    /// The node with this index, from 0: `n1` has index 0.
    #[must_use]
    pub const fn node(index: u32) -> NodeId {
        NodeId(index)
    }

    /// The client with this index, from 0: `c1` has index 0.
    #[must_use]
    pub const fn client(index: u32) -> NodeId {
        NodeId(index | CLIENT)
    }

    /// Whether this is a client.
    #[must_use]
    pub const fn is_client(self) -> bool {
        self.0 & CLIENT != 0
    }

    /// The index among nodes, or among clients, from 0.
    #[must_use]
    pub const fn index(self) -> usize {
        (self.0 & !CLIENT) as usize
    }

    /// The number as stored: nodes by index, clients with the top bit set.
    #[must_use]
    pub const fn raw(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = if self.is_client() { 'c' } else { 'n' };
        f.pad(&format!("{letter}{}", self.index() + 1))
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The number of an event in its run, from 1, printed `#412`; 0 stands for the run's beginning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct EventId(pub u64);

impl EventId {
    /// The beginning of the run, the cause of what has no other.
    pub const BEGINNING: EventId = EventId(0);
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("#{}", self.0))
    }
}

macro_rules! instant {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize)]
        pub struct $name(u64);

        impl $name {
            /// Zero on this clock.
            pub const ZERO: $name = $name(0);
            /// The last instant there is.
            pub const MAX: $name = $name(u64::MAX);

            /// The instant `nanos` nanoseconds after zero.
            #[must_use]
            pub const fn from_nanos(nanos: u64) -> $name {
                $name(nanos)
            }

            /// Nanoseconds since zero.
            #[must_use]
            pub const fn as_nanos(self) -> u64 {
                self.0
            }

            /// The span since `earlier`, or zero if that is later.
            #[must_use]
            pub const fn since(self, earlier: $name) -> Span {
                Span::nanos(self.0.saturating_sub(earlier.0))
            }
        }

        impl Add<Span> for $name {
            type Output = $name;
            fn add(self, span: Span) -> $name {
                $name(self.0.saturating_add(span.as_nanos()))
            }
        }

        impl Sub<$name> for $name {
            type Output = Span;
            fn sub(self, earlier: $name) -> Span {
                self.since(earlier)
            }
        }

        impl fmt::Display for $name {
            /// Milliseconds with microseconds as decimals, `820.050`.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let micros = self.0 / 1_000;
                f.pad(&format!("{}.{:03}", micros / 1_000, micros % 1_000))
            }
        }
    };
}

instant! {
    /// An instant of true simulated time, in nanoseconds since the run began. No node sees it.
    Time
}

instant! {
    /// An instant by a node's monotonic clock: it drifts, never goes back and survives a crash.
    LocalTime
}

instant! {
    /// An instant by a node's wall clock: it has an offset, drifts, and may jump.
    WallTime
}
