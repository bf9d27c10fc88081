//! The look "kuwahara": a painting in broad strokes of oil, and the filter that lays its strokes.

use limn::{Planes, medium::relight};
use rayon::prelude::*;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{luma_of, recolour, saturate},
    flow::Flow,
    gaussian::luma,
};

/// Strokes of the anisotropic Kuwahara filter ([`strokes`]), in richer colours than the photo's, warm in the lights and
/// cold in the shades as painters mix them, with ridges where the strokes meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kuwahara {
    /// Radius of the strokes in pixels where the picture has no direction; along edges they are up to twice as long and
    /// half as wide.
    pub radius: f32,
    /// Saturation, 1 for the photo's own.
    pub saturation: f32,
    /// Largest height of the ridges between strokes, as a difference of brightness in [0, 1].
    pub bristles: f32,
}

impl Default for Kuwahara {
    fn default() -> Self {
        Self {
            radius: 10.0,
            saturation: 1.35,
            bristles: 0.12,
        }
    }
}

/// Smoothing of the structure tensor in pixels, which gives strokes their direction.
const FLOW_SIGMA: f32 = 2.5;
/// What is added to the lights, as much taken from the shades: yellow against blue.
const WARMTH: [f32; 3] = [0.06, 0.03, -0.10];

impl Kuwahara {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "kuwahara",
        kind: Kind::Look,
        about: "an oil painting in broad strokes and rich colours",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Kuwahara {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::radius(&mut self.radius),
            Parameter::saturation(&mut self.saturation),
            Parameter::bristles(&mut self.bristles),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let paint = strokes(image, self.radius);
        let flow = Flow::new(&paint, 2.0);
        let ridges = flow.difference_of_gaussians(&luma(&paint), 1.2);
        let ridges = flow.smooth_along(&ridges, 6.0);
        recolour(&paint, |colour, i| {
            let tone = luma_of(colour);
            // Contrast in the middle, and darks that keep their drawing.
            let rounded = tone * (1.0 - tone);
            let target = tone + rounded * (0.3 + 0.6 * (2.0 * tone - 1.0));
            let rich = saturate(
                relight(colour, tone, target, 0.5),
                self.saturation,
                0.12,
                0.5,
            );
            let relief = (7.0 * ridges[i]).clamp(-self.bristles, self.bristles);
            std::array::from_fn(|c| rich[c] + (target - 0.5) * WARMTH[c] + relief)
        })
    }
}

/// Sectors of the window.
const SECTORS: usize = 8;
/// How far the direction stretches a stroke: α of the paper.
const STRETCH: f32 = 1.0;
/// Half the angle of a sector where its weight ends, γ.
const SECTOR_ANGLE: f32 = 0.58;
/// How a sector's variance counts against it: 1 / (1 + (HARDNESS · variance)⁴), q = 8.
const HARDNESS: f32 = 10_000.0;

/// The anisotropic Kuwahara filter (Kyprianidis, Kang, Döllner, "Image and Video Abstraction by Anisotropic Kuwahara
/// Filtering", Pacific Graphics 2009, with the polynomial weights of Kyprianidis, Semmo, Kang, Döllner, "Anisotropic
/// Kuwahara Filtering with Polynomial Weighting Functions", 2010).
///
/// An ellipse about each pixel lies along the edges with the half axes a = r (α + A) / α and b = r α / (α + A), where A is
/// the anisotropy of the structure tensor. It is cut into eight overlapping sectors of weight (max(0, x + ζ − η y²))² ·
/// exp(−3.125 |x|²) in the ellipse's own coordinates. The pixel becomes the mean of the sectors' mean colours, weighted
/// against their variance: the flattest sector wins, so edges stay sharp and what is between becomes a patch.
pub fn strokes(image: &Planes, radius: f32) -> Planes {
    let Planes { width, height, .. } = *image;
    let flow = Flow::new(image, FLOW_SIGMA);
    let zeta = 2.0 / radius;
    let eta = (zeta + SECTOR_ANGLE.cos()) / SECTOR_ANGLE.sin().powi(2);
    let planes = [image.plane(0), image.plane(1), image.plane(2)];
    let painted: Vec<[f32; 3]> = (0..width * height)
        .into_par_iter()
        .map(|i| {
            let (x, y) = ((i % width) as i32, (i / width) as i32);
            let [tx, ty] = flow.tangent[i];
            let stretch = (STRETCH + flow.anisotropy[i]) / STRETCH;
            let (a, b) = (radius * stretch, radius / stretch);
            // Half the sides of the box about the ellipse.
            let reach_x = (a * tx).hypot(b * ty) as i32;
            let reach_y = (a * ty).hypot(b * tx) as i32;
            // Sums of r, g, b, of their squares and of the weights.
            let mut sums = [[0.0_f32; 5]; SECTORS];
            for dy in -reach_y..=reach_y {
                let row = (y + dy).clamp(0, height as i32 - 1) as usize * width;
                for dx in -reach_x..=reach_x {
                    let (fx, fy) = (dx as f32, dy as f32);
                    let u = (fx * tx + fy * ty) / a;
                    let v = (fy * tx - fx * ty) / b;
                    let distance = u * u + v * v;
                    if distance > 1.0 {
                        continue;
                    }
                    let at = row + (x + dx).clamp(0, width as i32 - 1) as usize;
                    let colour = planes.map(|plane| plane[at]);
                    let square = colour.iter().map(|c| c * c).sum::<f32>();
                    let weights = sector_weights(u, v, zeta, eta);
                    let total = weights.iter().sum::<f32>().max(1e-12);
                    let window = (-3.125 * distance).exp() / total;
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        let weight = weight * window;
                        for (s, c) in sum.iter_mut().zip(colour) {
                            *s += weight * c;
                        }
                        sum[3] += weight * square;
                        sum[4] += weight;
                    }
                }
            }
            let (mut colour, mut total) = ([0.0; 3], 0.0);
            for [r, g, b, square, weight] in sums {
                if weight <= 0.0 {
                    continue;
                }
                let mean = [r, g, b].map(|sum| sum / weight);
                let variance = square / weight - mean.iter().map(|m| m * m).sum::<f32>();
                let share = 1.0 / (1.0 + (HARDNESS * variance.max(0.0)).powi(4));
                for (c, m) in colour.iter_mut().zip(mean) {
                    *c += share * m;
                }
                total += share;
            }
            colour.map(|c| c / total)
        })
        .collect();
    let mut output = image.clone();
    for channel in 0..3 {
        for (value, colour) in output.plane_mut(channel).iter_mut().zip(&painted) {
            *value = colour[channel];
        }
    }
    output
}

/// Weights of the eight sectors at `(u, v)` of the unit disc; the first looks along u, the others follow in turn.
fn sector_weights(u: f32, v: f32, zeta: f32, eta: f32) -> [f32; SECTORS] {
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let (p, q) = (half * (u + v), half * (v - u));
    let mut weights = [0.0; SECTORS];
    for (k, (along, across)) in [(u, v), (p, q), (v, u), (q, p)].into_iter().enumerate() {
        let bend = zeta - eta * across * across;
        weights[k] = (along + bend).max(0.0).powi(2);
        weights[k + 4] = (bend - along).max(0.0).powi(2);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::disc;

    fn noisy_disc() -> Planes {
        let mut image = disc(81, [0.3, 0.35, 0.5], [0.8, 0.6, 0.5]);
        for (i, value) in image.data.iter_mut().enumerate() {
            *value += ((i * 7919 % 101) as f32 / 101.0 - 0.5) * 0.12;
        }
        image
    }

    /// Mean absolute difference of horizontal neighbours over columns `from..to` of the middle rows.
    fn roughness(image: &Planes, from: usize, to: usize) -> f32 {
        let rows = 36..45;
        let count = (rows.len() * (to - from)) as f32;
        let differences = rows.flat_map(|y| {
            let row = &image.plane(0)[y * 81..][..81];
            (from..to).map(move |x| (row[x + 1] - row[x]).abs())
        });
        differences.sum::<f32>() / count
    }

    #[test]
    fn strokes_flatten_patches_and_keep_edges_sharp() {
        let image = noisy_disc();
        let paint = strokes(&image, 6.0);
        assert!(roughness(&paint, 30, 50) < 0.25 * roughness(&image, 30, 50));
        // The disc reaches from 20 to 60. A blur as wide as a stroke would make a step of a few hundredths.
        let row = &paint.plane(0)[40 * 81..][..81];
        assert!((row[26] - 0.8).abs() < 0.05 && (row[14] - 0.3).abs() < 0.05);
        let steepest = (16..25).map(|x| row[x + 1] - row[x]).fold(0.0, f32::max);
        assert!(steepest > 0.2, "{steepest}: {row:?}");
    }

    #[test]
    fn strokes_of_a_larger_radius_leave_less_detail() {
        let image = noisy_disc();
        let fine = roughness(&strokes(&image, 3.0), 30, 50);
        let broad = roughness(&strokes(&image, 9.0), 30, 50);
        assert!(broad < 0.7 * fine, "{broad} {fine}");
    }

    #[test]
    fn lights_turn_warm_and_shades_cold() {
        let result = Kuwahara::default().paint(&disc(81, [0.15; 3], [0.8; 3]));
        let cast = |i: usize| result.plane(0)[i] - result.plane(2)[i];
        assert!(cast(40 * 81 + 40) > 0.03, "{}", cast(40 * 81 + 40));
        assert!(cast(3 * 81 + 3) < -0.03, "{}", cast(3 * 81 + 3));
    }
}
