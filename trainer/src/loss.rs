//! The training loss on gradient patches: pixels, VGG features, Gram matrices, and local line energy.

use burn::tensor::{Tensor, module::avg_pool2d, ops::AvgPoolOptions};
use serde::{Deserialize, Serialize};

use crate::vgg::{Features, Vgg16};

/// Weights of the terms of [`Losses`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossWeights {
    /// Mean squared error of the gradients (image values in [0, 1]).
    pub pixel: f64,
    /// Mean squared error of VGG-16 conv3_3 of the gradient maps × 255.
    pub features: f64,
    /// Relative squared distance of Gram matrices, summed over conv1_2, conv2_2 and conv3_3.
    #[serde(default)]
    pub gram: f64,
    /// Relative squared distance of the local mean gradient magnitude; see [`energy_loss`].
    #[serde(default)]
    pub energy: f64,
}

/// Values of the terms before weighting, and their weighted sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    pub total: f32,
    pub pixel: f32,
    pub features: f32,
    pub gram: f32,
    pub energy: f32,
}

/// Compares gradients `output` with `target`, both `[N, 6, H, W]`. Returns the values and the differentiable total.
///
/// VGG looks at the first `use_dx.len()` patches, and there at one of the two maps, ∂x where `use_dx` says so, else
/// ∂y. Drawn at random this is an unbiased estimate of all, and VGG is nearly all of a step's work.
pub fn losses(
    vgg: &Vgg16,
    weights: &LossWeights,
    output: Tensor<4>,
    target: Tensor<4>,
    use_dx: &[bool],
) -> (Losses, Tensor<1>) {
    let pixel = (output.clone() - target.clone()).square().mean();
    let energy = energy_loss(output.clone(), target.clone());
    let ours = vgg.features(chosen_maps(output, use_dx));
    // The target is outside autodiff, so its features cost no graph.
    let theirs = vgg.features(chosen_maps(target, use_dx));
    let features = (ours.conv3_3.clone() - theirs.conv3_3.clone())
        .square()
        .mean();
    let gram = gram_loss(&ours, &theirs);
    let total = pixel.clone() * weights.pixel
        + features.clone() * weights.features
        + gram.clone() * weights.gram
        + energy.clone() * weights.energy;
    let values = Losses {
        total: scalar(&total),
        pixel: scalar(&pixel),
        features: scalar(&features),
        gram: scalar(&gram),
        energy: scalar(&energy),
    };
    (values, total)
}

fn scalar(x: &Tensor<1>) -> f32 {
    x.clone().into_scalar::<f32>()
}

fn chosen_maps(gradients: Tensor<4>, use_dx: &[bool]) -> Tensor<4> {
    let maps = use_dx
        .iter()
        .enumerate()
        .map(|(i, dx)| {
            gradients
                .clone()
                .narrow(0, i, 1)
                .narrow(1, if *dx { 0 } else { 3 }, 3)
        })
        .collect();
    Tensor::cat(maps, 0)
}

/// Gram matrices `[N, C, C]` of `[N, C, H, W]` features, divided by C·H·W.
fn gram(features: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = features.dims();
    let flat = features.reshape([batch, channels, height * width]);
    flat.clone().matmul(flat.transpose()) / (channels * height * width) as f64
}

/// `Σ_layers mean_n ‖G − G*‖² / (‖G*‖² + a tenth of its mean over the batch)`. The addend keeps patches without
/// anything in them from dominating.
fn gram_loss(ours: &Features, theirs: &Features) -> Tensor<1> {
    let layer = |ours: &Tensor<4>, theirs: &Tensor<4>| {
        let norm = |g: Tensor<3>| g.square().sum_dim(2).sum_dim(1);
        let target = gram(theirs.clone());
        let scale = norm(target.clone());
        let floor = scale.clone().mean_dim(0) * 0.1;
        (norm(gram(ours.clone()) - target) / (scale + floor)).mean()
    };
    layer(&ours.conv1_2, &theirs.conv1_2)
        + layer(&ours.conv2_2, &theirs.conv2_2)
        + layer(&ours.conv3_3, &theirs.conv3_3)
}

/// Side of the windows in which [`energy_loss`] compares.
const ENERGY_WINDOW: usize = 16;

/// Mean squared relative difference of the mean |gradient| in 16×16 windows, per channel. A squared error makes lines
/// faint where it cannot place them exactly; this asks for their strength without asking for their place.
pub fn energy_loss(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let [.., height, width] = output.dims();
    let window = ENERGY_WINDOW.min(height).min(width);
    let energy = |x: Tensor<4>| {
        // √(x² + ε) instead of |x|: its derivative at zero is defined.
        avg_pool2d(
            (x.square() + 1e-6).sqrt(),
            AvgPoolOptions::new([window; 2]).with_stride([window; 2]),
        )
    };
    let target = energy(target);
    ((energy(output) - target.clone()) / (target + 0.01))
        .square()
        .mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;
    use crate::golden::random_vgg16;

    const WEIGHTS: LossWeights = LossWeights {
        pixel: 10.0,
        features: 1e-2,
        gram: 2.0,
        energy: 3.0,
    };

    fn patches(seed: u64, scale: f64, device: &Device) -> Tensor<4> {
        device.seed(seed);
        Tensor::random([2, 6, 16, 16], Distribution::Normal(0.0, scale), device)
    }

    #[test]
    fn derivative_agrees_with_finite_differences() {
        let device = Device::flex();
        let vgg = Vgg16::new(&random_vgg16(), &device).unwrap();
        let output = patches(1, 0.1, &device);
        let target = patches(2, 0.1, &device);
        let use_dx = [true, false];
        for weights in [
            LossWeights {
                features: 0.0,
                gram: 0.0,
                energy: 0.0,
                ..WEIGHTS
            },
            LossWeights {
                pixel: 0.0,
                gram: 0.0,
                energy: 0.0,
                ..WEIGHTS
            },
            LossWeights {
                pixel: 0.0,
                features: 0.0,
                energy: 0.0,
                ..WEIGHTS
            },
            LossWeights {
                pixel: 0.0,
                features: 0.0,
                gram: 0.0,
                ..WEIGHTS
            },
            WEIGHTS,
        ] {
            let total = |x: Tensor<4>| losses(&vgg, &weights, x, target.clone(), &use_dx).1;
            let leaf = output.clone().autodiff().require_grad();
            let gradient = leaf.grad(&total(leaf.clone()).backward()).unwrap();
            // Along the gradient itself, where the change stands out best from rounding; a short step, since the
            // features have kinks (ReLU, max pooling) all over.
            let peak = gradient.clone().abs().max().into_scalar::<f32>();
            let direction = gradient.clone() / peak;
            let slope = (gradient * direction.clone()).sum().into_scalar::<f32>();
            let step = 1e-3;
            let at = |t: f64| total(output.clone() + direction.clone() * t).into_scalar::<f32>();
            let difference = (at(step) - at(-step)) / (2.0 * step as f32);
            assert!(slope.abs() > 1e-3, "{weights:?}: {slope} tests nothing");
            assert!(
                (slope - difference).abs() < 0.05 * slope.abs(),
                "{weights:?}: {slope}, by differences {difference}"
            );
        }
    }

    #[test]
    fn every_term_is_zero_for_the_target_itself() {
        let device = Device::flex();
        let vgg = Vgg16::new(&random_vgg16(), &device).unwrap();
        let target = patches(2, 0.1, &device);
        let (values, _) = losses(&vgg, &WEIGHTS, target.clone(), target, &[true, true]);
        assert_eq!(values, Losses::default());
    }

    #[test]
    fn energy_sees_strength_but_not_place() {
        let device = Device::flex();
        let target = patches(2, 0.1, &device);
        let energy = |output: Tensor<4>| energy_loss(output, target.clone()).into_scalar::<f32>();
        // A mirrored patch of the size of one window has the same lines elsewhere.
        assert!(energy(target.clone().flip([3])) < 1e-9);
        assert!(energy(target.clone() * 0.5) > 0.1);
    }
}
