//! `limn-trainer paint` on small random weights: what it reads and writes, and what it says of what it cannot use.

mod common;

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use common::{fail, picture, save_picture, succeed};
use image::{DynamicImage, ImageBuffer, Luma, Rgba, RgbaImage};
use limn_networks::vgg::Kind;
use tempfile::tempdir;

/// Writes random weights of the first `count` layers of a network; kernels from conv3_4 on have eight bits.
fn save_vgg(path: &Path, kind: Kind, count: usize) {
    use safetensors::{Dtype, tensor::TensorView, tensor::serialize};
    let layers = &kind.layers()[..count];
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut state = 1_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 24
    };
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    for (name, inputs, outputs) in layers {
        let count = outputs * inputs * 9;
        let scale = (6.0 / (9 * inputs) as f32).sqrt() / 127.5;
        let shape = vec![*outputs, *inputs, 3, 3];
        if *name >= "conv3_4" {
            let codes: Vec<u8> = (0..count).map(|_| random() as u8).collect();
            tensors.push((format!("{name}.weight_u8"), Dtype::U8, shape, codes));
            let scale_min = bytes(&[scale, -127.5 * scale]);
            tensors.push((format!("{name}.scale_min"), Dtype::F32, vec![2], scale_min));
        } else {
            let values: Vec<f32> = (0..count)
                .map(|_| scale * (random() as f32 - 127.5))
                .collect();
            tensors.push((format!("{name}.weight"), Dtype::F32, shape, bytes(&values)));
        }
        let bias = bytes(&vec![0.0; *outputs]);
        tensors.push((format!("{name}.bias"), Dtype::F32, vec![*outputs], bias));
    }
    let views = tensors.iter().map(|(name, dtype, shape, data)| {
        let view = TensorView::new(*dtype, shape.clone(), data).expect("a tensor");
        (name.as_str(), view)
    });
    let file = serialize(views, None).expect("serialised");
    std::fs::write(path, file).expect("written");
}

/// A folder with weights, a photo and two styles.
fn folder() -> tempfile::TempDir {
    let folder = tempdir().expect("a folder");
    save_vgg(&folder.path().join("vgg.safetensors"), Kind::Vgg19, 8);
    save_picture(folder.path(), "photo.png", 120, 88);
    save_picture(folder.path(), "style.png", 50, 50);
    let mut second = picture(40, 64);
    second.pixels_mut().for_each(|pixel| pixel.0.reverse());
    second
        .save(folder.path().join("second.png"))
        .expect("saved");
    folder
}

/// Options of a small and quick painting.
const QUICK: &str = "paint --vgg vgg.safetensors --network vgg19 --size 96 --evaluations 4 --levels 1 \
                     --style-layers conv1_1,conv2_1,conv3_4 --content-layers conv3_1";

#[test]
fn a_photo_is_painted_and_its_losses_written() {
    let folder = folder();
    let quick = format!("{QUICK} --content photo.png --style style.png");
    succeed(
        folder.path(),
        &format!("{quick} --output a.png --losses a.json"),
    );
    succeed(folder.path(), &format!("{quick} --output b.png"));
    let read = |name: &str| {
        image::open(folder.path().join(name))
            .expect("an image")
            .into_rgb8()
    };
    let (a, b) = (read("a.png"), read("b.png"));
    assert_eq!(a.dimensions(), (96, 70));
    assert_eq!(a, b, "the same painting twice");
    let losses = || -> Vec<f64> {
        let text = std::fs::read_to_string(folder.path().join("a.json")).expect("losses");
        let losses: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let terms = losses["evaluations"].as_array().expect("a list").iter();
        terms
            .map(|terms| terms["style"].as_f64().expect("a number"))
            .collect()
    };
    let style = losses();
    assert_eq!(style.len(), 4);
    assert!(style[3] < style[0], "{style:?}");
    // Two levels of the pyramid; a third would be too small for the network's poolings.
    let levels = quick.replace("--levels 1", "--levels 3");
    succeed(
        folder.path(),
        &format!("{levels} --output c.png --losses a.json"),
    );
    assert_eq!(losses().len(), 8);
    assert_ne!(read("c.png"), a);
}

#[test]
fn every_way_to_blend_to_start_and_to_optimise_paints_another_picture() {
    let folder = folder();
    let mut mask = ImageBuffer::<Luma<u8>, _>::new(120, 88);
    mask.enumerate_pixels_mut()
        .for_each(|(x, _, pixel)| pixel.0[0] = if x < 60 { 255 } else { 0 });
    mask.save(folder.path().join("mask.png")).expect("saved");
    let both = "--style style.png --style second.png";
    let ways = [
        "--style style.png",
        "--style style.png --luminance",
        "--style style.png --style-scale 0.5",
        "--style style.png --style-mask mask.png",
        "--style style.png --content-mask mask.png",
        "--style style.png --start noise",
        "--style style.png --start noise --seed 1",
        "--style style.png --start-from second.png",
        "--style style.png --optimiser adam",
        "--style style.png --optimiser lbfgs-wolfe",
        both,
        &format!("{both} --shares 3,1"),
        &format!("{both} --blend eigengram"),
        &format!("{both} --content-mask mask.png"),
    ];
    let mut pictures = Vec::new();
    for (i, way) in ways.iter().enumerate() {
        let name = format!("{i}.png");
        succeed(
            folder.path(),
            &format!("{QUICK} --content photo.png {way} --output {name}"),
        );
        let picture = image::open(folder.path().join(name))
            .expect("an image")
            .into_rgb8();
        assert_eq!(picture.dimensions(), (96, 70), "{way}");
        let twin = pictures.iter().position(|other| *other == picture);
        assert!(
            twin.is_none(),
            "{way} paints what {} does",
            ways[twin.unwrap_or(0)]
        );
        pictures.push(picture);
    }
}

#[test]
fn tiny_grey_transparent_and_deep_photos_are_painted() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    picture(1, 1).save(path("tiny.png")).expect("saved");
    DynamicImage::ImageRgb8(picture(40, 40))
        .into_luma8()
        .save(path("grey.png"))
        .expect("saved");
    DynamicImage::ImageRgb8(picture(40, 40))
        .into_rgb16()
        .save(path("deep.png"))
        .expect("saved");
    let transparent = RgbaImage::from_fn(40, 40, |x, _| Rgba([200, 90, 40, (6 * x) as u8]));
    transparent.save(path("transparent.png")).expect("saved");
    for (name, size) in [
        ("tiny", (1, 1)),
        ("grey", (40, 40)),
        ("deep", (40, 40)),
        ("transparent", (40, 40)),
    ] {
        let words =
            format!("{QUICK} --style style.png --content {name}.png --output out-{name}.png");
        succeed(folder.path(), &words);
        let painted = image::open(path(&format!("out-{name}.png"))).expect("an image");
        assert_eq!((painted.width(), painted.height()), size, "{name}");
        if name == "transparent" {
            let alpha = painted.into_rgba8();
            assert!(
                alpha
                    .pixels()
                    .zip(transparent.pixels())
                    .all(|(a, b)| a[3] == b[3])
            );
        }
    }
}

#[test]
fn an_interrupt_leaves_the_best_picture_so_far() {
    let folder = folder();
    let words = format!("{QUICK} --content photo.png --style style.png --output out.png")
        .replace("--evaluations 4", "--evaluations 1000000");
    let child = Command::new(env!("CARGO_BIN_EXE_limn-trainer"))
        .args(words.split_whitespace())
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(Duration::from_secs(3));
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(sent.expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("interrupted after"), "{text}");
    let painted = image::open(folder.path().join("out.png")).expect("an image");
    assert_eq!((painted.width(), painted.height()), (96, 70));
}

#[test]
fn an_infinite_loss_leaves_the_best_picture_before_it() {
    let folder = folder();
    // Steps a million times as long as they should be.
    let words = format!(
        "{QUICK} --content photo.png --style style.png --output out.png --optimiser adam --rate 1e30 --preset ding2022"
    );
    fail(folder.path(), &words, "holds the best picture before");
    assert!(image::open(folder.path().join("out.png")).is_ok());
}

#[test]
fn what_cannot_be_used_is_named_in_a_line() {
    let folder = folder();
    std::fs::write(folder.path().join("bad.safetensors"), b"not weights").expect("written");
    let quick = format!("{QUICK} --content photo.png --style style.png --output out.png");
    let other = |from: &str, to: &str| quick.replace(from, to);
    for (words, expected) in [
        (
            other("vgg.safetensors", "bad.safetensors"),
            "bad.safetensors is not a weight file",
        ),
        (
            other("vgg.safetensors", "none.safetensors"),
            "cannot read none.safetensors",
        ),
        (
            other("conv3_4", "conv4_1"),
            "tensor `conv4_1.weight` is missing",
        ),
        (other("conv3_4", "conv9"), "there is no layer `conv9`"),
        (other("photo.png", "none.png"), "none.png"),
        (
            other("style.png", "vgg.safetensors"),
            "cannot read the image vgg.safetensors",
        ),
        (other("out.png", "out.gif"), "does not end in"),
        (other("out.png", "none/out.png"), "there is no folder none"),
        (other("--size 96", "--size 0"), "--size is 0"),
        (format!("{quick} --style-weight=-1"), "--style-weight is -1"),
        (format!("{quick} --rate 0"), "--rate is 0"),
        (format!("{quick} --history 0"), "--history is 0"),
        (
            format!("{quick} --shares 1,2"),
            "--shares are 2, for 1 styles",
        ),
        (format!("{quick} --style-scale 0"), "--style-scale is 0"),
        (
            format!("{quick} --style style.png --style second.png --content-mask style.png"),
            "divides the photo between two styles",
        ),
    ] {
        fail(folder.path(), &words, expected);
        assert!(!folder.path().join("out.png").exists(), "{words}");
    }
}

#[test]
fn a_folder_is_taught_by_a_painter_and_the_teaching_resumed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("photos")).expect("a folder");
    for (name, side) in [("a.png", 40), ("b.png", 48)] {
        picture(side, 40)
            .save(path("photos").join(name))
            .expect("saved");
    }
    let teach = |more: &str| {
        let options = QUICK.replace(" --size 96", "");
        let teacher = format!("{options} --style style.png{more}");
        let output = Command::new(env!("CARGO_BIN_EXE_limn-trainer"))
            .args(["teach", "--teacher", &teacher, "--photos", "photos"])
            .args(["--output", "references", "--resume"])
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(teach(""), (true, String::new()));
    let first = std::fs::read(path("references/a.png")).expect("painted");
    // What is there stays, whoever painted it; what is missing is painted.
    std::fs::remove_file(path("references/b.png")).expect("removed");
    assert!(teach(" --luminance").0);
    assert_eq!(
        std::fs::read(path("references/a.png")).expect("painted"),
        first
    );
    assert!(path("references/b.png").is_file());
    let (done, text) = teach(" --nothing");
    assert!(
        !done && text.contains("unexpected argument '--nothing'"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_study_writes_its_report_and_paints_nothing_twice() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    save_vgg(&path("vgg19.safetensors"), Kind::Vgg19, 14);
    save_vgg(&path("vgg16.safetensors"), Kind::Vgg16, 6);
    std::fs::create_dir(path("photos")).expect("a folder");
    picture(40, 40).save(path("photos/a.png")).expect("saved");
    let words = "study --photos photos --style style.png --style second.png --vgg16 vgg16.safetensors \
                 --vgg19 vgg19.safetensors --output report --size 32 --evaluations 4 --portraits 1 --recognised 1";
    succeed(folder.path(), words);
    let report = std::fs::read_to_string(path("report/study.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let page = std::fs::read_to_string(path("report/index.html")).expect("a page");
    let sections = report["sections"].as_array().expect("a list");
    assert_eq!(sections.len(), 11);
    for section in sections {
        let title = section["title"].as_str().expect("a title");
        assert!(page.contains(title), "{title}");
        let figures = section["figures"].as_array().expect("a list");
        assert!(!figures.is_empty(), "{title}");
        for figure in figures {
            let file = figure["path"].as_str().expect("a path");
            assert!(path("report").join(file).is_file(), "{file}");
        }
    }
    let painting = path("report/pictures/faces-eigengram.png");
    let made = |file: &Path| {
        std::fs::metadata(file)
            .and_then(|m| m.modified())
            .expect("a time")
    };
    let before = made(&painting);
    succeed(folder.path(), words);
    assert_eq!(made(&painting), before);
    // Other settings are painted anew.
    succeed(
        folder.path(),
        &words.replace("--evaluations 4", "--evaluations 8"),
    );
    assert_ne!(made(&painting), before);
    fail(
        folder.path(),
        &words.replace("--portraits 1", "--portraits 2"),
        "holds 1 portraits, 2 are to be painted",
    );
}
