//! The house rules that a machine can check, over every file of the project.
//!
//! The invariant: a test reports all offenders, each with its place.

mod architecture;
mod text;

use crate::workspace::{files, read};

/// The longest line of code, in characters.
const COLUMNS_MAX: usize = 100;
/// The longest file of code, in lines.
const LINES_MAX: usize = 500;
/// The longest function, in lines.
const FUNCTION_LINES_MAX: usize = 70;

/// Runs a rule over every file whose name ends so; nothing that it reports may be left.
fn check(ending: &str, rule: impl Fn(&str, &str) -> Vec<String>) {
    let files = files();
    let texts = files.iter().filter(|path| path.ends_with(ending));
    let offenders: Vec<String> = texts.flat_map(|path| rule(path, &read(path))).collect();
    assert!(offenders.is_empty(), "{} offenders:\n{}", offenders.len(), offenders.join("\n"));
}

#[test]
fn lines_are_short() {
    check(".rs", |path, text| {
        let lines = text::written(text).into_iter();
        let long = lines.filter(|(_, line)| line.chars().count() > COLUMNS_MAX);
        long.map(|(number, _)| format!("{path}:{number}: over {COLUMNS_MAX} columns")).collect()
    });
}

#[test]
fn files_are_short() {
    check(".rs", |path, text| {
        let lines = text.lines().count();
        let long = (lines > LINES_MAX).then(|| format!("{path}: {lines} lines of {LINES_MAX}"));
        long.into_iter().collect()
    });
}

#[test]
fn functions_are_short() {
    check(".rs", |path, text| {
        let functions = text::functions(text).into_iter();
        let long = functions.filter(|function| function.lines > FUNCTION_LINES_MAX);
        let told = |text::Function { name, line, lines }: text::Function| {
            format!("{path}:{line}: {name} has {lines} lines of {FUNCTION_LINES_MAX}")
        };
        long.map(told).collect()
    });
}

#[test]
fn modules_say_what_they_are() {
    check(".rs", |path, text| {
        let silent = !text.starts_with("//!");
        silent.then(|| format!("{path}: does not begin with //!")).into_iter().collect()
    });
}

#[test]
fn nothing_is_left_undone() {
    let words = ["todo!", "unimplemented!", "dbg!"].map(|word| format!("{word}("));
    check(".rs", |path, text| text::holding(path, text, &words));
    let words = [concat!("#[", "ignore"), concat!("FIX", "ME"), concat!("TO", "DO")];
    check(".rs", |path, text| text::holding(path, text, &words.map(str::to_string)));
}

#[test]
fn nothing_outside_the_project_is_named() {
    let words = [concat!("../", "shared"), concat!("/wo", "rk/"), concat!(".lib", "rary")];
    let words = words.map(str::to_string);
    for ending in [".rs", ".toml", ".md", ".yml", ".txt", "run"] {
        check(ending, |path, text| text::holding(path, text, &words));
    }
}

#[test]
fn every_file_ends_with_one_newline() {
    for ending in [".rs", ".toml", ".md"] {
        check(ending, |path, text| {
            let ends = text.ends_with('\n') && !text.ends_with("\n\n");
            (!ends).then(|| format!("{path}: does not end with one newline")).into_iter().collect()
        });
    }
}
