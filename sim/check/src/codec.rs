//! From the calls of a file to the operations of a model, and back.
//!
//! The invariant: a call that a model does not understand is an error with its line and field,
//! never left out.

mod keyed;
mod plain;

use crate::format::{Call, Datum, FormatError, Outcome, Recording};
use crate::history::{Completion, History, Operation};
use crate::model::Model;

/// What `fail` says of a conditional operation, such as a compare-and-set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailMeans {
    /// It did not happen, and says nothing about the state: Jepsen's meaning.
    DidNotHappen,
    /// It happened, and found that its condition did not hold: the meaning in Porcupine's logs.
    Mismatch,
}

/// What a call means to a model.
pub type Decoded<M> = (<M as Model>::Operation, Completion<<M as Model>::Answer>);

/// Why a call means nothing to a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// The field that is wrong.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

/// A model whose histories are read from files and written to them.
pub trait Codec: Model {
    /// What the model is called on the command line.
    const NAME: &'static str;

    /// What is asked by its operations, for help texts.
    const ABOUT: &'static str;

    /// What `call` means; `None` if it says nothing, such as a read that was never answered.
    ///
    /// # Errors
    /// If it means nothing.
    fn decode(call: &Call, fail: FailMeans) -> Result<Option<Decoded<Self>>, CodecError>;

    /// The function, key, argument and answer by which `operation` is written.
    fn encode(operation: &Self::Operation, answer: Option<&Self::Answer>) -> Written;
}

/// An operation as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The name of the operation.
    pub function: &'static str,
    /// The key, if it has one.
    pub key: Option<Datum>,
    /// The argument.
    pub value: Datum,
    /// The answer, if one came.
    pub answer: Datum,
}

/// The history that a recording is to a model.
///
/// # Errors
/// If some call means nothing to the model.
pub fn decode<M: Codec>(
    recording: &Recording,
    fail: FailMeans,
) -> Result<History<M::Operation, M::Answer>, FormatError> {
    let mut history = History { operations: Vec::with_capacity(recording.calls.len()) };
    for call in &recording.calls {
        let decoded = M::decode(call, fail)
            .map_err(|error| FormatError::field(call.line, error.field, error.problem))?;
        let Some((operation, completion)) = decoded else { continue };
        let (process, invoked) = (call.process, call.invoked);
        history.operations.push(Operation { process, invoked, operation, completion });
    }
    Ok(history)
}

/// The recording that a history is.
#[must_use]
pub fn encode<M: Codec>(history: &History<M::Operation, M::Answer>) -> Recording {
    let calls = (1..).zip(&history.operations).map(|(line, operation)| {
        let written = M::encode(&operation.operation, operation.answer());
        let outcome = match operation.completion {
            Completion::Ok { at, .. } => Outcome::Ok { at, value: written.answer },
            Completion::Failed { at } => Outcome::Fail { at, value: Datum::Nil },
            Completion::Unknown => Outcome::Unknown,
        };
        Call {
            line,
            process: operation.process,
            invoked: operation.invoked,
            function: written.function.to_owned(),
            key: written.key,
            value: written.value,
            outcome,
        }
    });
    Recording { calls: calls.collect() }
}

pub(crate) fn wrong<T>(field: &'static str, problem: impl Into<String>) -> Result<T, CodecError> {
    Err(CodecError { field, problem: problem.into() })
}

/// A function that the model does not have.
pub(crate) fn unknown<T>(call: &Call, known: &str) -> Result<T, CodecError> {
    wrong("f", format!("no operation is called `{}`; there are {known}", call.function))
}

/// The completion of a call whose answer `read` understands. A refusal is `refused` if that is
/// given, or else did not happen.
pub(crate) fn complete<A>(
    call: &Call,
    refused: Option<A>,
    read: impl FnOnce(&Datum) -> Result<A, CodecError>,
) -> Result<Completion<A>, CodecError> {
    Ok(match (&call.outcome, refused) {
        (Outcome::Ok { at, value }, _) => Completion::Ok { at: *at, answer: read(value)? },
        (Outcome::Fail { at, .. }, Some(answer)) => Completion::Ok { at: *at, answer },
        (Outcome::Fail { at, .. }, None) => Completion::Failed { at: *at },
        (Outcome::Unknown, _) => Completion::Unknown,
    })
}
