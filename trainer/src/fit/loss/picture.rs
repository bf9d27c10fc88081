//! How far the rebuilt picture is from what it should be.

use burn::tensor::Tensor;

/// Mean squared error of two pictures `[N, 3, H, W]`.
pub fn picture(ours: Tensor<4>, theirs: Tensor<4>) -> Tensor<1> {
    (ours - theirs).square().mean()
}
