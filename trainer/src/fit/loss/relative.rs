//! What the terms on VGG's features share: a sum over its layers, of errors relative to the target.

use burn::tensor::Tensor;
use limn_networks::vgg::Features;

/// Sum over the three layers of `term(ours, theirs)`.
pub fn over_layers(
    ours: &Features,
    theirs: &Features,
    term: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<1>,
) -> Tensor<1> {
    term(ours.conv1_2.clone(), theirs.conv1_2.clone())
        + term(ours.conv2_2.clone(), theirs.conv2_2.clone())
        + term(ours.conv3_3.clone(), theirs.conv3_3.clone())
}

/// `Σ_layers mean_n (‖distance‖² / (‖target‖² + a tenth of its mean over the batch))`, for rows `[N, K]`. The addend
/// keeps patches without anything in them from dominating.
pub fn relative(distance: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let norm = |x: Tensor<2>| x.square().mean_dim(1);
    let scale = norm(target);
    let floor = scale.clone().mean_dim(0) * 0.1 + 1e-6;
    (norm(distance) / (scale + floor)).mean()
}
