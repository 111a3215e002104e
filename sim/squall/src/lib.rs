//! The front door of squall: everything that a protocol and its tests need.
//!
//! The invariant: a crate that writes and tests a protocol depends on this one alone.
//!
//! A protocol, the scenario it has to come through, and the two tests that say what came of it:
//!
//! ```
#![doc = include_str!("../tests/suite/copies.rs")]
//! ```

mod check;
pub mod prelude;

pub use check::{Check, check};
pub use schemars;
pub use serde;
pub use squall_check as check_histories;
pub use squall_engine as engine;

#[cfg(feature = "cli")]
pub use squall_cli::{Catalogue, Console, Exit, main, run_command};
