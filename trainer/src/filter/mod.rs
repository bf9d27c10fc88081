//! Edge-aware filters, and looks that combine them. `limn-trainer filter` applies one to pictures; `limn-trainer teach`
//! makes references with one, from which a style is learnt.
//!
//! The looks are local functions on purpose: the network that learns them sees a window of some 45 pixels, and not where
//! in the picture it lies. Ink, poster, chalk and oil are functions of the gradients alone, as the input of a network without colours is:
//! nothing depends on how dark an area is. The bolder ones choose tones and colours by the photo's tone, with soft steps,
//! which shift the gradients only where a step lies; their tone has to come from a ground, or a second head, that knows it.

mod anime;
mod bilateral_grid;
mod chalkboard;
mod comic;
mod command;
mod flat;
mod flow;
pub mod gaussian;
mod kuwahara;
mod l0;
mod line_drawing;
mod linocut;
mod local_laplacian;
mod master;
mod neon;
mod oil;
mod parameters;
mod pencil;
mod pop;
mod riso;
mod rolling_guidance;
#[cfg(test)]
mod test_pictures;
mod toon;
mod wash;

use std::fmt::Debug;

use anyhow::{Context, Result};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use limn::Planes;

use anime::Anime;
use bilateral_grid::BilateralGrid;
use chalkboard::Chalkboard;
use comic::Comic;
pub use command::{FilterArgs, run};
use kuwahara::Kuwahara;
use l0::L0;
use line_drawing::LineDrawing;
use linocut::Linocut;
use local_laplacian::LocalLaplacian;
use master::Master;
use neon::Neon;
use oil::Oil;
use parameters::Parameter;
pub use parameters::Parameters;
use pencil::Pencil;
use pop::Pop;
use riso::Riso;
use rolling_guidance::RollingGuidance;
use toon::Toon;
use wash::Wash;

/// Every filter. A new one is a file, its `mod` above and a line here.
pub static FILTERS: &[Entry] = &[
    L0::ENTRY,
    BilateralGrid::ENTRY,
    RollingGuidance::ENTRY,
    LocalLaplacian::ENTRY,
    LineDrawing::INK_ENTRY,
    LineDrawing::POSTER_ENTRY,
    LineDrawing::CHALK_ENTRY,
    Oil::ENTRY,
    Toon::ENTRY,
    Pencil::ENTRY,
    Wash::ENTRY,
    Comic::ENTRY,
    Pop::ENTRY,
    Kuwahara::ENTRY,
    Master::ENTRY,
    Chalkboard::ENTRY,
    Neon::ENTRY,
    Riso::ENTRY,
    Linocut::ENTRY,
    Anime::ENTRY,
];

/// A filter with its parameters. Its [`Debug`] text tells all of them.
pub trait Filter: Debug + Send + Sync {
    /// What can be set, with the values that it has.
    fn parameters(&mut self) -> Vec<Parameter<'_>>;

    /// Filters `image` `[3, H, W]` in [0, 1] of any size; the result has the same size, and may leave [0, 1].
    fn apply(&self, image: &Planes) -> Planes;

    /// As [`apply`](Self::apply), clamped to [0, 1].
    fn paint(&self, image: &Planes) -> Planes {
        let mut output = self.apply(image);
        output
            .data
            .iter_mut()
            .for_each(|value| *value = value.clamp(0.0, 1.0));
        output
    }
}

/// Filters of the literature, and looks that combine them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Filter,
    Look,
}

/// A filter by the name that it has on the command line.
pub struct Entry {
    pub name: &'static str,
    pub kind: Kind,
    /// What it does, in a line.
    about: &'static str,
    /// The filter with its defaults.
    new: fn() -> Box<dyn Filter>,
}

impl Entry {
    /// The filter with `parameters`, and defaults for the rest.
    ///
    /// # Errors
    /// When a value is out of its range or not a number, or the filter has no such parameter.
    pub fn filter(&self, parameters: &Parameters) -> Result<Box<dyn Filter>> {
        let mut filter = (self.new)();
        for (name, value) in &parameters.0 {
            filter
                .parameters()
                .iter_mut()
                .find(|parameter| parameter.name == *name)
                .with_context(|| {
                    format!(
                        "{} has no parameter --{name}; `limn-trainer filter --help` lists those it has",
                        self.name
                    )
                })?
                .set(*value)?;
        }
        Ok(filter)
    }

    /// The line of the help: what it does, and the flags of its parameters.
    fn help(&self) -> String {
        let look = match self.kind {
            Kind::Filter => "",
            Kind::Look => "Look: ",
        };
        let mut filter = (self.new)();
        let flags = filter.parameters();
        let flags: Vec<String> = flags.iter().map(|p| format!("--{}", p.name)).collect();
        format!("{look}{}. {}", self.about, flags.join(", "))
    }
}

/// The filter called `name`, if there is one.
pub fn find(name: &str) -> Option<&'static Entry> {
    FILTERS.iter().find(|entry| entry.name == name)
}

/// The names of all filters, separated by commas.
pub fn names() -> String {
    let names: Vec<&str> = FILTERS.iter().map(|entry| entry.name).collect();
    names.join(", ")
}

/// Reads the name of a filter from the command line.
fn name_parser() -> impl TypedValueParser<Value = &'static Entry> {
    let values = FILTERS
        .iter()
        .map(|entry| PossibleValue::new(entry.name).help(entry.help()));
    PossibleValuesParser::new(values).try_map(|name| find(&name).context("there is no such filter"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_pictures::noisy_shapes;

    fn all() -> Vec<Box<dyn Filter>> {
        FILTERS.iter().map(|entry| (entry.new)()).collect()
    }

    /// Looks that choose tones and colours by the photo's tone.
    const TONED: [&str; 12] = [
        "toon",
        "pencil",
        "wash",
        "comic",
        "pop",
        "kuwahara",
        "master",
        "chalkboard",
        "neon",
        "riso",
        "linocut",
        "anime",
    ];

    #[test]
    fn a_constant_picture_stays_constant() {
        for entry in FILTERS {
            let filter = (entry.new)();
            for (width, height) in [(1, 1), (1, 9), (23, 17)] {
                let mut image = Planes::zeros(3, height, width);
                for (channel, value) in [0.25, 0.5, 0.85].into_iter().enumerate() {
                    image.plane_mut(channel).fill(value);
                }
                let result = filter.paint(&image);
                let expected = if TONED.contains(&entry.name) {
                    let first = [0, 1, 2].map(|channel| result.plane(channel)[0]);
                    first.map(|value| vec![value; height * width]).concat()
                } else {
                    image.data.clone()
                };
                for (a, b) in result.data.iter().zip(&expected) {
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
                let result = filter.paint(&image);
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
            let result = filter.paint(&image);
            let changed = result.data.iter().zip(&image.data);
            let most = changed.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most > 0.02, "{filter:?}: {most}");
        }
    }

    #[test]
    fn values_out_of_range_and_strange_parameters_are_refused() {
        let message = |name: &str, parameter, value| {
            let parameters = Parameters(vec![(parameter, value)]);
            let filter = find(name).unwrap().filter(&parameters);
            filter.unwrap_err().to_string()
        };
        for (name, parameter, value, expected) in [
            ("l0", "lambda", 0.0, "--lambda is 0, 0.00001 to 1"),
            ("l0", "lambda", f32::NAN, "--lambda is NaN"),
            ("oil", "iterations", 1.5, "a whole number is needed"),
            (
                "bilateral-grid",
                "lambda",
                0.1,
                "bilateral-grid has no parameter --lambda",
            ),
        ] {
            let text = message(name, parameter, value);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn what_is_given_is_set() {
        let parameters = Parameters(vec![("iterations", 7.0), ("bristles", 0.25)]);
        let oil = find("oil").unwrap().filter(&parameters).unwrap();
        let text = format!("{oil:?}");
        assert!(
            text.contains("iterations: 7") && text.contains("bristles: 0.25"),
            "{text}"
        );
        assert!(find("acrylic").is_none());
    }
}
