//! `squall check`: a history that somebody recorded, judged.
//!
//! The invariant: verdicts and their words are those of `squall_check`; here files are found and
//! opened, and nothing is judged.

use crate::args::{CheckArgs, FailWord};
use crate::console::Console;
use crate::exit::{Exit, Stop};
use crate::inputs::near;
use squall_check::command::{
    self, Batch, CheckError, CheckOptions, LEVELS, MODELS, ORDERS, check_files, check_table,
};
use squall_check::format::{Format, FormatError};
use squall_check::{Budget, FailMeans};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

pub(crate) fn check(arguments: &CheckArgs, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let options = options(arguments)?;
    if let Some(table) = &arguments.verdicts {
        return compare(Path::new(table), arguments, &options, console);
    }
    let path = arguments.path.as_deref().unwrap_or("-");
    if path != "-" && Path::new(path).is_dir() {
        if arguments.html.is_some() {
            return Err(Stop::Words("--html shows one history: name one file".to_string()));
        }
        return folder(path, &options, console);
    }
    let named = if path == "-" { "standard input" } else { path };
    let wrong = |error: CheckError| stop(error, named);
    // The history is opened before the page is begun: a mistake in its name leaves nothing behind.
    let mut file = match path {
        "-" => None,
        path => Some(File::open(path).map_err(|error| wrong(unreadable(error)))?),
    };
    let mut page = Vec::new();
    let source: &mut dyn Read = match &mut file {
        Some(file) => file,
        None => console.input,
    };
    let wanted = arguments.html.is_some().then_some(&mut page as &mut dyn Write);
    let said = command::check(source, &options, console.out, console.err, wanted).map_err(wrong)?;
    if let Some(path) = &arguments.html {
        write_page(path, &page, console)?;
    }
    Ok(exit(said.exit_code()))
}

fn options(arguments: &CheckArgs) -> Result<CheckOptions, Stop> {
    let models: Vec<&str> = MODELS.iter().map(|model| model.0).collect();
    let levels: Vec<&str> = ORDERS.iter().chain(&LEVELS).copied().collect();
    let formats: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    Ok(CheckOptions {
        model: known("model", arguments.model.as_ref(), &models)?,
        level: known("level", arguments.level.as_ref(), &levels)?,
        format: known("format", arguments.format.as_ref(), &formats)?
            .and_then(|name| Format::named(&name)),
        fail: arguments.fail.map(|word| match word {
            FailWord::DidNotHappen => FailMeans::DidNotHappen,
            FailWord::Mismatch => FailMeans::Mismatch,
        }),
        budget: Budget(arguments.budget),
        json: arguments.json,
        verify: arguments.verify,
        ..CheckOptions::default()
    })
}

/// A name that has to be one of `names`.
fn known(what: &str, name: Option<&String>, names: &[&str]) -> Result<Option<String>, Stop> {
    let Some(name) = name else { return Ok(None) };
    if names.contains(&name.as_str()) {
        return Ok(Some(name.clone()));
    }
    let near = near(name, names);
    let hint = match near.is_empty() {
        true => format!("there are: {}", names.join(", ")),
        false => format!("did you mean {}?", near.join(" or ")),
    };
    Err(Stop::Words(format!("no {what} is called `{name}`; {hint}")))
}

/// Judges every file of a folder, and of the folders in it.
fn folder(path: &str, options: &CheckOptions, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut files = Vec::new();
    gather(Path::new(path), &mut files).map_err(|error| stop(unreadable(error), path))?;
    files.sort();
    if files.is_empty() {
        return Err(Stop::Words(format!("there is no file in {path}")));
    }
    let clock = console.clock;
    let mut batch = Batch { open: &mut |path| open(Path::new(path)), clock: &mut || clock() };
    let code = check_files(&files, options, &mut batch, console.out);
    Ok(exit(code.map_err(|error| stop(error, path))?))
}

fn gather(folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else {
            files.push(path.display().to_string());
        }
    }
    Ok(())
}

/// Judges what a table names and compares.
fn compare(
    table: &Path,
    arguments: &CheckArgs,
    options: &CheckOptions,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let named = table.display().to_string();
    let text = fs::read_to_string(table).map_err(|error| stop(unreadable(error), &named))?;
    let beside = || table.parent().unwrap_or(Path::new("")).to_path_buf();
    let root = arguments.root.as_ref().or(arguments.path.as_ref()).map(PathBuf::from);
    let root = root.unwrap_or_else(beside);
    if !root.as_os_str().is_empty() && !root.is_dir() {
        let message = format!("{}: there is no such folder", root.display());
        return Err(Stop::Words(message));
    }
    let clock = console.clock;
    let mut batch = Batch { open: &mut |path| open(&root.join(path)), clock: &mut || clock() };
    let code = check_table(&text, options, &mut batch, console.out);
    Ok(exit(code.map_err(|error| stop(error, &named))?))
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    Ok(Box::new(File::open(path)?))
}

/// Writes the page of a history.
fn write_page(path: &str, page: &[u8], console: &mut Console<'_>) -> Result<(), Stop> {
    if page.is_empty() {
        console.remark("no page is made of transactions");
        return Ok(());
    }
    let written = File::create(path).and_then(|file| {
        let mut file = BufWriter::new(file);
        file.write_all(page)?;
        file.flush()
    });
    written.map_err(|error| {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such folder".to_string(),
            io::ErrorKind::IsADirectory => "it is a folder".to_string(),
            io::ErrorKind::PermissionDenied => "it may not be written to".to_string(),
            _ => error.to_string(),
        };
        Stop::Words(format!("cannot write {path}: {reason}"))
    })
}

fn unreadable(error: io::Error) -> CheckError {
    CheckError::Format(FormatError::Unreadable(error))
}

fn stop(error: CheckError, file: &str) -> Stop {
    match error {
        CheckError::Output(error) => Stop::from(error),
        CheckError::Format(_) | CheckError::UnknownModel(_) | CheckError::UnknownLevel { .. } => {
            Stop::Words(error.in_file(file))
        }
    }
}

fn exit(code: u8) -> Exit {
    match code {
        0 => Exit::Fine,
        1 => Exit::Violated,
        2 => Exit::Usage,
        _ => Exit::Undecided,
    }
}
