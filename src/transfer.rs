//! Colour transfer: a picture takes the light and the colours of a reference, a photo or a painting.
//!
//! The colours of both are taken for normally distributed in Oklab (Ottosson, "A perceptual color space for image
//! processing", 2020). Of all maps that make the photo's distribution the reference's, the linear Monge–Kantorovich one moves
//! colours least (Pitié & Kokaram, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer",
//! CVMP 2007, eq. 16). It keeps which colour is lighter and which is redder, and being pointwise and smooth it bends no edge.
//! What it would overdo is bounded: contrast is not stretched beyond what skin bears, and light that would leave the range is
//! bent back into it instead of being cut.

use serde::{Deserialize, Serialize};

use crate::{ShapeError, solve::multigrid::Four};

/// sRGB-encoded red, green and blue in [0, 1].
pub type Colour = [f32; 3];

type Vector = [f64; 3];
type Matrix = [Vector; 3];

/// What differences of colours are stretched by at most, in any direction.
const MOST_STRETCH: f64 = 1.7;
/// What differences of lightness are left of at least: a photo of fog has hardly any.
const LEAST_CONTRAST: f64 = 0.5;
/// Variance that every colour has at least, in each direction: that of a step of 8 bits or so. Of a cloud that is flat there
/// is nothing to stretch.
const LEAST_VARIANCE: f64 = 2e-5;
/// Share of the pixels at either end that may be darker or lighter than what the range is fitted to.
const OUTLIERS: f64 = 0.01;
/// Lightnesses between which nothing is bent back.
const KNEES: (f64, f64) = (0.25, 0.75);
/// Colours of a picture that are looked at, or a few less.
const SAMPLES: f64 = 65536.0;
/// Halvings of the chroma's share that fits into sRGB.
const HALVINGS: u32 = 12;

/// The map from a picture's colours to those that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Mean colour of the picture, Oklab.
    from: Vector,
    /// Mean colour of the reference, Oklab.
    to: Vector,
    /// What differences from the mean become; symmetric.
    stretch: Matrix,
    /// Least and greatest lightness that it makes of the picture, but for outliers.
    reach: (f64, f64),
}

impl Transfer {
    /// From the colours of a picture to those of a reference; see [`sample`].
    ///
    /// # Panics
    /// When one of them has none.
    pub fn between(picture: &[Colour], reference: &[Colour]) -> Self {
        let lab = |colours: &[Colour]| -> Vec<Vector> {
            colours.iter().map(|c| oklab(c.map(f64::from))).collect()
        };
        let colours = lab(picture);
        let (from, spread) = distribution(&colours);
        let (to, wanted) = distribution(&lab(reference));
        let root = of_eigenvalues(&spread, f64::sqrt);
        let inverse = of_eigenvalues(&spread, |v| 1.0 / v.sqrt());
        let between = product(&product(&root, &wanted), &root);
        let between = of_eigenvalues(&between, |v| v.max(0.0).sqrt());
        let stretch = product(&product(&inverse, &between), &inverse);
        let mut stretch = of_eigenvalues(&stretch, |v| v.clamp(0.0, MOST_STRETCH));
        stretch[0][0] = stretch[0][0].max(LEAST_CONTRAST);
        let mut transfer = Self {
            from,
            to,
            stretch,
            reach: (0.0, 1.0),
        };
        let mut lightness: Vec<f64> = colours.iter().map(|c| transfer.moved(*c)[0]).collect();
        lightness.sort_by(f64::total_cmp);
        let outliers = (OUTLIERS * lightness.len() as f64) as usize;
        transfer.reach = (
            lightness[outliers].min(0.0),
            lightness[lightness.len() - 1 - outliers].max(1.0),
        );
        transfer
    }

    /// What an sRGB-encoded colour in [0, 1] becomes.
    pub fn at(&self, color: Colour) -> Colour {
        let [lightness, a, b] = self.moved(oklab(color.map(f64::from)));
        let lightness = self.bent(lightness);
        let color = |share: f64| linear_rgb([lightness, share * a, share * b]);
        let fits = |rgb: &Vector| rgb.iter().all(|v| (-1e-4..=1.0001).contains(v));
        // Where the chroma does not fit into sRGB, as much of it as does: hue and lightness stay.
        let mut found = color(1.0);
        if !fits(&found) {
            let (mut inside, mut outside) = (0.0, 1.0);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (inside + outside);
                if fits(&color(middle)) {
                    inside = middle;
                } else {
                    outside = middle;
                }
            }
            found = color(inside);
        }
        found.map(|v| encoded(v.clamp(0.0, 1.0)) as f32)
    }

    /// The map as a table, at `strength` from 0 (the picture's own colours) to 1.
    pub fn table(&self, strength: f32) -> Table {
        let position = |i: usize| i as f32 / (SIDE - 1) as f32;
        let cell = |i: usize| {
            let color = [i / (SIDE * SIDE), i / SIDE % SIDE, i % SIDE].map(position);
            let moved = self.at(color);
            let [r, g, b] = [0, 1, 2].map(|c| color[c] + strength * (moved[c] - color[c]));
            Four([r, g, b, 0.0])
        };
        Table {
            cells: (0..SIDE * SIDE * SIDE).map(cell).collect(),
        }
    }

    /// Oklab to Oklab, out of range where it may be.
    fn moved(&self, color: Vector) -> Vector {
        let apart = [0, 1, 2].map(|i| color[i] - self.from[i]);
        let moved = times(&self.stretch, apart);
        [0, 1, 2].map(|i| self.to[i] + moved[i])
    }

    /// Brings lightness into [0, 1]: as it is between the knees, and beyond them slower and slower, so that the reach ends
    /// at the range's ends.
    fn bent(&self, lightness: f64) -> f64 {
        let bend = |beyond: f64, room: f64, reach: f64| {
            beyond / (1.0 + beyond * (1.0 / room - 1.0 / reach))
        };
        let (low, high) = KNEES;
        if lightness > high {
            high + bend(lightness - high, 1.0 - high, self.reach.1 - high)
        } else if lightness < low {
            low - bend(low - lightness, low, low - self.reach.0)
        } else {
            lightness
        }
        .clamp(0.0, 1.0)
    }
}

/// Colours along each side of the table.
const SIDE: usize = 33;

/// A map of sRGB-encoded colours, given at the corners of a grid and linear in between.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// By red, green and blue; the fourth value is none.
    cells: Vec<Four>,
}

impl Table {
    /// What an sRGB-encoded colour in [0, 1] becomes.
    #[inline(always)]
    pub fn at(&self, color: Colour) -> Colour {
        let mut first = 0;
        let mut parts = [0.0; 3];
        for (channel, stride) in [SIDE * SIDE, SIDE, 1].into_iter().enumerate() {
            let position = color[channel] * (SIDE - 1) as f32;
            // The conversion clamps at zero.
            let index = (position as usize).min(SIDE - 2);
            parts[channel] = position - index as f32;
            first += index * stride;
        }
        let cells = &self.cells[first..first + SIDE * SIDE + SIDE + 2];
        let mix = |a: Four, b: Four, part: f32| a * (1.0 - part) + b * part;
        let line = |at: usize| mix(cells[at], cells[at + 1], parts[2]);
        let square = |at: usize| mix(line(at), line(at + SIDE), parts[1]);
        let Four([r, g, b, _]) = mix(square(0), square(SIDE * SIDE), parts[0]);
        [r, g, b]
    }

    /// Maps interleaved 8-bit RGBA in place; alpha stays.
    pub fn apply(&self, rgba: &mut [u8]) {
        for pixel in rgba.as_chunks_mut::<4>().0 {
            let color = self.at([0, 1, 2].map(|channel| f32::from(pixel[channel]) / 255.0));
            for channel in 0..3 {
                // The conversion clamps, and rounds down; rounding by itself is a call in WebAssembly.
                pixel[channel] = (color[channel] * 255.0 + 0.5) as u8;
            }
        }
    }
}

/// Colours of a picture of interleaved 8-bit RGBA, each so many pixels one: some tens of thousands of them say all.
///
/// # Errors
/// When a side is zero or `rgba` is not `4 · width · height` bytes.
pub fn sample(rgba: &[u8], width: usize, height: usize) -> Result<Vec<Colour>, ShapeError> {
    ShapeError::check(4, height, width, rgba.len())?;
    let step = ((width * height) as f64 / SAMPLES).sqrt().ceil() as usize;
    let pixels = rgba.as_chunks::<4>().0;
    let rows = pixels.chunks_exact(width).step_by(step);
    let colours = rows.flat_map(|row| row.iter().step_by(step));
    Ok(colours
        .map(|pixel| [0, 1, 2].map(|c| f32::from(pixel[c]) / 255.0))
        .collect())
}

/// Mean and covariance.
fn distribution(colours: &[Vector]) -> (Vector, Matrix) {
    let count = colours.len() as f64;
    let mean = [0, 1, 2].map(|i| colours.iter().map(|c| c[i]).sum::<f64>() / count);
    let mut covariance = [[0.0; 3]; 3];
    for color in colours {
        for (i, row) in covariance.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value += (color[i] - mean[i]) * (color[j] - mean[j]) / count;
            }
        }
    }
    for (i, row) in covariance.iter_mut().enumerate() {
        row[i] += LEAST_VARIANCE;
    }
    (mean, covariance)
}

/// Linear light of an sRGB-encoded value.
fn linear(v: f64) -> f64 {
    if v <= 0.04045 {
        v / 12.92
    } else {
        ((v + 0.055) / 1.055).powf(2.4)
    }
}

/// The other way round.
fn encoded(v: f64) -> f64 {
    if v <= 0.003_130_8 {
        v * 12.92
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    }
}

/// Lightness, green to red, and blue to yellow of an sRGB-encoded colour.
fn oklab(color: Vector) -> Vector {
    const CONES: Matrix = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const LAB: Matrix = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    let cones = times(&CONES, color.map(linear));
    times(&LAB, cones.map(f64::cbrt))
}

/// Linear light of a colour in Oklab.
fn linear_rgb(lab: Vector) -> Vector {
    const CONES: Matrix = [
        [1.0, 0.396_337_777_4, 0.215_803_757_3],
        [1.0, -0.105_561_345_8, -0.063_854_172_8],
        [1.0, -0.089_484_177_5, -1.291_485_548_0],
    ];
    const RGB: Matrix = [
        [4.076_741_662_1, -3.307_711_591_3, 0.230_969_929_2],
        [-1.268_438_004_6, 2.609_757_401_1, -0.341_319_396_5],
        [-0.004_196_086_3, -0.703_418_614_7, 1.707_614_701_0],
    ];
    let cones = times(&CONES, lab);
    times(&RGB, cones.map(|v| v * v * v))
}

fn times(matrix: &Matrix, vector: Vector) -> Vector {
    matrix.map(|row| row.iter().zip(vector).map(|(m, v)| m * v).sum())
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    a.map(|row| [0, 1, 2].map(|j| (0..3).map(|k| row[k] * b[k][j]).sum()))
}

/// A symmetric matrix with each of its eigenvalues replaced, by Jacobi's rotations (Golub & Van Loan, "Matrix Computations",
/// §8.5).
fn of_eigenvalues(matrix: &Matrix, replace: impl Fn(f64) -> f64) -> Matrix {
    let mut a = *matrix;
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    // Of three rows, five rounds leave nothing beside the diagonal that f64 holds.
    for _ in 0..8 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            if a[p][q] == 0.0 {
                continue;
            }
            let theta = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
            let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
            let c = 1.0 / (t * t + 1.0).sqrt();
            let s = t * c;
            let mut rotation = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
            (rotation[p][p], rotation[p][q]) = (c, s);
            (rotation[q][p], rotation[q][q]) = (-s, c);
            a = product(&product(&transposed(&rotation), &a), &rotation);
            vectors = product(&vectors, &rotation);
        }
    }
    let mut scaled = vectors;
    for row in &mut scaled {
        for (i, value) in row.iter_mut().enumerate() {
            *value *= replace(a[i][i]);
        }
    }
    product(&scaled, &transposed(&vectors))
}

fn transposed(a: &Matrix) -> Matrix {
    [0, 1, 2].map(|i| [0, 1, 2].map(|j| a[j][i]))
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    use super::*;

    /// Colours about `mean`, apart by up to `spread` along some direction and a quarter of it along the others.
    fn cloud(seed: u64, mean: Colour, spread: Colour) -> Vec<Colour> {
        let mut random = SmallRng::seed_from_u64(seed);
        let mut colour = || {
            let along: f32 = random.random_range(-1.0..1.0);
            [0, 1, 2].map(|c| {
                let aside: f32 = random.random_range(-0.25..0.25);
                mean[c] + spread[c] * (along + aside)
            })
        };
        (0..2000).map(|_| colour()).collect()
    }

    fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    }

    fn mapped(transfer: &Transfer, colours: &[Colour]) -> Vec<Colour> {
        colours.iter().map(|c| transfer.at(*c)).collect()
    }

    fn in_oklab(colours: &[Colour]) -> (Vector, Matrix) {
        let lab: Vec<Vector> = colours.iter().map(|c| oklab(c.map(f64::from))).collect();
        distribution(&lab)
    }

    #[test]
    fn oklab_is_the_published_one() {
        // White, and the sRGB primaries (CSS Color Module Level 4 gives the same to four digits).
        for (color, expected) in [
            ([1.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0], [0.6280, 0.2249, 0.1258]),
            ([0.0, 1.0, 0.0], [0.8664, -0.2339, 0.1795]),
            ([0.0, 0.0, 1.0], [0.4520, -0.0325, -0.3115]),
        ] {
            let lab = oklab(color);
            for (found, expected) in lab.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-4, "{color:?}: {lab:?}");
            }
            for (back, v) in linear_rgb(lab).iter().zip(color) {
                assert!((encoded(back.clamp(0.0, 1.0)) - v).abs() < 1e-3);
            }
        }
    }

    #[test]
    fn a_symmetric_matrix_is_rebuilt_and_rooted() {
        let matrix = [[2.0, -0.5, 0.3], [-0.5, 1.0, 0.1], [0.3, 0.1, 0.7]];
        let same = of_eigenvalues(&matrix, |v| v);
        let root = of_eigenvalues(&matrix, f64::sqrt);
        let squared = product(&root, &root);
        for (i, row) in matrix.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                assert!((same[i][j] - value).abs() < 1e-12);
                assert!((squared[i][j] - value).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_colours_become_the_references() {
        let photo = cloud(1, [0.5, 0.45, 0.4], [0.2, 0.15, 0.1]);
        let reference = cloud(2, [0.4, 0.45, 0.55], [0.15, 0.16, 0.12]);
        let picture = mapped(&Transfer::between(&photo, &reference), &photo);
        let (mean, covariance) = in_oklab(&picture);
        let (wanted_mean, wanted) = in_oklab(&reference);
        for i in 0..3 {
            assert!((mean[i] - wanted_mean[i]).abs() < 1e-3);
            for j in 0..3 {
                assert!((covariance[i][j] - wanted[i][j]).abs() < 0.03 * wanted[0][0]);
            }
        }
    }

    #[test]
    fn a_picture_matched_to_itself_stays() {
        // Up to black and white.
        let photo = cloud(3, [0.5, 0.5, 0.5], [0.4, 0.35, 0.38]);
        let table = Transfer::between(&photo, &photo).table(1.0);
        for color in photo {
            assert!(largest_difference(&table.at(color), &color) < 0.5 / 255.0);
        }
    }

    #[test]
    fn a_grey_reference_makes_a_grey_picture() {
        let photo = cloud(4, [0.6, 0.4, 0.3], [0.2, 0.2, 0.1]);
        let reference = cloud(5, [0.5, 0.5, 0.5], [0.3, 0.3, 0.3]);
        let reference: Vec<Colour> = reference.iter().map(|[v, ..]| [*v; 3]).collect();
        for [r, g, b] in mapped(&Transfer::between(&photo, &reference), &photo) {
            assert!((r - g).abs() < 0.04 && (g - b).abs() < 0.04, "{r} {g} {b}");
        }
    }

    #[test]
    fn light_beyond_the_range_is_bent_and_not_cut() {
        let photo = cloud(6, [0.5, 0.5, 0.5], [0.35, 0.35, 0.35]);
        let bright = cloud(7, [0.9, 0.9, 0.88], [0.08, 0.08, 0.08]);
        let transfer = Transfer::between(&photo, &bright);
        let lightness = |v: f32| transfer.at([v; 3])[0];
        // The photo's own lights stay apart.
        assert!(lightness(0.85) - lightness(0.75) > 0.01);
        assert!(lightness(0.95) <= 1.0 && lightness(0.75) > 0.9);
    }

    #[test]
    fn strength_goes_from_the_photo_to_the_whole_map() {
        let photo = cloud(8, [0.5, 0.4, 0.4], [0.2, 0.15, 0.1]);
        let transfer = Transfer::between(&photo, &cloud(9, [0.3, 0.4, 0.6], [0.1, 0.1, 0.2]));
        let color = [0.6, 0.3, 0.45];
        let [none, half, whole] = [0.0, 0.5, 1.0].map(|t| transfer.table(t).at(color));
        assert!(largest_difference(&none, &color) < 1e-6);
        for c in 0..3 {
            assert!((half[c] - 0.5 * (none[c] + whole[c])).abs() < 1e-6);
        }
        assert!(largest_difference(&whole, &color) > 0.05);
    }

    #[test]
    fn the_table_is_the_map() {
        let photo = cloud(10, [0.5, 0.45, 0.4], [0.2, 0.15, 0.1]);
        let transfer = Transfer::between(&photo, &cloud(11, [0.3, 0.35, 0.5], [0.2, 0.1, 0.12]));
        let table = transfer.table(1.0);
        let mut apart = Vec::new();
        for color in photo {
            let color = color.map(|v| v.clamp(0.0, 1.0));
            apart.push(largest_difference(&table.at(color), &transfer.at(color)));
        }
        apart.sort_by(f32::total_cmp);
        // The last are dark ones where the chroma ends that fits into sRGB.
        let found = [1000, 1980, 1999].map(|i| 255.0 * apart[i]);
        assert!(
            found[0] < 0.1 && found[1] < 3.0 && found[2] < 8.0,
            "{found:?}"
        );
        let mut rgba = vec![128, 64, 32, 77];
        table.apply(&mut rgba);
        let expected = table.at([128.0, 64.0, 32.0].map(|v: f32| v / 255.0));
        for c in 0..3 {
            assert!((f32::from(rgba[c]) / 255.0 - expected[c]).abs() < 0.51 / 255.0);
        }
        assert_eq!(rgba[3], 77);
    }

    #[test]
    fn flat_and_tiny_pictures_are_as_good_as_any() {
        let black = vec![[0.0; 3]];
        let white = vec![[1.0; 3]; 6];
        let photo = cloud(12, [0.5, 0.45, 0.4], [0.3, 0.25, 0.2]);
        for (from, to) in [
            (&black, &white),
            (&white, &black),
            (&photo, &black),
            (&black, &photo),
        ] {
            let table = Transfer::between(from, to).table(1.0);
            for color in [[0.0; 3], [1.0; 3], [1.0, 0.0, 0.5]] {
                let moved = table.at(color);
                assert!(moved.iter().all(|v| (0.0..=1.0).contains(v)), "{moved:?}");
            }
        }
    }

    #[test]
    fn samples_are_spread_over_the_whole_picture() {
        // Red left, blue right, and a green last row.
        let (width, height) = (700, 401);
        let mut rgba = vec![0; 4 * width * height];
        for (i, pixel) in rgba.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let channel = if i / width == height - 1 {
                1
            } else {
                2 * (2 * (i % width) / width)
            };
            pixel[channel] = 255;
        }
        let colours = sample(&rgba, width, height).unwrap();
        let share = |channel: usize| {
            colours.iter().filter(|c| c[channel] == 1.0).count() as f64 / colours.len() as f64
        };
        assert!(
            (10_000..=65_536).contains(&colours.len()),
            "{}",
            colours.len()
        );
        assert!((share(0) - 0.5).abs() < 0.01 && (share(2) - 0.5).abs() < 0.01);
        assert!(share(1) < 0.01);
        assert_eq!(sample(&[0, 255, 0, 9], 1, 1).unwrap(), [[0.0, 1.0, 0.0]]);
        assert!(sample(&[], 0, 3).is_err() && sample(&[0; 5], 1, 1).is_err());
    }
}
