//! L0 gradient minimisation: flattens a picture into few regions of one colour while their edges stay sharp.

use limn::{Planes, gradient::gradient, solve::reconstruct_exact};
use rayon::prelude::*;

use super::{Entry, Filter, Kind, Parameter};

/// `argmin_S ‖S − I‖² + λ·#{p : ∂S(p) ≠ 0}` by half-quadratic splitting (Xu, Lu, Xu, Jia, "Image Smoothing via L0
/// Gradient Minimization", SIGGRAPH Asia 2011, algorithm 1).
///
/// A pixel's gradient counts once for all channels, as in the paper's eq. (12). The quadratic subproblem is Limn's own
/// screened Poisson equation with weight β, solved exactly by the DCT; so the boundary is Neumann where the authors'
/// code, which uses the FFT, wraps around.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L0 {
    /// λ, the price of one non-zero gradient; larger is flatter.
    pub lambda: f32,
    /// κ > 1, by which β grows per iteration; smaller is slower and flatter.
    pub kappa: f32,
}

impl Default for L0 {
    fn default() -> Self {
        Self {
            lambda: 0.02,
            kappa: 2.0,
        }
    }
}

/// β of the last iteration, as in the paper.
const MAX_BETA: f32 = 1e5;

impl L0 {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "l0",
        kind: Kind::Filter,
        about: "L0 gradient minimisation: regions of one colour",
        new: || Box::new(Self::default()),
    };
}

impl Filter for L0 {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::lambda(&mut self.lambda),
            Parameter::number(
                "kappa",
                "Growth κ of the splitting weight per iteration; smaller is slower and flatter",
                1.05..=10.0,
                &mut self.kappa,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let channels: Vec<Planes> = (0..image.channels)
            .map(|channel| Planes {
                channels: 1,
                data: image.plane(channel).to_vec(),
                ..*image
            })
            .collect();
        let mut smooth = channels.clone();
        let mut beta = 2.0 * self.lambda;
        while beta < MAX_BETA {
            let mut fields: Vec<Planes> = smooth.par_iter().map(gradient).collect();
            keep_large_gradients(&mut fields, self.lambda / beta);
            smooth = channels
                .par_iter()
                .zip(&fields)
                .map(|(channel, field)| reconstruct_exact(channel, field, beta))
                .collect();
            beta *= self.kappa;
        }
        Planes {
            data: smooth.into_iter().flat_map(|plane| plane.data).collect(),
            ..*image
        }
    }
}

/// The other subproblem, eq. (12): the gradient of a pixel is dropped in all channels where its squared length, summed
/// over the channels, is at most `threshold`. `fields` holds one `[2, H, W]` gradient per channel.
fn keep_large_gradients(fields: &mut [Planes], threshold: f32) {
    let Some(size) = fields.first().map(|field| field.height * field.width) else {
        return;
    };
    for i in 0..size {
        let squared: f32 = fields
            .iter()
            .map(|field| field.data[i].powi(2) + field.data[size + i].powi(2))
            .sum();
        if squared <= threshold {
            for field in fields.iter_mut() {
                field.data[i] = 0.0;
                field.data[size + i] = 0.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::noisy_shapes;

    /// Pixels whose gradient is more than half an 8-bit step in some channel.
    fn non_zero_gradients(image: &Planes) -> usize {
        let field = gradient(image);
        let size = image.height * image.width;
        (0..size)
            .filter(|i| (0..field.channels).any(|c| field.plane(c)[*i].abs() > 0.5 / 255.0))
            .count()
    }

    #[test]
    fn fewer_gradients_remain_as_lambda_rises() {
        let image = noisy_shapes(96, 80);
        let counts: Vec<usize> = [1e-4, 1e-3, 1e-2, 1e-1]
            .map(|lambda| {
                let filter = L0 {
                    lambda,
                    ..L0::default()
                };
                non_zero_gradients(&filter.apply(&image))
            })
            .to_vec();
        assert!(
            counts.windows(2).all(|pair| pair[1] < pair[0]),
            "{counts:?}"
        );
        assert!(counts[0] < non_zero_gradients(&image));
    }

    #[test]
    fn a_noisy_step_becomes_a_clean_one_in_its_place() {
        let (width, height) = (40, 24);
        let noise = noisy_shapes(width, height);
        let mut image = Planes::zeros(3, height, width);
        for (i, value) in image.data.iter_mut().enumerate() {
            let step = if i % width < 17 { 0.3 } else { 0.7 };
            *value = step + 0.05 * (noise.data[i] - 0.5);
        }
        let result = L0::default().apply(&image);
        for line in result.data.chunks_exact(width) {
            for x in 0..width - 1 {
                let jump = (line[x + 1] - line[x]).abs();
                if x == 16 {
                    assert!(jump > 0.35, "the step is {jump}");
                } else {
                    assert!(jump < 2e-3, "{jump} at {x}");
                }
            }
        }
    }
}
