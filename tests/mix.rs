//! Two styles mixed, `Δ = (1 − m)·Δ_a + m·Δ_b`: both engines, and what a change of m costs.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, photo, style};
use limn::{Planes, cpu::CpuEngine, stylize::Options};
use pollster::block_on;

fn mixed(mix: f32, lambda: f32) -> Options {
    Options {
        strength: 1.2,
        lambda,
        mix,
    }
}

/// What the two engines do alike.
trait Engine {
    fn paint(&mut self, options: &Options) -> Planes;
    fn passes(&self) -> usize;
}

impl Engine for CpuEngine {
    fn paint(&mut self, options: &Options) -> Planes {
        CpuEngine::paint(self, options).unwrap()
    }
    fn passes(&self) -> usize {
        self.network_passes()
    }
}

impl Engine for limn::gpu::GpuEngine {
    fn paint(&mut self, options: &Options) -> Planes {
        block_on(limn::gpu::GpuEngine::paint(self, options)).unwrap()
    }
    fn passes(&self) -> usize {
        self.network_passes()
    }
}

/// `first` and `second` are what the two styles alone paint at λ = 10.
fn check(engine: &mut dyn Engine, passes: usize, first: &Planes, second: &Planes) {
    assert_eq!(&engine.paint(&mixed(0.0, 10.0)), first, "m = 0");
    assert_eq!(
        engine.passes(),
        passes + 1,
        "the second style is not needed yet"
    );
    assert_eq!(&engine.paint(&mixed(1.0, 10.0)), second, "m = 1");
    assert_eq!(engine.passes(), passes + 2);
    let mut mean = first.clone();
    for (value, other) in mean.data.iter_mut().zip(&second.data) {
        *value = 0.5 * (*value + other);
    }
    assert_close(&engine.paint(&mixed(0.5, 10.0)), &mean, 1e-5, "m = 0.5");
    // To and fro, and with another λ in between: no network.
    for (mix, lambda) in [
        (0.2, 10.0),
        (0.2, 1.0),
        (0.7, 1.0),
        (0.0, 10.0),
        (1.0, 10.0),
    ] {
        engine.paint(&mixed(mix, lambda));
    }
    assert_eq!(&engine.paint(&mixed(0.0, 10.0)), first, "m = 0 again");
    assert_eq!(engine.passes(), passes + 2, "a change of m runs no network");
}

#[test]
fn the_ends_are_the_styles_and_the_middle_is_their_mean() {
    let photo = photo(61, 47);
    // The second wider than the first, so that they cannot share all buffers as they are.
    let (a, b) = (style(4, 1), style(8, 2));
    for working_size in [None, Some(31)] {
        let mut cpu = CpuEngine::new();
        let mut gpu = engine();
        let alone = [&a, &b].map(|style| {
            cpu.set_style(style);
            cpu.set_photo(photo.clone(), working_size).unwrap();
            gpu.set_style(style).unwrap();
            gpu.set_photo(&photo, working_size).unwrap();
            // Without a second style the mix is nothing.
            let options = mixed(0.7, 10.0);
            [
                CpuEngine::paint(&mut cpu, &options).unwrap(),
                block_on(gpu.paint(&options)).unwrap(),
            ]
        });
        cpu.set_style(&a);
        cpu.set_second_style(Some(&b));
        gpu.set_style(&a).unwrap();
        gpu.set_second_style(Some(&b)).unwrap();
        let passes = cpu.network_passes();
        assert_eq!(passes, gpu.network_passes());
        check(&mut cpu, passes, &alone[0][0], &alone[1][0]);
        check(&mut gpu, passes, &alone[0][1], &alone[1][1]);
        let options = mixed(0.3, 10.0);
        let (painted, expected) = (
            block_on(gpu.paint(&options)).unwrap(),
            CpuEngine::paint(&mut cpu, &options).unwrap(),
        );
        assert_close(&painted, &expected, 1e-4, "the engines agree on a mix");
        let (_, styled) = block_on(gpu.gradients(&options)).unwrap();
        let (_, cpu_styled) = cpu.gradients(&options).unwrap();
        assert_close(&styled, &cpu_styled, 1e-4, "and on its gradients");

        cpu.set_second_style(None);
        gpu.set_second_style(None).unwrap();
        assert_eq!(Engine::paint(&mut cpu, &options), alone[0][0]);
        assert_eq!(Engine::paint(&mut gpu, &options), alone[0][1]);
    }
}

#[test]
fn another_second_style_a_photo_or_a_size_run_the_networks_that_count() {
    let mut gpu = engine();
    gpu.set_style(&style(4, 1)).unwrap();
    gpu.set_second_style(Some(&style(4, 2))).unwrap();
    gpu.set_photo(&photo(40, 33), Some(24)).unwrap();
    let half = mixed(0.5, 10.0);
    let first = Engine::paint(&mut gpu, &half);
    assert_eq!(gpu.network_passes(), 2);
    gpu.set_second_style(Some(&style(4, 3))).unwrap();
    let other = Engine::paint(&mut gpu, &half);
    assert_ne!(other, first);
    assert_eq!(gpu.network_passes(), 3, "the first style's change is kept");
    gpu.set_working_size(Some(16)).unwrap();
    Engine::paint(&mut gpu, &half);
    assert_eq!(gpu.network_passes(), 5);
    gpu.set_working_size(Some(24)).unwrap();
    assert_eq!(Engine::paint(&mut gpu, &half), other);
    let drawn = block_on(gpu.draw_rgba8(&half)).unwrap();
    for (i, (a, b)) in drawn.iter().zip(other.to_rgba8()).enumerate() {
        assert!(
            a.abs_diff(b) <= 1,
            "byte {i} is drawn as {a}, painted as {b}"
        );
    }
    assert_eq!(gpu.network_passes(), 7);
}
