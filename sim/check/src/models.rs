//! The sequential models that come with the crate.
//!
//! The invariant: operations and answers are plain data that print as a person would say them.

mod cas_register;
mod kv;
mod register;
mod text_kv;
mod whole;

pub use cas_register::{CasRegister, CasRegisterAnswer, CasRegisterOp};
pub use kv::{Key, Kv, KvAnswer, KvOp};
pub use register::{Register, RegisterAnswer, RegisterOp};
pub use text_kv::{TextKv, TextKvAnswer, TextKvOp};
pub use whole::Whole;
