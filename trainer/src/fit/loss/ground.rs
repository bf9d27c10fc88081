//! How far the corrected ground is from the reference.

use burn::tensor::Tensor;

/// Mean squared error of the ground with the second head's correction, `corrected`, beside the reference `picture`, both
/// `[N, 3, H, W]`. The correction is smooth, so what is left in the end are the reference's lines and edges, which are the
/// gradients' matter.
pub fn ground(corrected: Tensor<4>, picture: Tensor<4>) -> Tensor<1> {
    (corrected - picture).square().mean()
}
