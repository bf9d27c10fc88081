//! The other commands as a user calls them.

mod common;

use common::{fail, save_picture, save_style, succeed, trainer};
use image::{Rgb, RgbImage};
use tempfile::tempdir;

#[test]
fn every_command_has_help() {
    let dir = tempdir().unwrap();
    for command in [
        "",
        "teach",
        "fit",
        "stylize",
        "metrics",
        "export-onnx",
        "register",
    ] {
        let help = succeed(dir.path(), &format!("{command} --help"));
        assert!(help.contains("Usage: limn-trainer"), "{command}: {help}");
    }
    assert_eq!(trainer(dir.path(), "paint").status.code(), Some(2));
}

#[test]
fn metrics_report_json() {
    let dir = tempdir().unwrap();
    let picture = save_picture(dir.path(), "a.png", 32, 24);
    let shifted = RgbImage::from_fn(32, 24, |x, y| {
        let Rgb([r, g, b]) = *picture.get_pixel(x, y);
        Rgb([r + 10, g + 10, b + 10])
    });
    shifted.save(dir.path().join("b.png")).unwrap();
    let report = |candidate: &str| -> serde_json::Value {
        let text = succeed(
            dir.path(),
            &format!("metrics --reference a.png --candidate {candidate} --json"),
        );
        serde_json::from_str(&text).unwrap()
    };
    let same = &report("a.png")["pictures"][0];
    assert!(same["psnr"].is_null());
    assert_eq!(same["ssim"], 1.0);
    let other = &report("b.png")["pictures"][0];
    let psnr = 20.0 * (255.0_f64 / 10.0).log10();
    assert!((other["psnr"].as_f64().unwrap() - psnr).abs() < 1e-4);
    assert!(other["ssim"].as_f64().unwrap() < 1.0);
}

#[test]
fn metrics_refuse_pictures_of_other_sizes() {
    let dir = tempdir().unwrap();
    save_picture(dir.path(), "a.png", 32, 24);
    save_picture(dir.path(), "b.png", 24, 32);
    fail(
        dir.path(),
        "metrics --reference a.png --candidate b.png",
        "only pictures of one size",
    );
}

#[test]
fn onnx_is_written() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    succeed(
        dir.path(),
        "export-onnx --model model.bpk --output model.onnx",
    );
    let bytes = std::fs::read(dir.path().join("model.onnx")).unwrap();
    // The nine layers of width 4 hold 15 208 weights and biases, stored as f32.
    assert!(bytes.len() > 4 * 13_000, "{}", bytes.len());
    fail(
        dir.path(),
        "export-onnx --model absent.bpk --output model.onnx",
        "cannot read the model",
    );
}

#[test]
fn teach_refuses_what_is_no_teacher() {
    let dir = tempdir().unwrap();
    save_picture(dir.path(), "a.png", 32, 24);
    std::fs::write(dir.path().join("teacher.safetensors"), "no weights").unwrap();
    fail(
        dir.path(),
        "teach --teacher teacher.safetensors --photos . --output out",
        "is not a weight file",
    );
}
