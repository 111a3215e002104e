//! How the checkers grow: generated histories of growing length, `cargo bench --bench growth`.
//! The time of the thread for the verdict alone, the least of three runs; an argument picks lines
//! that contain it.

use cpu_time::ThreadTime;
use squall_check::{
    Budget, CasRegister, Flaw, Queue, Recipe, Register, Serve, Set, Stack, Values, Verdict,
    linearizable,
};
use std::time::Duration;

fn main() {
    println!("model, values, flaw, operations, clients, pending, verdict, seconds");
    let ladder = [(10_000, 10, 0), (10_000, 10, 16), (100_000, 10, 0), (100_000, 10, 16)];
    let hard = [(1_000, 30, 24), (10_000, 30, 24), (2_000, 10, 300)];
    for (operations, clients, pending) in ladder.into_iter().chain(hard) {
        for flaw in [Flaw::None, Flaw::Stale { lag: 100 }, Flaw::Lost] {
            for values in [Values::Distinct, Values::Few(3)] {
                let recipe =
                    Recipe { seed: 7, clients, operations, keys: 1, pending, values, flaw };
                measure::<Register>("register", recipe);
                measure::<CasRegister>("cas-register", recipe);
            }
        }
    }
    for operations in [10_000, 100_000, 1_000_000] {
        for flaw in [Flaw::None, Flaw::Stale { lag: 100 }, Flaw::Lost] {
            let (values, pending) = (Values::Distinct, 0);
            let recipe =
                Recipe { seed: 7, clients: 10, operations, keys: 1, pending, values, flaw };
            measure::<Register>("register", recipe);
            measure::<Queue>("queue", recipe);
            measure::<Set>("set", recipe);
            measure::<Stack>("stack", recipe);
        }
    }
}

fn measure<M: Serve>(name: &str, recipe: Recipe) {
    let Recipe { clients, operations, pending, values, flaw, .. } = recipe;
    let values = match values {
        Values::Distinct => String::from("distinct"),
        Values::Few(few) => format!("few({few})"),
    };
    let flaw = match flaw {
        Flaw::None => "none",
        Flaw::Stale { .. } => "stale",
        Flaw::Lost => "lost",
    };
    let line = format!("{name}, {values}, {flaw}, {operations}, {clients}, {pending}");
    let mut picks = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    if !picks.all(|pick| line.contains(&pick)) {
        return;
    }
    let history = recipe.make::<M>();
    let mut least = Duration::MAX;
    let mut said = "";
    for _ in 0..3 {
        let start = ThreadTime::now();
        said = match linearizable::<M>(&history, Budget(100_000_000)) {
            Verdict::Ok(_) => "ok",
            Verdict::Violated(_) => "violated",
            Verdict::Undecided => "undecided",
        };
        least = least.min(start.elapsed());
        if least > Duration::from_secs(5) {
            break;
        }
    }
    println!("{line}, {said}, {:.4}", least.as_secs_f64());
}
