//! The Gram term: the texture of the picture.

use burn::tensor::Tensor;
use limn_networks::vgg::Features;

use super::relative::{over_layers, relative};

/// Covariances `[N, C, C]` of mean-removed features `[N, C, H, W]` over their places.
fn covariance(features: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = features.dims();
    let flat = features.reshape([batch, channels, height * width]);
    let flat = flat.clone() - flat.mean_dim(2);
    flat.clone().matmul(flat.transpose()) / (height * width) as f64
}

/// Squared distance of the covariances, relative to the target's: the style term of Gatys et al., "Image Style Transfer
/// Using Convolutional Neural Networks", 2016, on features whose mean is taken away.
pub fn gram(ours: &Features, theirs: &Features) -> Tensor<1> {
    over_layers(ours, theirs, |ours, theirs| {
        let [batch, channels, ..] = theirs.dims();
        let rows = |x: Tensor<4>| covariance(x).reshape([batch, channels * channels]);
        let target = rows(theirs);
        relative(rows(ours) - target.clone(), target)
    })
}
