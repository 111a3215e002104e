//! Which model a name on the command line stands for.
//!
//! The invariant: [`MODELS`] and the match in [`judge`] have the same names.

use super::{CheckError, CheckOptions, Judged, Said};
use crate::codec::{Codec, FailMeans, decode};
use crate::format::Recording;
use crate::history::History;
use crate::linear::{Explanation, explain, linearizable};
use crate::model::Model;
use crate::models::{
    Bank, Container, Counter, Discipline, Fifo, Greatest, GrowingSet, Lease, Lifo, Lock, Log,
    MultiRegister, Semaphore, Set, TextKv, UniqueIds, Whole,
};
use crate::sequential::sequential;
use crate::verdict::{Budget, Evidence, Verdict};
use crate::verify::{
    Weaker, verify_converged, verify_links, verify_order, verify_sequential, verify_weaker,
    verify_window,
};
use crate::weaker::{Guarantee, causal, converged, keeps, pram};
use serde_json::json;

/// What order of operations is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promise {
    /// One order that agrees with real time.
    #[default]
    Linearizable,
    /// One order that agrees with each process.
    Sequential,
    /// Whatever happened before is seen.
    Causal,
    /// Every process's writes are seen in their order.
    Pram,
    /// One session guarantee.
    Session(Guarantee),
    /// In the end all agree.
    Converged,
}

impl Promise {
    /// All that can be named.
    pub const ALL: [(&str, Promise); 9] = [
        ("linearizable", Promise::Linearizable),
        ("sequential", Promise::Sequential),
        ("causal", Promise::Causal),
        ("pram", Promise::Pram),
        ("read-your-writes", Promise::Session(Guarantee::ReadYourWrites)),
        ("monotonic-reads", Promise::Session(Guarantee::MonotonicReads)),
        ("monotonic-writes", Promise::Session(Guarantee::MonotonicWrites)),
        ("writes-follow-reads", Promise::Session(Guarantee::WritesFollowReads)),
        ("converged", Promise::Converged),
    ];

    /// What it is called on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        Promise::ALL.iter().find(|entry| entry.1 == self).map_or("linearizable", |entry| entry.0)
    }

    /// The promise called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Promise> {
        Promise::ALL.iter().find(|entry| entry.0 == name).map(|entry| entry.1)
    }
}

/// The models that can be named, and what their operations are called in files.
pub const MODELS: [(&str, &str); 19] = [
    ("register", TextKv::ABOUT),
    ("cas-register", TextKv::ABOUT),
    ("kv", TextKv::ABOUT),
    ("kv-whole", TextKv::ABOUT),
    ("multi-register", MultiRegister::ABOUT),
    ("counter", Counter::ABOUT),
    ("set", Set::ABOUT),
    ("growing-set", GrowingSet::ABOUT),
    ("queue", Container::<Fifo>::ABOUT),
    ("stack", Container::<Lifo>::ABOUT),
    ("priority-queue", Container::<Greatest>::ABOUT),
    ("lock", Lock::ABOUT),
    ("mutex", Lock::ABOUT),
    ("semaphore-2", Semaphore::<2>::ABOUT),
    ("semaphore-3", Semaphore::<3>::ABOUT),
    ("log", Log::ABOUT),
    ("lease", Lease::ABOUT),
    ("unique-ids", UniqueIds::ABOUT),
    ("bank-8x10", Bank::<8, 10>::ABOUT),
];

/// Judges a recording by the model that the options name.
pub(super) fn judge(
    recording: &Recording,
    meaning: (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError> {
    let run = match options.model.as_deref().unwrap_or("kv") {
        "register" | "cas-register" | "kv" => run::<TextKv, TextKv>,
        "kv-whole" => run::<TextKv, Whole<TextKv>>,
        "multi-register" => run::<MultiRegister, MultiRegister>,
        "counter" => run::<Counter, Counter>,
        "set" => run::<Set, Set>,
        "growing-set" => run::<GrowingSet, GrowingSet>,
        "queue" => container::<Fifo>,
        "stack" => container::<Lifo>,
        "priority-queue" => container::<Greatest>,
        "lock" | "mutex" => run::<Lock, Lock>,
        "semaphore-2" => run::<Semaphore<2>, Semaphore<2>>,
        "semaphore-3" => run::<Semaphore<3>, Semaphore<3>>,
        "log" => run::<Log, Log>,
        "lease" => run::<Lease, Lease>,
        "unique-ids" => run::<UniqueIds, UniqueIds>,
        "bank-8x10" => run::<Bank<8, 10>, Bank<8, 10>>,
        other => return Err(CheckError::UnknownModel(other.to_owned())),
    };
    run(recording, meaning, options, read_as)
}

fn container<D: Discipline>(
    recording: &Recording,
    meaning: (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError> {
    run::<Container<D>, Container<D>>(recording, meaning, options, read_as)
}

/// Judges by `M` what was decoded by `C`.
fn run<C, M>(
    recording: &Recording,
    (fail, promise): (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError>
where
    C: Codec,
    M: Model<Operation = C::Operation, Answer = C::Answer>,
{
    let history = decode::<C>(recording, fail)?;
    let verdict = match promise {
        Promise::Linearizable => linearizable::<M>(&history, options.budget),
        Promise::Sequential => sequential::<M>(&history, options.budget),
        Promise::Causal => causal::<M>(&history),
        Promise::Pram => pram::<M>(&history),
        Promise::Session(guarantee) => keeps::<M>(&history, guarantee),
        Promise::Converged => converged::<M>(&history),
    };
    let explanation = match (&verdict, promise) {
        (Verdict::Violated(evidence), Promise::Linearizable) if options.explains() => {
            explain::<M>(&history, evidence, options.budget)
        }
        _ => None,
    };
    let name = options.model.as_deref().unwrap_or("kv");
    let said = match &verdict {
        Verdict::Ok(_) => Said::Ok,
        Verdict::Violated(_) => Said::Violated,
        Verdict::Undecided => Said::Undecided,
    };
    let mut text =
        words::<M>(&history, &verdict, explanation.as_ref(), (promise, name, options.budget));
    let proof = options
        .verify
        .then(|| prove::<M>(&history, &verdict, explanation.as_ref(), (promise, options.budget)));
    if let Some(proof) = &proof {
        text += &format!("proof: {proof}\n");
    }
    let data = json!({
        "version": 1,
        "kind": "check",
        "verdict": said.name(),
        "model": name,
        "promise": promise.name(),
        "operations": history.operations.len(),
        "evidence": verdict.evidence(),
        "sentence": verdict.evidence().map(Evidence::sentence),
        "explanation": explanation,
        "proof": proof,
    });
    let title = format!("{name}, {}", promise.name());
    let page = options
        .html
        .then(|| crate::page::page::<M>(&history, &verdict, explanation.as_ref(), &title));
    Ok(Judged { said, read_as, text, data, page })
}

/// The verdict in words, with the operations of the window.
fn words<M: Model>(
    history: &History<M::Operation, M::Answer>,
    verdict: &Verdict,
    explanation: Option<&Explanation>,
    (promise, name, budget): (Promise, &str, Budget),
) -> String {
    let promise = promise.name();
    let evidence = match verdict {
        Verdict::Ok(_) => return format!("{promise} as {name}\n"),
        Verdict::Undecided => {
            let steps = budget.0;
            return format!("undecided whether {promise} as {name}; the budget is {steps} steps\n");
        }
        Verdict::Violated(evidence) => evidence,
    };
    let mut text = format!("not {promise} as {name}: {evidence}\n");
    let Some(explanation) = explanation else { return text };
    text += &format!("the shortest bad prefix ends at #{}\n", explanation.prefix_end);
    if !explanation.states.is_empty() {
        text += &format!("possible states before: {}\n", explanation.states.join(" or "));
    }
    let minimal = if explanation.minimal { ", each of them needed" } else { "" };
    text += &format!("operations without an order{minimal}:\n");
    for index in &explanation.window {
        let operation = &history.operations[index.get()];
        let answer = operation.answer().map_or(String::new(), |answer| format!(" → {answer}"));
        let end = operation.completed().map_or(String::new(), |at| format!("–#{at}"));
        text += &format!(
            "  {:<6} #{}{end}  {}{answer}\n",
            operation.process.to_string(),
            operation.invoked,
            operation.operation
        );
    }
    text
}

/// What the small verifier says of the order or the window.
fn prove<M: Model>(
    history: &History<M::Operation, M::Answer>,
    verdict: &Verdict,
    explanation: Option<&Explanation>,
    (promise, budget): (Promise, Budget),
) -> String {
    let result = match (verdict, explanation, promise) {
        (Verdict::Ok(order), _, Promise::Linearizable) => verify_order::<M>(history, order),
        (Verdict::Ok(order), _, Promise::Sequential) => verify_sequential::<M>(history, order),
        (Verdict::Ok(order), _, Promise::Converged) => verify_converged::<M>(history, order),
        (Verdict::Ok(order), _, Promise::Causal) => {
            verify_weaker::<M>(history, Weaker::Causal, order)
        }
        (Verdict::Ok(order), _, Promise::Pram) => verify_weaker::<M>(history, Weaker::Pram, order),
        (Verdict::Ok(order), _, Promise::Session(guarantee)) => {
            verify_weaker::<M>(history, Weaker::Session(guarantee), order)
        }
        (Verdict::Violated(_), Some(explanation), _) => {
            verify_window::<M>(history, &explanation.window, budget)
        }
        (Verdict::Violated(evidence), None, Promise::Causal) => {
            verify_links::<M>(history, Weaker::Causal, evidence)
        }
        (Verdict::Violated(evidence), None, Promise::Pram) => {
            verify_links::<M>(history, Weaker::Pram, evidence)
        }
        (Verdict::Violated(evidence), None, Promise::Session(guarantee)) => {
            verify_links::<M>(history, Weaker::Session(guarantee), evidence)
        }
        _ => return String::from("there is none to verify"),
    };
    result.map_or_else(|flaw| format!("refused: {flaw}"), |()| String::from("accepted"))
}
