//! The paper's pixel term.

use burn::tensor::Tensor;

/// Mean squared error of `output` and `target`, `[N, C, H, W]` (Liu et al., eq. 2).
pub fn pixel(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    (output - target).square().mean()
}
