//! Photo/reference pairs in memory, and the random patches that `fit` learns from.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::images;

/// A photo and its reference at the same size, `[3, H, W]` in [0, 1].
pub struct Pair {
    pub name: String,
    pub photo: Planes,
    pub reference: Planes,
}

/// Loads every reference of a folder with the photo of the same name. A photo of another size is resampled to the
/// reference's, as `teach` does it.
///
/// # Errors
/// When a reference has no photo, an image is unreadable, or their aspects differ by more than a pixel.
pub fn load_pairs(photos: &Path, references: &Path) -> Result<Vec<Pair>> {
    let photo_paths = images::list(photos)?;
    images::list(references)?
        .iter()
        .map(|path| {
            let stem = path.file_stem();
            let photo_path = photo_paths
                .iter()
                .find(|photo| photo.file_stem() == stem)
                .with_context(|| {
                    format!("{} has no photo in {}", path.display(), photos.display())
                })?;
            let reference = images::load(path)?.colours;
            let photo = images::load(photo_path)?.colours;
            let expected_height = photo.height as f64 * reference.width as f64 / photo.width as f64;
            ensure!(
                (expected_height - reference.height as f64).abs() <= 1.5,
                "{} is {}×{}, its reference {}×{}: they are not the same picture",
                photo_path.display(),
                photo.width,
                photo.height,
                reference.width,
                reference.height
            );
            Ok(Pair {
                name: stem.unwrap_or_default().to_string_lossy().into_owned(),
                photo: photo.resized(reference.width, reference.height),
                reference,
            })
        })
        .collect()
}

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
}

impl Sampling {
    /// Side of the network's input.
    pub fn window(&self) -> usize {
        self.patch + 2 * self.context
    }
}

/// One step's patches.
pub struct Batch {
    /// Gradients of the photos, `[batch, 6, window, window]`.
    pub input: Tensor<4>,
    /// Gradients of the references, `[batch, 6, patch, patch]`.
    pub target: Tensor<4>,
    /// Colours of the photos in [0, 1], `[batch, 3, patch, patch]`.
    pub photo: Tensor<4>,
    /// `(y, x)` of each patch in its window.
    pub offsets: Vec<(usize, usize)>,
    /// Which map VGG looks at in each of the first patches: ∂x, else ∂y.
    pub use_dx: Vec<bool>,
}

/// Draws the batch of one step. It depends on `seed` and `step` alone, so a resumed run sees what an uninterrupted one
/// would have seen.
pub fn sample(
    pairs: &[Pair],
    sampling: &Sampling,
    seed: u64,
    step: usize,
    device: &Device,
) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(step as u64);
    let Sampling {
        batch,
        patch,
        context,
        vgg_patches,
    } = *sampling;
    let window = sampling.window();
    let mut input = Vec::with_capacity(batch * 6 * window * window);
    let mut target = Vec::with_capacity(batch * 6 * patch * patch);
    let mut photo = Vec::with_capacity(batch * 3 * patch * patch);
    let mut offsets = Vec::with_capacity(batch);
    for _ in 0..batch {
        let pair = &pairs[rng.random_range(0..pairs.len())];
        let x = rng.random_range(0..=pair.photo.width - patch);
        let y = rng.random_range(0..=pair.photo.height - patch);
        let left = x.saturating_sub(context).min(pair.photo.width - window);
        let top = y.saturating_sub(context).min(pair.photo.height - window);
        push_gradients(&mut input, &pair.photo, left, top, window);
        push_gradients(&mut target, &pair.reference, x, y, patch);
        push_colours(&mut photo, &pair.photo, x, y, patch);
        offsets.push((y - top, x - left));
    }
    let use_dx = (0..vgg_patches).map(|_| rng.random_bool(0.5)).collect();
    let tensor = |values, channels, side| {
        Tensor::from_data(
            TensorData::new(values, [batch, channels, side, side]),
            device,
        )
    };
    Batch {
        input: tensor(input, 6, window),
        target: tensor(target, 6, patch),
        photo: tensor(photo, 3, patch),
        offsets,
        use_dx,
    }
}

/// Appends the gradients `[6, side, side]` of `image` at `(left, top)`: those of the whole image, cut out.
fn push_gradients(values: &mut Vec<f32>, image: &Planes, left: usize, top: usize, side: usize) {
    let (width, height) = (image.width, image.height);
    for (dx, dy) in [(1, 0), (0, 1)] {
        for channel in 0..3 {
            let plane = image.plane(channel);
            for y in top..top + side {
                for x in left..left + side {
                    let inside = x + dx < width && y + dy < height;
                    values.push(if inside {
                        plane[(y + dy) * width + x + dx] - plane[y * width + x]
                    } else {
                        0.0
                    });
                }
            }
        }
    }
}

/// Appends the colours `[3, side, side]` of `image` at `(left, top)`.
fn push_colours(values: &mut Vec<f32>, image: &Planes, left: usize, top: usize, side: usize) {
    for channel in 0..3 {
        for row in image
            .plane(channel)
            .chunks_exact(image.width)
            .skip(top)
            .take(side)
        {
            values.extend_from_slice(&row[left..left + side]);
        }
    }
}

#[cfg(test)]
mod tests {
    use limn::gradient::gradient;

    use super::*;

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

    #[test]
    fn patches_lie_in_their_windows_and_hold_the_gradients_of_the_whole_picture() {
        let device = Device::flex();
        let mut pair = pair();
        pair.reference = pair.photo.clone();
        let whole = gradient(&pair.photo);
        let sampling = Sampling {
            batch: 40,
            patch: 8,
            context: 4,
            vgg_patches: 3,
        };
        let batch = sample(&[pair], &sampling, 1, 0, &device);
        assert_eq!(batch.input.dims(), [40, 6, 16, 16]);
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
            let values: Vec<f32> = target.into_data().iter::<f32>().collect();
            let found = (0..=22)
                .flat_map(|y| (0..=32).map(move |x| (y, x)))
                .any(|(y, x)| {
                    (0..6 * 64).all(|k| {
                        let (c, dy, dx) = (k / 64, k / 8 % 8, k % 8);
                        whole.plane(c)[(y + dy) * 40 + x + dx] == values[k]
                    })
                });
            assert!(found, "patch {i} is nowhere in the picture");
        }
        assert!(at_edge > 0, "some patches touch the picture's border");
    }

    #[test]
    fn a_step_is_drawn_from_seed_and_step_alone() {
        let device = Device::flex();
        let sampling = Sampling {
            batch: 3,
            patch: 8,
            context: 2,
            vgg_patches: 3,
        };
        let pairs = [pair()];
        let draw = |seed, step| {
            sample(&pairs, &sampling, seed, step, &device)
                .input
                .into_data()
        };
        assert_eq!(draw(1, 7), draw(1, 7));
        assert_ne!(draw(1, 7), draw(1, 8));
        assert_ne!(draw(1, 7), draw(2, 7));
    }
}
