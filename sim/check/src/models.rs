//! The sequential models that come with the crate.
//!
//! The invariant: operations and answers are plain data that print as a person would say them.

mod bank;
mod cas_register;
mod containers;
mod kv;
mod locks;
mod multi_register;
mod numbers;
mod register;
mod set;
mod text_kv;
mod whole;

pub use bank::{Bank, BankAnswer, BankOp};
pub use cas_register::{CasRegister, CasRegisterAnswer, CasRegisterOp};
pub use containers::{
    Container, ContainerAnswer, ContainerOp, Discipline, Fifo, Greatest, Lifo, PriorityQueue,
    Queue, Stack,
};
pub use kv::{Key, Kv, KvAnswer, KvOp};
pub use locks::{Epoch, Held, Lease, LeaseAnswer, LeaseOp, Lock, LockAnswer, LockOp, Semaphore};
pub use multi_register::{MultiRegister, MultiRegisterAnswer, MultiRegisterOp};
pub use numbers::{
    Counter, CounterAnswer, CounterOp, Id, Log, LogAnswer, LogOp, NextId, UniqueIds,
};
pub use register::{Register, RegisterAnswer, RegisterOp};
pub use set::{GrowingSet, GrowingSetAnswer, GrowingSetOp, Set, SetAnswer, SetOp};
pub use text_kv::{TextKv, TextKvAnswer, TextKvOp};
pub use whole::Whole;
