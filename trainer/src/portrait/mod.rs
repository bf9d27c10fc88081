//! `limn-trainer portrait`: a portrait of our own making, rendered by code. It is the page's sample picture, and the
//! picture that style thumbnails and documentation show, so that the project needs nobody's photo.
//!
//! One room per job: [`head`] and [`hair`] model the sitter as signed distances ([`shapes`]), [`scene`] poses and joins
//! them with clothes, [`surface`] colours them, [`light`] marches rays and lights what they hit, [`background`] paints
//! the room behind. A face made of smooth unions, and skin lit by a normal per colour channel, after Inigo Quilez,
//! "Selfie Girl" (2020), and d'Eon and Luebke, "Advanced Techniques for Realistic Real-Time Skin Rendering" (GPU Gems 3,
//! 2007).

mod background;
mod hair;
mod head;
mod light;
mod scene;
mod shapes;
mod surface;
mod vector;

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;
use limn::Planes;
use rayon::prelude::*;

use crate::{files::images, progress};
use scene::Scene;
use vector::{V, hash};

/// Render the portrait that the page and the documentation show.
#[derive(Args)]
pub struct PortraitArgs {
    /// The image to write (PNG, JPEG, WebP).
    #[arg(long)]
    output: PathBuf,
    /// Width in pixels, 16 to 4096; the height is five quarters of it.
    #[arg(long, default_value_t = 960)]
    width: usize,
    /// Seed of freckles, strands and sensor noise.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// Renders the portrait and writes it.
///
/// # Errors
/// When an argument is out of its range, or the file cannot be written.
pub fn run(args: &PortraitArgs) -> Result<()> {
    ensure!(
        (16..=4096).contains(&args.width),
        "--width is {}, 16 to 4096 is possible",
        args.width
    );
    ensure!(
        images::has_image_extension(&args.output),
        "{} does not end in .png, .jpg, .jpeg or .webp",
        args.output.display()
    );
    images::save(&args.output, &render(args.width, args.seed), None)
}

/// Standard deviation of the sensor's noise. On surfaces without any texture a style finds nothing to hang its lines on.
const NOISE: f32 = 0.011;

/// Rays along each side of a pixel.
const RAYS: usize = 2;

/// The portrait as `[3, 5/4·width, width]` sRGB-encoded colours in [0, 1], the same for the same width and seed.
pub fn render(width: usize, seed: u32) -> Planes {
    let height = width * 5 / 4;
    let scene = Scene::new(seed);
    let bar = progress::bar(height as u64, "rows");
    let rows: Vec<Vec<V>> = (0..height)
        .into_par_iter()
        .map(|row| {
            let pixels = (0..width)
                .map(|column| {
                    let noise = V::grey(NOISE * sensor(column, row, seed));
                    pixel(&scene, width, height, column, row) + noise
                })
                .collect();
            bar.inc(1);
            pixels
        })
        .collect();
    bar.finish();
    let channel = |value: fn(&V) -> f32| {
        rows.iter()
            .flatten()
            .map(move |colour| value(colour).clamp(0.0, 1.0))
    };
    let data = channel(|c| c.x)
        .chain(channel(|c| c.y))
        .chain(channel(|c| c.z))
        .collect();
    Planes {
        channels: 3,
        height,
        width,
        data,
    }
}

fn pixel(scene: &Scene, width: usize, height: usize, column: usize, row: usize) -> V {
    let mut sum = V::default();
    for i in 0..RAYS * RAYS {
        let within = |k: usize| (k as f32 + 0.5) / RAYS as f32;
        let x = 2.0 * (column as f32 + within(i % RAYS)) - width as f32;
        let y = height as f32 - 2.0 * (row as f32 + within(i / RAYS));
        let unit = 1.0 / height as f32;
        sum = sum + scene.radiance(x * unit, y * unit).map(encode);
    }
    sum * (1.0 / (RAYS * RAYS) as f32)
}

/// Linear light to sRGB-encoded [0, 1], highlights rolled off.
fn encode(linear: f32) -> f32 {
    let value = linear.max(0.0);
    let value = (value * (1.0 + value / 6.0) / (1.0 + value * 0.62)).min(1.0);
    if value <= 0.003_130_8 {
        12.92 * value
    } else {
        1.055 * value.powf(1.0 / 2.4) - 0.055
    }
}

/// Noise of mean 0 and standard deviation 1, nearly Gaussian, a little coarser than a pixel as after demosaicing.
fn sensor(column: usize, row: usize, seed: u32) -> f32 {
    let at = |dx: i32, dy: i32| {
        let (x, y) = (column as i32 + dx, row as i32 + dy);
        (0..3).map(|k| hash(x, y, k, seed ^ 0x5EED)).sum::<f32>() - 1.5
    };
    // The sum of three uniform numbers has variance 1/4, the weighted sum (4 + 1 + 1)/4 = 1.5.
    (2.0 * at(0, 0) + at(1, 0) + at(0, 1)) / 1.5_f32.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean colour of a patch around `(x, y)`, both as shares of the picture.
    fn patch(picture: &Planes, x: f32, y: f32) -> [f32; 3] {
        let (column, row) = (
            (x * picture.width as f32) as usize,
            (y * picture.height as f32) as usize,
        );
        [0, 1, 2].map(|channel| {
            let plane = &picture.data[channel * picture.width * picture.height..];
            let values =
                (row - 1..=row + 1).flat_map(|r| (column - 1..=column + 1).map(move |c| (r, c)));
            values
                .map(|(r, c)| plane[r * picture.width + c])
                .sum::<f32>()
                / 9.0
        })
    }

    #[test]
    fn the_portrait_is_the_same_every_time_and_shows_a_person() {
        let picture = render(64, 1);
        assert_eq!((picture.width, picture.height), (64, 80));
        assert_eq!(picture, render(64, 1));
        assert_ne!(picture, render(64, 2));
        // A lit cheek is warm and bright, hair dark and warm, the pullover blue-green.
        let cheek = patch(&picture, 0.40, 0.50);
        assert!(
            cheek[0] > 0.6 && cheek[0] > cheek[1] && cheek[1] > cheek[2],
            "{cheek:?}"
        );
        let hair = patch(&picture, 0.15, 0.60);
        assert!(hair[0] < 0.6 && hair[0] > 1.3 * hair[2], "{hair:?}");
        let cloth = patch(&picture, 0.55, 0.96);
        assert!(
            cloth[2] > 1.3 * cloth[0] && cloth[1] > 1.3 * cloth[0],
            "{cloth:?}"
        );
    }
}
