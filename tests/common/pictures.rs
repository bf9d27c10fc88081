//! Leaves pictures that are not what they should be for somebody to look at.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
};

use limn::Planes;

/// Writes `actual.png`, `expected.png` and `difference.png` into a folder of their own and returns it.
///
/// Three channels are shown as colours from 0 to 1, any others below one another, as greys from −1 to 1. The difference
/// is mid-grey where there is none, and stretched so that the largest is black or white.
pub fn keep(actual: &Planes, expected: &Planes, what: &str) -> PathBuf {
    let name: String = what
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let test = std::thread::current()
        .name()
        .unwrap_or("test")
        .replace("::", "-");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("pictures")
        .join(format!("{test}-{name}"));
    let largest = actual
        .data
        .iter()
        .zip(&expected.data)
        .map(|(a, e)| (a - e).abs())
        .filter(|error| error.is_finite())
        .fold(f32::MIN_POSITIVE, f32::max);
    let difference = Planes {
        data: actual
            .data
            .iter()
            .zip(&expected.data)
            .map(|(a, e)| (a - e) / largest)
            .collect(),
        ..*expected
    };
    let whole = if expected.channels == 3 {
        (0.0, 1.0)
    } else {
        (-1.0, 1.0)
    };
    let written = fs::create_dir_all(&folder)
        .map_err(|error| error.to_string())
        .and_then(|()| {
            write(&folder.join("actual.png"), actual, whole)?;
            write(&folder.join("expected.png"), expected, whole)?;
            write(&folder.join("difference.png"), &difference, (-1.0, 1.0))
        });
    if let Err(error) = written {
        // The test fails anyway, and for another reason.
        eprintln!("{}: {error}", folder.display());
    }
    folder
}

/// Writes planes with `black` and `white` as the ends of the scale; what is not a number is black.
fn write(path: &Path, planes: &Planes, (black, white): (f32, f32)) -> Result<(), String> {
    let byte = |value: f32| ((value - black) / (white - black) * 255.0).round() as u8;
    let size = planes.width * planes.height;
    let (height, colour, bytes): (usize, _, Vec<u8>) = if planes.channels == 3 {
        let pixel = |i: usize| [0, 1, 2].map(|channel| byte(planes.data[channel * size + i]));
        (
            planes.height,
            png::ColorType::Rgb,
            (0..size).flat_map(pixel).collect(),
        )
    } else {
        let bytes = planes.data.iter().map(|&value| byte(value)).collect();
        (
            planes.height * planes.channels,
            png::ColorType::Grayscale,
            bytes,
        )
    };
    let file = File::create(path).map_err(|error| error.to_string())?;
    let mut encoder = png::Encoder::new(BufWriter::new(file), planes.width as u32, height as u32);
    encoder.set_color(colour);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer
        .write_image_data(&bytes)
        .map_err(|error| error.to_string())
}
