//! A photo painted in bands of rows is the photo painted whole: on both engines, for odd sizes, bands and several λ.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{engine, identity, photo, style, style_with_colours};
use limn::{
    Options, Planes, RowResampler,
    cpu::CpuEngine,
    engine::{Engine, EngineError, Slot},
    gpu::{GpuEngine, GpuOptions},
};
use pollster::block_on;

/// Sizes of photo and network, and λ.
const CASES: [((usize, usize), usize, f32); 7] = [
    ((60, 47), 100, 10.0),
    ((301, 203), 64, 0.1),
    ((211, 307), 307, 10.0),
    ((420, 333), 50, 100.0),
    ((1, 333), 50, 10.0),
    ((333, 1), 50, 10.0),
    ((60, 50), 30, 1000.0),
];

fn options(lambda: f32, working_size: usize) -> Options {
    Options {
        strength: 1.3,
        lambda,
        mix: 0.4,
        working_size,
        ..Options::default()
    }
}

/// `rgba` of `size` (width, height) as the network sees it with `options`, read row by row.
fn small(rgba: &[u8], size: (usize, usize), options: &Options) -> Planes {
    let mut resampler = RowResampler::new(size, options.working_size(size, 64)).unwrap();
    rgba.chunks(4 * size.0)
        .for_each(|row| resampler.push_rows(row).unwrap());
    resampler.finish().unwrap()
}

/// `rgba` painted whole, and in bands of `rows` rows from the bottom up.
fn both_ways(
    engine: &mut impl Engine,
    rgba: &[u8],
    size: (usize, usize),
    rows: usize,
    options: &Options,
) -> [Vec<u8>; 2] {
    engine.set_photo_rgba8(rgba, size.0, size.1).unwrap();
    let whole = block_on(engine.paint_rgba8(options)).unwrap();
    block_on(engine.begin_rows(&small(rgba, size, options), size, options)).unwrap();
    let mut banded = rgba.to_vec();
    let bands: Vec<_> = banded.chunks_mut(4 * size.0 * rows).enumerate().collect();
    for (index, band) in bands.into_iter().rev() {
        block_on(engine.paint_rows(index * rows, band)).unwrap();
    }
    engine.end_rows();
    // The engine's own photo has not changed.
    assert_eq!(block_on(engine.paint_rgba8(options)).unwrap(), whole);
    [whole, banded]
}

fn check(engine: &mut impl Engine, most: u8) {
    engine.set_style(Slot::First, Some(&style(4, 1))).unwrap();
    engine
        .set_style(Slot::Second, Some(&style_with_colours(8, 2)))
        .unwrap();
    for (size, work, lambda) in CASES {
        let rgba = photo(size.0, size.1).to_rgba8();
        let options = options(lambda, work);
        let [whole, at_once] = both_ways(engine, &rgba, size, size.1, &options);
        assert_ne!(whole, rgba);
        for (i, (a, b)) in at_once.iter().zip(&whole).enumerate() {
            assert!(
                a.abs_diff(*b) <= most,
                "{size:?}, λ {lambda}: byte {i} is {a}, whole {b}"
            );
        }
        for rows in [1, 37, 1000] {
            let [_, banded] = both_ways(engine, &rgba, size, rows, &options);
            assert!(banded == at_once, "{size:?} in bands of {rows}, λ {lambda}");
        }
    }
}

#[test]
fn bands_are_the_whole_on_the_cpu() {
    check(&mut CpuEngine::new(), 0);
}

/// Bands equal one another exactly. The whole differs: the GPU averages its photo down, the CPU that of the bands, and they
/// round differently, which is one step of 8 bits where a value lies between two.
#[test]
fn bands_are_the_whole_on_the_gpu() {
    check(&mut engine(), 1);
}

#[test]
fn the_identity_network_and_strength_zero_give_the_photo_back() {
    let size = (150, 117);
    let rgba = photo(size.0, size.1).to_rgba8();
    let sized = Options {
        working_size: 40,
        ..Options::default()
    };
    let still = Options {
        strength: 0.0,
        ..sized
    };
    for (style, options) in [(identity(), sized), (style(4, 3), still)] {
        let mut cpu = CpuEngine::new();
        cpu.set_style(Slot::First, Some(&style)).unwrap();
        let mut gpu = engine();
        gpu.set_style(Slot::First, Some(&style)).unwrap();
        assert_eq!(
            both_ways(&mut cpu, &rgba, size, 10, &options),
            [rgba.clone(), rgba.clone()]
        );
        assert_eq!(
            both_ways(&mut gpu, &rgba, size, 10, &options),
            [rgba.clone(), rgba.clone()]
        );
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let options = GpuOptions {
        allow_software: true,
        max_buffer_bytes: Some(1 << 18),
        ..Default::default()
    };
    let mut gpu = block_on(GpuEngine::new(options)).unwrap();
    let mut cpu = CpuEngine::new();
    let image = photo(40, 30);
    let options = Options::default();
    let code = |outcome: Result<(), EngineError>| outcome.unwrap_err().code();
    let begun = block_on(gpu.begin_rows(&image, (400, 300), &options));
    assert_eq!(code(begun), "no-style");
    let begun = block_on(cpu.begin_rows(&image, (400, 300), &options));
    assert_eq!(code(begun), "no-style");
    gpu.set_style(Slot::First, Some(&style(4, 4))).unwrap();
    cpu.set_style(Slot::First, Some(&style(4, 4))).unwrap();
    let begun = block_on(gpu.begin_rows(&image, (40_000, 30), &options));
    assert_eq!(code(begun), "too-large");
    // 16 bytes a pixel, twice.
    let begun = block_on(gpu.begin_rows(&photo(128, 128), (3000, 3000), &options));
    assert_eq!(code(begun), "too-large");
    let grey = Planes::zeros(1, 4, 4);
    assert_eq!(
        code(block_on(gpu.begin_rows(&grey, (40, 40), &options))),
        "bad-image"
    );
    assert_eq!(
        code(block_on(cpu.begin_rows(&grey, (40, 40), &options))),
        "bad-image"
    );
    let mut pixels = vec![0; 4 * 400 * 2];
    // Nothing is begun, then: half a row, and a row too low.
    assert_eq!(code(block_on(gpu.paint_rows(0, &mut pixels))), "bad-image");
    block_on(gpu.begin_rows(&image, (400, 300), &options)).unwrap();
    block_on(cpu.begin_rows(&image, (400, 300), &options)).unwrap();
    for (first, bytes) in [(0, 4 * 600), (299, 4 * 800), (usize::MAX, 4 * 400), (0, 0)] {
        let pixels = &mut pixels[..bytes];
        assert_eq!(code(block_on(gpu.paint_rows(first, pixels))), "bad-image");
        assert_eq!(code(block_on(cpu.paint_rows(first, pixels))), "bad-image");
    }
    block_on(gpu.paint_rows(298, &mut pixels)).unwrap();
    block_on(cpu.paint_rows(298, &mut pixels)).unwrap();
}
