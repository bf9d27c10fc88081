//! The direction field of a picture, and the lines drawn along it: the smoothed structure tensor and the flow-guided
//! difference of Gaussians, of which the drawn looks are made.

use limn::Planes;
use rayon::prelude::*;

use super::gaussian::{blur, kernel, luma};

/// Direction of the edges at each pixel.
pub struct Flow {
    pub width: usize,
    pub height: usize,
    /// Unit vectors `(x, y)` along the edge, the minor eigenvector of the structure tensor. Their sign is arbitrary.
    pub tangent: Vec<[f32; 2]>,
    /// (λ₁ − λ₂) / (λ₁ + λ₂) of the tensor's eigenvalues: 0 where no direction prevails, 1 on a straight edge.
    pub anisotropy: Vec<f32>,
}

impl Flow {
    /// The structure tensor of all channels (Di Zenzo, "A Note on the Gradient of a Multi-Image", 1986) from central
    /// differences, smoothed by a Gaussian of `sigma` pixels as in Kyprianidis and Kang, "Image and Video Abstraction by
    /// Coherence-Enhancing Filtering", Eurographics 2011, §3.1.
    pub fn new(image: &Planes, sigma: f32) -> Self {
        let Planes { width, height, .. } = *image;
        let mut tensor = [
            vec![0.0_f32; width * height],
            vec![0.0; width * height],
            vec![0.0; width * height],
        ];
        for channel in 0..image.channels {
            let plane = image.plane(channel);
            for y in 0..height {
                let above = y.saturating_sub(1) * width;
                let below = (y + 1).min(height - 1) * width;
                for x in 0..width {
                    let left = x.saturating_sub(1);
                    let right = (x + 1).min(width - 1);
                    let gx = plane[y * width + right] - plane[y * width + left];
                    let gy = plane[below + x] - plane[above + x];
                    tensor[0][y * width + x] += gx * gx;
                    tensor[1][y * width + x] += gx * gy;
                    tensor[2][y * width + x] += gy * gy;
                }
            }
        }
        let [xx, xy, yy] = tensor.map(|plane| blur(&plane, width, sigma));
        let tangent = (0..width * height)
            .map(|i| {
                // The angle of the major eigenvector, that is across the edge, turned by a right angle.
                let across = 0.5 * (2.0 * xy[i]).atan2(xx[i] - yy[i]);
                [-across.sin(), across.cos()]
            })
            .collect();
        let anisotropy = (0..width * height)
            .map(|i| {
                let sum = xx[i] + yy[i];
                (xx[i] - yy[i]).hypot(2.0 * xy[i]) / sum.max(1e-6)
            })
            .collect();
        Self {
            width,
            height,
            tangent,
            anisotropy,
        }
    }

    /// `plane` averaged along the flow: a line integral convolution with a Gaussian of `sigma` pixels, in steps of one
    /// pixel to 2σ either way. It ends at the border.
    pub fn smooth_along(&self, plane: &[f32], sigma: f32) -> Vec<f32> {
        let steps = (2.0 * sigma).ceil() as usize;
        let weights: Vec<f32> = (1..=steps)
            .map(|k| (-0.5 * (k as f32 / sigma).powi(2)).exp())
            .collect();
        self.map(|x, y, tangent| {
            let mut sum = plane[y * self.width + x];
            let mut total = 1.0;
            for sign in [1.0, -1.0] {
                let mut direction = tangent.map(|t| sign * t);
                let mut at = [x as f32, y as f32];
                for weight in &weights {
                    at = [at[0] + direction[0], at[1] + direction[1]];
                    if !self.contains(at) {
                        break;
                    }
                    sum += weight * self.sample(plane, at);
                    total += weight;
                    let next =
                        self.tangent[at[1].round() as usize * self.width + at[0].round() as usize];
                    // Eigenvectors have no sign: go on without turning back.
                    let ahead = next[0] * direction[0] + next[1] * direction[1] >= 0.0;
                    direction = if ahead { next } else { next.map(|t| -t) };
                }
            }
            sum / total
        })
    }

    /// `plane` convolved across the flow with the difference of two Gaussians of `sigma` and 1.6 · `sigma` pixels, each
    /// of sum 1: negative on the dark side of an edge and on dark lines, zero on flat ground. The nearest pixel repeats
    /// beyond the border.
    pub fn difference_of_gaussians(&self, plane: &[f32], sigma: f32) -> Vec<f32> {
        let wide = 1.6 * sigma;
        let radius = (3.0 * wide).ceil() as usize;
        let reach = radius as i32;
        let kernel: Vec<f32> = kernel(sigma, radius)
            .iter()
            .zip(kernel(wide, radius))
            .map(|(narrow, wide)| narrow - wide)
            .collect();
        self.map(|x, y, [tx, ty]| {
            kernel
                .iter()
                .zip(-reach..=reach)
                .map(|(weight, k)| {
                    let at = [x as f32 - k as f32 * ty, y as f32 + k as f32 * tx];
                    weight * self.sample(plane, at)
                })
                .sum()
        })
    }

    /// Evaluates `f(x, y, tangent)` at every pixel.
    fn map(&self, f: impl Fn(usize, usize, [f32; 2]) -> f32 + Sync) -> Vec<f32> {
        self.tangent
            .par_iter()
            .enumerate()
            .map(|(i, tangent)| f(i % self.width, i / self.width, *tangent))
            .collect()
    }

    fn contains(&self, [x, y]: [f32; 2]) -> bool {
        x >= 0.0 && y >= 0.0 && x <= (self.width - 1) as f32 && y <= (self.height - 1) as f32
    }

    /// `plane` at `(x, y)`, bilinearly; moved to the nearest pixel beyond the border.
    fn sample(&self, plane: &[f32], [x, y]: [f32; 2]) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (left, top) = (x as usize, y as usize);
        let right = (left + 1).min(self.width - 1);
        let bottom = (top + 1).min(self.height - 1);
        let (u, v) = (x - left as f32, y - top as f32);
        let at = |x: usize, y: usize| plane[y * self.width + x];
        let upper = at(left, top) + u * (at(right, top) - at(left, top));
        let lower = at(left, bottom) + u * (at(right, bottom) - at(left, bottom));
        upper + v * (lower - upper)
    }
}

/// Lines on both sides of edges (Winnemöller, Kyprianidis, Olsen, "XDoG: An eXtended Difference-of-Gaussians
/// Compendium", 2012, in its flow-based form).
///
/// The published operator subtracts a little less than the whole wider Gaussian (τ < 1), so that dark areas turn black.
/// Here τ = 1: the response then depends on gradients alone, which is what a network that sees only gradients can
/// learn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lines {
    /// σ_e of the narrower Gaussian in pixels; lines are about 2σ_e wide.
    pub width: f32,
    /// σ_m of the smoothing along the line in pixels; longer lines are smoother and lose small features.
    pub length: f32,
    /// Response at which a line begins, ε; larger leaves out faint edges.
    pub threshold: f32,
    /// φ, how fast a line sets in beyond the threshold.
    pub steepness: f32,
}

/// How much of each pixel lines cover, `height · width` values from 0 (none) to 1 (full).
pub struct Coverage {
    /// Lines on the dark side of edges and on dark lines.
    pub dark: Vec<f32>,
    /// Lines on the light side of edges and on light lines.
    pub light: Vec<f32>,
}

impl Lines {
    /// The lines of `image` `[3, H, W]`, drawn by its luma along `flow`.
    pub fn draw(&self, image: &Planes, flow: &Flow) -> Coverage {
        let across = flow.difference_of_gaussians(&luma(image), self.width);
        let response = flow.smooth_along(&across, self.length);
        let cover = |d: f32| (self.steepness * (d - self.threshold).max(0.0)).tanh();
        Coverage {
            dark: response.iter().map(|d| cover(-d)).collect(),
            light: response.iter().map(|d| cover(*d)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Brightness 0.8 below the line through the centre at `angle`, 0.2 above it.
    fn edge(side: usize, angle: f32) -> Planes {
        let half = side as f32 / 2.0 - 0.5;
        let mut image = Planes::zeros(3, side, side);
        for (i, value) in image.data.iter_mut().enumerate() {
            let (x, y) = ((i % side) as f32 - half, (i / side % side) as f32 - half);
            let across = y * angle.cos() - x * angle.sin();
            *value = 0.5 + 0.3 * (2.0 * across).tanh();
        }
        image
    }

    #[test]
    fn tangents_follow_the_edge() {
        for angle in [0.0, 0.5, 1.3, 2.2_f32] {
            let flow = Flow::new(&edge(31, angle), 2.0);
            let [x, y] = flow.tangent[15 * 31 + 15];
            let along = (x * angle.cos() + y * angle.sin()).abs();
            assert!(along > 0.995, "{angle}: {x} {y}");
        }
    }

    #[test]
    fn dark_lines_lie_on_the_dark_side_and_light_ones_on_the_light_side() {
        let image = edge(31, 0.5);
        let lines = Lines {
            width: 1.4,
            length: 3.0,
            threshold: 0.005,
            steepness: 50.0,
        };
        let cover = lines.draw(&image, &Flow::new(&image, 2.0));
        for (i, brightness) in image.plane(0).iter().enumerate() {
            let (x, y) = (i % 31, i / 31);
            let is_inside = (5..26).contains(&x) && (5..26).contains(&y);
            if !is_inside {
                continue;
            }
            if cover.dark[i] > 0.1 {
                assert!(*brightness < 0.5, "dark at {x} {y}");
            }
            if cover.light[i] > 0.1 {
                assert!(*brightness > 0.5, "light at {x} {y}");
            }
        }
        let most = |values: &[f32]| values.iter().copied().fold(0.0, f32::max);
        assert!(most(&cover.dark) > 0.7 && most(&cover.light) > 0.7);
    }

    #[test]
    fn smoothing_along_the_edge_keeps_it_and_removes_noise() {
        let image = edge(31, 0.5);
        let flow = Flow::new(&image, 2.0);
        let noise = |i: usize| ((i * 7919 % 101) as f32 / 101.0 - 0.5) * 0.2;
        let noisy: Vec<f32> = (0..31 * 31).map(|i| image.data[i] + noise(i)).collect();
        let smooth = flow.smooth_along(&noisy, 4.0);
        // Near the edge, where its direction is known.
        let deviation = |values: &[f32]| -> f32 {
            (10 * 31..21 * 31)
                .filter(|i| (10..21).contains(&(i % 31)))
                .map(|i| (values[i] - image.data[i]).powi(2))
                .sum()
        };
        assert!(deviation(&smooth) < 0.3 * deviation(&noisy));
    }
}
