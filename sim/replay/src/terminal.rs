//! The terminal: keys and sizes in, pictures out.
//!
//! The invariant: however it ends, by a key, an error, a panic or a signal, the terminal is as it
//! was found.

use crate::keys::{Key, Reply, press};
use crate::picture::{Look, as_text, picture};
use crate::recording::Recording;
use crate::view::View;
use crossterm::event::{
    DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEventKind, KeyModifiers,
    MouseButton, MouseEventKind, poll, read,
};
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGHUP, SIGTERM, SIGTSTP};
use std::io::{self, Stdout, Write, stdout};
use std::panic::{set_hook, take_hook};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How the terminal is used.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Colours and glyphs.
    pub look: Look,
    /// Whether the mouse is listened to.
    pub mouse: bool,
}

/// How long a key is waited for before the screen lives on: played events, the first hint.
const TICK: Duration = Duration::from_millis(50);
/// Ticks for which the first line stays.
const GREETING: u32 = 60;

/// Walks through a run until the reader has enough.
///
/// # Errors
/// The terminal refuses.
pub fn show(recording: &Recording, view: View, options: Options) -> io::Result<()> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&ended))?;
    }
    let usual: Arc<dyn Fn(&std::panic::PanicHookInfo<'_>) + Send + Sync> = Arc::from(take_hook());
    let after = Arc::clone(&usual);
    set_hook(Box::new(move |panic| {
        leave();
        after(panic);
    }));
    let mut desk = Desk { recording, view, options, page: 20, ticks: 0 };
    let done = enter(options).and_then(|()| desk.work(&ended));
    leave();
    set_hook(Box::new(move |panic| usual(panic)));
    done
}

fn enter(options: Options) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(stdout(), EnterAlternateScreen, cursor::Hide)?;
    if options.mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back. What cannot be done any more, nobody is left to be told.
fn leave() {
    let _ = execute!(stdout(), DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
    let _ = disable_raw_mode();
}

struct Desk<'a> {
    recording: &'a Recording,
    view: View,
    options: Options,
    page: u16,
    ticks: u32,
}

impl Desk<'_> {
    fn work(&mut self, ended: &AtomicBool) -> io::Result<()> {
        let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        let mut stale = true;
        while !ended.load(Ordering::Relaxed) {
            if stale {
                self.draw(&mut terminal)?;
            }
            stale = match poll(TICK)? {
                true => match self.take(read()?, &mut terminal)? {
                    Some(shows) => shows,
                    None => return Ok(()),
                },
                false => self.tick(),
            };
        }
        Ok(())
    }

    fn draw(&mut self, terminal: &mut Terminal<CrosstermBackend<Stdout>>) -> io::Result<()> {
        terminal.draw(|frame| {
            let size = (frame.area().width, frame.area().height);
            self.page = size.1.saturating_sub(14).max(4);
            let drawn = picture(self.recording, &self.view, size, self.options.look);
            frame.buffer_mut().content.clone_from(&drawn.content);
        })?;
        Ok(())
    }

    /// Time goes by: whether anything is to be shown.
    fn tick(&mut self) -> bool {
        self.ticks = self.ticks.saturating_add(1);
        if self.ticks == GREETING && self.view.remark.take().is_some() {
            return true;
        }
        if self.view.playing == 0 {
            return false;
        }
        let key = Key::Char('j');
        self.view.count = self.view.playing;
        press(self.recording, &mut self.view, key, self.page);
        true
    }

    /// Takes what the terminal says; none at the end.
    fn take(
        &mut self,
        event: Event,
        terminal: &mut Terminal<CrosstermBackend<Stdout>>,
    ) -> io::Result<Option<bool>> {
        let key = match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key.code, key.modifiers),
            Event::Mouse(mouse) => {
                return Ok(Some(self.mouse(mouse.kind, mouse.column, mouse.row)));
            }
            Event::Resize(..) => return Ok(Some(true)),
            _ => None,
        };
        let Some(key) = key else { return Ok(Some(false)) };
        match press(self.recording, &mut self.view, key, self.page) {
            Reply::Show => {}
            Reply::Quit => return Ok(None),
            Reply::Redraw => terminal.clear()?,
            Reply::Copy(text) => copy(&text)?,
            Reply::Save => self.save(terminal.size()?.into()),
            Reply::Suspend => {
                leave();
                signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
                enter(self.options)?;
                terminal.clear()?;
            }
        }
        Ok(Some(true))
    }

    /// Writes the screen to a file that was not there.
    fn save(&mut self, size: (u16, u16)) {
        let drawn = as_text(&picture(self.recording, &self.view, size, self.options.look));
        let path = format!("squall-{}.txt", self.view.cursor.0);
        let made =
            std::fs::File::create_new(&path).and_then(|mut file| file.write_all(drawn.as_bytes()));
        self.view.remark = Some(match made {
            Ok(()) => format!("the screen is in {path}"),
            Err(error) => format!("cannot write {path}: {error}"),
        });
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) -> bool {
        let key = match kind {
            MouseEventKind::ScrollDown => Key::Char('j'),
            MouseEventKind::ScrollUp => Key::Char('k'),
            MouseEventKind::Down(MouseButton::Left) => {
                let size = crossterm::terminal::size().unwrap_or((80, 24));
                return crate::picture::click(self.recording, &mut self.view, size, (column, row));
            }
            _ => return false,
        };
        press(self.recording, &mut self.view, key, self.page);
        true
    }
}

/// Puts a text on the clipboard, as terminals offer it (OSC 52).
fn copy(text: &str) -> io::Result<()> {
    let mut out = stdout();
    write!(out, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
    out.flush()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let at = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        let letter = |index: usize| match index <= chunk.len() {
            true => char::from(LETTERS[(bits >> (18 - 6 * index) & 63) as usize]),
            false => '=',
        };
        (0..4).map(letter).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn key_of(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    Some(match code {
        KeyCode::Char(letter) if modifiers.contains(KeyModifiers::CONTROL) => Key::Ctrl(letter),
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Backspace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_fills_up_the_last_group() {
        let texts = ["", "f", "fo", "foo", "foob"];
        let told = texts.map(|text| base64(text.as_bytes()));
        assert_eq!(told, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
