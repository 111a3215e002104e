//! Faults of links as data: what becomes worse for a while, and on which links.
//!
//! The invariant: the links are those of `nodes`, in both directions, or those that the kind's own
//! table names.

use super::Target;
use crate::scenario::tables::{Bandwidth, Latency, Reordering};
use crate::units::{Ratio, SpanRange};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! on_links {
    ($(#[$about:meta])* $Kind:ident { $($(#[$said:meta])* $key:ident: $Type:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $Kind {
            /// The two ends, when both directions are meant; instead of `nodes`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub between: Option<Vec<Target>>,
            /// The senders, when one direction is meant; instead of `nodes`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub from: Option<Target>,
            /// The addressees, when one direction is meant; instead of `nodes`.
            #[serde(skip_serializing_if = "Option::is_none")]
            pub to: Option<Target>,
            $($(#[$said])* pub $key: $Type,)*
        }

        impl $Kind {
            /// Its links, where its own table names them.
            #[must_use]
            pub fn ends(&self) -> Ends<'_> {
                let between = self.between.as_deref();
                Ends { between, from: self.from.as_ref(), to: self.to.as_ref() }
            }
        }
    };
}

/// The links that a table names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends<'a> {
    /// Two ends, both directions.
    pub between: Option<&'a [Target]>,
    /// Senders, one direction.
    pub from: Option<&'a Target>,
    /// Addressees, one direction.
    pub to: Option<&'a Target>,
}

impl<'a> Ends<'a> {
    /// Whether the table names any.
    #[must_use]
    pub fn any(&self) -> bool {
        self.between.is_some() || self.from.is_some() || self.to.is_some()
    }

    /// Every word that names an end.
    pub fn words(self) -> impl Iterator<Item = &'a String> {
        let targets = self.between.into_iter().flatten().chain(self.from).chain(self.to);
        targets.flat_map(Target::words)
    }
}

on_links! {
    /// Links that are worse; what is not said stays as it was.
    Degrade {
        /// One-way latency.
        #[serde(skip_serializing_if = "Option::is_none")]
        latency: Option<Latency>,
        /// The share of messages lost.
        #[serde(skip_serializing_if = "Option::is_none")]
        loss: Option<Ratio>,
        /// The share of messages that arrive twice.
        #[serde(skip_serializing_if = "Option::is_none")]
        duplication: Option<Ratio>,
        /// Messages held back so that later ones overtake them.
        #[serde(skip_serializing_if = "Option::is_none")]
        reordering: Option<Reordering>,
        /// The share of messages corrupted.
        #[serde(skip_serializing_if = "Option::is_none")]
        corruption: Option<Ratio>,
        /// How much each of the links carries.
        #[serde(skip_serializing_if = "Option::is_none")]
        bandwidth: Option<Bandwidth>,
    }
}

impl Degrade {
    /// Whether it says nothing of what becomes worse.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Degrade { between, from, to, .. } = self.clone();
        *self == Degrade { between, from, to, ..Degrade::default() }
    }
}

on_links! {
    /// Messages that take longer.
    Lag {
        /// By how much, drawn for each message.
        by: SpanRange,
    }
}

on_links! {
    /// Links on which nothing sets out: each message begins its way when the fault ends.
    Clog {}
}

on_links! {
    /// Links at whose end messages are kept: they travel, and arrive in one burst when the fault
    /// ends, in the order in which they were sent.
    Hold {}
}
