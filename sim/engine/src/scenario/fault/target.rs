//! Whom a fault strikes, in words.
//!
//! The invariant: what the words mean is settled when the fault begins.

use serde::Serialize;

/// Whom a fault strikes: a name, a kind, a role, `random 2`, `all`, `$bound`, or a list of names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Target {
    /// One word: a node, a kind, a role, `all`, `random N` or `$bound`.
    One(String),
    /// Several such words.
    Many(Vec<String>),
}

impl Target {
    /// The words of the target.
    #[must_use]
    pub fn words(&self) -> &[String] {
        match self {
            Target::One(word) => std::slice::from_ref(word),
            Target::Many(words) => words,
        }
    }
}
