//! Repros: a plan in a file with the violation that it showed, to be run again by anybody, after
//! any change.
//!
//! The invariant: the plan says everything that decides the run; what else a repro holds says
//! where it came from and how to tell that a run of it is no longer the one that was written.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::run::Ending;
use squall_engine::subject::{PlanError, Report};
use squall_engine::trace::{Reader, Scene};
use std::fmt::Write;

/// The version of the format of repros.
pub const REPRO_VERSION: u32 = 2;

/// A plan and the violation that it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repro {
    /// [`REPRO_VERSION`].
    pub version: u32,
    /// The version of squall that wrote it.
    pub squall: String,
    /// The property that was violated and its reason code; absent if all held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// What was wrong, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// The digest of the run; absent: nobody has written down how it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What is decided; a run is a function of this and the protocol.
    pub plan: Plan,
    /// The scenario and seed that the plan was drawn from.
    pub origin: Origin,
    /// The digests on the way, by which a run that differs is told where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Trail>,
}

/// Where a plan came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The name of the scenario, or its file.
    pub scenario: String,
    /// The seed, in decimal.
    pub seed: String,
    /// What the command line set in the scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// The full text of the scenario; absent: what is drawn anew is drawn as the plan says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// The digests of a run after each of its events, or after every so many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trail {
    /// After how many events each.
    pub every: u64,
    /// The last four hexadecimal digits of each, one after another.
    pub digests: String,
}

/// The most digests that a trail holds.
const TRAIL_MAX: usize = 4_096;
/// How many digits of each digest.
const DIGITS: usize = 4;

/// Where a run first differs from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// At this event.
    At(u64),
    /// At one of these: the first is after the first number, and none comes after the second.
    Within(u64, u64),
}

/// Reads the trail of a run.
#[derive(Debug, Default)]
pub struct TrailReader {
    digests: Vec<u16>,
}

impl TrailReader {
    /// The trail.
    #[must_use]
    pub fn trail(&self) -> Trail {
        let every = self.digests.len().div_ceil(TRAIL_MAX).max(1).next_power_of_two();
        let mut digests = String::new();
        for digest in self.digests.iter().skip(every - 1).step_by(every) {
            write!(digests, "{digest:04x}").expect("writing to a string succeeds");
        }
        Trail { every: every as u64, digests }
    }

    /// Where the run that was read first differs from that of a trail, if it does as far as the
    /// trail goes.
    #[must_use]
    pub fn parting(&self, trail: &Trail) -> Option<Parting> {
        let every = trail.every.max(1);
        let written = trail.digests.as_bytes().chunks(DIGITS);
        let count = written.len();
        for (index, digits) in written.enumerate() {
            let event = (index as u64 + 1) * every;
            let here = self.digests.get(event as usize - 1);
            if here.map(|digest| format!("{digest:04x}").into_bytes()).as_deref() != Some(digits) {
                return Some(match every {
                    1 => Parting::At(event),
                    _ => Parting::Within(event - every, event),
                });
            }
        }
        let beyond = count as u64 * every;
        let more = self.digests.len() as u64;
        (more > beyond).then(|| match every {
            1 => Parting::At(beyond + 1),
            _ => Parting::Within(beyond, more),
        })
    }
}

impl Reader for TrailReader {
    fn event(&mut self, _: &Event, scene: &dyn Scene) {
        self.digests.push(scene.digest().0 as u16);
    }
}

/// A file is no repro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReproError(pub String);

impl std::fmt::Display for ReproError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReproError {}

impl Repro {
    /// Runs a plan and writes down what came of it; `run` runs a plan while a reader reads on.
    ///
    /// # Errors
    /// The plan is not one of the protocol. Nothing was run.
    pub fn record(
        plan: Plan,
        origin: Origin,
        run: &mut dyn FnMut(&Plan, &mut dyn Reader) -> Result<Report, PlanError>,
    ) -> Result<Repro, PlanError> {
        let mut reader = TrailReader::default();
        let report = run(&plan, &mut reader)?;
        let violation = match report.outcome.ending {
            Ending::Violated(violation) => Some(violation),
            Ending::Passed | Ending::Undecided(_) | Ending::OutOfSteps(_) => None,
        };
        Ok(Repro {
            version: REPRO_VERSION,
            squall: env!("CARGO_PKG_VERSION").to_string(),
            signature: violation.as_ref().map(|violation| violation.signature()),
            sentence: violation.map(|violation| violation.sentence),
            digest: Some(report.outcome.digest.to_string()),
            plan,
            origin,
            trail: Some(reader.trail()),
        })
    }

    /// A repro of a plan of which only the violation is known.
    #[must_use]
    pub fn noted(plan: Plan, scenario: &str, signature: &str, sentence: &str) -> Repro {
        let (scenario, seed) = (scenario.to_string(), plan.seed.to_string());
        Repro {
            version: REPRO_VERSION,
            squall: env!("CARGO_PKG_VERSION").to_string(),
            signature: Some(signature.to_string()),
            sentence: Some(sentence.to_string()),
            digest: None,
            plan,
            origin: Origin { scenario, seed, sets: Vec::new(), text: String::new() },
            trail: None,
        }
    }

    /// Reads a repro; whether its plan fits its protocol is another question.
    ///
    /// # Errors
    /// The text is not JSON, of another version or not a repro; the error says where.
    pub fn parse(text: &str) -> Result<Repro, ReproError> {
        let wrong = |message: String| ReproError(message);
        let value: Value =
            serde_json::from_str(text).map_err(|error| wrong(format!("not JSON: {error}")))?;
        match value.get("version").map(Value::as_u64) {
            Some(Some(version)) if version == u64::from(REPRO_VERSION) => {}
            Some(Some(version)) => {
                return Err(wrong(format!(
                    "version {version} is not known; this squall reads {REPRO_VERSION}"
                )));
            }
            Some(None) => return Err(wrong("not a repro: `version` is no number".to_string())),
            None => return Err(wrong("not a repro: it has no `version`".to_string())),
        }
        serde_json::from_str(text).map_err(|error| wrong(format!("not a repro: {error}")))
    }

    /// The text of its file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a repro is plain data");
        text.push('\n');
        text
    }

    /// The JSON schema of repro files.
    #[must_use]
    pub fn schema() -> Value {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut schema = generator.into_root_schema_for::<Repro>();
        schema.insert("title".to_string(), "A squall repro".into());
        schema.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(digests: impl IntoIterator<Item = u16>) -> TrailReader {
        TrailReader { digests: digests.into_iter().collect() }
    }

    #[test]
    fn a_short_trail_names_the_first_event_that_differs() {
        let trail = read([1, 0xffff, 3]).trail();
        assert_eq!(trail, Trail { every: 1, digests: "0001ffff0003".to_string() });
        assert_eq!(read([1, 0xffff, 3]).parting(&trail), None);
        assert_eq!(read([1, 2, 3]).parting(&trail), Some(Parting::At(2)));
        assert_eq!(read([1, 0xffff]).parting(&trail), Some(Parting::At(3)));
        assert_eq!(read([1, 0xffff, 3, 4]).parting(&trail), Some(Parting::At(4)));
    }

    #[test]
    fn a_long_trail_names_the_stretch_in_which_it_is() {
        let long = || (0..10_000u32).map(|number| number as u16);
        let trail = read(long()).trail();
        assert_eq!((trail.every, trail.digests.len()), (4, 10_000));
        let other = long().map(|digest| if digest >= 4_000 { digest + 1 } else { digest });
        let parting = Some(Parting::Within(4_000, 4_004));
        assert_eq!(read(other).parting(&trail), parting);
        assert_eq!(read(long()).parting(&trail), None);
    }

    #[test]
    fn what_is_no_repro_is_refused_with_its_place() {
        let check = |text: &str, want: &str| {
            assert_eq!(Repro::parse(text).map_err(|error| error.0), Err(want.to_string()));
        };
        check("[]", "not a repro: it has no `version`");
        check("{\"version\": 1}", "version 1 is not known; this squall reads 2");
        check(
            "{\"version\": 2,\n \"squal\": 1}",
            "not a repro: unknown field `squal`, expected one of `version`, `squall`, `signature`, \
             `sentence`, `digest`, `plan`, `origin`, `trail` at line 2 column 8",
        );
    }
}
