//! The front door of squall: everything that a protocol and its tests need.
//!
//! The invariant: a crate that writes and tests a protocol depends on this one alone.

pub mod prelude;

pub use schemars;
pub use serde;
pub use squall_check as check_histories;
pub use squall_engine as engine;

#[cfg(feature = "cli")]
pub use squall_cli::{Catalogue, Console, Exit, main, run_command};
