//! Tiles are the whole: on both engines, across their borders, for odd sizes and several λ.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, identity, photo, style};
use limn::{
    Downscale, Planes,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuError, GpuOptions},
    stylize::{Options, working_size},
    tiles::Tile,
};
use pollster::block_on;

/// Sizes of photo and network, side of a tile, λ: several tiles each way, a single row and column, and a picture that
/// fits into one tile.
const CASES: [((usize, usize), usize, usize, f32); 7] = [
    ((301, 203), 64, 1, 0.1),
    ((301, 203), 64, 130, 10.0),
    ((211, 307), 307, 1, 10.0),
    ((420, 333), 50, 300, 100.0),
    ((1, 333), 50, 1, 10.0),
    ((333, 1), 50, 1, 10.0),
    ((60, 50), 30, 1, 1000.0),
];

/// What a halo and two ways of rounding leave, in units of the picture's range: a tenth of an 8-bit step.
const TOLERANCE: f32 = 4e-4;

fn options(lambda: f32) -> Options {
    Options {
        strength: 1.3,
        lambda,
        mix: 0.4,
    }
}

/// The photo of `size` as 8-bit RGBA, as floats, and small, read row by row.
fn photos(size: (usize, usize), work: usize) -> (Vec<u8>, Planes, Planes) {
    let rgba = photo(size.0, size.1).to_rgba8();
    let whole = Planes::from_rgba8(&rgba, size.0, size.1).unwrap();
    let mut downscale = Downscale::new(size, working_size(size.0, size.1, Some(work))).unwrap();
    rgba.chunks(4 * size.0)
        .for_each(|row| downscale.push_rows(row).unwrap());
    (rgba, whole, downscale.finish().unwrap())
}

/// Paints `tile` of the photo `rgba` by `paint`, and compares it with the picture `expected`.
fn compare_tile(
    tile: &Tile,
    (rgba, width): (&[u8], usize),
    expected: &Planes,
    paint: impl FnOnce(&mut [u8]),
) {
    let mut pixels: Vec<u8> = rgba
        .chunks_exact(4 * width)
        .skip(tile.inner.y)
        .take(tile.inner.height)
        .flat_map(|row| &row[4 * tile.inner.x..4 * (tile.inner.x + tile.inner.width)])
        .copied()
        .collect();
    paint(&mut pixels);
    let expected = expected.cropped(tile.inner).to_rgba8();
    for (i, (a, b)) in pixels.iter().zip(&expected).enumerate() {
        assert!(a.abs_diff(*b) <= 1, "byte {i} of {tile:?} is {a}, not {b}");
    }
}

#[test]
fn tiles_are_the_whole_on_both_engines() {
    let mut cpu = CpuEngine::new();
    let mut gpu = engine();
    let styles = [style(4, 1), style(8, 2)];
    cpu.set_style(&styles[0]);
    cpu.set_second_style(Some(&styles[1]));
    gpu.set_style(&styles[0]).unwrap();
    gpu.set_second_style(Some(&styles[1])).unwrap();
    for (size, work, side, lambda) in CASES {
        let options = options(lambda);
        let (rgba, whole, small) = photos(size, work);
        cpu.set_photo(whole.clone(), Some(work)).unwrap();
        let picture = cpu.paint(&options).unwrap();
        gpu.set_photo(&whole, Some(work)).unwrap();
        let gpu_picture = block_on(gpu.paint(&options)).unwrap();
        // D itself, whose errors 8 bits would hide.
        let mut correction = picture.clone();
        for (value, original) in correction.data.iter_mut().zip(&whole.data) {
            *value = (*value - original) / options.strength;
        }
        let on_cpu = cpu.tiles(small.clone(), size, side, &options).unwrap();
        let on_gpu = block_on(gpu.tiles(&small, size, side, &options)).unwrap();
        assert_eq!(on_cpu.tiling(), on_gpu.tiling());
        let tiles = on_cpu.tiling().tiles();
        assert_eq!(tiles.len() > 1, size != (60, 50), "{size:?}");
        for tile in &tiles {
            let what = format!("{:?} of {size:?}, λ = {lambda}", tile.inner);
            let expected = correction.cropped(tile.inner);
            assert_close(&on_cpu.correction(tile), &expected, TOLERANCE, &what);
            let d = block_on(on_gpu.correction(tile)).unwrap();
            assert_close(&d, &expected, TOLERANCE, &what);
            compare_tile(tile, (&rgba, size.0), &picture, |pixels| {
                on_cpu.paint(tile, pixels);
            });
            compare_tile(tile, (&rgba, size.0), &gpu_picture, |pixels| {
                block_on(on_gpu.paint(tile, pixels)).unwrap();
            });
        }
        // The photos that the engines hold are still theirs.
        assert_eq!(cpu.paint(&options).unwrap(), picture);
        assert_eq!(block_on(gpu.paint(&options)).unwrap(), gpu_picture);
    }
}

#[test]
fn the_identity_network_and_strength_zero_give_the_photo_back() {
    let size = (150, 117);
    let (rgba, photo, small) = photos(size, 40);
    let still = Options {
        strength: 0.0,
        ..Default::default()
    };
    for (style, options) in [(identity(), Options::default()), (style(4, 3), still)] {
        let mut cpu = CpuEngine::new();
        let mut gpu = engine();
        cpu.set_style(&style);
        gpu.set_style(&style).unwrap();
        cpu.set_photo(photo.clone(), Some(40)).unwrap();
        gpu.set_photo(&photo, Some(40)).unwrap();
        assert_eq!(cpu.paint(&options).unwrap(), photo);
        assert_eq!(block_on(gpu.paint(&options)).unwrap(), photo);
        let on_cpu = cpu.tiles(small.clone(), size, 1, &options).unwrap();
        let on_gpu = block_on(gpu.tiles(&small, size, 1, &options)).unwrap();
        let tiles = on_cpu.tiling().tiles();
        assert!(tiles.len() > 1);
        for tile in tiles {
            compare_tile(&tile, (&rgba, size.0), &photo, |pixels| {
                let original = pixels.to_vec();
                on_cpu.paint(&tile, pixels);
                assert_eq!(pixels, original);
                block_on(on_gpu.paint(&tile, pixels)).unwrap();
                assert_eq!(pixels, original);
            });
        }
    }
}

#[test]
fn tiles_shrink_to_the_buffers_there_are_or_are_refused() {
    let limited = |bytes| {
        let options = GpuOptions {
            allow_software: true,
            max_buffer_bytes: Some(bytes),
        };
        let mut gpu = block_on(GpuEngine::new(options)).unwrap();
        gpu.set_style(&style(4, 4)).unwrap();
        gpu
    };
    let (_, _, small) = photos((400, 300), 40);
    let options = Options::default();
    // 16 bytes a pixel: 128 × 128 and no more.
    let mut gpu = limited(1 << 18);
    let painter = block_on(gpu.tiles(&small, (400, 300), 1280, &options)).unwrap();
    let (width, height) = painter.tiling().outer();
    assert!(width * height <= 1 << 14 && painter.tiling().tiles().len() > 9);
    // The largest λ asks for a halo that leaves no room.
    let large = Options {
        lambda: 1000.0,
        ..options
    };
    let code = |result: Result<limn::gpu::TilePainter, GpuError>| result.err().unwrap().code();
    let refused = block_on(gpu.tiles(&small, (4000, 3000), 1280, &large));
    assert_eq!(code(refused), "out-of-memory");
    let refused = block_on(gpu.tiles(&small, (40_000, 30), 1280, &options));
    assert_eq!(code(refused), "too-large");
    let refused = block_on(gpu.tiles(&photo(300, 200), (3000, 2000), 1280, &options));
    assert_eq!(code(refused), "too-large");
    let refused = block_on(gpu.tiles(&Planes::zeros(1, 4, 4), (40, 40), 1280, &options));
    assert_eq!(code(refused), "bad-image");
    let mut bare = CpuEngine::new();
    let error = bare.tiles(small, (400, 300), 1280, &options).err().unwrap();
    assert_eq!(error.code(), "no-style");
}

#[test]
fn a_tile_of_another_length_is_refused() {
    let mut gpu = engine();
    gpu.set_style(&style(4, 5)).unwrap();
    let (_, _, small) = photos((90, 70), 30);
    let painter = block_on(gpu.tiles(&small, (90, 70), 1280, &Options::default())).unwrap();
    let tile = painter.tiling().tiles()[0];
    let error = block_on(painter.paint(&tile, &mut [0; 16])).unwrap_err();
    assert_eq!(error.code(), "bad-image");
}
