//! `limn-trainer teach`: paints photos with a teacher network, which gives the references that `fit` learns from.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use clap::Args;
use limn::stylize::working_size;

use crate::{images, progress, teacher::Teacher};

/// Paint a folder of photos with a teacher network.
#[derive(Args)]
pub struct TeachArgs {
    /// Weights of the teacher (.safetensors): pytorch/examples TransformerNet or fast-style-transfer.
    #[arg(long)]
    teacher: PathBuf,
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
}

/// A quarter of it must still be wider than the networks' reflected borders.
const MIN_SIDE: usize = 16;

pub fn run(args: &TeachArgs) -> Result<()> {
    ensure!(
        args.size >= 16,
        "--size is {}, at least 16 is needed",
        args.size
    );
    let device = Device::flex();
    let teacher = Teacher::load(&args.teacher, &device)?;
    let photos = images::list(&args.photos)?;
    std::fs::create_dir_all(&args.output)
        .with_context(|| format!("cannot create {}", args.output.display()))?;
    let bar = progress::bar(photos.len() as u64, "photos");
    for path in &photos {
        let photo = images::load(path)?.colours;
        ensure!(
            photo.width >= MIN_SIDE && photo.height >= MIN_SIDE,
            "{} is {}×{}; teachers need {MIN_SIDE} pixels each way",
            path.display(),
            photo.width,
            photo.height
        );
        let (width, height) = working_size(photo.width, photo.height, Some(args.size));
        let (width, height) = (width.max(MIN_SIDE), height.max(MIN_SIDE));
        let reference = teacher.paint(&photo.resized(width, height), &device);
        let name = path.file_stem().unwrap_or_default();
        images::save(
            &args.output.join(name).with_extension("png"),
            &reference,
            None,
        )?;
        bar.inc(1);
    }
    bar.finish();
    Ok(())
}
