//! The checker as a small command, for measuring: `check FILE [--model M] [--level L] [--json]`, or
//! `check --verdicts TABLE [--root DIR]`.

use squall_check::Budget;
use squall_check::command::{Batch, CheckOptions, Promise, check, check_table};
use squall_check::format::Format;
use squall_check::txn::Level;
use std::fs::File;
use std::io::{Read, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut options = CheckOptions::default();
    let (mut file, mut table, mut root, mut html) = (None, None, None, None);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().expect("an option has a value");
        match argument.as_str() {
            "--model" => options.model = Some(value()),
            "--level" => options.level = Some(Level::named(&value()).expect("a level")),
            "--promise" => options.promise = Promise::named(&value()).expect("a promise"),
            "--format" => options.format = Some(Format::named(&value()).expect("a format")),
            "--budget" => options.budget = Budget(value().parse().expect("a number")),
            "--json" => options.json = true,
            "--verify" => options.verify = true,
            "--html" => html = Some(value()),
            "--verdicts" => table = Some(value()),
            "--root" => root = Some(PathBuf::from(value())),
            _ => file = Some(argument),
        }
    }
    let code = match (table, file) {
        (Some(table), _) => verdicts(Path::new(&table), root, &options),
        (None, Some(file)) => one(&file, &options, html),
        (None, None) => 2,
    };
    std::process::exit(i32::from(code));
}

fn one(path: &str, options: &CheckOptions, html: Option<String>) -> u8 {
    let source: Box<dyn Read> = match path {
        "-" => Box::new(std::io::stdin()),
        path => Box::new(File::open(path).unwrap_or_else(|error| panic!("{path}: {error}"))),
    };
    let mut page = html.map(|path| File::create(path).expect("a page can be written"));
    let page = page.as_mut().map(|page| page as &mut dyn Write);
    match check(source, options, &mut stdout(), &mut stderr(), page) {
        Ok(said) => said.exit_code(),
        Err(error) => {
            eprintln!("{path}: {error}");
            2
        }
    }
}

fn verdicts(table: &Path, root: Option<PathBuf>, options: &CheckOptions) -> u8 {
    let text = std::fs::read_to_string(table).expect("the table can be read");
    let root = root.unwrap_or_else(|| table.parent().unwrap_or(Path::new(".")).to_path_buf());
    #[allow(clippy::disallowed_methods, reason = "the command measures time")]
    let start = Instant::now();
    let mut batch = Batch {
        open: &mut |path| Ok(Box::new(File::open(root.join(path))?) as Box<dyn Read>),
        clock: &mut || start.elapsed(),
    };
    check_table(&text, options, &mut batch, &mut stdout()).unwrap_or_else(|error| {
        eprintln!("{}: {error}", table.display());
        2
    })
}
