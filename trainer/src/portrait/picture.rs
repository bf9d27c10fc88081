//! From light to pixels: rays through each pixel, more of them at edges, then a camera's curve and noise.

use rayon::prelude::*;

use super::{
    scene::Scene,
    vector::{V, hash, smoothstep},
};

/// Standard deviation of the sensor's noise. On surfaces without any texture a style finds nothing to hang its lines on.
const NOISE: f32 = 0.008;
/// Rays along each side of a pixel where neighbours differ.
const RAYS: usize = 2;
/// How much neighbours must differ for that, in encoded colours.
const EDGE: f32 = 0.045;

/// Encoded colours of `scene`, `width` × `height` of them by rows. `done` is called after each row of each of both
/// passes.
pub fn expose(scene: &Scene, [width, height]: [usize; 2], done: impl Fn() + Sync) -> Vec<V> {
    let at = |column: f32, row: f32| {
        let x = 2.0 * column - width as f32;
        let y = height as f32 - 2.0 * row;
        let unit = 1.0 / height as f32;
        encode(scene.radiance(x * unit, y * unit), [x * unit, y * unit])
    };
    let rows = |pixel: &(dyn Fn(usize, usize) -> V + Sync)| -> Vec<V> {
        (0..height)
            .into_par_iter()
            .flat_map_iter(|row| {
                let pixels: Vec<V> = (0..width).map(|column| pixel(column, row)).collect();
                done();
                pixels
            })
            .collect()
    };
    let coarse = rows(&|column, row| at(column as f32 + 0.5, row as f32 + 0.5));
    rows(&|column, row| {
        let own = coarse[row * width + column];
        let differs = |dx: usize, dy: usize| {
            let (x, y) = (column + dx, row + dy);
            if x == 0 || y == 0 || x > width || y > height {
                return false;
            }
            let d = coarse[(y - 1) * width + x - 1] - own;
            d.x.abs().max(d.y.abs()).max(d.z.abs()) > EDGE
        };
        let edge = (0..3).any(|dx| (0..3).any(|dy| differs(dx, dy)));
        let colour = if edge {
            let within = |k: usize| (k as f32 + 0.5) / RAYS as f32;
            (0..RAYS * RAYS).fold(V::default(), |sum, i| {
                sum + at(
                    column as f32 + within(i % RAYS),
                    row as f32 + within(i / RAYS),
                )
            }) * (1.0 / (RAYS * RAYS) as f32)
        } else {
            own
        };
        colour + V::grey(NOISE * sensor(column, row, scene.seed))
    })
}

/// Linear light at a place of the picture to sRGB-encoded [0, 1]: corners darkened, highlights rolled off.
fn encode(linear: V, [x, y]: [f32; 2]) -> V {
    let vignette = 1.0 - 0.30 * smoothstep(0.55, 1.45, (x * x + 0.8 * y * y).sqrt());
    linear.map(|light| {
        let value = (light * vignette).max(0.0);
        let value = (value * (1.0 + value / 7.0) / (1.0 + value * 0.55)).min(1.0);
        if value <= 0.003_130_8 {
            12.92 * value
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        }
    })
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
