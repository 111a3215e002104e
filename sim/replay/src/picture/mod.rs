//! The picture of a moment of a run: a pure function of recording, view, size and look.
//!
//! The invariant: nothing here keeps anything; the same arguments give the same cells.

mod bars;
mod canvas;
mod diagram;
mod history;
mod look;
mod panels;
mod state;

pub use look::{Depth, Look};

use crate::keys::{help, hints};
use crate::recording::Recording;
use crate::view::{Asks, Panel, View};
use canvas::{Canvas, Row, Tone, cut, span};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The smallest screen that shows anything.
pub const SMALLEST: (u16, u16) = (60, 16);

/// What is drawn on.
pub(crate) struct Scene<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) view: &'a View,
}

/// Draws a moment of a run.
#[must_use]
pub fn picture(
    recording: &Recording,
    view: &View,
    (width, height): (u16, u16),
    look: Look,
) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let mut canvas = Canvas { buffer: &mut buffer, look };
    let scene = Scene { recording, view };
    if width < SMALLEST.0 || height < SMALLEST.1 {
        let (least, most) = SMALLEST;
        canvas.put(
            0,
            0,
            &format!("terminal is {width}x{height}, need {least}x{most}"),
            Tone::Plain,
        );
    } else if view.help.is_some() {
        helped(&mut canvas, &scene);
    } else if view.alone {
        alone(&mut canvas, &scene);
    } else if width >= 120 && height >= 30 {
        wide(&mut canvas, &scene);
    } else if width >= 80 && height >= 24 {
        middle(&mut canvas, &scene);
    } else {
        narrow(&mut canvas, &scene);
    }
    look.finish(&mut buffer);
    buffer
}

/// The picture as text, a line for each row.
#[must_use]
pub fn as_text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let rows = buffer.content.chunks(width);
    let line = |row: &[ratatui::buffer::Cell]| {
        let line: String = row.iter().map(|cell| cell.symbol()).collect();
        format!("{}\n", line.trim_end())
    };
    rows.map(line).collect()
}

/// Takes a click: on a row of the diagram, on a bar. Says whether anything changed.
pub(crate) fn click(
    recording: &Recording,
    view: &mut View,
    (width, height): (u16, u16),
    (x, y): (u16, u16),
) -> bool {
    let scene = Scene { recording, view };
    let (bars, area) = if width >= 120 && height >= 30 {
        (1..5, Rect::new(0, 6, width - 41, height - 18))
    } else if width >= 80 && height >= 24 {
        (1..3, Rect::new(0, 4, width, height - 12))
    } else {
        (0..0, Rect::new(0, 2, width, height - 3))
    };
    let to = match bars.contains(&y) {
        true => bars::at(&scene, width, x).map(|at| recording.at_time(at)),
        false => diagram::at(&scene, area, y).filter(|_| x < area.right()),
    };
    crate::moves::jump(view, to);
    to.is_some()
}

fn title(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let Scene { recording, view } = scene;
    let (plan, outcome) = (&recording.header.plan, &recording.outcome);
    let width = canvas.width();
    let wide = width >= 120;
    let digest = &outcome.digest.to_string();
    let left = match wide {
        true => format!(
            "squall replay  {} · seed {} · {} events · digest {digest}",
            plan.name, plan.seed, outcome.events
        ),
        false => {
            let event = recording.event(view.cursor);
            let at = event.map(|event| event.at.to_string()).unwrap_or_default();
            format!("{}  seed {}  {} {at} ms", plan.name, plan.seed, view.cursor)
        }
    };
    let (right, tone) = match recording.violation() {
        Some(violation) => {
            (format!("‼ FAIL {} {}", violation.property, violation.event), Tone::Bad)
        }
        None => ("✓ passed".to_string(), Tone::Plain),
    };
    let at = usize::from(width).saturating_sub(right.chars().count() + 1);
    canvas.put(1, 0, &cut(&left, at.saturating_sub(3)), Tone::Bold);
    canvas.put(at as u16, 0, &right, tone);
}

/// The last line: what is being typed, a remark, or the keys.
fn bottom(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let view = scene.view;
    let (width, y) = (usize::from(canvas.width()), canvas.height() - 1);
    let (text, tone) = match (&view.input, &view.remark) {
        (Some((asks, text)), _) => {
            let front = match asks {
                Asks::Goto => ":",
                Asks::Search => "/",
                Asks::Filter => "filter: ",
                Asks::SetMark => "letter of the bookmark: ",
                Asks::GoMark => "bookmark: ",
            };
            (format!("{front}{text}▌"), Tone::Bold)
        }
        (None, Some(remark)) => (remark.clone(), Tone::Bold),
        (None, None) => (hints(width.saturating_sub(2)), Tone::Dim),
    };
    canvas.put(1, y, &cut(&text, width.saturating_sub(2)), tone);
}

fn wide(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    let left = width - 41;
    title(canvas, scene);
    bars::wide(canvas, scene, 1);
    let history = height - 12;
    let area = Rect::new(0, 5, left, history - 5);
    canvas.rule(5, 0, width, &heading(scene));
    diagram::diagram(canvas, scene, Rect { y: 6, height: area.height - 1, ..area });
    for y in 6..history + 7 {
        canvas.put(left, y, "│", Tone::Dim);
    }
    let side = if matches!(scene.view.panel, Panel::Faults | Panel::Net) {
        scene.view.panel
    } else {
        Panel::State
    };
    canvas.put(left, 5, "┬─ ", Tone::Dim);
    tabs(canvas, scene, left + 3, 5, &[Panel::State, Panel::Faults, Panel::Net], side);
    let room = Rect::new(left + 2, 6, width - left - 2, history - 6);
    canvas.rows(room, &panels::panel(scene, side, room.width, room.height));
    canvas.rule(history, 0, width, &titled(scene, Panel::History));
    canvas.put(left, history, "┼─ ", Tone::Dim);
    tabs(canvas, scene, left + 3, history, &[Panel::Invariants], Panel::Invariants);
    let room = Rect::new(1, history + 1, left - 1, 6);
    canvas.rows(room, &panels::panel(scene, Panel::History, room.width, room.height));
    let room = Rect::new(left + 2, history + 1, width - left - 2, 6);
    canvas.rows(room, &panels::panel(scene, Panel::Invariants, room.width, room.height));
    canvas.rule(history + 7, 0, width, &titled(scene, Panel::Event));
    canvas.put(left, history + 7, "┴", Tone::Dim);
    let room = Rect::new(1, history + 8, width - 2, 3);
    canvas.rows(room, &panels::panel(scene, Panel::Event, room.width, room.height));
    bottom(canvas, scene);
}

fn middle(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    title(canvas, scene);
    bars::middle(canvas, scene, 1);
    canvas.rule(3, 0, width, &heading(scene));
    let panel = height - 8;
    diagram::diagram(canvas, scene, Rect::new(0, 4, width, panel - 4));
    canvas.rule(panel, 0, width, "");
    tabs(canvas, scene, 2, panel, &Panel::ALL, scene.view.panel);
    let room = Rect::new(1, panel + 1, width - 2, 6);
    canvas.rows(room, &panels::panel(scene, scene.view.panel, room.width, room.height));
    bottom(canvas, scene);
}

fn narrow(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    title(canvas, scene);
    canvas.rule(1, 0, width, &heading(scene));
    diagram::diagram(canvas, scene, Rect::new(0, 2, width, height - 3));
    bottom(canvas, scene);
}

fn alone(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    title(canvas, scene);
    canvas.rule(1, 0, width, "");
    tabs(canvas, scene, 2, 1, &Panel::ALL, scene.view.panel);
    let room = Rect::new(1, 2, width - 2, height - 3);
    canvas.rows(room, &panels::panel(scene, scene.view.panel, room.width, room.height));
    bottom(canvas, scene);
}

fn helped(canvas: &mut Canvas<'_>, scene: &Scene<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    title(canvas, scene);
    canvas.rule(1, 0, width, "Keys  Esc closes, j and k scroll");
    let skip = usize::from(scene.view.help.unwrap_or(0));
    let rows: Vec<Row> = help().into_iter().skip(skip).map(|line| vec![span(line)]).collect();
    canvas.rows(Rect::new(1, 2, width - 2, height - 3), &rows);
    bottom(canvas, scene);
}

/// The heading of the diagram: what the marks mean and what is kept.
fn heading(scene: &Scene<'_>) -> String {
    let view = scene.view;
    let mut text = "Space-time  < before  > after".to_string();
    if let Some(filter) = &view.filter {
        text += &format!("  filter: {}", filter.text());
    }
    if let Some((keep, at)) = view.keep {
        text += &format!("  {} of {at}", keep.name());
    }
    if view.story {
        text += "  the story";
    }
    if let Some(search) = &view.search {
        text += &format!("  /{}", search.text());
    }
    text
}

fn titled(scene: &Scene<'_>, panel: Panel) -> String {
    let number = Panel::ALL.iter().position(|other| *other == panel).unwrap_or(0) + 1;
    match scene.view.panel == panel {
        true => format!("[{number} {}]", panel.name()),
        false => format!("{number} {}", panel.name()),
    }
}

fn tabs(canvas: &mut Canvas<'_>, scene: &Scene<'_>, x: u16, y: u16, all: &[Panel], shown: Panel) {
    let mut x = x;
    for panel in all {
        let number = Panel::ALL.iter().position(|other| other == panel).unwrap_or(0) + 1;
        let mut name = format!("{number} {}", panel.name());
        if *panel == Panel::Invariants && scene.recording.violation().is_some() {
            name += " ‼1";
        }
        let text = if *panel == shown { format!("[{name}]") } else { name };
        let tone = if *panel == shown { Tone::Bold } else { Tone::Plain };
        canvas.put(x, y, &text, tone);
        x += text.chars().count() as u16;
        canvas.put(x, y, "  ", Tone::Plain);
        x += 2;
    }
}
