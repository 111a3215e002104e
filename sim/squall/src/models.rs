//! The models that come with squall: what clients do, and what is right.
//!
//! The invariant: each is a type to name as a protocol's `Model`, with its operations (`…Op`) and
//! its answers (`…Answer`) beside it.
//!
//! | model | what the service is |
//! |---|---|
//! | [`Register`], [`CasRegister`], [`MultiRegister`] | one number; with compare-and-set; several |
//! | [`Kv`], [`TextKv`] | numbers by key; texts by key, with append |
//! | [`Queue`], [`Stack`], [`PriorityQueue`] | containers that differ in what comes out next |
//! | [`Set`], [`GrowingSet`] | values that are in or not; that only come in |
//! | [`Counter`], [`Log`], [`UniqueIds`] | a sum; an append-only list; numbers given out once |
//! | [`Lock`], [`Semaphore`], [`Lease`] | who holds what, and for how long |
//! | [`Bank`] | accounts and transfers between them |
//!
//! A model of your own implements [`Model`] and, so that scenarios can mix its operations,
//! [`Generate`].

pub use squall_check::{
    Bank, BankAnswer, BankOp, CasRegister, CasRegisterAnswer, CasRegisterOp, Container,
    ContainerAnswer, ContainerOp, Counter, CounterAnswer, CounterOp, Discipline, Draws, Epoch,
    Fifo, Generate, Greatest, GrowingSet, GrowingSetAnswer, GrowingSetOp, Held, Id, Key, Kind, Kv,
    KvAnswer, KvOp, Lease, LeaseAnswer, LeaseOp, Lifo, Lock, LockAnswer, LockOp, Log, LogAnswer,
    LogOp, Model, MultiRegister, MultiRegisterAnswer, MultiRegisterOp, NextId, PriorityQueue,
    Queue, Register, RegisterAnswer, RegisterOp, Semaphore, Set, SetAnswer, SetOp, Stack, TextKv,
    TextKvAnswer, TextKvOp, UniqueIds, Whole,
};
