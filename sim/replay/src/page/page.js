"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const side = document.getElementById("state");
const drawing = document.querySelector("svg.diagram");
const width = drawing.viewBox.baseVal.width;
const places = new Map(data.events.map((event, index) => [event.id, index]));
let here = places.get(data.cursor);
let zoom = 1;

// What the nodes show after the event at an index: the last news of each.
function stateAt(index) {
  const state = {};
  for (let at = 0; at <= index; at += 1) Object.assign(state, data.events[at].news);
  return state;
}

function line(parent, kind, text, name) {
  const made = document.createElement(kind);
  made.textContent = text;
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function show(index) {
  if (index === undefined || index < 0 || index >= data.events.length) return;
  const event = data.events[index];
  document.querySelectorAll("svg .here").forEach((old) => old.classList.remove("here"));
  const row = document.getElementById("e" + event.id);
  row.classList.add("here");
  row.scrollIntoView({ block: "nearest", inline: "nearest" });
  here = index;
  side.replaceChildren();
  line(side, "h3", `#${event.id}  ${event.at} ms  ${event.place}`);
  line(side, "p", event.words);
  line(side, "p", event.cause ? `cause #${event.cause}` : "no cause: a root", "quiet");
  const before = index > 0 ? stateAt(index - 1) : {};
  const after = stateAt(index);
  data.nodes.forEach((name, node) => {
    const fields = after[node] || {};
    line(side, "h4", name);
    const table = line(side, "table", "");
    for (const [field, value] of Object.entries(fields)) {
      const old = (before[node] || {})[field];
      const changed = index > 0 && old !== value;
      const cells = line(table, "tr", "", changed ? "new" : "");
      line(cells, "td", field);
      line(cells, "td", changed && old !== undefined ? `${old} → ${value}` : value);
    }
  });
}

function scale(by) {
  zoom = Math.min(4, Math.max(0.4, zoom * by));
  drawing.setAttribute("width", width * zoom);
  drawing.setAttribute("height", drawing.viewBox.baseVal.height * zoom);
}

drawing.addEventListener("click", (click) => {
  const row = click.target.closest(".event");
  if (row) show(places.get(Number(row.id.slice(1))));
});
document.querySelectorAll(".story a").forEach((link) =>
  link.addEventListener("click", () => show(places.get(Number(link.hash.slice(2))))));
document.addEventListener("keydown", (key) => {
  if (key.ctrlKey || key.metaKey || key.altKey) return;
  const keys = {
    j: () => show(here + 1),
    k: () => show(here - 1),
    h: () => show(places.get(data.events[here].cause)),
    "+": () => scale(1.25),
    "-": () => scale(0.8),
  };
  if (keys[key.key]) {
    keys[key.key]();
    key.preventDefault();
  }
});
show(here);
