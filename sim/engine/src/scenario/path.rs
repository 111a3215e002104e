//! Paths such as `faults.die.at`: how `--set` and `[vary]` name a key.
//!
//! The invariant: a path that was turned into steps leads through tables and lists that exist, or
//! through tables that [`put`] makes.

use super::document::element_name;
use super::error::help as suggest;
use super::tree::{self, Entry, Node, Place, Step, Table, Value};

/// The names of a path: bare, or in quotes where a name has a dot.
///
/// # Errors
/// What is wrong with the path.
pub(crate) fn names(path: &str) -> Result<Vec<String>, String> {
    let bad = || format!("`{path}` is not a key such as `network.loss` or `faults.cut.at`");
    if path.contains('\n') {
        return Err(bad());
    }
    let tree = tree::parse(&format!("{path} = 0"), 0).map_err(|_| bad())?;
    let mut names = Vec::new();
    let mut value = &tree;
    while let Node::Table(table) = &value.node {
        let [entry] = table.entries.as_slice() else { return Err(bad()) };
        names.push(entry.key.clone());
        value = &entry.value;
    }
    Ok(names)
}

/// The path that [`names`] reads back.
pub(crate) fn joined(names: &[String]) -> String {
    let bare = |name: &str| {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        !name.is_empty() && name.chars().all(plain)
    };
    let quoted = names.iter().map(|name| match bare(name) {
        true => name.clone(),
        false => format!("{name:?}"),
    });
    quoted.collect::<Vec<_>>().join(".")
}

/// The steps from `root` to the key with these `names`, the elements of lists found by name.
///
/// # Errors
/// A message and a suggestion.
pub(crate) fn steps(root: &Value, names: &[String]) -> Result<Vec<Step>, (String, Option<String>)> {
    let mut steps = Vec::with_capacity(names.len());
    let mut value = Some(root);
    for (depth, name) in names.iter().enumerate() {
        let above = joined(&names[..depth]);
        let step = match value.map(|value| &value.node) {
            Some(Node::List(items)) => Step::Item(element(&above, items, name)?),
            None if is_list(&above) => return Err(unknown_element(&above, name, &[])),
            None | Some(Node::Table(_)) => Step::from(name),
            Some(_) => {
                return Err((format!("`{above}` is not a table; it has no key `{name}`"), None));
            }
        };
        value = value.and_then(|value| value.at(std::slice::from_ref(&step)));
        steps.push(step);
    }
    Ok(steps)
}

/// Puts `value` at `steps`; tables that are missing on the way are made, with `place`.
///
/// # Errors
/// Something on the way is not a table.
pub(crate) fn put(
    root: &mut Value,
    steps: &[Step],
    place: Place,
    value: Value,
) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        *root = value;
        return Ok(());
    };
    match (&mut root.node, step) {
        (Node::List(items), Step::Item(item)) => put(&mut items[*item], rest, place, value),
        (Node::Table(table), Step::Key(key)) if rest.is_empty() => {
            table.put(Entry { key: key.clone(), place, value });
            Ok(())
        }
        (Node::Table(table), Step::Key(key)) => {
            let empty = || Value { place, node: Node::Table(Table::default()) };
            let absent = || Entry { key: key.clone(), place, value: empty() };
            put(table.get_or(key, absent), rest, place, value)
        }
        _ => Err("the path leads through something that is not a table".to_string()),
    }
}

fn is_list(path: &str) -> bool {
    matches!(path, "faults" | "workload.phases")
}

fn element(list: &str, items: &[Value], name: &str) -> Result<usize, (String, Option<String>)> {
    let named = |(index, item): (usize, &Value)| element_name(item.as_table()?, index);
    let known: Vec<Option<String>> = items.iter().enumerate().map(named).collect();
    let found = known.iter().position(|known| known.as_deref() == Some(name));
    found.ok_or_else(|| {
        let known: Vec<&str> = known.iter().flatten().map(String::as_str).collect();
        unknown_element(list, name, &known)
    })
}

fn unknown_element(list: &str, name: &str, known: &[&str]) -> (String, Option<String>) {
    let what = match list {
        "faults" => "fault",
        "workload.phases" => "phase",
        _ => "element",
    };
    let help = suggest(name, known).unwrap_or_else(|| "there are none".to_string());
    (format!("no {what} is called `{name}`"), Some(help))
}
