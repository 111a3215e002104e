//! What a protocol's file imports: `use squall::prelude::*;`.
//!
//! The invariant: nothing here clashes with a name of the standard prelude. Models with names that
//! a protocol is likely to need for itself are in [`crate::models`] alone.

pub use crate::scenario;
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
pub use squall_check::{
    Bank, BankAnswer, BankOp, CasRegister, CasRegisterAnswer, CasRegisterOp, ContainerAnswer,
    ContainerOp, Counter, CounterAnswer, CounterOp, Draws, Generate, Id, Key, Kind, Kv, KvAnswer,
    KvOp, Model, MultiRegister, MultiRegisterAnswer, MultiRegisterOp, NextId, Process, Queue,
    Register, RegisterAnswer, RegisterOp, TextKv, TextKvAnswer, TextKvOp, UniqueIds,
};
pub use squall_engine::disk::{Disk, DiskError, Ticket};
pub use squall_engine::ids::{EventId, LocalTime, NodeId, Time, WallTime};
pub use squall_engine::monitor::{Breach, Moment, Properties, World, at_rest};
pub use squall_engine::network::{Envelope, Fate, Loss, NetworkModel};
pub use squall_engine::node::{Context, Never, Node, Session};
pub use squall_engine::protocol::{
    Boot, Change, Cluster, ConfigError, Links, Measure, NoClients, Protocol, Reconfigured, Reply,
    Request,
};
pub use squall_engine::scenario::bound::Unit;
pub use squall_engine::scenario::tables::Consistency;
pub use squall_engine::stream::hashed;
pub use squall_engine::units::{Ratio, Span, SpanRange};
pub use squall_engine::view::View;
