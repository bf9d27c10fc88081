//! Thumbnails: the face of one of the project's portraits in a style, as a small square JPEG.

use std::path::Path;

use anyhow::{Context, Result, bail};
use image::{DynamicImage, RgbImage, codecs::jpeg::JpegEncoder, imageops::FilterType};
use limn::{
    Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, Slot},
    style::{Style, StyleMetadata},
};

use crate::files::{images, models::Listed};

/// Side of a thumbnail, in pixels: twice what the page shows, for dense screens.
const SIDE: u32 = 168;
/// Side at which it is painted, network and medium included. Smaller than styles are learnt at, so that strokes and dots can
/// be told apart.
const PAINTED_SIDE: u32 = 252;
/// What one may weigh, in bytes: the gallery shows more than a dozen, and a screen of dots packs badly.
const MAX_BYTES: usize = 4864;
/// The face in the portrait: left, top and side, as shares of its width.
const FACE: [f32; 3] = [0.14, 0.13, 0.76];

/// Paints `portrait` in `style` and writes `folder/thumbnails/NAME.jpg`.
///
/// # Errors
/// When the portrait cannot be read, or the thumbnail not be written or not be made small enough.
pub fn paint(style: &Style, portrait: &Path, folder: &Path) -> Result<Listed> {
    let StyleMetadata { name, lambda, .. } = &style.metadata;
    let face = face(&images::load(portrait)?.colours)?;
    let mut engine = CpuEngine::new();
    engine.set_style(Slot::First, Some(style))?;
    engine.set_photo(&face)?;
    let painted = pollster::block_on(engine.paint(&Options {
        lambda: *lambda,
        working_size: PAINTED_SIDE as usize,
        ..Options::default()
    }))?;
    let small = to_image(&painted)?.resize_exact(SIDE, SIDE, FilterType::CatmullRom);
    let bytes = encode(&small)?;
    let file = format!("thumbnails/{name}.jpg");
    let path = folder.join(&file);
    std::fs::create_dir_all(folder.join("thumbnails"))
        .and_then(|()| std::fs::write(&path, &bytes))
        .with_context(|| format!("cannot write the thumbnail {}", path.display()))?;
    Ok(Listed::new(file, &bytes))
}

/// The face of `portrait`, `[3, PAINTED_SIDE, PAINTED_SIDE]`.
fn face(portrait: &Planes) -> Result<Planes> {
    let [left, top, side] = FACE.map(|share| (share * portrait.width as f32) as u32);
    let crop = to_image(portrait)?.crop_imm(left, top, side, side);
    let scaled = crop.resize_exact(PAINTED_SIDE, PAINTED_SIDE, FilterType::CatmullRom);
    let side = PAINTED_SIDE as usize;
    Ok(Planes::from_rgba8(scaled.to_rgba8().as_raw(), side, side)?)
}

fn to_image(colours: &Planes) -> Result<DynamicImage> {
    let rgb = colours
        .to_rgba8()
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let picture = RgbImage::from_raw(colours.width as u32, colours.height as u32, rgb);
    Ok(picture.context("pixels and size disagree")?.into())
}

/// The best JPEG that weighs no more than [`MAX_BYTES`].
fn encode(picture: &DynamicImage) -> Result<Vec<u8>> {
    for quality in (10..=90).rev().step_by(5) {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
        if bytes.len() <= MAX_BYTES {
            return Ok(bytes);
        }
    }
    bail!("a thumbnail of {SIDE} pixels does not fit into {MAX_BYTES} bytes")
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_thumbnail_keeps_within_its_weight_even_of_noise() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let noise = RgbImage::from_fn(SIDE, SIDE, |_, _| image::Rgb(random.random()));
        let flat = RgbImage::from_pixel(SIDE, SIDE, image::Rgb([200, 120, 90]));
        let [noise, flat] = [noise, flat].map(|p| encode(&p.into()).map(|bytes| bytes.len()));
        assert!(noise.map_or(true, |length| length <= MAX_BYTES));
        assert!(flat.unwrap() < 2000);
    }
}
