//! What styles are painted on: both engines agree, bands are the whole, sizes look alike, and it goes when it is told to.

#![cfg(all(feature = "cpu", feature = "gpu"))]

mod common;

use common::{assert_close, engine, identity, photo, style};
use limn::{
    Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, Slot},
    gpu::check::{probe::Probe, twin},
    ground::Shift,
    medium::{Inks, Media, Medium},
    style::Style,
};
use pollster::block_on;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// One of each kind.
fn mediums() -> [Medium; 10] {
    let (ink, paper) = ([0.1, 0.1, 0.2], [0.95, 0.95, 0.9]);
    let dots = |colour| Medium::Halftone {
        period: 4.0,
        angle: 45.0,
        colour,
        ink,
        paper,
        amount: 0.9,
    };
    let chalk = |light| Medium::Paper {
        period: 1.3,
        grain: 0.4,
        strokes: 0.3,
        angle: -50.0,
        light,
    };
    [
        chalk(false),
        chalk(true),
        Medium::Pigment {
            period: 1.6,
            grain: 0.3,
            pools: 0.5,
        },
        Medium::Canvas {
            period: 3.2,
            weave: 0.4,
            brush: 0.6,
            angle: 30.0,
        },
        dots(false),
        dots(true),
        Medium::Engraving {
            period: 3.2,
            angle: -20.0,
            bend: 5.0,
            ink,
            paper,
            amount: 1.0,
        },
        Medium::Hatching {
            period: 2.8,
            angle: -45.0,
            wobble: 1.5,
            ink,
            paper,
            amount: 1.0,
        },
        Medium::Screenprint {
            inks: Inks::new(&[ink, [0.9, 0.1, 0.4], [1.0, 0.6, 0.2], paper]).unwrap(),
            softness: 0.05,
        },
        Medium::Cel {
            levels: 5.0,
            softness: 0.2,
        },
    ]
}

fn on(mut style: Style, medium: Medium) -> Style {
    style.metadata.medium = Some(medium);
    style
}

/// Random, constant and extreme: colours that leave [0, 1], and hard edges.
fn fields(channels: usize, (width, height): (usize, usize), seed: u64) -> [Planes; 3] {
    let mut rng = StdRng::seed_from_u64(seed);
    let make = |value: &mut dyn FnMut(usize) -> f32| {
        let data = (0..channels * height * width).map(value).collect();
        Planes::new(channels, height, width, data).unwrap()
    };
    [
        make(&mut |_| rng.random_range(0.0..1.0)),
        make(&mut |_| 0.6),
        make(&mut |i| if i % 2 == 0 { 1.2 } else { -0.2 }),
    ]
}

/// Where a line's or a dot's edge lies between two pixels, the last digits of its place weigh as many times as the picture is
/// larger than the working size. A quarter of a step of 8 bits in any pixel, and far less in the mean.
#[test]
fn every_medium_matches_its_twin() {
    let probe = block_on(Probe::new()).expect("these tests need a GPU adapter");
    let all = mediums();
    for (full, work) in [
        ((1, 1), (1, 1)),
        ((1, 37), (1, 12)),
        ((41, 1), (41, 1)),
        ((17, 23), (17, 23)),
        ((13, 8), (26, 16)),
        ((67, 135), (20, 41)),
        ((4097, 3), (480, 1)),
    ] {
        let images = fields(3, work, 1).into_iter().zip(fields(3, work, 2));
        for ((image, d), photo) in images.zip(fields(3, full, 3)) {
            let painting = twin::painting(&image, &d, full);
            for (k, medium) in all.iter().enumerate() {
                // Each alone, and mixed with the next one.
                for share in [1.0, 0.4] {
                    let next = &all[(k + 1) % all.len()];
                    let shares = [(share, Some(medium)), (1.0 - share, Some(next))];
                    let media = Media::new(shares, &Options::default());
                    let kinds = (&Shift::NONE, &media);
                    let actual = block_on(probe.picture(&painting, &photo, kinds, 0.1)).unwrap();
                    let expected = twin::picture(&painting, &photo, kinds, 0.1);
                    let what = format!("medium {k} at {share}, {work:?} to {full:?}");
                    assert_close(&actual, &expected, 1e-3, &what);
                    let errors = actual.data.iter().zip(&expected.data);
                    let sum: f32 = errors.map(|(a, b)| (a - b).abs()).sum();
                    let mean = sum / actual.data.len() as f32;
                    assert!(mean < 1e-4, "{what}: {mean} in the mean");
                }
            }
        }
    }
}

#[test]
fn engines_agree_and_bands_are_the_whole() {
    let (mut cpu, mut gpu) = (CpuEngine::new(), engine());
    let size = (211, 137);
    let rgba = photo(size.0, size.1).to_rgba8();
    let planes = Planes::from_rgba8(&rgba, size.0, size.1).unwrap();
    for medium in mediums() {
        let style = on(style(4, 1), medium);
        let options = Options::default();
        let small = planes.resized(64, 42);
        check_bands(&mut cpu, &style, &rgba, size, &small, &options);
        check_bands(&mut gpu, &style, &rgba, size, &small, &options);
        cpu.set_photo(&planes).unwrap();
        gpu.set_photo(&planes).unwrap();
        let ours = block_on(cpu.paint(&options)).unwrap();
        let theirs = block_on(gpu.paint(&options)).unwrap();
        assert_close(&theirs, &ours, 2e-3, &format!("{medium:?}"));
        let drawn = block_on(gpu.draw_rgba8(&options)).unwrap();
        let steps = drawn.iter().zip(theirs.to_rgba8());
        assert!(steps.clone().all(|(a, b)| a.abs_diff(b) <= 1), "{medium:?}");
    }
}

fn check_bands(
    engine: &mut impl Engine,
    style: &Style,
    rgba: &[u8],
    (width, height): (usize, usize),
    small: &Planes,
    options: &Options,
) {
    engine.set_style(Slot::First, Some(style)).unwrap();
    block_on(engine.begin_rows(small, (width, height), options)).unwrap();
    let mut whole = rgba.to_vec();
    block_on(engine.paint_rows(0, &mut whole)).unwrap();
    for rows in [1, 37] {
        let mut banded = rgba.to_vec();
        let bands: Vec<_> = banded.chunks_mut(4 * width * rows).enumerate().collect();
        for (index, band) in bands.into_iter().rev() {
            block_on(engine.paint_rows(index * rows, band)).unwrap();
        }
        assert!(
            banded == whole,
            "{:?} in bands of {rows}",
            style.metadata.medium
        );
    }
    engine.end_rows();
}

fn check_amounts(engine: &mut impl Engine) {
    let photo = Planes::from_rgba8(&photo(61, 47).to_rgba8(), 61, 47).unwrap();
    engine.set_photo(&photo).unwrap();
    let mut paint = |style: &Style, strength: f32, texture: f32| {
        engine.set_style(Slot::First, Some(style)).unwrap();
        let options = Options {
            strength,
            texture,
            working_size: 61,
            ..Options::default()
        };
        block_on(engine.paint(&options)).unwrap()
    };
    let plain = paint(&style(4, 1), 1.2, 1.0);
    for medium in mediums() {
        let style = on(style(4, 1), medium);
        assert_eq!(paint(&style, 0.0, 1.0), photo, "{medium:?} at strength 0");
        assert_eq!(paint(&style, 1.2, 0.0), plain, "{medium:?} at texture 0");
        let [half, whole] = [0.5, 1.0].map(|texture| paint(&style, 1.2, texture));
        assert_ne!(whole, plain, "{medium:?}");
        let mut between = plain.clone();
        for (value, whole) in between.data.iter_mut().zip(&whole.data) {
            *value = 0.5 * (*value + whole);
        }
        assert_close(&half, &between, 1e-5, "half of it");
    }
}

#[test]
fn strength_and_texture_take_it_away() {
    check_amounts(&mut CpuEngine::new());
    check_amounts(&mut engine());
}

#[test]
fn texture_runs_no_network_and_a_mix_shares_it() {
    let (mut cpu, mut gpu) = (CpuEngine::new(), engine());
    let photo = photo(61, 47);
    let [first, second] = [mediums()[0], mediums()[4]].map(|medium| on(identity(), medium));
    let mut pictures = Vec::new();
    for mix in [0.0, 0.25, 1.0] {
        for texture in [1.0, 0.3] {
            let options = Options {
                mix,
                texture,
                working_size: 61,
                ..Options::default()
            };
            let paint = |engine: &mut dyn FnMut(&Options) -> Planes| engine(&options);
            if pictures.is_empty() {
                cpu.set_photo(&photo).unwrap();
                gpu.set_photo(&photo).unwrap();
                cpu.set_style(Slot::First, Some(&first)).unwrap();
                cpu.set_style(Slot::Second, Some(&second)).unwrap();
                gpu.set_style(Slot::First, Some(&first)).unwrap();
                gpu.set_style(Slot::Second, Some(&second)).unwrap();
            }
            let ours = paint(&mut |options| block_on(cpu.paint(options)).unwrap());
            let theirs = paint(&mut |options| block_on(gpu.paint(options)).unwrap());
            assert_close(
                &theirs,
                &ours,
                1e-3,
                &format!("mix {mix}, texture {texture}"),
            );
            pictures.push(ours);
        }
    }
    assert_eq!(cpu.network_passes(), 2);
    assert_eq!(gpu.network_passes(), 2);
    let mut expected = pictures[0].clone();
    for (value, other) in expected.data.iter_mut().zip(&pictures[4].data) {
        *value = 0.75 * *value + 0.25 * other;
    }
    assert_close(&pictures[2], &expected, 1e-4, "a quarter of the second");
}

/// A picture and the same four times as large: brought back, the large one is the small one, but for what points of the small
/// one miss between them.
#[test]
fn sizes_look_alike() {
    let mut cpu = CpuEngine::new();
    let small = photo(960, 720).resized(480, 360);
    let mut large = Planes::zeros(3, 1440, 1920);
    for channel in 0..3 {
        for (i, value) in large.plane_mut(channel).iter_mut().enumerate() {
            *value = small.plane(channel)[i / 1920 / 4 * 480 + i % 1920 / 4];
        }
    }
    let mut style = style(4, 1);
    style.metadata.trained_size = 480;
    let mut paint = |photo: &Planes, medium: Option<Medium>| {
        style.metadata.medium = medium;
        cpu.set_style(Slot::First, Some(&style)).unwrap();
        cpu.set_photo(photo).unwrap();
        let picture = block_on(cpu.paint(&Options::default())).unwrap();
        picture.resized(480, 360)
    };
    let plain = [&small, &large].map(|photo| paint(photo, None));
    for medium in mediums() {
        let painted = [&small, &large].map(|photo| paint(photo, Some(medium)));
        // What the medium does, at either size.
        let [a, b] = [0, 1].map(|k| {
            let pairs = painted[k].data.iter().zip(&plain[k].data);
            pairs.map(|(a, b)| f64::from(a - b)).collect::<Vec<_>>()
        });
        let norm = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let product: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
        let likeness = product / (norm(&a) * norm(&b));
        let ratio = norm(&b) / norm(&a);
        assert!(
            likeness > 0.8 && (0.6..1.4).contains(&ratio),
            "{medium:?}: likeness {likeness:.3}, {ratio:.3} times as strong"
        );
    }
}
