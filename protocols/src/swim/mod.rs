//! SWIM: who is in the cluster, as in Das, Gupta and Motivala ("SWIM: Scalable
//! Weakly-consistent Infection-style Process Group Membership Protocol", DSN 2002), with Lifeguard
//! (Dadgar, Phillips and Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
//! Detection", DSN-W 2018), as HashiCorp's memberlist does it for Consul.
//!
//! The invariant: what is said of a member in a later incarnation holds, in the same one the worse
//! (SWIM §4.2); the properties in `monitors` watch it.
//!
//! What it has: a probe each period, round robin over a list in an order drawn anew for each round
//! (§4.3), by ping and through others (§3.1); suspicion, incarnations and refutation (§4.2);
//! updates that ride on every packet (§4.1), the least often sent first, and gossip of their own
//! besides; exchanges of the whole state, joining through seeds, leaving, gossip to the dead, tries
//! to reach them again, and forgetting (memberlist and Serf); Lifeguard's local health, its nacks,
//! its suspicions that shorten as others confirm them, and its ping that tells a suspect of it.
//!
//! What it leaves out: the ping over TCP beside the indirect ones, since there is one kind of link
//! here; an exchange of state is one message each way, and a lost one is not sent again before the
//! next is due. Metadata of members is one number, the boot.
//!
//! Where memberlist and the papers differ: both the period and the timeout of a ping grow with bad
//! health, and a helper says after 80 % of its timeout that it has no answer, as Lifeguard has it.

mod agent;
mod config;
mod exchange;
mod members;
mod message;
mod monitors;
mod probing;
mod rumours;
mod scale;
mod suspicion;
#[cfg(test)]
mod tests;
mod updates;

pub use agent::{Agent, Timer};
pub use config::{Bug, Config};
pub use message::{Claim, Incarnation, Message, Record, Say, Sequence, Status, Update};

use squall::prelude::*;

/// SWIM with Lifeguard.
#[derive(Debug)]
pub struct Swim;

impl Protocol for Swim {
    const NAME: &'static str = "swim";
    const ABOUT: &'static str =
        "SWIM with Lifeguard (Das 2002, Dadgar 2018): who is in the cluster, by probes and gossip";
    const ROLES: &'static [&'static str] = &["joining", "member", "left"];
    const MARKS: &'static [&'static str] = &[
        "joined",
        "answered-late",
        "confirmed",
        "refuted",
        "unhealthy",
        "declared-dead",
        "left",
        "forgotten",
    ];
    const MEMBERSHIP: bool = true;
    const MEASURES: &'static [Measure] = &[
        Measure {
            name: "false-deaths",
            about: "How many one node had declared dead that turned out to live all along.",
            unit: Unit::Number,
        },
        Measure {
            name: "suspicions",
            about: "How often a node began to suspect another, by itself or because it was told.",
            unit: Unit::Number,
        },
        Measure {
            name: "suspected-for",
            about: "How long a node had suspected another when it declared it dead.",
            unit: Unit::Span,
        },
    ];

    type Config = Config;
    type Node = Agent;
    type Model = NoClients;

    fn node(config: &Config, boot: Boot) -> Agent {
        Agent::new(config, &boot)
    }

    fn check_config(config: &Config) -> Result<(), ConfigError> {
        config.check()
    }

    fn ask(request: Request<NoClients>, _: &Cluster<'_>) -> (NodeId, Message) {
        match *request.operation() {}
    }

    fn answer(_: Message) -> Option<Reply<NoClients>> {
        None
    }

    fn reconfigure(change: Change) -> Option<Message> {
        Some(Message::Reconfigure(change))
    }

    fn reconfigured(message: &Message) -> Option<Reconfigured> {
        match message {
            Message::Reconfigured(told) => Some(*told),
            Message::Packet(..) | Message::Push(_) | Message::Pull(_) | Message::Reconfigure(_) => {
                None
            }
        }
    }

    fn properties(_: &Config) -> Properties<Swim> {
        monitors::properties()
    }
}
