//! Progress on a terminal, once something takes over a second.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rehunt_engine::ingest::Progress;

/// What takes less is not worth a look.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Shows how many bytes of the evidence are read; nothing when it is quick or nobody watches.
pub struct LoadBar {
    watched: bool,
    started: Instant,
    bar: ProgressBar,
    shown: Mutex<bool>,
}

impl LoadBar {
    /// Makes a bar that stays hidden for the first second; for ever unless `watched`.
    pub fn new(watched: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) =
            ProgressStyle::with_template("loading {bar:24} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {wide_msg}")
        {
            bar.set_style(style);
        }
        Self { watched, started: Instant::now(), bar, shown: Mutex::new(false) }
    }

    fn show_when_slow(&self) {
        if !self.watched || self.started.elapsed() < PATIENCE {
            return;
        }
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *shown, true) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for LoadBar {
    fn begin(&self, path: &Path, bytes: u64) {
        self.bar.inc_length(bytes);
        self.bar.set_message(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        self.show_when_slow();
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.show_when_slow();
    }

    fn end(&self) {}
}

impl Drop for LoadBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Turns while a query runs, and shows for how long it has.
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Starts to turn on standard error.
    pub fn start() -> Self {
        let bar = ProgressBar::new_spinner().with_elapsed(PATIENCE);
        if let Ok(style) = ProgressStyle::with_template("{spinner} running for {elapsed}, Ctrl-C stops it") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
