//! The recipe of a training run, read from TOML.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use limn::network::is_valid_width;
use serde::{Deserialize, Serialize};

use crate::{data::Sampling, loss::LossWeights};

/// What `fit --config` reads. Unknown keys are refused, so that a misspelt weight does not go unnoticed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub style: StyleConfig,
    pub training: TrainingConfig,
    pub loss: LossConfig,
}

/// What the record will say of itself; see [`limn::style::StyleMetadata`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StyleConfig {
    pub name: String,
    pub title: String,
    /// Network width c.
    pub width: usize,
    pub lambda: f32,
    /// Longer side of the training pictures, in pixels.
    pub trained_size: usize,
    pub teacher: String,
    pub data: String,
    pub licence: String,
}

/// Optimisation and patches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingConfig {
    pub steps: usize,
    pub batch: usize,
    /// Side of the square patches, a multiple of four.
    pub patch: usize,
    /// Pixels around a patch that the network also sees.
    #[serde(default)]
    pub context: usize,
    /// How many patches of a batch VGG looks at; all where not given. VGG is nearly all of a step's work, and the other
    /// patches still count in the pixel and energy losses.
    pub vgg_patches: Option<usize>,
    /// Adam's step size at the start; it falls to zero along a half cosine.
    pub learning_rate: f64,
    /// What the record's recipe should say beyond these numbers, such as earlier stages of the run.
    pub remark: Option<String>,
}

/// Weights of the loss at the first step and, where given, at the last; between them they change linearly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossConfig {
    pub start: LossWeights,
    pub end: Option<LossWeights>,
}

impl Config {
    /// Reads and checks a recipe.
    ///
    /// # Errors
    /// When the file is unreadable, has an unknown or missing key, or a value out of its range.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not a usable recipe", path.display()))
    }

    /// As [`load`](Self::load), from text.
    pub fn parse(text: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|error| {
            // The error's own text draws the line over several lines.
            let start = error.span().map_or(0, |span| span.start);
            let line = text[..start].lines().count().max(1);
            anyhow!("near line {line}: {}", error.message())
        })?;
        let TrainingConfig {
            steps,
            batch,
            patch,
            learning_rate,
            ..
        } = config.training;
        ensure!(
            is_valid_width(config.style.width),
            "style.width is {}, a multiple of 4 from 4 to 64 is needed",
            config.style.width
        );
        ensure!(
            steps > 0 && batch > 0,
            "training.steps and training.batch must be at least 1"
        );
        ensure!(
            patch >= 8 && patch % 4 == 0,
            "training.patch is {patch}, a multiple of 4 from 8 up is needed"
        );
        let vgg_patches = config.sampling().vgg_patches;
        ensure!(
            (1..=batch).contains(&vgg_patches),
            "training.vgg_patches is {vgg_patches}, 1 to training.batch ({batch}) is needed"
        );
        ensure!(
            learning_rate > 0.0 && learning_rate.is_finite(),
            "training.learning_rate is {learning_rate}, a positive number is needed"
        );
        Ok(config)
    }

    pub fn sampling(&self) -> Sampling {
        Sampling {
            batch: self.training.batch,
            patch: self.training.patch,
            context: self.training.context,
            vgg_patches: self.training.vgg_patches.unwrap_or(self.training.batch),
        }
    }

    /// Step size for `step`, counted from zero.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let progress = step as f64 / self.training.steps as f64;
        self.training.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }

    /// Loss weights for `step`, counted from zero.
    pub fn loss_weights(&self, step: usize) -> LossWeights {
        let start = self.loss.start;
        let end = self.loss.end.unwrap_or(start);
        let t = step as f64 / self.training.steps as f64;
        let mix = |a: f64, b: f64| a + t * (b - a);
        LossWeights {
            pixel: mix(start.pixel, end.pixel),
            features: mix(start.features, end.features),
            perceptual: mix(start.perceptual, end.perceptual),
            gram: mix(start.gram, end.gram),
            energy: mix(start.energy, end.energy),
        }
    }

    /// The recipe in one line, for the record.
    pub fn summary(&self) -> String {
        let t = &self.training;
        let w = |w: &LossWeights| {
            format!(
                "{} pixel + {} VGG-16 conv3_3 + {} perceptual + {} Gram + {} energy",
                w.pixel, w.features, w.perceptual, w.gram, w.energy
            )
        };
        let loss = match &self.loss.end {
            Some(end) => format!("{} → {}", w(&self.loss.start), w(end)),
            None => w(&self.loss.start),
        };
        let remark = t
            .remark
            .as_ref()
            .map_or(String::new(), |remark| format!("; {remark}"));
        format!(
            "Adam {} cosine, {} steps, batch {} of {}² with {} px of context, {} of them seen by VGG; loss {loss}{remark}",
            t.learning_rate,
            t.steps,
            t.batch,
            t.patch,
            t.context,
            self.sampling().vgg_patches
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = r#"
        [style]
        name = "test"
        title = "Test"
        width = 8
        lambda = 10.0
        trained_size = 480
        teacher = "none"
        data = "none"
        licence = "CC0-1.0"
        [training]
        steps = 100
        batch = 4
        patch = 64
        learning_rate = 2e-3
        remark = "resumed once"
        [loss]
        start = { pixel = 1000.0, features = 1e-4 }
        end = { pixel = 500.0, features = 1e-4, gram = 6.0 }
    "#;

    #[test]
    fn rates_and_weights_move_along_the_run() {
        let config = Config::parse(RECIPE).unwrap();
        assert_eq!(config.learning_rate(0), 2e-3);
        assert!((config.learning_rate(50) - 1e-3).abs() < 1e-12);
        assert!(config.learning_rate(100).abs() < 1e-12);
        let middle = config.loss_weights(50);
        assert_eq!((middle.pixel, middle.gram), (750.0, 3.0));
        assert_eq!(config.sampling().vgg_patches, 4);
        assert!(
            config
                .summary()
                .ends_with("6 Gram + 0 energy; resumed once")
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (good, bad, expected) in [
            ("patch = 64", "patch = 62", "training.patch is 62"),
            ("width = 8", "width = 10", "style.width is 10"),
            ("batch = 4", "batch = 0", "at least 1"),
            (
                "batch = 4",
                "batch = 4\nvgg_patches = 5",
                "training.vgg_patches is 5",
            ),
            (
                "learning_rate = 2e-3",
                "learning_rate = -1.0",
                "learning_rate is -1",
            ),
            ("gram = 6.0", "gramm = 6.0", "gramm"),
            ("batch = 4", "batch = 4\nbatches = 4", "batches"),
            ("steps = 100", "", "steps"),
        ] {
            let error = Config::parse(&RECIPE.replace(good, bad)).unwrap_err();
            assert!(error.to_string().contains(expected), "{bad}: {error}");
        }
    }
}
