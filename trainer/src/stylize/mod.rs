//! `limn-trainer stylize`: paints an image, a folder of images, or a video with a trained style.

mod painter;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use limn::{Options, Planes, engine::Engine};

use crate::{
    files::{images, models, npy, video},
    progress, recipe,
};
use painter::Painter;

/// Paint an image, a folder or a video.
#[derive(Args)]
pub struct StylizeArgs {
    /// The style record (.bpk).
    #[arg(long)]
    model: PathBuf,
    /// An image (PNG, JPEG, WebP), a folder of images, or a video (anything ffmpeg reads).
    #[arg(long)]
    input: PathBuf,
    /// The image, folder or video to write.
    #[arg(long)]
    output: PathBuf,
    /// Strength of the style, 0 (the photo) to 1.5.
    #[arg(long, default_value_t = 1.0)]
    strength: f32,
    /// Weight λ of the style's gradients against the photo's colours, 0 to 1000 [default: the style's own].
    #[arg(long)]
    lambda: Option<f32>,
    /// How far colours are the style's, 0 (the photo's own) to 1.
    #[arg(long, default_value_t = 1.0)]
    colour: f32,
    /// How far the picture shows what it is painted on, 0 (not at all) to 1.
    #[arg(long, default_value_t = 1.0)]
    texture: f32,
    /// A medium to paint on in place of the style's own: a TOML file with the keys of a recipe's table `[style.medium]`.
    #[arg(long, value_name = "FILE")]
    medium: Option<PathBuf>,
    /// What computes.
    #[arg(long, value_enum, default_value_t = EngineChoice::Cpu)]
    engine: EngineChoice,
    /// A second style record, mixed in.
    #[arg(long, value_name = "MODEL")]
    mix: Option<PathBuf>,
    /// Share of the second style, 0 (the first alone) to 1 (the second alone).
    #[arg(long, requires = "mix", default_value_t = 0.5)]
    mix_amount: f32,
    /// Longest side in pixels at which the network runs and the picture is rebuilt, and so the size of the strokes
    /// [default: the size that the style was learnt at].
    #[arg(long)]
    working_size: Option<usize>,
    /// Also write input.npy, gradient.npy, styled_gradient.npy and result.npy (float32, `[C, H, W]`) to this folder;
    /// for a single image. They are what the method computes, at the working size.
    #[arg(long)]
    dump: Option<PathBuf>,
}

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    /// Limn's own kernels on the CPU.
    Cpu,
    /// Limn's own kernels on the GPU, by Vulkan, Metal or DirectX 12.
    Gpu,
}

/// Paints an image, a folder or a video.
///
/// # Errors
/// When an option is out of its range, the record cannot be used, the engine does not start or fails, or a file cannot
/// be read or written.
pub fn run(args: &StylizeArgs) -> Result<()> {
    let mut style = models::load(&args.model)?;
    if let Some(path) = &args.medium {
        style.metadata.medium = Some(recipe::load_medium(path)?);
    }
    let second = args.mix.as_deref().map(models::load).transpose()?;
    let options = Options {
        strength: args.strength,
        lambda: args.lambda.unwrap_or(style.metadata.lambda),
        mix: args.mix_amount,
        colour: args.colour,
        texture: args.texture,
        working_size: args.working_size.unwrap_or(0),
    };
    check_range("--strength", options.strength, Options::MAX_STRENGTH)?;
    check_range("--lambda", options.lambda, Options::MAX_LAMBDA)?;
    check_range("--mix-amount", options.mix, 1.0)?;
    check_range("--colour", options.colour, 1.0)?;
    check_range("--texture", options.texture, 1.0)?;
    ensure!(
        args.working_size != Some(0),
        "--working-size is 0, at least 1 is needed"
    );
    ensure!(
        args.input.exists(),
        "there is no file or folder {}",
        args.input.display()
    );
    let is_folder = args.input.is_dir();
    let is_video = !is_folder && !images::has_image_extension(&args.input);
    ensure!(
        args.dump.is_none() || !(is_folder || is_video),
        "--dump works with a single image"
    );
    if is_video {
        // Before the engine starts: a document that is neither is the likelier mistake.
        video::probe(&args.input)?;
    }
    let styles = (&style, second.as_ref());
    match args.engine {
        EngineChoice::Cpu => paint(args, &mut Painter::new(painter::cpu(), styles, options)?),
        EngineChoice::Gpu => paint(args, &mut Painter::new(painter::gpu()?, styles, options)?),
    }
}

fn paint(args: &StylizeArgs, painter: &mut Painter<impl Engine>) -> Result<()> {
    if args.input.is_dir() {
        paint_folder(painter, &args.input, &args.output)
    } else if images::has_image_extension(&args.input) {
        paint_image(painter, &args.input, &args.output)?;
        match &args.dump {
            Some(folder) => dump(painter, &args.input, folder),
            None => Ok(()),
        }
    } else {
        video::paint(&args.input, &args.output, |frame| painter.paint(frame))
    }
}

fn check_range(name: &str, value: f32, max: f32) -> Result<()> {
    ensure!(
        (0.0..=max).contains(&value),
        "{name} is {value}, 0 to {max} is possible"
    );
    Ok(())
}

fn paint_image(painter: &mut Painter<impl Engine>, input: &Path, output: &Path) -> Result<()> {
    let mut photo = images::load_rgba8(input)?;
    painter
        .paint(&mut photo)
        .with_context(|| format!("cannot paint {}", input.display()))?;
    images::save_rgba8(output, photo)
}

fn paint_folder(painter: &mut Painter<impl Engine>, input: &Path, output: &Path) -> Result<()> {
    let paths = images::list(input)?;
    if output.is_file() {
        bail!("{} is a file, a folder is needed", output.display());
    }
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot create {}", output.display()))?;
    let bar = progress::bar(paths.len() as u64, "images");
    for path in &paths {
        let name = path.file_stem().unwrap_or_default();
        let mut file_name = name.to_os_string();
        file_name.push(".png");
        paint_image(painter, path, &output.join(file_name))?;
        bar.inc(1);
    }
    bar.finish();
    Ok(())
}

/// Writes the arrays of an image.
fn dump(painter: &mut Painter<impl Engine>, input: &Path, folder: &Path) -> Result<()> {
    let arrays = painter.arrays(&images::load_rgba8(input)?)?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    let named: [(&str, &Planes); 4] = [
        ("input", &arrays.input),
        ("gradient", &arrays.gradient),
        ("styled_gradient", &arrays.styled_gradient),
        ("result", &arrays.result),
    ];
    for (name, planes) in named {
        let path = folder.join(name).with_extension("npy");
        std::fs::write(&path, npy::encode(planes))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
