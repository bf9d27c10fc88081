//! The whole GPU engine against the CPU engine, and what it promises beside: strength 0, constant images, which changes
//! run the network again, limits, every way in and out. Needs a Vulkan, Metal or DX12 adapter, software or not.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, identity, photo, style, style_with_colours};
use limn::{
    Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, EngineError, Slot},
    gpu::{GpuEngine, GpuOptions},
    ground::Ground,
};
use pollster::block_on;

#[test]
fn engines_agree_on_gradients_and_picture() {
    let mut gpu = engine();
    let mut cpu = CpuEngine::new();
    for (width, size, working_size, lambda) in [
        (8, (64, 48), 0, 10.0),
        (8, (61, 47), 31, 10.0),
        (4, (17, 23), 0, 0.1),
        (4, (1, 33), 0, 10.0),
        (12, (33, 1), 9, 10.0),
        (4, (203, 3), 50, 1000.0),
        (4, (203, 130), 0, 10.0),
        (16, (40, 40), 0, 10.0),
    ] {
        // Every other one has colours of its own.
        let own = width == 8 || width == 12;
        let mut style = if own {
            style_with_colours(width, 1)
        } else {
            style(width, 1)
        };
        style.metadata.ground = own.then(negative);
        let photo = photo(size.0, size.1);
        let options = Options {
            strength: 1.2,
            lambda,
            working_size,
            ..Default::default()
        };
        gpu.set_style(Slot::First, Some(&style)).unwrap();
        cpu.set_style(Slot::First, Some(&style)).unwrap();
        gpu.set_photo(&photo).unwrap();
        cpu.set_photo(&photo).unwrap();
        let what = format!("{size:?} at {working_size:?}, width {width}");
        let ours = block_on(gpu.arrays(&options)).unwrap();
        let expected = block_on(cpu.arrays(&options)).unwrap();
        let work = options.working_size(size, style.metadata.trained_size);
        assert_eq!((ours.input.width, ours.input.height), work);
        assert_close(&ours.input, &expected.input, 1e-6, &what);
        assert_close(&ours.gradient, &expected.gradient, 2e-6, &what);
        assert_close(
            &ours.styled_gradient,
            &expected.styled_gradient,
            1e-4,
            &what,
        );
        assert_close(&ours.ground, &expected.ground, 1e-5, &what);
        assert_close(&ours.result, &expected.result, 1e-4, &what);
        let painted = block_on(gpu.paint(&options)).unwrap();
        let expected = block_on(cpu.paint(&options)).unwrap();
        assert_close(&painted, &expected, 1e-4, &what);
        if work == size {
            assert_close(&painted, &ours.result, 1e-6, &what);
        }
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

/// A ground that turns colours over, and mixes them a little.
fn negative() -> Ground {
    let mut ground = Ground::PHOTO;
    for (channel, coefficients) in ground.0.iter_mut().enumerate() {
        coefficients[0] = 0.9;
        coefficients[1 + channel] = -0.8;
        coefficients[7 + channel] = 0.2;
        coefficients[19] = -0.1;
    }
    ground
}

#[test]
fn the_identity_network_paints_the_photo_in_the_colours_of_the_ground() {
    let photo = photo(45, 31);
    let mut gpu = engine();
    let mut cpu = CpuEngine::new();
    let mut style = identity();
    style.metadata.ground = Some(negative());
    gpu.set_style(Slot::First, Some(&style)).unwrap();
    cpu.set_style(Slot::First, Some(&style)).unwrap();
    gpu.set_photo(&photo).unwrap();
    cpu.set_photo(&photo).unwrap();
    let paint = |gpu: &mut GpuEngine, cpu: &mut CpuEngine, colour, lambda| {
        let options = Options {
            colour,
            lambda,
            working_size: 45,
            ..Default::default()
        };
        let painted = block_on(gpu.paint(&options)).unwrap();
        let expected = block_on(cpu.paint(&options)).unwrap();
        assert_close(
            &painted,
            &expected,
            1e-4,
            &format!("colour {colour}, λ {lambda}"),
        );
        painted
    };
    // Where gradients weigh nothing, the picture is the ground; where they are all, the photo's edges stay upright on it.
    let ground = negative().of(&photo);
    assert_close(&paint(&mut gpu, &mut cpu, 1.0, 0.0), &ground, 1e-5, "λ = 0");
    paint(&mut gpu, &mut cpu, 0.6, 10.0);
    assert_close(
        &paint(&mut gpu, &mut cpu, 0.0, 10.0),
        &photo,
        1e-5,
        "colour 0",
    );
    assert_eq!(gpu.network_passes(), 1, "colour runs no network");
    assert_eq!(cpu.network_passes(), 1);
}

#[test]
fn strength_zero_is_the_photo_and_a_constant_stays_constant() {
    let mut gpu = engine();
    // A network without bias leaves zero gradients alone.
    let mut style = style(8, 2);
    for layer in &mut style.layers {
        layer.bias.fill(0.0);
    }
    gpu.set_style(Slot::First, Some(&style)).unwrap();
    let photo = photo(37, 29);
    gpu.set_photo(&photo).unwrap();
    let options = Options {
        strength: 0.0,
        working_size: 20,
        ..Default::default()
    };
    assert_eq!(block_on(gpu.paint(&options)).unwrap(), photo);
    let constant = Planes::new(3, 19, 26, vec![0.4; 3 * 19 * 26]).unwrap();
    gpu.set_photo(&constant).unwrap();
    assert_eq!(block_on(gpu.paint(&Options::default())).unwrap(), constant);
}

/// At strength 0 nothing counts but the photo, at λ = 0 no gradient does: what is skipped there leaves the picture that a
/// full computation as near as one likes to it makes.
#[test]
fn what_counts_for_nothing_is_not_computed() {
    let (mut gpu, mut cpu) = (engine(), CpuEngine::new());
    let photo = photo(45, 31);
    let mut plain = style(8, 3);
    plain.metadata.ground = Some(negative());
    cpu.set_photo(&photo).unwrap();
    gpu.set_photo(&photo).unwrap();
    for (first, second, at_lambda_0) in [
        (plain.clone(), None, 0),
        (style_with_colours(8, 4), None, 1),
        (plain, Some(style_with_colours(8, 4)), 1),
    ] {
        for (slot, style) in [(Slot::First, Some(&first)), (Slot::Second, second.as_ref())] {
            cpu.set_style(slot, style).unwrap();
            gpu.set_style(slot, style).unwrap();
        }
        let options = |strength, lambda| Options {
            strength,
            lambda,
            mix: 0.4,
            working_size: 30,
            ..Default::default()
        };
        let before = [cpu.network_passes(), gpu.network_passes()];
        for options in [options(0.0, 10.0), options(0.0, 0.0)] {
            assert_eq!(block_on(cpu.paint(&options)).unwrap(), photo);
            assert_eq!(block_on(gpu.paint(&options)).unwrap(), photo);
        }
        assert_eq!([cpu.network_passes(), gpu.network_passes()], before);

        let known = block_on(cpu.paint(&options(1.0, 0.0))).unwrap();
        assert_eq!(cpu.network_passes(), before[0] + at_lambda_0);
        let full = block_on(cpu.paint(&options(1.0, 1e-6))).unwrap();
        assert_close(&known, &full, 1e-4, "λ = 0 and λ = 1e-6");
        let theirs = block_on(gpu.paint(&options(1.0, 0.0))).unwrap();
        assert_close(&theirs, &known, 1e-4, "both engines at λ = 0");

        // Who asks for the arrays sees what the network makes of the gradients, whatever it counts for.
        let passes = cpu.network_passes();
        cpu.set_photo(&photo).unwrap();
        let ours = block_on(cpu.arrays(&options(1.0, 0.0))).unwrap();
        assert_eq!(
            cpu.network_passes(),
            passes + 1 + usize::from(second.is_some())
        );
        let theirs = block_on(gpu.arrays(&options(1.0, 0.0))).unwrap();
        let what = "gradients at λ = 0";
        assert_close(&theirs.styled_gradient, &ours.styled_gradient, 1e-4, what);
        gpu.set_photo(&photo).unwrap();
        let still = block_on(gpu.arrays(&options(0.0, 10.0))).unwrap();
        assert_close(&still.result, &still.input, 0.0, "arrays at strength 0");
    }
}

#[test]
fn only_photo_style_and_working_size_run_the_network() {
    let mut gpu = engine();
    assert_eq!(gpu.network_passes(), 0);
    gpu.set_style(Slot::First, Some(&style(4, 3))).unwrap();
    let photo = photo(24, 20);
    gpu.set_photo(&photo).unwrap();
    let paint_at = |gpu: &mut GpuEngine, working_size, strength, lambda| {
        let options = Options {
            strength,
            lambda,
            working_size,
            ..Default::default()
        };
        block_on(gpu.paint(&options)).unwrap()
    };
    let paint = |gpu: &mut GpuEngine, strength, lambda| paint_at(gpu, 0, strength, lambda);
    let first = paint(&mut gpu, 1.0, 10.0);
    assert_ne!(paint(&mut gpu, 0.5, 10.0), first);
    assert_ne!(paint(&mut gpu, 1.0, 100.0), first);
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 1);

    let small = paint_at(&mut gpu, 12, 1.0, 10.0);
    assert_ne!(small, first);
    assert_eq!(gpu.network_passes(), 2);
    assert_eq!(paint_at(&mut gpu, 12, 1.0, 10.0), small);
    assert_eq!(gpu.network_passes(), 2);
    // Twice the photo's own size is the most, which is less here than what the style was learnt at.
    assert_eq!(paint_at(&mut gpu, 1000, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 3);
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 3);

    gpu.set_style(Slot::First, Some(&style(4, 4))).unwrap();
    assert_ne!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 4);
    gpu.set_style(Slot::First, Some(&style(4, 3))).unwrap();
    gpu.set_photo(&photo).unwrap();
    assert_eq!(paint(&mut gpu, 1.0, 10.0), first);
    assert_eq!(gpu.network_passes(), 5);
}

#[test]
fn frames_and_8_bit_pictures_agree_with_floats() {
    let mut gpu = engine();
    gpu.set_style(Slot::First, Some(&style(8, 5))).unwrap();
    let rgba = photo(45, 31).to_rgba8();
    let exact = Planes::from_rgba8(&rgba, 45, 31).unwrap();
    let options = Options {
        working_size: 30,
        ..Options::default()
    };
    gpu.set_photo(&exact).unwrap();
    let floats = block_on(gpu.paint(&options)).unwrap();
    gpu.set_photo_rgba8(&rgba, 45, 31).unwrap();
    let painted = block_on(gpu.paint(&options)).unwrap();
    assert_close(&painted, &floats, 1e-6, "8-bit photo");
    let bytes = block_on(gpu.paint_rgba8(&options)).unwrap();
    for (i, (a, b)) in bytes.iter().zip(floats.to_rgba8()).enumerate() {
        assert!(a.abs_diff(b) <= 1, "byte {i} is {a}, not {b}");
    }
}

#[test]
fn drawn_picture_is_the_painted_one() {
    let mut gpu = engine();
    gpu.set_style(Slot::First, Some(&style(4, 6))).unwrap();
    let photo = photo(50, 33);
    gpu.set_photo(&photo).unwrap();
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
        ..Default::default()
    };
    let mut gpu = block_on(GpuEngine::new(options)).unwrap();
    let small = photo(20, 20);
    let code = |result: Result<Planes, EngineError>| result.unwrap_err().code();
    assert_eq!(code(block_on(gpu.paint(&Options::default()))), "bad-image");
    gpu.set_photo(&small).unwrap();
    assert_eq!(code(block_on(gpu.paint(&Options::default()))), "no-style");
    gpu.set_style(Slot::First, Some(&style(8, 7))).unwrap();
    let picture = block_on(gpu.paint(&Options::default())).unwrap();

    let refused = |gpu: &mut GpuEngine, photo: &Planes, working_size| {
        let options = Options {
            working_size,
            ..Options::default()
        };
        let error = gpu
            .set_photo(photo)
            .and_then(|()| block_on(gpu.paint(&options)).map(|_| ()))
            .unwrap_err();
        assert!(matches!(error, EngineError::TooLarge { .. }), "{error}");
        assert_eq!(error.code(), "too-large");
        gpu.set_photo(&small).unwrap();
    };
    // 40 000 pixels of twice 16 bytes are more than a mebibyte.
    refused(&mut gpu, &Planes::zeros(3, 200, 200), 200);
    refused(&mut gpu, &Planes::zeros(3, 1, 32768), 16);
    // Reading this one back takes 12 bytes a pixel.
    refused(&mut gpu, &Planes::zeros(3, 300, 300), 16);
    // Its gradients would fit, but not the first layer's output, 32 bytes a pixel.
    let wide = photo_of_width(230);
    refused(&mut gpu, &wide, 230);
    let code = |outcome: Result<(), EngineError>| outcome.unwrap_err().code();
    assert_eq!(code(gpu.set_photo(&Planes::zeros(1, 4, 4))), "bad-image");
    assert_eq!(code(gpu.set_photo_rgba8(&[0; 7], 2, 1)), "bad-image");
    assert_eq!(code(gpu.set_photo_rgba8(&[], 0, 0)), "bad-image");

    let mut broken = style(8, 8);
    broken.layers[2].weight.pop();
    assert_eq!(
        gpu.set_style(Slot::First, Some(&broken))
            .unwrap_err()
            .code(),
        "style-shape"
    );
    // Neither the photo nor the style in use were lost on the way.
    assert_eq!(block_on(gpu.paint(&Options::default())).unwrap(), picture);
    gpu.set_photo(&wide).unwrap();
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
