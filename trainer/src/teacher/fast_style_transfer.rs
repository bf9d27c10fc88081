//! The transform network of lengstrom/fast-style-transfer: zero-padded convolutions as TensorFlow's "SAME" does it,
//! instance normalisation after each, five residual blocks, transposed convolutions, `150·tanh + 127.5` at the end.

use anyhow::Result;
use burn::tensor::{
    Device, Tensor,
    activation::relu,
    module::{conv_transpose2d, conv2d},
    ops::{ConvOptions, ConvTransposeOptions, PadMode},
};

use super::instance_norm;
use crate::weights::WeightFile;

const EPSILON: f32 = 1e-3;
const RESIDUAL_CHANNELS: usize = 128;

/// A convolution or transposed convolution with its normalisation.
struct Layer {
    /// OIHW, or IOHW for a transposed convolution.
    weight: Tensor<4>,
    scale: Tensor<4>,
    shift: Tensor<4>,
    stride: usize,
}

/// The network; see [`FastStyleTransfer::forward`].
pub struct FastStyleTransfer {
    down: Vec<Layer>,
    residual: Vec<[Layer; 2]>,
    up: Vec<Layer>,
    last: Layer,
}

impl FastStyleTransfer {
    /// Takes weights stored as `[H, W, in, out]`, those of the transposed convolutions as `[H, W, out, in]`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn new(weights: &WeightFile, device: &Device) -> Result<Self> {
        // The last two axes of the file are in/out or out/in; either way OIHW and IOHW put the last one first.
        let layer = |name: &str,
                     kernel: usize,
                     axes: [usize; 2],
                     outputs: usize,
                     stride: usize|
         -> Result<Layer> {
            let row = |kind: &str| -> Result<Tensor<4>> {
                let values = weights.tensor(&format!("{name}.{kind}"), [outputs], device)?;
                Ok(values.reshape([1, outputs, 1, 1]))
            };
            let stored: Tensor<4> = weights.tensor(
                &format!("{name}.weight_hwio"),
                [kernel, kernel, axes[0], axes[1]],
                device,
            )?;
            Ok(Layer {
                weight: stored.permute([3, 2, 0, 1]),
                scale: row("scale")?,
                shift: row("shift")?,
                stride,
            })
        };
        let conv = |name: &str, inputs: usize, outputs: usize, kernel: usize, stride: usize| {
            layer(name, kernel, [inputs, outputs], outputs, stride)
        };
        let transposed = |name: &str, inputs: usize, outputs: usize| {
            layer(name, 3, [outputs, inputs], outputs, 2)
        };
        let c = RESIDUAL_CHANNELS;
        Ok(Self {
            down: vec![
                conv("conv1", 3, 32, 9, 1)?,
                conv("conv2", 32, 64, 3, 2)?,
                conv("conv3", 64, c, 3, 2)?,
            ],
            residual: (1..=5)
                .map(|i| {
                    Ok([
                        conv(&format!("res{i}.a"), c, c, 3, 1)?,
                        conv(&format!("res{i}.b"), c, c, 3, 1)?,
                    ])
                })
                .collect::<Result<_>>()?,
            up: vec![
                transposed("deconv1", c, 64)?,
                transposed("deconv2", 64, 32)?,
            ],
            last: conv("conv_out", 32, 3, 9, 1)?,
        })
    }

    /// Maps RGB 0..255 `[N, 3, H, W]` to RGB around 0..255 (−22.5 to 277.5); H and W multiples of four.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = x;
        for layer in &self.down {
            x = relu(layer.normalised(layer.convolve(x)));
        }
        for [first, second] in &self.residual {
            let inner = relu(first.normalised(first.convolve(x.clone())));
            x = x + second.normalised(second.convolve(inner));
        }
        for layer in &self.up {
            x = relu(layer.normalised(layer.convolve_transposed(x)));
        }
        self.last.normalised(self.last.convolve(x)).tanh() * 150.0 + 127.5
    }
}

impl Layer {
    fn convolve(&self, x: Tensor<4>) -> Tensor<4> {
        let [.., height, width] = x.dims();
        let [.., kernel] = self.weight.dims();
        let (top, bottom) = same_padding(height, kernel, self.stride);
        let (left, right) = same_padding(width, kernel, self.stride);
        conv2d(
            x.pad((left, right, top, bottom), PadMode::Constant(0.0)),
            self.weight.clone(),
            None,
            ConvOptions::new([self.stride; 2], [0, 0], [1, 1], 1),
        )
    }

    /// The adjoint of a "SAME" convolution of stride 2 and kernel 3 on twice the size: that one pads one row and column
    /// at the end, so the last ones of the full result are cropped.
    fn convolve_transposed(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, height, width] = x.dims();
        let [_, outputs, ..] = self.weight.dims();
        conv_transpose2d(
            x,
            self.weight.clone(),
            None,
            ConvTransposeOptions::new([self.stride; 2], [0, 0], [0, 0], [1, 1], 1),
        )
        .slice([0..batch, 0..outputs, 0..2 * height, 0..2 * width])
    }

    fn normalised(&self, x: Tensor<4>) -> Tensor<4> {
        instance_norm(x, &self.scale, &self.shift, EPSILON)
    }
}

/// TensorFlow's "SAME" padding before and after an axis of `size`: the output has `ceil(size / stride)` samples, and
/// an odd sample goes to the end.
fn same_padding(size: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let total = ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size);
    (total / 2, total - total / 2)
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::golden::{Formula, compare};

    #[test]
    fn output_agrees_with_an_independent_implementation() {
        let device = Device::flex();
        let mut f = Formula::default();
        let layer =
            |f: &mut Formula, name: &str, kernel: usize, axes: [usize; 2], outputs: usize| {
                let fan_in = kernel * kernel * (axes[0] + axes[1] - outputs);
                let shape = [kernel, kernel, axes[0], axes[1]];
                f.kernel(&format!("{name}.weight_hwio"), shape, fan_in);
                f.row(&format!("{name}.scale"), outputs, 0.4, 1.0);
                f.row(&format!("{name}.shift"), outputs, 0.4, 0.0);
            };
        layer(&mut f, "conv1", 9, [3, 32], 32);
        layer(&mut f, "conv2", 3, [32, 64], 64);
        layer(&mut f, "conv3", 3, [64, 128], 128);
        for block in 1..=5 {
            for half in ["a", "b"] {
                layer(&mut f, &format!("res{block}.{half}"), 3, [128, 128], 128);
            }
        }
        layer(&mut f, "deconv1", 3, [64, 128], 64);
        layer(&mut f, "deconv2", 3, [32, 64], 32);
        layer(&mut f, "conv_out", 9, [32, 3], 3);
        let input = f.values(3 * 16 * 12, 255.0, 127.5);
        let net = FastStyleTransfer::new(&f.weights, &device).unwrap();
        let input = Tensor::from_data(TensorData::new(input, [1, 3, 16, 12]), &device);
        compare(net.forward(input), &["fast_style_transfer"]);
    }

    #[test]
    fn same_padding_is_tensorflows() {
        assert_eq!(same_padding(10, 9, 1), (4, 4));
        assert_eq!(same_padding(10, 3, 2), (0, 1));
        assert_eq!(same_padding(9, 3, 2), (1, 1));
    }

    fn layer(weight: Tensor<4>, outputs: usize) -> Layer {
        let device = weight.device();
        Layer {
            weight,
            scale: Tensor::ones([1, outputs, 1, 1], &device),
            shift: Tensor::zeros([1, outputs, 1, 1], &device),
            stride: 2,
        }
    }

    #[test]
    fn transposed_convolution_is_the_adjoint_of_the_same_convolution() {
        let device = Device::flex();
        device.seed(5);
        let random = |shape: [usize; 4]| -> Tensor<4> {
            Tensor::random(shape, burn::tensor::Distribution::Default, &device)
        };
        // As a convolution from 3 to 2 channels OIHW, as its adjoint from 2 to 3 channels IOHW: the same numbers.
        let layer = layer(random([2, 3, 3, 3]), 2);
        let (fine, coarse) = (random([1, 3, 8, 12]), random([1, 2, 4, 6]));
        let down = layer.convolve(fine.clone());
        let up = layer.convolve_transposed(coarse.clone());
        assert_eq!((down.dims(), up.dims()), ([1, 2, 4, 6], [1, 3, 8, 12]));
        let left = (down * coarse).sum().into_scalar::<f32>();
        let right = (up * fine).sum().into_scalar::<f32>();
        assert!((left - right).abs() < 1e-3 * left.abs(), "{left} {right}");
    }
}
