//! The family's layers, and places among them.

use crate::weights::Weights;

/// Name, input and output channels of a 3×3 convolution; a 2×2 max pooling stands before each block but the first, that
/// is before the names that end in `_1`.
pub type Layer = (&'static str, usize, usize);

/// Configuration D of the paper.
const VGG16: [Layer; 13] = [
    ("conv1_1", 3, 64),
    ("conv1_2", 64, 64),
    ("conv2_1", 64, 128),
    ("conv2_2", 128, 128),
    ("conv3_1", 128, 256),
    ("conv3_2", 256, 256),
    ("conv3_3", 256, 256),
    ("conv4_1", 256, 512),
    ("conv4_2", 512, 512),
    ("conv4_3", 512, 512),
    ("conv5_1", 512, 512),
    ("conv5_2", 512, 512),
    ("conv5_3", 512, 512),
];

/// Configuration E.
const VGG19: [Layer; 16] = [
    ("conv1_1", 3, 64),
    ("conv1_2", 64, 64),
    ("conv2_1", 64, 128),
    ("conv2_2", 128, 128),
    ("conv3_1", 128, 256),
    ("conv3_2", 256, 256),
    ("conv3_3", 256, 256),
    ("conv3_4", 256, 256),
    ("conv4_1", 256, 512),
    ("conv4_2", 512, 512),
    ("conv4_3", 512, 512),
    ("conv4_4", 512, 512),
    ("conv5_1", 512, 512),
    ("conv5_2", 512, 512),
    ("conv5_3", 512, 512),
    ("conv5_4", 512, 512),
];

/// Networks of this family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 13 convolutions, ImageNet.
    Vgg16,
    /// 16 convolutions, ImageNet.
    Vgg19,
    /// VGG-16 trained on faces (Parkhi et al., "Deep Face Recognition", 2015).
    VggFace,
}

impl Kind {
    /// Its convolutions, first to last.
    pub const fn layers(self) -> &'static [Layer] {
        match self {
            Self::Vgg16 | Self::VggFace => &VGG16,
            Self::Vgg19 => &VGG19,
        }
    }

    /// The mean colour R G B that its training subtracted, in units of 1 = 255.
    pub fn mean(self) -> [f32; 3] {
        match self {
            Self::Vgg16 | Self::Vgg19 => MEAN,
            Self::VggFace => [129.1863, 104.7624, 93.594].map(|v: f32| v / 255.0),
        }
    }
}

/// [`Kind::mean`] of the networks trained on ImageNet.
pub const MEAN: [f32; 3] = [123.68 / 255.0, 116.779 / 255.0, 103.939 / 255.0];

/// A place whose activations are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tap {
    /// A convolution.
    pub layer: &'static str,
    /// After its ReLU, or the sums before.
    pub relu: bool,
}

impl Tap {
    /// After the ReLU of `layer`.
    pub const fn relu(layer: &'static str) -> Self {
        Self { layer, relu: true }
    }
}

/// Whether a pooling stands before layer `i`, called `name`.
pub(super) fn starts_block(i: usize, name: &str) -> bool {
    i > 0 && name.ends_with("_1")
}

/// He-uniform random weights of `layers`, the same for the same `seed` on every machine, for tests: they leave features
/// about as strong as the input.
pub fn untrained(layers: &[Layer], seed: u32) -> Weights {
    // A linear congruential generator, in [-1, 1).
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut weights = Weights::default();
    for (name, inputs, outputs) in layers {
        let (inputs, outputs) = (*inputs, *outputs);
        let bound = (6.0 / (9 * inputs) as f32).sqrt();
        let mut values = |count: usize, bound: f32| -> Vec<f32> {
            (0..count).map(|_| bound * random()).collect()
        };
        let weight = values(outputs * inputs * 9, bound);
        let shape = vec![outputs, inputs, 3, 3];
        weights.insert(&format!("{name}.weight"), shape, weight);
        weights.insert(&format!("{name}.bias"), vec![outputs], values(outputs, 0.1));
    }
    weights
}
