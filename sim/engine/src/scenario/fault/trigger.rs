//! Triggers as data: what a node has to do for a fault to begin.
//!
//! The invariant: when a trigger fires is a function of the run; of the host it knows nothing.

use super::Target;
use crate::units::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a node has to do for a fault to begin: every key that is there must hold. It is decided
/// when a handler returns, on the node's new view and on what the handler said, before any of that
/// is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trigger {
    /// Whose doings count; absent: every node's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Target>,
    /// What the handler was told, `start`, `message`, `timer`, `synced`, or that a session is `up`
    /// or `down`; or a mark that it makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The role that the node then has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A field that the node then shows, or one with its value, such as `term=5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The kind of message that it was sent; with a send as `point`: that it sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Only a handler counts that made it so: the role or field was another before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
    /// The fault begins at this point of what the handler does; absent: before any of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
    /// With a sync as `point`: only one that makes a change of this file durable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// How often it has to happen; absent: once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// It fires within this time of the beginning of the run or never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
    /// At least one of several seeds must pull it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
}

/// A point within what a handler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Point {
    /// What was written is not durable yet.
    BeforeSync,
    /// What was written is durable, and nothing else has been done.
    AfterSync,
    /// The message has not left yet.
    BeforeSend,
    /// The message has left, and nothing else has been done.
    AfterSend,
}

impl Point {
    /// Whether it is the point of a send, not of a sync.
    #[must_use]
    pub fn is_send(self) -> bool {
        matches!(self, Point::BeforeSend | Point::AfterSend)
    }

    /// Whether it comes after its step, not before.
    #[must_use]
    pub fn is_after(self) -> bool {
        matches!(self, Point::AfterSync | Point::AfterSend)
    }
}

/// What a handler can be told, as `event` calls it.
pub const TOLD: [&str; 6] = ["start", "message", "timer", "synced", "up", "down"];
