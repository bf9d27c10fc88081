//! `limn-trainer fit`: learns a style from photo/reference pairs.

mod data;
mod derivative;
mod ground;
mod loss;
mod network;
mod objective;
mod painting;
mod rebuild;
mod task;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use burn::tensor::Device;
use clap::{Args, ValueEnum};
use limn::{
    ground::Ground,
    network::{Architecture, GradientNet},
    style::{Style, StyleMetadata, sha256_hex},
};

use crate::{
    files::{
        models,
        run_folder::{RunRecord, write_atomically},
        weights,
    },
    recipe::{Recipe, VariantConfig},
    run::{
        checkpoint::{self, Checkpoint},
        device::DeviceChoice,
        session::{Intervals, Session},
    },
};
use data::{Pair, PatchSource, Sampling};
use network::Network;
use objective::Objective;
use task::StyleTask;

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
    /// The style record to write (.bpk); without it, only the run folder is written.
    #[arg(long, required_unless_present = "run")]
    output: Option<PathBuf>,
    /// VGG-16 weights up to conv3_3 (.safetensors, keys `convB_C.weight` and `.bias`), for a recipe whose loss compares
    /// features.
    #[arg(long)]
    vgg: Option<PathBuf>,
    /// Folder for recipe, tables, loss curves, checkpoints and pictures [default: runs/ and the name of the output].
    #[arg(long)]
    run: Option<PathBuf>,
    /// Photos not learnt from, to validate on and to paint; needs --held-out-references. A recipe can also put a share
    /// of the photos aside for this.
    #[arg(long, requires = "held_out_references")]
    held_out_photos: Option<PathBuf>,
    /// Their references.
    #[arg(long, requires = "held_out_photos")]
    held_out_references: Option<PathBuf>,
    /// Go on from the run folder's last checkpoint.
    #[arg(long)]
    resume: bool,
    /// Start from the weights of an earlier record of the same kind instead of random ones.
    #[arg(long, conflicts_with = "resume")]
    initial: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Flex)]
    device: DeviceChoice,
    /// Seed of the initial weights, of the patches and of the validation split.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Steps between checkpoints.
    #[arg(long, default_value_t = 200, value_parser = at_least_one)]
    checkpoint_every: usize,
    /// Steps between validations.
    #[arg(long, default_value_t = 200, value_parser = at_least_one)]
    validate_every: usize,
    /// Steps between sample pictures.
    #[arg(long, default_value_t = 500, value_parser = at_least_one)]
    sample_every: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 is needed".into()),
        Ok(value) => Ok(value),
        Err(error) => Err(format!("{error}")),
    }
}

/// Trains a style, and writes its record and run folder.
///
/// # Errors
/// When the recipe, a pair, the weights or a checkpoint cannot be used, the loss is not finite, or a file cannot be
/// written.
pub fn run(args: &FitArgs) -> Result<()> {
    let recipe = Recipe::load(&args.config)?;
    let is_variant = recipe.variant != VariantConfig::default();
    ensure!(
        !(is_variant && (args.output.is_some() || args.initial.is_some())),
        "the recipe's [variant] has no style record: leave --output and --initial out, and give --run"
    );
    let run = run_folder(args)?;
    let device = args.device.open()?;
    ensure!(
        args.vgg.is_some() || !recipe.needs_vgg(),
        "the recipe's loss compares features of VGG-16: give --vgg"
    );
    let vgg = args.vgg.as_deref().filter(|_| recipe.needs_vgg());
    let vgg = vgg
        .map(|path| weights::load_vgg16(path, &device))
        .transpose()?;
    let data = load_data(args, &recipe)?;
    let last = last_checkpoint(args, &run)?;
    let ground = recipe.style.ground.then(|| ground::of_pairs(&data.pairs));
    let mut task = StyleTask::new(
        first_net(args, &recipe, &device)?,
        Objective::new(vgg, &recipe, ground.unwrap_or(Ground::PHOTO), &device),
        &recipe,
        &data.held_out,
        args.seed,
        device,
    );
    let first = match last {
        Some(last) => last.load(&mut task, args.seed)?,
        None => 0,
    };
    std::fs::create_dir_all(&run).with_context(|| format!("cannot create {}", run.display()))?;
    describe(args, &data, first, &run)?;

    let session = Session {
        run: &run,
        seed: args.seed,
        steps: recipe.training.steps,
        every: Intervals {
            checkpoint: args.checkpoint_every,
            validation: args.validate_every,
            samples: args.sample_every,
        },
    };
    let patches = PatchSource {
        pairs: &data.pairs,
        sampling: Sampling::new(&recipe),
        seed: args.seed,
    };
    let steps = session.train(&mut task, first, &patches)?;
    match (&args.output, task.inner().gradient_net()) {
        (Some(output), Some(net)) => write_record(output, &net, steps, &recipe, ground),
        _ => Ok(()),
    }
}

fn run_folder(args: &FitArgs) -> Result<PathBuf> {
    match (&args.run, &args.output) {
        (Some(run), _) => Ok(run.clone()),
        (None, Some(output)) => {
            let name = output
                .file_stem()
                .with_context(|| format!("{} is no file name", output.display()))?;
            Ok(Path::new("runs").join(name))
        }
        (None, None) => bail!("neither --output nor --run is given"),
    }
}

/// What is learnt from, what is not, and what could not be read.
struct TrainingData {
    pairs: Vec<Pair>,
    held_out: Vec<Pair>,
    /// Names.
    skipped: Vec<String>,
}

fn load_data(args: &FitArgs, recipe: &Recipe) -> Result<TrainingData> {
    let found = data::load_pairs(&args.photos, &args.references)?;
    let (mut pairs, mut skipped) = (found.pairs, found.skipped);
    let held_out = match (&args.held_out_photos, &args.held_out_references) {
        (Some(photos), Some(references)) => {
            ensure!(
                recipe.training.validation == 0.0,
                "the recipe's training.validation puts pairs aside; it cannot be used with --held-out-photos"
            );
            let found = data::load_pairs(photos, references)?;
            skipped.extend(found.skipped);
            found.pairs
        }
        _ => data::split_off(&mut pairs, recipe.training.validation, args.seed),
    };
    ensure!(
        !pairs.is_empty(),
        "no pair is left to learn from after training.validation took its share"
    );
    if !skipped.is_empty() {
        let reasons: Vec<&str> = skipped.iter().map(|(_, reason)| reason.as_str()).collect();
        eprintln!(
            "skipped {} of {} pairs: {}",
            skipped.len(),
            skipped.len() + pairs.len() + held_out.len(),
            reasons.join("; ")
        );
    }
    let window = Sampling::new(recipe).window();
    for pair in pairs.iter().chain(&held_out) {
        ensure!(
            pair.photo.width >= window && pair.photo.height >= window,
            "the pair {} is {}×{}; patch and context of this recipe need {window}×{window}",
            pair.name,
            pair.photo.width,
            pair.photo.height
        );
    }
    Ok(TrainingData {
        pairs,
        held_out,
        skipped: skipped.into_iter().map(|(name, _)| name).collect(),
    })
}

/// The checkpoint to go on from, where that is asked for.
fn last_checkpoint(args: &FitArgs, run: &Path) -> Result<Option<Checkpoint>> {
    match (checkpoint::last(run)?, args.resume) {
        (None, true) => bail!("there is no checkpoint in {} to resume", run.display()),
        (Some(last), false) => bail!(
            "{} holds a run of {} steps already; use --resume, another --run, or remove it",
            run.display(),
            last.step
        ),
        (last, _) => Ok(last),
    }
}

/// The network with the weights of `--initial`, or with random ones.
fn first_net(args: &FitArgs, recipe: &Recipe, device: &Device) -> Result<Network> {
    let network = recipe.style.network();
    let Some(path) = &args.initial else {
        return Ok(Network::seeded(network, &recipe.variant, args.seed, device));
    };
    let style = models::load(path)?;
    let kind = |network: Architecture| {
        let colours = if network.colours { " with colours" } else { "" };
        format!("width {}{colours}", network.width)
    };
    ensure!(
        style.metadata.network() == network,
        "{} has {}, the recipe {}",
        path.display(),
        kind(style.metadata.network()),
        kind(network)
    );
    Ok(GradientNet::from_style(&style, &device.clone().autodiff()).into())
}

/// Copies the recipe and writes down everything else that the weights depend on.
fn describe(args: &FitArgs, data: &TrainingData, step: usize, run: &Path) -> Result<()> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    write_atomically(&run.join("config.toml"), &read(&args.config)?)?;
    let device = args.device.to_possible_value();
    let path = |path: &PathBuf| path.display().to_string();
    RunRecord {
        program: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        seed: args.seed,
        device: device.map_or_else(String::new, |device| device.get_name().to_owned()),
        photos: path(&args.photos),
        references: path(&args.references),
        initial: args.initial.as_ref().map(path),
        vgg_sha256: (args.vgg.as_deref().map(read).transpose()?).map(|bytes| sha256_hex(&bytes)),
        pairs: data.pairs.len(),
        held_out: data.held_out.iter().map(|p| p.name.clone()).collect(),
        skipped: data.skipped.clone(),
        started_at: vec![step],
    }
    .write(run)
}

fn write_record(
    path: &Path,
    net: &GradientNet,
    steps: usize,
    recipe: &Recipe,
    ground: Option<Ground>,
) -> Result<()> {
    let style = Style {
        metadata: StyleMetadata {
            version: limn::style::VERSION,
            name: recipe.style.name.clone(),
            title: recipe.style.title.clone(),
            width: recipe.style.width,
            lambda: recipe.style.lambda,
            trained_size: recipe.style.trained_size,
            teacher: recipe.style.teacher.clone(),
            data: recipe.style.data.clone(),
            licence: recipe.style.licence.clone(),
            steps,
            recipe: recipe.summary(),
            ground,
            medium: recipe.style.medium,
            colours: recipe.style.colours,
        },
        layers: net.weights(),
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    write_atomically(path, &style.to_bytes()?)
}
