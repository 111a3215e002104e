//! Latencies between zones, from measured round trips.
//!
//! The invariant: a one-way latency is uniform within a tenth of half the cited mean round trip.
//!
//! All figures are mean round trips of pings between instances of Amazon EC2. Within one
//! availability zone of us-east, and from it to two others: ten pings each, April 2014,
//! <https://gist.github.com/josephmisiti/10312241>; the two others are taken to be as far from each
//! other as the farther of them, which was not measured. Between the regions Virginia, Ireland and
//! Tokyo: <https://acomputerscientistlearnsaws.blogspot.com/2017/04/aws-regions.html>.

use super::links::LinkSet;
use super::profile::Partial;
use crate::scenario::roster::Roster;
use crate::scenario::tables::{self, Latency, ZoneLatencies};
use crate::units::{Span, SpanRange};

/// Round trips in microseconds: within a zone, and between the first and second, the first and
/// third, and the second and third.
struct RoundTrips {
    within: u64,
    between: [u64; 3],
}

fn round_trips(preset: ZoneLatencies) -> RoundTrips {
    match preset {
        ZoneLatencies::OneDatacentre => RoundTrips { within: 446, between: [446; 3] },
        ZoneLatencies::ThreeZones => RoundTrips { within: 446, between: [1_328, 2_112, 2_112] },
        ZoneLatencies::ThreeContinents => {
            RoundTrips { within: 446, between: [80_550, 145_300, 212_400] }
        }
    }
}

/// The links between each two zones, with their latency.
pub(super) fn entries(table: &tables::Network, roster: &Roster) -> Vec<(LinkSet, Partial)> {
    let Some(preset) = table.zones else { return Vec::new() };
    let trips = round_trips(preset);
    let count = roster.everybody().count();
    let all: Vec<usize> = (0..count).collect();
    let mut entries = vec![(LinkSet::new(count, &all, &all, false), one_way(trips.within))];
    let places = |zone: usize| -> Vec<usize> {
        roster.in_zone(zone).into_iter().map(|id| roster.place(id)).collect()
    };
    let pairs = [(0, 1), (0, 2), (1, 2)].into_iter().zip(trips.between);
    if preset != ZoneLatencies::OneDatacentre {
        entries.extend(pairs.map(|((first, second), trip)| {
            let set = LinkSet::new(count, &places(first), &places(second), true);
            (set, one_way(trip))
        }));
    }
    entries
}

fn one_way(round_trip: u64) -> Partial {
    let half = Span::micros(round_trip) / 2;
    Partial::latency(&Latency::Uniform(SpanRange::new(half * 9 / 10, half * 11 / 10)))
}
