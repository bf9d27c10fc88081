//! Layers that several networks are made of, with fixed weights.

use burn::tensor::{
    Device, Tensor,
    module::{conv2d, interpolate},
    ops::{ConvOptions, InterpolateMode, InterpolateOptions, PadMode},
};

use crate::weights::{WeightError, Weights};

/// What stands beyond the border of a convolution's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// The picture mirrored at its edge pixels, which are not repeated; half a kernel wide.
    Reflect,
    /// Zeros, as many as TensorFlow's "SAME" takes.
    Same,
}

/// A convolution of a square kernel.
pub struct Conv {
    /// `[out, in, k, k]`
    pub weight: Tensor<4>,
    /// `[out]`
    pub bias: Option<Tensor<1>>,
    pub stride: usize,
    pub padding: Padding,
}

impl Conv {
    /// Maps `[N, in, H, W]` to `[N, out, ceil(H / stride), ceil(W / stride)]`, for odd kernels. A reflected border asks
    /// for more than half a kernel of pixels each way.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = x.dims();
        let [.., kernel] = self.weight.dims();
        let half = kernel / 2;
        let (borders, mode) = match self.padding {
            Padding::Reflect => ((half, half, half, half), PadMode::Reflect),
            Padding::Same => {
                let (top, bottom) = same_padding(height, kernel, self.stride);
                let (left, right) = same_padding(width, kernel, self.stride);
                ((left, right, top, bottom), PadMode::Constant(0.0))
            }
        };
        conv2d(
            x.pad(borders, mode),
            self.weight.clone(),
            self.bias.clone(),
            ConvOptions::new([self.stride; 2], [0, 0], [1, 1], 1),
        )
    }
}

/// TensorFlow's "SAME" padding before and after an axis of `size`: the output has `ceil(size / stride)` samples, and
/// an odd sample goes to the end.
fn same_padding(size: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let total = ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size);
    (total / 2, total - total / 2)
}

/// Instance normalisation (Ulyanov et al., "Instance Normalization: The Missing Ingredient for Fast Stylization", 2016)
/// with a scale and a shift per channel.
pub struct InstanceNorm {
    /// `[1, C, 1, 1]`
    scale: Tensor<4>,
    /// `[1, C, 1, 1]`
    shift: Tensor<4>,
    epsilon: f32,
}

impl InstanceNorm {
    /// Takes scale and shift, `[channels]` each, by their names.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn new(
        weights: &Weights,
        [scale, shift]: [&str; 2],
        channels: usize,
        epsilon: f32,
        device: &Device,
    ) -> Result<Self, WeightError> {
        let row = |name: &str| -> Result<Tensor<4>, WeightError> {
            let values = weights.tensor(name, [channels], device)?;
            Ok(values.reshape([1, channels, 1, 1]))
        };
        Ok(Self {
            scale: row(scale)?,
            shift: row(shift)?,
            epsilon,
        })
    }

    /// Brings each channel of each image of `x` `[N, C, H, W]` to the mean and deviation that shift and scale say.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mean = x.clone().mean_dim(3).mean_dim(2);
        let centred = x - mean;
        let variance = centred.clone().square().mean_dim(3).mean_dim(2);
        centred / (variance + self.epsilon).sqrt() * self.scale.clone() + self.shift.clone()
    }
}

/// Every pixel of `x` `[N, C, H, W]` as 2×2 pixels, `[N, C, 2H, 2W]`.
pub fn upsample(x: Tensor<4>) -> Tensor<4> {
    let double = InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]);
    interpolate(x, double)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_tensorflows() {
        assert_eq!(same_padding(10, 9, 1), (4, 4));
        assert_eq!(same_padding(10, 3, 2), (0, 1));
        assert_eq!(same_padding(9, 3, 2), (1, 1));
    }
}
