//! `stylize` as a user calls it: sizes, invariants, dumps, and what it refuses.

mod common;

use common::{fail, max_difference, read_npy, save_picture, save_style, style, succeed};
use image::{Rgb, RgbImage, RgbaImage};
use limn::{Planes, gradient::gradient, solve::reconstruct_exact, style::sha256_hex};
use tempfile::tempdir;

const STYLIZE: &str = "stylize --model model.bpk";

fn open(path: std::path::PathBuf) -> RgbImage {
    image::open(path).expect("an image").into_rgb8()
}

#[test]
fn strength_zero_is_the_photo() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let photo = save_picture(dir.path(), "photo.png", 37, 29);
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output out.png --strength 0"),
    );
    assert!(max_difference(&photo, &open(dir.path().join("out.png"))) <= 1);
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output styled.png"),
    );
    assert!(max_difference(&photo, &open(dir.path().join("styled.png"))) > 10);
}

#[test]
fn a_medium_of_ones_own_shows_as_far_as_texture_says() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let photo = save_picture(dir.path(), "photo.png", 64, 48);
    let dots = "kind = \"halftone\"\nperiod = 4.0\n";
    std::fs::write(dir.path().join("dots.toml"), dots).unwrap();
    let paint = |output: &str, extra: &str| {
        succeed(
            dir.path(),
            &format!("{STYLIZE} --input photo.png --output {output} {extra}"),
        );
        open(dir.path().join(output))
    };
    let plain = paint("plain.png", "");
    let printed = paint("printed.png", "--medium dots.toml");
    assert!(max_difference(&plain, &printed) > 100);
    let smooth = paint("smooth.png", "--medium dots.toml --texture 0");
    assert_eq!(max_difference(&plain, &smooth), 0);
    let still = paint("still.png", "--medium dots.toml --strength 0");
    assert_eq!(max_difference(&photo, &still), 0);
    std::fs::write(dir.path().join("dots.toml"), "kind = \"halftone\"\n").unwrap();
    for (extra, expected) in [
        ("--medium dots.toml", "period"),
        ("--medium absent.toml", "absent.toml"),
        ("--texture 2", "--texture is 2"),
    ] {
        fail(
            dir.path(),
            &format!("{STYLIZE} --input photo.png --output out.png {extra}"),
            expected,
        );
    }
}

#[test]
fn constant_image_stays_constant() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let grey = RgbImage::from_pixel(50, 41, Rgb([90, 140, 200]));
    grey.save(dir.path().join("photo.png")).unwrap();
    // The biases of this record are zero, as the gradients of a constant image are.
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output out.png"),
    );
    assert_eq!(max_difference(&grey, &open(dir.path().join("out.png"))), 0);
}

#[test]
fn extreme_sizes_are_painted() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    for (width, height) in [(1, 1), (1, 9), (9, 1), (17, 23), (4097, 3)] {
        save_picture(dir.path(), "photo.png", width, height);
        for extra in ["", "--working-size 8"] {
            succeed(
                dir.path(),
                &format!("{STYLIZE} --input photo.png --output out.png {extra}"),
            );
            assert_eq!(
                open(dir.path().join("out.png")).dimensions(),
                (width, height)
            );
        }
    }
}

#[test]
fn dump_holds_the_arrays_of_the_reconstruction() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let photo = save_picture(dir.path(), "photo.png", 23, 17);
    succeed(
        dir.path(),
        &format!(
            "{STYLIZE} --input photo.png --output out.png --dump arrays --lambda 10 --working-size 23"
        ),
    );
    let array = |name: &str| {
        let ([c, h, w], values) = read_npy(dir.path().join("arrays").join(name));
        Planes::new(c, h, w, values).unwrap()
    };
    let input = array("input.npy");
    assert_eq!((input.channels, input.height, input.width), (3, 17, 23));
    assert_eq!(input.data[1], f32::from(photo.get_pixel(1, 0)[0]) / 255.0);
    assert_eq!(array("gradient.npy"), gradient(&input));
    let exact = reconstruct_exact(&input, &array("styled_gradient.npy"), 10.0);
    let error = array("result.npy")
        .data
        .iter()
        .zip(&exact.data)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    assert!(error < 1e-4, "{error}");
}

#[test]
fn folders_are_painted_image_by_image() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    std::fs::create_dir(dir.path().join("in")).unwrap();
    save_picture(dir.path(), "in/a.png", 20, 12);
    save_picture(dir.path(), "in/b.c.jpg", 12, 20);
    succeed(dir.path(), &format!("{STYLIZE} --input in --output out"));
    assert_eq!(open(dir.path().join("out/a.png")).dimensions(), (20, 12));
    assert_eq!(open(dir.path().join("out/b.c.png")).dimensions(), (12, 20));
}

#[test]
fn alpha_is_kept_in_png_and_laid_on_white_in_jpeg() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let photo = RgbaImage::from_fn(24, 24, |x, _| {
        image::Rgba([10, 20, 30, if x < 12 { 0 } else { 255 }])
    });
    photo.save(dir.path().join("photo.png")).unwrap();
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output out.png"),
    );
    let painted = image::open(dir.path().join("out.png"))
        .unwrap()
        .into_rgba8();
    assert_eq!((painted[(0, 0)][3], painted[(20, 0)][3]), (0, 255));
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output out.jpg"),
    );
    let flat = open(dir.path().join("out.jpg"));
    assert!(flat[(1, 12)][0] > 240 && flat[(22, 12)][0] < 30);
}

#[test]
fn exif_orientation_turns_the_photo_upright() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    save_picture(dir.path(), "plain.jpg", 30, 20);
    let plain = std::fs::read(dir.path().join("plain.jpg")).unwrap();
    // An APP1 segment after the start marker: little-endian TIFF with one entry, orientation (0x0112) = 6.
    let mut exif =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    let mut turned = plain[..2].to_vec();
    turned.extend([0xff, 0xe1]);
    turned.extend(((exif.len() + 2) as u16).to_be_bytes());
    turned.append(&mut exif);
    turned.extend(&plain[2..]);
    std::fs::write(dir.path().join("turned.jpg"), turned).unwrap();
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input turned.jpg --output out.png --strength 0"),
    );
    let expected = image::imageops::rotate90(&open(dir.path().join("plain.jpg")));
    assert!(max_difference(&expected, &open(dir.path().join("out.png"))) <= 1);
}

#[test]
fn broken_images_are_refused_in_one_line() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    save_picture(dir.path(), "whole.png", 64, 64);
    let whole = std::fs::read(dir.path().join("whole.png")).unwrap();
    let mut empty_header = whole.clone();
    empty_header[16..24].fill(0);
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0";
    let cases: [(&str, &[u8], &str); 5] = [
        ("text.png", b"this is no picture", "neither PNG"),
        ("empty.png", b"", "empty"),
        (
            "cut.png",
            &whole[..whole.len() / 2],
            "cannot read the image",
        ),
        ("zero.png", &empty_header, "cannot read the image"),
        ("animation.png", gif, "cannot read the image"),
    ];
    for (name, bytes, expected) in cases {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        fail(
            dir.path(),
            &format!("{STYLIZE} --input {name} --output out.png"),
            expected,
        );
    }
    fail(
        dir.path(),
        &format!("{STYLIZE} --input absent.png --output out.png"),
        "no file or folder",
    );
    fail(
        dir.path(),
        &format!("{STYLIZE} --input whole.png --output out.xyz"),
        "out.xyz",
    );
    assert!(!dir.path().join("out.png").exists());
}

#[test]
fn a_second_style_is_mixed_in() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let mut second = style();
    let last = second.layers.last_mut().unwrap();
    last.weight.iter_mut().for_each(|weight| *weight *= -1.0);
    let bytes = second.to_bytes().unwrap();
    std::fs::write(dir.path().join("second.bpk"), bytes).unwrap();
    save_picture(dir.path(), "photo.png", 31, 23);
    let paint = |model: &str, extra: &str| {
        succeed(
            dir.path(),
            &format!(
                "stylize --model {model}.bpk --input photo.png --output out.png --dump arrays {extra}"
            ),
        );
        read_npy(dir.path().join("arrays/result.npy")).1
    };
    let first = paint("model", "");
    let other = paint("second", "");
    assert_ne!(first, other);
    assert_eq!(paint("model", "--mix second.bpk --mix-amount 0"), first);
    assert_eq!(paint("model", "--mix second.bpk --mix-amount 1"), other);
    for (i, value) in paint("model", "--mix second.bpk").iter().enumerate() {
        let mean = 0.5 * (first[i] + other[i]);
        assert!((value - mean).abs() < 1e-5, "{i}: {value}, not {mean}");
    }
}

#[test]
fn options_out_of_range_are_refused() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    save_picture(dir.path(), "photo.png", 8, 8);
    for (extra, expected) in [
        ("--strength 2", "--strength is 2"),
        ("--strength NaN", "--strength is NaN"),
        ("--lambda 1001", "--lambda is 1001"),
        ("--mix model.bpk --mix-amount 1.5", "--mix-amount is 1.5"),
        ("--mix absent.bpk", "absent.bpk"),
        ("--colour 1.1", "--colour is 1.1"),
        ("--working-size 0", "--working-size is 0"),
    ] {
        fail(
            dir.path(),
            &format!("{STYLIZE} --input photo.png --output out.png {extra}"),
            expected,
        );
    }
}

#[test]
fn broken_records_are_refused() {
    let dir = tempdir().unwrap();
    let bytes = save_style(dir.path());
    save_picture(dir.path(), "photo.png", 8, 8);
    let refuse = |record: &[u8], expected: &str| {
        std::fs::write(dir.path().join("model.bpk"), record).unwrap();
        fail(
            dir.path(),
            &format!("{STYLIZE} --input photo.png --output out.png"),
            expected,
        );
    };
    refuse(&bytes[..bytes.len() / 2], "cut off");
    refuse(b"<!doctype html><title>Not found</title>", "web page");
    let at = bytes.windows(9).position(|w| w == b"\"width\":4").unwrap();
    let mut wide = bytes.clone();
    wide[at + 8] = b'8';
    refuse(&wide, "does not fit the network");
    std::fs::remove_file(dir.path().join("model.bpk")).unwrap();
    fail(
        dir.path(),
        &format!("{STYLIZE} --input photo.png --output out.png"),
        "cannot read the model",
    );
}

#[test]
fn record_must_be_the_one_that_the_catalogue_lists() {
    let dir = tempdir().unwrap();
    let bytes = save_style(dir.path());
    save_picture(dir.path(), "photo.png", 8, 8);
    succeed(
        dir.path(),
        "register --model model.bpk --styles styles.json",
    );
    let command = format!("{STYLIZE} --input photo.png --output out.png");
    succeed(dir.path(), &command);
    let catalogue = std::fs::read_to_string(dir.path().join("styles.json")).unwrap();
    let hash = sha256_hex(&bytes);
    assert!(catalogue.contains(&hash));
    let other = catalogue.replace(&hash, &"0".repeat(64));
    std::fs::write(dir.path().join("styles.json"), other).unwrap();
    fail(dir.path(), &command, "sha256");
}

#[test]
fn videos_are_painted_frame_by_frame() {
    let dir = tempdir().unwrap();
    save_style(dir.path());
    let made = std::process::Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=48x32:rate=10:duration=0.5",
        ])
        .arg(dir.path().join("clip.mp4"))
        .status()
        .expect("ffmpeg is installed");
    assert!(made.success());
    succeed(
        dir.path(),
        &format!("{STYLIZE} --input clip.mp4 --output out.mp4 --working-size 24"),
    );
    let probed = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-count_frames", "-of", "csv=p=0"])
        .args(["-show_entries", "stream=width,height,nb_read_frames"])
        .arg(dir.path().join("out.mp4"))
        .output()
        .unwrap();
    let text = String::from_utf8(probed.stdout).unwrap();
    assert_eq!(text.trim(), "48,32,5");
    std::fs::write(dir.path().join("notes.txt"), "no video").unwrap();
    fail(
        dir.path(),
        &format!("{STYLIZE} --input notes.txt --output out.mp4"),
        "nor a video",
    );
}
