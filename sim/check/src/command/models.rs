//! Which model a name on the command line stands for.
//!
//! The invariant: [`MODELS`] and the match in [`judge`] have the same names.

use super::erased::{Asked, Erased, Told, erased};
use super::{CheckError, CheckOptions, Judged, Said};
use crate::codec::{Codec, FailMeans, decode};
use crate::format::Recording;
use crate::history::History;
use crate::linear::{Explanation, explain, linearizable};
use crate::model::Model;
use crate::models::{
    Bank, Container, Counter, Fifo, Greatest, GrowingSet, Lease, Lifo, Lock, Log, MultiRegister,
    Semaphore, Set, TextKv, UniqueIds, Whole,
};
use crate::sequential::sequential;
use crate::verdict::{Budget, Evidence, Verdict};
use crate::verify::{
    Flaw, Weaker, verify_converged, verify_links, verify_order, verify_sequential, verify_weaker,
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
    let judge = match options.model.as_deref().unwrap_or("kv") {
        "register" | "cas-register" | "kv" => swift::<TextKv, TextKv>,
        "kv-whole" => swift::<TextKv, Whole<TextKv>>,
        "multi-register" => plain::<MultiRegister>,
        "counter" => plain::<Counter>,
        "set" => swift::<Set, Set>,
        "growing-set" => plain::<GrowingSet>,
        "queue" => swift::<Container<Fifo>, Container<Fifo>>,
        "stack" => swift::<Container<Lifo>, Container<Lifo>>,
        "priority-queue" => swift::<Container<Greatest>, Container<Greatest>>,
        "lock" | "mutex" => plain::<Lock>,
        "semaphore-2" => plain::<Semaphore<2>>,
        "semaphore-3" => plain::<Semaphore<3>>,
        "log" => plain::<Log>,
        "lease" => plain::<Lease>,
        "unique-ids" => plain::<UniqueIds>,
        "bank-8x10" => plain::<Bank<8, 10>>,
        other => return Err(CheckError::UnknownModel(other.to_owned())),
    };
    judge(recording, meaning, options, read_as)
}

/// Judges by `M` what was decoded by `C`; linearizability by code made for `M`, for models with
/// which people have long histories.
fn swift<C, M>(
    recording: &Recording,
    meaning: (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError>
where
    C: Codec,
    M: Model<Operation = C::Operation, Answer = C::Answer>,
    M::State: 'static,
{
    run::<C, M>(recording, meaning, options, read_as, |typed, _| linear::<M>(typed, options))
}

/// Judges by `M`, without code made for it.
fn plain<M: Codec>(
    recording: &Recording,
    meaning: (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError>
where
    M::State: 'static,
{
    let judge = |_: &_, history: &dyn Fn() -> _| linear::<Erased>(&history(), options);
    run::<M, M>(recording, meaning, options, read_as, judge)
}

fn run<C, M>(
    recording: &Recording,
    (fail, promise): (FailMeans, Promise),
    options: &CheckOptions,
    read_as: String,
    linear: impl Fn(&History<C::Operation, C::Answer>, &dyn Fn() -> History<Asked, Told>) -> Found,
) -> Result<Judged, CheckError>
where
    C: Codec,
    M: Model<Operation = C::Operation, Answer = C::Answer>,
    M::State: 'static,
{
    let typed = decode::<C>(recording, fail)?;
    let history = || erased::<M>(&typed);
    let found = match weaker(promise) {
        Some(judge) => {
            let history = history();
            let verdict = judge(&history, options.budget);
            let proof = options.verify.then(|| prove(&history, &verdict, promise));
            Found { verdict, explanation: None, proof }
        }
        None => linear(&typed, &history),
    };
    let shown = matches!(found.verdict, Verdict::Violated(_)) || options.html;
    let history = if shown { history() } else { History { operations: Vec::new() } };
    Ok(found.told(&history, typed.operations.len(), promise, options, read_as))
}

/// Judges linearizability, and looks for the smallest window where it does not hold.
fn linear<M: Model>(history: &History<M::Operation, M::Answer>, options: &CheckOptions) -> Found {
    let verdict = linearizable::<M>(history, options.budget);
    let explanation = match &verdict {
        Verdict::Violated(evidence) if options.explains() => {
            explain::<M>(history, evidence, options.budget)
        }
        _ => None,
    };
    let proof = options.verify.then(|| match (&verdict, &explanation) {
        (Verdict::Ok(order), _) => accepted(verify_order::<M>(history, order)),
        (Verdict::Violated(_), Some(explanation)) => {
            accepted(verify_window::<M>(history, &explanation.window, options.budget))
        }
        _ => NO_PROOF.to_owned(),
    });
    Found { verdict, explanation, proof }
}

/// Judges a history by a promise.
type Judge = Box<dyn Fn(&History<Asked, Told>, Budget) -> Verdict>;

/// How a promise weaker than linearizability is judged.
fn weaker(promise: Promise) -> Option<Judge> {
    Some(match promise {
        Promise::Linearizable => return None,
        Promise::Sequential => Box::new(sequential::<Erased>),
        Promise::Causal => Box::new(|history, _| causal::<Erased>(history)),
        Promise::Pram => Box::new(|history, _| pram::<Erased>(history)),
        Promise::Session(guarantee) => {
            Box::new(move |history, _| keeps::<Erased>(history, guarantee))
        }
        Promise::Converged => Box::new(|history, _| converged::<Erased>(history)),
    })
}

/// What the small verifier says where there is nothing for it to look at.
const NO_PROOF: &str = "there is none to verify";

/// What the small verifier says.
fn accepted(result: Result<(), Flaw>) -> String {
    result.map_or_else(|flaw| format!("refused: {flaw}"), |()| String::from("accepted"))
}

/// What the small verifier says of an order or of evidence.
fn prove(history: &History<Asked, Told>, verdict: &Verdict, promise: Promise) -> String {
    let links = |order| match verdict {
        Verdict::Ok(found) => Some(verify_weaker::<Erased>(history, order, found)),
        Verdict::Violated(evidence) => Some(verify_links::<Erased>(history, order, evidence)),
        Verdict::Undecided => None,
    };
    let result = match (promise, verdict) {
        (Promise::Causal, _) => links(Weaker::Causal),
        (Promise::Pram, _) => links(Weaker::Pram),
        (Promise::Session(guarantee), _) => links(Weaker::Session(guarantee)),
        (Promise::Sequential, Verdict::Ok(order)) => {
            Some(verify_sequential::<Erased>(history, order))
        }
        (Promise::Converged, Verdict::Ok(order)) => {
            Some(verify_converged::<Erased>(history, order))
        }
        _ => None,
    };
    result.map_or_else(|| NO_PROOF.to_owned(), accepted)
}

/// What was found.
struct Found {
    verdict: Verdict,
    explanation: Option<Explanation>,
    proof: Option<String>,
}

impl Found {
    /// The judgement in words, as data and as a page; `history` may be empty where nobody looks at
    /// it, and `operations` says how many there were.
    fn told(
        &self,
        history: &History<Asked, Told>,
        operations: usize,
        promise: Promise,
        options: &CheckOptions,
        read_as: String,
    ) -> Judged {
        let Found { verdict, explanation, proof } = self;
        let name = options.model.as_deref().unwrap_or("kv");
        let said = match verdict {
            Verdict::Ok(_) => Said::Ok,
            Verdict::Violated(_) => Said::Violated,
            Verdict::Undecided => Said::Undecided,
        };
        let mut text = self.words(history, (promise.name(), name, options.budget));
        if let Some(proof) = proof {
            text += &format!("proof: {proof}\n");
        }
        let data = json!({
            "version": 1,
            "kind": "check",
            "verdict": said.name(),
            "model": name,
            "promise": promise.name(),
            "operations": operations,
            "evidence": verdict.evidence(),
            "sentence": verdict.evidence().map(Evidence::sentence),
            "explanation": explanation,
            "proof": proof,
        });
        let title = format!("{name}, {}", promise.name());
        let page = options
            .html
            .then(|| crate::page::page::<Erased>(history, verdict, explanation.as_ref(), &title));
        Judged { said, read_as, text, data, page }
    }

    /// The verdict in words, with the operations of the window.
    fn words(
        &self,
        history: &History<Asked, Told>,
        (promise, name, budget): (&str, &str, Budget),
    ) -> String {
        let evidence = match &self.verdict {
            Verdict::Ok(_) => return format!("{promise} as {name}\n"),
            Verdict::Undecided => {
                let steps = budget.0;
                return format!(
                    "undecided whether {promise} as {name}; the budget is {steps} steps\n"
                );
            }
            Verdict::Violated(evidence) => evidence,
        };
        let mut text = format!("not {promise} as {name}: {evidence}\n");
        let Some(explanation) = &self.explanation else { return text };
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
}
