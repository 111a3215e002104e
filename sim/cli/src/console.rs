//! The streams of a command, and what it knows of the host.
//!
//! The invariant: data goes to `out`, words go to `err`; nothing else in this crate asks the host
//! for its clock, its entropy or its environment.

use crate::args::Color;
use crate::exit::{Exit, Stop};
use std::ffi::OsStr;
use std::io::{IsTerminal, Read, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Streams, clock, entropy and environment of a command.
pub struct Console<'a> {
    /// What `-` stands for.
    pub input: &'a mut dyn Read,
    /// Where data goes.
    pub out: &'a mut dyn Write,
    /// Where words go.
    pub err: &'a mut dyn Write,
    /// Whether `out` is a terminal.
    pub out_is_terminal: bool,
    /// Whether `err` is a terminal.
    pub err_is_terminal: bool,
    /// Whether the environment asks for no colour.
    pub no_color: bool,
    /// How the user started us, for the commands that we print.
    pub program: String,
    /// The time since some instant, for how long runs take.
    pub clock: &'a (dyn Fn() -> Duration + Sync),
    /// Whether the user wants an end; from the first time it is asked, that no longer ends the
    /// process by itself.
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
    /// A seed that nobody chose.
    pub entropy: &'a dyn Fn() -> u64,
    /// A variable of the environment.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The colours of `out`.
    pub paint: Paint,
}

impl std::fmt::Debug for Console<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Console").field("program", &self.program).finish_non_exhaustive()
    }
}

impl Console<'_> {
    /// Writes data as it is.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Stop> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Writes a line of data.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Stop> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Hands on what was written.
    pub(crate) fn flush(&mut self) -> Result<(), Stop> {
        Ok(self.out.flush()?)
    }

    /// Writes a line of words. Who does not listen does not stop us.
    pub(crate) fn remark(&mut self, text: &str) {
        let _ = writeln!(self.err, "{text}");
    }

    /// Writes over the last line of progress; an empty text clears it.
    pub(crate) fn progress(&mut self, text: &str) {
        if self.err_is_terminal {
            let _ = write!(self.err, "\r\x1b[2K{text}");
            let _ = self.err.flush();
        }
    }
}

/// The colours of data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint(bool);

impl Paint {
    pub(crate) fn new(color: Color, console: &Console<'_>) -> Paint {
        Paint(match color {
            Color::Auto => console.out_is_terminal && !console.no_color,
            Color::Always => true,
            Color::Never => false,
        })
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.with("1;32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub(crate) fn odd(self, text: &str) -> String {
        self.with("1;33", text)
    }

    pub(crate) fn name(self, text: &str) -> String {
        self.with("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// Uses the console of this process.
pub(crate) fn of_process(use_it: impl FnOnce(&mut Console<'_>) -> Exit) -> Exit {
    let started = Instant::now();
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let (out_is_terminal, err_is_terminal) = (stdout.is_terminal(), stderr.is_terminal());
    let mut out = std::io::BufWriter::with_capacity(1 << 16, stdout.lock());
    let mut console = Console {
        input: &mut std::io::stdin(),
        out: &mut out,
        // Not locked: a watchdog on another thread has its words as well.
        err: &mut &stderr,
        out_is_terminal,
        err_is_terminal,
        no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        program: program(std::env::var_os("CARGO").is_some()),
        clock: &|| started.elapsed(),
        interrupted: &interrupted,
        entropy: &entropy,
        environment: &|name| std::env::var(name).ok(),
        paint: Paint::default(),
    };
    let exit = use_it(&mut console);
    // What could not be written was told already, or nobody reads it.
    let _ = out.into_parts();
    exit
}

/// Whether Ctrl-C was pressed, or the process asked to end, since this was first asked. The second
/// time ends the process.
fn interrupted() -> bool {
    static TIMES: AtomicU32 = AtomicU32::new(0);
    static HEARD: Once = Once::new();
    HEARD.call_once(|| {
        let heard = ctrlc::set_handler(|| {
            if TIMES.fetch_add(1, Ordering::Relaxed) > 0 {
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        });
        // A host without such signals ends the process, as it does with any other.
        let _ = heard;
    });
    TIMES.load(Ordering::Relaxed) > 0
}

/// How the user started us: by name, by path, or through cargo.
fn program(by_cargo: bool) -> String {
    let started = std::env::args_os().next();
    let path = started.as_deref().map(OsStr::to_string_lossy).unwrap_or("squall".into());
    if !by_cargo {
        return path.into_owned();
    }
    let release = path.split(['/', '\\']).any(|part| part == "release");
    if release { "cargo run --release --" } else { "cargo run --" }.to_string()
}

/// A seed from the host: the keys of a hash table are drawn from its entropy. It is small, so that
/// it can be read out and typed.
#[expect(clippy::disallowed_types, reason = "a seed that nobody gave, printed before the run")]
fn entropy() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish() >> 32
}
