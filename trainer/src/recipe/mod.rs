//! The recipe of a style's training, all that `fit --config` reads from TOML.

mod loss;

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use limn::{
    medium::Medium,
    network::{Architecture, is_valid_width},
};
use serde::{Deserialize, de::DeserializeOwned};

pub use loss::{PerTerm, Term, Values, Weights};

/// What `fit --config` reads. Unknown keys are refused, so that a misspelt weight does not go unnoticed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    pub style: StyleConfig,
    pub training: TrainingConfig,
    pub loss: LossConfig,
    /// Random changes of the patches; none where not given.
    #[serde(default)]
    pub augmentation: Augmentation,
    /// What differs from the shipped network; nothing where not given.
    #[serde(default)]
    pub variant: VariantConfig,
}

/// What the record will say of itself; see [`limn::style::StyleMetadata`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    /// Whether the style has colours of its own: a ground that is fitted to the pairs.
    #[serde(default)]
    pub ground: bool,
    /// What it is painted on or printed with; nothing where not given.
    pub medium: Option<Medium>,
    /// Whether its network sees the photo's colours and has a second head that corrects the ground.
    #[serde(default)]
    pub colours: bool,
}

impl StyleConfig {
    /// Which network the style has.
    pub fn network(&self) -> Architecture {
        Architecture {
            width: self.width,
            colours: self.colours,
        }
    }
}

/// Optimisation and patches.
#[derive(Clone, Debug, PartialEq, Deserialize)]
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
    /// Adam's step size at the start.
    pub learning_rate: f64,
    /// How it goes on from there.
    #[serde(default)]
    pub schedule: Schedule,
    /// Share of the pairs, 0 to 0.5, that is not learnt from but validated on; `fit` can be given other pairs for that
    /// instead.
    #[serde(default)]
    pub validation: f64,
    /// What the record's recipe should say beyond these numbers, such as earlier stages of the run.
    pub remark: Option<String>,
}

/// The course of the learning rate.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// Down to zero along a half cosine over all steps (Loshchilov & Hutter, 2017).
    #[default]
    Cosine,
    /// The same at all steps.
    Constant,
    /// Multiplied by `factor` after each of the steps `at`.
    Step { at: Vec<usize>, factor: f64 },
}

/// What an ablation changes. A run with a variant writes its run folder but no style record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VariantConfig {
    pub upsampling: Upsampling,
    pub domain: Domain,
}

/// How the last two layers double the size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upsampling {
    /// Convolution and pixel shuffle, as shipped.
    #[default]
    SubPixel,
    /// Transposed convolutions of stride 2.
    Transposed,
}

/// What the network sees and says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// Gradients, six channels, as shipped.
    #[default]
    Gradient,
    /// Colours, three channels; its output is the picture, without any reconstruction.
    Colour,
}

/// How the terms `pixel` and `features` add up their squared errors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reduction {
    /// Mean over all values; gradients of colours in [0, 1].
    #[default]
    Mean,
    /// As Caffe's `EuclideanLoss`: half the sum over a patch, of gradients of colours from 0 to 255, and the mean over
    /// the batch. The loss table holds the means all the same, and the other terms are relative in either case.
    Sum,
}

/// Weights of the loss at the first step and, where given, at the last; between them they change linearly.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossConfig {
    pub start: Weights,
    pub end: Option<Weights>,
    #[serde(default)]
    pub reduction: Reduction,
}

/// What happens to photo and reference alike, besides noise on what the network sees. All is off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augmentation {
    /// Mirror half of the patches, left to right.
    pub flip: bool,
    /// Turn each patch by a random multiple of 90°.
    pub rotate: bool,
    /// Multiply the colours of photo and reference by a common factor from 1/(1 + e) to 1 + e. On gradients this is
    /// exposure and contrast in one: they do not know the colour that contrast keeps.
    pub exposure: f64,
    /// Standard deviation of Gaussian noise on the photo that the network sees (colours in [0, 1]). The losses compare
    /// with the clean reference on the clean photo.
    pub noise: f64,
    /// Share of patches, 0 to 1, that come from the flattest of several random places, since a style must also learn
    /// what to draw where a photo has next to no gradients.
    pub flat: f64,
}

/// Reads a medium from a file with the keys of a recipe's table `[style.medium]`.
///
/// # Errors
/// When the file is unreadable, has an unknown or missing key, or a value out of its range.
pub fn load_medium(path: &Path) -> Result<Medium> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse::<Medium>(&text)
        .and_then(|medium| {
            medium
                .check()
                .map(|()| medium)
                .map_err(|mistake| anyhow!(mistake))
        })
        .with_context(|| format!("{} is not a usable medium", path.display()))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        // The error's own text draws the line over several lines.
        let start = error.span().map_or(0, |span| span.start);
        let line = text[..start].lines().count().max(1);
        anyhow!("near line {line}: {}", error.message())
    })
}

impl Recipe {
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
        let recipe: Self = parse(text)?;
        let TrainingConfig {
            steps,
            batch,
            patch,
            learning_rate,
            ..
        } = recipe.training;
        ensure!(
            is_valid_width(recipe.style.width),
            "style.width is {}, a multiple of 4 from 4 to 64 is needed",
            recipe.style.width
        );
        ensure!(
            steps > 0 && batch > 0,
            "training.steps and training.batch must be at least 1"
        );
        ensure!(
            patch >= 8 && patch % 4 == 0,
            "training.patch is {patch}, a multiple of 4 from 8 up is needed"
        );
        if let Some(medium) = &recipe.style.medium {
            medium.check().map_err(|mistake| anyhow!(mistake))?;
        }
        let vgg_patches = recipe.vgg_patches();
        ensure!(
            (1..=batch).contains(&vgg_patches),
            "training.vgg_patches is {vgg_patches}, 1 to training.batch ({batch}) is needed"
        );
        ensure!(
            learning_rate > 0.0 && learning_rate.is_finite(),
            "training.learning_rate is {learning_rate}, a positive number is needed"
        );
        ensure!(
            !recipe.style.colours || recipe.variant == VariantConfig::default(),
            "style.colours and a [variant] do not go together"
        );
        let LossConfig { start, end, .. } = &recipe.loss;
        let corrects = |weights: &Weights| weights[Term::Ground] > 0.0;
        ensure!(
            recipe.style.colours || !(corrects(start) || end.as_ref().is_some_and(corrects)),
            "loss.ground needs style.colours: only a second head corrects the ground"
        );
        recipe.check_schedule()?;
        recipe.check_augmentation()?;
        Ok(recipe)
    }

    fn check_schedule(&self) -> Result<()> {
        let validation = self.training.validation;
        ensure!(
            (0.0..=0.5).contains(&validation),
            "training.validation is {validation}, a share from 0 to 0.5 is needed"
        );
        if let Schedule::Step { at, factor } = &self.training.schedule {
            ensure!(
                at.is_sorted() && *factor > 0.0 && *factor <= 1.0,
                "training.schedule needs ascending steps and a factor above 0 and up to 1, it has {at:?} and {factor}"
            );
        }
        Ok(())
    }

    fn check_augmentation(&self) -> Result<()> {
        let Augmentation {
            exposure,
            noise,
            flat,
            ..
        } = self.augmentation;
        for (name, value, highest) in [
            ("exposure", exposure, 4.0),
            ("noise", noise, 0.5),
            ("flat", flat, 1.0),
        ] {
            ensure!(
                (0.0..=highest).contains(&value),
                "augmentation.{name} is {value}, 0 to {highest} is needed"
            );
        }
        Ok(())
    }

    /// Whether a term of its loss compares features of VGG-16.
    pub fn needs_vgg(&self) -> bool {
        let LossConfig { start, end, .. } = &self.loss;
        let weights = || std::iter::once(start).chain(end);
        Term::ON_VGG
            .into_iter()
            .any(|term| weights().any(|weights| weights[term] > 0.0))
    }

    /// How many patches of a batch VGG looks at.
    pub fn vgg_patches(&self) -> usize {
        self.training.vgg_patches.unwrap_or(self.training.batch)
    }

    /// Step size for `step`, counted from zero.
    pub fn learning_rate(&self, step: usize) -> f64 {
        let share = match &self.training.schedule {
            Schedule::Cosine => {
                let progress = step as f64 / self.training.steps as f64;
                0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
            }
            Schedule::Constant => 1.0,
            Schedule::Step { at, factor } => {
                let passed = at.iter().filter(|at| step >= **at).count();
                factor.powi(passed as i32)
            }
        };
        self.training.learning_rate * share
    }

    /// What a mean squared error of gradients, and one of conv3_3 features, has to be multiplied by to be added up as
    /// [`Reduction`] says.
    fn reduction_factors(&self) -> (f64, f64) {
        match self.loss.reduction {
            Reduction::Mean => (1.0, 1.0),
            Reduction::Sum => {
                let area = (self.training.patch * self.training.patch) as f64;
                let maps = match self.variant.domain {
                    Domain::Gradient => 2.0,
                    Domain::Colour => 1.0,
                };
                // conv3_3 has 256 channels at a quarter of the side, and sees values from 0 to 255 already.
                let pixel = 0.5 * 3.0 * maps * area * 255.0 * 255.0;
                (pixel, 0.5 * maps * 256.0 * area / 16.0)
            }
        }
    }

    /// Loss weights for `step`, counted from zero; they are for means, whatever the recipe's reduction.
    pub fn loss_weights(&self, step: usize) -> Weights {
        let start = self.loss.start;
        let end = self.loss.end.unwrap_or(start);
        let t = step as f64 / self.training.steps as f64;
        let mix = |a: f64, b: f64| a + t * (b - a);
        let mut weights = PerTerm(std::array::from_fn(|i| mix(start.0[i], end.0[i])));
        let (pixel, features) = self.reduction_factors();
        weights[Term::Pixel] *= pixel;
        weights[Term::Features] *= features;
        weights
    }

    /// The recipe in one line, for the record.
    pub fn summary(&self) -> String {
        let t = &self.training;
        let loss = match &self.loss.end {
            Some(end) => format!("{} → {}", self.loss.start.summary(), end.summary()),
            None => self.loss.start.summary(),
        };
        let reduction = match self.loss.reduction {
            Reduction::Mean => "",
            Reduction::Sum => " (half sums of 8-bit values, as Caffe)",
        };
        let schedule = match &t.schedule {
            Schedule::Cosine => "cosine".to_owned(),
            Schedule::Constant => "constant".to_owned(),
            Schedule::Step { at, factor } => format!("×{factor} after {at:?}"),
        };
        let augmentation = if self.augmentation == Augmentation::default() {
            String::new()
        } else {
            let a = &self.augmentation;
            format!(
                "; augmented: flip {}, rotate {}, exposure {}, noise {}, flat {}",
                a.flip, a.rotate, a.exposure, a.noise, a.flat
            )
        };
        let vgg = if self.needs_vgg() {
            format!(", {} of them seen by VGG", self.vgg_patches())
        } else {
            String::new()
        };
        let remark = t
            .remark
            .as_ref()
            .map_or(String::new(), |remark| format!("; {remark}"));
        format!(
            "Adam {} {schedule}, {} steps, batch {} of {}² with {} px of context{vgg}; \
             loss {loss}{reduction}{augmentation}{remark}",
            t.learning_rate, t.steps, t.batch, t.patch, t.context
        )
    }
}

#[cfg(test)]
pub mod test_recipe {
    /// A small recipe that tests change as they need it.
    pub const RECIPE: &str = r#"
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
}

#[cfg(test)]
mod tests {
    use super::{test_recipe::RECIPE, *};
    use crate::files::models::Catalogue;

    #[test]
    fn rates_and_weights_move_along_the_run() {
        let recipe = Recipe::parse(RECIPE).unwrap();
        assert_eq!(recipe.learning_rate(0), 2e-3);
        assert!((recipe.learning_rate(50) - 1e-3).abs() < 1e-12);
        assert!(recipe.learning_rate(100).abs() < 1e-12);
        let middle = recipe.loss_weights(50);
        assert_eq!((middle[Term::Pixel], middle[Term::Gram]), (750.0, 3.0));
        assert_eq!(recipe.vgg_patches(), 4);
        assert!(
            recipe
                .summary()
                .ends_with("6 Gram + 0 energy + 0 grid + 0 ground + 0 picture; resumed once")
        );
    }

    #[test]
    fn a_medium_stands_in_the_style_or_in_a_file_of_its_own() {
        assert_eq!(Recipe::parse(RECIPE).unwrap().style.medium, None);
        let table = "kind = \"engraving\"\nperiod = 3\nbend = 5.5\nink = [0, 0.1, 0.2]\n";
        let text = RECIPE.replace(
            "[training]",
            &format!("[style.medium]\n{table}\n[training]"),
        );
        let medium = Recipe::parse(&text).unwrap().style.medium;
        let expected = Medium::Engraving {
            period: 3.0,
            angle: 0.0,
            bend: 5.5,
            ink: [0.0, 0.1, 0.2],
            paper: [1.0; 3],
            amount: 1.0,
        };
        assert_eq!(medium, Some(expected));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("medium.toml");
        std::fs::write(&path, table).unwrap();
        assert_eq!(load_medium(&path).unwrap(), expected);
        std::fs::write(&path, table.replace("5.5", "55")).unwrap();
        let error = format!("{:#}", load_medium(&path).unwrap_err());
        assert!(
            error.contains("medium.toml") && error.contains("bend is 55"),
            "{error}"
        );
    }

    #[test]
    fn the_rate_can_fall_in_steps() {
        let schedule =
            "remark = \"resumed once\"\nschedule = { step = { at = [40, 80], factor = 0.1 } }";
        let recipe = Recipe::parse(&RECIPE.replace("remark = \"resumed once\"", schedule)).unwrap();
        for (step, rate) in [(0, 2e-3), (39, 2e-3), (40, 2e-4), (79, 2e-4), (80, 2e-5)] {
            assert!((recipe.learning_rate(step) - rate).abs() < 1e-12, "{step}");
        }
        let constant = "remark = \"resumed once\"\nschedule = \"constant\"";
        let recipe = Recipe::parse(&RECIPE.replace("remark = \"resumed once\"", constant)).unwrap();
        assert_eq!(recipe.learning_rate(99), 2e-3);
    }

    #[test]
    fn sums_are_half_the_squares_of_a_patch_in_8_bit_units() {
        let sum = RECIPE.replace("[loss]", "[loss]\nreduction = \"sum\"");
        let weights = Recipe::parse(&sum).unwrap().loss_weights(0);
        // A patch on which every gradient is off by one 8-bit step, and every feature by one.
        let pixel = (1.0_f64 / 255.0).powi(2) * weights[Term::Pixel];
        assert!((pixel - 1000.0 * 0.5 * (6 * 64 * 64) as f64).abs() < 1e-3);
        let features = 1e-4 * 0.5 * (2 * 256 * 16 * 16) as f64;
        assert!((weights[Term::Features] - features).abs() < 1e-9);
    }

    #[test]
    fn a_recipe_without_the_optional_tables_is_the_shipped_network_unaugmented() {
        let recipe = Recipe::parse(RECIPE).unwrap();
        assert_eq!(recipe.variant, VariantConfig::default());
        assert_eq!(recipe.augmentation, Augmentation::default());
        let variant = "[variant]\nupsampling = \"transposed\"\ndomain = \"colour\"";
        let recipe = Recipe::parse(&format!("{RECIPE}\n{variant}")).unwrap();
        assert_eq!(recipe.variant.upsampling, Upsampling::Transposed);
        assert_eq!(recipe.variant.domain, Domain::Colour);
    }

    #[test]
    fn every_recipe_here_is_usable() {
        let recipes = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        let mut count = 0;
        for folder in ["", "ablation", "styles"] {
            for entry in std::fs::read_dir(recipes.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "toml") {
                    Recipe::load(&path).unwrap();
                    count += 1;
                }
            }
        }
        assert!(count >= 8);
        for entry in std::fs::read_dir(recipes.join("mediums")).unwrap() {
            load_medium(&entry.unwrap().path()).unwrap();
        }
        let published = recipes.join("../../models/styles.json");
        for entry in Catalogue::load(&published).unwrap().styles {
            for model in entry.models {
                let file = format!("styles/{}-c{}.toml", entry.name, model.width);
                let style = Recipe::load(&recipes.join(file)).unwrap().style;
                assert_eq!((style.name, style.width), (entry.name.clone(), model.width));
            }
        }
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
            ("gram = 6.0", "gram = 6.0, ground = 1.0", "style.colours"),
            ("batch = 4", "batch = 4\nbatches = 4", "batches"),
            ("steps = 100", "", "steps"),
            (
                "batch = 4",
                "batch = 4\nvalidation = 0.7",
                "training.validation is 0.7",
            ),
            (
                "batch = 4",
                "batch = 4\nschedule = { step = { at = [9, 3], factor = 0.1 } }",
                "ascending steps",
            ),
            ("batch = 4", "batch = 4\nschedule = \"linear\"", "linear"),
            (
                "[loss]",
                "[augmentation]\nflipped = true\n[loss]",
                "flipped",
            ),
            (
                "[loss]",
                "[augmentation]\nnoise = -1.0\n[loss]",
                "augmentation.noise is -1",
            ),
            ("[loss]", "[variant]\ndomain = \"hsv\"\n[loss]", "hsv"),
            (
                "[training]",
                "[style.medium]\nkind = \"paper\"\nperiod = 0\ngrain = 1\n[training]",
                "period is 0",
            ),
            (
                "[training]",
                "[style.medium]\nkind = \"marble\"\n[training]",
                "marble",
            ),
        ] {
            let error = Recipe::parse(&RECIPE.replace(good, bad)).unwrap_err();
            assert!(error.to_string().contains(expected), "{bad}: {error}");
        }
    }
}
