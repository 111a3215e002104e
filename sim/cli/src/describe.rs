//! `squall describe`: a scenario, a protocol, or a part of the format, like a manual page.
//!
//! The invariant: every sentence comes from the types and protocols; nothing is said twice.

use crate::catalogue::Catalogue;
use crate::console::{Console, Paint};
use crate::exit::{Exit, Stop};
use crate::heading::participants;
use crate::inputs::{catalogued, documents, is_file, near, subject_of};
use crate::words::{WIDTH, span, wrapped_words};
use squall_engine::scenario::Document;
use squall_engine::scenario::facts::{Facts, PropertyFact};
use squall_engine::scenario::schema::{KeyDoc, TableDoc, fault_keys, fault_kinds, tables};
use squall_engine::subject::Subject;
use std::collections::BTreeMap;

/// What can be described beside scenarios and protocols.
const TOPICS: [&str; 4] = ["faults", "checks", "models", "format"];

pub(crate) fn describe(
    catalogue: &Catalogue,
    name: &str,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let mut page = ManualPage { lines: Vec::new(), paint: console.paint };
    match name {
        "faults" => page.faults(),
        "checks" => page.checks(catalogue),
        "models" => page.models(catalogue),
        "format" => tables().iter().for_each(|table| page.table(table)),
        _ => page.named(catalogue, name)?,
    }
    for line in page.lines {
        console.line(&line)?;
    }
    Ok(Exit::Fine)
}

struct ManualPage {
    lines: Vec<String>,
    paint: Paint,
}

impl ManualPage {
    fn named(&mut self, catalogue: &Catalogue, name: &str) -> Result<(), Stop> {
        if let Some(subject) = catalogue.subject(name) {
            self.protocol(catalogue, subject);
            return Ok(());
        }
        let document = match (is_file(name), catalogue.text(name)) {
            (true, _) => documents(catalogue, name)?.remove(0).1,
            (false, Some((name, text))) => catalogued(name, text)?,
            (false, None) => return Err(Stop::Words(unknown(catalogue, name))),
        };
        self.scenario(catalogue, name, &document)
    }

    fn scenario(
        &mut self,
        catalogue: &Catalogue,
        name: &str,
        document: &Document,
    ) -> Result<(), Stop> {
        let subject = subject_of(catalogue, document)?;
        let (scenario, _) = subject.typed(document)?;
        let heading = &scenario.scenario;
        self.title(name, &heading.about);
        let facts = subject.facts();
        self.term("protocol", &format!("{}: {}", facts.protocol, subject.about()));
        self.term("cluster", &participants(&scenario.cluster));
        let (duration, calm) = (heading.duration.as_nanos(), heading.calm.as_nanos());
        let length = match calm {
            0 => format!("{} simulated", span(duration)),
            _ => format!("{} simulated, the last {} of it calm", span(duration), span(calm)),
        };
        self.term("length", &length);
        if let Some(expect) = &heading.expect {
            self.term("expected", &format!("{} is violated", expect.violated));
        }
        self.section("the file");
        let lines = document.text().lines();
        self.lines.extend(lines.map(|line| format!("    {line}").trim_end().to_string()));
        Ok(())
    }

    fn protocol(&mut self, catalogue: &Catalogue, subject: &dyn Subject) {
        let facts = subject.facts();
        self.title(facts.protocol, subject.about());
        self.names("kinds of node", &facts.kinds);
        self.names("roles", &facts.roles);
        let config = subject.config_keys();
        if !config.keys.is_empty() {
            self.section("[config]");
            config.keys.iter().for_each(|key| self.key(key));
        }
        self.properties(&facts);
        self.names("marks, for checks.sometimes", &facts.marks);
        self.names("fault points, for chance", &facts.chances);
        let measures = facts.all_measures();
        if !measures.is_empty() {
            self.section("measures, for [measures]");
            measures.iter().for_each(|measure| self.entry(measure.name, measure.about));
        }
        self.model(&facts);
        let own = |(name, text): (&'static str, &'static str)| {
            let document = catalogued(name, text).ok()?;
            (document.protocol().ok()? == facts.protocol).then_some(name)
        };
        let scenarios: Vec<&str> = catalogue.scenarios().filter_map(own).collect();
        self.names("scenarios", &scenarios);
    }

    fn properties(&mut self, facts: &Facts) {
        self.section("properties");
        let built_in = facts.built_in();
        for PropertyFact { name, form, about } in facts.properties.iter().chain(&built_in) {
            self.entry(&format!("{name} ({})", form.name()), about);
        }
    }

    fn model(&mut self, facts: &Facts) {
        if facts.operations.is_empty() {
            return;
        }
        self.section("model");
        let operations = facts.operations.iter();
        let operations: Vec<String> =
            operations.map(|kind| format!("{} {}", kind.name, kind.weight)).collect();
        let judged: Vec<String> = facts
            .consistencies
            .iter()
            .map(|consistency| format!("{consistency:?}").to_lowercase())
            .collect();
        let mix = format!(
            "operations with the weight of each: {}. Histories are judged: {}.",
            operations.join(", "),
            judged.join(" or ")
        );
        self.entry(facts.model, &mix);
    }

    fn faults(&mut self) {
        for kind in fault_kinds() {
            self.table(&TableDoc { name: format!("[[faults]] {}", kind.name), ..kind });
        }
        let keys = fault_keys();
        let about = "Every fault may have these keys beside its kind.".to_string();
        self.table(&TableDoc { name: "[[faults]]".to_string(), about, ..keys });
        let chaos = tables().into_iter().filter(|table| table.name.starts_with("chaos"));
        for table in chaos {
            self.table(&TableDoc { name: format!("[{}]", table.name), ..table });
        }
    }

    fn checks(&mut self, catalogue: &Catalogue) {
        for table in tables().iter().filter(|table| ["checks", "measures"].contains(&&*table.name))
        {
            self.table(&TableDoc { name: format!("[{}]", table.name), ..table.clone() });
        }
        for (name, subject) in catalogue.subjects() {
            let facts = subject.facts();
            self.title(name, subject.about());
            self.properties(&facts);
        }
    }

    fn models(&mut self, catalogue: &Catalogue) {
        let mut by_model: BTreeMap<&str, (Facts, Vec<&str>)> = BTreeMap::new();
        for (name, subject) in catalogue.subjects() {
            let facts = subject.facts();
            if !facts.operations.is_empty() {
                let model = facts.model;
                by_model.entry(model).or_insert((facts, Vec::new())).1.push(name);
            }
        }
        for (facts, users) in by_model.values() {
            self.title(facts.model, &format!("the model of {}", users.join(", ")));
            for kind in &facts.operations {
                self.entry(
                    kind.name,
                    &format!("weight {} unless [workload] has a mix", kind.weight),
                );
            }
        }
    }

    fn table(&mut self, table: &TableDoc) {
        self.title(&table.name, &table.about);
        table.keys.iter().for_each(|key| self.key(key));
    }

    fn key(&mut self, key: &KeyDoc) {
        let default = key.default.as_ref().map(|default| format!(" [{default}]"));
        let required = if key.required { ", required" } else { "" };
        let KeyDoc { name, about, form, .. } = key;
        let told = format!("{form}{required}{}", default.unwrap_or_default());
        let told = wrapped_words(&told, WIDTH - 6 - name.len());
        for (index, line) in told.iter().enumerate() {
            let padding = " ".repeat(name.len());
            let name = if index == 0 { self.paint.name(name) } else { padding };
            self.lines.push(format!("    {name}  {}", self.paint.faint(line)));
        }
        self.indented(about);
    }

    fn title(&mut self, name: &str, about: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.push(self.paint.name(name));
        self.lines.extend(wrapped_words(about, WIDTH - 4).iter().map(|line| format!("    {line}")));
        self.lines.push(String::new());
    }

    fn section(&mut self, title: &str) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.push(format!("  {}", self.paint.name(title)));
    }

    fn entry(&mut self, name: &str, about: &str) {
        self.lines.push(format!("    {}", self.paint.name(name)));
        self.indented(about);
    }

    fn indented(&mut self, text: &str) {
        let lines = wrapped_words(text, WIDTH - 8);
        self.lines.extend(lines.iter().map(|line| format!("        {line}")));
    }

    fn names(&mut self, title: &str, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        self.section(title);
        self.lines.extend(
            wrapped_words(&names.join(", "), WIDTH - 4).iter().map(|line| format!("    {line}")),
        );
    }

    fn term(&mut self, name: &str, told: &str) {
        for (index, line) in wrapped_words(told, WIDTH - 15).iter().enumerate() {
            let name = self.paint.faint(&format!("{:<10}", if index == 0 { name } else { "" }));
            self.lines.push(format!("    {name} {line}"));
        }
    }
}

fn unknown(catalogue: &Catalogue, name: &str) -> String {
    let told = format!("nothing is called `{name}`");
    let protocols = catalogue.subjects().map(|(name, _)| name);
    let scenarios = catalogue.scenarios().map(|(name, _)| name);
    let all: Vec<&str> = TOPICS.into_iter().chain(protocols).chain(scenarios).collect();
    let near = near(name, &all);
    match near.is_empty() {
        true => format!("{told}; `squall list` shows all scenarios"),
        false => format!("{told}; did you mean {}?", near.join(" or ")),
    }
}
