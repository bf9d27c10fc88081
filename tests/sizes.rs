//! One style is one look, however large the photo: a picture and its enlargements are painted alike, and so are the picture
//! that a page shows and the one that it saves.

#![cfg(feature = "cpu")]

mod common;

use common::{photo, style};
use limn::{
    Options, Planes, RowResampler,
    cpu::CpuEngine,
    engine::{Engine, Slot},
    style::Style,
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
    let mut resampler = RowResampler::new(size, work).unwrap();
    resampler.push_rows(&rgba).unwrap();
    block_on(engine.begin_rows(&resampler.finish().unwrap(), size, options)).unwrap();
    for (index, band) in rgba.chunks_mut(4 * size.0 * 50).enumerate() {
        block_on(engine.paint_rows(50 * index, band)).unwrap();
    }
    Planes::from_rgba8(&rgba, size.0, size.1).unwrap()
}

/// A drawn picture, and the same with each of its pixels 2 × 2, 4 × 4 and 12 × 12 times: enlargements that change nothing
/// else, so that what differs is the painting's doing.
fn enlargements(factors: &[usize]) -> Vec<Planes> {
    // Of 8 bits, so that those of a page and of the engine start from the same.
    let small = photo(960, 720).resized(480, 360).to_rgba8();
    let small = Planes::from_rgba8(&small, 480, 360).unwrap();
    let enlarged = |factor: usize| {
        let mut large = Planes::zeros(3, factor * 360, factor * 480);
        for channel in 0..3 {
            for (i, value) in large.plane_mut(channel).iter_mut().enumerate() {
                let (x, y) = (i % (factor * 480) / factor, i / (factor * 480) / factor);
                *value = small.plane(channel)[y * 480 + x];
            }
        }
        large
    };
    factors.iter().map(|factor| enlarged(*factor)).collect()
}

fn check(style: &Style, pictures: &[Planes], least_change: f64, options: &[Options]) {
    let mut engine = CpuEngine::new();
    engine.set_style(Slot::First, Some(style)).unwrap();
    for options in options {
        let painted = paint(&mut engine, &pictures[0], options);
        let change = mean_difference(&painted, &pictures[0]);
        assert!(
            change > least_change,
            "the style changes the picture by {change} only"
        );
        for large in pictures {
            let name = &style.metadata.name;
            let what = format!("{name} at {} pixels with {options:?}", large.width);
            let whole = paint(&mut engine, large, options);
            let saved = save(&mut engine, large, options);
            let difference = mean_difference(&whole, &saved);
            assert!(
                difference <= 0.5,
                "{what}: saved otherwise than shown, {difference:.2}"
            );
            let difference = mean_difference(&whole.resized(480, 360), &painted);
            assert!(
                difference <= 2.0,
                "{what}: {difference:.2} from the small one"
            );
            let ratio = mean_difference(&whole, large) / change;
            assert!(
                (0.9..=1.1).contains(&ratio),
                "{what}: {ratio:.2} times the change"
            );
        }
    }
}

#[test]
fn a_picture_and_its_enlargements_are_painted_alike() {
    let options = Options {
        strength: 0.9,
        ..Options::default()
    };
    // The style was learnt at 64 pixels; a larger and a smaller brush, and a λ that reaches far besides.
    let working_size = |working_size| Options {
        working_size,
        ..options
    };
    let far = Options {
        lambda: 200.0,
        ..options
    };
    check(
        &style(8, 1),
        &enlargements(&[1, 2, 4, 12]),
        5.0,
        &[options, working_size(40), working_size(480), far],
    );
}

#[test]
fn so_are_they_by_every_published_style() {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let pictures = enlargements(&[1, 4]);
    let mut styles = 0;
    for entry in std::fs::read_dir(models).unwrap() {
        let path = entry.unwrap().path();
        // The narrowest of each: what is wide paints alike, more slowly.
        if path.to_string_lossy().ends_with("-c8.bpk") {
            let style = Style::from_bytes(&std::fs::read(path).unwrap()).unwrap();
            check(
                &style,
                &pictures,
                0.5,
                &[Options {
                    lambda: style.metadata.lambda,
                    ..Options::default()
                }],
            );
            styles += 1;
        }
    }
    assert!(styles > 0, "models/ holds no style");
}
