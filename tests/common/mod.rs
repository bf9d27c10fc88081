//! What the tests of the engines share: the GPU engine, random styles, a drawn photo.
// Each test file is its own crate and uses a part of this.
#![allow(dead_code)]

mod pictures;

use limn::{
    Planes,
    gpu::{GpuEngine, GpuOptions},
    network::{Architecture, Role},
    style::{ConvWeights, Style, StyleMetadata},
};
use pollster::block_on;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The GPU engine on the first adapter there is, software or not.
pub fn engine() -> GpuEngine {
    let options = GpuOptions {
        allow_software: true,
        ..Default::default()
    };
    block_on(GpuEngine::new(options))
        .expect("these tests need a GPU adapter (Mesa's lavapipe will do)")
}

/// Random weights of the size that keeps activations in range, so that the change of gradients is plain to see.
pub fn style(width: usize, seed: u64) -> Style {
    let mut rng = StdRng::seed_from_u64(seed);
    let layers = Architecture::plain(width)
        .layers()
        .iter()
        .map(|layer| {
            let size = (6.0 / (9 * layer.in_channels) as f32).sqrt();
            ConvWeights {
                weight: (0..layer.weight_len())
                    .map(|_| rng.random_range(-size..size))
                    .collect(),
                bias: (0..layer.out_channels)
                    .map(|_| rng.random_range(-0.05..0.05))
                    .collect(),
            }
        })
        .collect();
    Style {
        metadata: StyleMetadata {
            version: limn::style::VERSION,
            name: "random".into(),
            title: "Random".into(),
            width,
            lambda: 10.0,
            trained_size: 64,
            teacher: "none".into(),
            data: "none".into(),
            licence: "CC0-1.0".into(),
            steps: 0,
            recipe: "none".into(),
            ground: None,
            colours: false,
            medium: None,
        },
        layers,
    }
}

/// The same for a network that sees colours and corrects the ground.
pub fn style_with_colours(width: usize, seed: u64) -> Style {
    Style::untrained(Architecture::with_colours(width), seed as u32)
}

/// The identity network: gives back the gradients it is given, exactly. At half the size four pixels lie in channels of
/// their own, at a quarter sixteen, and each twice, as its positive and its negative part, which ReLU leaves alone.
pub fn identity() -> Style {
    let mut identity = style(48, 0);
    for (layer, weights) in Architecture::plain(48)
        .chain()
        .iter()
        .zip(&mut identity.layers)
    {
        weights.weight.fill(0.0);
        weights.bias.fill(0.0);
        let mut connect = |to: usize, from: usize, tap: usize, weight: f32| {
            weights.weight[(to * layer.in_channels + from) * 9 + tap] = weight;
        };
        // Middle of the kernel, and the four pixels that a stride of 2 would drop.
        const CENTRE: usize = 4;
        const FOUR: [usize; 4] = [4, 5, 7, 8];
        if layer.role == Role::First {
            for channel in 0..6 {
                connect(2 * channel, channel, CENTRE, 1.0);
                connect(2 * channel + 1, channel, CENTRE, -1.0);
            }
        } else if layer.stride == 2 {
            for channel in 0..layer.out_channels / 4 {
                for (k, tap) in FOUR.into_iter().enumerate() {
                    connect(4 * channel + k, channel, tap, 1.0);
                }
            }
        } else if layer.role == Role::Last {
            // The shuffle after this one takes four channels apart again; so did the one before.
            for channel in 0..6 {
                for k in 0..4 {
                    connect(4 * channel + k, 4 * (2 * channel) + k, CENTRE, 1.0);
                    connect(4 * channel + k, 4 * (2 * channel + 1) + k, CENTRE, -1.0);
                }
            }
        } else {
            for channel in 0..layer.in_channels.min(layer.out_channels) {
                connect(channel, channel, CENTRE, 1.0);
            }
        }
    }
    identity
}

/// A drawn picture: a sky, a disc, stripes and some noise.
pub fn photo(width: usize, height: usize) -> Planes {
    let mut rng = StdRng::seed_from_u64(11);
    let mut photo = Planes::zeros(3, height, width);
    for y in 0..height {
        for x in 0..width {
            let (u, v) = (
                x as f32 / width as f32 - 0.5,
                y as f32 / height as f32 - 0.5,
            );
            let disc = u * u + v * v < 0.08;
            let stripe = if (x / 5 + y / 7) % 2 == 0 { 0.15 } else { 0.0 };
            let color = if disc {
                [0.8, 0.6, 0.5]
            } else {
                [0.3 + stripe, 0.5 + 0.4 * v, 0.7 - stripe]
            };
            for (channel, value) in color.into_iter().enumerate() {
                photo.plane_mut(channel)[y * width + x] = value + rng.random_range(-0.02..0.02);
            }
        }
    }
    photo
}

/// The same shape, and every value within `tolerance`; else both are left as pictures.
#[track_caller]
pub fn assert_close(actual: &Planes, expected: &Planes, tolerance: f32, what: &str) {
    let shape = |p: &Planes| (p.channels, p.height, p.width);
    assert_eq!(shape(actual), shape(expected), "{what}");
    for (i, (a, e)) in actual.data.iter().zip(&expected.data).enumerate() {
        let close = (a - e).abs() <= tolerance;
        if !close {
            let folder = pictures::keep(actual, expected, what);
            panic!(
                "{what}: value {i} is {a}, not {e}: see {}",
                folder.display()
            );
        }
    }
}
