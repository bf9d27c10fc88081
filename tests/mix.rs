//! Two styles mixed, `Δ = (1 − m)·Δ_a + m·Δ_b`: both engines, and what a change of m costs.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, photo, style, style_with_colours};
use limn::{
    Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, Slot},
};
use pollster::block_on;

fn mixed(mix: f32, lambda: f32, working_size: usize) -> Options {
    Options {
        strength: 1.2,
        lambda,
        mix,
        working_size,
        ..Options::default()
    }
}

fn paint(engine: &mut impl Engine, options: &Options) -> Planes {
    block_on(engine.paint(options)).unwrap()
}

/// `first` and `second` are what the two styles alone paint at λ = 10.
fn check(engine: &mut impl Engine, working_size: usize, first: &Planes, second: &Planes) {
    let passes = engine.network_passes();
    let mixed = |mix, lambda| mixed(mix, lambda, working_size);
    assert_eq!(&paint(engine, &mixed(0.0, 10.0)), first, "m = 0");
    assert_eq!(
        engine.network_passes(),
        passes + 1,
        "the second style is not needed yet"
    );
    assert_eq!(&paint(engine, &mixed(1.0, 10.0)), second, "m = 1");
    assert_eq!(engine.network_passes(), passes + 2);
    let mut mean = first.clone();
    for (value, other) in mean.data.iter_mut().zip(&second.data) {
        *value = 0.5 * (*value + other);
    }
    assert_close(&paint(engine, &mixed(0.5, 10.0)), &mean, 1e-5, "m = 0.5");
    // To and fro, and with another λ in between: no network.
    for (mix, lambda) in [
        (0.2, 10.0),
        (0.2, 1.0),
        (0.7, 1.0),
        (0.0, 10.0),
        (1.0, 10.0),
    ] {
        paint(engine, &mixed(mix, lambda));
    }
    assert_eq!(&paint(engine, &mixed(0.0, 10.0)), first, "m = 0 again");
    assert_eq!(
        engine.network_passes(),
        passes + 2,
        "a change of m runs no network"
    );
}

#[test]
fn the_ends_are_the_styles_and_the_middle_is_their_mean() {
    let photo = photo(61, 47);
    // The second wider than the first, so that they cannot share all buffers as they are.
    let (a, b) = (style(4, 1), style_with_colours(8, 2));
    for working_size in [61, 31] {
        let mut cpu = CpuEngine::new();
        let mut gpu = engine();
        cpu.set_photo(&photo).unwrap();
        gpu.set_photo(&photo).unwrap();
        let alone = [&a, &b].map(|style| {
            cpu.set_style(Slot::First, Some(style)).unwrap();
            gpu.set_style(Slot::First, Some(style)).unwrap();
            // Without a second style the mix is nothing.
            let options = mixed(0.7, 10.0, working_size);
            (paint(&mut cpu, &options), paint(&mut gpu, &options))
        });
        for (slot, style) in [(Slot::First, &a), (Slot::Second, &b)] {
            cpu.set_style(slot, Some(style)).unwrap();
            gpu.set_style(slot, Some(style)).unwrap();
        }
        check(&mut cpu, working_size, &alone[0].0, &alone[1].0);
        check(&mut gpu, working_size, &alone[0].1, &alone[1].1);
        assert_eq!(cpu.network_passes(), gpu.network_passes());
        let options = mixed(0.3, 10.0, working_size);
        let (painted, expected) = (paint(&mut gpu, &options), paint(&mut cpu, &options));
        assert_close(&painted, &expected, 1e-4, "the engines agree on a mix");
        let (ours, expected) = (
            block_on(gpu.arrays(&options)),
            block_on(cpu.arrays(&options)),
        );
        let (styled, expected) = (
            ours.unwrap().styled_gradient,
            expected.unwrap().styled_gradient,
        );
        assert_close(&styled, &expected, 1e-4, "and on its gradients");

        cpu.set_style(Slot::Second, None).unwrap();
        gpu.set_style(Slot::Second, None).unwrap();
        assert_eq!(paint(&mut cpu, &options), alone[0].0);
        assert_eq!(paint(&mut gpu, &options), alone[0].1);
    }
}

#[test]
fn another_second_style_a_photo_or_a_size_run_the_networks_that_count() {
    let mut gpu = engine();
    gpu.set_style(Slot::First, Some(&style(4, 1))).unwrap();
    gpu.set_style(Slot::Second, Some(&style(4, 2))).unwrap();
    gpu.set_photo(&photo(40, 33)).unwrap();
    let half = mixed(0.5, 10.0, 24);
    let first = paint(&mut gpu, &half);
    assert_eq!(gpu.network_passes(), 2);
    gpu.set_style(Slot::Second, Some(&style(4, 3))).unwrap();
    let other = paint(&mut gpu, &half);
    assert_ne!(other, first);
    assert_eq!(gpu.network_passes(), 3, "the first style's change is kept");
    paint(&mut gpu, &mixed(0.5, 10.0, 16));
    assert_eq!(gpu.network_passes(), 5);
    assert_eq!(paint(&mut gpu, &half), other);
    let drawn = block_on(gpu.draw_rgba8(&half)).unwrap();
    for (i, (a, b)) in drawn.iter().zip(other.to_rgba8()).enumerate() {
        assert!(
            a.abs_diff(b) <= 1,
            "byte {i} is drawn as {a}, painted as {b}"
        );
    }
    assert_eq!(gpu.network_passes(), 7);
}
