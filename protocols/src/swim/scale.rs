//! How timeouts and repetitions grow with the size of the cluster.
//!
//! The invariant: integers alone, so that every machine waits as long.

use super::config::Config;
use squall::prelude::*;

/// How often an update is sent in a cluster of this size: a multiple of ⌈log10(size + 1)⌉.
pub(super) fn transmits(config: &Config, size: u32) -> u32 {
    config.retransmit_mult.get() * (size.max(1).ilog10() + 1)
}

/// How long a suspicion lasts at least: in proportion to the logarithm of the size, as long as
/// a rumour takes to get round and back (SWIM §4.2).
pub(super) fn suspicion_least(config: &Config, size: u32) -> Span {
    let scale = log10_thousandths(size.max(1)).max(1_000);
    config.probe_interval * u64::from(config.suspicion_mult.get()) * scale / 1_000
}

/// How long a suspicion lasts at most: while nobody confirms it (Lifeguard §IV-B).
pub(super) fn suspicion_most(config: &Config, size: u32) -> Span {
    let least = suspicion_least(config, size);
    if config.lifeguard() {
        return least * u64::from(config.suspicion_max_timeout_mult.get());
    }
    least
}

/// How long a suspicion lasts that `confirmed` others of `wanted` share:
/// most − (most − least) · log(confirmed + 1) / log(wanted + 1) (Lifeguard §IV-B).
pub(super) fn suspicion(least: Span, most: Span, confirmed: u32, wanted: u32) -> Span {
    if wanted == 0 {
        return least;
    }
    let wide = u128::from((most - least).as_nanos());
    let (part, whole) = (log2(confirmed.min(wanted) + 1), log2(wanted + 1));
    most - Span::nanos((wide * u128::from(part) / u128::from(whole)) as u64)
}

/// How long it is between two exchanges of the whole state: beyond 32 nodes, longer by an interval
/// with each doubling.
pub(super) fn push_pull(config: &Config, size: u32) -> Span {
    let doublings = if size > 32 { (size - 1).ilog2() - 4 } else { 0 };
    config.push_pull_interval * u64::from(doublings + 1)
}

fn log10_thousandths(number: u32) -> u64 {
    // A hair more than the logarithm, so that powers of ten come out whole.
    let scaled = (u128::from(log2(number)) + (1 << 12)) * 301_029_996;
    ((scaled / 1_000_000) >> 32) as u64
}

/// The binary logarithm in units of 2^-32, bit by bit: squaring doubles it.
fn log2(number: u32) -> u64 {
    let whole = number.ilog2();
    let mut rest = u128::from(number) << (63 - whole);
    let mut log = u64::from(whole);
    for _ in 0..32 {
        rest = (rest * rest) >> 63;
        let bit = (rest >> 64) as u64;
        rest >>= bit;
        log = log << 1 | bit;
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figures of memberlist's own tests.
    #[test]
    fn suspicions_last_as_long_as_in_memberlist() {
        let config = Config::default();
        let scales = [(5, 1000), (10, 1000), (50, 1698), (100, 2000), (500, 2698), (1000, 3000)];
        for (size, scale) in scales {
            assert_eq!(suspicion_least(&config, size), Span::millis(4 * scale), "{size} nodes");
        }
        let lasts = |confirmed, wanted| {
            let (least, most) = (Span::secs(2), Span::secs(30));
            suspicion(least, most, confirmed, wanted).as_nanos() / 1_000_000
        };
        assert_eq!(
            [0, 1, 2, 3, 9].map(|confirmed| lasts(confirmed, 3)),
            [30000, 16000, 7810, 2000, 2000]
        );
        assert_eq!(lasts(0, 0), 2000);
    }

    #[test]
    fn repetitions_and_exchanges_scale_as_in_memberlist() {
        let config = Config::default();
        let times = [1, 9, 10, 99, 100, 1000].map(|size| transmits(&config, size));
        assert_eq!(times, [4, 4, 8, 8, 12, 16]);
        let seconds = [1, 32, 33, 64, 65, 1000].map(|size| push_pull(&config, size).as_nanos());
        assert_eq!(seconds.map(|nanos| nanos / 1_000_000_000), [30, 30, 60, 60, 90, 180]);
    }
}
