//! The transform network of lengstrom/fast-style-transfer: zero-padded convolutions as TensorFlow's "SAME" does it,
//! instance normalisation after each, five residual blocks, transposed convolutions, `150·tanh + 127.5` at the end.

use burn::tensor::{
    Device, Tensor, activation::relu, module::conv_transpose2d, ops::ConvTransposeOptions,
};

use crate::{
    layers::{Conv, InstanceNorm, Padding},
    weights::{WeightError, Weights},
};

const EPSILON: f32 = 1e-3;
const RESIDUAL_CHANNELS: usize = 128;

/// A transposed convolution of stride 2, kernel IOHW.
struct Transposed {
    weight: Tensor<4>,
}

/// The network; see [`FastStyleTransfer::forward`].
pub struct FastStyleTransfer {
    down: Vec<(Conv, InstanceNorm)>,
    residual: Vec<[(Conv, InstanceNorm); 2]>,
    up: Vec<(Transposed, InstanceNorm)>,
    last: (Conv, InstanceNorm),
}

impl FastStyleTransfer {
    /// Takes weights stored as `[H, W, in, out]`, those of the transposed convolutions as `[H, W, out, in]`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, WeightError> {
        // The last two axes of the file are in/out or out/in; either way OIHW and IOHW put the last one first.
        let kernel =
            |name: &str, size: usize, axes: [usize; 2]| -> Result<Tensor<4>, WeightError> {
                let shape = [size, size, axes[0], axes[1]];
                let stored: Tensor<4> =
                    weights.tensor(&format!("{name}.weight_hwio"), shape, device)?;
                Ok(stored.permute([3, 2, 0, 1]))
            };
        let norm = |name: &str, outputs: usize| {
            let [scale, shift] = ["scale", "shift"].map(|kind| format!("{name}.{kind}"));
            InstanceNorm::new(weights, [&scale, &shift], outputs, EPSILON, device)
        };
        let conv = |name: &str,
                    inputs: usize,
                    outputs: usize,
                    size: usize,
                    stride: usize|
         -> Result<(Conv, InstanceNorm), WeightError> {
            let conv = Conv {
                weight: kernel(name, size, [inputs, outputs])?,
                bias: None,
                stride,
                padding: Padding::Same,
            };
            Ok((conv, norm(name, outputs)?))
        };
        let transposed = |name: &str,
                          inputs: usize,
                          outputs: usize|
         -> Result<(Transposed, InstanceNorm), WeightError> {
            let weight = kernel(name, 3, [outputs, inputs])?;
            Ok((Transposed { weight }, norm(name, outputs)?))
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
                .collect::<Result<_, WeightError>>()?,
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
        for (conv, norm) in &self.down {
            x = relu(norm.forward(conv.forward(x)));
        }
        for [first, second] in &self.residual {
            let inner = relu(first.1.forward(first.0.forward(x.clone())));
            x = x + second.1.forward(second.0.forward(inner));
        }
        for (transposed, norm) in &self.up {
            x = relu(norm.forward(transposed.forward(x)));
        }
        let (conv, norm) = &self.last;
        norm.forward(conv.forward(x)).tanh() * 150.0 + 127.5
    }
}

impl Transposed {
    /// The adjoint of a "SAME" convolution of stride 2 and kernel 3 on twice the size: that one pads one row and column
    /// at the end, so the last ones of the full result are cropped.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, _, height, width] = x.dims();
        let [_, outputs, ..] = self.weight.dims();
        conv_transpose2d(
            x,
            self.weight.clone(),
            None,
            ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1),
        )
        .slice([0..batch, 0..outputs, 0..2 * height, 0..2 * width])
    }
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
    fn transposed_convolution_is_the_adjoint_of_the_same_convolution() {
        let device = Device::flex();
        device.seed(5);
        let random = |shape: [usize; 4]| -> Tensor<4> {
            Tensor::random(shape, burn::tensor::Distribution::Default, &device)
        };
        // As a convolution from 3 to 2 channels OIHW, as its adjoint from 2 to 3 channels IOHW: the same numbers.
        let weight = random([2, 3, 3, 3]);
        let conv = Conv {
            weight: weight.clone(),
            bias: None,
            stride: 2,
            padding: Padding::Same,
        };
        let (fine, coarse) = (random([1, 3, 8, 12]), random([1, 2, 4, 6]));
        let down = conv.forward(fine.clone());
        let up = Transposed { weight }.forward(coarse.clone());
        assert_eq!((down.dims(), up.dims()), ([1, 2, 4, 6], [1, 3, 8, 12]));
        let left = (down * coarse).sum().into_scalar::<f32>();
        let right = (up * fine).sum().into_scalar::<f32>();
        assert!((left - right).abs() < 1e-3 * left.abs(), "{left} {right}");
    }
}
