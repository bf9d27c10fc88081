//! `fit` as a user calls it, on tiny pictures and a VGG of random weights.

mod common;

use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use common::{fail, save_picture, save_style, succeed, trainer};
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
            "{FIT} --held-out-photos photos --held-out-references references --sample-every 2 --validate-every 3 \
             --seed 7"
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
        "loss.png",
        "painted/a.png",
        "painted/b.png",
    ] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let painted = image::open(run.join("painted/a.png")).unwrap();
    assert_eq!((painted.width(), painted.height()), (48, 40));
    let about: toml::Table = std::fs::read_to_string(run.join("run.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let version = format!("limn-trainer {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(about["program"].as_str(), Some(version.as_str()));
    assert_eq!(about["seed"].as_integer(), Some(7));
    assert_eq!(about["pairs"].as_integer(), Some(2));
    let validation = std::fs::read_to_string(run.join("validation.csv")).unwrap();
    let steps: Vec<&str> = validation
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .collect();
    assert_eq!(steps, ["3", "4"]);
    succeed(
        dir.path(),
        "register --model models/tiny.bpk --styles models/styles.json --losses run/loss.csv",
    );
    let text = std::fs::read_to_string(dir.path().join("models/styles.json")).unwrap();
    let catalogue: serde_json::Value = serde_json::from_str(&text).unwrap();
    let entry = &catalogue["styles"][0]["models"][0];
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

/// All tensors of a Burn record by name, as bytes. Their order and the parameters' random numbers may differ.
fn tensors(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let reader = burn_pack::Reader::from_file(path).unwrap();
    let names = reader.tensor_names().into_iter();
    names
        .map(|name| (name.to_owned(), reader.tensor_data(name).unwrap()))
        .collect()
}

/// The loss table without the column of seconds.
fn losses(dir: &Path) -> Vec<String> {
    let rows = rows(dir).into_iter();
    rows.map(|row| row.rsplit_once(',').unwrap().0.to_owned())
        .collect()
}

#[test]
fn twenty_steps_equal_ten_a_kill_and_ten_more_to_the_bit() {
    // Patches large enough that the kill comes long before ten more steps are done.
    let recipe = RECIPE
        .replace("steps = 4", "steps = 20")
        .replace("batch = 2", "batch = 4")
        .replace("patch = 16", "patch = 32")
        + "[augmentation]\nflip = true\nrotate = true\nexposure = 0.2\nnoise = 0.01\n";
    let command = format!("{FIT} --checkpoint-every 10 --seed 3");
    let whole = prepared();
    std::fs::write(whole.path().join("recipe.toml"), &recipe).unwrap();
    succeed(whole.path(), &command);

    let killed = prepared();
    std::fs::write(killed.path().join("recipe.toml"), &recipe).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_limn-trainer"))
        .args(command.split_whitespace())
        .current_dir(killed.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let run = killed.path().join("run");
    while !run.join("step-000010").is_dir() {
        assert!(child.try_wait().unwrap().is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(!run.join("step-000020").exists(), "the kill came too late");
    assert!(!killed.path().join("models/tiny.bpk").exists());
    succeed(killed.path(), &format!("{command} --resume"));

    let weights = |dir: &Path| tensors(&dir.join("run/step-000020/network.bpk"));
    let expected = weights(whole.path());
    assert_eq!(expected.len(), 18, "nine kernels and nine biases");
    assert!(weights(killed.path()) == expected);
    assert_eq!(losses(killed.path()), losses(whole.path()));
    let record =
        |dir: &Path| Style::from_bytes(&std::fs::read(dir.join("models/tiny.bpk")).unwrap());
    assert_eq!(
        record(killed.path()).unwrap().layers,
        record(whole.path()).unwrap().layers
    );
}

/// The shell limits the size of files that the program may write, which fails as a full disk does, without root.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_in_one_line_and_keeps_the_last_checkpoint() {
    let dir = prepared();
    let recipe = |text: &str| std::fs::write(dir.path().join("recipe.toml"), text).unwrap();
    let command = format!("{FIT} --checkpoint-every 2");
    let limited = |blocks: usize, extra: &str| {
        let program = env!("CARGO_BIN_EXE_limn-trainer");
        // An ignored signal stays ignored in the program, which then sees the failed write.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {program} {command} {extra}");
        Command::new("sh")
            .args(["-c", &script])
            .current_dir(dir.path())
            .output()
            .unwrap()
    };
    // 10 KiB hold recipe and table, but none of a checkpoint's 60 KB of weights.
    let output = limited(20, "");
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().last().unwrap_or_default();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(
        last.contains("cannot write the checkpoint run/step-000002"),
        "{errors}"
    );
    assert!(last.contains("before its first checkpoint"), "{errors}");
    assert!(!dir.path().join("run/step-partial").exists());

    // With a checkpoint at step 2, the next one fails and the run can go on from there.
    recipe(&RECIPE.replace("steps = 4", "steps = 2"));
    succeed(dir.path(), &command);
    recipe(RECIPE);
    let output = limited(20, "--resume");
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().last().unwrap_or_default();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(last.starts_with("error: "), "{errors}");
    assert!(
        last.contains("the checkpoint of step 2 in run is intact"),
        "{errors}"
    );
    assert!(
        last.contains("cannot write the checkpoint run/step-000004"),
        "{errors}"
    );
    succeed(dir.path(), &format!("{command} --resume"));
    assert_eq!(rows(dir.path()).len(), 4);
}

#[test]
fn a_loss_that_overflows_ends_in_one_line_and_keeps_the_last_checkpoint() {
    let dir = prepared();
    succeed(dir.path(), FIT);
    // A weight beyond the range of f32 makes the loss infinite at the first step that sees it.
    let longer = RECIPE
        .replace("steps = 4", "steps = 6")
        .replace("pixel = 1000.0", "pixel = 1e300");
    std::fs::write(dir.path().join("recipe.toml"), longer).unwrap();
    let output = trainer(dir.path(), &format!("{FIT} --resume"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains("the loss is "), "{errors}");
    assert!(
        errors.contains("the checkpoint of step 4 in run is intact"),
        "{errors}"
    );
    assert!(dir.path().join("run/step-000004/network.bpk").is_file());
}

#[test]
fn unreadable_photos_are_skipped_by_name_and_missing_references_refused() {
    let dir = prepared();
    std::fs::write(dir.path().join("photos/broken.png"), "no picture").unwrap();
    let output = trainer(dir.path(), FIT);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains("skipped 1 of 3 pairs: "), "{errors}");
    assert!(errors.contains("photos/broken.png"), "{errors}");
    let about = std::fs::read_to_string(dir.path().join("run/run.toml")).unwrap();
    assert!(about.contains("skipped = [\"broken\"]"), "{about}");

    save_picture(dir.path(), "photos/c.png", 48, 40);
    fail(
        dir.path(),
        &FIT.replace("--run run", "--run other"),
        "photos/c.png has no reference in references",
    );
}

#[test]
fn a_share_of_the_pairs_is_validated_on() {
    let dir = prepared();
    let recipe = RECIPE.replace("batch = 2", "batch = 2\nvalidation = 0.5");
    std::fs::write(dir.path().join("recipe.toml"), recipe).unwrap();
    succeed(dir.path(), FIT);
    let about: toml::Table = std::fs::read_to_string(dir.path().join("run/run.toml"))
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(about["pairs"].as_integer(), Some(1));
    let name = about["held_out"][0].as_str().unwrap();
    assert!(dir.path().join(format!("run/painted/{name}.png")).is_file());
    fail(
        dir.path(),
        &format!("{FIT} --resume --held-out-photos photos --held-out-references references"),
        "training.validation",
    );
}

#[test]
fn variants_are_trained_and_painted_but_have_no_record() {
    for variant in ["upsampling = \"transposed\"", "domain = \"colour\""] {
        let dir = prepared();
        let recipe = format!("{RECIPE}\n[variant]\n{variant}\n");
        std::fs::write(dir.path().join("recipe.toml"), &recipe).unwrap();
        fail(dir.path(), FIT, "has no style record");
        let command = FIT.replace("--output models/tiny.bpk", "")
            + " --held-out-photos photos --held-out-references references";
        succeed(dir.path(), &command);
        assert!(dir.path().join("run/painted/a.png").is_file());
        assert!(!dir.path().join("models").exists());
        // Resuming finds the variant's own weights.
        let longer = recipe.replace("steps = 4", "steps = 5");
        std::fs::write(dir.path().join("recipe.toml"), longer).unwrap();
        succeed(dir.path(), &format!("{command} --resume"));
        assert_eq!(rows(dir.path()).len(), 5);
    }
}

/// The printed settings as they are, but for the number of steps.
#[test]
fn the_papers_recipe_runs() {
    let dir = tempdir().unwrap();
    for folder in ["photos", "references"] {
        std::fs::create_dir(dir.path().join(folder)).unwrap();
        save_picture(dir.path(), &format!("{folder}/a.png"), 72, 68);
    }
    write_vgg(&dir.path().join("vgg.safetensors"));
    let recipe = include_str!("../recipes/paper.toml");
    assert!(recipe.contains("steps = 100_000"));
    let short = recipe
        .replace("steps = 100_000", "steps = 2")
        .replace("at = [50_000]", "at = [1]");
    std::fs::write(dir.path().join("recipe.toml"), short).unwrap();
    succeed(dir.path(), FIT);
    let rates: Vec<f64> = rows(dir.path())
        .iter()
        .map(|row| row.split(',').nth(1).unwrap().parse().unwrap())
        .collect();
    assert_eq!(rates, [1e-8, 1e-9]);
}

/// A recipe of squared errors alone trains without the weights that others have trained.
#[test]
fn vgg_is_asked_for_only_where_the_loss_looks_at_it() {
    let dir = prepared();
    let without = FIT.replace(" --vgg vgg.safetensors", "");
    fail(dir.path(), &without, "give --vgg");
    let recipe = RECIPE.replace(", features = 1e-4", "");
    std::fs::write(dir.path().join("recipe.toml"), recipe).unwrap();
    succeed(dir.path(), &without);
    let record = std::fs::read_to_string(dir.path().join("run/run.toml")).unwrap();
    assert!(!record.contains("vgg_sha256"), "{record}");
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
    recipe("[loss]", "[augmentation]\nmirror = true\n[loss]");
    fail(dir.path(), FIT, "mirror");
    recipe("patch = 16", "patch = 64");
    fail(dir.path(), FIT, "is 48×40");
    recipe("", "");
    save_picture(dir.path(), "references/a.png", 48, 20);
    fail(dir.path(), FIT, "not the same picture");
    save_picture(dir.path(), "references/c.png", 48, 40);
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
