//! `limn-trainer filter`: one filter on an image or a folder of images.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::{Filter, Name, Parameters};
use crate::{files::images, teach};

/// Filter an image or a folder with a classical edge-aware filter or a look made of them.
#[derive(Args)]
pub struct FilterArgs {
    /// The filter or look, and the parameters that it has.
    #[arg(long, value_enum)]
    filter: Name,
    /// An image (PNG, JPEG, WebP) or a folder of images.
    #[arg(long)]
    input: PathBuf,
    /// The image or folder to write; in a folder each image gets its photo's name and the ending .png.
    #[arg(long)]
    output: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
}

pub fn run(args: &FilterArgs) -> Result<()> {
    let filter = Filter::new(args.filter, &args.parameters)?;
    ensure!(
        args.input.exists(),
        "there is no file or folder {}",
        args.input.display()
    );
    if args.input.is_dir() {
        let order = teach::Order::Parallel;
        return teach::paint_folder(&args.input, &args.output, order, Ok, |photo| {
            filter.apply(&photo)
        });
    }
    let photo = images::load(&args.input)?;
    images::save(
        &args.output,
        &filter.apply(&photo.colours),
        photo.alpha.as_deref(),
    )
}
