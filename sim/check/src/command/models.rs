//! Which model a name on the command line stands for.
//!
//! The invariant: [`MODELS`] and the match in [`judge`] have the same names.

use super::{CheckError, CheckOptions, Judged, Said};
use crate::codec::{Codec, FailMeans, decode};
use crate::format::Recording;
use crate::linear::linearizable;
use crate::model::Model;
use crate::models::{
    Bank, Container, Counter, Discipline, Fifo, Greatest, GrowingSet, Lease, Lifo, Lock, Log,
    MultiRegister, Semaphore, Set, TextKv, UniqueIds, Whole,
};
use crate::verdict::Verdict;
use serde_json::json;

/// What order of operations is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promise {
    /// One order that agrees with real time.
    #[default]
    Linearizable,
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
    fail: FailMeans,
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
    run(recording, fail, options, read_as)
}

fn container<D: Discipline>(
    recording: &Recording,
    fail: FailMeans,
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError> {
    run::<Container<D>, Container<D>>(recording, fail, options, read_as)
}

/// Judges by `M` what was decoded by `C`.
fn run<C, M>(
    recording: &Recording,
    fail: FailMeans,
    options: &CheckOptions,
    read_as: String,
) -> Result<Judged, CheckError>
where
    C: Codec,
    M: Model<Operation = C::Operation, Answer = C::Answer>,
{
    let history = decode::<C>(recording, fail)?;
    let verdict = linearizable::<M>(&history, options.budget);
    let name = options.model.as_deref().unwrap_or("kv");
    let (said, text, mut data) = match &verdict {
        Verdict::Ok(_) => (Said::Ok, format!("linearizable as {name}\n"), json!({})),
        Verdict::Violated(evidence) => {
            let text = format!("not linearizable as {name}: {evidence}\n");
            (Said::Violated, text, json!({ "evidence": evidence, "sentence": evidence.sentence() }))
        }
        Verdict::Undecided => (
            Said::Undecided,
            format!("undecided after {} steps; try a larger --budget\n", options.budget.0),
            json!({}),
        ),
    };
    data["version"] = json!(1);
    data["verdict"] = json!(said.name());
    data["model"] = json!(name);
    Ok(Judged { said, read_as, text, data, page: None })
}
