//! A look at Rust text as `rustfmt` lays it out.
//!
//! The invariant: a function ends at the first line that closes a brace at its own indentation.

/// A function in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

/// Every function with a body.
pub(super) fn functions(text: &str) -> Vec<Function> {
    let lines: Vec<&str> = text.lines().collect();
    let named = lines.iter().enumerate().filter_map(|(index, line)| Some((index, name(line)?)));
    let measured = named.filter_map(|(index, name)| {
        let lines = length(&lines[index..])?;
        Some(Function { name: name.to_string(), line: index + 1, lines })
    });
    measured.collect()
}

/// The name of the function that a line begins.
fn name(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let (before, after) = code.split_once("fn ")?;
    let words = ["pub", "pub(crate)", "pub(super)", "const", "async", "unsafe", "extern", "\"C\""];
    let end = after.find(|letter: char| !letter.is_alphanumeric() && letter != '_')?;
    let declares = before.split_whitespace().all(|word| words.contains(&word));
    (declares && end > 0).then(|| &after[..end])
}

/// How many lines the function that the first of `lines` begins has, if it has a body.
fn length(lines: &[&str]) -> Option<usize> {
    let indent = lines[0].len() - lines[0].trim_start().len();
    let head = lines.iter().position(|line| line.ends_with(['{', ';', '}']))?;
    if lines[head].ends_with(';') {
        return None;
    }
    if lines[head].ends_with('}') {
        return Some(head + 1);
    }
    let close = format!("{}}}", " ".repeat(indent));
    let body = lines[head + 1..].iter().position(|line| **line == close)?;
    Some(head + body + 2)
}

/// The lines that somebody wrote, each with its number: without the inside of a raw string over
/// several lines and without a text that stands alone on its line, which are data or what a
/// program printed and cannot be broken.
pub(super) fn written(text: &str) -> Vec<(usize, &str)> {
    let mut recorded = false;
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let alone = line.trim_start().starts_with('"') && line.trim_end().ends_with(['"', ',']);
        if !recorded && !alone {
            lines.push((index + 1, line));
        }
        recorded = match line.rfind("r#\"") {
            Some(opened) => !line[opened..].contains("\"#"),
            None => recorded && !line.contains("\"#"),
        };
    }
    lines
}

#[test]
fn a_recorded_text_is_not_written_by_anybody() {
    let text = "let a = r#\"\nlong\n\"#;\n    \"alone\",\nlet b = 1;\n";
    let numbers: Vec<usize> = written(text).into_iter().map(|(number, _)| number).collect();
    assert_eq!(numbers, [1, 5]);
}

/// Every place where a text holds one of these words.
pub(super) fn holding(path: &str, text: &str, words: &[String]) -> Vec<String> {
    let mut places = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let found = words.iter().filter(|word| line.contains(word.as_str()));
        places.extend(found.map(|word| format!("{path}:{}: {word}", index + 1)));
    }
    places
}

#[test]
fn functions_are_measured_by_their_own_brace() {
    let text = "impl X {
    fn one(&self) -> u8 { 1 }

    fn declared();

    pub(crate) const fn long(
        first: u8,
    ) {
        if first > 0 {
        }
    }
}
";
    let shown = |Function { name, line, lines }: Function| (name, line, lines);
    let found: Vec<_> = functions(text).into_iter().map(shown).collect();
    assert_eq!(found, [("one".to_string(), 2, 1), ("long".to_string(), 6, 6)]);
}
