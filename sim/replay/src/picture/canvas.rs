//! Drawing on cells: texts with a tone, rules and rows of spans.
//!
//! The invariant: nothing is drawn outside the area.

use super::look::Look;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What a text means, which decides how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Bold,
    Dim,
    /// The cursor.
    Here,
    /// A violation.
    Bad,
    Fault,
    Lead,
    Plus,
    Minus,
    Changed,
}

/// A text with its tone.
pub(crate) type Span = (String, Tone);

/// A row of a panel.
pub(crate) type Row = Vec<Span>;

/// A plain span.
pub(crate) fn span(text: impl Into<String>) -> Span {
    (text.into(), Tone::Plain)
}

/// A text that fits, with `…` where it was cut.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    if width > 0 {
        short.push('…');
    }
    short
}

/// A text broken at blanks.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        let taken = line.chars().count();
        if taken > 0 && taken + 1 + word.chars().count() > width {
            lines.push(word.to_string());
        } else {
            if taken > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Cells to draw on.
pub(crate) struct Canvas<'a> {
    pub(crate) buffer: &'a mut Buffer,
    pub(crate) look: Look,
}

impl Canvas<'_> {
    pub(crate) fn width(&self) -> u16 {
        self.buffer.area.width
    }

    pub(crate) fn height(&self) -> u16 {
        self.buffer.area.height
    }

    /// Writes a text; what does not fit is left out.
    pub(crate) fn put(&mut self, x: u16, y: u16, text: &str, tone: Tone) {
        let Some(room) = self.width().checked_sub(x).filter(|_| y < self.height()) else { return };
        let style = self.look.style(tone);
        self.buffer.set_stringn(x, y, text, usize::from(room), style);
    }

    /// Writes one glyph and leaves its style to `tone`.
    pub(crate) fn glyph(&mut self, x: u16, y: u16, glyph: char, tone: Tone) {
        let style = self.look.style(tone);
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            cell.set_char(glyph).set_style(style);
        }
    }

    /// A line across, with a heading.
    pub(crate) fn rule(&mut self, y: u16, x: u16, width: u16, heading: &str) {
        self.put(x, y, &"─".repeat(usize::from(width)), Tone::Dim);
        if !heading.is_empty() {
            let text = cut(heading, usize::from(width.saturating_sub(4)));
            self.put(x + 2, y, &format!("{text} "), Tone::Plain);
            self.put(x + 1, y, " ", Tone::Plain);
        }
    }

    /// The rows of a panel, cut where the room ends.
    pub(crate) fn rows(&mut self, room: Rect, rows: &[Row]) {
        for (y, row) in (room.y..room.bottom()).zip(rows) {
            let mut x = room.x;
            for (text, tone) in row {
                let left = usize::from(room.right().saturating_sub(x));
                let text = cut(text, left);
                self.put(x, y, &text, *tone);
                x += text.chars().count() as u16;
            }
        }
    }
}
