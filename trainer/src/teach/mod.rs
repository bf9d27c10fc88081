//! `limn-trainer teach`: paints photos with a teacher, which gives the references that `fit` learns from.

mod style_network;
mod teacher;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::{files::folder::paint_folder, filter::Parameters};
pub use teacher::Teacher;

/// Paint a folder of photos with a teacher network, a filter or a look.
///
/// Photos that cannot be read are left out, and named at the end.
#[derive(Args)]
pub struct TeachArgs {
    /// Weights of a network (.safetensors: pytorch/examples TransformerNet or fast-style-transfer), or the name of a
    /// filter or look, see `limn-trainer filter --help`.
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
    let teacher = Teacher::open(&args.teacher, &args.parameters, Path::new(""))?;
    paint_folder(
        &args.photos,
        &args.output,
        teacher.order(),
        |photo| teacher.scaled(&photo, Some(args.size)),
        |photo| {
            let painted = teacher.paint(&photo, None)?;
            painted.context("this teacher paints no photos")
        },
    )
}
