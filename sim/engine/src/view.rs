//! What a node shows of its state to whoever looks: a role and named fields.
//!
//! The invariant: a view is made only when somebody asks, and making it changes nothing.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A node's state as it wants to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    role: Cow<'static, str>,
    fields: Vec<(Cow<'static, str>, String)>,
}

impl View {
    /// Says which role the node plays, such as `leader`.
    pub fn role(&mut self, role: &'static str) {
        self.role = Cow::Borrowed(role);
    }

    /// Shows one field under a name.
    pub fn field(&mut self, name: &'static str, value: impl fmt::Display) {
        self.fields.push((Cow::Borrowed(name), value.to_string()));
    }

    /// The role, or nothing.
    #[must_use]
    pub fn shown_role(&self) -> &str {
        &self.role
    }

    /// The fields in the order in which they were shown.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }

    /// The term or epoch that the view shows, or 0: of several nodes in a role, the one with the
    /// highest is meant.
    #[must_use]
    pub fn term(&self) -> u64 {
        let term = self.fields().find(|(name, _)| matches!(*name, "term" | "epoch"));
        term.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
    }
}
