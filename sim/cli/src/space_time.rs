//! The story of a violation as a space-time diagram: a column for each participant, a row for each
//! step.
//!
//! The invariant: a message is drawn once, on the row of the step that it is; no two arrows cross.

use crate::console::Paint;
use crate::words::cut;
use squall_explore::explain::Explanation;
use squall_explore::past::{Step, StepKind};
use std::collections::BTreeSet;

/// How far the columns are apart, and how far if there are many.
const WIDE: usize = 5;
const NARROW: usize = 3;
/// More participants than this are many; of more than this only those in the story are drawn.
const MANY: usize = 10;

/// The rows, a heading first.
pub(crate) fn diagram(found: &Explanation, paint: Paint) -> Vec<String> {
    let told: BTreeSet<&str> = found
        .story
        .iter()
        .flat_map(|step| step.place.iter().chain(&step.peer))
        .map(String::as_str)
        .collect();
    let lanes: Vec<&str> =
        found.participants.iter().map(String::as_str).filter(|name| told.contains(name)).collect();
    let longest = lanes.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let pitch = if lanes.len() > MANY { NARROW } else { WIDE }.max(longest + 1);
    let chart = Chart { lanes, pitch };
    let mut lines = vec![paint.faint(&format!("  {:>7} {:>12}  {}", "", "ms", chart.heading()))];
    let mut down = BTreeSet::new();
    for step in &found.story {
        let row = chart.row(step, &down);
        match (step.kind, chart.lane(step.place.as_deref())) {
            (StepKind::Crash, Some(lane)) => {
                down.insert(lane);
            }
            (StepKind::Boot, Some(lane)) => {
                down.remove(&lane);
            }
            _ => {}
        }
        let (event, at) = (step.event.to_string(), step.at.to_string());
        let here = step.event == found.violation.event;
        let mark = if here { ">" } else { " " };
        let line = format!(" {mark}{event:>7} {at:>12}  {row}  {}", label(step));
        let line = line.trim_end().to_string();
        lines.push(if here { paint.name(&line) } else { line });
    }
    lines
}

/// What stands beside a row.
fn label(step: &Step) -> String {
    match (&step.role, step.kind) {
        (Some(role), StepKind::Delivery | StepKind::Timer) if !role.is_empty() => {
            format!("{} {role}", step.word())
        }
        (Some(role), _) if !role.is_empty() => role.clone(),
        (_, StepKind::Call) => step.text.clone(),
        (_, StepKind::Fault | StepKind::FaultEnd) => step.text.clone(),
        (_, StepKind::Crash | StepKind::Boot | StepKind::Pause | StepKind::Resume) => {
            step.sentence()
        }
        (_, StepKind::Other) => cut(&step.text, 40),
        (_, StepKind::Loss) => format!("{} lost", step.word()),
        _ => step.word().to_string(),
    }
}

struct Chart<'a> {
    lanes: Vec<&'a str>,
    pitch: usize,
}

impl Chart<'_> {
    fn heading(&self) -> String {
        let name = |name: &&str| format!("{name:<width$}", width = self.pitch);
        self.lanes.iter().map(name).collect::<String>().trim_end().to_string()
    }

    fn lane(&self, name: Option<&str>) -> Option<usize> {
        self.lanes.iter().position(|lane| Some(*lane) == name)
    }

    fn row(&self, step: &Step, down: &BTreeSet<usize>) -> String {
        let width = (self.lanes.len().max(1) - 1) * self.pitch + 1;
        let storm = matches!(step.kind, StepKind::Fault | StepKind::FaultEnd);
        let mut cells = vec![if storm { '╌' } else { ' ' }; width];
        for lane in (0..self.lanes.len()).filter(|lane| !down.contains(lane)) {
            cells[lane * self.pitch] = '│';
        }
        let (place, peer) = (self.lane(step.place.as_deref()), self.lane(step.peer.as_deref()));
        match (step.kind, place, peer) {
            (StepKind::Delivery | StepKind::Answer, Some(to), Some(from)) => {
                self.arrow(&mut cells, from, to, '●');
            }
            (StepKind::Loss, Some(from), Some(to)) => self.arrow(&mut cells, from, to, '╳'),
            (kind, Some(lane), _) => cells[lane * self.pitch] = glyph(kind),
            (_, None, _) => {}
        }
        cells.into_iter().collect()
    }

    /// A level arrow from one lane to another.
    fn arrow(&self, cells: &mut [char], from: usize, to: usize, end: char) {
        let (from, to) = (from * self.pitch, to * self.pitch);
        for (at, cell) in cells.iter_mut().enumerate().take(from.max(to)).skip(from.min(to) + 1) {
            *cell = if at % self.pitch == 0 { '┼' } else { '─' };
        }
        cells[from] = '○';
        cells[to] = end;
        if from < to {
            cells[to - 1] = '►';
        } else if to < from {
            cells[to + 1] = '◄';
        }
    }
}

fn glyph(kind: StepKind) -> char {
    match kind {
        StepKind::Timer => '◆',
        StepKind::Call => '○',
        StepKind::Boot => '↻',
        StepKind::Crash => '✕',
        StepKind::Delivery
        | StepKind::Answer
        | StepKind::Loss
        | StepKind::Fault
        | StepKind::FaultEnd
        | StepKind::Pause
        | StepKind::Resume
        | StepKind::Other => '◇',
    }
}
