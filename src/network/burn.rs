use burn::{
    module::{Initializer, Module, Param},
    nn::{
        PaddingConfig2d, PixelShuffle, PixelShuffleConfig,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::{Device, Tensor, TensorData, activation::relu},
};

use super::{GRADIENT_SCALE, Layer, Role, layers};
use crate::style::{ConvWeights, Style};

/// The gradient network as a Burn module; see [`layers`] for the architecture.
#[derive(Module, Debug)]
pub struct GradientNet {
    pub convs: Vec<Conv2d>,
}

impl GradientNet {
    /// A freshly initialised network of the given width: He initialisation, the last layer damped by 0.3 so that
    /// training starts near "no gradients" instead of noise. Draws from `device`'s random state.
    pub fn new(width: usize, device: &Device) -> Self {
        let convs = layers(width)
            .iter()
            .map(|layer| {
                let last = layer.role == Role::Last;
                let gain = 2f64.sqrt() * if last { 0.3 } else { 1.0 };
                let mut conv = empty_conv(layer, device);
                conv.weight = Initializer::KaimingNormal {
                    gain,
                    fan_out_only: false,
                }
                .init_with(
                    [layer.out_channels, layer.in_channels, 3, 3],
                    Some(layer.in_channels * 9),
                    None,
                    device,
                );
                conv
            })
            .collect();
        Self { convs }
    }

    /// The network with a style's weights.
    pub fn from_style(style: &Style, device: &Device) -> Self {
        let convs = layers(style.metadata.width)
            .iter()
            .zip(&style.layers)
            .map(|(layer, weights)| {
                let mut conv = empty_conv(layer, device);
                conv.weight = Param::from_data(
                    TensorData::new(
                        weights.weight.clone(),
                        [layer.out_channels, layer.in_channels, 3, 3],
                    ),
                    device,
                );
                conv.bias = Some(Param::from_data(
                    TensorData::new(weights.bias.clone(), [layer.out_channels]),
                    device,
                ));
                conv
            })
            .collect();
        Self { convs }
    }

    /// The weights in the form that a [`Style`] holds.
    pub fn weights(&self) -> Vec<ConvWeights> {
        let values = |data: TensorData| data.iter::<f32>().collect();
        self.convs
            .iter()
            .map(|conv| ConvWeights {
                weight: values(conv.weight.val().into_data()),
                bias: conv
                    .bias
                    .as_ref()
                    .map(|bias| values(bias.val().into_data()))
                    .unwrap_or_else(|| vec![0.0; conv.weight.dims()[0]]),
            })
            .collect()
    }

    /// Maps gradients `[N, 6, H, W]` of images in [0, 1] to stylised gradients of the same shape.
    ///
    /// The last column of ∂x and the last row of ∂y are whatever the network says; they have no meaning, and
    /// [`crate::gradient::divergence`] does not read them.
    pub fn forward(&self, gradients: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = gradients.dims();
        let shuffle: PixelShuffle = PixelShuffleConfig::new(2).init();
        let network_width = self.convs[0].weight.dims()[0];
        let mut x = gradients * GRADIENT_SCALE;
        for (conv, layer) in self.convs.iter().zip(layers(network_width)) {
            x = conv.forward(x);
            if layer.relu {
                x = relu(x);
            }
            if layer.shuffle {
                x = shuffle.forward(x);
            }
        }
        x.slice([0..batch, 0..channels, 0..height, 0..width]) / GRADIENT_SCALE
    }
}

/// The layer with zero weights and zero bias.
fn empty_conv(layer: &Layer, device: &Device) -> Conv2d {
    Conv2dConfig::new([layer.in_channels, layer.out_channels], [3, 3])
        .with_stride([layer.stride; 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_has_the_input_size_and_weights_round_trip() {
        let device = Device::flex();
        device.seed(3);
        let net = GradientNet::new(4, &device);
        for (height, width) in [(1, 1), (1, 9), (17, 23), (16, 8)] {
            let output = net.forward(Tensor::ones([2, 6, height, width], &device));
            assert_eq!(output.dims(), [2, 6, height, width]);
        }
        let weights = net.weights();
        for (weights, layer) in weights.iter().zip(layers(4)) {
            assert_eq!(weights.weight.len(), layer.weight_len());
            assert_eq!(weights.bias, vec![0.0; layer.out_channels]);
        }
    }
}
