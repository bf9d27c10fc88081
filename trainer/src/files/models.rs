//! Style records on disk, and `styles.json`, the catalogue of the published ones that may lie beside them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use limn::style::{Style, sha256_hex, verify_sha256};
use serde::{Deserialize, Serialize};

/// File name of the catalogue.
pub const CATALOGUE: &str = "styles.json";

/// Version of the catalogue's format that this program reads and writes.
const VERSION: u32 = 2;

/// The published styles; the page's gallery reads it, and the first style is its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Format of this file: 2.
    pub version: u32,
    pub styles: Vec<Entry>,
}

/// One published style; see [`limn::style::StyleMetadata`] for what the records' own fields mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub title: String,
    pub teacher: String,
    pub data: String,
    pub licence: String,
    /// The project's portrait painted in this style, as a small square; may be left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Listed>,
    /// Records of this style by rising width: narrow ones for phones and the CPU, wide ones for finer pictures.
    pub models: Vec<Model>,
}

/// A file that the catalogue vouches for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    /// Path from the catalogue, with forward slashes.
    pub file: String,
    pub sha256: String,
    pub bytes: usize,
}

/// One record of a style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub width: usize,
    #[serde(flatten)]
    pub record: Listed,
    pub lambda: f32,
    pub trained_size: usize,
    pub recipe: String,
    pub steps: usize,
    /// Means over the last steps of training, before weighting, by the columns of the loss table; may be left out.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub loss: serde_json::Map<String, serde_json::Value>,
}

impl Listed {
    /// Vouches for `bytes` under the name `file`.
    pub fn new(file: String, bytes: &[u8]) -> Self {
        Self {
            file,
            sha256: sha256_hex(bytes),
            bytes: bytes.len(),
        }
    }
}

impl Catalogue {
    /// A catalogue without styles.
    pub fn empty() -> Self {
        Self {
            version: VERSION,
            styles: Vec::new(),
        }
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// When it is unreadable or of another version.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let not_one = || format!("{} is not a catalogue of styles", path.display());
        // The version before the rest: what another version holds is not known.
        let value: serde_json::Value = serde_json::from_str(&text).with_context(not_one)?;
        let version = value.get("version").unwrap_or(&serde_json::Value::Null);
        ensure!(
            *version == VERSION,
            "{} has version {version}, this program reads version {VERSION}: register its styles again",
            path.display(),
        );
        serde_json::from_value(value).with_context(not_one)
    }
}

/// Loads a record. Where a catalogue beside it lists a file of this name, its sha256 must be the listed one.
///
/// # Errors
/// When it cannot be read, is no valid record, or is not the one that the catalogue lists.
pub fn load(path: &Path) -> Result<Style> {
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the model {}", path.display()))?;
    let catalogue = path.with_file_name(CATALOGUE);
    if catalogue.is_file() {
        let catalogue = Catalogue::load(&catalogue)?;
        let name = path.file_name().and_then(|name| name.to_str());
        let listed = catalogue
            .styles
            .iter()
            .flat_map(|entry| &entry.models)
            .find(|model| Some(model.record.file.as_str()) == name);
        if let Some(model) = listed {
            verify_sha256(&bytes, &model.record.sha256)
                .with_context(|| format!("the model {} is refused", path.display()))?;
        }
    }
    Style::from_bytes(&bytes).with_context(|| format!("the model {} is refused", path.display()))
}
