//! `limn-trainer teach`: paints photos with a teacher, which gives the references that `fit` learns from.

mod style_network;
mod teacher;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{files::folder::paint_folder, filter::Parameters};
pub use teacher::Teacher;

/// Paint a folder of photos with a teacher network, a filter or a look, or by optimisation after paintings.
///
/// Photos that cannot be read are left out, and named at the end.
#[derive(Args)]
pub struct TeachArgs {
    /// Weights of a network (.safetensors: pytorch/examples TransformerNet or fast-style-transfer); the name of a filter
    /// or look, see `limn-trainer filter --help`; or, in quotes, `paint` and its options, see `limn-trainer paint --help`:
    /// "paint --vgg vgg19.safetensors --style starry_night.jpg".
    #[arg(long)]
    teacher: String,
    /// Folder of photos (PNG, JPEG, WebP).
    #[arg(long)]
    photos: PathBuf,
    /// Folder for the references; each gets its photo's name and the ending .png.
    #[arg(long)]
    output: PathBuf,
    /// Longest side of the references in pixels; smaller photos keep their size. Strokes have a fixed size in pixels,
    /// so this decides how large they are on a face.
    #[arg(long, default_value_t = 480)]
    size: usize,
    /// Leave photos out whose references are there already: go on after an interruption.
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    parameters: Parameters,
}

/// Least of `--size`: teacher networks need as much.
const MIN_SIZE: usize = limn_networks::FeedForward::MIN_SIDE;

/// Paints a folder of photos with a teacher.
///
/// # Errors
/// When the teacher cannot be used, no photo can be painted, or a picture cannot be written.
pub fn run(args: &TeachArgs) -> Result<()> {
    ensure!(
        args.size >= MIN_SIZE,
        "--size is {}, at least {MIN_SIZE} is needed",
        args.size
    );
    let here = Path::new("");
    let teacher = if args.parameters.0.is_empty() {
        Teacher::parse(&args.teacher, here)?
    } else {
        Teacher::open(&args.teacher, &args.parameters, here)?
    };
    paint_folder(
        &args.photos,
        &args.output,
        teacher.order(),
        args.resume,
        |photo| teacher.scaled(&photo, Some(args.size)),
        |photo| {
            let painted = teacher.paint(&photo, None)?;
            painted.context("this teacher paints no photos")
        },
    )
}
