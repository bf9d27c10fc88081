//! The paper's feature term: what VGG sees in the gradient maps themselves.

use burn::tensor::Tensor;
use limn_networks::vgg::Features;

/// Mean squared error of conv3_3 (Liu et al., eq. 3).
pub fn features(ours: &Features, theirs: &Features) -> Tensor<1> {
    (ours.conv3_3.clone() - theirs.conv3_3.clone())
        .square()
        .mean()
}

/// Of the first patches of `gradients` `[N, 6, H, W]` the map of ∂x where `use_dx` says so, else that of ∂y,
/// `[use_dx.len(), 3, H, W]`.
pub fn chosen_maps(gradients: Tensor<4>, use_dx: &[bool]) -> Tensor<4> {
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
