//! What a program offers: protocols by name, and scenarios with their text compiled in.
//!
//! The invariant: names are unique, and are kept in the order of the alphabet.

use squall_engine::protocol::Protocol;
use squall_engine::subject::{Of, Subject};
use std::collections::BTreeMap;

/// Protocols and scenarios by name.
#[derive(Default)]
pub struct Catalogue {
    protocols: BTreeMap<&'static str, Box<dyn Subject>>,
    scenarios: BTreeMap<&'static str, &'static str>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scenarios: Vec<&str> = self.scenarios.keys().copied().collect();
        let protocols: Vec<&str> = self.protocols.keys().copied().collect();
        f.debug_struct("Catalogue")
            .field("protocols", &protocols)
            .field("scenarios", &scenarios)
            .finish()
    }
}

impl Catalogue {
    /// An empty catalogue.
    #[must_use]
    pub fn new() -> Catalogue {
        Catalogue::default()
    }

    /// Adds a protocol.
    ///
    /// # Panics
    /// If there is one of that name already.
    #[must_use]
    pub fn protocol<P: Protocol>(mut self) -> Catalogue {
        let old = self.protocols.insert(P::NAME, Box::new(Of::<P>::new()));
        assert!(old.is_none(), "two protocols are called `{}`", P::NAME);
        self
    }

    /// Adds a scenario: its name, such as `raft/partition`, and the text of its file.
    ///
    /// # Panics
    /// If there is one of that name already.
    #[must_use]
    pub fn scenario(mut self, name: &'static str, text: &'static str) -> Catalogue {
        let old = self.scenarios.insert(name, text);
        assert!(old.is_none(), "two scenarios are called `{name}`");
        self
    }

    /// The protocol of that name.
    #[must_use]
    pub fn subject(&self, name: &str) -> Option<&dyn Subject> {
        self.protocols.get(name).map(Box::as_ref)
    }

    /// All protocols.
    pub fn subjects(&self) -> impl Iterator<Item = (&'static str, &dyn Subject)> {
        self.protocols.iter().map(|(name, subject)| (*name, subject.as_ref()))
    }

    /// The name and text of the scenario of that name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<(&'static str, &'static str)> {
        self.scenarios.get_key_value(name).map(|(name, text)| (*name, *text))
    }

    /// All scenarios: name and text.
    pub fn scenarios(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.scenarios.iter().map(|(name, text)| (*name, *text))
    }
}
