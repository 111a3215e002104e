//! Fault points: places where a protocol asks the storm whether to do the unlikely.
//!
//! The invariant: a point that no fault has enabled draws nothing and is never taken; each draws
//! from a stream of its own.

use crate::decider::Decider;
use crate::stream::{Stream, StreamKind, name_id};
use crate::units::Ratio;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};

/// How often a fault point was reached and taken in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chances {
    /// Its name.
    pub name: String,
    /// How often a handler asked.
    pub reached: u64,
    /// How often it was told to do it.
    pub taken: u64,
}

/// The fault points of a run.
#[derive(Debug, Default)]
pub(crate) struct Points(Vec<Point>);

#[derive(Debug)]
struct Point {
    name: &'static str,
    reached: Cell<u64>,
    taken: Cell<u64>,
    stream: RefCell<Stream>,
}

/// A point that a fault has enabled for one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Armed {
    pub(crate) fault: u32,
    pub(crate) point: u32,
    pub(crate) taken: Ratio,
}

impl Points {
    pub(crate) fn new(names: &[&'static str], decider: &mut impl Decider) -> Points {
        let point = |name: &&'static str| Point {
            name,
            reached: Cell::new(0),
            taken: Cell::new(0),
            stream: RefCell::new(decider.stream(StreamKind::Chance, name_id(name))),
        };
        Points(names.iter().map(point).collect())
    }

    /// Begins every stream anew.
    pub(crate) fn draw_anew(&self, decider: &mut impl Decider) {
        for point in &self.0 {
            *point.stream.borrow_mut() = decider.stream(StreamKind::Chance, name_id(point.name));
        }
    }

    /// A handler of a node with these points enabled asks.
    pub(crate) fn ask(&self, name: &str, armed: &[Armed]) -> bool {
        let index = self.0.iter().position(|point| point.name == name);
        let index = index.unwrap_or_else(|| {
            panic!("the protocol does not declare `{name}` in CHANCES");
        });
        let point = &self.0[index];
        point.reached.set(point.reached.get() + 1);
        let mut taken = false;
        for armed in armed.iter().filter(|armed| armed.point as usize == index) {
            taken |= point.stream.borrow_mut().chance(armed.taken);
        }
        point.taken.set(point.taken.get() + u64::from(taken));
        taken
    }

    pub(crate) fn counts(&self) -> Vec<Chances> {
        let count = |point: &Point| Chances {
            name: point.name.to_string(),
            reached: point.reached.get(),
            taken: point.taken.get(),
        };
        self.0.iter().map(count).collect()
    }
}
