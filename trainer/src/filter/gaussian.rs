//! Gaussian smoothing and luma, which several filters need.

use limn::Planes;
use rayon::prelude::*;

/// Rec. 601 luma of `[3, H, W]` sRGB-encoded colours, `height · width` values in [0, 1].
pub fn luma(image: &Planes) -> Vec<f32> {
    image
        .plane(0)
        .iter()
        .zip(image.plane(1))
        .zip(image.plane(2))
        .map(|((r, g), b)| 0.299 * r + 0.587 * g + 0.114 * b)
        .collect()
}

/// Every channel of `image` smoothed by [`blur`].
pub fn blur_planes(image: &Planes, sigma: f32) -> Planes {
    let mut output = image.clone();
    for channel in 0..image.channels {
        let smooth = blur(image.plane(channel), image.width, sigma);
        output.plane_mut(channel).copy_from_slice(&smooth);
    }
    output
}

/// `plane` (rows of `width` values) convolved with a Gaussian of `sigma` pixels, cut off at 3σ; beyond the border the
/// nearest pixel repeats. Returns a copy for `sigma` = 0.
pub fn blur(plane: &[f32], width: usize, sigma: f32) -> Vec<f32> {
    if sigma <= 0.0 {
        return plane.to_vec();
    }
    let height = plane.len() / width;
    let radius = (3.0 * sigma).ceil() as usize;
    let kernel = kernel(sigma, radius);
    let mut rows = vec![0.0; plane.len()];
    rows.par_chunks_exact_mut(width)
        .zip(plane.par_chunks_exact(width))
        .for_each_init(
            || vec![0.0; width + 2 * radius],
            |padded, (target, source)| {
                padded[..radius].fill(source[0]);
                padded[radius..radius + width].copy_from_slice(source);
                padded[radius + width..].fill(source[width - 1]);
                for (offset, weight) in kernel.iter().enumerate() {
                    for (value, v) in target.iter_mut().zip(&padded[offset..]) {
                        *value += weight * v;
                    }
                }
            },
        );
    let mut output = vec![0.0; plane.len()];
    output
        .par_chunks_exact_mut(width)
        .enumerate()
        .for_each(|(y, target)| {
            for (offset, weight) in kernel.iter().enumerate() {
                let from = (y + offset).saturating_sub(radius).min(height - 1);
                for (value, v) in target.iter_mut().zip(&rows[from * width..]) {
                    *value += weight * v;
                }
            }
        });
    output
}

/// Central differences `(∂x, ∂y)` of `plane` (rows of `width` values) per pixel; beyond the border the nearest pixel
/// repeats.
pub fn slopes(plane: &[f32], width: usize) -> Vec<[f32; 2]> {
    let height = plane.len() / width;
    (0..plane.len())
        .map(|i| {
            let (x, y) = (i % width, i / width);
            let row = y * width;
            let (above, below) = (y.saturating_sub(1) * width, (y + 1).min(height - 1) * width);
            [
                0.5 * (plane[row + (x + 1).min(width - 1)] - plane[row + x.saturating_sub(1)]),
                0.5 * (plane[below + x] - plane[above + x]),
            ]
        })
        .collect()
}

/// Samples of a Gaussian at −radius..radius pixels, sum 1.
pub fn kernel(sigma: f32, radius: usize) -> Vec<f32> {
    let radius = radius as i32;
    let weights: Vec<f32> = (-radius..=radius)
        .map(|x| (-0.5 * (x as f32 / sigma).powi(2)).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_spreads_to_the_variance_asked_for() {
        let (width, height, sigma) = (41, 41, 2.5);
        let mut plane = vec![0.0; width * height];
        plane[20 * width + 20] = 1.0;
        let smooth = blur(&plane, width, sigma);
        let moment = |f: &dyn Fn(f32, f32) -> f32| -> f32 {
            smooth
                .iter()
                .enumerate()
                .map(|(i, v)| v * f((i % width) as f32 - 20.0, (i / width) as f32 - 20.0))
                .sum()
        };
        assert!((moment(&|_, _| 1.0) - 1.0).abs() < 1e-5);
        assert!((moment(&|x, _| x * x) / (sigma * sigma) - 1.0).abs() < 0.03);
        assert!((moment(&|_, y| y * y) / (sigma * sigma) - 1.0).abs() < 0.03);
        assert!(moment(&|x, y| x * y).abs() < 1e-5);
    }
}
