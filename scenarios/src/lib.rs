//! The scenarios that squall ships, compiled in.
//!
//! The invariant: every scenario file in this folder is in the catalogue; a test looks.

use squall::Catalogue;
use squall_protocols::raft::Raft;
use squall_protocols::relay::Relay;
use squall_protocols::swim::Swim;

macro_rules! scenarios {
    ($($name:literal)*) => {
        /// The name and text of every scenario.
        const SCENARIOS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../", $name, ".toml")))),*];
    };
}

scenarios! {
    "raft/bugs/async-heartbeat-bumps-term"
    "raft/bugs/commit-index-regress"
    "raft/bugs/commit-prior-term"
    "raft/bugs/consistent-index-not-atomic"
    "raft/bugs/count-stale-acks"
    "raft/bugs/count-stale-votes"
    "raft/bugs/install-snapshot-keeps-conflicting-log"
    "raft/bugs/lease-read-clock-drift"
    "raft/bugs/no-fsync-before-ack"
    "raft/bugs/no-prevote-no-checkquorum"
    "raft/bugs/no-session-dedup"
    "raft/bugs/read-index-before-own-commit"
    "raft/bugs/read-local-leader"
    "raft/bugs/snapshot-boundary-empty-append"
    "raft/bugs/truncate-on-old-append"
    "raft/bugs/vote-not-persisted"
    "raft/clock-drift"
    "raft/crash-restart"
    "raft/everything"
    "raft/lossy-network"
    "raft/membership"
    "raft/partition"
    "raft/steady"
    "relay/slow-backend"
    "swim/bugs/no-incarnation-bump"
    "swim/bugs/no-lifeguard"
    "swim/bugs/stale-alive-wins"
    "swim/crash"
    "swim/everything"
    "swim/lossy"
    "swim/partition"
    "swim/slow-node"
    "swim/steady"
    "swim/thousand"
}

/// The protocols and scenarios that squall ships.
#[must_use]
pub fn catalogue() -> Catalogue {
    let catalogue = Catalogue::new().protocol::<Raft>().protocol::<Relay>().protocol::<Swim>();
    SCENARIOS.iter().fold(catalogue, |all, (name, text)| all.scenario(name, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_scenario_file_is_in_the_catalogue() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        collect(root, root, &mut found);
        found.sort();
        let mut listed: Vec<String> =
            SCENARIOS.iter().map(|(name, _)| (*name).to_string()).collect();
        listed.sort();
        assert_eq!(found, listed);
    }

    fn collect(root: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("the folder of scenarios can be read") {
            let path = entry.expect("its entries can be read").path();
            if path.is_dir() {
                collect(root, &path, found);
            } else if path.extension().is_some_and(|end| end == "toml") && folder != root {
                let name = path.strip_prefix(root).expect("it is below").with_extension("");
                found.push(name.to_string_lossy().replace('\\', "/"));
            }
        }
    }
}
