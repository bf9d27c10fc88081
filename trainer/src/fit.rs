//! `limn-trainer fit`: learns a style from photo/reference pairs.

mod checkpoint;
mod samples;

use std::{
    fs::{File, OpenOptions},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use burn::{
    module::Module,
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, Tensor},
};
use clap::Args;
use limn::{
    network::GradientNet,
    style::{Style, StyleMetadata},
};

use crate::{
    config::Config,
    data::{self, Batch, Pair},
    device::DeviceChoice,
    loss::{Losses, Target, losses},
    progress,
    rebuild::Rebuild,
    vgg::Vgg16,
};
use checkpoint::Checkpoint;

/// Learn a style from photos and references.
#[derive(Args)]
pub struct FitArgs {
    /// Folder of photos.
    #[arg(long)]
    photos: PathBuf,
    /// Folder of references, one per photo, of the same name (see `teach`).
    #[arg(long)]
    references: PathBuf,
    /// The recipe (TOML).
    #[arg(long)]
    config: PathBuf,
    /// The style record to write (.bpk).
    #[arg(long)]
    output: PathBuf,
    /// VGG-16 weights up to conv3_3 (.safetensors, keys `convB_C.weight` and `.bias`).
    #[arg(long)]
    vgg: PathBuf,
    /// Folder for the recipe, the loss table, checkpoints and sample pictures [default: runs/<name of the output>].
    #[arg(long)]
    run: Option<PathBuf>,
    /// Photos not learnt from, painted every few hundred steps to look at; needs --held-out-references.
    #[arg(long, requires = "held_out_references")]
    held_out_photos: Option<PathBuf>,
    /// Their references.
    #[arg(long, requires = "held_out_photos")]
    held_out_references: Option<PathBuf>,
    /// Go on from the run folder's last checkpoint.
    #[arg(long)]
    resume: bool,
    /// Start from the weights of an earlier record of the same width instead of random ones.
    #[arg(long, conflicts_with = "resume")]
    initial: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Flex)]
    device: DeviceChoice,
    /// Seed of the initial weights and of the patches.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Steps between checkpoints.
    #[arg(long, default_value_t = 200)]
    checkpoint_every: usize,
    /// Steps between sample pictures.
    #[arg(long, default_value_t = 500)]
    sample_every: usize,
}

/// Network and optimiser after `step` steps.
pub struct Trainer {
    pub net: GradientNet,
    pub optimizer: ModuleOptimizer,
    pub step: usize,
}

impl Trainer {
    /// Fresh weights drawn from `seed`.
    pub fn new(width: usize, seed: u64, device: &Device) -> Self {
        device.seed(seed);
        Self::from_net(GradientNet::new(width, &device.clone().autodiff()))
    }

    /// Training begins at `net`, which lives on an autodiff device.
    pub fn from_net(net: GradientNet) -> Self {
        Self {
            net,
            optimizer: AdamConfig::new().with_epsilon(1e-8).init(),
            step: 0,
        }
    }

    /// One optimiser step on `batch`.
    ///
    /// # Errors
    /// When the loss is not finite; the weights are then left as they were.
    pub fn step(
        &mut self,
        batch: Batch,
        vgg: &Vgg16,
        rebuild: &Rebuild,
        config: &Config,
    ) -> Result<Losses> {
        let weights = config.loss_weights(self.step);
        let output = crop(
            self.net.forward(batch.input),
            &batch.offsets,
            config.training.patch,
        );
        let target = Target {
            gradients: batch.target,
            photo: batch.photo,
            use_dx: &batch.use_dx,
        };
        let (losses, total) = losses(vgg, rebuild, &weights, output, target);
        ensure!(
            losses.total.is_finite(),
            "the loss is {} at step {}",
            losses.total,
            self.step
        );
        let gradients = GradientsParams::from_grads(total.backward(), &self.net);
        self.net =
            self.optimizer
                .step(config.learning_rate(self.step), self.net.clone(), gradients);
        self.step += 1;
        Ok(losses)
    }
}

/// Cuts each sample's `side × side` patch out at its `(y, x)`.
fn crop(x: Tensor<4>, offsets: &[(usize, usize)], side: usize) -> Tensor<4> {
    let [.., channels, height, width] = x.dims();
    if (height, width) == (side, side) {
        return x;
    }
    let patches = offsets
        .iter()
        .enumerate()
        .map(|(i, &(top, left))| {
            x.clone()
                .slice([i..i + 1, 0..channels, top..top + side, left..left + side])
        })
        .collect();
    Tensor::cat(patches, 0)
}

pub fn run(args: &FitArgs) -> Result<()> {
    let config = Config::load(&args.config)?;
    ensure!(
        args.checkpoint_every > 0 && args.sample_every > 0,
        "--checkpoint-every and --sample-every must be at least 1"
    );
    let device = args.device.open()?;
    let vgg = Vgg16::load(&args.vgg, &device)?;
    let rebuild = Rebuild::new(config.training.patch, config.style.lambda, &device);
    let pairs = data::load_pairs(&args.photos, &args.references)?;
    check_sizes(&pairs, config.sampling().window())?;
    let held_out = match (&args.held_out_photos, &args.held_out_references) {
        (Some(photos), Some(references)) => data::load_pairs(photos, references)?,
        _ => Vec::new(),
    };
    let run = run_folder(args)?;
    let mut trainer = start(args, &config, &run, &device)?;
    std::fs::create_dir_all(&run).with_context(|| format!("cannot create {}", run.display()))?;
    std::fs::copy(&args.config, run.join("config.toml"))
        .with_context(|| format!("cannot write to {}", run.display()))?;

    let mut table = open_table(&run.join("loss.csv"), trainer.step)?;
    let bar = progress::bar(config.training.steps as u64, "steps");
    bar.set_position(trainer.step as u64);
    bar.reset_eta();
    while trainer.step < config.training.steps {
        let started = Instant::now();
        let step = trainer.step;
        let batch = data::sample(&pairs, &config.sampling(), args.seed, step, &device);
        let recent = match trainer.step(batch, &vgg, &rebuild, &config) {
            Ok(losses) => losses,
            Err(error) => {
                table.flush()?;
                bail!(
                    "{error}; training stopped, the last checkpoint in {} is kept",
                    run.display()
                );
            }
        };
        writeln!(
            table,
            "{},{:.6e},{},{},{},{},{},{},{:.3}",
            trainer.step,
            config.learning_rate(step),
            recent.total,
            recent.pixel,
            recent.features,
            recent.perceptual,
            recent.gram,
            recent.energy,
            started.elapsed().as_secs_f32()
        )?;
        bar.set_message(format!("loss {:.3}", recent.total));
        bar.inc(1);
        let last = trainer.step == config.training.steps;
        if trainer.step.is_multiple_of(args.checkpoint_every) || last {
            table.flush()?;
            checkpoint::save(&run, &trainer, args.seed)?;
        }
        if !held_out.is_empty() && (trainer.step.is_multiple_of(args.sample_every) || last) {
            let path = run.join(format!("samples-{:06}.png", trainer.step));
            let gain = samples::write(&path, &trainer.net.valid(), &held_out, config.style.lambda)?;
            eprintln!(
                "step {}: loss {:.3}, line strength {:.3} (ceiling {:.3})",
                trainer.step, recent.total, gain.ours, gain.ceiling
            );
        }
    }
    bar.finish();
    table.flush()?;
    write_record(&args.output, &trainer, &config)?;
    Ok(())
}

fn run_folder(args: &FitArgs) -> Result<PathBuf> {
    match &args.run {
        Some(run) => Ok(run.clone()),
        None => {
            let name = args
                .output
                .file_stem()
                .with_context(|| format!("{} is no file name", args.output.display()))?;
            Ok(Path::new("runs").join(name))
        }
    }
}

fn check_sizes(pairs: &[Pair], window: usize) -> Result<()> {
    for pair in pairs {
        ensure!(
            pair.photo.width >= window && pair.photo.height >= window,
            "the pair {} is {}×{}; patch and context of this recipe need {window}×{window}",
            pair.name,
            pair.photo.width,
            pair.photo.height
        );
    }
    Ok(())
}

/// The trainer at the last checkpoint, at the weights of `--initial`, or at random weights.
fn start(args: &FitArgs, config: &Config, run: &Path, device: &Device) -> Result<Trainer> {
    let width = config.style.width;
    let last = checkpoint::last(run)?;
    if args.resume {
        let last: Checkpoint =
            last.with_context(|| format!("there is no checkpoint in {} to resume", run.display()))?;
        return last.load(width, args.seed, device);
    }
    if let Some(last) = last {
        bail!(
            "{} holds a run of {} steps already; use --resume, another --run, or remove it",
            run.display(),
            last.step
        );
    }
    match &args.initial {
        Some(path) => {
            let style = crate::model::load(path)?;
            ensure!(
                style.metadata.width == width,
                "{} has width {}, the recipe {width}",
                path.display(),
                style.metadata.width
            );
            Ok(Trainer::from_net(GradientNet::from_style(
                &style,
                &device.clone().autodiff(),
            )))
        }
        None => Ok(Trainer::new(width, args.seed, device)),
    }
}

/// The loss table; when resuming, rows after the checkpoint are dropped.
fn open_table(path: &Path, step: usize) -> Result<BufWriter<File>> {
    let header = "step,learning_rate,total,pixel,features,perceptual,gram,energy,seconds";
    let kept: Vec<String> = if step == 0 {
        Vec::new()
    } else {
        std::fs::read_to_string(path)
            .unwrap_or_default()
            .lines()
            .skip(1)
            .take_while(|line| {
                line.split(',')
                    .next()
                    .and_then(|s| s.parse::<usize>().ok())
                    .is_some_and(|s| s <= step)
            })
            .map(str::to_owned)
            .collect()
    };
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let mut table = BufWriter::new(file);
    writeln!(table, "{header}")?;
    for line in kept {
        writeln!(table, "{line}")?;
    }
    table.flush()?;
    Ok(table)
}

fn write_record(path: &Path, trainer: &Trainer, config: &Config) -> Result<()> {
    let style = Style {
        metadata: StyleMetadata {
            name: config.style.name.clone(),
            title: config.style.title.clone(),
            width: config.style.width,
            lambda: config.style.lambda,
            trained_size: config.style.trained_size,
            teacher: config.style.teacher.clone(),
            data: config.style.data.clone(),
            licence: config.style.licence.clone(),
            steps: trainer.step,
            recipe: config.summary(),
        },
        layers: trainer.net.valid().weights(),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(path, style.to_bytes()?)
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use limn::Planes;

    use super::*;
    use crate::golden::Formula;

    const RECIPE: &str = r#"
        [style]
        name = "test"
        title = "Test"
        width = 8
        lambda = 10.0
        trained_size = 32
        teacher = "none"
        data = "drawn by code"
        licence = "CC0-1.0"
        [training]
        steps = 200
        batch = 2
        patch = 16
        context = 4
        vgg_patches = 1
        learning_rate = 5e-3
        [loss]
        start = { pixel = 1000.0, features = 1e-4, energy = 1.0 }
    "#;

    /// One pair: a checkerboard, and the same with twice the contrast.
    fn pairs() -> Vec<Pair> {
        let checkers = |contrast: f32| {
            let value = |i: usize| 0.5 + contrast * ((i % 32 / 3 + i / 32 / 4) as f32 % 2.0 - 0.5);
            Planes::new(3, 40, 32, (0..3 * 40 * 32).map(value).collect()).unwrap()
        };
        vec![Pair {
            name: "checkers".into(),
            photo: checkers(0.3),
            reference: checkers(0.6),
        }]
    }

    fn rebuild() -> Rebuild {
        Rebuild::new(16, 10.0, &Device::flex())
    }

    fn train(trainer: &mut Trainer, until: usize, vgg: &Vgg16, config: &Config) -> Vec<Losses> {
        let device = Device::flex();
        (trainer.step..until)
            .map(|step| {
                let batch = data::sample(&pairs(), &config.sampling(), 5, step, &device);
                trainer.step(batch, vgg, &rebuild(), config).unwrap()
            })
            .collect()
    }

    #[test]
    fn a_resumed_run_goes_on_as_an_uninterrupted_one() {
        let device = Device::flex();
        let config = Config::parse(RECIPE).unwrap();
        let vgg = Vgg16::new(&Formula::vgg16(), &device).unwrap();
        // One network for both: the random state of the device is shared by all tests that run at this time.
        let net = Trainer::new(8, 5, &device).net;
        let mut whole = Trainer::from_net(net.clone());
        let expected = train(&mut whole, 6, &vgg, &config);

        let run = tempfile::tempdir().unwrap();
        let mut first = Trainer::from_net(net);
        train(&mut first, 3, &vgg, &config);
        checkpoint::save(run.path(), &first, 5).unwrap();
        let last = checkpoint::last(run.path()).unwrap().unwrap();
        assert!(last.load(8, 6, &device).is_err(), "another seed");
        let mut second = last.load(8, 5, &device).unwrap();
        assert_eq!(second.step, 3);
        let resumed = train(&mut second, 6, &vgg, &config);

        assert_eq!(resumed, expected[3..]);
        assert_eq!(second.net.valid().weights(), whole.net.valid().weights());
    }

    #[test]
    fn training_reduces_the_loss() {
        let device = Device::flex();
        let config = Config::parse(RECIPE).unwrap();
        let vgg = Vgg16::new(&Formula::vgg16(), &device).unwrap();
        let mut trainer = Trainer::new(8, 5, &device);
        let pixel: Vec<f32> = (0..200)
            .map(|_| {
                let batch = data::sample(&pairs(), &config.sampling(), 5, 0, &device);
                trainer
                    .step(batch, &vgg, &rebuild(), &config)
                    .unwrap()
                    .pixel
            })
            .collect();
        assert!(pixel[199] < 0.7 * pixel[0], "{pixel:?}");
    }

    #[test]
    fn a_loss_that_is_not_finite_stops_and_keeps_the_weights() {
        let device = Device::flex();
        let config = Config::parse(RECIPE).unwrap();
        let vgg = Vgg16::new(&Formula::vgg16(), &device).unwrap();
        let mut trainer = Trainer::new(8, 5, &device);
        let before = trainer.net.valid().weights();
        let mut broken = pairs();
        broken[0].reference.data.fill(f32::NAN);
        let batch = data::sample(&broken, &config.sampling(), 5, 0, &device);
        let error = trainer
            .step(batch, &vgg, &rebuild(), &config)
            .unwrap_err()
            .to_string();
        assert!(error.contains("the loss is NaN at step 0"), "{error}");
        assert_eq!(trainer.net.valid().weights(), before);
        assert_eq!(trainer.step, 0);
    }

    #[test]
    fn the_loss_table_is_cut_back_to_the_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("loss.csv");
        let rows = "step,learning_rate\n1,a\n2,b\n3,c\n";
        std::fs::write(&path, rows).unwrap();
        open_table(&path, 2).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(kept, ["1,a", "2,b"]);
    }
}
