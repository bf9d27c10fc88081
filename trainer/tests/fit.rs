//! `fit` as a user calls it, on tiny pictures and a VGG of random weights.

mod common;

use std::path::Path;

use common::{fail, save_picture, save_style, succeed};
use limn::style::Style;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::{Dtype, tensor::TensorView};
use tempfile::{TempDir, tempdir};

const RECIPE: &str = r#"
[style]
name = "tiny"
title = "Tiny"
width = 4
lambda = 10.0
trained_size = 48
teacher = "none"
data = "drawn by code"
licence = "CC0-1.0"

[training]
steps = 4
batch = 2
patch = 16
context = 4
learning_rate = 1e-3

[loss]
start = { pixel = 1000.0, features = 1e-4 }
"#;

const FIT: &str = "fit --photos photos --references references --config recipe.toml --output models/tiny.bpk \
                   --run run --vgg vgg.safetensors";

/// VGG-16's tensors with random values.
fn write_vgg(path: &Path) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let channels = [3, 64, 64, 128, 128, 256, 256, 256];
    let names = [
        "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3",
    ];
    let mut tensors = Vec::new();
    for (name, pair) in names.iter().zip(channels.windows(2)) {
        let (inputs, outputs) = (pair[0], pair[1]);
        let bound = (6.0 / (9 * inputs) as f32).sqrt();
        let mut bytes = |count: usize, bound: f32| -> Vec<u8> {
            (0..count)
                .flat_map(|_| random.random_range(-bound..bound).to_le_bytes())
                .collect()
        };
        let weight = bytes(outputs * inputs * 9, bound);
        tensors.push((
            format!("{name}.weight"),
            vec![outputs, inputs, 3, 3],
            weight,
        ));
        tensors.push((format!("{name}.bias"), vec![outputs], bytes(outputs, 0.1)));
    }
    let views = tensors.iter().map(|(name, shape, data)| {
        (
            name.as_str(),
            TensorView::new(Dtype::F32, shape.clone(), data).unwrap(),
        )
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

/// A folder with two photos, references that are the same pictures, recipe and VGG.
fn prepared() -> TempDir {
    let dir = tempdir().unwrap();
    for folder in ["photos", "references"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
        save_picture(dir.path(), &format!("{folder}/a.png"), 48, 40);
        save_picture(dir.path(), &format!("{folder}/b.png"), 40, 48);
    }
    std::fs::write(dir.path().join("recipe.toml"), RECIPE).unwrap();
    write_vgg(&dir.path().join("vgg.safetensors"));
    dir
}

fn rows(dir: &Path) -> Vec<String> {
    let table = std::fs::read_to_string(dir.join("run/loss.csv")).unwrap();
    table.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn a_run_writes_record_table_recipe_checkpoint_and_samples() {
    let dir = prepared();
    succeed(
        dir.path(),
        &format!(
            "{FIT} --held-out-photos photos --held-out-references references --sample-every 2"
        ),
    );
    let record = std::fs::read(dir.path().join("models/tiny.bpk")).unwrap();
    let metadata = Style::from_bytes(&record).unwrap().metadata;
    assert_eq!(
        (metadata.name.as_str(), metadata.width, metadata.steps),
        ("tiny", 4, 4)
    );
    assert!(metadata.recipe.contains("4 steps"), "{}", metadata.recipe);
    assert_eq!(rows(dir.path()).len(), 4);
    let run = dir.path().join("run");
    assert_eq!(
        std::fs::read_to_string(run.join("config.toml")).unwrap(),
        RECIPE
    );
    for file in [
        "step-000004/state.json",
        "samples-000002.png",
        "samples-000004.png",
    ] {
        assert!(run.join(file).is_file(), "{file}");
    }
    succeed(
        dir.path(),
        "register --model models/tiny.bpk --styles models/styles.json --losses run/loss.csv",
    );
    let text = std::fs::read_to_string(dir.path().join("models/styles.json")).unwrap();
    let catalogue: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entry = &catalogue["styles"][0];
    assert_eq!(entry["steps"], 4);
    assert_eq!(entry["bytes"], record.len());
    assert!(entry["loss"]["pixel"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_run_is_resumed_but_not_overwritten() {
    let dir = prepared();
    succeed(dir.path(), FIT);
    fail(dir.path(), FIT, "holds a run of 4 steps already");
    let longer = RECIPE.replace("steps = 4", "steps = 6");
    std::fs::write(dir.path().join("recipe.toml"), longer).unwrap();
    let before = rows(dir.path());
    succeed(dir.path(), &format!("{FIT} --resume"));
    let after = rows(dir.path());
    assert_eq!(after.len(), 6);
    assert_eq!(after[..4], before);
    fail(
        dir.path(),
        &format!("{FIT} --resume --seed 9"),
        "started with --seed 0",
    );
}

#[test]
fn mistakes_are_refused_in_one_line() {
    let dir = prepared();
    save_style(dir.path());
    fail(dir.path(), &format!("{FIT} --resume"), "no checkpoint");
    fail(
        dir.path(),
        &FIT.replace("vgg.safetensors", "model.bpk"),
        "is not a weight file",
    );
    fail(
        dir.path(),
        &FIT.replace("--photos photos", "--photos absent"),
        "cannot read the folder",
    );
    let recipe = |from: &str, to: &str| {
        std::fs::write(dir.path().join("recipe.toml"), RECIPE.replace(from, to)).unwrap();
    };
    recipe("batch = 2", "batch = 2\nbeta = 10");
    fail(dir.path(), FIT, "beta");
    recipe("patch = 16", "patch = 64");
    fail(dir.path(), FIT, "is 48×40");
    recipe("", "");
    save_picture(dir.path(), "references/a.png", 48, 20);
    fail(dir.path(), FIT, "not the same picture");
    save_picture(dir.path(), "references/c.png", 48, 40);
    std::fs::remove_file(dir.path().join("references/a.png")).unwrap();
    fail(dir.path(), FIT, "has no photo");
}

#[cfg(not(feature = "cuda"))]
#[test]
fn a_missing_backend_says_how_to_build_it() {
    let dir = prepared();
    fail(
        dir.path(),
        &format!("{FIT} --device cuda"),
        "--features cuda",
    );
}
