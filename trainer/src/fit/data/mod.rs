//! Photo/reference pairs in memory, and the random patches that `fit` learns from.

mod augment;
mod pairs;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use augment::{Cut, FLAT_CANDIDATES, Symmetry, push_colours, push_gradients};
pub use pairs::{Pair, load_pairs, split_off};

use crate::{
    recipe::{Augmentation, Domain, Recipe},
    run::Source,
};

/// How patches are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Patches per step.
    pub batch: usize,
    /// Side of the square on which the loss is computed.
    pub patch: usize,
    /// Pixels of the photo around the patch that the network also sees, where the photo has them. Without them most of
    /// a small patch would be learnt next to zero padding that is not there when a whole photo is painted.
    pub context: usize,
    /// How many patches of a batch VGG looks at.
    pub vgg_patches: usize,
    pub augmentation: Augmentation,
    /// Whether input and target are gradients or colours.
    pub domain: Domain,
    /// Whether the network sees colours besides gradients.
    pub colours: bool,
}

impl Sampling {
    /// As `recipe` says.
    pub fn new(recipe: &Recipe) -> Self {
        Self {
            batch: recipe.training.batch,
            patch: recipe.training.patch,
            context: recipe.training.context,
            vgg_patches: recipe.vgg_patches(),
            augmentation: recipe.augmentation,
            domain: recipe.variant.domain,
            colours: recipe.style.colours,
        }
    }

    /// Side of the network's input.
    pub fn window(&self) -> usize {
        self.patch + 2 * self.context
    }
}

/// One step's patches, on the device that learns from them. C is 6 for gradients, 3 in the colour domain.
pub struct Batch {
    /// Gradients (or colours) of the photos, `[batch, C, window, window]`; their colours after them, where the network sees
    /// both.
    pub input: Tensor<4>,
    /// Gradients (or colours) of the references, `[batch, C, patch, patch]`.
    pub target: Tensor<4>,
    /// Colours of the photos in [0, 1], `[batch, 3, patch, patch]`.
    pub photo: Tensor<4>,
    /// Colours of the references, likewise.
    pub reference: Tensor<4>,
    /// `(y, x)` of each patch in its window.
    pub offsets: Vec<(usize, usize)>,
    /// Which map VGG looks at in each of the first patches: ∂x, else ∂y.
    pub use_dx: Vec<bool>,
}

/// A [`Batch`] as plain values, drawn ahead of time.
pub struct Patches {
    sampling: Sampling,
    input: Vec<f32>,
    target: Vec<f32>,
    photo: Vec<f32>,
    reference: Vec<f32>,
    offsets: Vec<(usize, usize)>,
    use_dx: Vec<bool>,
}

impl Patches {
    /// Moves the values to `device`.
    pub fn on(self, device: &Device) -> Batch {
        let Sampling { batch, patch, .. } = self.sampling;
        let tensor = |values: Vec<f32>, side: usize| {
            let channels = values.len() / (batch * side * side);
            let data = TensorData::new(values, [batch, channels, side, side]);
            Tensor::from_data(data, device)
        };
        Batch {
            input: tensor(self.input, self.sampling.window()),
            target: tensor(self.target, patch),
            photo: tensor(self.photo, patch),
            reference: tensor(self.reference, patch),
            offsets: self.offsets,
            use_dx: self.use_dx,
        }
    }
}

/// Patches of pairs.
pub struct PatchSource<'a> {
    pub pairs: &'a [Pair],
    pub sampling: Sampling,
    pub seed: u64,
}

impl Source for PatchSource<'_> {
    type Draw = Patches;

    fn draw(&self, step: usize) -> Patches {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step as u64);
        sample(self.pairs, &self.sampling, &mut rng)
    }
}

fn sample(pairs: &[Pair], sampling: &Sampling, rng: &mut impl Rng) -> Patches {
    let Sampling {
        batch,
        patch,
        context,
        vgg_patches,
        augmentation,
        domain,
        colours,
    } = *sampling;
    let window = sampling.window();
    let push = match domain {
        Domain::Gradient => push_gradients,
        Domain::Colour => push_colours,
    };
    let mut patches = Patches {
        sampling: *sampling,
        input: Vec::with_capacity(batch * 9 * window * window),
        target: Vec::with_capacity(batch * 6 * patch * patch),
        photo: Vec::with_capacity(batch * 3 * patch * patch),
        reference: Vec::with_capacity(batch * 3 * patch * patch),
        offsets: Vec::with_capacity(batch),
        use_dx: Vec::new(),
    };
    for _ in 0..batch {
        let (pair, x, y) = draw_place(pairs, patch, augmentation.flat, rng);
        let left = x.saturating_sub(context).min(pair.photo.width - window);
        let top = y.saturating_sub(context).min(pair.photo.height - window);
        let symmetry = Symmetry::random(&augmentation, rng);
        let mut seen = Cut::new(&pair.photo, left, top, window);
        let mut photo = Cut::new(&pair.photo, x, y, patch);
        let mut reference = Cut::new(&pair.reference, x, y, patch);
        if augmentation.exposure > 0.0 {
            let highest = augmentation.exposure.ln_1p();
            let factor = rng.random_range(-highest..=highest).exp() as f32;
            for cut in [&mut seen, &mut photo, &mut reference] {
                cut.scale(factor);
            }
        }
        if augmentation.noise > 0.0 {
            seen.add_noise(augmentation.noise, rng);
        }
        let seen = seen.turned(symmetry);
        push(&mut patches.input, &seen);
        if colours {
            push_colours(&mut patches.input, &seen);
        }
        let reference = reference.turned(symmetry);
        push(&mut patches.target, &reference);
        push_colours(&mut patches.reference, &reference);
        push_colours(&mut patches.photo, &photo.turned(symmetry));
        patches
            .offsets
            .push(symmetry.turn_offset((y - top, x - left), patch, window));
    }
    patches.use_dx = (0..vgg_patches).map(|_| rng.random_bool(0.5)).collect();
    patches
}

/// A random patch, as pair, x and y; with probability `flat` the flattest of several.
fn draw_place<'a>(
    pairs: &'a [Pair],
    patch: usize,
    flat: f64,
    rng: &mut impl Rng,
) -> (&'a Pair, usize, usize) {
    let mut draw = || {
        let pair = &pairs[rng.random_range(0..pairs.len())];
        let x = rng.random_range(0..=pair.photo.width - patch);
        let y = rng.random_range(0..=pair.photo.height - patch);
        (pair, x, y)
    };
    let mut place = draw();
    if flat == 0.0 {
        return place;
    }
    let others: Vec<_> = (1..FLAT_CANDIDATES).map(|_| draw()).collect();
    if rng.random_bool(flat) {
        let roughness = |(pair, x, y): (&Pair, usize, usize)| -> f32 {
            let mut gradients = Vec::new();
            let cut = Cut::new(&pair.photo, x, y, patch);
            push_gradients(&mut gradients, &cut.turned(Symmetry::default()));
            gradients.iter().map(|v| v.abs()).sum()
        };
        for other in others {
            if roughness(other) < roughness(place) {
                place = other;
            }
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use limn::{Planes, gradient::gradient};

    use super::*;
    use crate::run::prefetch;

    fn pair() -> Pair {
        let image = |f: fn(usize) -> f32| {
            Planes::new(3, 30, 40, (0..3 * 30 * 40).map(f).collect()).unwrap()
        };
        Pair {
            name: "drawn".into(),
            photo: image(|i| (i * 37 % 101) as f32 / 101.0),
            reference: image(|i| (i * 53 % 97) as f32 / 97.0),
        }
    }

    const SAMPLING: Sampling = Sampling {
        batch: 40,
        patch: 8,
        context: 4,
        vgg_patches: 3,
        augmentation: Augmentation {
            flip: false,
            rotate: false,
            exposure: 0.0,
            noise: 0.0,
            flat: 0.0,
        },
        domain: Domain::Gradient,
        colours: false,
    };

    const EVERYTHING: Sampling = Sampling {
        augmentation: Augmentation {
            flip: true,
            rotate: true,
            exposure: 0.5,
            noise: 0.01,
            flat: 0.5,
        },
        ..SAMPLING
    };

    fn source<'a>(pair: &'a Pair, sampling: &Sampling, seed: u64) -> PatchSource<'a> {
        PatchSource {
            pairs: std::slice::from_ref(pair),
            sampling: *sampling,
            seed,
        }
    }

    fn draw(pair: &Pair, sampling: &Sampling, seed: u64, step: usize) -> Batch {
        source(pair, sampling, seed).draw(step).on(&Device::flex())
    }

    fn values(x: &Tensor<4>) -> Vec<f32> {
        x.to_data().iter::<f32>().collect()
    }

    #[test]
    fn patches_lie_in_their_windows_and_hold_the_gradients_of_the_whole_picture() {
        let mut pair = pair();
        pair.reference = pair.photo.clone();
        let whole = gradient(&pair.photo);
        for turn in [false, true] {
            let mut sampling = SAMPLING;
            sampling.augmentation.flip = turn;
            sampling.augmentation.rotate = turn;
            let batch = draw(&pair, &sampling, 1, 0);
            assert_eq!(batch.input.dims(), [40, 6, 16, 16]);
            assert_eq!(batch.photo.dims(), [40, 3, 8, 8]);
            assert_eq!(batch.use_dx.len(), 3);
            let mut at_edge = 0;
            for (i, &(y, x)) in batch.offsets.iter().enumerate() {
                at_edge += usize::from((y, x) != (4, 4));
                let window = batch
                    .input
                    .clone()
                    .slice([i..i + 1, 0..6, y..y + 8, x..x + 8]);
                let target = batch.target.clone().narrow(0, i, 1);
                let error = (window - target.clone()).abs().max().into_scalar::<f32>();
                assert_eq!(error, 0.0);
                let values = values(&target);
                let found = (0..=22)
                    .flat_map(|y| (0..=32).map(move |x| (y, x)))
                    .any(|(y, x)| {
                        (0..6 * 64).all(|k| {
                            let (c, dy, dx) = (k / 64, k / 8 % 8, k % 8);
                            whole.plane(c)[(y + dy) * 40 + x + dx] == values[k]
                        })
                    });
                assert!(found || turn, "patch {i} is nowhere in the picture");
            }
            assert!(at_edge > 0, "some patches touch the picture's border");
        }
    }

    #[test]
    fn a_network_that_sees_colours_is_given_them_with_their_gradients() {
        let mut sampling = EVERYTHING;
        sampling.colours = true;
        let batch = draw(&pair(), &sampling, 1, 0);
        assert_eq!(batch.input.dims(), [40, 9, 16, 16]);
        let image = values(&batch.input.clone().slice([7..8, 6..9]));
        let image = Planes::new(3, 16, 16, image).unwrap();
        let seen = values(&batch.input.slice([7..8, 0..6]));
        for (at, (own, seen)) in gradient(&image).data.iter().zip(seen).enumerate() {
            // The window's last differences reach beyond it.
            if at % 16 != 15 && at / 16 % 16 != 15 {
                assert_eq!(*own, seen);
            }
        }
        assert_eq!(batch.reference.dims(), [40, 3, 8, 8]);
    }

    #[test]
    fn input_target_and_colours_are_turned_and_exposed_alike_and_only_the_input_is_noisy() {
        let mut pair = pair();
        pair.reference = pair.photo.clone();
        let mut sampling = EVERYTHING;
        sampling.augmentation.noise = 0.0;
        let difference = |batch: &Batch| {
            let mut largest = 0.0_f32;
            for (i, &(y, x)) in batch.offsets.iter().enumerate() {
                let window = batch
                    .input
                    .clone()
                    .slice([i..i + 1, 0..6, y..y + 8, x..x + 8]);
                let target = batch.target.clone().narrow(0, i, 1);
                // The colours' own differences, where both of their pixels lie in the patch.
                let colours = values(&batch.photo.clone().narrow(0, i, 1));
                let field = gradient(&Planes::new(3, 8, 8, colours).unwrap());
                let target_values = values(&target);
                for (k, value) in field.data.iter().enumerate() {
                    let along = if k < 3 * 64 { k % 8 } else { k / 8 % 8 };
                    if along < 7 {
                        assert_eq!(*value, target_values[k]);
                    }
                }
                largest = largest.max((window - target).abs().max().into_scalar::<f32>());
            }
            largest
        };
        assert_eq!(difference(&draw(&pair, &sampling, 1, 0)), 0.0);
        let noisy = difference(&draw(&pair, &EVERYTHING, 1, 0));
        assert!((0.01..0.2).contains(&noisy), "{noisy}");
    }

    #[test]
    fn flat_places_are_preferred() {
        // Flat on the left, a checkerboard on the right.
        let value = |i: usize| if i % 40 < 20 { 0.5 } else { (i % 2) as f32 };
        let photo = Planes::new(3, 30, 40, (0..3 * 30 * 40).map(value).collect()).unwrap();
        let pair = Pair {
            reference: photo.clone(),
            photo,
            ..pair()
        };
        let roughness = |flat| {
            let mut sampling = SAMPLING;
            sampling.augmentation.flat = flat;
            let target = draw(&pair, &sampling, 1, 0).target;
            target.abs().mean().into_scalar::<f32>()
        };
        assert!(roughness(1.0) < 0.3 * roughness(0.0));
    }

    #[test]
    fn colours_are_drawn_in_their_domain() {
        let sampling = Sampling {
            domain: Domain::Colour,
            ..SAMPLING
        };
        let pair = pair();
        let batch = draw(&pair, &sampling, 1, 0);
        assert_eq!(batch.input.dims(), [40, 3, 16, 16]);
        assert_eq!(batch.target.dims(), [40, 3, 8, 8]);
        let (y, x) = batch.offsets[0];
        let seen = batch.input.narrow(0, 0, 1).narrow(2, y, 8).narrow(3, x, 8);
        assert_eq!(values(&seen), values(&batch.photo.narrow(0, 0, 1)));
    }

    #[test]
    fn a_step_is_drawn_from_seed_and_step_alone_also_ahead_of_time() {
        let pair = pair();
        let at = |seed, step| values(&draw(&pair, &EVERYTHING, seed, step).input);
        assert_eq!(at(1, 7), at(1, 7));
        assert_ne!(at(1, 7), at(1, 8));
        assert_ne!(at(1, 7), at(2, 7));
        let ahead = prefetch(&source(&pair, &EVERYTHING, 1), 6..9, |patches| {
            let batches = patches.iter().map(|p| p.on(&Device::flex()));
            batches.map(|b| values(&b.input)).collect::<Vec<_>>()
        });
        assert_eq!(ahead, [at(1, 6), at(1, 7), at(1, 8)]);
    }
}
