//! The gradient of an image and the divergence that is its exact negative adjoint.
//!
//! Both are defined with Neumann boundaries, of which Liu et al. say nothing: the last column of ∂x and the last row of
//! ∂y are zero, so `⟨∂I, G⟩ = −⟨I, div G⟩` holds for every `G`. Training and both engines rely on this pair.

use crate::Planes;

/// Forward differences of `image` `[C, H, W]` as `[2C, H, W]`: all ∂x planes, then all ∂y planes.
///
/// For values in [0, 1] the gradients lie in [−1, 1]; the unit is per pixel.
pub fn gradient(image: &Planes) -> Planes {
    let Planes {
        channels,
        height,
        width,
        ..
    } = *image;
    let mut output = Planes::zeros(2 * channels, height, width);
    for channel in 0..channels {
        let source = image.plane(channel);
        let dx = output.plane_mut(channel);
        for (line, target) in source.chunks_exact(width).zip(dx.chunks_exact_mut(width)) {
            for (pair, value) in line.windows(2).zip(target) {
                *value = pair[1] - pair[0];
            }
        }
        let dy = output.plane_mut(channels + channel);
        for (i, value) in dy[..(height - 1) * width].iter_mut().enumerate() {
            *value = source[i + width] - source[i];
        }
    }
    output
}

/// Divergence of `field` `[2C, H, W]` as `[C, H, W]`, the negative adjoint of [`gradient`].
///
/// The last column of ∂x and the last row of ∂y, which a gradient leaves zero, are not read.
pub fn divergence(field: &Planes) -> Planes {
    let Planes { height, width, .. } = *field;
    let channels = field.channels / 2;
    let mut output = Planes::zeros(channels, height, width);
    for channel in 0..channels {
        let target = output.plane_mut(channel);
        let dx = field.plane(channel);
        for (line, sums) in dx.chunks_exact(width).zip(target.chunks_exact_mut(width)) {
            for (x, value) in line[..width - 1].iter().enumerate() {
                sums[x] += value;
                sums[x + 1] -= value;
            }
        }
        let dy = field.plane(channels + channel);
        for (i, value) in dy[..(height - 1) * width].iter().enumerate() {
            target[i] += value;
            target[i + width] -= value;
        }
    }
    output
}

/// Sets the last column of ∂x and the last row of ∂y of `field` `[2C, H, W]` to zero, as [`gradient`] leaves them.
pub fn zero_boundary(field: &mut Planes) {
    let Planes {
        channels,
        height,
        width,
        ..
    } = *field;
    for channel in 0..channels {
        let plane = field.plane_mut(channel);
        if channel < channels / 2 {
            plane
                .iter_mut()
                .skip(width - 1)
                .step_by(width)
                .for_each(|v| *v = 0.0);
        } else {
            plane[(height - 1) * width..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    fn random(channels: usize, height: usize, width: usize, seed: u64) -> Planes {
        let mut rng = StdRng::seed_from_u64(seed);
        let data = (0..channels * height * width)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        Planes::new(channels, height, width, data).unwrap()
    }

    #[test]
    fn divergence_is_the_negative_adjoint() {
        for (height, width) in [(1, 1), (1, 9), (7, 1), (17, 23), (4, 4)] {
            let image = random(3, height, width, 1);
            let field = random(6, height, width, 2);
            let dot = |a: &Planes, b: &Planes| -> f64 {
                a.data
                    .iter()
                    .zip(&b.data)
                    .map(|(a, b)| f64::from(*a) * f64::from(*b))
                    .sum()
            };
            let left = dot(&gradient(&image), &field);
            let right = -dot(&image, &divergence(&field));
            assert!(
                (left - right).abs() < 1e-4,
                "{height}×{width}: {left} {right}"
            );
        }
    }

    #[test]
    fn gradient_is_the_forward_difference_with_neumann_boundary() {
        let image = Planes::new(1, 2, 3, vec![0.0, 1.0, 3.0, 5.0, 5.0, 9.0]).unwrap();
        let field = gradient(&image);
        assert_eq!(field.plane(0), [1.0, 2.0, 0.0, 0.0, 4.0, 0.0]);
        assert_eq!(field.plane(1), [5.0, 4.0, 6.0, 0.0, 0.0, 0.0]);
    }
}
