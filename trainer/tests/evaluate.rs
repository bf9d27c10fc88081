//! `limn-trainer evaluate` as a user calls it, on drawn pictures and an untrained style.

mod common;

use std::path::Path;

use common::{fail, picture, save_style, succeed};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A style, two portraits, a photo without a face, a clip that moves on its left side, and a teacher.
fn scene() -> TempDir {
    let dir = tempdir().unwrap();
    let folder = dir.path();
    save_style(folder);
    for (name, width, height) in [
        ("portraits/a.png", 96, 80),
        ("portraits/b.png", 72, 96),
        ("places/c.png", 100, 64),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture(width, height).save(path).unwrap();
    }
    std::fs::write(folder.join("teachers.toml"), "test = \"l0 --lambda 0.1\"").unwrap();
    let rival = "flat = { teacher = \"l0 --lambda 0.5\", size = 40 }";
    std::fs::write(folder.join("rivals.toml"), rival).unwrap();
    dir
}

fn save_clip(folder: &Path) {
    std::fs::create_dir_all(folder.join("clips")).unwrap();
    // A grey picture with a lighter box that crosses its left half.
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i"])
        .arg("color=gray:size=96x64:rate=10:duration=1,format=rgb24")
        .args(["-f", "lavfi", "-i", "color=white:size=16x16:rate=10"])
        .args(["-filter_complex", "overlay=x=8:y=t*40:shortest=1"])
        .args(["-c:v", "ffv1"])
        .arg(folder.join("clips/box.mkv"))
        .status()
        .expect("ffmpeg is installed");
    assert!(made.success());
}

const EVALUATE: &str = "evaluate --models model.bpk --photos portraits";

fn report(folder: &Path, arguments: &str) -> Value {
    succeed(folder, &format!("{EVALUATE} --output out {arguments}"));
    let text = std::fs::read_to_string(folder.join("out/report.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_report_holds_numbers_tables_and_pictures() {
    let dir = scene();
    save_clip(dir.path());
    let report = report(
        dir.path(),
        "--non-face places --videos clips --teachers teachers.toml --rivals rivals.toml --sweep test --size 80 --frames 4 \
         --cache cache",
    );
    let style = &report["styles"][0];
    assert_eq!(style["name"], "test");
    assert_eq!(style["width"], 4);
    assert_eq!(style["teacher"], "l0 --lambda 0.1");
    assert_eq!(report["portraits"], serde_json::json!(["a", "b"]));
    for kind in ["portraits", "non_face"] {
        let median = &style[kind]["median"];
        for measure in ["ssim", "psnr", "edges", "lines", "checkerboard"] {
            assert!(median["ours"][measure].is_f64(), "{kind} {measure}");
            assert!(median["ceiling"][measure].is_f64(), "{kind} {measure}");
        }
        assert_eq!(median["teacher"]["lines"], 1.0);
        // Neither weights of face networks nor of VGG were given.
        for measure in ["identity", "skin", "gram"] {
            assert!(median["ours"][measure].is_null(), "{kind} {measure}");
        }
    }
    let notes = report["notes"].to_string();
    assert!(notes.contains("identity and skin are absent"), "{notes}");
    assert!(notes.contains("Gram distance is absent"), "{notes}");

    let clip = &style["clips"][0];
    assert_eq!(clip["input"]["differences"].as_array().unwrap().len(), 3);
    assert!(clip["input"]["mean"].as_f64().unwrap() > 0.0);
    assert!(clip["ours"]["mean"].as_f64().unwrap() > 0.0);
    assert!(clip["teacher"]["mean"].as_f64().unwrap() > 0.0);
    // The right side stands still in a clip without compression noise, and so it does in front of the network but near
    // the box.
    assert_eq!(clip["input"]["background"], 0.0);
    let share = report["clips"][0]["static_share"].as_f64().unwrap();
    assert!((0.5..0.95).contains(&share), "{share}");

    let sweep = style["sweep"].as_array().unwrap();
    let lambdas: Vec<f64> = sweep
        .iter()
        .map(|step| step["lambda"].as_f64().unwrap())
        .collect();
    assert_eq!(lambdas, [1.0, 3.0, 10.0, 30.0, 100.0]);
    // The style's own λ is 10.
    assert_eq!(sweep[2]["median"], style["portraits"]["median"]["ours"]);
    let ssim = |i: usize| sweep[i]["median"]["ssim"].as_f64().unwrap();
    assert!(ssim(0) > ssim(4), "a small λ stays closer to the photo");

    let judged = |name: &str| {
        let all = style["requirements"].as_array().unwrap();
        all.iter().find(|r| r["name"] == name).unwrap()["holds"].clone()
    };
    assert!(judged("identity above the teacher's").is_null());
    assert!(judged("recognised").is_null(), "it takes VGG");
    assert!(judged("lines as a share of the ceiling's").is_boolean());
    assert!(judged("like the teacher as the ceiling, less 3 dB").is_boolean());
    let filters: Vec<&str> = report["baselines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|b| b["name"].as_str().unwrap())
        .collect();
    let expected = [
        "l0",
        "bilateral-grid",
        "rolling-guidance",
        "local-laplacian",
        "flat",
    ];
    assert_eq!(filters, expected);
    let psnr = |i: usize| report["baselines"][i]["median"]["psnr"].as_f64().unwrap();
    assert!(
        psnr(4) < psnr(0),
        "the rival is the same filter, and flatter"
    );

    let out = dir.path().join("out");
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(!page.contains("http"), "the page needs no network");
    let pictures: Vec<&str> = page
        .split("src=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(pictures.len() > 8, "{pictures:?}");
    for picture in pictures {
        assert!(out.join(picture).is_file(), "{picture}");
    }
    let tables = std::fs::read_to_string(out.join("report.md")).unwrap();
    for title in [
        "### Held-out portraits",
        "### Photos without faces",
        "### Flicker",
        "### What a published style must reach",
        "### Classical filters",
        "### λ swept: test c4",
    ] {
        assert!(tables.contains(title), "{title}");
    }
}

#[test]
fn a_kept_cache_changes_nothing_but_the_time() {
    let dir = scene();
    let arguments = "--teachers teachers.toml --cache cache --measures structure,style";
    let without_time = |mut report: Value| {
        report["seconds"].take();
        report
    };
    let first = without_time(report(dir.path(), arguments));
    let kept = std::fs::read_dir(dir.path().join("cache")).unwrap().count();
    assert!(kept > 0);
    let second = without_time(report(dir.path(), arguments));
    assert_eq!(first, second);
    // Checkerboards were not asked for.
    assert!(first["styles"][0]["portraits"]["median"]["ours"]["checkerboard"].is_null());
}

#[test]
fn a_style_without_a_teacher_is_measured_alone() {
    let dir = scene();
    let report = report(dir.path(), "--limit 1");
    let style = &report["styles"][0];
    assert!(style["teacher"].is_null());
    let median = &style["portraits"]["median"];
    assert_eq!(style["portraits"]["photos"].as_array().unwrap().len(), 1);
    assert!(median["ours"]["ssim"].is_f64() && median["teacher"]["ssim"].is_null());
    assert!(median["ours"]["lines"].is_null());
    assert!(
        report["notes"]
            .to_string()
            .contains("test: no teacher was given")
    );
}

#[test]
fn an_unreadable_photo_is_passed_over_and_named() {
    let dir = scene();
    std::fs::write(dir.path().join("portraits/broken.png"), "no picture").unwrap();
    let report = report(dir.path(), "--measures structure");
    assert_eq!(report["portraits"], serde_json::json!(["a", "b"]));
    assert!(report["notes"].to_string().contains("broken.png"));
}

#[test]
fn mistakes_end_with_one_line() {
    let dir = scene();
    let folder = dir.path();
    for (arguments, expected) in [
        ("--photos absent --models model.bpk", "absent"),
        (
            "--photos portraits --models absent.bpk",
            "cannot read the model",
        ),
        ("--photos portraits --models places", "no style record"),
        (
            "--photos portraits --models model.bpk --only-style other",
            "named other",
        ),
        (
            "--photos portraits --models model.bpk --frames 1",
            "--frames is 1",
        ),
        (
            "--photos portraits --models model.bpk --teachers absent",
            "no teachers absent",
        ),
        (
            "--photos portraits --models model.bpk --identity .",
            "version-RFB-320.onnx",
        ),
        (
            "--photos portraits --models model.bpk --vgg model.bpk",
            "is not a weight file",
        ),
        (
            "--photos portraits --models model.bpk --videos places",
            "no video",
        ),
        (
            "--photos portraits --ablations places",
            "holds no config.toml",
        ),
    ] {
        fail(
            folder,
            &format!("evaluate {arguments} --output out"),
            expected,
        );
    }
    let help = succeed(folder, "evaluate --help");
    assert!(help.contains("Usage: limn-trainer evaluate"));
}
