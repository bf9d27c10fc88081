//! `TransformerNet` of pytorch/examples, fast_neural_style (after Johnson et al., "Perceptual Losses for Real-Time Style
//! Transfer and Super-Resolution", 2016): reflection-padded convolutions, instance normalisation, five residual blocks,
//! nearest ×2 upsampling.

use burn::tensor::{Device, Tensor, activation::relu};

use crate::{
    layers::{Conv, InstanceNorm, Padding, upsample},
    weights::{WeightError, Weights},
};

const EPSILON: f32 = 1e-5;
const RESIDUAL_CHANNELS: usize = 128;

/// The network; see [`TransformerNet::forward`].
pub struct TransformerNet {
    down: Vec<(Conv, InstanceNorm)>,
    residual: Vec<[(Conv, InstanceNorm); 2]>,
    up: Vec<(Conv, InstanceNorm)>,
    last: Conv,
}

impl TransformerNet {
    /// Takes the weights under the names of the original's state dictionary.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, WeightError> {
        let conv = |name: &str,
                    inputs: usize,
                    outputs: usize,
                    kernel: usize,
                    stride: usize|
         -> Result<Conv, WeightError> {
            Ok(Conv {
                weight: weights.tensor(
                    &format!("{name}.conv2d.weight"),
                    [outputs, inputs, kernel, kernel],
                    device,
                )?,
                bias: Some(weights.tensor(&format!("{name}.conv2d.bias"), [outputs], device)?),
                stride,
                padding: Padding::Reflect,
            })
        };
        let norm = |name: &str, channels: usize| {
            let [scale, shift] = ["weight", "bias"].map(|kind| format!("{name}.{kind}"));
            InstanceNorm::new(weights, [&scale, &shift], channels, EPSILON, device)
        };
        let c = RESIDUAL_CHANNELS;
        Ok(Self {
            down: vec![
                (conv("conv1", 3, 32, 9, 1)?, norm("in1", 32)?),
                (conv("conv2", 32, 64, 3, 2)?, norm("in2", 64)?),
                (conv("conv3", 64, c, 3, 2)?, norm("in3", c)?),
            ],
            residual: (1..=5)
                .map(|i| {
                    Ok([
                        (
                            conv(&format!("res{i}.conv1"), c, c, 3, 1)?,
                            norm(&format!("res{i}.in1"), c)?,
                        ),
                        (
                            conv(&format!("res{i}.conv2"), c, c, 3, 1)?,
                            norm(&format!("res{i}.in2"), c)?,
                        ),
                    ])
                })
                .collect::<Result<_, WeightError>>()?,
            up: vec![
                (conv("deconv1", c, 64, 3, 1)?, norm("in4", 64)?),
                (conv("deconv2", 64, 32, 3, 1)?, norm("in5", 32)?),
            ],
            last: conv("deconv3", 32, 3, 9, 1)?,
        })
    }

    /// Maps RGB 0..255 `[N, 3, H, W]` to RGB around 0..255 (not clamped); H and W multiples of four, at least 8.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = x;
        for (conv, norm) in &self.down {
            x = relu(norm.forward(conv.forward(x)));
        }
        for [first, second] in &self.residual {
            let inner = relu(first.1.forward(first.0.forward(x.clone())));
            x = x + second.1.forward(second.0.forward(inner));
        }
        for (conv, norm) in &self.up {
            x = relu(norm.forward(conv.forward(upsample(x))));
        }
        self.last.forward(x)
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
        let conv = |f: &mut Formula, name: &str, inputs: usize, outputs: usize, kernel: usize| {
            let shape = [outputs, inputs, kernel, kernel];
            f.kernel(
                &format!("{name}.conv2d.weight"),
                shape,
                kernel * kernel * inputs,
            );
            f.row(&format!("{name}.conv2d.bias"), outputs, 0.2, 0.0);
        };
        let norm = |f: &mut Formula, name: &str, channels: usize| {
            f.row(&format!("{name}.weight"), channels, 0.4, 1.0);
            f.row(&format!("{name}.bias"), channels, 0.4, 0.0);
        };
        for (i, inputs, outputs, kernel) in [(1, 3, 32, 9), (2, 32, 64, 3), (3, 64, 128, 3)] {
            conv(&mut f, &format!("conv{i}"), inputs, outputs, kernel);
            norm(&mut f, &format!("in{i}"), outputs);
        }
        for block in 1..=5 {
            for half in 1..=2 {
                conv(&mut f, &format!("res{block}.conv{half}"), 128, 128, 3);
                norm(&mut f, &format!("res{block}.in{half}"), 128);
            }
        }
        conv(&mut f, "deconv1", 128, 64, 3);
        norm(&mut f, "in4", 64);
        conv(&mut f, "deconv2", 64, 32, 3);
        norm(&mut f, "in5", 32);
        conv(&mut f, "deconv3", 32, 3, 9);
        let input = f.values(3 * 16 * 12, 255.0, 127.5);
        let net = TransformerNet::new(&f.weights, &device).unwrap();
        let input = Tensor::from_data(TensorData::new(input, [1, 3, 16, 12]), &device);
        compare(net.forward(input), &["transformer_net"]);
    }
}
