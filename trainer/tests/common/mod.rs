//! What the command-line tests share: the program, a scratch folder, pictures drawn by code, untrained records.
// Each test file is its own crate and uses a part of this.
#![allow(dead_code)]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use image::{Rgb, RgbImage};
use limn::style::Style;

/// Runs `limn-trainer` with the words of `arguments` that hold no space, in `folder`.
pub fn trainer(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_limn-trainer"))
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

/// Runs it and asserts success; returns what it printed.
pub fn succeed(folder: &Path, arguments: &str) -> String {
    let output = trainer(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

/// Runs it and asserts exit code 1 with one line `error: …` that contains `expected`.
pub fn fail(folder: &Path, arguments: &str, expected: &str) {
    let output = trainer(folder, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{arguments}: {errors}");
    assert!(errors.starts_with("error: "), "{arguments}: {errors}");
    assert!(
        errors.contains(expected),
        "{arguments}: `{expected}` is not in: {errors}"
    );
}

/// A colourful picture with edges and ramps.
pub fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let checker = if (x / 5 + y / 7) % 2 == 0 { 60 } else { 0 };
        Rgb([
            (x * 180 / width) as u8 + checker,
            (y * 180 / height) as u8 + checker,
            ((x * 13 + y * 7) % 200) as u8,
        ])
    })
}

/// Draws and saves [`picture`].
pub fn save_picture(folder: &Path, name: &str, width: u32, height: u32) -> RgbImage {
    let picture = picture(width, height);
    picture.save(folder.join(name)).expect("saved");
    picture
}

/// An untrained style of width 4, without biases: what is flat stays flat.
pub fn style() -> Style {
    let mut style = Style::untrained(limn::network::Architecture::plain(4), 3);
    style.metadata.name = "test".into();
    for layer in &mut style.layers {
        layer.bias.fill(0.0);
    }
    style
}

/// Writes [`style`] as `model.bpk` and returns its bytes.
pub fn save_style(folder: &Path) -> Vec<u8> {
    let bytes = style().to_bytes().expect("valid");
    std::fs::write(folder.join("model.bpk"), &bytes).expect("written");
    bytes
}

/// Reads a float32 array that the program wrote: shape and values.
pub fn read_npy(path: PathBuf) -> ([usize; 3], Vec<f32>) {
    let bytes = std::fs::read(&path).expect("written");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("text");
    let (_, shape) = header.split_once("'shape': (").expect("a shape");
    let (shape, _) = shape.split_once(')').expect("a closed shape");
    let shape: Vec<usize> = shape
        .split(", ")
        .map(|n| n.parse().expect("number"))
        .collect();
    let values = bytes[10 + length..]
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect();
    (shape.try_into().expect("three axes"), values)
}

/// Largest difference of two pictures of one size, in 8-bit steps.
pub fn max_difference(a: &RgbImage, b: &RgbImage) -> u8 {
    assert_eq!(a.dimensions(), b.dimensions());
    a.as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .expect("pixels")
}
