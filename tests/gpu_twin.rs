//! Each kernel of the GPU engine against its CPU twin, on random, odd-sized, constant and extreme inputs. Needs a Vulkan,
//! Metal or DX12 adapter, software or not; without one these tests fail.

#![cfg(feature = "gpu")]

mod common;

use common::assert_close;
use limn::{
    Options, Planes,
    change::{Blend, Change, enlarged},
    gpu::{
        Scheme,
        check::{probe::Probe, twin},
    },
    gradient::gradient,
    ground::{Ground, Shift},
    medium::Media,
    network::{Architecture, COLOUR_CENTRE, GRADIENT_SCALE, GRADIENTS, Layer, Role},
    options::fit,
    solve::{
        multigrid::{CYCLES, Multigrid},
        solve_dct,
    },
    style::ConvWeights,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// Sizes (width, height) that are not multiples of anything: single pixels, rows and columns, odd ones, one that fills
/// several workgroups.
const SIZES: [(usize, usize); 7] = [
    (1, 1),
    (1, 37),
    (41, 1),
    (2, 3),
    (17, 23),
    (32, 8),
    (67, 35),
];

fn probe() -> Probe {
    pollster::block_on(Probe::new())
        .expect("these tests need a GPU adapter (Mesa's lavapipe will do)")
}

/// One for each way of solving.
fn solvers() -> [(Scheme, Probe); 2] {
    [Scheme::Square, Scheme::Plain].map(|scheme| {
        let probe = pollster::block_on(Probe::with(Some(scheme)));
        (scheme, probe.expect("this adapter runs both"))
    })
}

/// `[channels, height, width]`: uniform in ±`range`, constant, or alternating between ±`range`.
fn fields(channels: usize, (width, height): (usize, usize), range: f32, seed: u64) -> [Planes; 3] {
    let mut rng = StdRng::seed_from_u64(seed);
    let make = |value: &mut dyn FnMut(usize) -> f32| {
        let data = (0..channels * height * width).map(value).collect();
        Planes::new(channels, height, width, data).unwrap()
    };
    [
        make(&mut |_| rng.random_range(-range..range)),
        make(&mut |_| 0.5 * range),
        make(&mut |i| if i % 2 == 0 { range } else { -range }),
    ]
}

/// Photos: the same in [0, 1].
fn photos(size: (usize, usize), seed: u64) -> [Planes; 3] {
    fields(3, size, 0.5, seed).map(|mut photo| {
        photo.data.iter_mut().for_each(|value| *value += 0.5);
        photo
    })
}

/// What networks see of an image `[3, h, w]`.
fn seen(image: &Planes) -> Planes {
    let data = [gradient(image).data, image.data.clone()].concat();
    Planes::new(9, image.height, image.width, data).unwrap()
}

#[test]
fn gradient_and_resampling_match() {
    let probe = probe();
    for size in SIZES {
        for photo in photos(size, 1) {
            for longest in [1000, 1, 7, 20, 0] {
                let work = match longest {
                    0 => (2 * size.0 - size.0 % 2, 2 * size.1 - 1),
                    _ => fit(size.0, size.1, longest),
                };
                let actual = pollster::block_on(probe.seen(&photo, work)).unwrap();
                let expected = seen(&photo.resized(work.0, work.1));
                assert_close(
                    &actual,
                    &expected,
                    2e-6,
                    &format!("gradient and photo {size:?} at {work:?}"),
                );
            }
        }
    }
}

#[test]
fn resampling_of_a_wide_photo_keeps_its_digits() {
    let probe = probe();
    let [photo, ..] = photos((8001, 2), 2);
    let work = (4999, 1);
    let actual = pollster::block_on(probe.seen(&photo, work)).unwrap();
    assert_close(&actual, &seen(&photo.resized(work.0, work.1)), 2e-6, "wide");
}

fn weights(layer: &Layer, seed: u64) -> ConvWeights {
    let mut rng = StdRng::seed_from_u64(seed);
    let size = (6.0 / (9 * layer.in_channels) as f32).sqrt();
    ConvWeights {
        weight: (0..layer.weight_len())
            .map(|_| rng.random_range(-size..size))
            .collect(),
        bias: (0..layer.out_channels)
            .map(|_| rng.random_range(-0.1..0.1))
            .collect(),
    }
}

/// One layer on the GPU and by its twin.
fn compare_layer(probe: &Probe, layer: &Layer, input: &Planes, what: &str) {
    let weights = weights(layer, 3);
    let first = layer.role == Role::First;
    let mut scaled = input.clone();
    if first {
        let (gradients, colours) = scaled
            .data
            .split_at_mut(GRADIENTS * input.width * input.height);
        gradients
            .iter_mut()
            .for_each(|value| *value *= GRADIENT_SCALE);
        colours.iter_mut().for_each(|value| *value -= COLOUR_CENTRE);
    }
    let mut expected = twin::convolve(&scaled, layer, &weights);
    let mut gradients = Planes::zeros(6, 1, 1);
    if layer.role == Role::Last {
        // Odd crops of the doubled size.
        let (width, height) = (2 * input.width - input.width % 2, 2 * input.height - 1);
        [gradients, ..] = fields(6, (width, height), 1.0, 4);
        expected = twin::change(&expected, &gradients);
    }
    let actual = pollster::block_on(probe.convolve(input, layer, &weights, &gradients)).unwrap();
    let scale = input.data.iter().fold(1.0_f32, |m, v| m.max(v.abs()));
    assert_close(&actual, &expected, 1e-5 * scale, what);
}

/// The layers of both kinds of networks.
fn networks(width: usize) -> impl Iterator<Item = Layer> {
    let plain = Architecture::plain(width).layers();
    let [first, .., head] = Architecture::with_colours(width).layers()[..] else {
        panic!("a network has more than two layers");
    };
    plain.into_iter().chain([first, head])
}

#[test]
fn every_layer_matches_on_every_size() {
    let probe = probe();
    for (i, layer) in networks(8).enumerate() {
        for size in SIZES {
            for (k, input) in fields(layer.in_channels, size, 1.0, 5).iter().enumerate() {
                compare_layer(
                    &probe,
                    &layer,
                    input,
                    &format!("layer {i}, {size:?}, input {k}"),
                );
            }
        }
    }
}

#[test]
fn every_layer_matches_at_other_widths_and_extreme_values() {
    let probe = probe();
    for width in [4, 12, 16, 20] {
        for (i, layer) in networks(width).enumerate() {
            let [input, ..] = fields(layer.in_channels, (13, 9), 1e4, 6);
            compare_layer(
                &probe,
                &layer,
                &input,
                &format!("layer {i} of width {width}"),
            );
        }
    }
}

/// What a ground adds to a photo: nothing, and random amounts of every monomial.
fn shifts() -> [Shift; 2] {
    let mut rng = StdRng::seed_from_u64(13);
    let mut ground = Ground::PHOTO;
    ground
        .0
        .iter_mut()
        .flatten()
        .for_each(|value| *value += rng.random_range(-0.3..0.3));
    [
        Shift::NONE,
        Shift::new([(0.7, Some(&ground)), (0.3, None)], 0.9),
    ]
}

/// What a second head says of an image of `size`.
fn quarter((width, height): (usize, usize), seed: u64) -> Planes {
    let [quarter, ..] = fields(3, (width.div_ceil(4), height.div_ceil(4)), 0.3, seed);
    quarter
}

#[test]
fn right_hand_side_matches() {
    let probe = probe();
    for size in SIZES {
        let (head, other_head) = (quarter(size, 15), quarter(size, 16));
        for ((change, other), image) in changes(size).zip(photos(size, 14)) {
            for (lambda, mix, colour, shift, heads) in [
                (0.0, 0.0, 1.0, Shift::NONE, [None, None]),
                (0.1, 1.0, 1.0, shifts()[1], [Some(&head), None]),
                (10.0, 0.0, 0.4, Shift::NONE, [Some(&head), None]),
                (
                    10.0,
                    0.3,
                    0.4,
                    shifts()[1],
                    [Some(&head), Some(&other_head)],
                ),
                (10.0, 0.3, 0.0, shifts()[1], [None, Some(&other_head)]),
            ] {
                let options = Options {
                    lambda,
                    mix,
                    colour,
                    ..Default::default()
                };
                let actual = probe.right_hand_side(
                    [(&change, heads[0]), (&other, heads[1])],
                    (&image, &shift),
                    &options,
                );
                let actual = pollster::block_on(actual).unwrap();
                let whole = |gradients: &Planes, head: Option<&Planes>| Change {
                    gradients: gradients.clone(),
                    ground: head.map(|head| enlarged(head, size.0, size.1)),
                };
                let [first, second] = [whole(&change, heads[0]), whole(&other, heads[1])];
                let mut mixed = first.blend(&second, Blend::Share(mix));
                let gradients = twin::blend([&change, &other], mix);
                assert_close(&mixed.gradients, &gradients, 1e-6, "the CPU's blend");
                mixed.on_ground(&shift.of(&image));
                mixed.tint(colour);
                let expected = mixed.right_hand_side(lambda);
                let tolerance = 4e-6 * lambda.max(1.0);
                let what = format!("right-hand side {size:?}, mix {mix}");
                assert_close(&actual, &expected, tolerance, &what);
            }
        }
    }
}

/// A style whose share is nothing may never have been run: what its buffers hold must not matter.
#[test]
fn a_style_without_a_share_is_not_read() {
    let probe = probe();
    let size = (17, 23);
    let [gradients, ..] = fields(6, size, 1.0, 7);
    let [image, ..] = photos(size, 14);
    let head = quarter(size, 15);
    let nothing = |planes: &Planes| Planes {
        data: vec![f32::NAN; planes.data.len()],
        ..*planes
    };
    let known = (&gradients, Some(&head));
    let (no_gradients, no_head) = (nothing(&gradients), nothing(&head));
    let unknown = (&no_gradients, Some(&no_head));
    for (changes, mix) in [([known, unknown], 0.0), ([unknown, known], 1.0)] {
        let options = Options {
            mix,
            ..Default::default()
        };
        let actual =
            pollster::block_on(probe.right_hand_side(changes, (&image, &Shift::NONE), &options))
                .unwrap();
        let change = Change {
            gradients: gradients.clone(),
            ground: Some(enlarged(&head, size.0, size.1)),
        };
        let expected = change.right_hand_side(options.lambda);
        assert_close(&actual, &expected, 2e-5, "one style alone");
    }
}

/// Photos at the working size, and corrections for them.
fn corrections(size: (usize, usize)) -> impl Iterator<Item = (Planes, Planes)> {
    photos(size, 10).into_iter().zip(fields(3, size, 0.8, 11))
}

#[test]
fn painting_matches() {
    let probe = probe();
    for size in SIZES {
        for factor in [1, 3] {
            let full = (factor * size.0, factor * size.1);
            for (k, (image, d)) in corrections(size).enumerate() {
                let actual = pollster::block_on(probe.painting(&image, &d, full)).unwrap();
                let what = format!("painting at {size:?} for {full:?}, input {k}");
                assert_close(&actual, &twin::painting(&image, &d, full), 3e-5, &what);
            }
        }
    }
}

#[test]
fn picture_matches() {
    let probe = probe();
    for (full, work) in [
        ((1, 1), (1, 1)),
        ((1, 37), (1, 12)),
        ((41, 1), (41, 1)),
        ((17, 23), (17, 23)),
        ((17, 23), (9, 12)),
        ((67, 35), (20, 10)),
        ((300, 7), (299, 7)),
        ((4097, 3), (256, 1)),
        ((1, 5), (2, 9)),
        ((41, 23), (67, 35)),
        ((13, 8), (26, 16)),
    ] {
        let photos = photos(full, 12).into_iter();
        for (k, ((image, d), photo)) in corrections(work).zip(photos).enumerate() {
            let painting = twin::painting(&image, &d, full);
            let shift = shifts()[k % 2];
            let actual =
                pollster::block_on(probe.picture(&painting, &photo, (&shift, &Media::NONE), 1.3))
                    .unwrap();
            let expected = twin::picture(&painting, &photo, (&shift, &Media::NONE), 1.3);
            let what = format!("picture {work:?} to {full:?}, input {k}");
            assert_close(&actual, &expected, 3e-5, &what);
            // What the CPU engine paints.
            let ours = limn::carry::Painting::new(&image, &d, full).picture(
                &photo,
                &shift,
                &Media::NONE,
                1.3,
            );
            assert_close(&ours, &expected, 3e-5, &format!("{what} on the CPU"));
        }
    }
}

/// Changes of gradients of two styles.
fn changes(work: (usize, usize)) -> impl Iterator<Item = (Planes, Planes)> {
    let bounded = |mut change: Planes| {
        limn::gradient::zero_boundary(&mut change);
        change
    };
    let [firsts, seconds] = [7, 8].map(|seed| fields(6, work, 1.0, seed).map(bounded));
    firsts.into_iter().zip(seconds)
}

/// Sizes that need one workgroup of the solver, several, and odd numbers of cells on several levels.
fn solver_sizes() -> impl Iterator<Item = (usize, usize)> {
    SIZES
        .into_iter()
        .chain([(4097, 3), (5, 1025), (200, 131), (63, 95)])
}

/// After one and two cycles any difference between the stages still shows; later it would be corrected away.
#[test]
fn every_v_cycle_matches_its_twin() {
    for (scheme, probe) in solvers() {
        for (width, height) in solver_sizes() {
            for lambda in [0.0, 0.1, 10.0, 1000.0] {
                for (k, rhs) in fields(3, (width, height), 1.0, 8).iter().enumerate() {
                    for cycles in [1, 2] {
                        let actual = pollster::block_on(probe.solve(rhs, lambda, cycles)).unwrap();
                        let solver = Multigrid::new(width, height, lambda);
                        let mut expected = Planes::zeros(3, height, width);
                        for channel in 0..3 {
                            solver.solve_by(
                                cycles,
                                rhs.plane(channel),
                                expected.plane_mut(channel),
                            );
                        }
                        let what = format!(
                            "{scheme:?}, {width}×{height}, λ {lambda}, input {k}, {cycles} cycles"
                        );
                        // Rounding of the solution weighs λ times in the equation.
                        assert_close(&actual, &expected, 2e-6 + 1e-8 * lambda, &what);
                    }
                }
            }
        }
    }
}

#[test]
fn solution_agrees_with_the_dct() {
    for (scheme, probe) in solvers() {
        for (width, height) in solver_sizes() {
            for lambda in [0.0, 0.1, 10.0, 1000.0] {
                for (k, rhs) in fields(3, (width, height), 1.0, 8).iter().enumerate() {
                    let actual = pollster::block_on(probe.solve(rhs, lambda, CYCLES)).unwrap();
                    for channel in 0..3 {
                        let exact: Vec<f64> =
                            rhs.plane(channel).iter().map(|&v| v.into()).collect();
                        let exact = solve_dct(&exact, width, height, lambda.into());
                        let difference = actual.plane(channel).iter().zip(&exact);
                        let error = norm(difference.map(|(a, b)| f64::from(*a) - b))
                            / norm(exact.iter().copied());
                        assert!(
                            error <= 1e-4,
                            "{scheme:?}, {width}×{height}, λ {lambda}, input {k}: {error:.1e} off"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn residual_of_the_screened_poisson_equation_is_small() {
    for (scheme, probe) in solvers() {
        for (width, height) in solver_sizes() {
            for lambda in [0.1, 10.0, 1000.0] {
                let [change, ..] = fields(6, (width, height), 0.5, 9);
                let change = Change {
                    gradients: change,
                    ground: None,
                };
                let rhs = change.right_hand_side(lambda);
                let actual = pollster::block_on(probe.solve(&rhs, lambda, CYCLES)).unwrap();
                for channel in 0..3 {
                    let (rhs, solution) = (rhs.plane(channel), actual.plane(channel));
                    if rhs.iter().all(|&value| value == 0.0) {
                        assert!(solution.iter().all(|&value| value == 0.0));
                        continue;
                    }
                    let error = relative_residual(rhs, solution, (width, height), lambda);
                    assert!(
                        error <= 1e-4,
                        "{scheme:?}, {width}×{height}, λ {lambda}: {error:.1e}"
                    );
                }
            }
        }
    }
}

fn norm(values: impl Iterator<Item = f64>) -> f64 {
    values.map(|value| value * value).sum::<f64>().sqrt()
}

/// `‖rhs − (1 − λΔ) x‖ / ‖rhs‖` in f64.
fn relative_residual(
    rhs: &[f32],
    solution: &[f32],
    (width, height): (usize, usize),
    lambda: f32,
) -> f64 {
    let at = |x: usize, y: usize| f64::from(solution[y * width + x]);
    let residual = (0..width * height).map(|i| {
        let (x, y) = (i % width, i / width);
        let here = at(x, y);
        let mut laplace = 0.0;
        if x > 0 {
            laplace += at(x - 1, y) - here;
        }
        if x + 1 < width {
            laplace += at(x + 1, y) - here;
        }
        if y > 0 {
            laplace += at(x, y - 1) - here;
        }
        if y + 1 < height {
            laplace += at(x, y + 1) - here;
        }
        f64::from(rhs[i]) - here + f64::from(lambda) * laplace
    });
    norm(residual) / norm(rhs.iter().map(|&value| value.into()))
}
