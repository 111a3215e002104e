//! Times the checker on recorded histories: `cargo bench --bench corpus -- FILE…`, parsing
//! excluded, the least of several runs.

use cpu_time::ThreadTime;
use squall_check::format::{Format, pair, read};
use squall_check::{Budget, FailMeans, TextKv, Verdict, Whole, decode, linearizable};
use std::fs::File;
use std::time::Duration;

fn main() {
    let whole = std::env::args().any(|argument| argument == "--whole");
    let mut total = Duration::ZERO;
    let runs = std::env::args().find_map(|argument| argument.strip_prefix("--runs=")?.parse().ok());
    let runs: u32 = runs.unwrap_or(15);
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let file = File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let entries = read(file, None).unwrap_or_else(|error| panic!("{path}: {error}"));
        let fail = match entries.format() {
            Format::JepsenLog => FailMeans::Mismatch,
            _ => FailMeans::DidNotHappen,
        };
        let recording = pair(entries).unwrap_or_else(|error| panic!("{path}: {error}"));
        let history =
            decode::<TextKv>(&recording, fail).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut least = Duration::MAX;
        let mut said = "";
        for _ in 0..runs {
            let start = ThreadTime::now();
            let verdict = if whole {
                linearizable::<Whole<TextKv>>(&history, Budget::default())
            } else {
                linearizable::<TextKv>(&history, Budget::default())
            };
            said = match verdict {
                Verdict::Ok(_) => "ok",
                Verdict::Violated(_) => "illegal",
                Verdict::Undecided => "undecided",
            };
            least = least.min(start.elapsed());
        }
        total += least;
        println!("{path},{said},{:.6}", least.as_secs_f64());
    }
    println!("total,,{:.6}", total.as_secs_f64());
}
