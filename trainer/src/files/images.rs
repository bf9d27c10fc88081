//! Image files in and out: bounded decoding, EXIF orientation, alpha, and `[3, H, W]` planes.

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, RgbaImage, metadata::Orientation};
use limn::Planes;

/// Longest side that is decoded; larger files are refused before their pixels are read.
const MAX_SIDE: u32 = 20_000;
/// Memory one decode may take.
const MAX_DECODE_BYTES: u64 = 1 << 30;

/// A decoded photo: colours in [0, 1] as `[3, H, W]`, and its alpha channel where it has one that is not opaque.
pub struct Photo {
    pub colours: Planes,
    /// `width · height` values, or `None` for an opaque photo.
    pub alpha: Option<Vec<u8>>,
}

/// An image file as planes; see [`load_rgba8`].
///
/// # Errors
/// As [`load_rgba8`].
pub fn load(path: &Path) -> Result<Photo> {
    let rgba = load_rgba8(path)?;
    let alpha: Vec<u8> = rgba.pixels().map(|pixel| pixel[3]).collect();
    let (width, height) = (rgba.width() as usize, rgba.height() as usize);
    Ok(Photo {
        colours: Planes::from_rgba8(rgba.as_raw(), width, height)?,
        alpha: alpha.iter().any(|&a| a != 255).then_some(alpha),
    })
}

/// Decodes a PNG, JPEG or WebP file, told apart by content, and turns it upright by its EXIF orientation.
///
/// # Errors
/// When the file cannot be read, is no such image, is truncated, has no pixels, or is beyond the limits.
pub fn load_rgba8(path: &Path) -> Result<RgbaImage> {
    decode(path).with_context(|| format!("cannot read the image {}", path.display()))
}

fn decode(path: &Path) -> Result<RgbaImage> {
    let file = File::open(path)?;
    ensure!(file.metadata()?.len() > 0, "the file is empty");
    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format()?;
    if reader.format().is_none() {
        bail!("it is neither PNG, JPEG nor WebP");
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    ensure!(
        width > 0 && height > 0,
        "it has no pixels ({width}×{height})"
    );
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgba8())
}

/// Writes `[3, H, W]` colours, clamped to [0, 1]; the extension chooses PNG, JPEG or WebP. `alpha` is
/// kept; JPEG cannot hold one, so there the picture is laid on white.
///
/// # Errors
/// When the extension is unknown or the file cannot be written.
pub fn save(path: &Path, colours: &Planes, alpha: Option<&[u8]>) -> Result<()> {
    let mut rgba = colours.to_rgba8();
    for (pixel, alpha) in rgba.chunks_exact_mut(4).zip(alpha.into_iter().flatten()) {
        pixel[3] = *alpha;
    }
    let (width, height) = (colours.width as u32, colours.height as u32);
    save_rgba8(
        path,
        RgbaImage::from_raw(width, height, rgba).context("pixels and size disagree")?,
    )
}

/// Writes a picture; the extension chooses PNG, JPEG or WebP. Alpha is kept; JPEG cannot hold one, so there the picture is
/// laid on white.
///
/// # Errors
/// When the extension is unknown or the file cannot be written.
pub fn save_rgba8(path: &Path, mut picture: RgbaImage) -> Result<()> {
    ensure!(
        has_image_extension(path),
        "{} does not end in .png, .jpg, .jpeg or .webp",
        path.display()
    );
    let opaque = picture.pixels().all(|pixel| pixel[3] == 255);
    if !opaque && is_jpeg(path) {
        for pixel in picture.pixels_mut() {
            let alpha = u32::from(pixel[3]);
            for value in &mut pixel.0[..3] {
                *value = ((u32::from(*value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
            }
        }
    }
    let picture = DynamicImage::ImageRgba8(picture);
    let picture = if opaque || is_jpeg(path) {
        DynamicImage::ImageRgb8(picture.into_rgb8())
    } else {
        picture
    };
    picture
        .save(path)
        .with_context(|| format!("cannot write the image {}", path.display()))
}

fn is_jpeg(path: &Path) -> bool {
    extension(path).is_some_and(|e| e == "jpg" || e == "jpeg")
}

fn extension(path: &Path) -> Option<String> {
    Some(path.extension()?.to_str()?.to_ascii_lowercase())
}

/// Whether the file name ends like an image that [`load`] reads.
pub fn has_image_extension(path: &Path) -> bool {
    extension(path).is_some_and(|e| ["png", "jpg", "jpeg", "webp"].contains(&e.as_str()))
}

/// The images directly inside `folder`, sorted by name.
///
/// # Errors
/// When the folder cannot be read or holds no image.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() && has_image_extension(&path) {
            paths.push(path);
        }
    }
    ensure!(
        !paths.is_empty(),
        "no PNG, JPEG or WebP image in {}",
        folder.display()
    );
    paths.sort();
    Ok(paths)
}
