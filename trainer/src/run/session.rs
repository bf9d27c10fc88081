//! The loop over the steps of a run, and what it leaves behind: tables, curves, checkpoints, pictures.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use indicatif::{HumanDuration, ProgressBar};

use super::{
    checkpoint,
    cost::{self, Part},
    curves,
    table::TableWriter,
};
use crate::{
    fit::{
        data::{self, Augmentation, Pair, Patches, Sampling},
        loss::Losses,
        painting,
        trainer::{Judge, Trainer},
    },
    progress,
    recipe::Config,
};

/// Batches of patches of the held-out pairs that every validation looks at.
const VALIDATION_BATCHES: usize = 4;
/// Steps between lines of progress.
const REPORT_EVERY: usize = 50;

/// Steps between what the loop does besides learning.
pub struct Intervals {
    pub checkpoint: usize,
    pub validation: usize,
    pub samples: usize,
}

/// A run from its start, or from where it is resumed, to its end.
pub struct Session<'a> {
    pub judge: Judge,
    pub config: &'a Config,
    /// Pairs that are not learnt from; may be empty.
    pub held_out: &'a [Pair],
    /// The run folder, which exists.
    pub run: &'a Path,
    pub seed: u64,
    pub device: Device,
    pub every: Intervals,
}

impl Session<'_> {
    /// Trains until the recipe's last step.
    ///
    /// # Errors
    /// When the loss or the weights are not finite, or a file cannot be written. The last checkpoint is intact then,
    /// and the message names it.
    pub fn train(&self, trainer: &mut Trainer, pairs: &[Pair]) -> Result<()> {
        let steps = trainer.step..self.config.training.steps;
        let sampling = self.config.sampling();
        data::prefetch(pairs, &sampling, self.seed, steps, |patches| {
            self.learn(trainer, patches.iter())
        })
        .with_context(|| match checkpoint::last(self.run) {
            Ok(Some(last)) => format!(
                "training stopped; the checkpoint of step {} in {} is intact, go on from it with --resume",
                last.step,
                self.run.display()
            ),
            _ => "training stopped before its first checkpoint".to_owned(),
        })
    }

    fn learn(&self, trainer: &mut Trainer, patches: impl Iterator<Item = Patches>) -> Result<()> {
        let mut table = TableWriter::losses(self.run, trainer.step)?;
        let mut validations = (!self.held_out.is_empty())
            .then(|| TableWriter::validation(self.run, trainer.step))
            .transpose()?;
        let mut pace = Pace::new(trainer.step, self.config.training.steps);
        let first = trainer.step;
        let mut learning = 0.0;
        for patches in cost::of_each(Part::Patches, patches) {
            let started = Instant::now();
            let learning_rate = self.config.learning_rate(trainer.step);
            let stepped = trainer.step(patches.on(&self.device), &self.judge, self.config);
            if stepped.is_err() {
                table.flush()?;
            }
            let losses = stepped?;
            let seconds = started.elapsed().as_secs_f32();
            learning += f64::from(seconds);
            table.push_step(trainer.step, learning_rate, &losses, seconds)?;
            pace.step(trainer.step, &losses);

            let is_last = trainer.step == self.config.training.steps;
            let is_due = |every: usize| trainer.step.is_multiple_of(every) || is_last;
            if is_due(self.every.validation)
                && let Some(validations) = &mut validations
            {
                let losses = cost::uncounted(|| self.validate(trainer));
                validations.push_validation(trainer.step, &losses)?;
                validations.flush()?;
                let total = short(losses.total);
                pace.say(&format!("step {}: held-out loss {total}", trainer.step));
            }
            if is_due(self.every.checkpoint) {
                table.flush()?;
                checkpoint::save(self.run, trainer, self.seed)?;
                curves::write(self.run)?;
            }
            if is_due(self.every.samples) && !self.held_out.is_empty() {
                cost::uncounted(|| self.write_samples(trainer, &pace))?;
            }
        }
        table.flush()?;
        pace.finish();
        pace.say(&cost::report(trainer.step - first, learning));
        ensure!(
            trainer.step >= self.config.training.steps,
            "the thread that draws the patches ended early"
        );
        if self.held_out.is_empty() {
            return Ok(());
        }
        let (folder, lambda) = (self.run.join("painted"), self.config.style.lambda);
        painting::write_pictures(&folder, &trainer.inner(), self.held_out, lambda)
    }

    /// Mean losses over patches of the held-out pairs, with the weights of the terms at this step. The patches are the
    /// same every time and for every run of this seed, and not augmented.
    fn validate(&self, trainer: &Trainer) -> Losses {
        let sampling = Sampling {
            augmentation: Augmentation::default(),
            ..self.config.sampling()
        };
        let net = trainer.inner();
        let losses: Vec<Losses> = (0..VALIDATION_BATCHES)
            .map(|i| {
                let patches = data::sample(self.held_out, &sampling, self.seed, i);
                let batch = patches.on(&self.device);
                self.judge.losses(&net, batch, self.config, trainer.step).0
            })
            .collect();
        Losses::mean(&losses)
    }

    fn write_samples(&self, trainer: &Trainer, pace: &Pace) -> Result<()> {
        let path = self.run.join(format!("samples-{:06}.png", trainer.step));
        let lambda = self.config.style.lambda;
        let gain = painting::write_sheet(&path, &trainer.inner(), self.held_out, lambda)?;
        pace.say(&format!(
            "step {}: line strength {:.3} (ceiling {:.3})",
            trainer.step, gain.ours, gain.ceiling
        ));
        Ok(())
    }
}

/// Prints how fast training goes and how long it will still take.
struct Pace {
    bar: ProgressBar,
    steps: usize,
    /// Step and time of the last report, and the sum of the losses since.
    last: (usize, Instant),
    sum: f64,
}

impl Pace {
    fn new(step: usize, steps: usize) -> Self {
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
    fn step(&mut self, step: usize, losses: &Losses) {
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
    fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    fn finish(&self) {
        self.bar.finish();
    }
}

/// A loss in few characters: sums of 8-bit squares have a dozen digits before the point.
fn short(loss: f32) -> String {
    if loss < 1e5 {
        format!("{loss:.4}")
    } else {
        format!("{loss:.3e}")
    }
}
