//! The energy term: how strong lines are, wherever they lie.

use burn::tensor::{Tensor, module::avg_pool2d, ops::AvgPoolOptions};

/// Side of the windows in which [`energy`] compares.
const WINDOW: usize = 16;

/// Mean squared relative difference of the mean |gradient| in 16×16 windows, per channel. A squared error makes lines
/// faint where it cannot place them exactly; this asks for their strength without asking for their place.
pub fn energy(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let [.., height, width] = output.dims();
    let window = WINDOW.min(height).min(width);
    let mean = |x: Tensor<4>| {
        // √(x² + ε) instead of |x|: its derivative at zero is defined.
        avg_pool2d(
            (x.square() + 1e-6).sqrt(),
            AvgPoolOptions::new([window; 2]).with_stride([window; 2]),
        )
    };
    let target = mean(target);
    ((mean(output) - target.clone()) / (target + 0.01))
        .square()
        .mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::{super::test_patches::patches, *};

    #[test]
    fn energy_sees_strength_but_not_place() {
        let device = Device::flex();
        let target = patches(2, 0.1, &device);
        let energy = |output: Tensor<4>| super::energy(output, target.clone()).into_scalar::<f32>();
        // A mirrored patch of the size of one window has the same lines elsewhere.
        assert!(energy(target.clone().flip([3])) < 1e-9);
        assert!(energy(target.clone() * 0.5) > 0.1);
    }
}
