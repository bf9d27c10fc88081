//! The perceptual term: what VGG sees in the picture, place by place.

use burn::tensor::Tensor;
use limn_networks::vgg::Features;

use super::relative::{over_layers, relative};

/// Squared error of the features, relative to their variation over the patch: the content term of Johnson et al.,
/// "Perceptual Losses for Real-Time Style Transfer and Super-Resolution", 2016, here against the reference.
pub fn perceptual(ours: &Features, theirs: &Features) -> Tensor<1> {
    over_layers(ours, theirs, |ours, theirs| {
        let [batch, channels, height, width] = theirs.dims();
        let rows = |x: Tensor<4>| x.reshape([batch, channels * height * width]);
        let variation = {
            let flat = theirs.clone().reshape([batch, channels, height * width]);
            flat.clone() - flat.mean_dim(2)
        };
        relative(
            rows(ours - theirs),
            variation.reshape([batch, channels * height * width]),
        )
    })
}
