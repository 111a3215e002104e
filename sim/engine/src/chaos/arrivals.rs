//! When the faults of one kind begin, and for how long they last.
//!
//! The invariant: gaps are exponential and every draw comes from the stream of the kind.

use crate::stream::Stream;
use crate::units::{Span, SpanRange};

/// The instants at which faults of one kind begin.
pub(super) struct Arrivals {
    pub(super) stream: Stream,
    pub(super) mean: Span,
    pub(super) at: Span,
    pub(super) end: Span,
    pub(super) left: usize,
}

impl Arrivals {
    pub(super) fn next(&mut self) -> Option<Span> {
        self.left = self.left.checked_sub(1)?;
        self.at += self.stream.exponential(self.mean);
        (self.at < self.end).then(|| legible(self.at))
    }

    pub(super) fn length(&mut self, range: SpanRange) -> Span {
        legible(self.stream.span(range))
    }
}

/// The span in whole microseconds, unless it is short, so that a plan can be read.
fn legible(span: Span) -> Span {
    let nanos = span.as_nanos();
    if nanos < 1_000_000 { span } else { Span::nanos(nanos - nanos % 1_000) }
}
