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
