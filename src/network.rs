//! The gradient network, defined once: [`layers`] is its architecture, which both engines and the ONNX export read, and
//! `GradientNet` (with the feature `burn`) is that table as a Burn module, which the trainer runs.

#[cfg(feature = "burn")]
mod burn;
#[cfg(feature = "burn")]
pub use self::burn::GradientNet;

use crate::style::ConvWeights;

/// Gradients of a photo are small (a few hundredths); the network sees them times this, and its output is divided by
/// it, which keeps the default initialisation and Adam's step size in their usual range.
pub const GRADIENT_SCALE: f32 = 4.0;

/// Number of convolutions.
pub const DEPTH: usize = 9;

/// Where in the network a layer stands, which says what it reads and writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Reads gradients.
    First,
    Body,
    /// Writes gradients.
    Last,
}

/// One 3×3 convolution with zero padding 1.
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

    /// The layer's weights with [`GRADIENT_SCALE`] in them, for those who give the first layer gradients as they are and take
    /// them so from the last. The scale is a power of two: nothing is rounded.
    pub fn folded(&self, weights: &ConvWeights) -> ConvWeights {
        let times =
            |values: &[f32], factor: f32| values.iter().map(|value| value * factor).collect();
        let (scale, bias_scale) = match self.role {
            Role::First => (GRADIENT_SCALE, 1.0),
            Role::Body => (1.0, 1.0),
            Role::Last => (1.0 / GRADIENT_SCALE, 1.0 / GRADIENT_SCALE),
        };
        ConvWeights {
            weight: times(&weights.weight, scale),
            bias: times(&weights.bias, bias_scale),
        }
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

/// The architecture for `width` c (Liu et al., §3.4, with sub-pixel upsampling): seven convolutions, two of stride 2,
/// then two that each end in a ×2 pixel shuffle. Maps `[6, H, W]` to `[6, 4·ceil(H/4), 4·ceil(W/4)]`, cropped to H × W.
pub const fn layers(width: usize) -> [Layer; DEPTH] {
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
    let c = width;
    [
        Layer {
            role: Role::First,
            ..layer(6, c, 1)
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
            ..layer(2 * c, 24, 1)
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_chain_and_sizes_cover_the_input() {
        for width in (4..=64).step_by(4) {
            assert!(is_valid_width(width));
            let mut channels = 6;
            for (w, h) in [(1, 1), (17, 23), (4097, 3), (64, 64)] {
                let (mut x, mut y) = (w, h);
                for layer in layers(width) {
                    assert_eq!(layer.in_channels, channels);
                    channels = layer.out_channels / if layer.shuffle { 4 } else { 1 };
                    (x, y) = layer.output_size(x, y);
                }
                assert_eq!(channels, 6);
                assert_eq!((x, y), (w.div_ceil(4) * 4, h.div_ceil(4) * 4));
            }
        }
        assert!(!is_valid_width(0) && !is_valid_width(6) && !is_valid_width(68));
    }
}
