//! Measures against their bounds.
//!
//! The invariant: a bound without a sample is not judged; what is only reported never fails.

use crate::decider::Decider;
use crate::host::Host;
use crate::measure::Distribution;
use crate::monitor::Breach;
use crate::protocol::Protocol;
use crate::scenario::bound::Bound;
use crate::scenario::tables::Bounds;
use crate::sim::Sim;
use crate::units::Span;

/// Millionths in one.
const MILLION: i128 = 1_000_000;

/// Judges every measure that the plan bounds; the first that is out of bounds is a violation.
pub(crate) fn judge<P: Protocol, D: Decider, H: Host<P>>(sim: &mut Sim<P, D, H>) {
    let bounds: Vec<(String, Bounds)> =
        sim.plan().measures.iter().map(|(name, bounds)| (name.clone(), bounds.clone())).collect();
    for (name, bounds) in bounds.iter().filter(|(_, bounds)| !bounds.report) {
        if let Some(sentence) = broken(sim, name, bounds) {
            let event = sim.last_event();
            sim.violated(name, Breach::new("out-of-bounds", sentence), event);
            return;
        }
    }
}

fn broken<P: Protocol, D: Decider, H: Host<P>>(
    sim: &Sim<P, D, H>,
    name: &str,
    bounds: &Bounds,
) -> Option<String> {
    let stats = sim.stats();
    let reported = stats.measures.iter().find(|reported| reported.name == name);
    let (samples, time) = match reported {
        Some(reported) if reported.samples.count() == 0 => {
            return counted(name, reported.count, bounds);
        }
        Some(reported) => (&reported.samples, reported.time),
        None if name == "latency" => (&stats.latency, true),
        None => return None,
    };
    sampled(name, samples, time, bounds)
}

fn counted(name: &str, count: u64, bounds: &Bounds) -> Option<String> {
    let value = i128::from(count) * MILLION;
    let low = bounds.min.filter(|bound| value < bound.raw());
    let high = bounds.max.filter(|bound| value > bound.raw());
    let bound = low.map(|bound| ("at least", bound)).or(high.map(|bound| ("at most", bound)))?;
    Some(format!("{name} is {count}; it must be {} {}", bound.0, bound.1))
}

fn sampled(name: &str, samples: &Distribution, time: bool, bounds: &Bounds) -> Option<String> {
    let unit = |value: u64| if time { i128::from(value) } else { i128::from(value) * MILLION };
    let shown = |value: u64| match time {
        true => Span::nanos(value).to_string(),
        false => value.to_string(),
    };
    if let (Some(bound), Some(least)) = (bounds.min, samples.min())
        && unit(least) < bound.raw()
    {
        return Some(format!("the least {name} is {}; it must be at least {bound}", shown(least)));
    }
    let quantiles: [(&str, Option<Bound>, u64); 5] = [
        ("greatest", bounds.max, 1000),
        ("p50 of", bounds.p50, 500),
        ("p90 of", bounds.p90, 900),
        ("p99 of", bounds.p99, 990),
        ("p99.9 of", bounds.p999, 999),
    ];
    for (what, bound, per_mille) in quantiles {
        if let (Some(bound), Some(value)) = (bound, samples.quantile(per_mille))
            && unit(value) > bound.raw()
        {
            let value = shown(value);
            return Some(format!("the {what} {name} is {value}; it must be at most {bound}"));
        }
    }
    None
}
