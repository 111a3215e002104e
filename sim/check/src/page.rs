//! A history as one self-contained page: bars over time, points where operations took effect, and
//! the window that cannot be ordered.
//!
//! The invariant: the page needs no script and no other file, and is a pure function of its input.

use crate::fixed::FixedMap;
use crate::history::{Completion, History, Process};
use crate::linear::Explanation;
use crate::model::Model;
use crate::verdict::{OperationIndex, Verdict};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many operations a page shows; of longer histories it shows those around the window.
const SHOWN_MAX: usize = 400;

const LANE_HEIGHT: usize = 34;
const STEP_WIDTH: usize = 26;
const LEFT: usize = 90;

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1c2430; --dim: #7a8494; --bar: #b9d4f1; --edge: #4a7ebb;\
 --bad: #f6b8b3; --bad-edge: #c23b30; --back: #ffffff; --line: #e3e7ed; }\
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --dim: #93a0b2; --bar: #26425f;\
 --edge: #6fa8e6; --bad: #5d2723; --bad-edge: #f0786d; --back: #14181f; --line: #2a313c; } }\
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: var(--ink);\
 background: var(--back); }\
h1 { font-size: 1.3rem; margin: 0 0 .3rem; } p { margin: .2rem 0; max-width: 70rem; }\
.dim { color: var(--dim); } .scroll { overflow-x: auto; margin-top: 1rem; }\
svg text { font: 12px ui-monospace, monospace; fill: var(--ink); }\
svg .lane { stroke: var(--line); } svg .name { fill: var(--dim); }\
svg rect { fill: var(--bar); stroke: var(--edge); } svg rect.open { stroke-dasharray: 4 3; }\
svg .bad rect { fill: var(--bad); stroke: var(--bad-edge); stroke-width: 2; }\
svg rect.failed { fill: none; stroke: var(--dim); } svg circle { fill: var(--edge); }";

struct Layout {
    /// The column of every position shown.
    columns: BTreeMap<u64, usize>,
    lanes: FixedMap<Process, usize>,
    shown: Vec<u32>,
    width: usize,
}

/// The page of a history and what was found in it.
#[must_use]
pub fn page<M: Model>(
    history: &History<M::Operation, M::Answer>,
    verdict: &Verdict,
    explanation: Option<&Explanation>,
    title: &str,
) -> String {
    let window: &[OperationIndex] = match (explanation, verdict) {
        (Some(explanation), _) => &explanation.window,
        (None, Verdict::Violated(evidence)) => &evidence.window,
        (None, Verdict::Ok(_) | Verdict::Undecided) => &[],
    };
    let layout = Layout::new(history, window);
    let mut text = String::new();
    let headline = match verdict {
        Verdict::Ok(_) => "in order",
        Verdict::Violated(_) => "not in order",
        Verdict::Undecided => "undecided",
    };
    let title = escape(title);
    text += "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">\n";
    text += &format!("<title>{title}: {headline}</title>\n<style>{STYLE}</style></head>\n<body>\n");
    text += &format!("<h1>{title}: {headline}</h1>\n");
    if let Verdict::Violated(evidence) = verdict {
        text += &format!("<p>{}</p>\n", escape(evidence.sentence()));
    }
    if let Some(explanation) = explanation {
        let states = explanation.states.join(" or ");
        let before = if states.is_empty() { String::from("none") } else { escape(&states) };
        text += &format!(
            "<p class=\"dim\">Possible states just before #{}: {before}.</p>\n",
            explanation.prefix_end
        );
    }
    let (all, shown) = (history.operations.len(), layout.shown.len());
    text += &format!(
        "<p class=\"dim\">{shown} of {all} operations, a lane for each process. A dashed bar never \
         returned; a dot is where an operation took effect; red operations have no order.</p>\n"
    );
    draw::<M>(&mut text, history, verdict, window, &layout);
    text += "</body></html>\n";
    text
}

impl Layout {
    fn new<O, A>(history: &History<O, A>, window: &[OperationIndex]) -> Self {
        let all = history.operations.len();
        let middle = window.iter().map(|index| index.get()).max().unwrap_or(0);
        let from = (middle + SHOWN_MAX / 4).min(all).saturating_sub(SHOWN_MAX);
        let mut shown: Vec<u32> = (from..(from + SHOWN_MAX).min(all)).map(|at| at as u32).collect();
        shown.extend(window.iter().map(|index| index.0));
        shown.sort_unstable();
        shown.dedup();
        let mut columns = BTreeMap::new();
        let mut lanes = FixedMap::default();
        let mut processes: Vec<Process> =
            shown.iter().map(|&at| history.operations[at as usize].process).collect();
        processes.sort_unstable();
        processes.dedup();
        for (lane, process) in processes.into_iter().enumerate() {
            lanes.insert(process, lane);
        }
        for &at in &shown {
            let operation = &history.operations[at as usize];
            columns.insert(operation.invoked, 0);
            columns.extend(ended(&operation.completion).map(|at| (at, 0)));
        }
        for (column, place) in columns.values_mut().enumerate() {
            *place = column;
        }
        let width = LEFT + (columns.len() + 3) * STEP_WIDTH;
        Layout { columns, lanes, shown, width }
    }

    /// Where a position stands, or the last one before it that is shown.
    fn x(&self, position: u64) -> usize {
        let column = self.columns.range(..=position).next_back().map_or(0, |column| *column.1);
        LEFT + column * STEP_WIDTH
    }
}

fn ended<A>(completion: &Completion<A>) -> Option<u64> {
    match completion {
        Completion::Ok { at, .. } | Completion::Failed { at } => Some(*at),
        Completion::Unknown => None,
    }
}

fn draw<M: Model>(
    text: &mut String,
    history: &History<M::Operation, M::Answer>,
    verdict: &Verdict,
    window: &[OperationIndex],
    layout: &Layout,
) {
    let height = (layout.lanes.len() + 1) * LANE_HEIGHT;
    let width = layout.width;
    let svg = format!(
        "<div class=\"scroll\"><svg width=\"{width}\" height=\"{height}\" role=\"img\" \
         aria-label=\"operations over time\">\n"
    );
    text.push_str(&svg);
    let mut lanes: Vec<(&Process, &usize)> = layout.lanes.iter().collect();
    lanes.sort_unstable();
    for (process, lane) in lanes {
        let y = lane * LANE_HEIGHT + LANE_HEIGHT / 2 + 4;
        let middle = lane * LANE_HEIGHT + LANE_HEIGHT / 2;
        let line = format!(
            "<line class=\"lane\" x1=\"{LEFT}\" x2=\"{width}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text class=\"name\" x=\"4\" y=\"{y}\">{process}</text>\n"
        );
        text.push_str(&line);
    }
    let points = points(history, verdict);
    for &at in &layout.shown {
        let operation = &history.operations[at as usize];
        let bad = if window.contains(&OperationIndex(at)) { " class=\"bad\"" } else { "" };
        let x = layout.x(operation.invoked);
        let end = ended(&operation.completion).map_or(width - 8, |at| layout.x(at));
        let (lane, long) = (layout.lanes[&operation.process], end.saturating_sub(x).max(6));
        let (answer, class) = match &operation.completion {
            Completion::Ok { answer, .. } => (format!(" → {answer}"), ""),
            Completion::Failed { .. } => (String::from(" failed"), " class=\"failed\""),
            Completion::Unknown => (String::from(" …"), " class=\"open\""),
        };
        let label = escape(&format!("{}{answer}", operation.operation));
        let until = ended(&operation.completion).map_or(String::new(), |at| format!(" to #{at}"));
        let y = lane * LANE_HEIGHT + 5;
        let _ = write!(
            text,
            "<g{bad}><title>{} {label}, #{}{until}</title><rect{class} x=\"{x}\" y=\"{y}\" \
             width=\"{long}\" height=\"24\" rx=\"4\"/>",
            operation.process, operation.invoked
        );
        let fits = label.chars().count() * 7 + 6 <= long;
        if fits || !bad.is_empty() {
            let _ = write!(text, "<text x=\"{}\" y=\"{}\">{label}</text>", x + 4, y + 16);
        }
        if let Some(point) = points.get(&at).map(|point| layout.x(*point)) {
            let _ = write!(text, "<circle cx=\"{}\" cy=\"{}\" r=\"4\"/>", point + 4, y + 24);
        }
        text.push_str("</g>\n");
    }
    text.push_str("</svg></div>\n");
}

/// A position at which each operation of the order took effect: no earlier than its invocation, nor
/// than the operation before it.
fn points<O, A>(history: &History<O, A>, verdict: &Verdict) -> BTreeMap<u32, u64> {
    let mut points = BTreeMap::new();
    for part in verdict.order().iter().flat_map(|order| &order.parts) {
        let mut now = 0;
        for index in &part.operations {
            now = history.operations[index.get()].invoked.max(now);
            points.insert(index.0, now);
        }
    }
    points
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
