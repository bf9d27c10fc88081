//! Contact sheets: photos in rows, versions of them in columns.

use std::path::Path;

use anyhow::{Context, Result};
use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use limn::Planes;

use crate::plots::{Canvas, text_line};

/// Side of the square that each picture is fitted into.
const TILE: usize = 280;
/// Space around tiles.
const GAP: usize = 4;
/// Height of the line of labels.
const LABELS: usize = 26;
const JPEG_QUALITY: u8 = 90;

/// One row's pictures, in the order of the columns; absent ones stay blank.
pub type Row<'a> = Vec<Option<&'a Planes>>;

/// Writes a JPEG with the names of the columns above the pictures.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, columns: &[String], rows: &[Row]) -> Result<()> {
    let step = TILE + GAP;
    let mut canvas = Canvas::white(GAP + columns.len() * step, LABELS + rows.len() * step);
    for (column, label) in columns.iter().enumerate() {
        text_line(&mut canvas, label, (GAP + column * step, 5), 16)?;
    }
    for (y, row) in rows.iter().enumerate() {
        for (x, picture) in row.iter().enumerate() {
            if let Some(picture) = picture {
                paste(&mut canvas, picture, GAP + x * step, LABELS + y * step);
            }
        }
    }
    let file =
        std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    JpegEncoder::new_with_quality(file, JPEG_QUALITY)
        .encode(
            &canvas.rgb,
            canvas.width as u32,
            canvas.height as u32,
            ExtendedColorType::Rgb8,
        )
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Puts `picture`, fitted into a tile, in the middle of the tile at `(left, top)`.
fn paste(canvas: &mut Canvas, picture: &Planes, left: usize, top: usize) {
    let scale = TILE as f64 / picture.width.max(picture.height) as f64;
    let fit = |side: usize| ((side as f64 * scale).round() as usize).clamp(1, TILE);
    let small = picture.resized(fit(picture.width), fit(picture.height));
    let (left, top) = (
        left + (TILE - small.width) / 2,
        top + (TILE - small.height) / 2,
    );
    let rgba = small.to_rgba8();
    for (y, line) in rgba.chunks_exact(4 * small.width).enumerate() {
        let target = 3 * ((top + y) * canvas.width + left);
        let pixels = canvas.rgb[target..][..3 * small.width].chunks_exact_mut(3);
        for (to, from) in pixels.zip(line.chunks_exact(4)) {
            to.copy_from_slice(&from[..3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_in_their_columns_and_labels_above() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.jpg");
        let plain = |value: f32| Planes::new(3, 20, 40, vec![value; 2400]).unwrap();
        let (dark, grey) = (plain(0.0), plain(0.5));
        let rows = [vec![Some(&dark), None], vec![Some(&dark), Some(&grey)]];
        write(&path, &["photo".into(), "ours".into()], &rows).unwrap();
        let sheet = image::open(&path).unwrap().into_rgb8();
        let step = TILE + GAP;
        assert_eq!(sheet.width() as usize, GAP + 2 * step);
        let at = |column: usize, row: usize| {
            let x = GAP + column * step + TILE / 2;
            let y = LABELS + row * step + TILE / 2;
            sheet.get_pixel(x as u32, y as u32)[0]
        };
        assert!(at(0, 0) < 10 && at(1, 0) > 245);
        assert!(at(0, 1) < 10 && at(1, 1).abs_diff(128) < 5);
        let ink = sheet.rows().take(LABELS).flatten();
        assert!(ink.filter(|pixel| pixel[0] < 128).count() > 20, "labels");
    }
}
