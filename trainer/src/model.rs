//! Style records on disk, and `styles.json`, the catalogue of the published ones that may lie beside them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use limn::style::{Style, verify_sha256};
use serde::{Deserialize, Serialize};

/// File name of the catalogue.
pub const CATALOGUE: &str = "styles.json";

/// The published styles; the page's style picker reads it, and the first style is its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Format of this file: 1.
    pub version: u32,
    pub styles: Vec<Entry>,
}

/// One published style; see [`limn::style::StyleMetadata`] for what the record's own fields mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    pub title: String,
    /// File name of the record, beside the catalogue.
    pub file: String,
    pub sha256: String,
    pub bytes: usize,
    pub width: usize,
    pub lambda: f32,
    pub trained_size: usize,
    pub teacher: String,
    pub data: String,
    pub licence: String,
    pub recipe: String,
    pub steps: usize,
    /// Means over the last steps of training, before weighting, by the columns of the loss table; may be left out.
    #[serde(default)]
    pub loss: serde_json::Map<String, serde_json::Value>,
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// When it is unreadable or of another version.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let catalogue: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a catalogue of styles", path.display()))?;
        ensure!(
            catalogue.version == 1,
            "{} has version {}, this program reads version 1",
            path.display(),
            catalogue.version
        );
        Ok(catalogue)
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
        let entry = catalogue
            .styles
            .iter()
            .find(|entry| Some(entry.file.as_str()) == name);
        if let Some(entry) = entry {
            verify_sha256(&bytes, &entry.sha256)
                .with_context(|| format!("the model {} is refused", path.display()))?;
        }
    }
    Style::from_bytes(&bytes).with_context(|| format!("the model {} is refused", path.display()))
}
