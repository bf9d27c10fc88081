//! VGG-16 up to conv3_3 (Simonyan & Zisserman, 2014) with fixed ImageNet weights: the features that `fit` compares.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::{
    Device, Tensor,
    activation::relu,
    module::{conv2d, max_pool2d},
    ops::{ConvOptions, MaxPoolOptions},
};

use crate::weights::WeightFile;

/// Name, input and output channels; a 2×2 max pooling stands before each block but the first.
pub const LAYERS: [(&str, usize, usize); 7] = [
    ("conv1_1", 3, 64),
    ("conv1_2", 64, 64),
    ("conv2_1", 64, 128),
    ("conv2_2", 128, 128),
    ("conv3_1", 128, 256),
    ("conv3_2", 256, 256),
    ("conv3_3", 256, 256),
];

/// The mean colour R G B that the network's training subtracted, in units of 1 = 255.
pub const MEAN: [f32; 3] = [123.68 / 255.0, 116.779 / 255.0, 103.939 / 255.0];

/// Activations after the ReLU of the last convolution of each block.
pub struct Features {
    /// `[N, 64, H, W]`
    pub conv1_2: Tensor<4>,
    /// `[N, 128, H/2, W/2]`
    pub conv2_2: Tensor<4>,
    /// `[N, 256, H/4, W/4]`
    pub conv3_3: Tensor<4>,
}

/// The frozen network. Its tensors live outside autodiff, so no gradient is ever computed for them.
pub struct Vgg16 {
    convs: Vec<(Tensor<4>, Tensor<1>)>,
}

impl Vgg16 {
    /// Reads `convB_C.weight` (OIHW) and `convB_C.bias` of a safetensors file.
    ///
    /// # Errors
    /// When the file is unreadable or lacks a tensor of the right shape.
    pub fn load(path: &Path, device: &Device) -> Result<Self> {
        Self::new(&WeightFile::open(path)?, device)
            .with_context(|| format!("{} does not hold VGG-16 up to conv3_3", path.display()))
    }

    pub fn new(weights: &WeightFile, device: &Device) -> Result<Self> {
        let mut convs = Vec::new();
        for (i, (name, inputs, outputs)) in LAYERS.iter().enumerate() {
            let mut weight =
                weights.tensor(&format!("{name}.weight"), [*outputs, *inputs, 3, 3], device)?;
            if i == 0 {
                // The network was trained on BGR, 0..255; folding both into its first layer costs nothing per step.
                weight = weight.flip([1]) * 255.0;
            }
            let bias = weights.tensor(&format!("{name}.bias"), [*outputs], device)?;
            convs.push((weight, bias));
        }
        Ok(Self { convs })
    }

    /// Features of `x` `[N, 3, H, W]`, channels R G B in units of 1 = 255. Pictures come with [`MEAN`] subtracted; a map
    /// of gradients is centred on zero already.
    pub fn features(&self, x: Tensor<4>) -> Features {
        let conv = |x: Tensor<4>, i: usize| {
            let (weight, bias) = &self.convs[i];
            relu(conv2d(
                x,
                weight.clone(),
                Some(bias.clone()),
                ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
            ))
        };
        let pool = |x| max_pool2d(x, MaxPoolOptions::new([2, 2]));
        let conv1_2 = conv(conv(x, 0), 1);
        let conv2_2 = conv(conv(pool(conv1_2.clone()), 2), 3);
        let conv3_3 = conv(conv(conv(pool(conv2_2.clone()), 4), 5), 6);
        Features {
            conv1_2,
            conv2_2,
            conv3_3,
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;
    use crate::golden::{Formula, compare};

    #[test]
    fn features_agree_with_an_independent_implementation() {
        let device = Device::flex();
        let mut formula = Formula::default();
        formula.add_vgg16();
        let input = formula.values(3 * 12 * 8, 0.02, 0.0);
        let vgg = Vgg16::new(&formula.weights, &device).unwrap();
        let features = vgg.features(Tensor::from_data(
            TensorData::new(input, [1, 3, 12, 8]),
            &device,
        ));
        compare(features.conv1_2, &["vgg16", "conv1_2"]);
        compare(features.conv2_2, &["vgg16", "conv2_2"]);
        compare(features.conv3_3, &["vgg16", "conv3_3"]);
    }
}
