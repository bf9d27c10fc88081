//! How fast training goes and how long it will still take, said as it goes.

use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar};

use super::Losses;
use crate::progress;

/// Steps between lines of progress.
const REPORT_EVERY: usize = 50;

/// A bar on a terminal, and lines on stderr.
pub struct Progress {
    bar: ProgressBar,
    steps: usize,
    /// Step and time of the last report, and the sum of the losses since.
    last: (usize, Instant),
    sum: f64,
}

impl Progress {
    /// Of a run of `steps` steps that is taken up at `step`.
    pub fn new(step: usize, steps: usize) -> Self {
        let bar = progress::bar(steps as u64, "steps");
        bar.set_position(step as u64);
        bar.reset_eta();
        Self {
            bar,
            steps,
            last: (step, Instant::now()),
            sum: 0.0,
        }
    }

    /// Counts a step, and reports every [`REPORT_EVERY`] and at the end.
    pub fn step(&mut self, step: usize, losses: &Losses) {
        self.bar.inc(1);
        self.sum += f64::from(losses.total);
        if !step.is_multiple_of(REPORT_EVERY) && step != self.steps {
            return;
        }
        let (first, since) = self.last;
        let count = (step - first) as f64;
        // All that happened since counts, validation and pictures too: it will happen again.
        let seconds = since.elapsed().as_secs_f64() / count;
        let left = Duration::from_secs_f64(seconds * (self.steps - step) as f64);
        self.say(&format!(
            "step {step} of {}: loss {}, {:.2} steps/s, {} left",
            self.steps,
            short((self.sum / count) as f32),
            1.0 / seconds,
            HumanDuration(left)
        ));
        self.last = (step, Instant::now());
        self.sum = 0.0;
    }

    /// Prints a line, above the bar where there is one.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Ends the bar.
    pub fn finish(&self) {
        self.bar.finish();
    }
}

/// A loss in few characters: sums of 8-bit squares have a dozen digits before the point.
pub fn short(loss: f32) -> String {
    if loss < 1e5 {
        format!("{loss:.4}")
    } else {
        format!("{loss:.3e}")
    }
}
