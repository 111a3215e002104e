//! What each step does to the one value of its part, for models that say so.
//!
//! The invariant: whatever is ruled out here has lost for good. A value that one operation alone
//! writes cannot come back, so it must not be replaced before all who were told it have seen it.

use super::part::{NEVER, Part};
use crate::fixed::Interner;
use crate::model::{Access, Content, Model};

/// The number of no value.
pub(super) const UNSAID: u32 = u32::MAX;

/// A value, as far as the steps of a part speak of it.
#[derive(Clone, Copy, Default)]
struct Value {
    /// How many steps leave it behind; the initial state counts as one.
    writers: u32,
    /// The number of returns before the invocation of the last step that was told it.
    told_last: u32,
    /// How many steps were told it, or may have been.
    told: u32,
}

/// The values of a part.
pub(super) struct Cells<'h> {
    /// Every value met, by number.
    pub(super) names: Interner<Option<Content<'h>>>,
    /// The value that each step was told was there; pending swaps need to find theirs.
    pub(super) found: Vec<u32>,
    /// The value that each step leaves behind, if it took effect.
    pub(super) left: Vec<u32>,
    /// Every step says what it does to the value.
    pub(super) known: bool,
    /// The value before the first step, if one was told it.
    pub(super) initial: u32,
    /// Some step depends on the value without having been told it.
    looks: bool,
    values: Vec<Value>,
}

impl<'h> Cells<'h> {
    /// What the steps of `part` say.
    pub(super) fn new<M: Model>(part: &Part<'h, M>) -> Self {
        let mut cells = Cells {
            names: Interner::with_room(part.steps.len().min(64)),
            found: Vec::with_capacity(part.steps.len()),
            left: Vec::with_capacity(part.steps.len()),
            known: true,
            initial: UNSAID,
            looks: false,
            values: Vec::new(),
        };
        for step in &part.steps {
            let access = M::access(step.operation, step.answer);
            cells.known &= !matches!(access, Access::Opaque);
            cells.looks |= matches!(access, Access::Look) && step.returned != NEVER;
            let names = &mut cells.names;
            let (before, after) = match access {
                Access::Read(value) => (names.intern(value), UNSAID),
                Access::Write(value) => (UNSAID, names.intern(value)),
                Access::Swap { expected, new } => (names.intern(expected), names.intern(new)),
                Access::Look | Access::Opaque => (UNSAID, UNSAID),
            };
            cells.found.push(before);
            cells.left.push(after);
        }
        cells.values = vec![Value::default(); cells.names.len()];
        cells.count(part);
        cells
    }

    fn count<M: Model>(&mut self, part: &Part<'_, M>) {
        let initial = M::initial();
        for (step, (&found, &left)) in part.steps.iter().zip(self.found.iter().zip(&self.left)) {
            if left != UNSAID {
                self.values[left as usize].writers += 1;
            }
            if found == UNSAID {
                continue;
            }
            let value = &mut self.values[found as usize];
            value.told += 1;
            if step.returned == NEVER {
                continue;
            }
            value.told_last = value.told_last.max(step.called);
            if self.initial == UNSAID && step.fits(&initial) {
                self.initial = found;
                value.writers += 1;
            }
        }
    }

    /// Whether replacing `value` now, while return `due` is next, leaves somebody without it. The
    /// steps that are open now are the caller's to look at.
    pub(super) fn wanted_later(&self, value: u32, due: u32) -> bool {
        self.is_unique(value) && self.values[value as usize].told_last > due
    }

    /// Whether `value` comes once and never again.
    pub(super) fn is_unique(&self, value: u32) -> bool {
        value != UNSAID && self.values[value as usize].writers == 1
    }

    /// Whether a step that may be left out and leaves `value` behind is of no use to anybody.
    pub(super) fn useless(&self, value: u32) -> bool {
        value != UNSAID && !self.looks && self.values[value as usize].told == 0
    }

    /// Steps that contradict one another whatever the order, if there are such. For parts that are
    /// only read and written and whose values are all unique, this finds every violation.
    pub(super) fn clash<M: Model>(&self, part: &Part<'_, M>) -> Option<Clash> {
        if !self.known {
            return None;
        }
        let mut zones = self.zones(part);
        for (step, &found) in (0..).zip(&self.found).filter(|&(_, &found)| found != UNSAID) {
            let returned = part.steps[step as usize].returned;
            let writers = self.values[found as usize].writers;
            let early = writers == 1 && returned < zones[found as usize].written;
            if returned != NEVER && (writers == 0 || early) {
                return Some(Clash::Early { step });
            }
        }
        zones.retain(|zone| zone.first != NEVER);
        zones.sort_unstable_by_key(|zone| (zone.from().min(zone.to()), !zone.is_forward()));
        let mut widest: Option<Zone> = None;
        for other in zones {
            // Whatever starts within a time during which one value was held has to end after it,
            // and must not insist on a time of its own.
            if let Some(held) = widest
                && other.from().min(other.to()) <= held.to()
                && (other.is_forward() || other.from() <= held.to())
            {
                return Some(Clash::Both { held, other });
            }
            if other.is_forward() && widest.is_none_or(|held| held.to() < other.to()) {
                widest = Some(other);
            }
        }
        None
    }

    /// An order of the steps, if they only read and write and every value comes once. There must
    /// be no clash.
    pub(super) fn order<M: Model>(&self, part: &Part<'_, M>) -> Option<Vec<u32>> {
        let plain = |step: usize| self.found[step] == UNSAID || self.left[step] == UNSAID;
        let all = 0..part.steps.len();
        if !self.known || self.looks || !all.clone().all(plain) {
            return None;
        }
        if self.values.iter().any(|value| value.writers > 1) {
            return None;
        }
        let mut zones = self.zones(part);
        zones.retain(|zone| zone.first != NEVER);
        let mut held: Vec<&Zone> = zones.iter().filter(|zone| zone.is_forward()).collect();
        held.sort_unstable_by_key(|zone| zone.from());
        // A value that was held at one instant only, anyone of several, is given the first that is
        // outside of those times during which another was held.
        let mut places = vec![u64::MAX; self.values.len()];
        for zone in &zones {
            let before = held.partition_point(|held| held.from() <= zone.to());
            let within = held[..before].last().map_or(0, |held| held.to());
            places[zone.value as usize] =
                if zone.is_forward() { zone.from() } else { zone.to().max(within) };
        }
        let mut order = Vec::with_capacity(part.steps.len());
        for step in all {
            let (found, left) = (self.found[step], self.left[step]);
            let value = if left == UNSAID { found } else { left };
            if value != UNSAID {
                let reads = left == UNSAID;
                let called = part.steps[step].called;
                order.push((places[value as usize], value, reads, called, step as u32));
            }
        }
        order.sort_unstable();
        Some(order.into_iter().map(|place| place.4).collect())
    }

    /// The zone of every value that is unique.
    fn zones<M: Model>(&self, part: &Part<'_, M>) -> Vec<Zone> {
        let zone = |value| Zone {
            value,
            first: NEVER,
            last: NEVER,
            ends: 0,
            begins: 0,
            written: 0,
            initial: value == self.initial,
        };
        let mut zones: Vec<Zone> = (0..self.values.len() as u32).map(zone).collect();
        for (id, step) in (0..).zip(&part.steps) {
            let (found, left) = (self.found[id as usize], self.left[id as usize]);
            if self.is_unique(left) {
                zones[left as usize].written = step.called;
                zones[left as usize].widen(id, step.called, step.returned);
            }
            if self.is_unique(found) && found != left && step.returned != NEVER {
                zones[found as usize].widen(id, step.called, step.returned);
            }
        }
        zones
    }

    /// Whether it pays to ask.
    pub(super) fn has_unique(&self) -> bool {
        self.known && self.values.iter().any(|value| value.writers == 1)
    }
}

/// When a value that comes only once was held, as far as those who wrote and saw it say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone {
    pub(super) value: u32,
    /// The step that returned first.
    pub(super) first: u32,
    /// The step that was called last.
    pub(super) last: u32,
    ends: u32,
    begins: u32,
    /// When the writer was called.
    written: u32,
    initial: bool,
}

/// Why there can be no order.
pub(super) enum Clash {
    /// This step was told a value that nothing had written.
    Early {
        /// The step.
        step: u32,
    },
    /// Two zones exclude each other.
    Both {
        /// The value was held throughout this one.
        held: Zone,
        /// And another value at some time within.
        other: Zone,
    },
}

impl Zone {
    fn widen(&mut self, step: u32, called: u32, returned: u32) {
        if self.first == NEVER || returned < self.ends {
            (self.first, self.ends) = (step, returned);
        }
        if self.last == NEVER || called > self.begins {
            (self.last, self.begins) = (step, called);
        }
    }

    /// The first return, in half steps between returns.
    fn from(&self) -> u64 {
        if self.initial { 0 } else { 2 * u64::from(self.ends) + 1 }
    }

    /// The last call.
    fn to(&self) -> u64 {
        2 * u64::from(self.begins)
    }

    /// Whether the value was held from one instant to a later one, and not just at some time.
    pub(super) fn is_forward(&self) -> bool {
        self.from() < self.to()
    }
}
