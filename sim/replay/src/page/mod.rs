//! A run as one page for a browser: verdict, story, diagram, state, history, plan and commands.
//!
//! The invariant: the page asks for nothing from anywhere; without scripts everything but the
//! inspector is there to be read.

mod drawing;

use crate::picture::{Depth, Look, as_text, picture};
use crate::recording::Recording;
use crate::story::story;
use crate::view::View;
use serde_json::{Value, json};
use squall_engine::ids::EventId;
use squall_engine::sim::Progress;
use std::fmt::Write;

/// How many events are drawn, beside those of the story.
const DRAWN: usize = 300;
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page of a run; `commands` are lines that repeat it.
#[must_use]
pub fn page(recording: &Recording, commands: &[String]) -> String {
    let view = View::open(recording, "");
    let told = story(recording);
    let events = drawn(&view, &told);
    let plan = &recording.header.plan;
    let title = format!("{} · seed {}", plan.name, plan.seed);
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n");
    page += "<meta name=\"viewport\" content=\"width=device-width\">\n";
    page += &format!("<title>{}</title>\n<style>\n{STYLE}</style>\n", escaped(&title));
    page +=
        &format!("<header><h1>{}</h1>\n{}</header>\n<main>\n", escaped(&title), verdict(recording));
    section(&mut page, "Story", &story_table(recording, &told));
    let left_out = recording.events().len() - events.len();
    let mut diagram = format!(
        "<p class=\"quiet\">{} of {} events, {left_out} left out. Click an event, or j and k; \
         h goes to its cause, + and - zoom.</p>\n",
        events.len(),
        recording.events().len()
    );
    diagram += "<div class=\"two\"><div id=\"scroll\">\n";
    diagram += &drawing::diagram(recording, &events, view.cursor);
    diagram += "</div>\n<aside id=\"state\" aria-live=\"polite\">\n";
    diagram += &state_table(recording, view.cursor);
    diagram += "</aside></div>\n";
    section(&mut page, "Space-time", &diagram);
    section(&mut page, "History", &drawing::history(recording, view.cursor));
    section(&mut page, "Promises", &promises(recording));
    section(&mut page, "Faults", &faults(recording));
    let look = Look { depth: Depth::None, ascii: false };
    let screen = as_text(&picture(recording, &view, (120, 36), look));
    let screen = format!(
        "<details><summary>as in the terminal</summary><pre>{}</pre></details>\n",
        escaped(&screen)
    );
    let lines: Vec<String> = commands.iter().map(|line| escaped(line)).collect();
    section(&mut page, "Commands", &format!("<pre>{}</pre>\n{screen}", lines.join("\n")));
    let plan = serde_json::to_string_pretty(plan).expect("a plan is plain data");
    let plan = format!("<details><summary>plan</summary><pre>{}</pre></details>", escaped(&plan));
    section(&mut page, "Plan", &plan);
    let data = data(recording, &events, view.cursor).to_string().replace("</", "<\\/");
    page += &format!("</main>\n<script type=\"application/json\" id=\"data\">{data}</script>\n");
    page += &format!("<script>\n{SCRIPT}</script>\n</html>\n");
    page
}

/// Text as it stands in a page.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            other => safe.push(other),
        }
    }
    safe
}

/// The events around the cursor and those of the story, in order.
fn drawn(view: &View, told: &[EventId]) -> Vec<EventId> {
    let here = view.row();
    let from = here.saturating_sub(DRAWN * 3 / 4);
    let until = (from + DRAWN).min(view.rows.len());
    let mut events: Vec<EventId> = view.rows[from..until].iter().chain(told).copied().collect();
    events.push(view.cursor);
    events.sort();
    events.dedup();
    events
}

fn section(page: &mut String, name: &str, body: &str) {
    let _ = writeln!(page, "<section><h2>{name}</h2>\n{body}</section>");
}

fn verdict(recording: &Recording) -> String {
    let outcome = &recording.outcome;
    let facts = format!(
        "<p class=\"quiet\">{} events · {} ms simulated · digest {} · {} nodes, {} clients</p>\n",
        outcome.events,
        outcome.simulated,
        outcome.digest,
        recording.header.nodes.len(),
        recording.header.clients.len()
    );
    let told = match recording.violation() {
        Some(violation) => format!(
            "<p class=\"bad\">VIOLATED: {} at {}, {} ms</p>\n<p>{}</p>\n",
            escaped(&violation.property),
            violation.event,
            violation.at,
            escaped(&violation.sentence)
        ),
        None => "<p class=\"good\">every promise held, as far as it was judged</p>\n".to_string(),
    };
    told + &facts
}

fn story_table(recording: &Recording, told: &[EventId]) -> String {
    if told.is_empty() {
        return "<p>nothing went wrong</p>\n".to_string();
    }
    let violation = recording.violation().map(|violation| violation.event);
    let mut table = String::from("<table class=\"story\">\n");
    for event in told.iter().filter_map(|id| recording.event(*id)) {
        let class = if Some(event.id) == violation { " class=\"bad\"" } else { "" };
        let _ = writeln!(
            table,
            "<tr{class}><td><a href=\"#e{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
            event.id.0,
            event.id,
            event.at,
            escaped(&recording.place(event)),
            escaped(&event.words())
        );
    }
    table + "</table>\n"
}

/// What every node shows after an event.
fn state_table(recording: &Recording, at: EventId) -> String {
    let mut text = format!("<h3>after {at}</h3>\n");
    for (node, name) in recording.header.nodes.iter().enumerate() {
        let role = recording.role(node, at);
        let _ =
            writeln!(text, "<h4>{} <small>{}</small></h4><table>", escaped(name), escaped(role));
        for field in recording.field_names(node) {
            let value = escaped(recording.field(node, field, at).unwrap_or("-"));
            let _ = writeln!(text, "<tr><td>{}</td><td>{value}</td></tr>", escaped(field));
        }
        text += "</table>\n";
    }
    text
}

fn promises(recording: &Recording) -> String {
    let mut table = String::from("<table>\n");
    for standing in &recording.outcome.standings {
        let told = match standing.progress {
            Progress::Held(looks) => format!("✓ held at {looks} looks"),
            Progress::Reached(event) => format!("✓ reached at {event}"),
            Progress::NotReached => "not reached".to_string(),
            Progress::NotDue => "not due".to_string(),
            Progress::Failed => "‼ failed".to_string(),
        };
        let _ = writeln!(table, "<tr><td>{}</td><td>{told}</td></tr>", escaped(&standing.name));
    }
    table + "</table>\n"
}

fn faults(recording: &Recording) -> String {
    let mut table = String::from("<table>\n");
    for strike in &recording.outcome.strikes {
        let until = strike.until.map(|until| format!(" to {until}")).unwrap_or_default();
        let why = strike.skipped.as_deref().unwrap_or(&strike.whom);
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}{until} ms</td><td>{}</td></tr>",
            strike.event,
            escaped(&strike.fault),
            escaped(&strike.kind),
            strike.at,
            escaped(why)
        );
    }
    table + "</table>\n"
}

/// What the inspector needs: each event with what the nodes show after it, as changes.
fn data(recording: &Recording, events: &[EventId], cursor: EventId) -> Value {
    let nodes = 0..recording.header.nodes.len();
    let state = |node: usize, at: EventId| {
        let fields = recording.field_names(node);
        let fields = fields.map(|name| (name, recording.field(node, name, at)));
        let fields = fields.filter_map(|(name, value)| Some((name.to_string(), value?.into())));
        let role = [("role".to_string(), Value::from(recording.role(node, at)))];
        role.into_iter().chain(fields).collect::<serde_json::Map<String, Value>>()
    };
    let mut last: Vec<serde_json::Map<String, Value>> = vec![Default::default(); nodes.len()];
    let told = events.iter().filter_map(|id| recording.event(*id)).map(|event| {
        let mut news = serde_json::Map::new();
        for node in nodes.clone() {
            let state = state(node, event.id);
            if state != last[node] {
                news.insert(node.to_string(), Value::Object(state.clone()));
                last[node] = state;
            }
        }
        json!({
            "id": event.id.0,
            "at": event.at.to_string(),
            "place": recording.place(event),
            "words": event.words(),
            "cause": event.cause.0,
            "news": news,
        })
    });
    json!({
        "nodes": recording.header.nodes,
        "cursor": cursor.0,
        "events": told.collect::<Vec<Value>>(),
    })
}
