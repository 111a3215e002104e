//! What a scenario may set in `[config]`.
//!
//! The invariant: the default is Consul's agent on a local network; only `bug` breaks a rule.

use squall::prelude::*;
use std::num::NonZeroU32;

/// The `[config]` of a SWIM scenario. Names and defaults are those of memberlist's
/// `DefaultLANConfig` and, from `retry_join` on, of Serf and Consul, unless a line says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a protocol period is: in each a node probes one other.
    pub probe_interval: Span,
    /// How long a node waits for the answer to its ping before it asks others to try.
    pub probe_timeout: Span,
    /// How many others it asks.
    pub indirect_checks: u32,
    /// An update is sent this many times the number of digits of the cluster's size.
    pub retransmit_mult: NonZeroU32,
    /// A suspicion lasts at least this many periods times the decimal logarithm of the size.
    pub suspicion_mult: NonZeroU32,
    /// How many times longer it lasts while nobody confirms it.
    pub suspicion_max_timeout_mult: NonZeroU32,
    /// How many times longer a node that is in bad health waits at most.
    pub awareness_max_multiplier: NonZeroU32,
    /// How often a node sends updates to others at random.
    pub gossip_interval: Span,
    /// To how many.
    pub gossip_nodes: NonZeroU32,
    /// How long the dead are sent updates as well: one that is alive hears of it and refutes.
    pub gossip_to_the_dead: Span,
    /// How often a node exchanges its whole state with another at random; in clusters of more than
    /// 32 nodes less often.
    pub push_pull_interval: Span,
    /// How many updates a packet has room for. Memberlist fills 1,400 bytes.
    pub packet_updates: NonZeroU32,
    /// The first so many nodes are those that all others join through.
    pub seeds: NonZeroU32,
    /// How often a node asks the seeds until one has answered: 30s in Consul, whose joining goes
    /// over TCP, which itself repeats after a second what is lost.
    pub retry_join: Span,
    /// How often a node tries to reach one that it takes for dead.
    pub reconnect_interval: Span,
    /// After how long the dead and those that left are forgotten.
    pub reconnect_timeout: Span,
    /// How long a node that leaves stays to tell others: Consul's `leave_propagate_delay`.
    pub leave_delay: Span,
    /// A planted bug.
    pub bug: Bug,
}

impl Config {
    /// Whether time goes by in every period, and a probe has time for its second half.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let intervals = [
            ("probe_interval", self.probe_interval),
            ("gossip_interval", self.gossip_interval),
            ("push_pull_interval", self.push_pull_interval),
            ("retry_join", self.retry_join),
            ("reconnect_interval", self.reconnect_interval),
        ];
        if let Some((key, _)) = intervals.iter().find(|(_, every)| *every == Span::ZERO) {
            return Err(ConfigError::new(key, "what is done every 0s is never done"));
        }
        if self.probe_timeout >= self.probe_interval {
            let message = "a ping must time out before its period ends (`probe_interval`)";
            return Err(ConfigError::new("probe_timeout", message));
        }
        Ok(())
    }

    /// Whether nodes mind their own health.
    pub(super) fn lifeguard(&self) -> bool {
        self.bug != Bug::NoLifeguard
    }
}

impl Default for Config {
    fn default() -> Config {
        let count = |count| NonZeroU32::new(count).expect("the count is not zero");
        Config {
            probe_interval: Span::secs(1),
            probe_timeout: Span::millis(500),
            indirect_checks: 3,
            retransmit_mult: count(4),
            suspicion_mult: count(4),
            suspicion_max_timeout_mult: count(6),
            awareness_max_multiplier: count(8),
            gossip_interval: Span::millis(200),
            gossip_nodes: count(3),
            gossip_to_the_dead: Span::secs(30),
            push_pull_interval: Span::secs(30),
            packet_updates: count(20),
            seeds: count(3),
            retry_join: Span::secs(1),
            reconnect_interval: Span::secs(30),
            reconnect_timeout: Span::secs(24 * 60 * 60),
            leave_delay: Span::secs(3),
            bug: Bug::None,
        }
    }
}

/// A planted bug: one rule that is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bug {
    /// None: SWIM with Lifeguard as it should be.
    #[default]
    None,
    /// SWIM without Lifeguard: suspicions are short and nodes trust their own health, so that one
    /// which hears others late declares them dead. What HashiCorp ran before memberlist 0.1
    /// (Dadgar, Phillips and Currey, "Lifeguard", DSN-W 2018, §I).
    NoLifeguard,
    /// A node that is suspected says that it is alive in the incarnation that is suspected, which
    /// nobody believes any more (Das, Gupta and Motivala, "SWIM", DSN 2002, §4.2).
    NoIncarnationBump,
    /// That a node is alive is believed in whatever incarnation it is said, even in one that is
    /// known to be over (§4.2).
    StaleAliveWins,
}
