//! Relay: clients ask a proxy, which hands each request to the next of its backends and passes the
//! answer back.
//!
//! The invariant: every request that a proxy took is waiting there or was answered, once.
//!
//! Nothing is remembered and nothing is on disk: what is right is that an answer fits its request.
//! It assumes datagrams: a job or an answer may be lost, doubled or late.

mod backend;
mod echo;
mod monitors;
mod proxy;
#[cfg(test)]
mod tests;

pub use backend::{Backend, Job};
pub use echo::{Echo, Heard, Say};
pub use proxy::{Proxy, Ticket};

use squall::prelude::*;
use std::convert::identity;
use std::num::NonZeroU32;

/// Clients, a proxy, and the backends that do its work.
#[derive(Debug)]
pub struct Relay;

/// The `[config]` of a relay scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a backend works on a request.
    pub work: Span,
    /// A backend that works longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
    /// How long a proxy waits for a backend before it tells the client that nobody knows.
    pub patience: Span,
    /// A planted bug; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bug: Option<Bug>,
}

/// A backend that works longer than the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slow {
    /// Its number, from 1.
    pub backend: NonZeroU32,
    /// How many times as long it works.
    pub factor: NonZeroU32,
}

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bug {
    /// A proxy gives every answer to the client that has waited longest.
    AnswersInOrder,
    /// A proxy keeps a request that was answered, and answers it again when patience ends.
    AnswersTwice,
}

impl Default for Config {
    fn default() -> Config {
        Config { work: Span::millis(1), slow: None, patience: Span::millis(500), bug: None }
    }
}

/// What clients, proxies and backends say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// A client asks a proxy.
    Ask(Request<Echo>),
    /// A proxy tells a client.
    Tell(Reply<Echo>),
    /// A proxy and a backend speak about a job.
    Job(Job),
}

/// A node of either kind.
#[derive(Debug)]
pub enum Member {
    /// Hands requests to backends.
    Proxy(Proxy),
    /// Does the work.
    Backend(Backend),
}

impl Node for Member {
    type Message = Message;
    type Timer = Ticket;

    fn on_message(&mut self, cx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match (self, message) {
            (Member::Proxy(proxy), message) => {
                cx.part(identity, identity, |cx| proxy.on_message(cx, from, message));
            }
            (Member::Backend(backend), Message::Job(job)) => {
                cx.part(Message::Job, no_timer, |cx| backend.on_message(cx, from, job));
            }
            (Member::Backend(_), Message::Ask(_) | Message::Tell(_)) => {}
        }
    }

    fn on_timer(&mut self, cx: &mut Context<'_, Self>, ticket: Ticket) {
        match self {
            Member::Proxy(proxy) => cx.part(identity, identity, |cx| proxy.on_timer(cx, ticket)),
            Member::Backend(_) => {}
        }
    }

    fn view(&self, view: &mut View) {
        match self {
            Member::Proxy(proxy) => proxy.view(view),
            Member::Backend(backend) => backend.view(view),
        }
    }
}

fn no_timer(never: Never) -> Ticket {
    match never {}
}

impl Protocol for Relay {
    const NAME: &'static str = "relay";
    const ABOUT: &'static str =
        "a proxy hands requests to backends round robin, remembering nothing";
    const KINDS: &'static [&'static str] = &["proxy", "backend"];
    const MARKS: &'static [&'static str] = &["gave-up"];
    const MEASURES: &'static [Measure] = &[
        Measure {
            name: "outstanding",
            about: "How many jobs the chosen backend already had when it was given another.",
            unit: Unit::Number,
        },
        Measure {
            name: "spread",
            about: "How many more jobs the busiest backend had than the idlest one.",
            unit: Unit::Number,
        },
    ];

    type Config = Config;
    type Node = Member;
    type Model = Echo;

    fn node(config: &Config, boot: Boot) -> Member {
        match boot.kind() {
            "proxy" => Member::Proxy(Proxy::new(config, &boot)),
            _ => Member::Backend(Backend::new(config, &boot)),
        }
    }

    fn ask(request: Request<Echo>, cluster: &Cluster<'_>) -> (NodeId, Message) {
        (cluster.any_of("proxy"), Message::Ask(request))
    }

    fn answer(message: Message) -> Option<Reply<Echo>> {
        match message {
            Message::Tell(reply) => Some(reply),
            Message::Ask(_) | Message::Job(_) => None,
        }
    }

    fn properties(_: &Config) -> Properties<Relay> {
        monitors::properties()
    }
}
