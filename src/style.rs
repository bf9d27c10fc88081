//! Style records: the weights of a trained [`crate::network`] and what a reader should know about them, as one Burn
//! record (burnpack, `.bpk`) with f16 weights. Trainer, engines and page all load records through [`Style::from_bytes`],
//! which validates everything before anything is replaced.

use burn_pack::{Bytes, DType, Reader, Tensor, Writer};
use half::f16;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{
    Options,
    ground::Ground,
    medium::Medium,
    network::{Architecture, Role, is_valid_width},
};

/// The metadata key under which [`StyleMetadata`] stands, as JSON.
const METADATA_KEY: &str = "limn";

/// The first bytes of a burnpack file (little-endian `0x4255524E`).
const MAGIC: [u8; 4] = 0x4255_524E_u32.to_le_bytes();

/// The newest version of records that this reader knows, and the one it writes.
///
/// 1: gradients alone. Records written before there were versions are of this one and do not say so. 2: a ground, too. 3: a
/// network that sees colours and corrects the ground, or a medium.
pub const VERSION: u32 = 3;

/// What a record says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StyleMetadata {
    /// Of the record, see [`VERSION`]: a reader that does not know what a newer record holds would paint wrongly. Written as
    /// the oldest that knows what this record holds.
    #[serde(default = "first_version")]
    pub version: u32,
    /// Identifier, such as `mosaic`.
    pub name: String,
    /// What a visitor reads.
    pub title: String,
    /// Width c of the network.
    pub width: usize,
    /// The λ that the style looks best at.
    pub lambda: f32,
    /// Longer side in pixels of the photos it was trained on, hence the size its strokes were learnt at.
    pub trained_size: usize,
    /// The method or network that made the references.
    pub teacher: String,
    /// The photos it was trained on.
    pub data: String,
    /// Licence of the record.
    pub licence: String,
    /// Optimiser steps taken.
    pub steps: usize,
    /// Loss and schedule in words.
    pub recipe: String,
    /// The style's own colours; without it they are the photo's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// What it is painted on or printed with; without it nothing is laid over the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// Whether the network sees the photo's colours and corrects the ground; see [`Architecture::colours`].
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub colours: bool,
}

impl StyleMetadata {
    /// Which network the style has.
    pub fn network(&self) -> Architecture {
        Architecture {
            width: self.width,
            colours: self.colours,
        }
    }
}

fn first_version() -> u32 {
    1
}

/// Weights of one convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvWeights {
    /// `[out_channels, in_channels, 3, 3]`, row-major.
    pub weight: Vec<f32>,
    /// `[out_channels]`.
    pub bias: Vec<f32>,
}

/// A loaded style: metadata and the weights of every one of its network's [`Architecture::layers`], in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    pub metadata: StyleMetadata,
    pub layers: Vec<ConvWeights>,
}

/// Why a record was refused.
#[derive(Debug, Error, PartialEq)]
pub enum StyleError {
    #[error(
        "this is a web page, not a style record; the server probably answered with an error page"
    )]
    Html,
    #[error("the style record is cut off: {0}")]
    Truncated(String),
    #[error("this is not a style record: {0}")]
    Format(String),
    #[error("the style record does not fit the network: {0}")]
    Shape(String),
    #[error(
        "the style record is of version {found}, this program reads up to {VERSION}; a newer one is needed"
    )]
    Version { found: u32 },
    #[error(
        "the style record is not the one that was published: its sha256 is {actual}, {expected} was expected"
    )]
    Sha256 { expected: String, actual: String },
}

impl StyleError {
    /// Stable identifier for programs, such as the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Html => "style-html",
            Self::Truncated(_) => "style-truncated",
            Self::Format(_) => "style-format",
            Self::Shape(_) => "style-shape",
            Self::Version { .. } => "style-version",
            Self::Sha256 { .. } => "style-sha256",
        }
    }
}

/// The sha256 of `bytes` in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Compares the sha256 of `bytes` with `expected` (hexadecimal, any case).
///
/// # Errors
/// [`StyleError::Html`] for a web page, which explains itself better than a hash, else [`StyleError::Sha256`].
pub fn verify_sha256(bytes: &[u8], expected: &str) -> Result<(), StyleError> {
    let actual = sha256_hex(bytes);
    if actual.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    if is_html(bytes) {
        return Err(StyleError::Html);
    }
    Err(StyleError::Sha256 {
        expected: expected.to_owned(),
        actual,
    })
}

fn is_html(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

impl Style {
    /// A style with random weights, the same on every machine, of the size that keeps activations in range: a mistake in any
    /// layer shows in the picture. For tests, and the GPU engine's test of itself.
    pub fn untrained(network: Architecture, seed: u32) -> Self {
        // A linear congruential generator, in [-1, 1).
        let mut state = seed;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        let layers = network
            .layers()
            .iter()
            .map(|layer| {
                // The ground is corrected by tenths, where gradients may be anything.
                let gain = if layer.role == Role::Head { 0.1 } else { 1.0 };
                let size = gain * (6.0 / (9 * layer.in_channels) as f32).sqrt();
                ConvWeights {
                    weight: (0..layer.weight_len()).map(|_| size * random()).collect(),
                    bias: (0..layer.out_channels).map(|_| 0.05 * random()).collect(),
                }
            })
            .collect();
        let metadata = StyleMetadata {
            version: 1,
            name: "untrained".into(),
            title: "Untrained".into(),
            width: network.width,
            lambda: 10.0,
            trained_size: 64,
            teacher: "none".into(),
            data: "none".into(),
            licence: "MIT OR Apache-2.0".into(),
            steps: 0,
            recipe: format!("random weights, seed {seed}"),
            ground: None,
            colours: network.colours,
            medium: None,
        };
        Self { metadata, layers }
    }

    /// Checks that the weights have the shapes that the style's width asks for.
    ///
    /// # Errors
    /// [`StyleError::Shape`].
    pub fn check(&self) -> Result<(), StyleError> {
        let width = self.metadata.width;
        if !is_valid_width(width) {
            return Err(StyleError::Shape(format!(
                "width {width} is not a multiple of 4 from 4 to 64"
            )));
        }
        let layers = self.metadata.network().layers();
        if self.layers.len() != layers.len() {
            return Err(StyleError::Shape(format!(
                "{} layers, {} are needed",
                self.layers.len(),
                layers.len()
            )));
        }
        for (i, (layer, weights)) in layers.iter().zip(&self.layers).enumerate() {
            let actual = (weights.weight.len(), weights.bias.len());
            let expected = (layer.weight_len(), layer.out_channels);
            if actual != expected {
                return Err(StyleError::Shape(format!(
                    "layer {i} has {actual:?} weights and biases, {expected:?} are needed"
                )));
            }
        }
        Ok(())
    }

    /// Reads a record and checks that it fits the network of the width it names.
    ///
    /// # Errors
    /// Says which of the ways it is broken: a web page, cut off, not a record, other shapes than its width asks for, or
    /// weights that are not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StyleError> {
        if is_html(bytes) {
            return Err(StyleError::Html);
        }
        if bytes.len() < MAGIC.len() {
            return Err(StyleError::Truncated(format!("{} bytes", bytes.len())));
        }
        if bytes[..MAGIC.len()] != MAGIC {
            return Err(StyleError::Format(
                "it does not begin like a Burn record".into(),
            ));
        }
        let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec())).map_err(broken)?;
        let metadata = reader.metadata().get(METADATA_KEY).ok_or_else(|| {
            StyleError::Format("it is a Burn record without Limn's metadata".into())
        })?;
        let unreadable = |error| StyleError::Format(format!("its metadata is unreadable, {error}"));
        // The version first: of a newer record nothing else may be readable.
        let Versioned { version } = serde_json::from_str(metadata).map_err(unreadable)?;
        if version > VERSION {
            return Err(StyleError::Version { found: version });
        }
        let metadata: StyleMetadata = serde_json::from_str(metadata).map_err(unreadable)?;
        if !(0.0..=Options::MAX_LAMBDA).contains(&metadata.lambda) {
            return Err(StyleError::Format(format!(
                "its λ is {}, not a number from 0 to {}",
                metadata.lambda,
                Options::MAX_LAMBDA
            )));
        }
        if metadata.trained_size == 0 {
            return Err(StyleError::Format(
                "it says that it was trained on photos of no size".into(),
            ));
        }
        let mut tensors = reader.into_tensors().map_err(broken)?;
        if metadata.ground.is_some_and(|ground| !ground.is_finite()) {
            return Err(StyleError::Format("its ground is not finite".into()));
        }
        if let Some(medium) = &metadata.medium {
            medium.check().map_err(StyleError::Format)?;
        }
        if !is_valid_width(metadata.width) {
            return Err(StyleError::Shape(format!(
                "width {} is not a multiple of 4 from 4 to 64",
                metadata.width
            )));
        }
        let mut take = |name: String, shape: &[usize]| -> Result<Vec<f32>, StyleError> {
            let position = tensors
                .iter()
                .position(|tensor| tensor.name == name)
                .ok_or_else(|| StyleError::Shape(format!("{name} is missing")))?;
            let tensor = tensors.swap_remove(position);
            if tensor.shape.to_vec() != shape {
                return Err(StyleError::Shape(format!(
                    "{name} is {:?}, width {} needs {shape:?}",
                    tensor.shape.to_vec(),
                    metadata.width
                )));
            }
            to_f32(tensor)
        };
        let layers = metadata
            .network()
            .layers()
            .iter()
            .enumerate()
            .map(|(i, layer)| {
                let [weight, bias] = tensor_names(i);
                Ok(ConvWeights {
                    weight: take(weight, &[layer.out_channels, layer.in_channels, 3, 3])?,
                    bias: take(bias, &[layer.out_channels])?,
                })
            })
            .collect::<Result<_, StyleError>>()?;
        if let Some(extra) = tensors.first() {
            return Err(StyleError::Shape(format!("{} is unknown", extra.name)));
        }
        Ok(Self { metadata, layers })
    }

    /// Writes the record, weights rounded to f16.
    ///
    /// # Errors
    /// When the weights do not fit `metadata.width`, or one is not finite in f16.
    pub fn to_bytes(&self) -> Result<Vec<u8>, StyleError> {
        let version = match &self.metadata {
            StyleMetadata { colours: true, .. }
            | StyleMetadata {
                medium: Some(_), ..
            } => 3,
            StyleMetadata {
                ground: Some(_), ..
            } => 2,
            _ => 1,
        };
        let metadata = StyleMetadata {
            version,
            ..self.metadata.clone()
        };
        let metadata = serde_json::to_string(&metadata)
            .map_err(|error| StyleError::Format(error.to_string()))?;
        let mut tensors = Vec::new();
        for (i, (layer, weights)) in self
            .metadata
            .network()
            .layers()
            .iter()
            .zip(&self.layers)
            .enumerate()
        {
            let shape = [layer.out_channels, layer.in_channels, 3, 3];
            let [weight, bias] = tensor_names(i);
            tensors.push(to_tensor(weight, &shape, &weights.weight)?);
            tensors.push(to_tensor(bias, &shape[..1], &weights.bias)?);
        }
        let bytes = Writer::new(tensors)
            .with_metadata(METADATA_KEY, &metadata)
            .into_bytes()
            .map_err(broken)?
            .to_vec();
        // The reader is the one place that knows what a valid record is.
        Self::from_bytes(&bytes)?;
        Ok(bytes)
    }
}

/// The part of the metadata that every version has.
#[derive(Deserialize)]
struct Versioned {
    #[serde(default = "first_version")]
    version: u32,
}

/// Names of a layer's weight and bias: the paths of the parameters in `GradientNet`.
fn tensor_names(layer: usize) -> [String; 2] {
    [
        format!("convs.{layer}.weight"),
        format!("convs.{layer}.bias"),
    ]
}

fn broken(error: burn_pack::Error) -> StyleError {
    match error {
        burn_pack::Error::InvalidHeader => StyleError::Truncated("its header ends early".into()),
        burn_pack::Error::ValidationError(reason) if reason.contains("truncated") => {
            StyleError::Truncated(reason)
        }
        other => StyleError::Format(other.to_string()),
    }
}

fn to_f32(tensor: Tensor) -> Result<Vec<f32>, StyleError> {
    let (name, dtype, _, _, bytes) = tensor.into_parts().map_err(broken)?;
    let values: Vec<f32> = match dtype {
        DType::F16 => bytes
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
            .collect(),
        DType::F32 => bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        other => {
            return Err(StyleError::Format(format!(
                "{name} is stored as {other:?}, not f16 or f32"
            )));
        }
    };
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(StyleError::Format(format!("{name} holds a weight {value}")));
    }
    Ok(values)
}

fn to_tensor(name: String, shape: &[usize], values: &[f32]) -> Result<Tensor, StyleError> {
    let expected: usize = shape.iter().product();
    if values.len() != expected {
        return Err(StyleError::Shape(format!(
            "{name} has {} values, {expected} are needed",
            values.len()
        )));
    }
    let bytes = values
        .iter()
        .flat_map(|&value| f16::from_f32(value).to_le_bytes())
        .collect();
    Ok(Tensor::new(
        name,
        DType::F16,
        shape.to_vec(),
        None,
        Bytes::from_bytes_vec(bytes),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An untrained style with weights that f16 holds exactly.
    fn style(width: usize) -> Style {
        let mut style = Style::untrained(Architecture::plain(width), 1);
        for layer in &mut style.layers {
            let values = layer.weight.iter_mut().chain(&mut layer.bias);
            values.for_each(|value| *value = half::f16::from_f32(*value).to_f32());
        }
        style
    }

    #[test]
    fn record_round_trips() {
        let style = style(8);
        assert_eq!(
            Style::from_bytes(&style.to_bytes().unwrap()).unwrap(),
            style
        );
    }

    #[test]
    fn a_ground_makes_the_record_a_newer_one() {
        let plain = style(8).to_bytes().unwrap();
        assert_eq!(Style::from_bytes(&plain).unwrap().metadata.version, 1);
        let mut style = style(8);
        style.metadata.ground = Some(Ground::PHOTO);
        let read = Style::from_bytes(&style.to_bytes().unwrap()).unwrap();
        assert_eq!(read.metadata.version, 2);
        assert_eq!(read.metadata.ground, style.metadata.ground);
    }

    #[test]
    fn a_network_that_sees_colours_makes_the_record_a_newer_one() {
        let style = Style::untrained(Architecture::with_colours(8), 1);
        let bytes = style.to_bytes().unwrap();
        let read = Style::from_bytes(&bytes).unwrap();
        assert_eq!(read.metadata.version, 3);
        assert_eq!(read.metadata.network(), Architecture::with_colours(8));
        assert_eq!(read.layers.len(), 10);
        // Metadata that deny what the weights are.
        let mut plain = style;
        plain.metadata.colours = false;
        assert_eq!(plain.to_bytes().unwrap_err().code(), "style-shape");
    }

    #[test]
    fn so_does_a_medium_which_must_be_in_its_range() {
        let paper = |period| Medium::Paper {
            period,
            grain: 0.5,
            strokes: 0.25,
            angle: -50.0,
            light: false,
        };
        let mut style = style(8);
        style.metadata.medium = Some(paper(2.0));
        let read = Style::from_bytes(&style.to_bytes().unwrap()).unwrap();
        assert_eq!(read.metadata.version, 3);
        assert_eq!(read.metadata.medium, style.metadata.medium);
        for period in [0.0, -1.0, 1e9, f32::NAN, f32::INFINITY] {
            style.metadata.medium = Some(paper(period));
            assert_eq!(style.to_bytes().unwrap_err().code(), "style-format");
        }
    }

    #[test]
    fn records_of_a_newer_version_are_refused() {
        let mut bytes = style(8).to_bytes().unwrap();
        let at = bytes
            .windows(11)
            .position(|window| window == b"\"version\":1")
            .unwrap();
        bytes[at + 10] = b'9';
        let error = Style::from_bytes(&bytes).unwrap_err();
        assert_eq!(error, StyleError::Version { found: 9 });
        assert_eq!(error.code(), "style-version");
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = style(4).to_bytes().unwrap();
        for length in [0, 3, 9, 40, 300, bytes.len() / 2, bytes.len() - 1] {
            let error = Style::from_bytes(&bytes[..length]).unwrap_err();
            assert_eq!(error.code(), "style-truncated", "{length}: {error}");
        }
    }

    #[test]
    fn web_pages_and_other_files_are_refused() {
        let code = |bytes: &[u8]| Style::from_bytes(bytes).unwrap_err().code();
        assert_eq!(code(b"\n <!doctype html><title>404</title>"), "style-html");
        assert_eq!(code(b"\x89PNG\r\n\x1a\n"), "style-format");
    }

    #[test]
    fn wrong_width_is_refused() {
        let mut wrong = style(8);
        wrong.metadata.width = 12;
        assert_eq!(wrong.to_bytes().unwrap_err().code(), "style-shape");
        // A record whose metadata were edited after it was written.
        let bytes = style(8).to_bytes().unwrap();
        let at = bytes
            .windows(9)
            .position(|w| w == b"\"width\":8")
            .expect("metadata are JSON");
        for width in [b'4', b'5'] {
            let mut edited = bytes.clone();
            edited[at + 8] = width;
            let error = Style::from_bytes(&edited).unwrap_err();
            assert_eq!(error.code(), "style-shape", "{error}");
        }
    }

    #[test]
    fn weights_that_are_not_finite_are_refused() {
        let mut style = style(4);
        style.layers[3].weight[5] = 1e6;
        assert_eq!(style.to_bytes().unwrap_err().code(), "style-format");
    }

    #[test]
    fn sha256_is_checked() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(verify_sha256(b"abc", expected), Ok(()));
        assert_eq!(verify_sha256(b"abc", &expected.to_uppercase()), Ok(()));
        assert_eq!(
            verify_sha256(b"abd", expected).unwrap_err().code(),
            "style-sha256"
        );
        assert_eq!(
            verify_sha256(b"<html>", expected).unwrap_err().code(),
            "style-html"
        );
    }
}
