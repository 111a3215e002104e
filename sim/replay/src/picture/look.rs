//! Colours and glyphs: what a terminal can show.
//!
//! The invariant: colour carries nothing alone, so the same picture is read without it.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

use super::canvas::Tone;

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// None: bold, dim and reverse alone.
    None,
    /// The sixteen of every terminal.
    Sixteen,
    /// The 256 of the palette.
    Palette,
    /// All.
    True,
}

/// How the picture looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// How many colours.
    pub depth: Depth,
    /// Whether only ASCII is drawn.
    pub ascii: bool,
}

/// What stands for a glyph where there is only ASCII.
const ASCII: [(char, char); 39] = [
    ('●', '*'),
    ('○', 'o'),
    ('►', '>'),
    ('◄', '<'),
    ('╳', 'x'),
    ('◆', 't'),
    ('◇', '.'),
    ('✕', 'X'),
    ('↻', '^'),
    ('┃', '#'),
    ('│', '|'),
    ('╎', ':'),
    ('┆', ':'),
    ('─', '-'),
    ('┼', '+'),
    ('⋮', ':'),
    ('‼', '!'),
    ('✓', 'v'),
    ('╌', '-'),
    ('├', '|'),
    ('┤', '|'),
    ('┬', '+'),
    ('┴', '+'),
    ('▁', '.'),
    ('▂', ':'),
    ('▃', '-'),
    ('▄', '='),
    ('▅', '+'),
    ('▆', '*'),
    ('▇', '#'),
    ('█', '@'),
    ('▌', '='),
    ('▲', '^'),
    ('▼', 'v'),
    ('·', '.'),
    ('Δ', 'd'),
    ('…', '~'),
    ('→', '>'),
    ('←', '<'),
];

impl Look {
    /// The style of a tone.
    pub(crate) fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        let (true_color, palette, sixteen) = match tone {
            Tone::Plain => return plain,
            Tone::Bold => return plain.add_modifier(Modifier::BOLD),
            Tone::Dim => return plain.add_modifier(Modifier::DIM),
            Tone::Here => return plain.add_modifier(Modifier::REVERSED),
            Tone::Bad | Tone::Minus => ((213, 94, 0), 166, Color::Red),
            Tone::Fault => ((230, 159, 0), 214, Color::Yellow),
            Tone::Lead => ((86, 180, 233), 74, Color::Cyan),
            Tone::Plus => ((0, 158, 115), 36, Color::Green),
            Tone::Changed => ((240, 228, 66), 227, Color::LightYellow),
        };
        let bold = matches!(tone, Tone::Bad | Tone::Lead);
        let plain = if bold { plain.add_modifier(Modifier::BOLD) } else { plain };
        match self.depth {
            Depth::None => plain,
            Depth::Sixteen => plain.fg(sixteen),
            Depth::Palette => plain.fg(Color::Indexed(palette)),
            Depth::True => plain.fg(Color::Rgb(true_color.0, true_color.1, true_color.2)),
        }
    }

    /// Swaps in ASCII, if that is all there is.
    pub(crate) fn finish(self, buffer: &mut Buffer) {
        if !self.ascii {
            return;
        }
        for cell in &mut buffer.content {
            let Some(glyph) = cell.symbol().chars().next().filter(|glyph| !glyph.is_ascii()) else {
                continue;
            };
            let other = ASCII.iter().find(|(known, _)| *known == glyph);
            cell.set_char(other.map_or('?', |(_, ascii)| *ascii));
        }
    }
}
