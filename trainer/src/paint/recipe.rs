//! What is optimised, and how: the settings of the two reports that Limn follows, and our own.

use anyhow::{Result, ensure};
use clap::ValueEnum;
use limn_networks::vgg::{Kind, Tap};

use super::minimise::Optimiser;

/// Named settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Preset {
    /// Our own: relative Gram and content terms, and a pyramid from small to large.
    Best,
    /// Ding et al., "Portrait Stylization Based on Deep Convolutional Neural Network" (2022), as its text says: sums of
    /// squares, from noise.
    Ding2022,
    /// The same as its authors' code has it: means, weights that act squared, from the photo.
    Ding2022Code,
    /// "Neural style transfer for faces" on MatConvNet: unnormalised Gram matrices, regularisers, from noise.
    Faces,
    /// Li & Wand, "Combining Markov Random Fields and Convolutional Neural Networks for Image Synthesis" (2016): each patch of
    /// features is held to the most similar one of the painting. With our sums, and no turned or scaled paintings.
    Cnnmrf,
}

/// What of a painting's features a style is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texture {
    /// Their Gram matrix.
    Gram,
    /// Their patches, see `patches`. Only for means relative to the painting's own.
    Patches,
}

/// How squared differences are summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// Content `Σ (F − P)²`; style `Σ (G − A)²` of Gram matrices divided by C·H·W.
    Plain,
    /// Content `mean((w F − w P)²)`, style `mean((w G − w A)²)` of Gram matrices divided by C·H·W, of features divided by
    /// 255: our weights are for inputs from 0 to 255, the code's for inputs from 0 to 1.
    Means,
    /// Content `½ Σ (F − P)²`, style `½ Σ (G − A)²` of Gram matrices as they are.
    Halves,
    /// Both relative to the target's own square and averaged over layers: 1 where nothing of the target is there.
    Relative,
}

/// Where the pixels start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The photo.
    Content,
    /// White noise, even from 0 to 1.
    Noise,
}

/// What several styles without masks come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Blend {
    /// Their losses are added ("mixed gradient descent").
    Mixed,
    /// One Gram matrix for all of them, see `gram::eigengram`.
    Eigengram,
}

/// The settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    pub network: Kind,
    pub content: Vec<Tap>,
    pub style: Vec<Tap>,
    pub texture: Texture,
    pub sums: Sums,
    pub content_weight: f64,
    pub style_weight: f64,
    /// Of x² at every pixel and channel, x from 0 to 255 with the mean colour subtracted: summed, or for means and
    /// relative terms the mean, x then in units of 255.
    pub size_weight: f64,
    /// Of the squared differences of neighbouring pixels, likewise.
    pub variation_weight: f64,
    pub start: Start,
    /// Pixels around the photo, its mirror image, that are painted too and cut off: beyond the border the network sees
    /// zeros, and what is painted there is unlike the rest.
    pub margin: usize,
    /// Pixels are cut to the range from 0 to 1 before the network sees them.
    pub clamp: bool,
    pub optimiser: Optimiser,
    /// Evaluations of loss and gradient on each level of the pyramid.
    pub evaluations: usize,
    /// Levels, each half as large as the one after it; 1 is the full size alone.
    pub levels: usize,
}

/// L-BFGS without search, as both reports use it.
const LBFGS: Optimiser = Optimiser::Lbfgs {
    history: 100,
    rate: 1.0,
    wolfe: false,
};

impl Preset {
    /// Its settings.
    pub fn recipe(self) -> Recipe {
        match self {
            Self::Best => Recipe {
                network: Kind::Vgg16,
                content: vec![Tap::relu("conv3_2")],
                style: ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]
                    .map(Tap::relu)
                    .into(),
                texture: Texture::Gram,
                sums: Sums::Relative,
                content_weight: 1.0,
                style_weight: 30.0,
                size_weight: 0.0,
                variation_weight: 0.5,
                start: Start::Content,
                margin: 16,
                clamp: true,
                optimiser: LBFGS,
                evaluations: 100,
                levels: 3,
            },
            // "The first five convolutional layers", "the fifth and sixth" (§3.1.3), before their ReLU as the code has it.
            Self::Ding2022 | Self::Ding2022Code => {
                let literal = self == Self::Ding2022;
                let sums = |layer| Tap { layer, relu: false };
                Recipe {
                    network: Kind::Vgg16,
                    content: ["conv3_1", "conv3_2"].map(sums).into(),
                    style: ["conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"]
                        .map(sums)
                        .into(),
                    texture: Texture::Gram,
                    sums: if literal { Sums::Plain } else { Sums::Means },
                    content_weight: 1.0,
                    style_weight: 100.0,
                    size_weight: 0.0,
                    variation_weight: 0.0,
                    start: if literal {
                        Start::Noise
                    } else {
                        Start::Content
                    },
                    margin: 0,
                    clamp: !literal,
                    optimiser: LBFGS,
                    evaluations: 200,
                    levels: 1,
                }
            }
            // The report names no style layers: those of Gatys et al. Its deep content layer 27 is conv5_2.
            Self::Faces => Recipe {
                network: Kind::Vgg19,
                content: vec![Tap::relu("conv5_2")],
                style: ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
                    .map(Tap::relu)
                    .into(),
                texture: Texture::Gram,
                sums: Sums::Halves,
                // Its weights are not given either. These suit 256 pixels: unnormalised Gram matrices grow with the
                // number of places, so their squares with its square.
                content_weight: 1.0,
                style_weight: 5e-13,
                size_weight: 0.01,
                variation_weight: 0.3,
                start: Start::Noise,
                margin: 0,
                clamp: false,
                optimiser: LBFGS,
                evaluations: 200,
                levels: 1,
            },
            Self::Cnnmrf => Recipe {
                network: Kind::Vgg19,
                content: vec![Tap::relu("conv4_2")],
                style: ["conv3_1", "conv4_1"].map(Tap::relu).into(),
                texture: Texture::Patches,
                sums: Sums::Relative,
                content_weight: 1.0,
                style_weight: 2.0,
                size_weight: 0.0,
                variation_weight: 0.5,
                start: Start::Content,
                margin: 16,
                clamp: true,
                optimiser: LBFGS,
                evaluations: 100,
                levels: 3,
            },
        }
    }
}

impl Recipe {
    /// All taps, content before style, each once.
    pub fn taps(&self) -> Vec<Tap> {
        let mut taps: Vec<Tap> = Vec::new();
        for tap in self.content.iter().chain(&self.style) {
            if !taps.contains(tap) {
                taps.push(*tap);
            }
        }
        taps
    }

    /// The layers of `network` with these names, tapped like those of `like`.
    ///
    /// # Errors
    /// When there is none of such a name.
    pub fn taps_named(network: Kind, names: &str, like: &[Tap]) -> Result<Vec<Tap>> {
        let relu = like.first().is_none_or(|tap| tap.relu);
        let layers = network.layers();
        names
            .split(',')
            .map(|name| {
                let name = name.trim();
                let layer = layers.iter().find(|(layer, ..)| *layer == name);
                let known: Vec<&str> = layers.iter().map(|(layer, ..)| *layer).collect();
                ensure!(
                    layer.is_some(),
                    "there is no layer `{name}`; this network has {}",
                    known.join(", ")
                );
                Ok(layer.map(|(layer, ..)| Tap { layer, relu }))
            })
            .filter_map(Result::transpose)
            .collect()
    }
}
