//! The space-time diagram: one event a row, the lanes are that row's gutter.
//!
//! The invariant: a message is a level arrow on the row of its receipt or loss, so no two arrows
//! cross.

use super::Scene;
use super::canvas::{Canvas, Tone, cut};
use crate::causality::{Cone, Cones};
use crate::recording::Recording;
use crate::status::Status;
use crate::view::View;
use ratatui::layout::Rect;
use squall_engine::event::{Event, EventKind};
use squall_engine::ids::{EventId, NodeId};

/// A row of the diagram.
enum Line {
    Event(EventId),
    /// Rows that are not shown: how many before this event.
    Hidden(u64, EventId),
    /// Time goes by before this event.
    Apart(EventId),
}

/// Where things stand in a row.
struct Columns {
    numbers: usize,
    times: usize,
    /// The column of the first lane.
    lanes: u16,
    pitch: u16,
    /// The first lane that is shown, and how many.
    first: usize,
    count: usize,
    text: u16,
    right: u16,
}

/// Draws the diagram.
pub(crate) fn diagram(canvas: &mut Canvas<'_>, scene: &Scene<'_>, area: Rect) {
    let Scene { recording, view } = scene;
    let columns = columns(scene, area);
    let cut_off = recording.is_cut(view.cursor);
    let top = top(scene, area);
    heading(canvas, scene, &columns, area);
    if cut_off {
        sides(canvas, scene, &columns, area.y + 1);
    }
    let lines = lines(recording, view, usize::from(area.bottom().saturating_sub(top)));
    let shown = lines.iter().filter_map(|line| match line {
        Line::Event(id) => Some(*id),
        Line::Hidden(..) | Line::Apart(_) => None,
    });
    let shown: Vec<EventId> = shown.collect();
    let (first, last) = (shown.first().copied(), shown.last().copied());
    let first = first.unwrap_or(view.cursor).min(view.cursor);
    let last = last.unwrap_or(view.cursor).max(view.cursor);
    let cones = Cones::of(recording, view.cursor, first, last);
    for (y, line) in (top..area.bottom()).zip(&lines) {
        match line {
            Line::Event(id) => {
                let event = recording.event(*id).expect("rows are events of the run");
                row(canvas, scene, &columns, y, event, cones.stands(*id));
            }
            Line::Hidden(count, next) => {
                gutter(canvas, recording, &columns, y, *next, Some('⋮'));
                let words = format!("{count} events hidden");
                canvas.put(columns.text, y, &words, Tone::Dim);
            }
            Line::Apart(next) => gutter(canvas, recording, &columns, y, *next, None),
        }
    }
}

/// The first line below the headings.
fn top(scene: &Scene<'_>, area: Rect) -> u16 {
    area.y + 1 + u16::from(scene.recording.is_cut(scene.view.cursor))
}

/// The event on a line of the screen.
pub(crate) fn at(scene: &Scene<'_>, area: Rect, y: u16) -> Option<EventId> {
    let top = top(scene, area);
    let height = usize::from(area.bottom().saturating_sub(top));
    let index = usize::from(y.checked_sub(top)?);
    match lines(scene.recording, scene.view, height).get(index)? {
        Line::Event(id) => Some(*id),
        Line::Hidden(..) | Line::Apart(_) => None,
    }
}

/// The rows around the cursor, which stands at two thirds of the height if it can.
fn lines(recording: &Recording, view: &View, height: usize) -> Vec<Line> {
    let rows = &view.rows;
    let here = view.row();
    let after = height / 3;
    let mut before = Vec::new();
    let mut index = here.min(rows.len());
    let has_cursor = rows.get(here) == Some(&view.cursor);
    if !has_cursor {
        before.push(Line::Event(view.cursor));
        push_gap(
            recording,
            view,
            index.checked_sub(1).map(|at| rows[at]),
            view.cursor,
            &mut before,
        );
    } else {
        index += 1;
    }
    while index > 0 && before.len() < height {
        index -= 1;
        before.push(Line::Event(rows[index]));
        let earlier = index.checked_sub(1).map(|at| rows[at]);
        push_gap(recording, view, earlier, rows[index], &mut before);
    }
    before.truncate(height);
    let mut later = Vec::new();
    let mut previous = view.cursor;
    for row in &rows[(here + usize::from(has_cursor)).min(rows.len())..] {
        if later.len() >= height {
            break;
        }
        let mut gap = Vec::new();
        push_gap(recording, view, Some(previous), *row, &mut gap);
        later.extend(gap.into_iter().rev());
        later.push(Line::Event(*row));
        previous = *row;
    }
    let keep = before.len().min(height - after.min(later.len()));
    before.truncate(keep);
    later.truncate(height - keep);
    before.into_iter().rev().chain(later).collect()
}

/// What stands above an event: time that went by, and events that are hidden.
fn push_gap(
    recording: &Recording,
    view: &View,
    earlier: Option<EventId>,
    event: EventId,
    lines: &mut Vec<Line>,
) {
    let before = earlier.unwrap_or(EventId::BEGINNING);
    if view.spaced {
        let at = |id| recording.event(id).map_or(0, |event| event.at.as_nanos());
        let apart = at(event).saturating_sub(at(before));
        let rows = [1_000_000, 10_000_000, 100_000_000].iter().filter(|step| apart >= **step);
        lines.extend(rows.map(|_| Line::Apart(event)));
    }
    let hidden = event.0.saturating_sub(before.0 + 1);
    if hidden > 0 && view.hides() {
        lines.push(Line::Hidden(hidden, event));
    }
}

fn columns(scene: &Scene<'_>, area: Rect) -> Columns {
    let Scene { recording, view } = scene;
    let numbers = recording.last().to_string().len().max(4);
    let times = recording.events().last().map_or(5, |event| event.at.to_string().len()).max(5);
    let lanes = area.x + (numbers + times + 4) as u16;
    let words = if area.width >= 79 { 26 } else { 22 };
    let room = area.right().saturating_sub(lanes + words);
    let all = recording.lanes.len();
    let widest = if area.width >= 79 { 5 } else { 4 };
    let fits = |pitch: &u16| all as u16 * pitch <= room;
    let pitch = (3..=widest).rev().find(fits).unwrap_or(3);
    let count = usize::from(room / pitch).clamp(1, all.max(1));
    // The lanes of the event in hand stay in view.
    let event = recording.event(view.cursor);
    let own = event.map(|event| ends(recording, event)).unwrap_or_default();
    let most = own.iter().flatten().max().copied().unwrap_or(0);
    let first = (most + 1).saturating_sub(count);
    let count = count.min(all - first);
    let text = lanes + count as u16 * pitch;
    Columns { numbers, times, lanes, pitch, first, count, text, right: area.right() }
}

/// The lanes of an event: where a message came from, and where it went.
fn ends(recording: &Recording, event: &Event) -> [Option<usize>; 2] {
    let lane = |id: NodeId| recording.lane_of(id);
    match event.kind {
        EventKind::Deliver { from, .. } => [lane(from), event.place.and_then(lane)],
        EventKind::Lost { from, to, .. } => [lane(from), lane(to)],
        _ => [None, event.place.and_then(lane)],
    }
}

impl Columns {
    /// The column of a lane, if it is in view.
    fn of(&self, lane: usize) -> Option<u16> {
        let index = lane.checked_sub(self.first).filter(|index| *index < self.count)?;
        Some(self.lanes + 1 + index as u16 * self.pitch)
    }

    fn shown(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.count
    }
}

fn heading(canvas: &mut Canvas<'_>, scene: &Scene<'_>, columns: &Columns, area: Rect) {
    let (numbers, times) = (columns.numbers, columns.times);
    let front = format!(" {:>numbers$} {:>times$}", "seq", "ms");
    canvas.put(area.x, area.y, &front, Tone::Dim);
    for lane in columns.shown() {
        let Some(x) = columns.of(lane) else { continue };
        let name = short(&scene.recording.lanes[lane].name, usize::from(columns.pitch) - 1);
        canvas.put(x - u16::from(name.len() > 1), area.y, &name, Tone::Bold);
    }
    let hidden = scene.recording.lanes.len() - columns.count;
    let words = if hidden > 0 { format!("+{hidden}  event") } else { "event".to_string() };
    canvas.put(columns.text, area.y, &words, Tone::Dim);
}

/// `balancer1` as `b1`.
fn short(name: &str, width: usize) -> String {
    if name.len() <= width {
        return name.to_string();
    }
    let number = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let letters: String = name.chars().take(width.saturating_sub(number.len()).max(1)).collect();
    format!("{letters}{number}")
}

fn sides(canvas: &mut Canvas<'_>, scene: &Scene<'_>, columns: &Columns, y: u16) {
    let width = columns.numbers + columns.times + 2;
    canvas.put(0, y, &format!("{:>width$}", "side"), Tone::Fault);
    for lane in columns.shown() {
        let Some(x) = columns.of(lane) else { continue };
        let side = scene.recording.side(scene.recording.lanes[lane].id, scene.view.cursor);
        canvas.put(x, y, &cut(side, usize::from(columns.pitch) - 1), Tone::Fault);
    }
}

/// The lanes as they run past a row.
fn gutter(
    canvas: &mut Canvas<'_>,
    recording: &Recording,
    columns: &Columns,
    y: u16,
    at: EventId,
    instead: Option<char>,
) {
    let clients = recording.header.clients.len();
    for lane in columns.shown() {
        let Some(x) = columns.of(lane) else { continue };
        let (glyph, tone) = match lane.checked_sub(clients) {
            None => ('│', Tone::Dim),
            Some(node) => match recording.status(node, at) {
                Status::Down => (' ', Tone::Plain),
                Status::Paused => ('┆', Tone::Fault),
                Status::Up => weight(recording.role(node, at)),
            },
        };
        canvas.glyph(x, y, instead.filter(|_| glyph != ' ').unwrap_or(glyph), tone);
    }
}

/// The line of a role: heavy for who leads, broken for who wants to.
fn weight(role: &str) -> (char, Tone) {
    match role {
        _ if role.contains("candidate") => ('╎', Tone::Plain),
        "leader" | "primary" | "master" | "coordinator" | "active" => ('┃', Tone::Lead),
        _ => ('│', Tone::Dim),
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    scene: &Scene<'_>,
    columns: &Columns,
    y: u16,
    event: &Event,
    cone: Cone,
) {
    let recording = scene.recording;
    let (mark, tone) = match cone {
        Cone::Before => ("<", Tone::Bold),
        Cone::Here => ("▌", Tone::Bold),
        Cone::After => (">", Tone::Bold),
        Cone::Concurrent => (" ", Tone::Dim),
    };
    let (numbers, times) = (columns.numbers, columns.times);
    let (id, at) = (event.id.to_string(), event.at.to_string());
    let front = format!("{mark}{id:>numbers$} {at:>times$}");
    canvas.put(0, y, &front, tone);
    gutter(canvas, recording, columns, y, event.id, None);
    draw(canvas, recording, columns, y, event);
    let violated = recording.violation().is_some_and(|violation| violation.event == event.id);
    let witness = recording.violation().filter(|found| found.witnesses.contains(&event.id));
    let mut words = event.words();
    if let Some(turn) = turn(recording, event) {
        words += &format!("  {turn}");
    }
    let width = usize::from(columns.right.saturating_sub(columns.text + 1));
    let room = width.saturating_sub(if violated || witness.is_some() { 2 } else { 0 });
    let words = cut(&words, room);
    let tone = match (cone, event.kind) {
        (Cone::Here, _) => Tone::Here,
        (_, kind) if is_fault(kind) => Tone::Fault,
        _ => tone,
    };
    canvas.put(columns.text, y, &words, tone);
    if violated || witness.is_some() {
        let x = columns.text + words.chars().count() as u16 + 1;
        canvas.glyph(x, y, '‼', Tone::Bad);
    }
}

fn is_fault(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::Begin { .. }
            | EventKind::Turn { .. }
            | EventKind::End { .. }
            | EventKind::Skip { .. }
            | EventKind::Crash
            | EventKind::Pause
            | EventKind::Lost { .. }
    )
}

/// The role that a node took with an event.
fn turn(recording: &Recording, event: &Event) -> Option<String> {
    let node = event.place.filter(|place| !place.is_client())?.index();
    let before = EventId(event.id.0 - 1);
    let changed = recording.change(node, None, before, true) == Some(event.id);
    let role = recording.role(node, event.id);
    let news = changed && !role.is_empty() && !recording.role(node, before).is_empty();
    news.then(|| format!("→ {role}"))
}

/// The glyphs of an event on its lanes.
fn draw(canvas: &mut Canvas<'_>, recording: &Recording, columns: &Columns, y: u16, event: &Event) {
    let [from, to] = ends(recording, event);
    let Some(to) = to else { return storm(canvas, columns, y) };
    let glyph = match event.kind {
        EventKind::Deliver { .. } => '●',
        EventKind::Lost { .. } => '╳',
        EventKind::Timer => '◆',
        EventKind::Crash => '✕',
        EventKind::Start { restarts: 1.. } | EventKind::Resume => '↻',
        _ => '◇',
    };
    let tone = match event.kind {
        EventKind::Crash | EventKind::Lost { .. } | EventKind::Pause => Tone::Fault,
        _ => Tone::Bold,
    };
    if let Some(from) = from.filter(|from| *from != to) {
        arrow(canvas, columns, y, (from, to));
    }
    if let Some(x) = columns.of(to) {
        canvas.glyph(x, y, glyph, tone);
    }
}

/// A level arrow; an end that is out of view is at the edge.
fn arrow(canvas: &mut Canvas<'_>, columns: &Columns, y: u16, (from, to): (usize, usize)) {
    let edge = |lane: usize| match columns.of(lane) {
        Some(x) => x,
        None if lane < columns.first => columns.lanes,
        None => columns.text.saturating_sub(2),
    };
    let (start, end) = (edge(from), edge(to));
    let (low, high) = (start.min(end), start.max(end));
    for x in low + 1..high {
        let crossing = columns.shown().any(|lane| columns.of(lane) == Some(x));
        canvas.glyph(x, y, if crossing { '┼' } else { '─' }, Tone::Plain);
    }
    if columns.of(from).is_some() {
        canvas.glyph(start, y, '○', Tone::Plain);
    }
    match high.checked_sub(low) {
        Some(apart) if apart > 1 && end > start => canvas.glyph(end - 1, y, '►', Tone::Plain),
        Some(apart) if apart > 1 => canvas.glyph(end + 1, y, '◄', Tone::Plain),
        _ => {}
    }
}

/// What concerns everybody crosses all lanes.
fn storm(canvas: &mut Canvas<'_>, columns: &Columns, y: u16) {
    for x in columns.lanes..columns.text.saturating_sub(1) {
        let lane = columns.shown().any(|lane| columns.of(lane) == Some(x));
        if !lane {
            canvas.glyph(x, y, '╌', Tone::Fault);
        }
    }
}
