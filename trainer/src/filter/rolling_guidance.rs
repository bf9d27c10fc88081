//! Rolling guidance: removes structures smaller than a given size and keeps the edges of the larger ones.

use limn::Planes;
use rayon::prelude::*;

use super::{Entry, Filter, Kind, Parameter};

/// Rolling guidance filter (Zhang, Shen, Xu, Jia, "Rolling Guidance Filter", ECCV 2014): the picture is smoothed by a
/// joint bilateral filter, guided by its own last result, starting from a constant guide, so that the first
/// iteration is a Gaussian, which removes small structures, and the others bring back the edges of what is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RollingGuidance {
    /// σ_s of the distance in pixels: structures smaller than about this vanish.
    pub sigma_spatial: f32,
    /// σ_r of the difference in colour, the Euclidean distance in RGB for values in [0, 1].
    pub sigma_range: f32,
    /// Number of iterations, the Gaussian included.
    pub iterations: usize,
}

impl Default for RollingGuidance {
    fn default() -> Self {
        Self {
            sigma_spatial: 3.0,
            sigma_range: 0.1,
            iterations: 4,
        }
    }
}

impl RollingGuidance {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "rolling-guidance",
        kind: Kind::Filter,
        about: "Rolling guidance: removes small structures",
        new: || Box::new(Self::default()),
    };
}

impl Filter for RollingGuidance {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::sigma_spatial(&mut self.sigma_spatial),
            Parameter::sigma_range(&mut self.sigma_range),
            Parameter::iterations(&mut self.iterations),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let mut guide = Planes::zeros(image.channels, image.height, image.width);
        for _ in 0..self.iterations {
            guide = self.joint_bilateral(image, &guide);
        }
        guide
    }
}

impl RollingGuidance {
    /// How far the window reaches from its centre, in pixels; the Gaussian has fallen to 4 % there.
    fn radius(&self) -> usize {
        (2.5 * self.sigma_spatial).ceil() as usize
    }

    /// One iteration, the paper's eq. (3): `image` averaged with weights from distance and from differences in `guide`.
    /// Neighbours beyond the border do not count.
    pub(super) fn joint_bilateral(&self, image: &Planes, guide: &Planes) -> Planes {
        let Planes { height, width, .. } = *image;
        let radius = self.radius();
        let range_factor = -0.5 / self.sigma_range.powi(2);
        let rows: Vec<[Vec<f32>; 3]> = (0..height)
            .into_par_iter()
            .map(|y| {
                let mut sums = [vec![0.0; width], vec![0.0; width], vec![0.0; width]];
                let mut weights = vec![0.0_f32; width];
                let mut window = vec![0.0_f32; width];
                for v in y.saturating_sub(radius)..(y + radius + 1).min(height) {
                    for offset in -(radius as isize)..=radius as isize {
                        let shift = offset.unsigned_abs();
                        if shift >= width {
                            continue;
                        }
                        let squared = (v.abs_diff(y).pow(2) + shift * shift) as f32;
                        let spatial = -0.5 * squared / self.sigma_spatial.powi(2);
                        // Targets `here..here + length` of the line see neighbours `there..there + length`.
                        let length = width - shift;
                        let (here, there) = if offset < 0 { (shift, 0) } else { (0, shift) };
                        let window = &mut window[..length];
                        window.fill(0.0);
                        for channel in 0..3 {
                            let plane = guide.plane(channel);
                            let centre = &plane[y * width + here..][..length];
                            let neighbour = &plane[v * width + there..][..length];
                            for ((w, a), b) in window.iter_mut().zip(centre).zip(neighbour) {
                                *w += (a - b) * (a - b);
                            }
                        }
                        for w in window.iter_mut() {
                            *w = exp(*w * range_factor + spatial);
                        }
                        for (sum, w) in weights[here..].iter_mut().zip(window.iter()) {
                            *sum += w;
                        }
                        for (channel, sums) in sums.iter_mut().enumerate() {
                            let colours = &image.plane(channel)[v * width + there..][..length];
                            for ((sum, w), colour) in
                                sums[here..].iter_mut().zip(window.iter()).zip(colours)
                            {
                                *sum += w * colour;
                            }
                        }
                    }
                }
                for sums in &mut sums {
                    for (sum, weight) in sums.iter_mut().zip(&weights) {
                        *sum /= weight;
                    }
                }
                sums
            })
            .collect();
        let mut output = image.clone();
        for channel in 0..3 {
            let plane = output.plane_mut(channel);
            for (target, row) in plane.chunks_exact_mut(width).zip(&rows) {
                target.copy_from_slice(&row[channel]);
            }
        }
        output
    }
}

/// eˣ for x ≤ 0 with a relative error below 1e-5, in a form that the compiler vectorises (`f32::exp` is a call per
/// value): 2^(k + f) with the integer k written into the exponent bits, and a polynomial for 2^f, |f| ≤ 1/2.
fn exp(x: f32) -> f32 {
    /// Added and subtracted, it rounds to the nearest integer; the sum's low bits hold that integer.
    const ROUND: f32 = 12_582_912.0;
    let y = (x * std::f32::consts::LOG2_E).max(-120.0);
    let shifted = y + ROUND;
    let f = y - (shifted - ROUND);
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000));
    let polynomial = 1.0
        + f * (std::f32::consts::LN_2
            + f * (0.240_226_5 + f * (0.055_504_1 + f * (0.009_618_13 + f * 0.001_333_36))));
    power * polynomial
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::noisy_shapes;

    #[test]
    fn exp_is_close() {
        for i in 0..4000 {
            let x = -(i as f32) * 0.02;
            let exact = x.exp();
            assert!((exp(x) - exact).abs() <= 1e-5 * exact + 1e-35, "exp({x})");
        }
    }

    #[test]
    fn it_is_the_iteration_written_out() {
        let image = noisy_shapes(23, 17);
        let filter = RollingGuidance {
            sigma_spatial: 1.7,
            sigma_range: 0.15,
            iterations: 3,
        };
        let radius = filter.radius() as i32;
        let at = |planes: &Planes, c: usize, x: i32, y: i32| {
            planes.plane(c)[y as usize * planes.width + x as usize]
        };
        // The Gaussian start, then two rounds of the joint bilateral filter on the last result.
        let mut guide: Option<Planes> = None;
        for _ in 0..3 {
            let mut next = image.clone();
            for y in 0..image.height as i32 {
                for x in 0..image.width as i32 {
                    let mut sums = [0.0_f64; 4];
                    for v in (y - radius).max(0)..=(y + radius).min(image.height as i32 - 1) {
                        for u in (x - radius).max(0)..=(x + radius).min(image.width as i32 - 1) {
                            let distance = f64::from((u - x).pow(2) + (v - y).pow(2));
                            let difference: f64 = guide.as_ref().map_or(0.0, |guide| {
                                (0..3)
                                    .map(|c| at(guide, c, u, v) - at(guide, c, x, y))
                                    .map(|d| f64::from(d).powi(2))
                                    .sum()
                            });
                            let weight = (-0.5 * distance / 1.7_f64.powi(2)
                                - 0.5 * difference / 0.15_f64.powi(2))
                            .exp();
                            for (c, sum) in sums.iter_mut().enumerate() {
                                let value = if c < 3 { at(&image, c, u, v) } else { 1.0 };
                                *sum += weight * f64::from(value);
                            }
                        }
                    }
                    let i = y as usize * image.width + x as usize;
                    for c in 0..3 {
                        next.plane_mut(c)[i] = (sums[c] / sums[3]) as f32;
                    }
                }
            }
            guide = Some(next);
        }
        let expected = guide.unwrap();
        let actual = filter.apply(&image);
        for (a, b) in actual.data.iter().zip(&expected.data) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn small_structures_vanish_and_large_edges_stay() {
        let (width, height) = (60, 40);
        let mut image = Planes::zeros(3, height, width);
        for (i, value) in image.data.iter_mut().enumerate() {
            let (x, y) = (i % width, i / width % height);
            let dot = x % 6 == 0 && y % 6 == 0;
            *value = if x < 30 { 0.2 } else { 0.8 } + if dot { 0.15 } else { 0.0 };
        }
        let result = RollingGuidance::default().apply(&image);
        let line = &result.plane(0)[18 * width..][..width];
        assert!(line[31] - line[28] > 0.5, "the edge stays sharp");
        assert!((line[12] - line[15]).abs() < 0.02, "the dots are gone");
    }
}
