//! What can be set of a filter, on the command line and in a map of teachers.

use std::ops::RangeInclusive;

use anyhow::{Result, ensure};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, value_parser};

use super::FILTERS;

/// A number that a filter has: its name, what it means, where it may lie, and where it is kept.
pub struct Parameter<'a> {
    /// The flag without its dashes.
    pub name: &'static str,
    about: &'static str,
    range: RangeInclusive<f32>,
    place: Place<'a>,
}

enum Place<'a> {
    Number(&'a mut f32),
    Count(&'a mut usize),
}

impl<'a> Parameter<'a> {
    /// A number.
    pub fn number(
        name: &'static str,
        about: &'static str,
        range: RangeInclusive<f32>,
        place: &'a mut f32,
    ) -> Self {
        Self {
            name,
            about,
            range,
            place: Place::Number(place),
        }
    }

    /// Price of a gradient in [`super::l0::L0`], which several looks flatten with.
    pub fn lambda(place: &'a mut f32) -> Self {
        let about = "Price λ of a non-zero gradient; larger is flatter";
        Self::number("lambda", about, 1e-5..=1.0, place)
    }

    /// σ of the distance in pixels.
    pub fn sigma_spatial(place: &'a mut f32) -> Self {
        let about = "σ of the distance in pixels";
        Self::number("sigma-spatial", about, 1.0..=100.0, place)
    }

    /// σ of the difference in colour.
    pub fn sigma_range(place: &'a mut f32) -> Self {
        let about = "σ of the difference in colour, of values from 0 to 1";
        Self::number("sigma-range", about, 0.01..=2.0, place)
    }

    /// Width of the lines that a look draws.
    pub fn line_width(place: &'a mut f32) -> Self {
        let about = "Width of the drawn lines, σ of the difference of Gaussians in pixels";
        Self::number("line-width", about, 0.5..=8.0, place)
    }

    /// How dark the lines are that a look draws.
    pub fn darkness(place: &'a mut f32) -> Self {
        let about = "What a full dark line takes from the brightness";
        Self::number("darkness", about, 0.0..=1.0, place)
    }

    /// How much lines weigh in a print of filled darks.
    pub fn contour(place: &'a mut f32) -> Self {
        let about = "Weight of lines against filled darks";
        Self::number("contour", about, 0.0..=100.0, place)
    }

    /// What is dark enough for ink.
    pub fn blackness(place: &'a mut f32) -> Self {
        let about = "Brightness below which ink covers the paper";
        Self::number("blackness", about, 0.0..=1.0, place)
    }

    /// How flat colours run into each other.
    pub fn softness(place: &'a mut f32) -> Self {
        let about = "Half the brightness over which one flat colour becomes the next";
        Self::number("softness", about, 0.005..=0.2, place)
    }

    /// Marks of the brush.
    pub fn bristles(place: &'a mut f32) -> Self {
        let about = "Amplitude of the bristle marks";
        Self::number("bristles", about, 0.0..=0.5, place)
    }

    /// Size of a brush stroke.
    pub fn radius(place: &'a mut f32) -> Self {
        let about = "Radius of the brush strokes in pixels";
        Self::number("radius", about, 2.0..=30.0, place)
    }

    /// Steps of brightness.
    pub fn levels(place: &'a mut f32) -> Self {
        let about = "Steps of brightness from black to white";
        Self::number("levels", about, 2.0..=32.0, place)
    }

    /// How vivid colours become.
    pub fn saturation(place: &'a mut f32) -> Self {
        let about = "Saturation, 1 for the photo's own";
        Self::number("saturation", about, 0.0..=3.0, place)
    }

    /// How often a step of the filter is done.
    pub fn iterations(place: &'a mut usize) -> Self {
        Self {
            name: "iterations",
            about: "Iterations",
            range: 1.0..=20.0,
            place: Place::Count(place),
        }
    }

    /// The value as it is written.
    fn text(&self) -> String {
        match &self.place {
            Place::Number(value) => value.to_string(),
            Place::Count(value) => value.to_string(),
        }
    }

    /// Sets the value.
    ///
    /// # Errors
    /// When it is not a number, out of its range, or not a whole number where one is needed.
    pub fn set(&mut self, value: f32) -> Result<()> {
        ensure!(
            self.range.contains(&value),
            "--{} is {value}, {} to {} is possible",
            self.name,
            self.range.start(),
            self.range.end()
        );
        match &mut self.place {
            Place::Number(place) => **place = value,
            Place::Count(place) => {
                ensure!(
                    value.fract() == 0.0,
                    "--{} is {value}, a whole number is needed",
                    self.name
                );
                **place = value as usize;
            }
        }
        Ok(())
    }
}

/// Values given for parameters, by their names. Which filter they are for is not known yet.
#[derive(Clone, Debug, Default)]
pub struct Parameters(pub Vec<(&'static str, f32)>);

/// Name and help of every parameter that some filter has.
fn all() -> Vec<(&'static str, String)> {
    /// A parameter, and its defaults with the filters that share them.
    struct Documented {
        name: &'static str,
        meaning: String,
        defaults: Vec<(Vec<&'static str>, String)>,
    }
    let mut all: Vec<Documented> = Vec::new();
    for entry in FILTERS {
        for parameter in (entry.new)().parameters() {
            let at = all.iter().position(|known| known.name == parameter.name);
            let at = at.unwrap_or_else(|| {
                let (start, end) = (parameter.range.start(), parameter.range.end());
                all.push(Documented {
                    name: parameter.name,
                    meaning: format!("{} ({start} to {end})", parameter.about),
                    defaults: Vec::new(),
                });
                all.len() - 1
            });
            let defaults = &mut all[at].defaults;
            let value = parameter.text();
            match defaults.iter_mut().find(|(_, other)| *other == value) {
                Some((filters, _)) => filters.push(entry.name),
                None => defaults.push((vec![entry.name], value)),
            }
        }
    }
    let documented = all.into_iter().map(|parameter| {
        let defaults: Vec<String> = parameter
            .defaults
            .iter()
            .map(|(filters, value)| format!("{}: {value}", filters.join(", ")))
            .collect();
        let help = format!("{} [{}]", parameter.meaning, defaults.join("; "));
        (parameter.name, help)
    });
    documented.collect()
}

impl Args for Parameters {
    fn augment_args(command: Command) -> Command {
        all().into_iter().fold(command, |command, (name, help)| {
            command.arg(
                Arg::new(name)
                    .long(name)
                    .value_name("VALUE")
                    .value_parser(value_parser!(f32))
                    .help(help)
                    .help_heading("Parameters of filters (those in brackets have them)"),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Parameters {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = all()
            .into_iter()
            .filter_map(|(name, _)| Some((name, *matches.get_one::<f32>(name)?)));
        Ok(Self(given.collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One flag has one help text, so what it means cannot depend on the filter.
    #[test]
    fn filters_that_share_a_parameter_agree_on_its_meaning() {
        let mut known: Vec<(&str, &str, RangeInclusive<f32>)> = Vec::new();
        for entry in FILTERS {
            for parameter in (entry.new)().parameters() {
                match known.iter().find(|(name, ..)| *name == parameter.name) {
                    Some((_, about, range)) => {
                        assert_eq!((*about, range), (parameter.about, &parameter.range));
                    }
                    None => known.push((parameter.name, parameter.about, parameter.range)),
                }
            }
        }
        assert_eq!(known.len(), all().len());
    }

    #[test]
    fn the_help_tells_ranges_and_defaults() {
        let all = all();
        let help = |name: &str| &all.iter().find(|(other, _)| *other == name).unwrap().1;
        assert_eq!(
            help("lambda"),
            "Price λ of a non-zero gradient; larger is flatter (0.00001 to 1) [l0: 0.02; ink, chalk: 0.01; poster: 0.008]"
        );
        assert_eq!(
            help("iterations"),
            "Iterations (1 to 20) [rolling-guidance: 4; oil: 2]"
        );
    }
}
