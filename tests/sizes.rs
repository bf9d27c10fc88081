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

/// Fails where `style` changes a picture by less than `changes.0` in the mean, of 255, or where one brought back from its
/// enlargement differs by more than `changes.1`.
fn check(style: &Style, pictures: &[Planes], changes: (f64, f64), options: &[Options]) {
    let (least_change, most_difference) = changes;
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
            // A page shows 8 bits, too.
            let size = (large.width, large.height);
            let shown = Planes::from_rgba8(&whole.to_rgba8(), size.0, size.1).unwrap();
            let difference = mean_difference(&shown, &saved);
            assert!(
                difference <= 0.5,
                "{what}: saved otherwise than shown, {difference:.2}"
            );
            // The lines and dots of a screen are black and white where they are large and grey where they are small: they are
            // alike from as far away as somebody who does not see them.
            let screened = style.metadata.medium.is_some() && options.texture > 0.0;
            let (width, height) = if screened { (80, 60) } else { (480, 360) };
            let seen = |picture: &Planes| picture.resized(width, height);
            let difference = mean_difference(&seen(&whole), &seen(&painted));
            assert!(
                difference <= most_difference,
                "{what}: {difference:.2} from the small one"
            );
            let ratio = if screened {
                let small = &pictures[0];
                mean_difference(&seen(&whole), &seen(small))
                    / mean_difference(&seen(&painted), &seen(small))
            } else {
                mean_difference(&whole, large) / change
            };
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
        (5.0, 2.0),
        &[options, working_size(40), working_size(480), far],
    );
}

/// The narrowest record of each published style: what is wide paints alike, more slowly.
fn published() -> Vec<Style> {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let files = std::fs::read_dir(models).unwrap();
    let paths = files.map(|entry| entry.unwrap().path());
    let narrow = paths.filter(|path| path.to_string_lossy().ends_with("-c8.bpk"));
    let styles: Vec<Style> = narrow
        .map(|path| Style::from_bytes(&std::fs::read(path).unwrap()).unwrap())
        .collect();
    assert!(!styles.is_empty(), "models/ holds no style");
    styles
}

#[test]
fn so_are_they_by_every_published_style() {
    let pictures = enlargements(&[1, 4]);
    for style in published() {
        let options = Options {
            lambda: style.metadata.lambda,
            ..Options::default()
        };
        let bare = Options {
            texture: 0.0,
            ..options
        };
        // What changes a picture less than that nobody would miss.
        check(&style, &pictures, (8.0, 2.0), &[bare]);
        // Dots of the smallest size are not as round, and make tones a little lighter or darker.
        check(&style, &pictures, (8.0, 6.0), &[options]);
    }
}

/// Without its medium, whose texture is what one sees there.
#[test]
fn flat_pictures_stay_flat_up_to_their_borders_by_every_published_style() {
    for style in published() {
        let mut engine = CpuEngine::new();
        engine.set_style(Slot::First, Some(&style)).unwrap();
        let options = Options {
            lambda: style.metadata.lambda,
            texture: 0.0,
            ..Options::default()
        };
        for tone in [0.0, 0.25, 0.5, 0.8, 1.0] {
            let flat = Planes::new(3, 240, 300, vec![tone; 3 * 240 * 300]).unwrap();
            let painted = paint(&mut engine, &flat, &options);
            for channel in 0..3 {
                let plane = painted.plane(channel);
                let middle = plane[120 * 300 + 150];
                let off = plane
                    .iter()
                    .fold(0.0_f32, |off, value| off.max((value - middle).abs()));
                let name = &style.metadata.name;
                assert!(
                    255.0 * off <= 2.0,
                    "{name}: {:.1} of 255 off the middle of a flat {tone}",
                    255.0 * off
                );
            }
        }
    }
}
