//! One style is one look, however large the photo: a picture and its enlargements are painted alike, and so are the picture
//! that a page shows and the one that it saves.

#![cfg(feature = "cpu")]

mod common;

use common::{photo, style};
use limn::{
    Downscale, Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, Slot},
};
use pollster::block_on;

/// Mean absolute difference, in steps of 8 bits.
fn mean_difference(a: &Planes, b: &Planes) -> f64 {
    let differences = a
        .data
        .iter()
        .zip(&b.data)
        .map(|(a, b)| f64::from((a - b).abs()));
    255.0 * differences.sum::<f64>() / a.data.len() as f64
}

fn paint(engine: &mut CpuEngine, photo: &Planes, options: &Options) -> Planes {
    engine.set_photo(photo).unwrap();
    block_on(engine.paint(options)).unwrap()
}

/// Painted in bands of rows from 8-bit pixels, as a page saves a photo at its full size.
fn save(engine: &mut CpuEngine, photo: &Planes, options: &Options) -> Planes {
    let size = (photo.width, photo.height);
    let mut rgba = photo.to_rgba8();
    let work = options.working_size(size, engine.trained_size().unwrap());
    let mut downscale = Downscale::new(size, work).unwrap();
    downscale.push_rows(&rgba).unwrap();
    block_on(engine.begin_rows(&downscale.finish().unwrap(), size, options)).unwrap();
    for (index, band) in rgba.chunks_mut(4 * size.0 * 50).enumerate() {
        block_on(engine.paint_rows(50 * index, band)).unwrap();
    }
    Planes::from_rgba8(&rgba, size.0, size.1).unwrap()
}

#[test]
fn a_picture_and_its_enlargements_are_painted_alike() {
    let small = photo(120, 90);
    let mut engine = CpuEngine::new();
    engine.set_style(Slot::First, Some(&style(8, 1))).unwrap();
    // The style was learnt at 64 pixels; a large brush, the picture's own size, and a λ that reaches far besides.
    for (working_size, lambda) in [(0, 10.0), (40, 10.0), (120, 10.0), (0, 200.0)] {
        let options = Options {
            strength: 0.9,
            lambda,
            working_size,
            ..Options::default()
        };
        let painted = paint(&mut engine, &small, &options);
        let change = mean_difference(&painted, &small);
        assert!(
            change > 8.0,
            "the style changes the picture by {change} only"
        );
        for factor in [2, 4, 12] {
            let large = small.resized(factor * 120, factor * 90);
            let what = format!("{factor} times, at {working_size}, λ {lambda}");
            for large_painted in [
                paint(&mut engine, &large, &options),
                save(&mut engine, &large, &options),
            ] {
                let back = large_painted.resized(120, 90);
                let difference = mean_difference(&back, &painted);
                assert!(difference <= 2.0, "{what}: differs by {difference:.2}");
                let large_change = mean_difference(&large_painted, &large);
                let ratio = large_change / change;
                assert!(
                    (0.9..=1.1).contains(&ratio),
                    "{what}: {large_change:.2}, small {change:.2}"
                );
            }
        }
    }
}
