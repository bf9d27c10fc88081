//! Style records on disk, and `styles.json`, the catalogue of the published ones that may lie beside them.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use limn::{
    Options,
    style::{Style, sha256_hex, verify_sha256},
};
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
        let catalogue: Self = serde_json::from_value(value).with_context(not_one)?;
        for model in catalogue.styles.iter().flat_map(|entry| &entry.models) {
            ensure!(
                (0.0..=Options::MAX_LAMBDA).contains(&model.lambda),
                "{} gives {} a λ of {}, which goes from 0 to {}",
                path.display(),
                model.record.file,
                model.lambda,
                Options::MAX_LAMBDA,
            );
        }
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

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};
    use serde_json::{Value, json};

    use super::*;

    fn catalogue() -> Value {
        let model = |width: u32| {
            json!({
                "width": width, "file": format!("a-c{width}.bpk"), "sha256": "00", "bytes": 1, "lambda": 10.0,
                "trained_size": 480, "recipe": "none", "steps": 1, "loss": { "pixel": 0.1 },
            })
        };
        let style = |name: &str| {
            json!({
                "name": name, "title": name, "teacher": "none", "data": "none", "licence": "MIT",
                "thumbnail": { "file": "a.jpg", "sha256": "00", "bytes": 1 }, "models": [model(8), model(16)],
            })
        };
        json!({ "version": VERSION, "styles": [style("a"), style("b")] })
    }

    /// JSON pointers to everything below `value`.
    fn places(value: &Value, at: &str) -> Vec<String> {
        let below: Vec<(String, &Value)> = match value {
            Value::Array(list) => (0..).map(|i: usize| i.to_string()).zip(list).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, value)| (key.clone(), value))
                .collect(),
            _ => Vec::new(),
        };
        let mut all = Vec::new();
        for (key, value) in below {
            let place = format!("{at}/{key}");
            all.extend(places(value, &place));
            all.push(place);
        }
        all
    }

    /// What is read can be written and read again; what is refused is said by the file's name. Seeded, so that a finding
    /// comes back.
    #[test]
    fn a_catalogue_may_say_anything() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(CATALOGUE);
        let odd = [
            json!(null),
            json!(true),
            json!(-1),
            json!(0.5),
            json!(1e308),
            json!(u64::MAX),
            json!(""),
            json!("../../a"),
            json!([]),
            json!({}),
            json!([[]]),
        ];
        let places = places(&catalogue(), "");
        let mut rng = StdRng::seed_from_u64(1);
        let mut read = 0;
        for round in 0..1000 {
            let mut value = catalogue();
            let place = &places[rng.random_range(0..places.len())];
            if let Some(value) = value.pointer_mut(place) {
                *value = odd[rng.random_range(0..odd.len())].clone();
            }
            let mut text = value.to_string().into_bytes();
            if rng.random_bool(0.2) {
                let at = rng.random_range(0..text.len());
                text[at] = rng.random();
            }
            if rng.random_bool(0.1) {
                text.truncate(rng.random_range(0..text.len()));
            }
            std::fs::write(&path, &text).unwrap();
            let what = || format!("round {round}: {}", String::from_utf8_lossy(&text));
            match Catalogue::load(&path) {
                Ok(first) => {
                    read += 1;
                    std::fs::write(&path, serde_json::to_vec(&first).unwrap()).unwrap();
                    let again = Catalogue::load(&path)
                        .unwrap_or_else(|error| panic!("{}: {error:#}", what()));
                    assert_eq!(again, first, "{}", what());
                }
                Err(error) => assert!(
                    format!("{error:#}").contains(CATALOGUE),
                    "{}: {error:#}",
                    what()
                ),
            }
        }
        assert!((50..950).contains(&read), "{read}");
    }
}
