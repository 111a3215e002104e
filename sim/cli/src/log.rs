//! The readable log of a run: one line for each event, printed as it happens.
//!
//! The invariant: every event is exactly one line, and columns line up.

use crate::console::Paint;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::EventId;
use squall_engine::trace::{Reader, Scene};
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
        let (place, told) = (place(event, scene), one_line(&told(event)));
        let line = format!("{id:>8} {at:>12}  {place:<12}  {told}{cause}");
        if let Err(error) = writeln!(self.out, "{}", line.trim_end()) {
            self.failed = Some(error);
        }
    }
}

/// Where an event happened: `n1 -> c1` for a message, `storm` for what concerns all.
pub(crate) fn place(event: &Event, scene: &dyn Scene) -> String {
    match (event.kind, event.place) {
        (EventKind::Deliver { from, .. }, Some(place)) => {
            format!("{} -> {}", scene.name(from), scene.name(place))
        }
        (EventKind::Lost { from, to, .. }, _) => {
            format!("{} -> {}", scene.name(from), scene.name(to))
        }
        (_, Some(place)) => scene.name(place),
        (_, None) => "storm".to_string(),
    }
}

/// What happened.
pub(crate) fn told(event: &Event) -> String {
    let text = event.text.as_deref().unwrap_or_default();
    let with = |verb: &str| match text {
        "" => verb.to_string(),
        _ => format!("{verb} · {text}"),
    };
    match event.kind {
        EventKind::Start { restarts: 0 } => with("boots"),
        EventKind::Start { restarts } => with(&format!("boots again ({restarts})")),
        EventKind::Deliver { .. } => text.to_string(),
        EventKind::Timer => format!("timer {text}"),
        EventKind::Synced => with("its sync is complete"),
        EventKind::Effect => text.to_string(),
        EventKind::Idle => with("is done"),
        EventKind::Lost { loss, .. } => format!("{}: {text}", loss.words()),
        EventKind::Invoke => format!("asks {text}"),
        EventKind::TimedOut => with("has waited too long"),
        EventKind::Retry => with("asks again"),
        EventKind::Session { .. }
        | EventKind::Resend { .. }
        | EventKind::Begin { .. }
        | EventKind::Turn { .. }
        | EventKind::End { .. }
        | EventKind::Skip { .. } => text.to_string(),
        EventKind::Crash => with("crashes"),
        EventKind::Pause => with("pauses"),
        EventKind::Resume => with("goes on"),
        EventKind::Operate => text.to_string(),
        EventKind::Calm => with("the calm begins"),
    }
}

/// A text without what would break its line.
pub(crate) fn one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_string();
    }
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
