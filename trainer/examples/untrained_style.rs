//! Writes styles with random weights, and the `styles.json` that lists them, for tests of the page: they exercise the
//! whole network and depend on no training.
//!
//! `untrained_style FOLDER` writes `first-c8.bpk`, `first-c16.bpk`, `second-c8.bpk` and `styles.json`, the same bytes on
//! every run.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use limn::{
    network::layers,
    style::{ConvWeights, Style, StyleMetadata, sha256_hex},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

const LAMBDA: f32 = 10.0;

fn main() -> Result<()> {
    let folder = std::env::args_os()
        .nth(1)
        .context("usage: untrained_style FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let mut entries = Vec::new();
    for (seed, name, widths) in [(1, "first", &[8, 16][..]), (2, "second", &[8])] {
        let mut models = Vec::new();
        for &width in widths {
            let style = untrained(name, seed, width);
            let bytes = style.to_bytes()?;
            let file = format!("{name}-c{width}.bpk");
            fs::write(folder.join(&file), &bytes)?;
            let StyleMetadata {
                trained_size,
                steps,
                recipe,
                ..
            } = style.metadata;
            models.push(json!({
                "width": width, "file": file, "sha256": sha256_hex(&bytes), "bytes": bytes.len(), "lambda": LAMBDA,
                "trained_size": trained_size, "steps": steps, "recipe": recipe,
            }));
        }
        let StyleMetadata {
            title,
            teacher,
            data,
            licence,
            ..
        } = untrained(name, seed, widths[0]).metadata;
        entries.push(json!({
            "name": name, "title": title, "teacher": teacher, "data": data, "licence": licence, "models": models,
        }));
    }
    let list = json!({ "version": 2, "styles": entries });
    fs::write(
        folder.join("styles.json"),
        serde_json::to_string_pretty(&list)?,
    )?;
    Ok(())
}

/// He-uniform weights and small biases: gradients of a photo come out as large as they went in, so a mistake in any
/// layer shows in the picture.
fn untrained(name: &str, seed: u64, width: usize) -> Style {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut uniform = |bound: f32, count: usize| {
        (0..count)
            .map(|_| random.random_range(-bound..bound))
            .collect()
    };
    let layers = layers(width)
        .iter()
        .map(|layer| {
            let inputs = layer.in_channels * 9;
            ConvWeights {
                weight: uniform((6.0 / inputs as f32).sqrt(), layer.out_channels * inputs),
                bias: uniform(0.01, layer.out_channels),
            }
        })
        .collect();
    let metadata = StyleMetadata {
        name: name.into(),
        title: format!("Untrained {name}"),
        width,
        lambda: LAMBDA,
        trained_size: 64,
        teacher: "none".into(),
        data: "none".into(),
        licence: "MIT OR Apache-2.0".into(),
        steps: 0,
        recipe: format!("random weights, seed {seed}"),
    };
    Style { metadata, layers }
}
