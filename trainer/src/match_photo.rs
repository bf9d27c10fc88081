//! `limn-trainer match`: a picture in the light and colours of another one (see [`limn::transfer`]).

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use image::RgbaImage;
use limn::transfer::{Transfer, sample};

use crate::files::images;

/// Give a picture the light and colours of another one.
///
/// Both may be photos or paintings. No edge moves: each colour becomes another, at the picture's full size.
#[derive(Args)]
pub struct MatchArgs {
    /// The picture (PNG, JPEG, WebP).
    #[arg(long)]
    content: PathBuf,
    /// Whose light and colours it takes.
    #[arg(long)]
    reference: PathBuf,
    /// Its like in those colours; the ending chooses PNG, JPEG or WebP.
    #[arg(long)]
    output: PathBuf,
    /// How far it goes, 0 (the picture as it is) to 1.
    #[arg(long, default_value_t = 1.0)]
    strength: f32,
}

/// Writes the picture.
///
/// # Errors
/// When the strength is out of its range, or a file cannot be read or written.
pub fn run(args: &MatchArgs) -> Result<()> {
    ensure!(
        (0.0..=1.0).contains(&args.strength),
        "--strength is {}, 0 to 1 is possible",
        args.strength
    );
    let colours = |picture: &RgbaImage| {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        sample(picture, width, height)
    };
    let reference = colours(&images::load_rgba8(&args.reference)?)?;
    let mut photo = images::load_rgba8(&args.content)?;
    let table = Transfer::between(&colours(&photo)?, &reference).table(args.strength);
    table.apply(&mut photo);
    images::save_rgba8(&args.output, photo)
}
