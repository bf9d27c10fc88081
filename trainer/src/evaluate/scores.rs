//! The numbers of one picture, and their medians.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::metrics::median;

/// What can be switched on by `--measures`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Cosine of face embeddings (needs --identity).
    Identity,
    /// Colour difference inside the face (needs --identity).
    Skin,
    /// SSIM, PSNR, edge agreement.
    Structure,
    /// Gram distance (needs --vgg) and line strength.
    Style,
    /// Energy at the stride frequencies.
    Checkerboard,
    /// Flicker of clips (needs --videos).
    Flicker,
}

/// One number about a picture, compared with the photo it was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    Identity,
    Skin,
    Ssim,
    Psnr,
    Edges,
    Gram,
    Lines,
    Checkerboard,
    Likeness,
    Calm,
}

impl Measure {
    /// In the order of the report's columns.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Skin,
        Self::Ssim,
        Self::Psnr,
        Self::Edges,
        Self::Gram,
        Self::Lines,
        Self::Checkerboard,
        Self::Likeness,
        Self::Calm,
    ];

    /// Name in files: that of the JSON report.
    pub fn key(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Skin => "skin",
            Self::Ssim => "ssim",
            Self::Psnr => "psnr",
            Self::Edges => "edges",
            Self::Gram => "gram",
            Self::Lines => "lines",
            Self::Checkerboard => "checkerboard",
            Self::Likeness => "likeness",
            Self::Calm => "calm",
        }
    }

    /// Column heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Skin => "skin ΔE2000",
            Self::Ssim => "SSIM",
            Self::Psnr => "PSNR dB",
            Self::Edges => "edges",
            Self::Gram => "Gram left",
            Self::Lines => "lines",
            Self::Checkerboard => "checkerboard",
            Self::Likeness => "like the teacher, dB",
            Self::Calm => "flat areas",
        }
    }

    /// Digits after the point that are worth printing.
    pub fn decimals(self) -> usize {
        match self {
            Self::Skin | Self::Psnr | Self::Likeness | Self::Calm => 1,
            _ => 2,
        }
    }

    /// What the number says, for the report's legend.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Identity => {
                "cosine of MobileFaceNet embeddings of picture and photo; about 0.8 between two photos of one person, \
                 0 between two persons"
            }
            Self::Skin => {
                "median CIEDE2000 colour difference of 9×9 means inside the face; 1 is just visible"
            }
            Self::Ssim => "structural similarity on luma; 1 is the photo",
            Self::Psnr => "peak signal-to-noise ratio against the photo",
            Self::Edges => {
                "correlation of the gradient magnitudes on luma; 1 where all edges stayed in place"
            }
            Self::Gram => {
                "distance to the teacher's picture of mean-removed VGG-16 Gram matrices (conv1_2, conv2_2, conv3_3) as a \
                 share of the photo's distance; 0 is the teacher, 1 nothing learnt"
            }
            Self::Lines => {
                "gain in mean absolute gradient over the photo as a share of the teacher's gain; 1 is the teacher"
            }
            Self::Checkerboard => {
                "largest peak of the gradients' spectrum at the stride frequencies (periods 2 and 4) above its \
                 surroundings and the photo's; about 1 without a grid"
            }
            Self::Likeness => "peak signal-to-noise ratio against the teacher's picture",
            Self::Calm => {
                "mean absolute gradient, of 255, where the photo is flat (a mean below 2 in 9×9 pixels): what a style draws \
                 where there is nothing"
            }
        }
    }
}

/// Measures of one picture, or medians of them; those that do not apply are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scores(BTreeMap<Measure, f64>);

impl Scores {
    /// The value of `measure`, where it was measured.
    pub fn get(&self, measure: Measure) -> Option<f64> {
        self.0.get(&measure).copied()
    }

    /// Adds a value; `None`, and what is not a number, leaves the measure absent.
    pub fn set(&mut self, measure: Measure, value: Option<f64>) {
        if let Some(value) = value.filter(|v| v.is_finite()) {
            self.0.insert(measure, value);
        }
    }

    /// The median of every measure, over the pictures that have it.
    pub fn medians<'a>(pictures: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut values: BTreeMap<Measure, Vec<f64>> = BTreeMap::new();
        for scores in pictures {
            for (measure, value) in &scores.0 {
                values.entry(*measure).or_default().push(*value);
            }
        }
        let mut medians = Self::default();
        for (measure, values) in values {
            medians.set(measure, median(&values));
        }
        medians
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_the_names_in_json() {
        for measure in Measure::ALL {
            let json = serde_json::to_string(&measure).unwrap();
            assert_eq!(json, format!("\"{}\"", measure.key()));
        }
    }

    #[test]
    fn medians_pass_over_what_is_absent() {
        let scores = |identity: Option<f64>, skin: f64| {
            let mut scores = Scores::default();
            scores.set(Measure::Identity, identity);
            scores.set(Measure::Skin, Some(skin));
            scores
        };
        let medians = Scores::medians(&[
            scores(Some(0.5), 1.0),
            scores(None, 2.0),
            scores(Some(f64::NAN), 9.0),
        ]);
        assert_eq!(medians.get(Measure::Identity), Some(0.5));
        assert_eq!(medians.get(Measure::Skin), Some(2.0));
        assert_eq!(medians.get(Measure::Gram), None);
        assert_eq!(
            serde_json::to_string(&medians).unwrap(),
            r#"{"identity":0.5,"skin":2.0}"#
        );
    }
}
