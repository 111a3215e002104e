//! The state panel: a table of all nodes, and what one of them shows against the base.
//!
//! The invariant: what changed is marked by a sign, not by colour alone.

use super::Scene;
use super::canvas::{Row, Tone, cut, span};
use crate::recording::Recording;
use crate::status::Status;
use squall_engine::ids::{EventId, NodeId};

/// The table above the changes, or beside them where there is room and little height.
pub(crate) fn state(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let beside = width >= 70;
    let left = if beside { width / 2 } else { width };
    let nodes = scene.recording.header.nodes.len();
    let most = if beside { height } else { (nodes + 1).min(height / 2) };
    let mut table = table(scene, left, most);
    let changes = changes(scene, if beside { width - left - 2 } else { width });
    if !beside {
        table.push(Vec::new());
        table.extend(changes);
        return table;
    }
    for (index, change) in changes.into_iter().take(height).enumerate() {
        if table.len() <= index {
            table.push(Vec::new());
        }
        let taken: usize = table[index].iter().map(|(text, _)| text.chars().count()).sum();
        table[index].push(span(" ".repeat((left + 2).saturating_sub(taken))));
        table[index].extend(change);
    }
    table
}

/// One row a node: role and the fields for which there is room.
fn table(scene: &Scene<'_>, width: usize, most: usize) -> Vec<Row> {
    let Scene { recording, view } = scene;
    let nodes = recording.header.nodes.len();
    let here = view.node(recording).unwrap_or(0);
    let room = most.saturating_sub(1).max(1);
    let first = (here + 1).saturating_sub(room);
    let shown: Vec<usize> = (first..nodes.min(first + room)).collect();
    let at = view.cursor;
    let mut columns = vec![column("node", &shown, |node| recording.header.nodes[node].clone())];
    columns.push(column("role", &shown, |node| role(recording, node, at)));
    if recording.is_cut(at) {
        let side = |node: usize| recording.side(NodeId::node(node as u32), at).to_string();
        columns.push(column("side", &shown, side));
    }
    let mut taken: usize = columns.iter().map(|(_, width)| width + 1).sum();
    let names: Vec<&str> =
        shown.first().map(|node| recording.field_names(*node).collect()).unwrap_or_default();
    for name in names {
        let value = |node: usize| cut(recording.field(node, name, at).unwrap_or("-"), 10);
        let (rows, wide) = column(name, &shown, value);
        if taken + wide < width {
            taken += wide + 1;
            columns.push((rows, wide));
        }
    }
    let line = |index: usize| -> String {
        let cell = |(rows, width): &(Vec<String>, usize)| format!("{:<width$} ", rows[index]);
        columns.iter().map(cell).collect()
    };
    let tone = |index: usize| match index.checked_sub(1).map(|index| shown[index]) {
        None => Tone::Dim,
        Some(node) if recording.status(node, at) == Status::Down => Tone::Dim,
        Some(node) if node == here => Tone::Bold,
        Some(_) => Tone::Plain,
    };
    (0..=shown.len()).map(|index| vec![(line(index), tone(index))]).collect()
}

/// A column with its heading, and its width.
fn column(name: &str, nodes: &[usize], value: impl Fn(usize) -> String) -> (Vec<String>, usize) {
    let values = nodes.iter().map(|node| value(*node));
    let rows: Vec<String> = std::iter::once(cut(name, 10)).chain(values).collect();
    let width = rows.iter().map(|row| row.chars().count()).max().unwrap_or(0);
    (rows, width)
}

fn role(recording: &Recording, node: usize, at: EventId) -> String {
    match recording.status(node, at) {
        Status::Down => "down".to_string(),
        Status::Paused => "paused".to_string(),
        Status::Up => match recording.role(node, at) {
            leads @ ("leader" | "primary" | "master") => leads.to_uppercase(),
            other => cut(other, 10),
        },
    }
}

/// What the node in hand shows, set against the base, and who else changed.
fn changes(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let Scene { recording, view } = scene;
    let (at, base) = (view.cursor, view.base_event(recording));
    let mut rows = Vec::new();
    let here = view.node(recording);
    let mut unchanged = 0;
    for node in 0..recording.header.nodes.len() {
        let all = fields(recording, node, base, at);
        let changed = all.iter().any(|field| field.sign != ' ');
        if Some(node) == here {
            let head = format!("{} at {at}  Δ since {base} (D)", recording.header.nodes[node]);
            let mut own = vec![vec![(cut(&head, width), Tone::Bold)]];
            let shown = all.iter().filter(|field| view.unchanged || field.sign != ' ');
            own.extend(shown.map(|field| field.row(view.field.as_deref(), width)));
            rows.splice(0..0, own);
        } else if changed {
            let name = &recording.header.nodes[node];
            rows.push(vec![(name.clone(), Tone::Bold)]);
            let news = all.iter().filter(|field| field.sign != ' ');
            rows.extend(news.map(|field| field.row(None, width)));
        } else {
            unchanged += 1;
        }
    }
    let told = format!("{unchanged} other nodes unchanged (u: fields, d D: base)");
    rows.push(vec![(cut(&told, width), Tone::Dim)]);
    rows
}

struct Field {
    sign: char,
    name: String,
    told: String,
}

impl Field {
    fn row(&self, focus: Option<&str>, width: usize) -> Row {
        let tone = match self.sign {
            '+' => Tone::Plus,
            '-' => Tone::Minus,
            '~' => Tone::Changed,
            _ => Tone::Plain,
        };
        let mark = if focus == Some(&self.name) { '▌' } else { self.sign };
        let text = format!("{mark} {:<12} {}", cut(&self.name, 12), self.told);
        vec![(cut(&text, width), tone)]
    }
}

fn fields(recording: &Recording, node: usize, base: EventId, at: EventId) -> Vec<Field> {
    let old_role = role(recording, node, base);
    let role = role(recording, node, at);
    let role = Some(role.as_str()).filter(|role| !role.is_empty());
    let mut all = vec![field("role", Some(&old_role).filter(|old| !old.is_empty()), role)];
    for name in recording.field_names(node) {
        let value = |at| recording.field(node, name, at).map(str::to_string);
        all.push(field(name, value(base).as_ref(), value(at).as_deref()));
    }
    all
}

fn field(name: &str, old: Option<&String>, new: Option<&str>) -> Field {
    let (sign, told) = match (old, new) {
        (None, None) => (' ', "-".to_string()),
        (None, Some(new)) => ('+', new.to_string()),
        (Some(old), None) => ('-', old.clone()),
        (Some(old), Some(new)) if old == new => (' ', new.to_string()),
        (Some(old), Some(new)) => ('~', format!("{old} -> {new}")),
    };
    Field { sign, name: name.to_string(), told }
}
