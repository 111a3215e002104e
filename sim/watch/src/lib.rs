//! What looks after runs from outside: a watchdog for handlers that never return, and a file that
//! holds the seed in hand, for a process that ends in the middle of a run.
//!
//! The invariant: nothing here reaches a run; it is told what goes on and tells nothing back.

#![allow(clippy::disallowed_methods, reason = "who looks on from outside has a clock and a thread")]

use squall_engine::ids::{EventId, NodeId};
use squall_engine::pulse::Pulse;
use std::fs::{self, File};
use std::io::{Seek, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a handler may take on the host before it is given up, unless somebody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// No handler runs.
const NOBODY: u64 = u64::MAX;

/// A handler that has not returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// What was run, as [`Watchdog::begin`] was told.
    pub run: String,
    /// The node, as the run calls it.
    pub node: String,
    /// The event whose handler it is.
    pub event: EventId,
    /// For how long nothing was heard of it.
    pub patience: Duration,
}

impl std::fmt::Display for Stuck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Stuck { run, node, event, patience } = self;
        let seconds = patience.as_secs_f32();
        write!(f, "{run}: the handler of {node} for {event} has not returned for {seconds} s")
    }
}

/// Runs in hand, watched by a thread of its own.
#[derive(Debug)]
pub struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    seed: Option<SeedInHand>,
}

#[derive(Debug, Default)]
struct Shared {
    /// How many handlers have begun.
    begun: AtomicU64,
    event: AtomicU64,
    node: AtomicU64,
    run: Mutex<Run>,
    over: Condvar,
}

#[derive(Debug, Default)]
struct Run {
    words: String,
    names: Vec<String>,
    over: bool,
}

impl Watchdog {
    /// Watches until it is dropped. `stuck` is called, on another thread, when a handler has not
    /// returned for so long; a thread cannot be stopped, so it had better end the process.
    #[must_use]
    pub fn new(patience: Duration, stuck: impl Fn(Stuck) + Send + 'static) -> Watchdog {
        let mut watchdog = Watchdog::of_worker(patience, stuck);
        watchdog.seed = Some(SeedInHand::new());
        watchdog
    }

    /// As [`Watchdog::new`], and leaves no seed behind: who started this process knows it.
    #[must_use]
    pub fn of_worker(patience: Duration, stuck: impl Fn(Stuck) + Send + 'static) -> Watchdog {
        let shared = Arc::new(Shared { node: AtomicU64::new(NOBODY), ..Shared::default() });
        let seen = shared.clone();
        let thread = std::thread::spawn(move || watch(&seen, patience, stuck));
        Watchdog { shared, thread: Some(thread), seed: None }
    }

    /// Keeps the words of the run in hand in this file, rather than among the temporary ones.
    #[must_use]
    pub fn keeping(mut self, path: PathBuf) -> Watchdog {
        self.seed = Some(SeedInHand::at(path));
        self
    }

    /// A run begins: what it is called, such as `raft/steady, seed 7`, and what its nodes are. The
    /// pulse is the run's.
    pub fn begin(&mut self, words: &str, names: Vec<String>) -> Rc<dyn Pulse> {
        self.seed.iter_mut().for_each(|seed| seed.write(words));
        let mut run = lock(&self.shared.run);
        (run.words, run.names) = (words.to_string(), names);
        Rc::new(Beat(self.shared.clone()))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        lock(&self.shared.run).over = true;
        self.shared.over.notify_all();
        if let Some(thread) = self.thread.take() {
            // A watchdog that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn lock(run: &Mutex<Run>) -> MutexGuard<'_, Run> {
    run.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Looks twice: a handler that runs at the first look and is still the same at the second.
fn watch(shared: &Shared, patience: Duration, stuck: impl Fn(Stuck)) {
    let now = || (shared.begun.load(Ordering::Acquire), shared.node.load(Ordering::Acquire));
    let mut run = lock(&shared.run);
    while !run.over {
        let before = now();
        run = match shared.over.wait_timeout(run, patience) {
            Ok((run, _)) => run,
            Err(_) => return,
        };
        let (begun, node) = now();
        if !run.over && (begun, node) == before && node != NOBODY {
            let event = EventId(shared.event.load(Ordering::Acquire));
            let known = run.names.get(node as usize).cloned();
            let node = known.unwrap_or_else(|| NodeId::node(node as u32).to_string());
            stuck(Stuck { run: run.words.clone(), node, event, patience });
        }
    }
}

struct Beat(Arc<Shared>);

impl Pulse for Beat {
    fn begins(&self, node: NodeId, event: EventId) {
        self.0.event.store(event.0, Ordering::Relaxed);
        self.0.begun.fetch_add(1, Ordering::Relaxed);
        self.0.node.store(node.index() as u64, Ordering::Release);
    }

    fn ends(&self) {
        self.0.node.store(NOBODY, Ordering::Release);
    }
}

/// A file with the words of the run in hand, removed when all runs are over: what is left of a
/// process that was aborted.
#[derive(Debug)]
struct SeedInHand {
    path: PathBuf,
    file: Option<File>,
    length: usize,
}

impl SeedInHand {
    fn new() -> SeedInHand {
        let thread = format!("{:?}", std::thread::current().id());
        let thread: String = thread.chars().filter(char::is_ascii_digit).collect();
        let name = format!("squall-{}-{thread}.seed", std::process::id());
        SeedInHand::at(std::env::temp_dir().join(name))
    }

    fn at(path: PathBuf) -> SeedInHand {
        SeedInHand { path, file: None, length: 0 }
    }

    /// Writes what is about to be run. A host without such a folder has no such file.
    fn write(&mut self, words: &str) {
        if self.file.is_none() {
            self.file = File::create(&self.path).ok();
        }
        if let Some(file) = &mut self.file {
            let line = format!("{words:<width$}\n", width = self.length);
            self.length = words.chars().count();
            let _ = file.rewind().and_then(|()| file.write_all(line.as_bytes()));
        }
    }
}

impl Drop for SeedInHand {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}
