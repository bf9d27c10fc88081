use burn::{
    module::{Initializer, Module, Param},
    nn::{
        PixelShuffle, PixelShuffleConfig,
        conv::{Conv2d, Conv2dConfig},
    },
    tensor::{Device, Tensor, TensorData, activation::relu, ops::PadMode},
};

use super::{
    Architecture, COLOUR_CENTRE, DEPTH, GRADIENT_SCALE, GRADIENTS, HEAD_INPUT, Layer, Role,
};
use crate::style::{ConvWeights, Style};

/// The gradient network as a Burn module: the layers of an [`Architecture`], in that order.
#[derive(Module, Debug)]
pub struct GradientNet {
    pub convs: Vec<Conv2d>,
}

/// What the network says.
#[derive(Clone, Debug)]
pub struct Output {
    /// Stylised gradients `[N, 6, H, W]`. The last column of ∂x and the last row of ∂y have no meaning, and
    /// [`crate::gradient::divergence`] does not read them.
    pub gradients: Tensor<4>,
    /// The correction B of the ground `[N, 3, ceil(H/4), ceil(W/4)]`, of a network with a second head.
    pub ground: Option<Tensor<4>>,
}

impl GradientNet {
    /// A freshly initialised network: He initialisation, what it says damped by 0.3 so that training starts near "no
    /// gradients" instead of noise. The four channels that a pixel shuffle makes one of start alike, so that it begins as
    /// nearest-neighbour upsampling, which has no grid (Aitken et al., "Checkerboard artifact free sub-pixel convolution", 2017,
    /// §3). Draws from `device`'s random state.
    pub fn new(network: Architecture, device: &Device) -> Self {
        let convs = network
            .layers()
            .iter()
            .map(|layer| {
                let says = matches!(layer.role, Role::Last | Role::Head);
                let gain = 2f64.sqrt() * if says { 0.3 } else { 1.0 };
                let mut conv = empty_conv(layer, device);
                let alike = if layer.shuffle { 4 } else { 1 };
                let [outputs, inputs] = [layer.out_channels, layer.in_channels];
                let drawn: Param<Tensor<4>> = Initializer::KaimingNormal {
                    gain,
                    fan_out_only: false,
                }
                .init_with(
                    [outputs / alike, inputs, 3, 3],
                    Some(inputs * 9),
                    None,
                    device,
                );
                // By way of numbers: a parameter must be a leaf of what is differentiated.
                let drawn: Vec<f32> = drawn.val().into_data().iter().collect();
                let weights: Vec<f32> = drawn
                    .chunks(inputs * 9)
                    .flat_map(|kernel| std::iter::repeat_n(kernel, alike))
                    .flatten()
                    .copied()
                    .collect();
                let shape = [outputs, inputs, 3, 3];
                conv.weight = Param::from_data(TensorData::new(weights, shape), device);
                conv
            })
            .collect();
        Self { convs }
    }

    /// The network with a style's weights.
    pub fn from_style(style: &Style, device: &Device) -> Self {
        let convs = style
            .metadata
            .network()
            .layers()
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

    /// Which network it is.
    pub fn architecture(&self) -> Architecture {
        let [width, inputs, ..] = self.convs[0].weight.dims();
        Architecture {
            width,
            colours: inputs > GRADIENTS,
        }
    }

    /// What the network says to `input` `[N, 6, H, W]`, gradients of images in [0, 1], or `[N, 9, H, W]`, these and the
    /// images.
    pub fn forward(&self, input: Tensor<4>) -> Output {
        let [_, _, height, width] = input.dims();
        let shuffle: PixelShuffle = PixelShuffleConfig::new(2).init();
        let mut x = scaled(input);
        let mut ground = None;
        for (place, (conv, layer)) in self
            .convs
            .iter()
            .zip(self.architecture().chain())
            .enumerate()
        {
            x = convolve(conv, x);
            if layer.relu {
                x = relu(x);
            }
            if place == HEAD_INPUT {
                ground = self.convs.get(DEPTH).map(|head| convolve(head, x.clone()));
            }
            if layer.shuffle {
                x = shuffle.forward(x);
            }
        }
        Output {
            gradients: cropped(x, height, width) / GRADIENT_SCALE,
            ground,
        }
    }
}

/// The network's input as its first layer sees it: gradients times [`GRADIENT_SCALE`], colours less [`COLOUR_CENTRE`].
pub fn scaled(input: Tensor<4>) -> Tensor<4> {
    let inputs = input.dims()[1];
    if inputs <= GRADIENTS {
        return input * GRADIENT_SCALE;
    }
    let colours = input.clone().narrow(1, GRADIENTS, inputs - GRADIENTS) - COLOUR_CENTRE;
    let gradients = input.narrow(1, 0, GRADIENTS) * GRADIENT_SCALE;
    Tensor::cat(vec![gradients, colours], 1)
}

/// The first `height` rows and `width` columns.
pub fn cropped(x: Tensor<4>, height: usize, width: usize) -> Tensor<4> {
    let [batch, channels, ..] = x.dims();
    x.slice([0..batch, 0..channels, 0..height, 0..width])
}

/// The convolution of a map that is mirrored at its border.
pub fn convolve(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    conv.forward(mirrored(x))
}

/// One pixel more on each side of `x` `[N, C, H, W]`, what the image has on the other side of its outermost pixels; where it is
/// one pixel wide, that pixel.
pub fn mirrored(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let mode = |length: usize| {
        if length > 1 {
            PadMode::Reflect
        } else {
            PadMode::Edge
        }
    };
    x.pad((1, 1, 0, 0), mode(width))
        .pad((0, 0, 1, 1), mode(height))
}

/// The layer with zero weights and zero bias.
fn empty_conv(layer: &Layer, device: &Device) -> Conv2d {
    Conv2dConfig::new([layer.in_channels, layer.out_channels], [3, 3])
        .with_stride([layer.stride; 2])
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
        for network in [Architecture::plain(4), Architecture::with_colours(4)] {
            let net = GradientNet::new(network, &device);
            assert_eq!(net.architecture(), network);
            for (height, width) in [(1, 1), (1, 9), (17, 23), (16, 8)] {
                let input = Tensor::ones([2, network.inputs(), height, width], &device);
                let output = net.forward(input);
                assert_eq!(output.gradients.dims(), [2, 6, height, width]);
                let ground = output.ground.map(|ground| ground.dims());
                let quarter = [2, 3, height.div_ceil(4), width.div_ceil(4)];
                assert_eq!(ground, network.colours.then_some(quarter));
            }
            let weights = net.weights();
            for (weights, layer) in weights.iter().zip(network.layers()) {
                assert_eq!(weights.weight.len(), layer.weight_len());
                assert_eq!(weights.bias, vec![0.0; layer.out_channels]);
            }
        }
    }

    #[test]
    fn pixel_shuffles_begin_as_nearest_neighbour_upsampling() {
        let device = Device::flex();
        device.seed(7);
        let network = Architecture::with_colours(4);
        let weights = GradientNet::new(network, &device).weights();
        for (weights, layer) in weights.iter().zip(network.layers()) {
            let kernels: Vec<&[f32]> = weights.weight.chunks(layer.in_channels * 9).collect();
            assert_eq!(kernels.len(), layer.out_channels);
            let alike = kernels[0] == kernels[1] && kernels[1] == kernels[2];
            assert_eq!(alike, layer.shuffle, "{:?}", layer.role);
            if layer.shuffle {
                for four in kernels.chunks(4) {
                    assert!(four.iter().all(|kernel| kernel == &four[0]));
                }
                assert_ne!(kernels[0], kernels[4]);
            }
        }
    }

    #[test]
    fn flat_pictures_are_flat_up_to_the_border() {
        let device = Device::flex();
        let style = Style::untrained(Architecture::with_colours(8), 5);
        let net = GradientNet::from_style(&style, &device);
        let flat = Tensor::cat(
            vec![
                Tensor::zeros([1, 6, 48, 64], &device),
                Tensor::full([1, 3, 48, 64], 0.3, &device),
            ],
            1,
        );
        let output = net.forward(flat);
        // The pixel shuffles have patterns of four pixels; whole multiples of that apart, all is the same.
        let spread = |x: Tensor<4>, step: usize| {
            let [_, channels, height, width] = x.dims();
            let cut = |y: usize, x0: usize| {
                x.clone()
                    .slice([0..1, 0..channels, y..y + step, x0..x0 + step])
            };
            let corner = cut(0, 0) - cut(height / 2, width / 2);
            corner.abs().max().into_scalar::<f32>()
        };
        assert!(spread(output.gradients, 4) < 1e-6);
        assert!(spread(output.ground.expect("a second head"), 1) < 1e-5);
    }
}
