//! Writing a run to a trace file: JSON Lines, compressed, header first, outcome last.
//!
//! The invariant: the file is written whole or not at all; it grows beside its place under
//! another name.

use flate2::Compression;
use flate2::write::GzEncoder;
use squall_engine::event::Event;
use squall_engine::plan::Plan;
use squall_engine::subject::Report;
use squall_engine::trace::{Header, Line, Reader, Recorder, Scene};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A trace cannot be written: the file, and why not. Nothing of it is left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceError(pub String);

impl std::fmt::Display for TraceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TraceError {}

/// A trace file being written.
#[derive(Debug)]
pub struct TraceFile {
    path: PathBuf,
    beside: PathBuf,
    encoder: Option<GzEncoder<BufWriter<File>>>,
    recorder: Recorder,
    failed: Option<io::Error>,
}

impl TraceFile {
    /// Begins a trace of `plan`, whose protocol has these kinds of node.
    ///
    /// # Errors
    /// It cannot be written there. Nothing is.
    pub fn begin(path: &str, plan: &Plan, kinds: &[&str]) -> Result<TraceFile, TraceError> {
        let path = PathBuf::from(path);
        if path.is_dir() {
            return Err(refused(&path, "it is a folder"));
        }
        let name = path.file_name().ok_or_else(|| refused(&path, "it names no file"))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let beside = path.with_file_name(hidden);
        let file = File::create(&beside).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => refused(&path, "there is no such folder"),
            io::ErrorKind::PermissionDenied => refused(&path, "the folder may not be written to"),
            _ => refused(&path, &error.to_string()),
        })?;
        let encoder = Some(GzEncoder::new(BufWriter::new(file), Compression::fast()));
        let recorder = Recorder::new(usize::MAX);
        let mut trace = TraceFile { path, beside, encoder, recorder, failed: None };
        trace.write(&Line::Header(Box::new(Header::new(plan, kinds))));
        Ok(trace)
    }

    /// Writes history and outcome, and puts the file in its place.
    ///
    /// # Errors
    /// It could not be written as a whole. Nothing of it is left.
    pub fn finish(mut self, report: &Report) -> Result<(), TraceError> {
        for operation in &report.history {
            self.write(&Line::Operation(operation.clone()));
        }
        self.write(&Line::Outcome(Box::new(report.outcome.clone())));
        let written = match self.failed.take() {
            Some(error) => Err(error),
            None => self.put_in_place(),
        };
        written.map_err(|error| refused(&self.path, &error.to_string()))
    }

    fn put_in_place(&mut self) -> io::Result<()> {
        if let Some(encoder) = self.encoder.take() {
            encoder.finish()?.into_inner()?.sync_all()?;
        }
        fs::rename(&self.beside, &self.path)
    }

    fn write(&mut self, line: &Line) {
        let Some(encoder) = self.encoder.as_mut().filter(|_| self.failed.is_none()) else { return };
        // In one piece: the encoder is slow at taking many small ones.
        let mut text = serde_json::to_vec(line).expect("a line is plain data");
        text.push(b'\n');
        self.failed = encoder.write_all(&text).err();
    }
}

impl Reader for TraceFile {
    fn event(&mut self, event: &Event, scene: &dyn Scene) {
        self.recorder.event(event, scene);
        for line in std::mem::take(&mut self.recorder.lines) {
            self.write(&line);
        }
    }
}

impl Drop for TraceFile {
    /// Leaves nothing behind of a trace that was not finished.
    fn drop(&mut self) {
        // After a finished trace there is nothing to remove.
        let _ = fs::remove_file(&self.beside);
    }
}

fn refused(path: &Path, reason: &str) -> TraceError {
    TraceError(format!("cannot write {}: {reason}", path.display()))
}
