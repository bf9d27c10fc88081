//! The gradient network, defined once: [`Architecture`] is its table of layers, which both engines and the ONNX export
//! read, and `GradientNet` (with the feature `burn`) is that table as a Burn module, which the trainer runs.
//!
//! The network sees the photo's gradients ∂I `[6, H, W]` and says stylised ones. One of the kind that
//! [`colours`](Architecture::colours) names sees the photo's colours, too, which says where on the scale of tones a pixel
//! stands, and has a second head: a correction B of the ground's colours at a quarter of the size. Without it a solve that
//! keeps the ground's local means leaves a light rim beside every dark line that a style draws.
//!
//! Beyond its border a map goes on as in a mirror that stands on its outermost pixels, at every layer, so that a flat picture
//! is flat to the network up to its border: the pixel shuffle's pattern of two pixels goes on, too.

#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "burn")]
pub use self::burn::{GradientNet, Output, convolve, cropped, mirrored, scaled};

use crate::style::ConvWeights;

/// Gradients of a photo are small (a few hundredths); the network sees them times this, and its output is divided by
/// it, which keeps the default initialisation and Adam's step size in their usual range.
pub const GRADIENT_SCALE: f32 = 4.0;

/// Number of convolutions from gradients to gradients.
pub const DEPTH: usize = 9;

/// Place of the convolution whose output, at a quarter of the size, the second head reads.
pub const HEAD_INPUT: usize = 6;

/// What the photo's colours, in [0, 1], are less than when the network sees them: they lie round zero then.
pub const COLOUR_CENTRE: f32 = 0.5;

/// Where in the network a layer stands, which says what it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads gradients and, with nine channels, colours.
    First,
    Body,
    /// Writes gradients.
    Last,
    /// Reads what [`HEAD_INPUT`] writes, and writes the correction of the ground.
    Head,
}

/// One 3×3 convolution of a map that is mirrored at its border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    pub role: Role,
    pub in_channels: usize,
    /// Channels the convolution computes, before a pixel shuffle divides them by four.
    pub out_channels: usize,
    /// 1 or 2; a side of `n` becomes `ceil(n / stride)`.
    pub stride: usize,
    /// ReLU after the convolution (and before the shuffle, which it commutes with).
    pub relu: bool,
    /// ×2 pixel shuffle after the convolution: channel `4k + 2i + j` goes to channel `k` at `(2y + i, 2x + j)`.
    pub shuffle: bool,
}

impl Layer {
    /// Elements of the weight, `[out_channels, in_channels, 3, 3]`.
    pub const fn weight_len(&self) -> usize {
        self.out_channels * self.in_channels * 9
    }

    /// The layer's weights with [`GRADIENT_SCALE`] and [`COLOUR_CENTRE`] in them, for those who give the first layer gradients
    /// and colours as they are and take gradients so from the last. The scale is a power of two: nothing is rounded.
    pub fn folded(&self, weights: &ConvWeights) -> ConvWeights {
        let ConvWeights {
            mut weight,
            mut bias,
        } = weights.clone();
        match self.role {
            Role::First => {
                for (taps, bias) in weight.chunks_exact_mut(self.in_channels * 9).zip(&mut bias) {
                    let (gradients, colours) = taps.split_at_mut(GRADIENTS * 9);
                    gradients.iter_mut().for_each(|tap| *tap *= GRADIENT_SCALE);
                    *bias -= COLOUR_CENTRE * colours.iter().sum::<f32>();
                }
            }
            Role::Last => {
                let values = weight.iter_mut().chain(&mut bias);
                values.for_each(|value| *value /= GRADIENT_SCALE);
            }
            Role::Body | Role::Head => {}
        }
        ConvWeights { weight, bias }
    }

    /// `(width, height)` of this layer's output for an input of the given size.
    pub const fn output_size(&self, width: usize, height: usize) -> (usize, usize) {
        let scale = if self.shuffle { 2 } else { 1 };
        (
            width.div_ceil(self.stride) * scale,
            height.div_ceil(self.stride) * scale,
        )
    }
}

/// Whether the network can be built with this width: a multiple of four from 4 to 64.
pub const fn is_valid_width(width: usize) -> bool {
    width.is_multiple_of(4) && width >= 4 && width <= 64
}

/// Channels of gradients: ∂x of red, green and blue, then ∂y.
pub const GRADIENTS: usize = 6;

/// Which network a style has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Architecture {
    /// Width c: channels of the first layer.
    pub width: usize,
    /// Whether it sees the photo's colours, and has a second head.
    pub colours: bool,
}

impl Architecture {
    /// Gradients alone.
    pub const fn plain(width: usize) -> Self {
        Self {
            width,
            colours: false,
        }
    }

    /// With colours and second head.
    pub const fn with_colours(width: usize) -> Self {
        Self {
            width,
            colours: true,
        }
    }

    /// Channels that it sees: gradients, then colours.
    pub const fn inputs(self) -> usize {
        if self.colours {
            GRADIENTS + 3
        } else {
            GRADIENTS
        }
    }

    /// The layers in the order of records: the nine from gradients to gradients, then the second head.
    pub fn layers(self) -> Vec<Layer> {
        self.chain().into_iter().chain(self.head()).collect()
    }

    /// The nine layers from gradients to gradients (Liu et al., §3.4, with sub-pixel upsampling): seven convolutions, two of
    /// stride 2, then two that each end in a ×2 pixel shuffle. Maps `[inputs, H, W]` to `[6, 4·ceil(H/4), 4·ceil(W/4)]`,
    /// cropped to H × W.
    pub const fn chain(self) -> [Layer; DEPTH] {
        const fn layer(in_channels: usize, out_channels: usize, stride: usize) -> Layer {
            Layer {
                role: Role::Body,
                in_channels,
                out_channels,
                stride,
                relu: true,
                shuffle: false,
            }
        }
        let c = self.width;
        [
            Layer {
                role: Role::First,
                ..layer(self.inputs(), c, 1)
            },
            layer(c, 2 * c, 2),
            layer(2 * c, 2 * c, 1),
            layer(2 * c, 4 * c, 2),
            layer(4 * c, 4 * c, 1),
            layer(4 * c, 4 * c, 1),
            layer(4 * c, 4 * c, 1),
            Layer {
                shuffle: true,
                ..layer(4 * c, 8 * c, 1)
            },
            Layer {
                role: Role::Last,
                relu: false,
                shuffle: true,
                ..layer(2 * c, 4 * GRADIENTS, 1)
            },
        ]
    }

    /// The second head: `[4c, ceil(H/4), ceil(W/4)]` to the correction B `[3, ceil(H/4), ceil(W/4)]`.
    pub fn head(self) -> Option<Layer> {
        self.colours.then_some(Layer {
            role: Role::Head,
            in_channels: 4 * self.width,
            out_channels: 3,
            stride: 1,
            relu: false,
            shuffle: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_chain_and_sizes_cover_the_input() {
        for width in (4..=64).step_by(4) {
            assert!(is_valid_width(width));
            for network in [
                Architecture::plain(width),
                Architecture::with_colours(width),
            ] {
                let mut channels = network.inputs();
                for (w, h) in [(1, 1), (17, 23), (4097, 3), (64, 64)] {
                    let (mut x, mut y) = (w, h);
                    for (place, layer) in network.chain().iter().enumerate() {
                        assert_eq!(layer.in_channels, channels);
                        channels = layer.out_channels / if layer.shuffle { 4 } else { 1 };
                        (x, y) = layer.output_size(x, y);
                        if place == HEAD_INPUT {
                            assert_eq!((x, y), (w.div_ceil(4), h.div_ceil(4)));
                            assert!(
                                network
                                    .head()
                                    .is_none_or(|head| head.in_channels == channels)
                            );
                        }
                    }
                    assert_eq!(channels, GRADIENTS);
                    assert_eq!((x, y), (w.div_ceil(4) * 4, h.div_ceil(4) * 4));
                    channels = network.inputs();
                }
            }
        }
        assert!(!is_valid_width(0) && !is_valid_width(6) && !is_valid_width(68));
    }

    #[test]
    fn folded_weights_see_gradients_and_colours_as_they_are() {
        let layer = Architecture::with_colours(4).chain()[0];
        let weights = ConvWeights {
            weight: (0..layer.weight_len()).map(|i| i as f32).collect(),
            bias: vec![1.0; 4],
        };
        let folded = layer.folded(&weights);
        let dot = |weights: &ConvWeights, gradient: f32, colour: f32| {
            let values = (0..9 * 9).map(|i| if i < 6 * 9 { gradient } else { colour });
            let products = values.zip(&weights.weight).map(|(value, tap)| value * tap);
            weights.bias[0] + products.sum::<f32>()
        };
        assert_eq!(
            dot(&weights, 0.25 * GRADIENT_SCALE, 0.75 - COLOUR_CENTRE),
            dot(&folded, 0.25, 0.75)
        );
    }
}
