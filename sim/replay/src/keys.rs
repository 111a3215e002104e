//! The keys: one table that dispatches them and makes the hints and the help.
//!
//! The invariant: a key does what its line in [`KEYMAP`] says, and nothing else does.

use crate::moves;
use crate::recording::Recording;
use crate::view::{Asks, Keep, Panel, View};

/// A key, whatever the terminal calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// A character with the control key.
    Ctrl(char),
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// A page back.
    PageUp,
    /// A page on.
    PageDown,
    /// The beginning.
    Home,
    /// The end.
    End,
    /// The tabulator.
    Tab,
    /// The tabulator, backwards.
    BackTab,
    /// The enter key.
    Enter,
    /// The escape key.
    Escape,
    /// The backspace key.
    Backspace,
}

/// What the terminal has to do after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Show the view.
    Show,
    /// End.
    Quit,
    /// Hand the terminal back for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Put this on the clipboard.
    Copy(String),
    /// Write the screen to a file.
    Save,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Step(i64),
    Page(i64, u16),
    First,
    Last,
    Cause,
    Effect,
    Lane(i64),
    Change(bool),
    Strike(bool),
    Violation(bool),
    Ask(Asks),
    Back,
    Hit(bool),
    ClearFilter,
    Cone,
    Concurrent,
    Tab(i64),
    Panel(Panel),
    Alone,
    BasePrevious,
    BaseCycle,
    Unchanged,
    Field,
    Spaced,
    Play,
    Speed(bool),
    Copy,
    Save,
    Story,
    Open,
    Help,
    Close,
    Quit,
    Suspend,
    Redraw,
}

/// A line of the table.
struct Binding {
    keys: &'static [Key],
    shown: &'static str,
    action: Action,
    about: &'static str,
    group: &'static str,
    /// Its place among the hints, if it has one.
    hint: Option<(u8, &'static str)>,
}

const fn key(
    keys: &'static [Key],
    shown: &'static str,
    action: Action,
    about: &'static str,
    group: &'static str,
) -> Binding {
    Binding { keys, shown, action, about, group, hint: None }
}

impl Binding {
    const fn hint(self, place: u8, words: &'static str) -> Binding {
        Binding { hint: Some((place, words)), ..self }
    }
}

use Action as A;
use Key::{Char, Ctrl};

/// Every key with what it does.
static KEYMAP: &[Binding] = &[
    key(&[Char('j'), Key::Down], "j ↓", A::Step(1), "next event; 5j takes a count", "time")
        .hint(0, "j/k step"),
    key(&[Char('k'), Key::Up], "k ↑", A::Step(-1), "previous event", "time"),
    key(&[Char('h'), Key::Left], "h ←", A::Cause, "to the cause of this event", "causality")
        .hint(1, "h/l cause"),
    key(
        &[Char('l'), Key::Right],
        "l →",
        A::Effect,
        "to its first effect; where it has none, to the next effect of its cause",
        "causality",
    ),
    key(&[Char(',')], ",", A::Lane(-1), "previous event on the same lane", "lane")
        .hint(5, ", . same node"),
    key(&[Char('.')], ".", A::Lane(1), "next event on the same lane", "lane"),
    key(&[Char('{')], "{", A::Change(false), "previous change of the field in hand", "state"),
    key(&[Char('}')], "}", A::Change(true), "next change of the field in hand", "state"),
    key(&[Char('[')], "[", A::Strike(false), "previous fault", "jump").hint(2, "[ ] fault"),
    key(&[Char(']')], "]", A::Strike(true), "next fault", "jump"),
    key(&[Char('v')], "v", A::Violation(true), "next violation or witness of it", "jump")
        .hint(3, "v violation"),
    key(&[Char('V')], "V", A::Violation(false), "previous violation or witness", "jump"),
    key(&[Char('g'), Key::Home], "g", A::First, "the start", "time"),
    key(&[Char('G'), Key::End], "G", A::Last, "the end", "time"),
    key(&[Ctrl('d')], "Ctrl-d", A::Page(1, 2), "half a page on", "time"),
    key(&[Ctrl('u')], "Ctrl-u", A::Page(-1, 2), "half a page back", "time"),
    key(&[Key::PageDown], "PgDn", A::Page(1, 1), "a page on", "time"),
    key(&[Key::PageUp], "PgUp", A::Page(-1, 1), "a page back", "time"),
    key(
        &[Char(':')],
        ":",
        A::Ask(Asks::Goto),
        "go to 412, 820ms, 50%, a (a bookmark), n4 (a lane)",
        "jump",
    ),
    key(&[Char('m')], "m", A::Ask(Asks::SetMark), "set a bookmark: a letter follows", "marks"),
    key(&[Char('\'')], "'", A::Ask(Asks::GoMark), "to a bookmark; '' where I was", "marks"),
    key(&[Ctrl('o')], "Ctrl-o", A::Back, "back to where I was", "marks"),
    key(
        &[Char('/')],
        "/",
        A::Ask(Asks::Search),
        "search text, node:n4 kind:drop msg:Vote field:term; - or not before a term",
        "search",
    )
    .hint(4, "/ find"),
    key(&[Char('n')], "n", A::Hit(true), "next hit", "search"),
    key(&[Char('N')], "N", A::Hit(false), "previous hit", "search"),
    key(&[Char('f')], "f", A::Ask(Asks::Filter), "keep only what matches", "search")
        .hint(6, "f filter"),
    key(&[Char('F')], "F", A::ClearFilter, "clear the filter", "search"),
    key(&[Char('c')], "c", A::Cone, "keep the causal past, future, both, all", "causality"),
    key(&[Char('C')], "C", A::Concurrent, "keep what is concurrent", "causality"),
    key(&[Key::Tab], "Tab", A::Tab(1), "next panel", "panels").hint(7, "Tab panel"),
    key(&[Key::BackTab], "Shift-Tab", A::Tab(-1), "previous panel", "panels"),
    key(&[Char('1')], "1", A::Panel(Panel::State), "state", "panels"),
    key(&[Char('2')], "2", A::Panel(Panel::Invariants), "invariants", "panels"),
    key(&[Char('3')], "3", A::Panel(Panel::History), "history", "panels"),
    key(&[Char('4')], "4", A::Panel(Panel::Faults), "faults", "panels"),
    key(&[Char('5')], "5", A::Panel(Panel::Net), "messages in flight", "panels"),
    key(&[Char('6')], "6", A::Panel(Panel::Event), "the event", "panels"),
    key(&[Char('z')], "z", A::Alone, "the panel alone, and back", "panels"),
    key(&[Key::Enter], "Enter", A::Open, "the panel of the event under the cursor", "panels"),
    key(&[Char('d')], "d", A::BasePrevious, "compare with the event before", "state"),
    key(&[Char('D')], "D", A::BaseCycle, "compare with: same lane, bookmark, start", "state"),
    key(&[Char('u')], "u", A::Unchanged, "show or hide fields that did not change", "state"),
    key(&[Char('w')], "w", A::Field, "take the next field in hand, for { and }", "state"),
    key(&[Char('t')], "t", A::Spaced, "rows apart as their instants are", "view"),
    key(&[Char(' ')], "Space", A::Play, "play, pause", "view"),
    key(&[Char('+')], "+", A::Speed(true), "faster", "view"),
    key(&[Char('-')], "-", A::Speed(false), "slower", "view"),
    key(&[Char('y')], "y", A::Copy, "copy the command that reopens this moment", "share"),
    key(&[Char('e')], "e", A::Save, "write the screen to a text file", "share"),
    key(&[Char('s')], "s", A::Story, "only the story, and back", "story"),
    key(&[Char('?')], "?", A::Help, "this help", "help").hint(8, "? help"),
    key(&[Key::Escape], "Esc", A::Close, "close, then clear search, then cone", "help"),
    key(&[Char('q'), Ctrl('c')], "q Ctrl-c", A::Quit, "quit", "app").hint(9, "q quit"),
    key(&[Ctrl('z')], "Ctrl-z", A::Suspend, "suspend", "app"),
    key(&[Ctrl('l')], "Ctrl-l", A::Redraw, "redraw", "app"),
];

/// The hints that fit a width.
#[must_use]
pub(crate) fn hints(width: usize) -> String {
    let mut all: Vec<(u8, &str)> = KEYMAP.iter().filter_map(|binding| binding.hint).collect();
    all.sort_by_key(|(place, _)| *place);
    // What fits least is left out of the middle: how to get help and out is always said.
    let wide = |all: &[(u8, &str)]| all.iter().map(|(_, words)| words.len() + 2).sum::<usize>();
    while all.len() > 2 && wide(&all) > width + 2 {
        all.remove(all.len() - 3);
    }
    let words: Vec<&str> = all.iter().map(|(_, words)| *words).collect();
    words.join("  ")
}

/// The help: a line a key, by group.
#[must_use]
pub fn help() -> Vec<String> {
    let mut groups: Vec<&str> = Vec::new();
    for binding in KEYMAP {
        if !groups.contains(&binding.group) {
            groups.push(binding.group);
        }
    }
    let of = |group: &str| {
        let bindings = KEYMAP.iter().filter(move |binding| binding.group == group);
        let line = |binding: &Binding| format!("  {:<10} {}", binding.shown, binding.about);
        let lines: Vec<String> = bindings.map(line).collect();
        std::iter::once(group.to_string()).chain(lines).collect::<Vec<_>>()
    };
    groups.into_iter().flat_map(of).collect()
}

/// Takes a key.
pub fn press(recording: &Recording, view: &mut View, key: Key, page: u16) -> Reply {
    view.remark = None;
    if key == Ctrl('c') {
        return Reply::Quit;
    }
    if view.input.is_some() {
        moves::type_key(recording, view, key);
        return Reply::Show;
    }
    if view.help.is_some() {
        return helped(view, key);
    }
    let binding = KEYMAP.iter().find(|binding| binding.keys.contains(&key));
    let digit = match key {
        Char(letter) => letter.to_digit(10).map(u64::from),
        _ => None,
    };
    // A digit may name a panel or begin a count: it does both, and a key that takes the count
    // gives the panel back.
    let panel = view.panel;
    let reply = match binding {
        Some(binding) if digit.is_none() || view.count == 0 => {
            if takes_count(binding.action) && view.count > 0 {
                view.panel = view.panel_before.unwrap_or(panel);
            }
            act(recording, view, binding.action, page)
        }
        Some(_) | None => Reply::Show,
    };
    view.panel_before = digit.map(|_| view.panel_before.unwrap_or(panel));
    view.count = match digit {
        Some(digit) => view.count.saturating_mul(10).saturating_add(digit),
        None => 0,
    };
    reply
}

fn takes_count(action: Action) -> bool {
    matches!(action, A::Step(_) | A::Page(..) | A::Lane(_))
}

fn helped(view: &mut View, key: Key) -> Reply {
    let lines = help().len() as u16;
    let at = view.help.unwrap_or(0);
    view.help = match key {
        Char('j') | Key::Down => Some((at + 1).min(lines.saturating_sub(5))),
        Char('k') | Key::Up => Some(at.saturating_sub(1)),
        Key::PageDown | Ctrl('d') | Char(' ') => Some((at + 15).min(lines.saturating_sub(5))),
        Key::PageUp | Ctrl('u') => Some(at.saturating_sub(15)),
        Key::Escape | Char('?' | 'q') => None,
        _ => Some(at),
    };
    Reply::Show
}

fn act(recording: &Recording, view: &mut View, action: Action, page: u16) -> Reply {
    let count = view.count.max(1) as i64;
    match action {
        A::Step(by) => moves::step(view, by * count),
        A::Page(by, part) => moves::step(view, by * i64::from((page / part).max(1)) * count),
        A::First => moves::jump(view, view.rows.first().copied()),
        A::Last => moves::jump(view, view.rows.last().copied()),
        A::Cause => moves::cause(recording, view),
        A::Effect => moves::effect(recording, view),
        A::Lane(by) => moves::lane(recording, view, by, count),
        A::Change(later) => moves::change(recording, view, later),
        A::Strike(later) => moves::among(view, recording.strikes(), later, "fault"),
        A::Violation(later) => moves::violation(recording, view, later),
        A::Ask(asks) => {
            let text = match (asks, &view.filter) {
                (Asks::Filter, Some(filter)) => filter.text().to_string(),
                _ => String::new(),
            };
            view.input = Some((asks, text));
        }
        A::Back => moves::back(view),
        A::Hit(later) => moves::hit(recording, view, later),
        A::ClearFilter => {
            view.filter = None;
            view.choose(recording);
        }
        A::Cone => moves::cone(recording, view),
        A::Concurrent => {
            let keep = (Keep::Concurrent, view.cursor);
            let off = view.keep.is_some_and(|(keep, _)| keep == Keep::Concurrent);
            view.keep = (!off).then_some(keep);
            view.choose(recording);
        }
        A::Tab(by) => moves::tab(view, by),
        A::Panel(panel) => view.panel = panel,
        A::Open => view.panel = Panel::Event,
        A::Alone => view.alone = !view.alone,
        A::Help => view.help = Some(0),
        A::Close => moves::close(recording, view),
        A::Quit => return Reply::Quit,
        A::Suspend => return Reply::Suspend,
        A::Redraw => return Reply::Redraw,
        A::Save => return Reply::Save,
        A::Copy => {
            let command = format!("{} --at {}", view.command, view.cursor.0);
            view.remark = Some(command.clone());
            return Reply::Copy(command);
        }
        A::Story => {
            view.story = !view.story;
            view.choose(recording);
        }
        A::BasePrevious
        | A::BaseCycle
        | A::Unchanged
        | A::Field
        | A::Spaced
        | A::Play
        | A::Speed(_) => look(recording, view, action),
    }
    Reply::Show
}

/// What changes how things are shown, not where.
fn look(recording: &Recording, view: &mut View, action: Action) {
    use crate::view::Base;
    match action {
        A::BasePrevious => view.base = Base::Previous,
        A::BaseCycle => {
            view.base = match view.base {
                Base::Previous | Base::Start => Base::Lane,
                Base::Lane => Base::Mark,
                Base::Mark => Base::Start,
            }
        }
        A::Unchanged => view.unchanged = !view.unchanged,
        A::Field => moves::next_field(recording, view),
        A::Spaced => view.spaced = !view.spaced,
        A::Play => view.playing = if view.playing == 0 { view.speed } else { 0 },
        A::Speed(faster) => {
            view.speed = if faster { view.speed.saturating_mul(2) } else { view.speed / 2 };
            view.speed = view.speed.clamp(1, 1 << 20);
            view.playing = view.playing.min(1) * view.speed;
            view.remark = Some(format!("{} events a tick", view.speed));
        }
        _ => {}
    }
}
