//! Structural similarity (Wang et al., 2004).

use anyhow::{Result, ensure};
use limn::Planes;

const WINDOW: usize = 11;
const SIGMA: f64 = 1.5;
const C1: f64 = 0.01 * 0.01;
const C2: f64 = 0.03 * 0.03;

/// Mean SSIM over the channels and over all positions where the 11×11 Gaussian window (σ = 1.5) lies inside; for
/// values in [0, 1]. Agrees with scikit-image's `structural_similarity(gaussian_weights=True, sigma=1.5,
/// use_sample_covariance=False, data_range=1)`.
///
/// # Errors
/// When a side is shorter than the window.
pub fn ssim(a: &Planes, b: &Planes) -> Result<f64> {
    let (width, height) = (a.width, a.height);
    ensure!(
        width >= WINDOW && height >= WINDOW,
        "SSIM needs at least {WINDOW}×{WINDOW} pixels, this is {width}×{height}"
    );
    let mut sum = 0.0;
    for channel in 0..a.channels {
        let (a, b) = (a.plane(channel), b.plane(channel));
        let blurred = |f: fn(f64, f64) -> f64| {
            let product: Vec<f64> = a
                .iter()
                .zip(b)
                .map(|(a, b)| f(f64::from(*a), f64::from(*b)))
                .collect();
            blur(&product, width, height)
        };
        let mean_a = blurred(|a, _| a);
        let mean_b = blurred(|_, b| b);
        let square_a = blurred(|a, _| a * a);
        let square_b = blurred(|_, b| b * b);
        let product = blurred(|a, b| a * b);
        let total: f64 = (0..mean_a.len())
            .map(|i| {
                let (ma, mb) = (mean_a[i], mean_b[i]);
                let variance_a = square_a[i] - ma * ma;
                let variance_b = square_b[i] - mb * mb;
                let covariance = product[i] - ma * mb;
                (2.0 * ma * mb + C1) * (2.0 * covariance + C2)
                    / ((ma * ma + mb * mb + C1) * (variance_a + variance_b + C2))
            })
            .sum();
        sum += total / mean_a.len() as f64;
    }
    Ok(sum / a.channels as f64)
}

/// Gaussian means at the positions where the window lies inside: `(height − 10) · (width − 10)` values.
fn blur(values: &[f64], width: usize, height: usize) -> Vec<f64> {
    let half = (WINDOW / 2) as f64;
    let mut kernel: Vec<f64> = (0..WINDOW)
        .map(|i| (-0.5 * ((i as f64 - half) / SIGMA).powi(2)).exp())
        .collect();
    let total: f64 = kernel.iter().sum();
    kernel.iter_mut().for_each(|k| *k /= total);
    let inner = width + 1 - WINDOW;
    let rows: Vec<f64> = (0..height)
        .flat_map(|y| {
            let line = &values[y * width..][..width];
            line.windows(WINDOW)
                .map(|w| w.iter().zip(&kernel).map(|(v, k)| v * k).sum::<f64>())
                .collect::<Vec<_>>()
        })
        .collect();
    (0..(height + 1 - WINDOW) * inner)
        .map(|i| (0..WINDOW).map(|k| rows[i + k * inner] * kernel[k]).sum())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(f: impl Fn(usize, usize, usize) -> f32) -> Planes {
        let (width, height) = (24, 19);
        let data = (0..3 * width * height)
            .map(|i| f(i / (width * height), i / width % height, i % width))
            .collect();
        Planes::new(3, height, width, data).unwrap()
    }

    #[test]
    fn agrees_with_scikit_image() {
        let a = pattern(|c, y, x| ((x * 7 + y * 13 + c * 29) % 32) as f32 / 32.0);
        let b = pattern(|c, y, x| ((x * 7 + y * 11 + c * 29) % 32) as f32 / 32.0);
        // skimage 0.26.0: structural_similarity(a, b, channel_axis=0, gaussian_weights=True, sigma=1.5,
        // use_sample_covariance=False, data_range=1) of the same two patterns.
        assert!((ssim(&a, &b).unwrap() - -0.2619055252).abs() < 1e-6);
        assert!((ssim(&a, &a).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn small_images_are_refused() {
        let small = Planes::zeros(3, 10, 40);
        assert!(ssim(&small, &small).is_err());
    }
}
