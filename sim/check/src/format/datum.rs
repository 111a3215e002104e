//! A value as a file has it.
//!
//! The invariant: two data are equal exactly when they print the same.

use std::fmt;

/// A value of a file, before a model gives it a meaning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// Nothing.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Text.
    Text(String),
    /// A bare word: a keyword or symbol, without its colon.
    Word(String),
    /// A list, vector or set.
    List(Vec<Datum>),
    /// Pairs.
    Map(Vec<(Datum, Datum)>),
}

impl Datum {
    /// The list, if it is one.
    #[must_use]
    pub fn list(&self) -> Option<&[Datum]> {
        match self {
            Datum::List(list) => Some(list),
            _ => None,
        }
    }

    /// The number, if it is one and not negative.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self {
            Datum::Number(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The text or word, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Datum::Text(text) | Datum::Word(text) => Some(text),
            _ => None,
        }
    }

    /// What stands under `key`, if it is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Datum> {
        match self {
            Datum::Map(pairs) => {
                pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|pair| &pair.1)
            }
            _ => None,
        }
    }

    /// The value as a register holds it: `None` for nil, else as text.
    #[must_use]
    pub fn held(&self) -> Option<String> {
        match self {
            Datum::Nil => None,
            Datum::Text(text) | Datum::Word(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Nil => f.write_str("nil"),
            Datum::Bool(truth) => write!(f, "{truth}"),
            Datum::Number(number) => write!(f, "{number}"),
            Datum::Text(text) => write!(f, "{text:?}"),
            Datum::Word(word) => write!(f, ":{word}"),
            Datum::List(list) => {
                f.write_str("[")?;
                for (place, item) in list.iter().enumerate() {
                    write!(f, "{}{item}", if place > 0 { " " } else { "" })?;
                }
                f.write_str("]")
            }
            Datum::Map(pairs) => {
                f.write_str("{")?;
                for (place, (key, value)) in pairs.iter().enumerate() {
                    write!(f, "{}{key} {value}", if place > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}
