//! What makes the pictures that a style is learnt from: a style network of another project, one of the filters and looks
//! of [`crate::filter`], optimisation after paintings ([`crate::paint`]), or a folder of pictures that somebody made.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};
use clap::Parser;
use limn::{Planes, options::fit};
use limn_networks::FeedForward;

use super::style_network::StyleNetwork;
use crate::{
    files::{folder::Order, images},
    filter::{self, Filter, Parameters},
    paint::{HowArgs, Painter},
};

/// A teacher, ready to paint.
pub enum Teacher {
    Network {
        file: String,
        network: Box<StyleNetwork>,
    },
    Filter {
        /// Its name and the parameters that were given, as on a command line.
        text: String,
        filter: Box<dyn Filter>,
    },
    /// A painter by optimisation.
    Painter {
        /// `paint` and its options, as on a command line.
        text: String,
        /// Tells its files apart, whatever their names.
        digest: String,
        painter: Box<Painter>,
    },
    /// Finished references, by the photos' names.
    References { folder: PathBuf },
}

/// A filter's name, and parameters as `teach` takes them.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Arguments {
    filter: String,
    #[command(flatten)]
    parameters: Parameters,
}

/// The name of the teacher that paints by optimisation.
const PAINT: &str = "paint";

/// Its options, as `limn-trainer paint` has them.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct PaintOptions {
    #[command(flatten)]
    how: HowArgs,
}

impl Teacher {
    /// The filter or look called `name`, else the network whose weights are the file `name` in `folder`.
    ///
    /// # Errors
    /// When there is neither, the file is no usable network, or the filter cannot have such `parameters`.
    pub fn open(name: &str, parameters: &Parameters, folder: &Path) -> Result<Self> {
        if let Some(entry) = filter::find(name) {
            let given = parameters.0.iter();
            let given = given.map(|(name, value)| format!(" --{name} {value}"));
            return Ok(Self::Filter {
                text: format!("{name}{}", given.collect::<String>()),
                filter: entry.filter(parameters)?,
            });
        }
        if let Some((flag, _)) = parameters.0.first() {
            anyhow::bail!("--{flag} is a parameter of filters, and {name} is none");
        }
        let path = folder.join(name);
        ensure!(
            path.is_file(),
            "there is no teacher {name}: give a .safetensors file or one of {}",
            filter::names()
        );
        Ok(Self::Network {
            file: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            network: Box::new(StyleNetwork::load(&path)?),
        })
    }

    /// As [`open`](Self::open), from text in which parameters follow a name: `ink --darkness 0.7`, or `paint --vgg
    /// vgg19.safetensors --style starry_night.jpg --luminance`, whose files lie in `folder` and have no spaces in their
    /// names.
    ///
    /// # Errors
    /// As there, and when the parameters are no such flags and values.
    pub fn parse(text: &str, folder: &Path) -> Result<Self> {
        let is_filter = |word| filter::find(word).is_some();
        if let Some(options) = text.trim_start().strip_prefix(PAINT)
            && options.is_empty() | options.starts_with(char::is_whitespace)
        {
            let parsed = PaintOptions::try_parse_from(options.split_whitespace())
                .map_err(|error| anyhow!("`{text}`: {}", first_line(&error)))?;
            return Ok(Self::Painter {
                text: text.into(),
                digest: parsed.how.digest(folder)?,
                painter: Box::new(parsed.how.painter(folder)?),
            });
        }
        if !text.split_whitespace().next().is_some_and(is_filter) {
            return Self::open(text, &Parameters::default(), folder);
        }
        let parsed = Arguments::try_parse_from(text.split_whitespace())
            .map_err(|error| anyhow!("`{text}`: {}", error.kind()))?;
        let Self::Filter { filter, .. } = Self::open(&parsed.filter, &parsed.parameters, folder)?
        else {
            return Err(anyhow!("`{text}` is no filter"));
        };
        Ok(Self::Filter {
            text: text.into(),
            filter,
        })
    }

    /// The pictures in `folder`.
    ///
    /// # Errors
    /// When there is no such folder.
    pub fn references(folder: PathBuf) -> Result<Self> {
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
        Ok(Self::References { folder })
    }

    /// For people, such as `mosaic.safetensors` or `ink --darkness 0.7`.
    pub fn label(&self) -> &str {
        match self {
            Self::Network { file, .. } => file,
            Self::Filter { text, .. } | Self::Painter { text, .. } => text,
            Self::References { .. } => "references",
        }
    }

    /// Text that tells teachers which paint differently apart; `None` for pictures that are only read.
    pub fn key(&self) -> Option<String> {
        match self {
            Self::Network { network, .. } => Some(format!("teacher {}", network.sha256)),
            Self::Filter { filter, .. } => Some(format!("{filter:?}")),
            Self::Painter { text, digest, .. } => Some(format!("{text} {digest}")),
            Self::References { .. } => None,
        }
    }

    /// How many photos are painted at a time.
    pub fn order(&self) -> Order {
        match self {
            Self::Network { .. } | Self::Painter { .. } => Order::OneByOne,
            Self::Filter { .. } | Self::References { .. } => Order::Parallel,
        }
    }

    /// `photo` at the size at which it is painted: its longest side at most `size` pixels.
    ///
    /// # Errors
    /// When it is too small for a network.
    pub fn scaled(&self, photo: &Planes, size: Option<usize>) -> Result<Planes> {
        let (width, height) = fit(photo.width, photo.height, size.unwrap_or(usize::MAX));
        let Self::Network { .. } = self else {
            return Ok(photo.resized(width, height));
        };
        const MIN_SIDE: usize = FeedForward::MIN_SIDE;
        ensure!(
            photo.width >= MIN_SIDE && photo.height >= MIN_SIDE,
            "it is {}×{}; teacher networks need {MIN_SIDE} pixels each way",
            photo.width,
            photo.height
        );
        Ok(photo.resized(width.max(MIN_SIDE), height.max(MIN_SIDE)))
    }

    /// The picture of `photo` `[3, H, W]` in [0, 1] that was [`scaled`](Self::scaled), at the same size and in the same
    /// range. Of references it is the one called `name`, at its own size; `None` where there is no such one.
    ///
    /// # Errors
    /// When a reference is unreadable.
    pub fn paint(&self, photo: &Planes, name: Option<&str>) -> Result<Option<Planes>> {
        match self {
            Self::Network { network, .. } => Ok(Some(network.paint(photo))),
            Self::Filter { filter, .. } => Ok(Some(filter.paint(photo))),
            Self::Painter { painter, .. } => {
                let painting = painter.paint(photo, None, |_, _| true)?;
                match painting.failure {
                    Some(failure) => Err(failure),
                    None => Ok(Some(painting.picture)),
                }
            }
            Self::References { folder } => {
                let Some(name) = name else {
                    return Ok(None);
                };
                let path = ["png", "jpg", "jpeg", "webp"]
                    .map(|extension| folder.join(format!("{name}.{extension}")))
                    .into_iter()
                    .find(|path| path.is_file());
                path.map(|path| Ok(images::load(&path)?.colours))
                    .transpose()
            }
        }
    }
}

/// What a message of clap's says before it explains the usage.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
