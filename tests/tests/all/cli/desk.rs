//! The one way in which these tests call the command line.

use super::office::catalogue;
use expect_test::ExpectFile;
use squall::{Catalogue, Console, run_command};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a command said.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) exit: u8,
}

/// Calls the command line over a catalogue, with arguments as a shell would split them.
pub(crate) fn say(catalogue: &Catalogue, arguments: &str) -> Said {
    say_to(catalogue, arguments, "")
}

/// The same, with a text for it to read.
pub(crate) fn say_to(catalogue: &Catalogue, arguments: &str, input: &str) -> Said {
    say_in(catalogue, arguments, &World { input, ..World::default() })
}

/// What is around a command.
#[derive(Clone, Copy, Default)]
pub(crate) struct World<'a> {
    /// What it may read.
    pub(crate) input: &'a str,
    /// Whether the user wants an end.
    pub(crate) interrupted: bool,
    /// The environment.
    pub(crate) variables: &'a [(&'a str, &'a str)],
}

/// The same, somewhere else.
pub(crate) fn say_in(catalogue: &Catalogue, arguments: &str, world: &World<'_>) -> Said {
    let World { input, interrupted, variables } = *world;
    let words = std::iter::once("squall").chain(arguments.split_whitespace());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut console = Console {
        input: &mut input.as_bytes(),
        out: &mut out,
        err: &mut err,
        out_is_terminal: false,
        err_is_terminal: false,
        no_color: false,
        program: "squall".to_string(),
        clock: &|| Duration::ZERO,
        interrupted: &|| interrupted,
        entropy: &|| 4,
        environment: &|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_string())
        },
        paint: Default::default(),
    };
    let exit = run_command(catalogue, words.map(OsString::from), &mut console).code();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("all output is UTF-8");
    Said { out: text(out), err: text(err), exit }
}

/// Calls the command line over the catalogue of these tests.
pub(crate) fn squall(arguments: &str) -> Said {
    say(&catalogue(), arguments)
}

/// Compares what a command says: data, then words marked with `!`, then the exit code.
pub(crate) fn check(arguments: &str, want: ExpectFile) {
    let said = squall(arguments);
    let words: String = said.err.lines().map(|line| format!("! {line}\n")).collect();
    want.assert_eq(&masked(&format!("{}{words}exit {}\n", said.out, said.exit)));
}

/// A text without its digests.
pub(crate) fn masked(text: &str) -> String {
    let mut parts = text.split("digest ");
    let mut whole = parts.next().unwrap_or_default().to_string();
    for part in parts {
        whole.push_str("digest …");
        whole.push_str(part.get(16..).unwrap_or_default());
    }
    whole
}

/// A folder for one test, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("squall-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder of temporary files can be written to");
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file and returns its path.
    pub(crate) fn with(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).expect("the folder can be written to");
        path.display().to_string()
    }

    /// The names of its files.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder can be read");
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.filter_map(Result::ok).map(name).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the host.
        let _ = fs::remove_dir_all(&self.0);
    }
}
