//! The readable log of a run: one line for each event, printed as it happens.
//!
//! The invariant: every event is exactly one line, and columns line up.

use crate::console::Paint;
use squall_engine::event::Event;
use squall_engine::ids::EventId;
use squall_engine::trace::{Reader, Scene};
use squall_explore::story::place;
use std::io::{self, Write};

/// Prints every event.
pub(crate) struct Log<'a> {
    pub(crate) out: &'a mut dyn Write,
    pub(crate) paint: Paint,
    /// The first error of the output; nothing is written after it.
    pub(crate) failed: Option<io::Error>,
}

impl Reader for Log<'_> {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        if self.failed.is_some() {
            return;
        }
        let cause = match event.cause {
            EventId::BEGINNING => String::new(),
            cause => self.paint.faint(&format!("  <- {cause}")),
        };
        let (id, at) = (event.id, event.at);
        let (place, told) = (place(event, scene), event.words());
        let line = format!("{id:>8} {at:>12}  {place:<12}  {told}{cause}");
        if let Err(error) = writeln!(self.out, "{}", line.trim_end()) {
            self.failed = Some(error);
        }
    }
}

/// A text without what would break its line.
pub(crate) fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
