//! Scenario files: what they may say, and what is told about what they may not.

mod accepted;
mod kinds;
mod linked;
mod names;
mod options;
mod starts;
mod storms;
mod struck;
mod tables;
mod text;
mod values;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use squall_check::Kind;
use squall_engine::scenario::bound::Unit;
use squall_engine::scenario::facts::{Form, MeasureFact, PropertyFact};
use squall_engine::scenario::tables::Consistency;
use squall_engine::scenario::{Document, Facts, Scenario, ScenarioError, validate};
use squall_engine::units::{Span, SpanRange};

/// The least that a scenario says, six lines.
pub(crate) const LEAST: &str = "format = 1
[scenario]
protocol = \"raft\"
duration = \"30s\"
[cluster]
nodes = 5
";

/// A configuration such as a protocol has.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// How long a follower waits for its leader.
    election_timeout: SpanRange,
    /// How long a leader waits between two messages.
    heartbeat: Span,
    /// How many entries a message carries.
    batch: u32,
    /// A planted bug.
    bug: Option<Bug>,
    /// Tables nest.
    snapshot: Snapshot,
}

/// A planted bug.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Bug {
    /// One.
    VoteTwice,
    /// Another.
    SkipSync,
}

/// A table within the configuration.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Snapshot {
    /// After how many entries.
    every: u64,
}

/// Property tests draw the same cases on every machine.
pub(crate) fn fixed() -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(1);
    ProptestConfig { cases: 200, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

pub(crate) fn raft() -> Facts {
    let property = |name, form| PropertyFact { name, form, about: "" };
    let measure = |name, unit| MeasureFact { name, about: "", unit };
    Facts {
        protocol: "raft",
        membership: true,
        chances: vec!["lose-it"],
        roles: vec!["leader", "candidate", "follower"],
        properties: vec![
            property("election-safety", Form::Always),
            property("log-matching", Form::Always),
            property("all-applied", Form::Eventually),
            property("two-leaders", Form::Sometimes),
        ],
        marks: vec!["leader-change"],
        model: "kv",
        operations: ["read", "write", "cas"].map(|name| Kind { name, weight: 1 }).to_vec(),
        measures: vec![
            measure("goodput", Some(Unit::Rate)),
            measure("terms", Some(Unit::Number)),
            measure("free", None),
        ],
        consistencies: vec![Consistency::Linearizable],
        ..Facts::default()
    }
}

pub(crate) fn relay() -> Facts {
    Facts {
        protocol: "relay",
        membership: true,
        chances: vec!["lose-it"],
        kinds: vec!["proxy", "backend"],
        model: "register",
        operations: ["read", "write"].map(|name| Kind { name, weight: 1 }).to_vec(),
        consistencies: vec![Consistency::Linearizable],
        ..Facts::default()
    }
}

pub(crate) fn gossip() -> Facts {
    Facts { protocol: "gossip", ..Facts::default() }
}

/// Reads, types and validates a scenario, as everybody does who is about to run it.
pub(crate) fn load(document: &Document) -> Result<(Scenario, Config), ScenarioError> {
    let facts = match document.protocol()? {
        "relay" => relay(),
        "gossip" => gossip(),
        _ => raft(),
    };
    let config = document.config()?;
    let scenario = document.scenario()?;
    validate(document, &scenario, &facts)?;
    Ok((scenario, config))
}

pub(crate) fn loaded(text: &str) -> Scenario {
    let document = Document::parse("s.toml", text).expect("it is TOML");
    load(&document).unwrap_or_else(|error| panic!("{error}")).0
}

/// What is told about a whole file.
pub(crate) fn check_file(text: &str, want: &str) {
    let told = Document::parse("s.toml", text).and_then(|document| load(&document).map(|_| ()));
    let told = told.err().map_or("fine".to_string(), |error| error.to_string());
    assert!(!told.contains('\n'), "one line: {told}");
    assert_eq!(told, want, "of\n{text}");
}

/// What is told about `text` behind the six lines of [`LEAST`].
pub(crate) fn check(text: &str, want: &str) {
    check_file(&format!("{LEAST}{text}"), want);
}
