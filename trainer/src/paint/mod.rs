//! `limn-trainer paint`: paints a photo by optimising its pixels until features of a network are like a painting's, with no
//! training before.

mod gram;
mod luminance;
mod minimise;
mod objective;
mod painter;
mod patches;
mod recipe;
pub mod study;
#[cfg(test)]
mod test_pictures;

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use limn::{Planes, options::fit, style::sha256_hex};
use limn_networks::vgg::{Kind, Vgg};
use serde::Serialize;

use crate::{
    files::{
        images::{self, Photo},
        weights,
    },
    progress,
    run::device::DeviceChoice,
};
use minimise::Optimiser;
use objective::{StylePicture, Styles, Terms};
pub use painter::Painter;
use recipe::{Blend, Preset, Recipe, Start, Texture};

/// Paint a photo like one or several paintings, by optimisation.
///
/// Takes some minutes a picture and no training. An interrupt (Ctrl-C) ends it with the best picture so far.
#[derive(Args)]
pub struct PaintArgs {
    /// The photo (PNG, JPEG, WebP).
    #[arg(long)]
    content: PathBuf,
    /// The image to write.
    #[arg(long)]
    output: PathBuf,
    /// Longest side of the painting in pixels; smaller photos keep their size. Strokes have a fixed size in pixels.
    #[arg(long, default_value_t = 384)]
    size: usize,
    #[command(flatten)]
    how: HowArgs,
    /// A grey picture laid over the photo: the first style paints where it is white, the second where it is black.
    #[arg(long, value_name = "IMAGE", conflicts_with = "shares")]
    content_mask: Option<PathBuf>,
    /// A picture to start from, of any size: an unfinished painting, or a sketch. Small levels are left out then.
    #[arg(long, value_name = "IMAGE", conflicts_with = "start")]
    start_from: Option<PathBuf>,
    /// Also write the loss of each evaluation to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    losses: Option<PathBuf>,
}

/// In which styles, and how: what `paint` and a teacher of that name share.
#[derive(Args, Clone, Debug)]
pub struct HowArgs {
    /// A painting to take the style from; give several to blend them.
    #[arg(long, required = true)]
    style: Vec<PathBuf>,
    /// Weights of the network (.safetensors): VGG-19 or VGG-16 up to the last layer that is looked at.
    #[arg(long, value_name = "FILE")]
    vgg: PathBuf,
    /// Named settings; the options below change them one by one.
    #[arg(long, value_enum, default_value_t = Preset::Best)]
    preset: Preset,
    /// Which network the weights are of [default: the preset's].
    #[arg(long, value_enum)]
    network: Option<NetworkChoice>,
    /// Longest side of the style pictures relative to the painting's: below 1 strokes are finer.
    #[arg(long, default_value_t = 1.0)]
    style_scale: f64,
    /// A grey picture laid over each style, in their order: only what is white there counts.
    #[arg(long, value_name = "IMAGE")]
    style_mask: Vec<PathBuf>,
    /// What several styles come to.
    #[arg(long, value_enum, default_value_t = Blend::Mixed)]
    blend: Blend,
    /// Shares of the styles, relative to each other: `2,1` [default: equal].
    #[arg(long, value_delimiter = ',')]
    shares: Vec<f64>,
    /// Paint the photo's luminance alone, and keep its colours.
    #[arg(long)]
    luminance: bool,
    /// What the pixels start as [default: the preset's].
    #[arg(long, value_enum)]
    start: Option<StartChoice>,
    /// Evaluations on each level of the pyramid [default: the preset's].
    #[arg(long)]
    evaluations: Option<usize>,
    /// Levels of the pyramid, each half as large as the next [default: the preset's].
    #[arg(long)]
    levels: Option<usize>,
    /// What optimises [default: the preset's].
    #[arg(long, value_enum)]
    optimiser: Option<OptimiserChoice>,
    /// Its rate [default: 1 for L-BFGS, in its own steps; 0.02 for Adam, in units of the pixels' range].
    #[arg(long)]
    rate: Option<f64>,
    /// Pairs that L-BFGS remembers.
    #[arg(long, default_value_t = 100)]
    history: usize,
    /// Layers whose features are held to the photo's: `conv3_1,conv3_2` [default: the preset's].
    #[arg(long)]
    content_layers: Option<String>,
    /// Layers whose Gram matrices are held to the styles' [default: the preset's].
    #[arg(long)]
    style_layers: Option<String>,
    /// Weight of the content term [default: the preset's].
    #[arg(long)]
    content_weight: Option<f64>,
    /// Weight of the style term [default: the preset's].
    #[arg(long)]
    style_weight: Option<f64>,
    /// Weight of the square of the pixels [default: the preset's].
    #[arg(long)]
    size_weight: Option<f64>,
    /// Weight of the squared differences of neighbouring pixels [default: the preset's].
    #[arg(long)]
    variation_weight: Option<f64>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = DeviceChoice::Flex)]
    device: DeviceChoice,
}

/// `--network`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum NetworkChoice {
    Vgg16,
    Vgg19,
    VggFace,
}

/// `--start`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum StartChoice {
    Content,
    Noise,
}

/// `--optimiser`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum OptimiserChoice {
    /// L-BFGS with steps of a fixed rate.
    Lbfgs,
    /// L-BFGS with a search by the strong Wolfe conditions.
    LbfgsWolfe,
    Adam,
}

/// The file of `--losses`.
#[derive(Serialize)]
struct LossLog<'a> {
    seconds: f64,
    evaluations: &'a [Terms],
}

/// Paints a photo.
///
/// # Errors
/// When a file cannot be read, written or used, an option is out of its range, or the loss becomes infinite; what was
/// painted before that is written.
pub fn run(args: &PaintArgs) -> Result<()> {
    ensure!(args.size > 0, "--size is 0, at least 1 is needed");
    // Better found before the minutes of work than after them.
    check_output(&args.output)?;
    let content = images::load(&args.content)?;
    let mut painter = args.how.painter(Path::new(""))?;
    if let Some(path) = &args.content_mask {
        ensure!(
            args.how.style.len() <= 2,
            "--content-mask divides the photo between two styles, {} are given",
            args.how.style.len()
        );
        ensure!(
            painter.recipe.texture == Texture::Gram,
            "--content-mask needs Gram matrices, and this preset has none"
        );
        painter.styles = Styles::Regions(mask(path)?);
    }
    let start = args.start_from.as_deref().map(images::load).transpose()?;
    let start = start.map(|start| start.colours);
    let (width, height) = fit(content.colours.width, content.colours.height, args.size);
    let photo = content.colours.resized(width, height);
    let alpha = resized_alpha(&content, width, height);

    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))
        .context("cannot listen for interrupts")?;
    let total = painter.evaluations(&photo, start.as_ref());
    let bar = progress::bar(total as u64, "evaluations");
    let started = Instant::now();
    let painting = painter.paint(&photo, start.as_ref(), |count, terms| {
        bar.set_position(count as u64);
        bar.set_message(format!("loss {:.4e}", terms.total()));
        !INTERRUPTED.load(Ordering::Relaxed)
    })?;
    bar.finish();
    images::save(&args.output, &painting.picture, alpha.as_deref())?;
    if let Some(path) = &args.losses {
        let log = LossLog {
            seconds: started.elapsed().as_secs_f64(),
            evaluations: &painting.terms,
        };
        std::fs::write(path, serde_json::to_string_pretty(&log)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let (count, output) = (painting.terms.len(), args.output.display());
    if let Some(failure) = painting.failure {
        return Err(failure.context(format!(
            "the painting stopped after {count} evaluations; {output} holds the best picture before"
        )));
    }
    if INTERRUPTED.load(Ordering::Relaxed) {
        bail!(
            "interrupted after {count} of {total} evaluations; {output} holds the best picture so far, go on from it with \
             --start-from"
        );
    }
    Ok(())
}

/// Fails where no image can be written to `path`.
fn check_output(path: &Path) -> Result<()> {
    ensure!(
        images::has_image_extension(path),
        "{} does not end in .png, .jpg, .jpeg or .webp",
        path.display()
    );
    if let Some(folder) = path.parent()
        && !folder.as_os_str().is_empty()
    {
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    }
    Ok(())
}

/// The alpha channel of `photo`, if it has one, at another size.
fn resized_alpha(photo: &Photo, width: usize, height: usize) -> Option<Vec<u8>> {
    let alpha = photo.alpha.as_ref()?;
    let alpha = Planes {
        channels: 1,
        height: photo.colours.height,
        width: photo.colours.width,
        data: alpha.iter().map(|a| f32::from(*a)).collect(),
    };
    let alpha = alpha.resized(width, height);
    Some(alpha.data.iter().map(|a| a.round() as u8).collect())
}

impl HowArgs {
    /// A digest of the contents of all files that are named.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn digest(&self, folder: &Path) -> Result<String> {
        let mut digests = String::new();
        let files = [&self.vgg].into_iter().chain(&self.style);
        for path in files.chain(&self.style_mask) {
            let path = folder.join(path);
            let bytes =
                std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            digests += &sha256_hex(&bytes);
        }
        Ok(sha256_hex(digests.as_bytes()))
    }

    /// A painter; files are found in `folder`, unless their paths are absolute.
    ///
    /// # Errors
    /// When one cannot be read or used, or an option is out of its range.
    pub fn painter(&self, folder: &Path) -> Result<Painter> {
        let (how, styles) = (self, &self.style);
        let recipe = how.recipe()?;
        ensure!(
            how.style_scale.is_finite() && (0.1..=10.0).contains(&how.style_scale),
            "--style-scale is {}, 0.1 to 10 is possible",
            how.style_scale
        );
        ensure!(
            how.shares.is_empty() || how.shares.len() == styles.len(),
            "--shares are {}, for {} styles",
            how.shares.len(),
            styles.len()
        );
        ensure!(
            how.shares
                .iter()
                .all(|share| *share > 0.0 && share.is_finite()),
            "--shares must be above 0"
        );
        ensure!(
            how.style_mask.len() <= styles.len(),
            "there are more style masks ({}) than styles ({})",
            how.style_mask.len(),
            styles.len()
        );
        ensure!(
            recipe.texture == Texture::Gram
                || (how.style_mask.is_empty()
                    && how.shares.is_empty()
                    && how.blend == Blend::Mixed),
            "--style-mask, --shares and --blend need Gram matrices, and this preset has none"
        );
        let device = how.device.open()?;
        let file = weights::load(&folder.join(&how.vgg))?;
        let vgg = Vgg::new(recipe.network, &recipe.taps(), &file, &device).with_context(|| {
            format!(
                "{} does not hold the layers of {:?} that are looked at",
                how.vgg.display(),
                recipe.network
            )
        })?;
        let pictures = styles
            .iter()
            .enumerate()
            .map(|(i, path)| {
                Ok(StylePicture {
                    picture: images::load(&folder.join(path))?.colours,
                    mask: how
                        .style_mask
                        .get(i)
                        .map(|path| mask(&folder.join(path)))
                        .transpose()?,
                    weight: how.shares.get(i).copied().unwrap_or(1.0),
                })
            })
            .collect::<Result<_>>()?;
        Ok(Painter {
            vgg,
            recipe,
            pictures,
            styles: Styles::Blended(how.blend),
            luminance: how.luminance,
            style_scale: how.style_scale,
            seed: how.seed,
            device,
        })
    }

    /// The preset with the options that were given.
    fn recipe(&self) -> Result<Recipe> {
        let how = self;
        let mut recipe = how.preset.recipe();
        if let Some(network) = how.network {
            recipe.network = match network {
                NetworkChoice::Vgg16 => Kind::Vgg16,
                NetworkChoice::Vgg19 => Kind::Vgg19,
                NetworkChoice::VggFace => Kind::VggFace,
            };
        }
        if let Some(names) = &how.content_layers {
            recipe.content = Recipe::taps_named(recipe.network, names, &recipe.content)?;
        }
        if let Some(names) = &how.style_layers {
            recipe.style = Recipe::taps_named(recipe.network, names, &recipe.style)?;
        }
        for (name, weight, given) in [
            ("content", &mut recipe.content_weight, how.content_weight),
            ("style", &mut recipe.style_weight, how.style_weight),
            ("size", &mut recipe.size_weight, how.size_weight),
            (
                "variation",
                &mut recipe.variation_weight,
                how.variation_weight,
            ),
        ] {
            if let Some(given) = given {
                ensure!(
                    given >= 0.0 && given.is_finite(),
                    "--{name}-weight is {given}, it must be 0 or more"
                );
                *weight = given;
            }
        }
        if let Some(start) = how.start {
            recipe.start = match start {
                StartChoice::Content => Start::Content,
                StartChoice::Noise => Start::Noise,
            };
        }
        if let Some(evaluations) = how.evaluations {
            ensure!(evaluations > 0, "--evaluations is 0, at least 1 is needed");
            recipe.evaluations = evaluations;
        }
        if let Some(levels) = how.levels {
            ensure!(
                (1..=8).contains(&levels),
                "--levels is {levels}, 1 to 8 is possible"
            );
            recipe.levels = levels;
        }
        if let Some(rate) = how.rate {
            ensure!(
                rate > 0.0 && rate.is_finite(),
                "--rate is {rate}, it must be above 0"
            );
        }
        ensure!(how.history > 0, "--history is 0, at least 1 is needed");
        let lbfgs = |wolfe| Optimiser::Lbfgs {
            history: how.history,
            rate: how.rate.unwrap_or(1.0),
            wolfe,
        };
        recipe.optimiser = match how.optimiser.unwrap_or(OptimiserChoice::Lbfgs) {
            OptimiserChoice::Lbfgs => lbfgs(false),
            OptimiserChoice::LbfgsWolfe => lbfgs(true),
            OptimiserChoice::Adam => Optimiser::Adam {
                rate: how.rate.unwrap_or(0.02),
            },
        };
        Ok(recipe)
    }
}

/// A grey picture as `[1, H, W]` in [0, 1].
fn mask(path: &Path) -> Result<Planes> {
    let picture = images::load(path)?.colours;
    Ok(crate::metrics::structure::luma(&picture))
}
