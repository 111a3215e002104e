//! How far a sweep is, while it goes on: a bar on a terminal, a line now and then elsewhere.
//!
//! The invariant: it goes to stderr, and nothing of it is part of what came of the sweep.

use crate::console::Console;
use crate::words::{count, number, rate, ratio, span};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use squall_explore::sweep::Progress;
use std::time::Duration;

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);
/// How many groups the bar names.
const NAMED: usize = 5;

/// The bar or the lines.
pub(super) struct Teller {
    bar: Option<ProgressBar>,
    begun: Duration,
    told: Duration,
    /// How many runs there are, if that is known, and how long they may take.
    runs: Option<u64>,
    lasts: Option<Duration>,
}

impl Teller {
    pub(super) fn new(console: &Console<'_>, runs: Option<u64>, lasts: Option<Duration>) -> Teller {
        let bar = console.err_is_terminal.then(|| {
            let bar = ProgressBar::with_draw_target(runs, ProgressDrawTarget::stderr());
            let whole = if runs.is_some() { "{wide_bar} " } else { "" };
            let style = ProgressStyle::with_template(&format!("{whole}{{msg}}"));
            bar.with_style(style.expect("the template is one"))
        });
        let begun = (console.clock)();
        Teller { bar, begun, told: begun, runs, lasts }
    }

    /// Whether a line is due.
    pub(super) fn is_due(&self, console: &Console<'_>) -> bool {
        self.bar.is_some() || (console.clock)().saturating_sub(self.told) >= LINE_EVERY
    }

    pub(super) fn tell(&mut self, progress: &Progress, console: &mut Console<'_>) {
        self.told = (console.clock)();
        let line = self.line(progress, self.told.saturating_sub(self.begun));
        match &self.bar {
            None => console.remark(&line),
            Some(bar) => {
                bar.set_position(progress.runs);
                bar.set_message(
                    std::iter::once(line).chain(below(progress)).collect::<Vec<_>>().join("\n"),
                );
            }
        }
    }

    /// Leaves nothing of the bar.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// `1,204 of 10,000 runs, 130/s, 1,300 s simulated/s, 2 groups, 1.1 min left`.
    fn line(&self, progress: &Progress, took: Duration) -> String {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let simulated = progress.tallies.iter().map(|tally| tally.simulated_ns).sum::<u64>();
        let mut parts = vec![match self.runs {
            Some(runs) => format!("{} of {}", number(progress.runs), count(runs, "run")),
            None => count(progress.runs, "run"),
        }];
        parts.extend(rate(progress.runs, nanos));
        if nanos > 0 {
            parts.push(format!("{} s simulated/s", ratio(simulated, nanos)));
        }
        parts.push(count(progress.findings.ranked().len() as u64, "group"));
        parts.extend(self.left(progress.runs, took).map(|left| {
            let nanos = u64::try_from(left.as_nanos()).unwrap_or(u64::MAX);
            format!("{} left", span(nanos / 1_000_000_000 * 1_000_000_000))
        }));
        parts.join(", ")
    }

    /// How long it will take from now on.
    fn left(&self, done: u64, took: Duration) -> Option<Duration> {
        let time = self.lasts.map(|lasts| lasts.saturating_sub(took));
        let runs = self.runs.filter(|_| done > 0).map(|runs| {
            let share = runs.saturating_sub(done) as f64 / done as f64;
            Duration::try_from_secs_f64(took.as_secs_f64() * share).unwrap_or(Duration::MAX)
        });
        time.into_iter().chain(runs).min()
    }
}

/// What stands below the bar: groups by signature, and how many marks were reached.
fn below(progress: &Progress) -> Vec<String> {
    let groups = progress.findings.ranked();
    let group = |group: &squall_explore::sweep::Finding| {
        format!("  {} in {}", group.signature, count(group.runs, "run"))
    };
    let mut lines: Vec<String> = groups.iter().take(NAMED).map(group).collect();
    let points = || progress.tallies.iter().flat_map(|tally| tally.coverage.reached.values());
    let reached = points().filter(|seen| seen.runs > 0).count();
    if points().count() > 0 {
        lines.push(format!("  {reached} of {} reached", count(points().count() as u64, "mark")));
    }
    lines
}
