//! Golden digests: what every scenario comes to, for some seeds.
//!
//! The invariant: a digest in `golden.txt` changes only with a commit that means it to
//! (`UPDATE_EXPECT=1 cargo test -p squall-tests golden` writes the file anew).

use expect_test::expect_file;
use squall::Catalogue;
use squall::engine::event::Event;
use squall::engine::plan::Plan;
use squall::engine::run::{Ending, Outcome};
use squall::engine::scenario::Document;
use squall::engine::scenario::tables::{Consistency, Limits};
use squall::engine::subject::Planner;
use squall::engine::trace::{Reader, Scene};
use squall_scenarios::catalogue;
use std::fmt::Write;

/// The seeds that every scenario is run with; a long one with the first alone.
const SEEDS: [u64; 3] = [0, 7, 42];

fn planner<'a>(catalogue: &'a Catalogue, name: &str) -> Planner<'a> {
    let (name, text) = catalogue.text(name).expect("it is in the catalogue");
    let document = Document::parse(name, text).expect("a scenario is TOML");
    let protocol = document.protocol().expect("a scenario names its protocol");
    let subject = catalogue.subject(protocol).expect("its protocol is in the catalogue");
    Planner::new(subject, document).unwrap_or_else(|error| panic!("{error}"))
}

fn run(planner: &Planner<'_>, plan: &Plan, reader: Option<&mut dyn Reader>) -> Outcome {
    planner.subject().run(plan, reader).expect("a plan of its own protocol").outcome
}

fn outcome(name: &str, seed: u64) -> Outcome {
    let catalogue = catalogue();
    let planner = planner(&catalogue, name);
    let plan = planner.plan(seed).expect("every variation is possible");
    run(&planner, &plan, None)
}

/// Whether a scenario asks for more events than most need.
fn is_long(planner: &Planner<'_>) -> bool {
    let plan = planner.plan(SEEDS[0]).expect("every variation is possible");
    plan.limits.events > Limits::default().events
}

/// Runs every scenario but the long ones as it is and in another way, which must come to the same.
fn check_same(another: impl Fn(&Planner<'_>, &Plan) -> Outcome) {
    let catalogue = catalogue();
    for (name, _) in catalogue.scenarios() {
        let planner = planner(&catalogue, name);
        if is_long(&planner) {
            continue;
        }
        let plan = planner.plan(SEEDS[1]).expect("every variation is possible");
        let (once, again) = (run(&planner, &plan, None), another(&planner, &plan));
        assert_eq!(once.digest, again.digest, "{name}");
        assert_eq!(once.events, again.events, "{name}");
    }
}

#[test]
fn digests_are_as_recorded() {
    let mut lines = String::new();
    let catalogue = catalogue();
    for (name, _) in catalogue.scenarios() {
        let seeds = if is_long(&planner(&catalogue, name)) { 1 } else { SEEDS.len() };
        for seed in &SEEDS[..seeds] {
            let digest = outcome(name, *seed).digest;
            writeln!(lines, "{name} {seed} {digest}").expect("writing to a string succeeds");
        }
    }
    expect_file!["golden.txt"].assert_eq(&lines);
}

#[test]
fn a_run_between_others_on_another_thread_is_the_same() {
    check_same(|planner, _| {
        let name = planner.document().name();
        std::thread::scope(|scope| {
            let busy = scope.spawn(|| outcome(name, 3));
            let between = scope.spawn(|| {
                outcome("relay/slow-backend", 1);
                let outcome = outcome(name, SEEDS[1]);
                self::outcome("relay/slow-backend", 2);
                outcome
            });
            busy.join().expect("a run ends");
            between.join().expect("a run ends")
        })
    });
}

/// Reads everything and looks at what can be seen.
struct Curious(u64);

impl Reader for Curious {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        let shown = event.place.filter(|place| !place.is_client());
        self.0 += u64::from(shown.and_then(|place| scene.view(place)).is_some());
    }
}

#[test]
fn a_run_that_is_traced_is_the_same() {
    check_same(|planner, plan| {
        let mut reader = Curious(0);
        let outcome = run(planner, plan, Some(&mut reader));
        assert!(reader.0 > 0, "somebody shows something");
        outcome
    });
}

#[test]
fn a_run_without_monitors_is_the_same() {
    check_same(|planner, plan| {
        let mut unwatched = plan.clone();
        unwatched.checks.always = Some(Vec::new());
        unwatched.checks.eventually = Some(Vec::new());
        unwatched.checks.sometimes.clear();
        unwatched.checks.consistency = Some(Consistency::None);
        match run(planner, plan, None) {
            // A violation ends a run, which without monitors goes on.
            violated if matches!(violated.ending, Ending::Violated(_)) => violated,
            _ => run(planner, &unwatched, None),
        }
    });
}
