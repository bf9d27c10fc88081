//! `match`, as a user calls it.

mod common;

use std::path::Path;

use common::{fail, max_difference, save_picture, succeed};
use image::{DynamicImage, ImageReader, Luma, Rgb, RgbImage, imageops};
use tempfile::tempdir;

fn open(path: &Path) -> RgbImage {
    let picture = ImageReader::open(path).expect("written").decode();
    picture.expect("an image").into_rgb8()
}

/// Orange, and lighter than [`common::picture`].
fn sunset(folder: &Path) {
    let picture = RgbImage::from_fn(50, 40, |x, y| {
        Rgb([150 + 2 * x as u8, 90 + 2 * y as u8, 40 + x as u8])
    });
    picture.save(folder.join("sunset.png")).expect("saved");
}

fn mean(picture: &RgbImage) -> [f64; 3] {
    [0, 1, 2].map(|c| {
        let sum: f64 = picture.pixels().map(|pixel| f64::from(pixel[c])).sum();
        sum / f64::from(picture.width() * picture.height())
    })
}

/// Correlation of the magnitudes of two pictures' gradients of luma.
fn edges_alike(a: &RgbImage, b: &RgbImage) -> f64 {
    let magnitudes = |picture: &RgbImage| -> Vec<f64> {
        let luma = imageops::grayscale(picture);
        let at = |x: u32, y: u32| f64::from(luma.get_pixel(x, y)[0]);
        let inner = (0..luma.height() - 1).flat_map(|y| (0..luma.width() - 1).map(move |x| (x, y)));
        inner
            .map(|(x, y)| (at(x + 1, y) - at(x, y)).hypot(at(x, y + 1) - at(x, y)))
            .collect()
    };
    let (a, b) = (magnitudes(a), magnitudes(b));
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    product(&a, mean_a, &b, mean_b)
        / (product(&a, mean_a, &a, mean_a) * product(&b, mean_b, &b, mean_b)).sqrt()
}

#[test]
fn a_photo_takes_the_colours_and_keeps_its_edges() {
    let dir = tempdir().unwrap();
    let photo = save_picture(dir.path(), "photo.png", 301, 203);
    sunset(dir.path());
    let paint = |strength: &str, output: &str| {
        let words = format!(
            "match --content photo.png --reference sunset.png {strength} --output {output}"
        );
        succeed(dir.path(), &words);
        open(&dir.path().join(output))
    };
    let whole = paint("", "whole.png");
    let wanted = mean(&open(&dir.path().join("sunset.png")));
    for (found, wanted) in mean(&whole).into_iter().zip(wanted) {
        assert!(
            (found - wanted).abs() < 12.0,
            "{:?}, {wanted:?} wanted",
            mean(&whole)
        );
    }
    assert!(
        edges_alike(&photo, &whole) > 0.97,
        "{}",
        edges_alike(&photo, &whole)
    );
    assert_eq!(
        max_difference(&photo, &paint("--strength 0", "none.png")),
        0
    );
    let half = paint("--strength 0.5", "half.png");
    for ((half, none), whole) in half.as_raw().iter().zip(photo.as_raw()).zip(whole.as_raw()) {
        let between = (f32::from(*none) + f32::from(*whole)) / 2.0;
        assert!((f32::from(*half) - between).abs() <= 1.5);
    }
}

#[test]
fn grey_transparent_tiny_and_16_bit_pictures_are_as_good_as_any() {
    let dir = tempdir().unwrap();
    let photo = DynamicImage::from(save_picture(dir.path(), "photo.png", 40, 30));
    sunset(dir.path());
    let save = |name: &str, picture: DynamicImage| picture.save(dir.path().join(name)).unwrap();
    save("grey.png", photo.to_luma8().into());
    save("deep.png", photo.to_rgb16().into());
    let mut clear = photo.to_rgba8();
    clear.pixels_mut().for_each(|pixel| pixel[3] = 77);
    save("clear.png", clear.into());
    save(
        "tiny.png",
        image::GrayImage::from_pixel(1, 1, Luma([90])).into(),
    );
    for name in ["grey", "deep", "clear", "tiny"] {
        succeed(
            dir.path(),
            &format!(
                "match --content {name}.png --reference sunset.png --output {name}-matched.png"
            ),
        );
        succeed(
            dir.path(),
            &format!("match --content photo.png --reference {name}.png --output as-{name}.png"),
        );
    }
    let clear = image::open(dir.path().join("clear-matched.png"))
        .unwrap()
        .to_rgba8();
    assert!(clear.pixels().all(|pixel| pixel[3] == 77));
    let grey = open(&dir.path().join("as-grey.png"));
    assert!(
        grey.pixels()
            .all(|Rgb([r, g, b])| r.abs_diff(*g).max(g.abs_diff(*b)) < 12)
    );
}

#[test]
fn bad_input_is_one_line() {
    let dir = tempdir().unwrap();
    save_picture(dir.path(), "photo.png", 20, 20);
    std::fs::write(dir.path().join("text.png"), "no picture").unwrap();
    for (words, expected) in [
        (
            "--content none.png --reference photo.png --output o.png",
            "none.png",
        ),
        (
            "--content photo.png --reference text.png --output o.png",
            "text.png",
        ),
        (
            "--content photo.png --reference photo.png --output o.txt",
            "o.txt",
        ),
        (
            "--content photo.png --reference photo.png --output o.png --strength 1.5",
            "--strength is 1.5",
        ),
    ] {
        fail(dir.path(), &format!("match {words}"), expected);
    }
}
