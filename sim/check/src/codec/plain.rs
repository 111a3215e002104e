//! The other models in files: small words and numbers.
//!
//! The invariant: what is written is read back the same.

use super::{Codec, CodecError, Decoded, FailMeans, Written, complete, unknown, wrong};
use crate::format::{Call, Datum};
use crate::models::{
    Bank, BankAnswer, BankOp, Container, ContainerAnswer, ContainerOp, Counter, CounterAnswer,
    CounterOp, Discipline, GrowingSet, GrowingSetAnswer, GrowingSetOp, Id, Key, Lease, LeaseAnswer,
    LeaseOp, Lock, LockAnswer, LockOp, Log, LogAnswer, LogOp, MultiRegister, MultiRegisterAnswer,
    MultiRegisterOp, NextId, Semaphore, Set, SetAnswer, SetOp, UniqueIds,
};

fn number(datum: &Datum) -> Result<u64, CodecError> {
    datum.number().map_or_else(|| wrong("value", format!("{datum} is no whole number")), Ok)
}

fn numbers<T: FromIterator<u64>>(datum: &Datum) -> Result<T, CodecError> {
    match datum.list() {
        Some(list) => list.iter().map(number).collect(),
        None => wrong("value", format!("{datum} is no list")),
    }
}

fn plain(number: u64) -> Datum {
    i64::try_from(number).map_or_else(|_| Datum::Text(number.to_string()), Datum::Number)
}

fn list(numbers: impl IntoIterator<Item = u64>) -> Datum {
    Datum::List(numbers.into_iter().map(plain).collect())
}

fn written(function: &'static str, value: Datum, answer: Option<Datum>) -> Written {
    let answer = answer.unwrap_or_else(|| value.clone());
    Written { function, key: None, value, answer }
}

impl<D: Discipline> Codec for Container<D> {
    const NAME: &'static str = "queue";
    const ABOUT: &'static str = "put/enqueue/push, take/dequeue/pop; nil when empty";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        Ok(Some(match call.function.as_str() {
            "put" | "enqueue" | "push" | "add" => (
                ContainerOp::Put(number(&call.value)?),
                complete(call, None, |_| Ok(ContainerAnswer::Put))?,
            ),
            "take" | "dequeue" | "pop" => (
                ContainerOp::Take,
                complete(call, Some(ContainerAnswer::Taken(None)), |value| match value {
                    Datum::Nil => Ok(ContainerAnswer::Taken(None)),
                    value => Ok(ContainerAnswer::Taken(Some(number(value)?))),
                })?,
            ),
            _ => return unknown(call, "put, take"),
        }))
    }

    fn encode(operation: &ContainerOp, answer: Option<&ContainerAnswer>) -> Written {
        match (operation, answer) {
            (ContainerOp::Put(value), _) => written("put", plain(*value), None),
            (ContainerOp::Take, Some(ContainerAnswer::Taken(Some(value)))) => {
                written("take", Datum::Nil, Some(plain(*value)))
            }
            (ContainerOp::Take, _) => written("take", Datum::Nil, None),
        }
    }
}

impl Codec for Set {
    const NAME: &'static str = "set";
    const ABOUT: &'static str = "add, remove, contains; an element at a time";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        let element = number(&call.value)?;
        let operation = match call.function.as_str() {
            "add" => SetOp::Add(element),
            "remove" => SetOp::Remove(element),
            "contains" => SetOp::Contains(element),
            _ => return unknown(call, "add, remove, contains"),
        };
        let completion = complete(call, None, |value| match value {
            Datum::Bool(was) => Ok(SetAnswer::Was(*was)),
            _ if matches!(operation, SetOp::Contains(_)) => {
                wrong("value", format!("{value} is neither true nor false"))
            }
            _ => Ok(SetAnswer::Done),
        })?;
        Ok(Some((operation, completion)))
    }

    fn encode(operation: &SetOp, answer: Option<&SetAnswer>) -> Written {
        let function = match operation {
            SetOp::Add(_) => "add",
            SetOp::Remove(_) => "remove",
            SetOp::Contains(_) => "contains",
        };
        let answer = answer.map(|answer| match answer {
            SetAnswer::Was(was) => Datum::Bool(*was),
            SetAnswer::Done => Datum::Nil,
        });
        written(function, plain(operation.element()), answer)
    }
}

impl Codec for GrowingSet {
    const NAME: &'static str = "growing-set";
    const ABOUT: &'static str = "add, read of the whole";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        Ok(Some(match call.function.as_str() {
            "add" => (
                GrowingSetOp::Add(number(&call.value)?),
                complete(call, None, |_| Ok(GrowingSetAnswer::Added))?,
            ),
            "read" => (
                GrowingSetOp::Read,
                complete(call, None, |value| Ok(GrowingSetAnswer::Members(numbers(value)?)))?,
            ),
            _ => return unknown(call, "add, read"),
        }))
    }

    fn encode(operation: &GrowingSetOp, answer: Option<&GrowingSetAnswer>) -> Written {
        match (operation, answer) {
            (GrowingSetOp::Add(element), _) => written("add", plain(*element), None),
            (GrowingSetOp::Read, Some(GrowingSetAnswer::Members(members))) => {
                written("read", Datum::Nil, Some(list(members.iter().copied())))
            }
            (GrowingSetOp::Read, _) => written("read", Datum::Nil, None),
        }
    }
}

impl Codec for Counter {
    const NAME: &'static str = "counter";
    const ABOUT: &'static str = "add, read";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        let signed = |datum: &Datum| match datum {
            Datum::Number(number) => Ok(*number),
            other => wrong("value", format!("{other} is no whole number")),
        };
        Ok(Some(match call.function.as_str() {
            "add" => (
                CounterOp::Add(signed(&call.value)?),
                complete(call, None, |_| Ok(CounterAnswer::Added))?,
            ),
            "read" => (
                CounterOp::Read,
                complete(call, None, |value| Ok(CounterAnswer::Value(signed(value)?)))?,
            ),
            _ => return unknown(call, "add, read"),
        }))
    }

    fn encode(operation: &CounterOp, answer: Option<&CounterAnswer>) -> Written {
        match (operation, answer) {
            (CounterOp::Add(amount), _) => written("add", Datum::Number(*amount), None),
            (CounterOp::Read, Some(CounterAnswer::Value(value))) => {
                written("read", Datum::Nil, Some(Datum::Number(*value)))
            }
            (CounterOp::Read, _) => written("read", Datum::Nil, None),
        }
    }
}

impl Codec for UniqueIds {
    const NAME: &'static str = "unique-ids";
    const ABOUT: &'static str = "generate/next";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        match call.function.as_str() {
            "generate" | "next" => {
                Ok(Some((NextId, complete(call, None, |value| number(value).map(Id))?)))
            }
            _ => unknown(call, "generate"),
        }
    }

    fn encode(_: &NextId, answer: Option<&Id>) -> Written {
        written("generate", Datum::Nil, answer.map(|id| plain(id.0)))
    }
}

impl Codec for Log {
    const NAME: &'static str = "log";
    const ABOUT: &'static str = "append (answered by the offset), read from an offset";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        Ok(Some(match call.function.as_str() {
            "append" | "send" => (
                LogOp::Append(number(&call.value)?),
                complete(call, None, |value| number(value).map(LogAnswer::At))?,
            ),
            "read" | "poll" => {
                let offset = if call.value == Datum::Nil { 0 } else { number(&call.value)? };
                let read = |value: &Datum| Ok(LogAnswer::Entries(numbers(value)?));
                (LogOp::Read(offset), complete(call, None, read)?)
            }
            _ => return unknown(call, "append, read"),
        }))
    }

    fn encode(operation: &LogOp, answer: Option<&LogAnswer>) -> Written {
        let answer = answer.map(|answer| match answer {
            LogAnswer::At(offset) => plain(*offset),
            LogAnswer::Entries(entries) => list(entries.iter().copied()),
        });
        match operation {
            LogOp::Append(entry) => written("append", plain(*entry), answer),
            LogOp::Read(offset) => written("read", plain(*offset), answer),
        }
    }
}

fn decode_lock(call: &Call) -> Result<(LockOp, crate::Completion<LockAnswer>), CodecError> {
    let owner = match &call.value {
        Datum::Nil => u64::from(call.process.client),
        value => number(value)?,
    };
    Ok(match call.function.as_str() {
        "acquire" | "lock" => (
            LockOp::Acquire(owner),
            complete(call, Some(LockAnswer::Refused), |value| match value {
                Datum::Bool(false) => Ok(LockAnswer::Refused),
                Datum::List(pair) if pair.len() == 2 => {
                    Ok(LockAnswer::Acquired(Some(number(&pair[1])?)))
                }
                _ => Ok(LockAnswer::Acquired(None)),
            })?,
        ),
        "release" | "unlock" => (
            LockOp::Release(owner),
            complete(call, Some(LockAnswer::NotHeld), |value| match value {
                Datum::Bool(false) => Ok(LockAnswer::NotHeld),
                _ => Ok(LockAnswer::Released),
            })?,
        ),
        _ => return unknown(call, "acquire, release"),
    })
}

fn encode_lock(operation: &LockOp, answer: Option<&LockAnswer>) -> Written {
    let (function, owner) = match operation {
        LockOp::Acquire(owner) => ("acquire", *owner),
        LockOp::Release(owner) => ("release", *owner),
    };
    let answer = answer.map(|answer| match answer {
        LockAnswer::Acquired(Some(token)) => list([owner, *token]),
        LockAnswer::Acquired(None) | LockAnswer::Released => plain(owner),
        LockAnswer::Refused | LockAnswer::NotHeld => Datum::Bool(false),
    });
    written(function, plain(owner), answer)
}

impl Codec for Lock {
    const NAME: &'static str = "lock";
    const ABOUT: &'static str = "acquire (answered by [owner token], owner or false), release";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        decode_lock(call).map(Some)
    }

    fn encode(operation: &LockOp, answer: Option<&LockAnswer>) -> Written {
        encode_lock(operation, answer)
    }
}

impl<const ROOM: u32> Codec for Semaphore<ROOM> {
    const NAME: &'static str = "semaphore";
    const ABOUT: &'static str = "acquire, release; answered by the owner or false";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        decode_lock(call).map(Some)
    }

    fn encode(operation: &LockOp, answer: Option<&LockAnswer>) -> Written {
        encode_lock(operation, answer)
    }
}

impl Codec for Lease {
    const NAME: &'static str = "lease";
    const ABOUT: &'static str = "acquire (answered by the epoch), use of an epoch (valid, expired)";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        let argument = match &call.value {
            Datum::Nil => u64::from(call.process.client),
            value => number(value)?,
        };
        Ok(Some(match call.function.as_str() {
            "acquire" => (
                LeaseOp::Acquire(argument),
                complete(call, Some(LeaseAnswer::Refused), |value| {
                    number(value).map(LeaseAnswer::Granted)
                })?,
            ),
            "use" => (
                LeaseOp::Use(argument),
                complete(call, Some(LeaseAnswer::Expired), |value| match value.text() {
                    Some("valid") => Ok(LeaseAnswer::Valid),
                    Some("expired") => Ok(LeaseAnswer::Expired),
                    Some("refused") => Ok(LeaseAnswer::Refused),
                    _ => wrong("value", format!("{value} is none of valid, expired, refused")),
                })?,
            ),
            _ => return unknown(call, "acquire, use"),
        }))
    }

    fn encode(operation: &LeaseOp, answer: Option<&LeaseAnswer>) -> Written {
        let answer = answer.map(|answer| match answer {
            LeaseAnswer::Granted(epoch) => plain(*epoch),
            LeaseAnswer::Refused => Datum::Text(String::from("refused")),
            LeaseAnswer::Valid => Datum::Text(String::from("valid")),
            LeaseAnswer::Expired => Datum::Text(String::from("expired")),
        });
        match operation {
            LeaseOp::Acquire(owner) => written("acquire", plain(*owner), answer),
            LeaseOp::Use(epoch) => written("use", plain(*epoch), answer),
        }
    }
}

impl<const ACCOUNTS: u32, const EACH: u64> Codec for Bank<ACCOUNTS, EACH> {
    const NAME: &'static str = "bank";
    const ABOUT: &'static str = "transfer [from to amount], read (all balances)";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        Ok(Some(match call.function.as_str() {
            "transfer" => {
                let Some([from, to, amount]) = call.value.list() else {
                    return wrong("value", format!("{} is not [from to amount]", call.value));
                };
                let account = |datum: &Datum| {
                    u32::try_from(number(datum)?)
                        .or_else(|_| wrong("value", format!("no account is called {datum}")))
                };
                let (from, to) = (account(from)?, account(to)?);
                let operation = BankOp::Transfer { from, to, amount: number(amount)? };
                let moved = |value: &Datum| match value {
                    Datum::Bool(false) => Ok(BankAnswer::Refused),
                    _ => Ok(BankAnswer::Moved),
                };
                (operation, complete(call, Some(BankAnswer::Refused), moved)?)
            }
            "read" => (
                BankOp::Balances,
                complete(call, None, |value| Ok(BankAnswer::Balances(numbers(value)?)))?,
            ),
            _ => return unknown(call, "transfer, read"),
        }))
    }

    fn encode(operation: &BankOp, answer: Option<&BankAnswer>) -> Written {
        match (operation, answer) {
            (BankOp::Transfer { from, to, amount }, answer) => {
                let refused = answer == Some(&BankAnswer::Refused);
                let argument = list([u64::from(*from), u64::from(*to), *amount]);
                written("transfer", argument, refused.then_some(Datum::Bool(false)))
            }
            (BankOp::Balances, Some(BankAnswer::Balances(balances))) => {
                written("read", Datum::Nil, Some(list(balances.iter().copied())))
            }
            (BankOp::Balances, _) => written("read", Datum::Nil, None),
        }
    }
}

impl Codec for MultiRegister {
    const NAME: &'static str = "multi-register";
    const ABOUT: &'static str = "read [key …] (answered by [value …]), write [[key value] …]";

    fn decode(call: &Call, _: FailMeans) -> Result<Option<Decoded<Self>>, CodecError> {
        let key = |datum: &Datum| {
            u32::try_from(number(datum)?)
                .map(Key)
                .or_else(|_| wrong("value", format!("no key is called {datum}")))
        };
        let Some(list) = call.value.list() else {
            return wrong("value", format!("{} is no list", call.value));
        };
        Ok(Some(match call.function.as_str() {
            "read" => {
                let keys: Result<Vec<Key>, CodecError> = list.iter().map(key).collect();
                let values = |value: &Datum| {
                    let values = value.list().unwrap_or_default().iter();
                    Ok(MultiRegisterAnswer::Values(values.map(Datum::number).collect()))
                };
                (MultiRegisterOp::Read(keys?), complete(call, None, values)?)
            }
            "write" => {
                let pairs: Result<Vec<(Key, u64)>, CodecError> = list
                    .iter()
                    .map(|pair| match pair.list() {
                        Some([name, value]) => Ok((key(name)?, number(value)?)),
                        _ => wrong("value", format!("{pair} is not [key value]")),
                    })
                    .collect();
                let done = |_: &Datum| Ok(MultiRegisterAnswer::Written);
                (MultiRegisterOp::Write(pairs?), complete(call, None, done)?)
            }
            _ => return unknown(call, "read, write"),
        }))
    }

    fn encode(operation: &MultiRegisterOp, answer: Option<&MultiRegisterAnswer>) -> Written {
        match operation {
            MultiRegisterOp::Read(keys) => {
                let answer = answer.map(|answer| match answer {
                    MultiRegisterAnswer::Values(values) => {
                        Datum::List(values.iter().map(|v| v.map_or(Datum::Nil, plain)).collect())
                    }
                    MultiRegisterAnswer::Written => Datum::Nil,
                });
                written("read", list(keys.iter().map(|key| u64::from(key.0))), answer)
            }
            MultiRegisterOp::Write(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| list([u64::from(key.0), *value]));
                written("write", Datum::List(pairs.collect()), None)
            }
        }
    }
}
