//! What a protocol tells about itself: the names that a scenario may use.
//!
//! The invariant: plain data, so that a scenario can be checked without a node being made.

use super::bound::Unit;
use super::tables::Consistency;
pub use crate::monitor::Form;
use squall_check::Kind;

/// The names that a scenario for one protocol may use.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The name of the protocol.
    pub protocol: &'static str,
    /// Its kinds of nodes, in the order in which their nodes are numbered; empty: one kind.
    pub kinds: Vec<&'static str>,
    /// The roles that its nodes report in their views.
    pub roles: Vec<&'static str>,
    /// The properties that it has beside those of [`Facts::built_in`].
    pub properties: Vec<PropertyFact>,
    /// Whether an operator may change who is in the cluster.
    pub membership: bool,
    /// The marks that it declares, for `checks.sometimes`.
    pub marks: Vec<&'static str>,
    /// The name of the model that its clients' history is judged by; empty: it has no clients.
    pub model: &'static str,
    /// The kinds of operation of that model.
    pub operations: Vec<Kind>,
    /// The measures that it reports beside `latency`.
    pub measures: Vec<MeasureFact>,
    /// The consistencies that its model can be judged by, its default first.
    pub consistencies: Vec<Consistency>,
}

/// A property of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyFact {
    /// What scenarios and verdicts call it.
    pub name: &'static str,
    /// When it must hold.
    pub form: Form,
    /// What it says, in one sentence.
    pub about: &'static str,
}

impl Form {
    /// The key of `[checks]` that lists such properties.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Form::Always => "always",
            Form::Sometimes => "sometimes",
            Form::Eventually => "eventually",
        }
    }
}

/// A measure that a protocol reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureFact {
    /// What scenarios and summaries call it.
    pub name: &'static str,
    /// What it counts or measures, in one sentence.
    pub about: &'static str,
    /// What its bounds are written in; `None`: whatever their author writes.
    pub unit: Option<Unit>,
}

/// The property that the clients' history has the wanted consistency.
pub const LINEARIZABLE: PropertyFact = PropertyFact {
    name: "linearizable",
    form: Form::Always,
    about: "every operation takes effect at one instant between its call and its return",
};

/// The property that no handler panics.
pub const PANIC: PropertyFact =
    PropertyFact { name: "panic", form: Form::Always, about: "no handler panics" };

/// The property that operations are answered in the calm, which `progress_within` asks for.
pub const PROGRESS: PropertyFact = PropertyFact {
    name: "progress",
    form: Form::Always,
    about: "in the calm every operation is answered within `progress_within`",
};

/// The measure that every protocol with clients has.
pub const LATENCY: MeasureFact = MeasureFact {
    name: "latency",
    about: "how long completed operations took, from call to return",
    unit: Some(Unit::Span),
};

impl Facts {
    /// The properties that are judged without being named in `[checks]`, under the names that
    /// `expect` may use.
    #[must_use]
    pub fn built_in(&self) -> Vec<PropertyFact> {
        let judged = self.consistencies.contains(&Consistency::Linearizable);
        let progress = (!self.operations.is_empty()).then_some(PROGRESS);
        judged.then_some(LINEARIZABLE).into_iter().chain(progress).chain([PANIC]).collect()
    }

    /// All measures that a scenario may bound.
    #[must_use]
    pub fn all_measures(&self) -> Vec<MeasureFact> {
        let latency = (!self.operations.is_empty()).then_some(LATENCY);
        latency.into_iter().chain(self.measures.iter().cloned()).collect()
    }

    /// Whether nodes are called by kind and number rather than `n1`, `n2`, ….
    #[must_use]
    pub fn has_kinds(&self) -> bool {
        !self.kinds.is_empty()
    }
}
