//! What a swarm makes of `[chaos]` for one seed: some of the kinds, each with an intensity of its
//! own (Groce et al., ISSTA 2012).
//!
//! The invariant: each kind draws from its own stream; nothing lasts longer or is worse than the
//! scenario says, and only how often something begins may become more.

use crate::scenario::fault::{Disk, Stall, Strobe};
use crate::scenario::tables::Reordering;
use crate::scenario::tables::{
    Chaos, ChaosChance, ChaosClock, ChaosClog, ChaosCrash, ChaosDegrade, ChaosDisk, ChaosHold,
    ChaosLag, ChaosMembership, ChaosPartition, ChaosPause, ChaosRestart, ChaosSlow, ChaosWipe,
};
use crate::stream::{Stream, StreamKind};
use crate::units::{DriftRange, FactorRange, ONCE, OffsetRange, Ratio, Span, SpanRange};

/// The factors of how often something begins in hundredths, the powers of 2^(1/2) from 1/4 to 4.
const OFTEN: [u64; 9] = [25, 35, 50, 71, 100, 141, 200, 283, 400];

/// What is left of a duration or a strength, in hundredths.
const PARTS: [u32; 4] = [10, 25, 50, 100];

/// The part of `[chaos]` that this seed switches on, each kind with its intensity.
pub(super) fn drawn(chaos: &Chaos, seed: u64) -> Chaos {
    Chaos {
        swarm: false,
        crash: kind(&chaos.crash, "crash", seed),
        partition: kind(&chaos.partition, "partition", seed),
        pause: kind(&chaos.pause, "pause", seed),
        clock: kind(&chaos.clock, "clock", seed),
        degrade: kind(&chaos.degrade, "degrade", seed),
        lag: kind(&chaos.lag, "lag", seed),
        clog: kind(&chaos.clog, "clog", seed),
        hold: kind(&chaos.hold, "hold", seed),
        wipe: kind(&chaos.wipe, "wipe", seed),
        restart: kind(&chaos.restart, "restart", seed),
        slow: kind(&chaos.slow, "slow", seed),
        disk: kind(&chaos.disk, "disk", seed),
        chance: kind(&chaos.chance, "chance", seed),
        membership: kind(&chaos.membership, "membership", seed),
    }
}

fn kind<T: Kind>(table: &Option<T>, name: &str, seed: u64) -> Option<T> {
    let mut stream = Stream::named(seed, StreamKind::Chaos, &format!("swarm {name}"));
    let on = stream.below(2) == 1;
    let often = OFTEN[stream.below(OFTEN.len() as u64) as usize];
    let mut part = || Part(PARTS[stream.below(PARTS.len() as u64) as usize]);
    let intensity = Intensity { often, lasts: part(), worse: part() };
    let table = table.as_ref().filter(|_| on)?;
    Some(table.clone().with(intensity))
}

/// How often faults of one kind begin, how long they last and how bad they are.
#[derive(Clone, Copy)]
struct Intensity {
    often: u64,
    lasts: Part,
    worse: Part,
}

impl Intensity {
    fn gap(self, every: Span) -> Span {
        every * 100 / self.often
    }
}

/// A part of what the scenario says, in hundredths. Of something it is never nothing.
#[derive(Clone, Copy)]
struct Part(u32);

impl Part {
    fn of(self, number: u32) -> u32 {
        (u64::from(number) * u64::from(self.0)).div_ceil(100) as u32
    }

    fn of_signed(self, number: i64) -> i64 {
        let size = (u128::from(number.unsigned_abs()) * u128::from(self.0)).div_ceil(100) as i64;
        size * number.signum()
    }

    fn of_ratio(self, share: Ratio) -> Ratio {
        Ratio::ppm(self.of(share.as_ppm()))
    }

    fn of_spans(self, range: SpanRange) -> SpanRange {
        let part = |nanos: u64| (u128::from(nanos) * u128::from(self.0)).div_ceil(100) as u64;
        let span = |span: Span| Span::nanos(part(span.as_nanos()));
        SpanRange::new(span(range.low), span(range.high))
    }

    fn of_offsets(self, range: OffsetRange) -> OffsetRange {
        OffsetRange { low: self.of_signed(range.low), high: self.of_signed(range.high) }
    }

    fn of_drifts(self, range: DriftRange) -> DriftRange {
        DriftRange { low: self.of_signed(range.low), high: self.of_signed(range.high) }
    }

    /// A factor of one is no slowness at all.
    fn of_factors(self, range: FactorRange) -> FactorRange {
        let factor = |factor: u32| ONCE + self.of(factor - ONCE);
        FactorRange { low: factor(range.low), high: factor(range.high) }
    }
}

/// A kind of `[chaos]` whose intensity can be changed.
trait Kind: Clone {
    fn with(self, intensity: Intensity) -> Self;
}

/// Kinds that have no strength but how often and for how long.
macro_rules! without_strength {
    ($($Table:ident: $length:ident,)+) => {
        $(impl Kind for $Table {
            fn with(mut self, intensity: Intensity) -> Self {
                self.every = intensity.gap(self.every);
                self.$length = intensity.lasts.of_spans(self.$length);
                self
            }
        })+
    };
}

without_strength! {
    ChaosCrash: down,
    ChaosPartition: lasts,
    ChaosPause: lasts,
    ChaosClog: lasts,
    ChaosHold: lasts,
    ChaosWipe: down,
    ChaosRestart: down,
    ChaosMembership: lasts,
}

impl Kind for ChaosClock {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        let strobe = |strobe: Strobe| Strobe { by: worse.of_offsets(strobe.by), ..strobe };
        ChaosClock {
            every: intensity.gap(self.every),
            lasts: lasts.of_spans(self.lasts),
            drift: self.drift.map(|drift| worse.of_drifts(drift)),
            offset: self.offset.map(|offset| worse.of_offsets(offset)),
            jump: self.jump.map(|jump| worse.of_offsets(jump)),
            strobe: self.strobe.map(strobe),
        }
    }
}

impl Kind for ChaosDegrade {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        let held = |held: Reordering| Reordering { share: worse.of_ratio(held.share), ..held };
        ChaosDegrade {
            every: intensity.gap(self.every),
            lasts: lasts.of_spans(self.lasts),
            loss: self.loss.map(|share| worse.of_ratio(share)),
            duplication: self.duplication.map(|share| worse.of_ratio(share)),
            reordering: self.reordering.map(held),
            corruption: self.corruption.map(|share| worse.of_ratio(share)),
            ..self
        }
    }
}

impl Kind for ChaosLag {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        let every = intensity.gap(self.every);
        ChaosLag { every, lasts: lasts.of_spans(self.lasts), by: worse.of_spans(self.by) }
    }
}

impl Kind for ChaosSlow {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        ChaosSlow {
            every: intensity.gap(self.every),
            lasts: lasts.of_spans(self.lasts),
            cpu: self.cpu.map(|factor| worse.of_factors(factor)),
            disk: self.disk.map(|factor| worse.of_factors(factor)),
        }
    }
}

impl Kind for ChaosDisk {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        let stall = |stall: Stall| Stall {
            share: worse.of_ratio(stall.share),
            by: worse.of_spans(stall.by),
        };
        let way = |way: Disk| Disk {
            rot: worse.of(way.rot),
            misread: worse.of_ratio(way.misread),
            miswrite: worse.of_ratio(way.miswrite),
            phantom: worse.of_ratio(way.phantom),
            read_error: worse.of_ratio(way.read_error),
            write_error: worse.of_ratio(way.write_error),
            sync_error: worse.of_ratio(way.sync_error),
            lie: worse.of_ratio(way.lie),
            full: way.full,
            latency: way.latency.map(|latency| worse.of_spans(latency)),
            stall: way.stall.map(stall),
        };
        ChaosDisk {
            every: intensity.gap(self.every),
            lasts: lasts.of_spans(self.lasts),
            ways: self.ways.into_iter().map(way).collect(),
        }
    }
}

impl Kind for ChaosChance {
    fn with(self, intensity: Intensity) -> Self {
        let Intensity { lasts, worse, .. } = intensity;
        ChaosChance {
            every: intensity.gap(self.every),
            lasts: lasts.of_spans(self.lasts),
            taken: worse.of_ratio(self.taken),
            ..self
        }
    }
}
