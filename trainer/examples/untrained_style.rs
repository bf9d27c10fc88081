//! Writes styles with random weights, and the `styles.json` that lists them, for tests of the page: they exercise the
//! whole network and depend on no training.
//!
//! `untrained_style FOLDER` writes `first-c8.bpk`, `first-c16.bpk`, `second-c8.bpk` and `styles.json`, the same bytes on
//! every run.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use limn::{
    network::Architecture,
    style::{Style, StyleMetadata, sha256_hex},
};
use serde_json::json;

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
                lambda,
                trained_size,
                steps,
                recipe,
                ..
            } = style.metadata;
            models.push(json!({
                "width": width, "file": file, "sha256": sha256_hex(&bytes), "bytes": bytes.len(), "lambda": lambda,
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

fn untrained(name: &str, seed: u32, width: usize) -> Style {
    // One of each kind.
    let network = Architecture {
        width,
        colours: name == "second",
    };
    let mut style = Style::untrained(network, seed);
    style.metadata.name = name.into();
    style.metadata.title = format!("Untrained {name}");
    style
}
