//! The whole GPU engine against the CPU engine, and what it promises beside: strength 0, constant images, which changes
//! run the network again, limits, every way in and out. Needs a Vulkan, Metal or DX12 adapter, software or not.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, photo, style};
use limn::{
    Planes,
    cpu::CpuEngine,
    gpu::{GpuEngine, GpuError, GpuOptions},
    stylize::Options,
};
use pollster::block_on;

#[test]
fn engines_agree_on_gradients_and_picture() {
    let mut gpu = engine();
    let mut cpu = CpuEngine::new();
    for (width, size, working_size, lambda) in [
        (8, (64, 48), None, 10.0),
        (8, (61, 47), Some(31), 10.0),
        (4, (17, 23), None, 0.1),
        (4, (1, 33), None, 10.0),
        (12, (33, 1), Some(9), 10.0),
        (4, (203, 3), Some(50), 1000.0),
        (16, (40, 40), None, 10.0),
    ] {
        let style = style(width, 1);
        let photo = photo(size.0, size.1);
        let options = Options {
            strength: 1.2,
            lambda,
            ..Default::default()
        };
        gpu.set_style(&style).unwrap();
        cpu.set_style(&style);
        gpu.set_photo(&photo, working_size).unwrap();
        cpu.set_photo(photo.clone(), working_size).unwrap();
        let what = format!("{size:?} at {working_size:?}, width {width}");
        let (original, styled) = block_on(gpu.gradients(&options)).unwrap();
        let (cpu_original, cpu_styled) = cpu.gradients(&options).unwrap();
        assert_close(&original, &cpu_original, 1e-6, &what);
        assert_close(&styled, &cpu_styled, 1e-4, &what);
        let painted = block_on(gpu.paint(&options)).unwrap();
        let expected = cpu.paint(&options).unwrap();
        assert_close(&painted, &expected, 1e-4, &what);
        let difference = expected
            .data
            .iter()
            .zip(&photo.data)
            .fold(0.0_f32, |worst, (a, b)| worst.max((a - b).abs()));
        assert!(
            difference > 0.02,
            "{what}: the style hardly changes the photo"
        );
    }
}

#[test]
fn strength_zero_is_the_photo_and_a_constant_stays_constant() {
    let mut gpu = engine();
    // A network without bias leaves zero gradients alone.
    let mut style = style(8, 2);
    for layer in &mut style.layers {
        layer.bias.fill(0.0);
    }
    gpu.set_style(&style).unwrap();
    let photo = photo(37, 29);
    gpu.set_photo(&photo, Some(20)).unwrap();
    let options = Options {
        strength: 0.0,
        ..Default::default()
    };
    assert_eq!(block_on(gpu.paint(&options)).unwrap(), photo);
    let constant = Planes::new(3, 19, 26, vec![0.4; 3 * 19 * 26]).unwrap();
    gpu.set_photo(&constant, None).unwrap();
    assert_eq!(block_on(gpu.paint(&Options::default())).unwrap(), constant);
}

#[test]
fn only_photo_style_and_working_size_run_the_network() {
    let mut gpu = engine();
    assert_eq!(gpu.network_passes(), 0);
    gpu.set_style(&style(4, 3)).unwrap();
    let photo = photo(24, 20);
    gpu.set_photo(&photo, None).unwrap();
    let paint = |gpu: &mut GpuEngine, strength, lambda| {
        let options = Options {
            strength,
            lambda,
            ..Default::default()
        };
        block_on(gpu.paint(&options)).unwrap()
    };
    let first = paint(&mut gpu, 1.0, 10.0);
    assert_ne!(paint(&mut gpu, 0.5, 10.0), first);
    assert_ne!(paint(&mut gpu, 1.0, 100.0), first);
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 1);

    gpu.set_working_size(Some(12)).unwrap();
    let small = paint(&mut gpu, 1.0, 10.0);
    assert_ne!(small, first);
    assert_eq!(gpu.network_passes(), 2);
    gpu.set_working_size(Some(12)).unwrap();
    assert_eq!(paint(&mut gpu, 1.0, 10.0), small);
    assert_eq!(gpu.network_passes(), 2);
    gpu.set_working_size(None).unwrap();
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 3);

    gpu.set_style(&style(4, 4)).unwrap();
    assert_ne!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 4);
    gpu.set_style(&style(4, 3)).unwrap();
    gpu.set_photo(&photo, None).unwrap();
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 5);
}

#[test]
fn frames_and_8_bit_pictures_agree_with_floats() {
    let mut gpu = engine();
    gpu.set_style(&style(8, 5)).unwrap();
    let rgba = photo(45, 31).to_rgba8();
    let exact = Planes::from_rgba8(&rgba, 45, 31).unwrap();
    let options = Options::default();
    gpu.set_photo(&exact, Some(30)).unwrap();
    let floats = block_on(gpu.paint(&options)).unwrap();
    gpu.set_frame_rgba8(&rgba, 45, 31, Some(30)).unwrap();
    assert_close(
        &block_on(gpu.paint(&options)).unwrap(),
        &floats,
        1e-6,
        "frame",
    );
    let bytes = block_on(gpu.paint_rgba8(&options)).unwrap();
    for (i, (a, b)) in bytes.iter().zip(floats.to_rgba8()).enumerate() {
        assert!(a.abs_diff(b) <= 1, "byte {i} is {a}, not {b}");
    }
    // A frame that waits in its texture survives a change of the working size.
    gpu.set_frame_rgba8(&rgba, 45, 31, None).unwrap();
    gpu.set_working_size(Some(30)).unwrap();
    assert_close(
        &block_on(gpu.paint(&options)).unwrap(),
        &floats,
        1e-6,
        "resized frame",
    );
}

#[test]
fn drawn_picture_is_the_painted_one() {
    let mut gpu = engine();
    gpu.set_style(&style(4, 6)).unwrap();
    let photo = photo(50, 33);
    gpu.set_photo(&photo, None).unwrap();
    // A drawn picture takes fewer V-cycles than a painted one, which a display must not show.
    for lambda in [0.1, 10.0, 100.0, 1000.0] {
        let options = Options {
            strength: 1.5,
            lambda,
            ..Default::default()
        };
        let drawn = block_on(gpu.draw_rgba8(&options)).unwrap();
        let painted = block_on(gpu.paint_rgba8(&options)).unwrap();
        assert_eq!(drawn.len(), painted.len());
        for (i, (a, b)) in drawn.iter().zip(&painted).enumerate() {
            assert!(
                a.abs_diff(*b) <= 1,
                "λ {lambda}: byte {i} is drawn as {a}, painted as {b}"
            );
        }
    }
    assert_eq!(gpu.network_passes(), 1);
}

#[test]
fn what_does_not_fit_or_is_missing_is_a_typed_error() {
    let options = GpuOptions {
        allow_software: true,
        max_buffer_bytes: Some(1 << 20),
    };
    let mut gpu = block_on(GpuEngine::new(options)).unwrap();
    let small = photo(20, 20);
    let code = |result: Result<Planes, GpuError>| result.unwrap_err().code();
    assert_eq!(code(block_on(gpu.paint(&Options::default()))), "bad-image");
    gpu.set_photo(&small, None).unwrap();
    assert_eq!(code(block_on(gpu.paint(&Options::default()))), "no-style");
    gpu.set_style(&style(8, 7)).unwrap();
    let picture = block_on(gpu.paint(&Options::default())).unwrap();

    let refused = |gpu: &mut GpuEngine, photo: &Planes, size| {
        let error = gpu.set_photo(photo, size).unwrap_err();
        assert!(matches!(error, GpuError::TooLarge { .. }), "{error}");
        assert_eq!(error.code(), "too-large");
    };
    // 70 000 pixels of 16 bytes are more than a mebibyte.
    refused(&mut gpu, &Planes::zeros(3, 280, 250), None);
    refused(&mut gpu, &Planes::zeros(3, 1, 32768), Some(16));
    // The photo would fit, but not the first layer's output, 32 bytes a pixel.
    let wide = photo_of_width(300);
    refused(&mut gpu, &wide, None);
    assert_eq!(
        gpu.set_photo(&Planes::zeros(1, 4, 4), None)
            .unwrap_err()
            .code(),
        "bad-image"
    );
    assert_eq!(
        gpu.set_frame_rgba8(&[0; 7], 2, 1, None).unwrap_err().code(),
        "bad-image"
    );
    assert_eq!(
        gpu.set_frame_rgba8(&[], 0, 0, None).unwrap_err().code(),
        "bad-image"
    );

    let mut broken = style(8, 8);
    broken.layers[2].weight.pop();
    assert_eq!(gpu.set_style(&broken).unwrap_err().code(), "style-shape");
    // Neither the photo nor the style in use were lost on the way.
    assert_eq!(block_on(gpu.paint(&Options::default())).unwrap(), picture);
    gpu.set_photo(&wide, Some(100)).unwrap();
    block_on(gpu.paint(&Options::default())).unwrap();
}

fn photo_of_width(width: usize) -> Planes {
    photo(width, 150)
}

#[test]
fn software_adapters_are_refused_unless_allowed() {
    let info = engine().info().clone();
    assert_eq!(info.precision, "f32");
    let outcome = block_on(GpuEngine::new(GpuOptions::default()));
    match outcome {
        Ok(engine) => assert!(!engine.info().fallback && !info.fallback),
        Err(error) => {
            assert!(info.fallback, "{error}");
            assert_eq!(error.code(), "software-adapter");
        }
    }
}
