//! Edge-aware filters, and looks that combine them. `limn-trainer filter` applies one to pictures; `limn-trainer teach`
//! makes references with one, from which a style is learnt.
//!
//! The looks are local functions of the gradients on purpose: the network that learns them sees gradients in a window
//! of some 45 pixels, and neither absolute colour nor position. So lines follow edges, and nothing depends on how dark
//! an area is or where in the picture it lies.

mod bilateral_grid;
mod command;
mod flow;
mod gaussian;
mod l0;
mod line_drawing;
mod local_laplacian;
mod oil;
mod rolling_guidance;
#[cfg(test)]
mod test_pictures;

use std::ops::RangeInclusive;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use limn::Planes;

use bilateral_grid::BilateralGrid;
pub use command::{FilterArgs, run};
use l0::L0;
use line_drawing::LineDrawing;
use local_laplacian::LocalLaplacian;
use oil::Oil;
use rolling_guidance::RollingGuidance;

/// The filters by the names they have on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// L0 gradient minimisation: regions of one colour. --lambda, --kappa
    L0,
    /// Bilateral filter on a grid: smooths within edges. --sigma-spatial, --sigma-range
    BilateralGrid,
    /// Rolling guidance: removes small structures. --sigma-spatial, --sigma-range, --iterations
    RollingGuidance,
    /// Local Laplacian: more or less local contrast. --sigma-range, --alpha, --beta
    LocalLaplacian,
    /// Look: flat colours under flowing dark lines. --lambda, --line-width, --darkness, --lightness
    Ink,
    /// Look: broad dark contours with a light rim. --lambda, --line-width, --darkness, --lightness
    Poster,
    /// Look: fine light strokes on hair, folds and outlines. --lambda, --line-width, --darkness, --lightness
    Chalk,
    /// Look: strokes along the shapes, with bristle marks. --stroke-length, --iterations, --bristles
    Oil,
}

impl Name {
    /// As it is written on the command line.
    pub fn text(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// All names, separated by commas.
    pub fn list() -> String {
        let names: Vec<String> = Self::value_variants()
            .iter()
            .map(|name| name.text())
            .collect();
        names.join(", ")
    }
}

/// Values for a filter's parameters; each filter has some of them, and a default for what is not given.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Parameters of filters (those in brackets have them)")]
pub struct Parameters {
    /// Price λ of a non-zero gradient, 0.00001 to 1; larger is flatter [l0: 0.02; ink,
    /// chalk: 0.01; poster: 0.008].
    #[arg(long)]
    lambda: Option<f32>,
    /// Growth κ of the splitting weight per iteration, 1.05 to 10; smaller is slower and flatter [l0: 2].
    #[arg(long)]
    kappa: Option<f32>,
    /// σ of the distance in pixels, 1 to 100 [bilateral-grid: 8; rolling-guidance: 3].
    #[arg(long)]
    sigma_spatial: Option<f32>,
    /// σ of the difference in colour (of values from 0 to 1), 0.01 to 2 [bilateral-grid: 0.1; rolling-guidance: 0.1;
    /// local-laplacian: 0.2].
    #[arg(long)]
    sigma_range: Option<f32>,
    /// Iterations, 1 to 20 [rolling-guidance: 4; oil: 2].
    #[arg(long)]
    iterations: Option<u8>,
    /// Exponent α on detail, 0.1 to 4: below 1 enhances, above 1 smooths [local-laplacian: 0.4].
    #[arg(long)]
    alpha: Option<f32>,
    /// Factor β on edges, 0 to 4: below 1 compresses the tonal range [local-laplacian: 1].
    #[arg(long)]
    beta: Option<f32>,
    /// Width of the drawn lines, σ of the difference of Gaussians in pixels, 0.5 to 8 [ink: 1.4; poster: 2;
    /// chalk: 1.2].
    #[arg(long)]
    line_width: Option<f32>,
    /// What a full dark line takes from the brightness, 0 to 1 [ink, poster: 0.55; chalk: 0].
    #[arg(long)]
    darkness: Option<f32>,
    /// What a full light line adds to the brightness, 0 to 1 [ink: 0; poster: 0.2; chalk: 0.45].
    #[arg(long)]
    lightness: Option<f32>,
    /// Length of the strokes, σ of the smoothing along them in pixels, 0.5 to 20 [oil: 3].
    #[arg(long)]
    stroke_length: Option<f32>,
    /// Amplitude of the bristle marks, 0 to 0.5 [oil: 0.11].
    #[arg(long)]
    bristles: Option<f32>,
}

/// A filter with its parameters; maps `[3, H, W]` in [0, 1] to the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Filter {
    L0(L0),
    BilateralGrid(BilateralGrid),
    RollingGuidance(RollingGuidance),
    LocalLaplacian(LocalLaplacian),
    LineDrawing(LineDrawing),
    Oil(Oil),
}

impl Filter {
    /// The filter `name` with `parameters`, and defaults for the rest.
    ///
    /// # Errors
    /// When a value is out of its range or not a number, or the filter has no such parameter.
    pub fn new(name: Name, parameters: &Parameters) -> Result<Self> {
        let mut given = Given::new(name, parameters);
        let filter = match name {
            Name::L0 => {
                let default = L0::default();
                Self::L0(L0 {
                    lambda: given.take("--lambda", default.lambda, 1e-5..=1.0)?,
                    kappa: given.take("--kappa", default.kappa, 1.05..=10.0)?,
                })
            }
            Name::BilateralGrid => {
                let default = BilateralGrid::default();
                Self::BilateralGrid(BilateralGrid {
                    sigma_spatial: given.take(
                        "--sigma-spatial",
                        default.sigma_spatial,
                        1.0..=100.0,
                    )?,
                    sigma_range: given.take("--sigma-range", default.sigma_range, 0.01..=2.0)?,
                })
            }
            Name::RollingGuidance => {
                let default = RollingGuidance::default();
                Self::RollingGuidance(RollingGuidance {
                    sigma_spatial: given.take(
                        "--sigma-spatial",
                        default.sigma_spatial,
                        1.0..=100.0,
                    )?,
                    sigma_range: given.take("--sigma-range", default.sigma_range, 0.01..=2.0)?,
                    iterations: given.take_iterations(default.iterations)?,
                })
            }
            Name::LocalLaplacian => {
                let default = LocalLaplacian::default();
                Self::LocalLaplacian(LocalLaplacian {
                    sigma_range: given.take("--sigma-range", default.sigma_range, 0.01..=2.0)?,
                    alpha: given.take("--alpha", default.alpha, 0.1..=4.0)?,
                    beta: given.take("--beta", default.beta, 0.0..=4.0)?,
                })
            }
            Name::Ink => Self::LineDrawing(given.line_drawing(LineDrawing::INK)?),
            Name::Poster => Self::LineDrawing(given.line_drawing(LineDrawing::POSTER)?),
            Name::Chalk => Self::LineDrawing(given.line_drawing(LineDrawing::CHALK)?),
            Name::Oil => {
                let default = Oil::default();
                Self::Oil(Oil {
                    stroke_length: given.take(
                        "--stroke-length",
                        default.stroke_length,
                        0.5..=20.0,
                    )?,
                    iterations: given.take_iterations(default.iterations)?,
                    bristles: given.take("--bristles", default.bristles, 0.0..=0.5)?,
                })
            }
        };
        given.ensure_all_taken()?;
        Ok(filter)
    }

    /// Filters `image` `[3, H, W]` in [0, 1] of any size; the result has the same size and is clamped to [0, 1].
    pub fn apply(&self, image: &Planes) -> Planes {
        let mut output = match self {
            Self::L0(filter) => filter.apply(image),
            Self::BilateralGrid(filter) => filter.apply(image),
            Self::RollingGuidance(filter) => filter.apply(image),
            Self::LocalLaplacian(filter) => filter.apply(image),
            Self::LineDrawing(filter) => filter.apply(image),
            Self::Oil(filter) => filter.apply(image),
        };
        output
            .data
            .iter_mut()
            .for_each(|value| *value = value.clamp(0.0, 1.0));
        output
    }
}

impl Parameters {
    /// The first flag that was given, if any.
    pub fn first_given(&self) -> Option<&'static str> {
        self.given().first().map(|(flag, _)| *flag)
    }

    fn given(&self) -> Vec<(&'static str, f32)> {
        [
            ("--lambda", self.lambda),
            ("--kappa", self.kappa),
            ("--sigma-spatial", self.sigma_spatial),
            ("--sigma-range", self.sigma_range),
            ("--iterations", self.iterations.map(f32::from)),
            ("--alpha", self.alpha),
            ("--beta", self.beta),
            ("--line-width", self.line_width),
            ("--darkness", self.darkness),
            ("--lightness", self.lightness),
            ("--stroke-length", self.stroke_length),
            ("--bristles", self.bristles),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value?)))
        .collect()
    }
}

/// The parameters of one call that no filter has taken yet.
struct Given {
    name: Name,
    values: Vec<(&'static str, f32)>,
}

impl Given {
    fn new(name: Name, parameters: &Parameters) -> Self {
        Self {
            name,
            values: parameters.given(),
        }
    }

    fn take(&mut self, flag: &str, default: f32, range: RangeInclusive<f32>) -> Result<f32> {
        let Some(at) = self.values.iter().position(|(name, _)| *name == flag) else {
            return Ok(default);
        };
        let (_, value) = self.values.remove(at);
        ensure!(
            range.contains(&value),
            "{flag} is {value}, {} to {} is possible",
            range.start(),
            range.end()
        );
        Ok(value)
    }

    fn take_iterations(&mut self, default: usize) -> Result<usize> {
        Ok(self.take("--iterations", default as f32, 1.0..=20.0)? as usize)
    }

    fn line_drawing(&mut self, default: LineDrawing) -> Result<LineDrawing> {
        Ok(LineDrawing {
            lambda: self.take("--lambda", default.lambda, 1e-5..=1.0)?,
            line_width: self.take("--line-width", default.line_width, 0.5..=8.0)?,
            darkness: self.take("--darkness", default.darkness, 0.0..=1.0)?,
            lightness: self.take("--lightness", default.lightness, 0.0..=1.0)?,
            ..default
        })
    }

    fn ensure_all_taken(&self) -> Result<()> {
        if let Some((flag, _)) = self.values.first() {
            anyhow::bail!(
                "{} has no parameter {flag}; `limn-trainer filter --help` lists those it has",
                self.name.text()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_pictures::noisy_shapes;

    fn all() -> Vec<Filter> {
        Name::value_variants()
            .iter()
            .map(|name| Filter::new(*name, &Parameters::default()).unwrap())
            .collect()
    }

    #[test]
    fn a_constant_picture_stays_constant() {
        for filter in all() {
            for (width, height) in [(1, 1), (1, 9), (23, 17)] {
                let mut image = Planes::zeros(3, height, width);
                for (channel, value) in [0.25, 0.5, 0.85].into_iter().enumerate() {
                    image.plane_mut(channel).fill(value);
                }
                let result = filter.apply(&image);
                for (a, b) in result.data.iter().zip(&image.data) {
                    assert!((a - b).abs() < 1e-4, "{filter:?} {width}×{height}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn every_size_is_filtered() {
        for filter in all() {
            for (width, height) in [(1, 1), (1, 40), (40, 1), (2, 3), (17, 23)] {
                let image = noisy_shapes(width, height);
                let result = filter.apply(&image);
                assert_eq!((result.width, result.height), (width, height));
                assert_eq!(result.data.len(), image.data.len());
                let usable = result.data.iter().all(|v| (0.0..=1.0).contains(v));
                assert!(usable, "{filter:?} {width}×{height}");
            }
        }
    }

    #[test]
    fn every_filter_changes_a_picture() {
        let image = noisy_shapes(40, 30);
        for filter in all() {
            let result = filter.apply(&image);
            let changed = result.data.iter().zip(&image.data);
            let most = changed.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most > 0.02, "{filter:?}: {most}");
        }
    }

    #[test]
    fn values_out_of_range_and_strange_parameters_are_refused() {
        let message =
            |name, parameters: Parameters| Filter::new(name, &parameters).unwrap_err().to_string();
        let lambda = |value| Parameters {
            lambda: Some(value),
            ..Parameters::default()
        };
        assert!(message(Name::L0, lambda(0.0)).contains("--lambda is 0"));
        assert!(message(Name::L0, lambda(f32::NAN)).contains("--lambda is NaN"));
        let text = message(Name::BilateralGrid, lambda(0.1));
        assert!(
            text.contains("bilateral-grid has no parameter --lambda"),
            "{text}"
        );
    }
}
