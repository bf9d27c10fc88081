//! VGG-16 as training and the measures of styles look at it.

use burn::tensor::{Device, Tensor};

#[cfg(feature = "chain")]
use super::Comparison;
use super::{Kind, Layer, Tap, Vgg};
use crate::weights::{WeightError, Weights};

/// Activations after the ReLU of the last convolution of each block.
pub struct Features {
    /// `[N, 64, H, W]`
    pub conv1_2: Tensor<4>,
    /// `[N, 128, H/2, W/2]`
    pub conv2_2: Tensor<4>,
    /// `[N, 256, H/4, W/4]`
    pub conv3_3: Tensor<4>,
}

impl Features {
    fn of(features: &[Tensor<4>]) -> Self {
        let at = |i: usize| features[i].clone();
        Self {
            conv1_2: at(0),
            conv2_2: at(1),
            conv3_3: at(2),
        }
    }
}

/// VGG-16 up to conv3_3, with the taps that training and measures of styles look at.
pub struct Vgg16(Vgg);

impl Vgg16 {
    /// Layers that it has.
    pub const LAYERS: &[Layer] = Kind::Vgg16.layers().split_at(7).0;

    const TAPS: [Tap; 3] = [
        Tap::relu("conv1_2"),
        Tap::relu("conv2_2"),
        Tap::relu("conv3_3"),
    ];

    /// As [`Vgg::new`].
    ///
    /// # Errors
    /// As there.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, WeightError> {
        Ok(Self(Vgg::new(Kind::Vgg16, &Self::TAPS, weights, device)?))
    }

    /// As [`Vgg::features`].
    pub fn features(&self, x: Tensor<4>) -> Features {
        Features::of(&self.0.features(x))
    }

    /// As [`Vgg::compare`].
    #[cfg(feature = "chain")]
    pub fn compare(
        &self,
        ours: Tensor<4>,
        theirs: Tensor<4>,
        loss: impl FnOnce(&Features, &Features) -> Tensor<1>,
    ) -> Comparison {
        self.0.compare(ours, theirs, |ours, theirs| {
            loss(&Features::of(ours), &Features::of(theirs))
        })
    }
}
