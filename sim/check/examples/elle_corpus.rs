//! Judges a corpus of histories with expected verdicts, one JSON object a line with `history`,
//! `valid` and `opts` as Elle's tests have them: `elle_corpus FILE`.

use serde_json::Value;
use squall_check::Budget;
use squall_check::format::read;
use squall_check::txn::{Assume, Level, LevelVerdict, analyze, pair_leniently, transactions};

fn main() {
    let path = std::env::args().nth(1).expect("a file");
    let text = std::fs::read_to_string(path).expect("the corpus can be read");
    let (mut agreed, mut all) = (0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line is JSON");
        all += 1;
        let said = judge(&case);
        if said.0 == case["valid"] {
            agreed += 1;
        } else {
            println!(
                "{} {}: expected {} {}, found {} {}; {}",
                case["id"],
                case["test"],
                case["valid"],
                case["anomaly_types"],
                said.0,
                said.1,
                case["opts"]
            );
        }
    }
    println!("{agreed} of {all} as expected");
}

fn judge(case: &Value) -> (Value, String) {
    let mut lines = String::new();
    for entry in case["history"].as_array().expect("a history is a list") {
        lines += &format!("{entry}\n");
    }
    let options = &case["opts"];
    let is = |name: &str| options[name] == Value::Bool(true);
    let assume = Assume {
        writes_follow_reads: is("wfr-keys?"),
        sequential_keys: is("sequential-keys?"),
        linearizable_keys: is("linearizable-keys?"),
        closed: false,
    };
    let entries = read(lines.as_bytes(), None).expect("the history can be read");
    let format = entries.format();
    let recording = pair_leniently(entries).expect("entries");
    let mut assume = assume;
    let mut history = transactions(&recording, format).expect("transactions");
    // The tests' own order of transactions is one of real time by which keys are linearizable.
    if let Some(order) = options["transaction-order"].as_object() {
        assume.linearizable_keys = true;
        for (id, at) in order {
            let txn = &mut history.txns[id.parse::<usize>().expect("a place")];
            let at = 2 * at.as_u64().expect("a place in the order");
            (txn.invoked, txn.completed) = (at, Some(at + 1));
        }
    }
    let report = analyze(&history, assume, Budget::default());
    let kinds: Vec<String> = report.kinds().keys().map(ToString::to_string).collect();
    let asked = options["consistency-models"].as_array();
    let anomalies = options["anomalies"].as_array();
    let verdicts: Vec<LevelVerdict> = match (asked, anomalies) {
        (Some(names), _) => {
            let names = names.iter().filter_map(Value::as_str);
            names.filter_map(Level::named).map(|level| report.at(level)).collect()
        }
        (None, Some(names)) => {
            let data = |kind: &&String| !kind.ends_with("-realtime") && !kind.ends_with("-process");
            let broken = names.iter().filter_map(Value::as_str).any(|name| {
                let fits = |kind: &String| {
                    kind.starts_with(name) || (name == "G2" && kind.starts_with("G-"))
                };
                kinds.iter().filter(data).any(fits)
            });
            vec![if broken { LevelVerdict::Violated } else { LevelVerdict::Ok }]
        }
        (None, None) => vec![report.at(Level::StrictSerializable)],
    };
    let verdict = if verdicts.contains(&LevelVerdict::Violated) {
        Value::Bool(false)
    } else if verdicts.contains(&LevelVerdict::Undecided) {
        Value::String(String::from("unknown"))
    } else {
        Value::Bool(true)
    };
    (verdict, kinds.join(" "))
}
