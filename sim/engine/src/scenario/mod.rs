//! Scenarios: the file, its tables as types, and what a seed makes of it.

pub mod bound;
pub mod budget;
pub mod document;
pub mod error;
pub mod facts;
pub mod fault;
pub mod roster;
pub mod schema;
pub mod tables;
pub mod target;
pub mod validate;

mod forms;
mod path;
mod read;
pub(crate) mod tree;
mod vary;

pub use document::{CELLS_MAX, Cell, Document};
pub use error::{Position, ScenarioError};
pub use facts::Facts;
pub use roster::Roster;
pub use tables::Scenario;
pub use validate::validate;
pub(crate) use validate::validate_plan;
