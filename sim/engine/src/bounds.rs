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
/// Returns the measures that had nothing to judge.
pub(crate) fn judge<P: Protocol, D: Decider, H: Host<P>>(sim: &mut Sim<P, D, H>) -> Vec<String> {
    let bounds: Vec<(String, Bounds)> =
        sim.plan().measures.iter().map(|(name, bounds)| (name.clone(), bounds.clone())).collect();
    let mut unsampled = Vec::new();
    for (name, bounds) in bounds.iter().filter(|(_, bounds)| !bounds.report) {
        let Some(window) = sim.windows().of(name) else { continue };
        let reported = sim.stats().measures.iter().find(|reported| reported.name == *name);
        let time = reported.is_none_or(|reported| reported.time);
        let sentence = match (window.samples.count(), window.count) {
            (0, 0) if bounds.max.is_none() => {
                unsampled.push(name.clone());
                None
            }
            (0, count) => counted(name, count, bounds),
            _ => sampled(name, &window.samples, time, bounds),
        };
        if let Some(sentence) = sentence {
            let event = sim.last_event();
            sim.violated(name, Breach::new("out-of-bounds", sentence), event);
            break;
        }
    }
    unsampled
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
