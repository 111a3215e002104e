//! Registers and key-value stores in files: `read` or `get`, `write` or `put`, `append`, `cas`.
//!
//! The invariant: a key stands in its own field, or first in a pair with the value, the same way in
//! the invocation and the completion.

use super::{Codec, CodecError, Decoded, FailMeans, Written, complete, unknown, wrong};
use crate::format::{Call, Datum};
use crate::models::{TextKv, TextKvAnswer, TextKvOp};
use std::sync::Arc;

impl Codec for TextKv {
    const NAME: &'static str = "kv";
    const ABOUT: &'static str = "read/get, write/put, append, cas [expected new]; by key";

    fn decode(call: &Call, fail: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        let (key, argument, paired) = match (&call.key, &call.value) {
            (Some(key), value) => (key.held().unwrap_or_default(), value, false),
            (None, Datum::List(pair)) if pair.len() == 2 && call.function != "cas" => {
                (pair[0].held().unwrap_or_default(), &pair[1], true)
            }
            (None, Datum::List(pair)) if pair.len() == 2 && pair[1].list().is_some() => {
                (pair[0].held().unwrap_or_default(), &pair[1], true)
            }
            (None, value) => (String::new(), value, false),
        };
        decode_keyed(call, fail, Arc::from(key), argument, paired).map(Some)
    }

    fn encode(operation: &TextKvOp, answer: Option<&TextKvAnswer>) -> Written {
        let key = operation.key();
        let key = (!key.is_empty()).then(|| Datum::Text(key.to_string()));
        let (function, value) = match operation {
            TextKvOp::Get { .. } => ("read", Datum::Nil),
            TextKvOp::Put { value, .. } => ("write", datum(value)),
            TextKvOp::Append { text, .. } => ("append", Datum::Text(text.to_string())),
            TextKvOp::Cas { expected, new, .. } => {
                ("cas", Datum::List(vec![datum(expected), datum(new)]))
            }
        };
        let answer = match answer {
            Some(TextKvAnswer::Value(value)) => datum(value),
            Some(TextKvAnswer::Swapped(swapped)) => Datum::Bool(*swapped),
            Some(TextKvAnswer::Written) | None => value.clone(),
        };
        Written { function, key, value, answer }
    }
}

fn decode_keyed(
    call: &Call,
    fail: FailMeans,
    key: Arc<str>,
    argument: &Datum,
    paired: bool,
) -> Result<Decoded<TextKv>, CodecError> {
    let written = |_: &Datum| Ok(TextKvAnswer::Written);
    Ok(match call.function.as_str() {
        "read" | "get" | "r" => {
            let completion = complete(call, None, |value| match (paired, value) {
                (true, Datum::List(pair)) if pair.len() == 2 => {
                    Ok(TextKvAnswer::Value(held(&pair[1])))
                }
                (true, other) => wrong("value", format!("expected [key value], found {other}")),
                (false, value) => Ok(TextKvAnswer::Value(held(value))),
            })?;
            (TextKvOp::Get { key }, completion)
        }
        "write" | "put" | "w" => {
            (TextKvOp::Put { key, value: held(argument) }, complete(call, None, written)?)
        }
        "append" => {
            let text = held(argument).unwrap_or_default();
            (TextKvOp::Append { key, text }, complete(call, None, written)?)
        }
        "cas" => {
            let Some([expected, new]) = argument.list() else {
                return wrong("value", format!("expected [expected new], found {argument}"));
            };
            let refused = (fail == FailMeans::Mismatch).then_some(TextKvAnswer::Swapped(false));
            let completion = complete(call, refused, |value| {
                Ok(TextKvAnswer::Swapped(*value != Datum::Bool(false)))
            })?;
            (TextKvOp::Cas { key, expected: held(expected), new: held(new) }, completion)
        }
        _ => return unknown(call, "read, write, append, cas"),
    })
}

/// The empty text is what a key holds that was never written.
fn held(datum: &Datum) -> Option<Arc<str>> {
    datum.held().filter(|text| !text.is_empty()).map(Arc::from)
}

fn datum(value: &Option<Arc<str>>) -> Datum {
    match value {
        None => Datum::Nil,
        Some(text) => match text.parse() {
            Ok(number) => Datum::Number(number),
            Err(_) => Datum::Text(text.to_string()),
        },
    }
}
