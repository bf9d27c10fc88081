//! The grid that strided convolutions and their upsampling can stamp on a picture (Odena, Dumoulin, Olah,
//! "Deconvolution and Checkerboard Artifacts", 2016; Liu et al., Fig. 8).
//!
//! Two upsamplings by two repeat every two and every four pixels, so the grid is energy at the frequencies
//! `(k_x/4, k_y/4)` cycles per pixel and nowhere near them. Lines, be they the photo's or the style's, are energy at all
//! frequencies alike. The measure is therefore how far the spectrum of the gradients stands out at those frequencies
//! above its surroundings, compared with how far the photo's own does.

use std::{collections::BTreeSet, f32::consts::TAU};

use limn::{Planes, gradient::gradient};

/// Side of the tiles whose spectra are averaged: grids whose strength follows the picture stay narrow peaks in a tile,
/// and both periods divide it.
const TILE: usize = 32;
/// The stride frequencies in cycles per tile along x and y: all multiples of 1/4 cycle per pixel but the constant, one of
/// each conjugate pair.
const STRIDE_FREQUENCIES: [(usize, usize); 9] = {
    let (half, quarter) = (TILE / 2, TILE / 4);
    [
        (0, quarter),
        (0, half),
        (quarter, 0),
        (half, 0),
        (quarter, quarter),
        (quarter, 3 * quarter),
        (quarter, half),
        (half, quarter),
        (half, half),
    ]
};
/// Distances of the surrounding frequencies. The Hann window spreads a pure tone over one bin on either side.
const SURROUNDINGS: [isize; 4] = [-3, -2, 2, 3];

/// How far the gradients of `picture` `[3, H, W]` stand out at a stride frequency, relative to those of `photo`:
/// `max_f P(S, f) / max(P(I, f), 1)`, where `P(X, f)` is the energy of the gradient maps of X at the frequency f over the
/// mean energy at frequencies two and three bins away. The photo counts where it has a peak of its own, such as the
/// blocks of a JPEG file leave; where a soft photo has less energy than around (towards the Nyquist frequency), any lines
/// would look like a peak beside it.
///
/// The energies are DFT sums over Hann-windowed tiles of 32×32 pixels, added up over all tiles, both directions and all
/// channels. About 1 for a picture without a grid. A checkerboard of amplitude a (±a from pixel to pixel) on white noise
/// of standard deviation s gives `1 + 455 a²/s²`. `None` for pictures smaller than a tile or without any gradient.
pub fn checkerboard(photo: &Planes, picture: &Planes) -> Option<f64> {
    let ratios = peaks(photo)?
        .into_iter()
        .zip(peaks(picture)?)
        .map(|(photo, picture)| picture / photo.max(1.0));
    ratios.reduce(f64::max)
}

/// `P(X, f)` for every stride frequency.
fn peaks(picture: &Planes) -> Option<Vec<f64>> {
    let field = gradient(picture);
    let dft = TileDft::new();
    let mut energy = vec![0.0; TILE * COLUMNS];
    for channel in 0..field.channels {
        let plane = field.plane(channel);
        for top in (0..(field.height + 1).saturating_sub(TILE)).step_by(TILE) {
            for left in (0..(field.width + 1).saturating_sub(TILE)).step_by(TILE) {
                dft.add_energy(&plane[top * field.width + left..], field.width, &mut energy);
            }
        }
    }
    STRIDE_FREQUENCIES
        .iter()
        .map(|&(x, y)| {
            let around: Vec<f64> = surroundings(x, y)
                .map(|(x, y)| energy[y * COLUMNS + x])
                .collect();
            let mean = around.iter().sum::<f64>() / around.len() as f64;
            let peak = energy[y * COLUMNS + x];
            (mean > 0.0 && peak > 0.0).then(|| peak / mean)
        })
        .collect()
}

/// The frequencies that `(x, y)` is compared with. Spectra of pictures have ridges along the axes: a frequency on an
/// axis is compared with others on it.
fn surroundings(x: usize, y: usize) -> impl Iterator<Item = (usize, usize)> {
    let along_x = SURROUNDINGS.map(|step| (x.wrapping_add_signed(step), y));
    let along_y = SURROUNDINGS.map(|step| (x, y.wrapping_add_signed(step)));
    along_x
        .into_iter()
        .filter(move |_| x != 0)
        .chain(along_y.into_iter().filter(move |_| y != 0))
}

/// Frequencies along x that are computed, in cycles per tile: up to the highest surrounding one of 1/2 cycle per pixel.
const COLUMNS: usize = TILE / 2 + 4;

/// DFT sums over one Hann-windowed tile.
struct TileDft {
    /// Window times cos and sin of `2π k x / 32` along one axis, `[x][k]`.
    cosine: [[f32; COLUMNS]; TILE],
    sine: [[f32; COLUMNS]; TILE],
    /// The same along y, `[k][y]`, for the frequencies that are asked for.
    rows: Vec<(usize, [f32; TILE], [f32; TILE])>,
}

impl TileDft {
    fn new() -> Self {
        let angle = |k: usize, i: usize| TAU * (k * i % TILE) as f32 / TILE as f32;
        let window = |i: usize| 0.5 - 0.5 * angle(1, i).cos();
        let cosine = |k: usize, i: usize| window(i) * angle(k, i).cos();
        let sine = |k: usize, i: usize| window(i) * angle(k, i).sin();
        let asked: BTreeSet<usize> = STRIDE_FREQUENCIES
            .iter()
            .flat_map(|&(x, y)| surroundings(x, y).chain([(x, y)]))
            .map(|(_, y)| y)
            .collect();
        let row = |k: usize| {
            (
                k,
                std::array::from_fn(|y| cosine(k, y)),
                std::array::from_fn(|y| sine(k, y)),
            )
        };
        Self {
            cosine: std::array::from_fn(|x| std::array::from_fn(|k| cosine(k, x))),
            sine: std::array::from_fn(|x| std::array::from_fn(|k| sine(k, x))),
            rows: asked.into_iter().map(row).collect(),
        }
    }

    /// Adds `|Σ w·v·exp(−2πi (k_x x + k_y y)/32)|²` of the tile at the start of `plane` to `energy[k_y][k_x]`.
    fn add_energy(&self, plane: &[f32], stride: usize, energy: &mut [f64]) {
        // Along x first: `[y][k_x]`.
        let mut real = [[0.0_f32; COLUMNS]; TILE];
        let mut imaginary = [[0.0_f32; COLUMNS]; TILE];
        for y in 0..TILE {
            for (x, value) in plane[y * stride..][..TILE].iter().enumerate() {
                for k in 0..COLUMNS {
                    real[y][k] += value * self.cosine[x][k];
                    imaginary[y][k] -= value * self.sine[x][k];
                }
            }
        }
        for (row, cosine, sine) in &self.rows {
            let mut sum_real = [0.0_f32; COLUMNS];
            let mut sum_imaginary = [0.0_f32; COLUMNS];
            for y in 0..TILE {
                for k in 0..COLUMNS {
                    sum_real[k] += real[y][k] * cosine[y] + imaginary[y][k] * sine[y];
                    sum_imaginary[k] += imaginary[y][k] * cosine[y] - real[y][k] * sine[y];
                }
            }
            for k in 0..COLUMNS {
                energy[row * COLUMNS + k] +=
                    f64::from(sum_real[k].powi(2) + sum_imaginary[k].powi(2));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SIDE: usize = 320;
    /// Standard deviation of [`noise`].
    const DEVIATION: f32 = 0.01;

    fn noise(seed: u64) -> Planes {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let bound = DEVIATION * 3.0_f32.sqrt();
        let data = (0..3 * SIDE * SIDE)
            .map(|_| 0.5 + random.random_range(-bound..bound))
            .collect();
        Planes::new(3, SIDE, SIDE, data).unwrap()
    }

    fn with(picture: &Planes, pattern: impl Fn(usize, usize) -> f32) -> Planes {
        let mut output = picture.clone();
        for (i, value) in output.data.iter_mut().enumerate() {
            *value += pattern(i % SIDE, i / SIDE % SIDE);
        }
        output
    }

    fn alternating(i: usize) -> f32 {
        if i.is_multiple_of(2) { 1.0 } else { -1.0 }
    }

    #[test]
    fn a_picture_without_a_grid_is_about_one() {
        let photo = noise(1);
        let own = checkerboard(&photo, &photo).unwrap();
        assert!((0.9..=1.0).contains(&own), "{own}");
        // Other lines, four times as strong, are no grid.
        let mut other = noise(2);
        other.data.iter_mut().for_each(|v| *v *= 4.0);
        let measured = checkerboard(&photo, &other).unwrap();
        assert!((0.9..1.5).contains(&measured), "{measured}");
    }

    #[test]
    fn a_painted_checkerboard_stands_out_by_its_amplitude() {
        let photo = noise(1);
        for share in [0.05_f32, 0.1, 0.4] {
            let board = |x, y| share * DEVIATION * alternating(x + y);
            let measured = checkerboard(&photo, &with(&photo, board)).unwrap();
            let expected = 1.0 + 455.0 * f64::from(share).powi(2);
            assert!(
                (measured / expected - 1.0).abs() < 0.2,
                "{share}: {measured}, expected {expected}"
            );
        }
    }

    #[test]
    fn a_grid_of_period_four_that_follows_the_picture_is_found() {
        let photo = noise(1);
        // Its sign changes from one 40-pixel patch to the next, so that over the whole picture it averages to nothing.
        let grid = |x: usize, y: usize| {
            let dot = x.is_multiple_of(4) && y.is_multiple_of(4);
            if dot {
                2.0 * DEVIATION * alternating(x / 40 + y / 40)
            } else {
                0.0
            }
        };
        let measured = checkerboard(&photo, &with(&photo, grid)).unwrap();
        assert!(measured > 2.0, "{measured}");
    }

    #[test]
    fn a_grid_that_the_photo_has_already_is_not_blamed_on_the_style() {
        let board = |x, y| 0.2 * DEVIATION * alternating(x + y);
        let photo = with(&noise(1), board);
        let painted = with(&noise(2), board);
        let measured = checkerboard(&photo, &painted).unwrap();
        assert!(measured < 1.5, "{measured}");
        assert!(checkerboard(&noise(1), &painted).unwrap() > 10.0);
    }

    #[test]
    fn small_and_flat_pictures_have_no_measure() {
        let small = Planes::zeros(3, 31, 64);
        assert_eq!(checkerboard(&small, &small), None);
        let flat = Planes::zeros(3, 320, 320);
        assert_eq!(checkerboard(&noise(1), &flat), None);
    }
}
