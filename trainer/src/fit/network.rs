//! What a run trains: the shipped [`GradientNet`], or a variant of it that an ablation compares. Variants live here
//! alone; they have no style record, and no engine runs them.

use burn::{
    module::{Initializer, Module},
    nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig},
    tensor::{Device, Tensor, activation::relu},
};
use limn::network::{
    Architecture, COLOUR_CENTRE, DEPTH, GRADIENT_SCALE, GRADIENTS, GradientNet, Layer, Output,
    Role, convolve, cropped,
};

use crate::recipe::{Domain, Upsampling, VariantConfig};

/// Convolutions before the two that upsample.
const BODY: usize = DEPTH - 2;

/// The network of a run: the shipped one, or one that maps `[N, 6, H, W]` to the same shape, or `[N, 3, H, W]` in the colour
/// domain.
#[derive(Module, Debug)]
pub struct Network {
    /// The layers of [`Architecture::layers`], all or (before [`transposed`](Self::transposed)) the first seven. In the colour domain
    /// the first has 3 input channels in place of 6 and the last 12 output channels in place of 24.
    pub convs: Vec<Conv2d>,
    /// Two ×2 transposed convolutions in place of the sub-pixel layers, or none.
    pub transposed: Vec<ConvTranspose2d>,
}

impl From<GradientNet> for Network {
    fn from(net: GradientNet) -> Self {
        Self {
            convs: net.convs,
            transposed: Vec::new(),
        }
    }
}

impl Network {
    /// A fresh network, initialised as [`GradientNet::new`] does it. Draws from `device`'s random state.
    pub fn new(network: Architecture, variant: &VariantConfig, device: &Device) -> Self {
        let mut net = Self::from(GradientNet::new(network, device));
        let width = network.width;
        if variant.domain == Domain::Colour {
            let [first, .., last] = network.chain();
            net.convs[0] = conv(
                &Layer {
                    in_channels: 3,
                    ..first
                },
                device,
            );
            net.convs[DEPTH - 1] = conv(
                &Layer {
                    out_channels: last.out_channels / 2,
                    ..last
                },
                device,
            );
        }
        if variant.upsampling == Upsampling::Transposed {
            let output = net.convs[DEPTH - 1].weight.dims()[0] / 4;
            net.convs.truncate(BODY);
            net.transposed = vec![
                transposed_conv(4 * width, 2 * width, 1.0, device),
                transposed_conv(2 * width, output, LAST_GAIN, device),
            ];
        }
        net
    }

    /// As [`new`](Self::new), on the autodiff twin of `device` and with weights drawn from `seed`.
    pub fn seeded(
        network: Architecture,
        variant: &VariantConfig,
        seed: u64,
        device: &Device,
    ) -> Self {
        device.seed(seed);
        Self::new(network, variant, &device.clone().autodiff())
    }

    /// The shipped network, where this is no variant of it.
    pub fn gradient_net(&self) -> Option<GradientNet> {
        let shipped = self.transposed.is_empty() && !self.is_of_colours();
        shipped.then(|| self.plain())
    }

    /// Whether input and output are colours in [0, 1] instead of gradients.
    pub fn is_of_colours(&self) -> bool {
        self.inputs() == 3
    }

    /// Whether the network sees the photo's colours besides its gradients, and corrects the ground.
    pub fn corrects(&self) -> bool {
        self.inputs() > GRADIENTS
    }

    fn inputs(&self) -> usize {
        self.convs[0].weight.dims()[1]
    }

    /// What the network says to `x`, see [`GradientNet::forward`]; in the colour domain the "gradients" are the picture.
    pub fn forward(&self, x: Tensor<4>) -> Output {
        if self.is_of_colours() {
            // Colours around zero, and outside of the scale that is meant for small gradients.
            let centred = (x - COLOUR_CENTRE) / GRADIENT_SCALE;
            let mut output = self.map(centred);
            output.gradients = output.gradients * GRADIENT_SCALE + COLOUR_CENTRE;
            output
        } else {
            self.map(x)
        }
    }

    fn map(&self, x: Tensor<4>) -> Output {
        if self.transposed.is_empty() {
            return self.plain().forward(x);
        }
        let [_, _, height, width] = x.dims();
        let mut x = x * GRADIENT_SCALE;
        // These seven are the same for every width: 3×3, some of stride 2 (in the modules themselves), and ReLU.
        for conv in &self.convs {
            x = relu(convolve(conv, x));
        }
        x = relu(self.transposed[0].forward(x));
        x = self.transposed[1].forward(x);
        Output {
            gradients: cropped(x, height, width) / GRADIENT_SCALE,
            ground: None,
        }
    }

    /// The convolutions as a [`GradientNet`], sharing their parameters.
    fn plain(&self) -> GradientNet {
        GradientNet {
            convs: self.convs.clone(),
        }
    }

    /// Whether every weight is a finite number.
    pub fn is_finite(&self) -> bool {
        let finite = |sum: Tensor<1>| sum.into_scalar::<f32>().is_finite();
        let weights = self.convs.iter().map(|conv| (&conv.weight, &conv.bias));
        let transposed = self
            .transposed
            .iter()
            .map(|conv| (&conv.weight, &conv.bias));
        weights.chain(transposed).all(|(weight, bias)| {
            finite(weight.val().abs().sum())
                && bias
                    .as_ref()
                    .is_none_or(|bias| finite(bias.val().abs().sum()))
        })
    }
}

/// Gain of the last layer, as in [`GradientNet::new`]: training starts near "no gradients" instead of noise.
const LAST_GAIN: f64 = 0.3;

/// He initialisation for `fan_in` inputs per output.
fn he(gain: f64) -> Initializer {
    Initializer::KaimingNormal {
        gain: 2f64.sqrt() * gain,
        fan_out_only: false,
    }
}

fn conv(layer: &Layer, device: &Device) -> Conv2d {
    let mut conv = Conv2dConfig::new([layer.in_channels, layer.out_channels], [3, 3])
        .with_stride([layer.stride; 2])
        .with_initializer(Initializer::Zeros)
        .init(device);
    conv.weight = he(if layer.role == Role::Last {
        LAST_GAIN
    } else {
        1.0
    })
    .init_with(
        [layer.out_channels, layer.in_channels, 3, 3],
        Some(layer.in_channels * 9),
        None,
        device,
    );
    conv
}

/// 3×3, stride 2: `[N, inputs, H, W]` to `[N, outputs, 2H, 2W]`. Three is no multiple of the stride, so neighbouring
/// outputs sum different numbers of taps (1, 2 or 4), which is where the checkerboard comes from (Odena et al., 2016).
fn transposed_conv(inputs: usize, outputs: usize, gain: f64, device: &Device) -> ConvTranspose2d {
    let mut conv = ConvTranspose2dConfig::new([inputs, outputs], [3, 3])
        .with_stride([2, 2])
        .with_padding([1, 1])
        .with_padding_out([1, 1])
        .with_initializer(Initializer::Zeros)
        .init(device);
    // Nine taps of each input reach four outputs.
    conv.weight = he(gain).init_with(
        [inputs, outputs, 3, 3],
        Some((inputs * 9).div_ceil(4)),
        None,
        device,
    );
    conv
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;

    fn variants() -> impl Iterator<Item = VariantConfig> {
        [Upsampling::SubPixel, Upsampling::Transposed]
            .into_iter()
            .flat_map(|upsampling| {
                [Domain::Gradient, Domain::Colour]
                    .map(|domain| VariantConfig { upsampling, domain })
            })
    }

    #[test]
    fn every_variant_keeps_the_size_and_starts_at_a_sensible_scale() {
        let device = Device::flex();
        for variant in variants() {
            device.seed(4);
            let net = Network::new(Architecture::plain(8), &variant, &device);
            let channels = match variant.domain {
                Domain::Gradient => 6,
                Domain::Colour => 3,
            };
            for (height, width) in [(1, 9), (17, 23), (16, 8)] {
                let input = Tensor::random(
                    [2, channels, height, width],
                    Distribution::Normal(0.0, 0.1),
                    &device,
                );
                let output = net.forward(input).gradients;
                assert_eq!(output.dims(), [2, channels, height, width], "{variant:?}");
                // Other tests draw from the same device's random state, so the weights differ from run to run, and a
                // strip of one row can be dark by chance.
                if height > 1 {
                    let size = output.square().mean().sqrt().into_scalar::<f32>();
                    assert!((1e-5..1.0).contains(&size), "{variant:?}: {size}");
                }
            }
            assert_eq!(
                net.gradient_net().is_some(),
                variant == VariantConfig::default()
            );
            assert!(net.is_finite());
        }
    }

    #[test]
    fn the_default_is_the_shipped_network() {
        let device = Device::flex();
        device.seed(4);
        let shipped = GradientNet::new(Architecture::with_colours(4), &device);
        let ours = Network::from(shipped.clone());
        let input = Tensor::random([1, 9, 12, 12], Distribution::Normal(0.0, 0.1), &device);
        let (ours_said, said) = (ours.forward(input.clone()), shipped.forward(input));
        let difference = |a: Tensor<4>, b: Tensor<4>| (a - b).abs().max().into_scalar::<f32>();
        assert_eq!(difference(ours_said.gradients, said.gradients), 0.0);
        let grounds = ours_said.ground.zip(said.ground);
        assert_eq!(grounds.map(|(a, b)| difference(a, b)), Some(0.0));
        assert_eq!(ours.gradient_net().unwrap().weights(), shipped.weights());
    }

    #[test]
    fn a_broken_weight_is_noticed() {
        let device = Device::flex();
        let mut net = Network::from(GradientNet::new(Architecture::plain(4), &device));
        net.convs[3].weight = net.convs[3].weight.clone().map(|w| w / 0.0);
        assert!(!net.is_finite());
    }
}
