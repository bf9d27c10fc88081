//! `limn-trainer filter`: one filter on an image or a folder of images.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::{Entry, Parameters, name_parser};
use crate::files::{
    folder::{Order, paint_folder},
    images,
};

/// Filter an image or a folder with a classical edge-aware filter or a look made of them.
#[derive(Args)]
pub struct FilterArgs {
    /// The filter or look, and the parameters that it has.
    #[arg(long, value_parser = name_parser())]
    filter: &'static Entry,
    /// An image (PNG, JPEG, WebP) or a folder of images.
    #[arg(long)]
    input: PathBuf,
    /// The image or folder to write; in a folder each image gets its photo's name and the ending .png.
    #[arg(long)]
    output: PathBuf,
    #[command(flatten)]
    parameters: Parameters,
}

/// Filters an image or a folder.
///
/// # Errors
/// When the filter has no such parameters, or a file cannot be read or written.
pub fn run(args: &FilterArgs) -> Result<()> {
    let filter = args.filter.filter(&args.parameters)?;
    ensure!(
        args.input.exists(),
        "there is no file or folder {}",
        args.input.display()
    );
    if args.input.is_dir() {
        return paint_folder(
            &args.input,
            &args.output,
            Order::Parallel,
            false,
            Ok,
            |photo| Ok(filter.paint(&photo)),
        );
    }
    let photo = images::load(&args.input)?;
    images::save(
        &args.output,
        &filter.paint(&photo.colours),
        photo.alpha.as_deref(),
    )
}
