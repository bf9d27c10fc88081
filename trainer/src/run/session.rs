//! The loop over the steps of a run, and what it leaves behind: tables, curves, checkpoints, pictures.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

use super::{
    Cost, Losses, Source, Task, checkpoint, curves,
    prefetch::prefetch,
    progress::{Progress, short},
    table::TableWriter,
};

/// Steps between what the loop does besides learning; at least one each.
pub struct Intervals {
    pub checkpoint: usize,
    pub validation: usize,
    pub samples: usize,
}

/// A run from its start, or from where it is resumed, to its end.
pub struct Session<'a> {
    /// The run folder, which exists.
    pub run: &'a Path,
    /// What the checkpoints say that the run was started with.
    pub seed: u64,
    /// The step at which the run ends.
    pub steps: usize,
    pub every: Intervals,
}

impl Session<'_> {
    /// Trains `task`, which is at step `first`, until the last step. Returns the number of steps it has then.
    ///
    /// # Errors
    /// When the loss or the weights are not finite, or a file cannot be written. The last checkpoint is intact then,
    /// and the message names it.
    pub fn train<T: Task>(&self, task: &mut T, first: usize, source: &T::Source) -> Result<usize> {
        prefetch(source, first..self.steps, |draws| {
            self.learn(task, first, draws.iter())
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

    fn learn<T: Task>(
        &self,
        task: &mut T,
        first: usize,
        draws: impl Iterator<Item = <T::Source as Source>::Draw>,
    ) -> Result<usize> {
        let mut table = TableWriter::losses(self.run, task.terms(), first)?;
        let mut validations: Option<TableWriter> = None;
        let mut progress = Progress::new(first, self.steps);
        let cost = Cost::default();
        let mut step = first;
        let mut learning = Duration::ZERO;
        for draw in cost.waiting(draws) {
            let started = Instant::now();
            let learning_rate = task.learning_rate(step);
            let stepped = self::step(task, draw, step, &cost);
            if stepped.is_err() {
                table.flush()?;
            }
            let losses = stepped?;
            step += 1;
            let spent = started.elapsed();
            learning += spent;
            table.push_step(step, learning_rate, &losses, spent.as_secs_f32())?;
            progress.step(step, &losses);

            let is_due = |every: usize| step.is_multiple_of(every) || step == self.steps;
            if is_due(self.every.validation)
                && let Some(losses) = task.validate(step)
            {
                let table = match &mut validations {
                    Some(table) => table,
                    None => {
                        validations.insert(TableWriter::validation(self.run, task.terms(), first)?)
                    }
                };
                table.push_validation(step, &losses)?;
                table.flush()?;
                let total = short(losses.total);
                progress.say(&format!("step {step}: held-out loss {total}"));
            }
            if is_due(self.every.checkpoint) {
                table.flush()?;
                checkpoint::save(self.run, task, step, self.seed)?;
                curves::write(self.run)?;
            }
            if is_due(self.every.samples) {
                let path = self.run.join(format!("samples-{step:06}.png"));
                if let Some(line) = task.sample(&path)? {
                    progress.say(&format!("step {step}: {line}"));
                }
            }
        }
        table.flush()?;
        progress.finish();
        progress.say(&cost.report(step - first, learning));
        ensure!(
            step >= self.steps,
            "the thread that draws the data ended early"
        );
        task.finish(self.run)?;
        Ok(step)
    }
}

/// One step of `task`, which is at `step`.
///
/// # Errors
/// When the loss is not finite; the weights are then left as they were.
pub fn step<T: Task>(
    task: &mut T,
    draw: <T::Source as Source>::Draw,
    step: usize,
    cost: &Cost,
) -> Result<Losses> {
    let (losses, gradients) = task.differentiate(draw, step, cost);
    ensure!(
        losses.total.is_finite(),
        "the loss is {} at step {step}",
        losses.total
    );
    let learning_rate = task.learning_rate(step);
    cost.time("optimiser", || task.update(gradients, learning_rate));
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use burn::{
        module::Module,
        nn::{Linear, LinearConfig},
        optim::{AdamConfig, GradientsParams, ModuleOptimizer},
        store::ModuleRecord,
        tensor::{Device, Tensor, TensorData},
    };

    use super::*;
    use crate::run::table::Table;

    /// Nothing of Limn: an autoencoder of points on a curve, with two terms and no pictures.
    #[derive(Module, Debug)]
    struct Autoencoder {
        encoder: Linear,
        decoder: Linear,
    }

    struct Toy {
        net: Autoencoder,
        optimizer: ModuleOptimizer,
    }

    /// Points `[8, 2]`, not finite at one step if so asked.
    #[derive(Default)]
    struct Curve {
        broken_at: Option<usize>,
    }

    impl Source for Curve {
        type Draw = Vec<f32>;

        fn draw(&self, step: usize) -> Vec<f32> {
            let points = (0..8).flat_map(|i| {
                let x = ((step * 8 + i) * 37 % 101) as f32 / 101.0;
                [x, 0.5 * x + 0.1]
            });
            let mut points: Vec<f32> = points.collect();
            if self.broken_at == Some(step) {
                points[3] = f32::NAN;
            }
            points
        }
    }

    fn adam() -> ModuleOptimizer {
        AdamConfig::new().init()
    }

    impl Toy {
        fn new() -> Self {
            let device = Device::flex().autodiff();
            let layer = |inputs, outputs| LinearConfig::new(inputs, outputs).init(&device);
            Self {
                net: Autoencoder {
                    encoder: layer(2, 1),
                    decoder: layer(1, 2),
                },
                optimizer: adam(),
            }
        }

        fn compare(&self, points: Vec<f32>) -> (Losses, Tensor<1>) {
            let data = TensorData::new(points, [8, 2]);
            let points = Tensor::<2>::from_data(data, &Device::flex());
            let code = self.net.encoder.forward(points.clone());
            let error = (self.net.decoder.forward(code.clone()) - points)
                .square()
                .mean();
            let size = code.square().mean();
            let value = |x: &Tensor<1>| x.clone().into_scalar::<f32>();
            let total = error.clone() + size.clone() * 1e-3;
            let losses = Losses {
                total: value(&total),
                terms: vec![value(&error), value(&size)],
            };
            (losses, total)
        }

        fn weights(&self) -> Vec<f32> {
            let weight = |layer: &Linear| layer.weight.val().without_autodiff().into_data();
            [&self.net.encoder, &self.net.decoder]
                .iter()
                .flat_map(|layer| weight(layer).iter::<f32>().collect::<Vec<_>>())
                .collect()
        }
    }

    impl Task for Toy {
        type Source = Curve;
        type Gradients = GradientsParams;

        fn terms(&self) -> &[&'static str] {
            &["error", "size"]
        }

        fn learning_rate(&self, step: usize) -> f64 {
            0.05 / (1.0 + step as f64)
        }

        fn differentiate(
            &self,
            points: Vec<f32>,
            _step: usize,
            cost: &Cost,
        ) -> (Losses, GradientsParams) {
            let (losses, total) = cost.time("forward", || self.compare(points));
            let gradients = GradientsParams::from_grads(total.backward(), &self.net);
            (losses, gradients)
        }

        fn update(&mut self, gradients: GradientsParams, learning_rate: f64) {
            let net = self.net.clone();
            self.net = self.optimizer.step(learning_rate, net, gradients);
        }

        fn is_finite(&self) -> bool {
            self.weights().iter().all(|weight| weight.is_finite())
        }

        fn save(&self, folder: &Path) -> Result<()> {
            let record = self.net.clone().into_record();
            record.save(folder.join("toy.bpk"))?;
            Ok(self.optimizer.save(folder.join("adam.bpk"))?)
        }

        fn load(&mut self, folder: &Path) -> Result<()> {
            let record = ModuleRecord::load(folder.join("toy.bpk"))?;
            self.net = self.net.clone().try_load_record(record)?;
            self.optimizer = adam().load(folder.join("adam.bpk"))?;
            Ok(())
        }

        fn validate(&self, step: usize) -> Option<Losses> {
            Some(self.compare(Curve::default().draw(1000 + step)).0)
        }

        fn sample(&self, path: &Path) -> Result<Option<String>> {
            std::fs::write(path, "a picture")?;
            Ok(Some("a line".into()))
        }

        fn finish(&self, run: &Path) -> Result<()> {
            Ok(std::fs::write(run.join("finished"), "")?)
        }
    }

    fn session(run: &Path, steps: usize) -> Session<'_> {
        Session {
            run,
            seed: 3,
            steps,
            every: Intervals {
                checkpoint: 2,
                validation: 3,
                samples: 4,
            },
        }
    }

    #[test]
    fn another_task_is_trained_recorded_and_resumed_to_the_bit() {
        let net = Toy::new().net;
        let toy = || Toy {
            net: net.clone(),
            optimizer: adam(),
        };
        let (whole, parted) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut expected = toy();
        let curve = Curve::default();
        let steps = session(whole.path(), 8).train(&mut expected, 0, &curve);
        assert_eq!(steps.unwrap(), 8);
        for file in [
            "step-000006/toy.bpk",
            "step-000008/state.json",
            "samples-000004.png",
            "samples-000008.png",
            "loss.png",
            "finished",
        ] {
            assert!(whole.path().join(file).is_file(), "{file}");
        }
        assert!(!whole.path().join("step-000004").exists(), "two are kept");

        session(parted.path(), 5)
            .train(&mut toy(), 0, &curve)
            .unwrap();
        // As a kill after the checkpoint of step 4 would leave it.
        std::fs::remove_dir_all(parted.path().join("step-000005")).unwrap();
        let last = checkpoint::last(parted.path()).unwrap().unwrap();
        let mut resumed = Toy::new();
        assert!(last.load(&mut resumed, 4).is_err(), "another seed");
        let first = last.load(&mut resumed, 3).unwrap();
        assert_eq!(first, 4);
        session(parted.path(), 8)
            .train(&mut resumed, first, &curve)
            .unwrap();
        assert_eq!(resumed.weights(), expected.weights());
        assert_ne!(resumed.weights(), toy().weights());
        // What the parted run's own last step left in the tables is gone.
        let expected_steps: [&[f64]; 2] = [&[1., 2., 3., 4., 5., 6., 7., 8.], &[3., 6., 8.]];
        for (table, steps) in ["loss.csv", "validation.csv"].iter().zip(expected_steps) {
            let [whole, parted] =
                [&whole, &parted].map(|run| Table::read(&run.path().join(table)).unwrap());
            assert_eq!(whole.terms(), ["total", "error", "size"]);
            for column in whole.terms() {
                let points = whole.points(column);
                assert_eq!(points.iter().map(|p| p.0).collect::<Vec<_>>(), steps);
                assert_eq!(parted.points(column), points, "{table}: {column}");
            }
        }
    }

    #[test]
    fn a_loss_that_is_not_a_number_stops_the_run_and_keeps_what_it_has() {
        let run = tempfile::tempdir().unwrap();
        let mut toy = Toy::new();
        let curve = Curve { broken_at: Some(5) };
        let error = session(run.path(), 8).train(&mut toy, 0, &curve);
        let error = format!("{:#}", error.unwrap_err());
        assert!(error.contains("the loss is NaN at step 5"), "{error}");
        assert!(error.contains("the checkpoint of step 4 in"), "{error}");
        let table = Table::read(&run.path().join("loss.csv")).unwrap();
        assert_eq!(table.last_step(), Some(5), "all that was learnt is told");
        assert!(toy.is_finite());
        let last = checkpoint::last(run.path()).unwrap().unwrap();
        assert_eq!(last.load(&mut toy, 3).unwrap(), 4);
    }
}
