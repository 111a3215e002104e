//! ShiViz's log: each event with the vector clock of its host.
//!
//! The invariant: the first line is the regular expression that reads the rest; a host's own
//! component grows by one with each of its events.

use crate::recording::Recording;
use serde_json::{Map, Value};
use squall_engine::event::Event;
use squall_engine::ids::EventId;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// A vector clock: a count for each host that was heard of.
type Clock = BTreeMap<usize, u64>;

pub(super) fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "(?<event>.*)\\n(?<host>\\S*) (?<clock>\\{{.*\\}})")?;
    writeln!(out)?;
    let storm = recording.lanes.len();
    let mut hosts: Vec<Clock> = vec![Clock::new(); storm + 1];
    // The clocks of events that are still to bring something about.
    let mut sent: BTreeMap<EventId, Clock> = BTreeMap::new();
    for event in recording.events() {
        let host = recording.lane(event).unwrap_or(storm);
        let heard = sent.get(&event.cause).cloned().unwrap_or_default();
        for (other, count) in heard {
            let known = hosts[host].entry(other).or_default();
            *known = (*known).max(count);
        }
        *hosts[host].entry(host).or_default() += 1;
        if recording.effects(event.cause).last() == Some(event.id) {
            sent.remove(&event.cause);
        }
        if recording.effects(event.id).next().is_some() {
            sent.insert(event.id, hosts[host].clone());
        }
        entry(recording, event, &hosts[host], host, out)?;
    }
    Ok(())
}

fn entry(
    recording: &Recording,
    event: &Event,
    clock: &Clock,
    host: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let name = |lane: usize| recording.lanes.get(lane).map_or("storm", |lane| &lane.name);
    let counts = clock.iter().map(|(lane, count)| (name(*lane).to_string(), Value::from(*count)));
    let clock = Value::Object(counts.collect::<Map<String, Value>>());
    writeln!(out, "{} {} {}", event.id, recording.place(event), event.words())?;
    writeln!(out, "{} {clock}", name(host))
}
