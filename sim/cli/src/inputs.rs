//! Names, patterns and files of the command line, and the scenarios that they stand for.
//!
//! The invariant: a name is looked up in the catalogue alone, a file in the file system alone;
//! which of the two an argument is shows in its form.

use crate::catalogue::Catalogue;
use crate::exit::Stop;
use glob::{MatchOptions, Pattern};
use squall_engine::scenario::Document;
use squall_engine::scenario::error::nearest;
use squall_engine::subject::{Planner, Subject};
use std::io::ErrorKind;
use std::path::Path;

/// Whether an argument stands for a file.
pub(crate) fn is_file(argument: &str) -> bool {
    let ends = [".toml", ".json", ".trace"].iter().any(|end| argument.ends_with(end));
    ends || ["./", "../", "/"].iter().any(|start| argument.starts_with(start))
}

/// A scenario that the user chose.
pub(crate) struct Chosen<'a> {
    /// What the user calls it: a name of the catalogue, or a file.
    pub(crate) called: String,
    /// The scenario, ready for any seed.
    pub(crate) planner: Planner<'a>,
}

/// The scenarios that the arguments stand for, each once, with what `--set` says.
pub(crate) fn chosen<'a>(
    catalogue: &'a Catalogue,
    arguments: &[String],
    sets: &[String],
) -> Result<Vec<Chosen<'a>>, Stop> {
    let mut found: Vec<(String, Document)> = Vec::new();
    for argument in arguments {
        for (called, document) in documents(catalogue, argument)? {
            if found.iter().all(|(other, _)| *other != called) {
                found.push((called, document));
            }
        }
    }
    let ready = |(called, document)| {
        let planner = planner(catalogue, document, sets)?;
        Ok(Chosen { called, planner })
    };
    found.into_iter().map(ready).collect()
}

fn planner<'a>(
    catalogue: &'a Catalogue,
    mut document: Document,
    sets: &[String],
) -> Result<Planner<'a>, Stop> {
    for assignment in sets {
        document.set(assignment)?;
    }
    let subject = subject_of(catalogue, &document)?;
    Ok(Planner::new(subject, document)?)
}

/// The protocol that a scenario is for.
pub(crate) fn subject_of<'a>(
    catalogue: &'a Catalogue,
    document: &Document,
) -> Result<&'a dyn Subject, Stop> {
    let known: Vec<&str> = catalogue.subjects().map(|(name, _)| name).collect();
    let subject = catalogue.subject(document.protocol()?);
    Ok(subject.ok_or_else(|| document.unknown_protocol(&known))?)
}

/// What an argument stands for: each scenario with what the user calls it.
pub(crate) fn documents(
    catalogue: &Catalogue,
    argument: &str,
) -> Result<Vec<(String, Document)>, Stop> {
    if is_file(argument) {
        return Ok(vec![(argument.to_string(), read(argument)?)]);
    }
    let names = match catalogue.text(argument) {
        Some((name, _)) => vec![name],
        None => matching(catalogue, argument)?,
    };
    let found = catalogue.scenarios().filter(|(name, _)| names.contains(name));
    found.map(|(name, text)| Ok((name.to_string(), catalogued(name, text)?))).collect()
}

/// A scenario of the catalogue.
pub(crate) fn catalogued(name: &str, text: &str) -> Result<Document, Stop> {
    Ok(Document::parse(&format!("{name}.toml"), text)?)
}

/// The scenario in a file.
fn read(path: &str) -> Result<Document, Stop> {
    if path.ends_with(".json") || path.ends_with(".trace") {
        let message = format!("{path}: a scenario is a .toml file");
        return Err(Stop::Words(message));
    }
    Ok(Document::parse(path, &text_of(path)?)?)
}

/// The text of a file.
pub(crate) fn text_of(path: &str) -> Result<String, Stop> {
    std::fs::read_to_string(path).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_string(),
            ErrorKind::IsADirectory => "it is a folder; name a file in it".to_string(),
            ErrorKind::PermissionDenied => "it may not be read".to_string(),
            ErrorKind::InvalidData => "it is not UTF-8 text".to_string(),
            _ => error.to_string(),
        };
        Stop::Words(format!("cannot read {path}: {reason}"))
    })
}

/// The names of the scenarios that a pattern stands for: at least one.
pub(crate) fn matching(catalogue: &Catalogue, text: &str) -> Result<Vec<&'static str>, Stop> {
    let all = catalogue.scenarios().map(|(name, _)| name);
    if text == "all" {
        return Ok(all.collect());
    }
    if !text.contains(['*', '?', '[']) {
        return Err(Stop::Words(unknown(catalogue, text)));
    }
    let pattern = Pattern::new(text)
        .map_err(|error| Stop::Words(format!("`{text}` is not a pattern: {}", error.msg)))?;
    let within = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    let found: Vec<&str> = all.filter(|name| pattern.matches_with(name, within)).collect();
    if found.is_empty() {
        let message = format!("no scenario matches `{text}`; `squall list` shows all");
        return Err(Stop::Words(message));
    }
    Ok(found)
}

fn unknown(catalogue: &Catalogue, name: &str) -> String {
    let told = format!("no scenario is called `{name}`");
    if catalogue.subject(name).is_some() {
        return format!("{told}; it is a protocol, whose scenarios are `{name}/*`");
    }
    if Path::new(name).exists() {
        return format!("{told}; the file is `./{name}`");
    }
    let names: Vec<&str> = catalogue.scenarios().map(|(name, _)| name).collect();
    let near = near(name, &names);
    match near.is_empty() {
        true => format!("{told}; `squall list` shows all"),
        false => format!("{told}; did you mean {}?", near.join(" or ")),
    }
}

/// Up to three names that were probably meant, quoted.
pub(crate) fn near(wanted: &str, names: &[&str]) -> Vec<String> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_string();
    let whole = nearest(wanted, names.iter().copied());
    let part = last(wanted);
    let is_near = |name: &&str| nearest(&part, [last(name).as_str()]).is_some();
    let parts = names.iter().copied().filter(is_near).filter(|name| Some(*name) != whole);
    whole.into_iter().chain(parts).take(3).map(|name| format!("`{name}`")).collect()
}
