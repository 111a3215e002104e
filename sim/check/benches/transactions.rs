//! How the analysis of transactions grows: `cargo bench --bench transactions`.

use cpu_time::ThreadTime;
use squall_check::Budget;
use squall_check::txn::{Assume, Isolation, TxnRecipe, analyze};
use std::time::Duration;

fn main() {
    println!("isolation, lists, transactions, strongest, anomalies, seconds");
    for lists in [true, false] {
        for isolation in [Isolation::StrictSerializable, Isolation::Snapshot] {
            for transactions in [1_000, 10_000, 100_000] {
                if lists || transactions <= 10_000 {
                    measure(TxnRecipe { transactions, isolation, lists, ..TxnRecipe::default() });
                }
            }
        }
    }
}

fn measure(recipe: TxnRecipe) {
    let history = recipe.make();
    let mut least = Duration::MAX;
    let mut said = String::new();
    for _ in 0..3 {
        let start = ThreadTime::now();
        let report = analyze(&history, Assume::default(), Budget(1_000_000));
        least = least.min(start.elapsed());
        let kinds: Vec<String> = report.kinds().keys().map(ToString::to_string).collect();
        said = format!("{:?}, {}", report.strongest(), kinds.join(" "));
    }
    let TxnRecipe { isolation, lists, transactions, .. } = recipe;
    println!("{isolation:?}, {lists}, {transactions}, {said}, {:.4}", least.as_secs_f64());
}
