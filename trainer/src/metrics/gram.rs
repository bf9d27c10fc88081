//! What a picture's texture is: Gram matrices of VGG-16 features (Gatys et al., "Image Style Transfer Using
//! Convolutional Neural Networks", 2016).

use std::path::Path;

use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use limn_networks::vgg::{MEAN, Vgg16};

use crate::files::weights;

/// Mean-removed Gram matrices, that is covariances, of conv1_2, conv2_2 and conv3_3. Without the mean, a picture's
/// colours and brightness say less and its strokes more.
#[derive(Clone, Debug, PartialEq)]
pub struct Gram {
    /// Per layer the upper triangle, off-diagonal entries times √2: Euclidean distances are those of the full matrices.
    pub layers: Vec<Vec<f32>>,
}

impl Gram {
    /// `Σ_layers ‖G − G*‖ / ‖G*‖`, Frobenius norms, with `reference` as G*.
    pub fn distance(&self, reference: &Self) -> f64 {
        self.layers
            .iter()
            .zip(&reference.layers)
            .map(|(ours, theirs)| {
                let square = |v: f32| f64::from(v).powi(2);
                let apart: f64 = ours.iter().zip(theirs).map(|(a, b)| square(a - b)).sum();
                let size: f64 = theirs.iter().map(|v| square(*v)).sum();
                (apart / size.max(f64::MIN_POSITIVE)).sqrt()
            })
            .sum()
    }
}

/// Distance of a picture to the teacher's, as a share of the photo's: 1 where nothing was learnt, 0 for the teacher's
/// own picture; above 1 where the picture is further away than the photo. `None` where photo and teacher are alike.
pub fn gram_distance_left(photo: &Gram, teacher: &Gram, picture: &Gram) -> Option<f64> {
    let whole = photo.distance(teacher);
    (whole > 1e-6).then(|| picture.distance(teacher) / whole)
}

/// Computes [`Gram`]s.
pub struct GramExtractor {
    vgg: Vgg16,
    device: Device,
    window: usize,
}

impl GramExtractor {
    /// Reads VGG-16 (see [`weights::load_vgg16`]). Pictures longer than `window` pixels are cut to their middle: a
    /// texture's statistics need no more, and VGG is most of an evaluation's work.
    ///
    /// # Errors
    /// When the weights are unreadable.
    pub fn load(path: &Path, window: usize) -> Result<Self> {
        let device = Device::flex();
        let vgg = weights::load_vgg16(path, &device)?;
        Ok(Self::new(vgg, device, window))
    }

    /// As [`load`](Self::load), from a network on `device`.
    pub fn new(vgg: Vgg16, device: Device, window: usize) -> Self {
        Self {
            vgg,
            device,
            window,
        }
    }

    /// Gram matrices of a picture `[3, H, W]` in [0, 1].
    pub fn gram(&self, picture: &Planes) -> Gram {
        let (width, height) = (
            picture.width.min(self.window),
            picture.height.min(self.window),
        );
        let (left, top) = ((picture.width - width) / 2, (picture.height - height) / 2);
        let mut values = Vec::with_capacity(3 * width * height);
        for (channel, mean) in MEAN.iter().enumerate() {
            let plane = picture.plane(channel);
            for y in top..top + height {
                let line = &plane[y * picture.width + left..][..width];
                values.extend(line.iter().map(|v| v - mean));
            }
        }
        let input = Tensor::from_data(TensorData::new(values, [1, 3, height, width]), &self.device);
        let features = self.vgg.features(input);
        Gram {
            layers: [features.conv1_2, features.conv2_2, features.conv3_3]
                .map(covariance)
                .into(),
        }
    }
}

/// The upper triangle, weighted as [`Gram`] says, of the covariance of features `[1, C, H, W]` over their positions.
fn covariance(features: Tensor<4>) -> Vec<f32> {
    let [_, channels, height, width] = features.dims();
    let flat: Tensor<2> = features.reshape([channels, height * width]);
    let centred = flat.clone() - flat.mean_dim(1);
    let matrix = centred.clone().matmul(centred.transpose()) / (height * width) as f64;
    let values: Vec<f32> = matrix.into_data().iter::<f32>().collect();
    (0..channels)
        .flat_map(|row| {
            let values = &values;
            (row..channels).map(move |column| {
                let weight = if row == column {
                    1.0
                } else {
                    std::f32::consts::SQRT_2
                };
                weight * values[row * channels + column]
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use limn_networks::vgg::untrained;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn extractor(window: usize) -> GramExtractor {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(Vgg16::LAYERS, 11), &device).unwrap();
        GramExtractor::new(vgg, device, window)
    }

    fn noise(seed: u64, contrast: f32) -> Planes {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let data = (0..3 * 40 * 48)
            .map(|_| 0.5 + contrast * random.random_range(-1.0_f32..1.0))
            .collect();
        Planes::new(3, 40, 48, data).unwrap()
    }

    #[test]
    fn the_photo_has_all_of_the_way_left_and_the_teacher_none() {
        let extractor = extractor(64);
        let photo = extractor.gram(&noise(1, 0.05));
        let teacher = extractor.gram(&noise(2, 0.4));
        let left = |picture: &Gram| gram_distance_left(&photo, &teacher, picture);
        assert_eq!(left(&photo), Some(1.0));
        assert_eq!(left(&teacher), Some(0.0));
        // Other noise of the teacher's strength has the same statistics; noise of half of it lies between.
        let alike = left(&extractor.gram(&noise(3, 0.4))).unwrap();
        let half = left(&extractor.gram(&noise(4, 0.2))).unwrap();
        assert!(alike < 0.3 && alike < half && half < 0.95, "{alike} {half}");
        assert_eq!(gram_distance_left(&photo, &photo, &teacher), None);
    }

    #[test]
    fn distances_are_those_of_the_full_matrices() {
        // Covariances [[2, −2], [−2, 2]] and [[0, 0], [0, 8]]: apart by 4 + 4 + 4 + 36, the second's size 64.
        let device = Device::flex();
        let layer = |values: [f32; 4]| {
            let data = TensorData::new(values.to_vec(), [1, 2, 1, 2]);
            covariance(Tensor::from_data(data, &device))
        };
        let root = 2.0_f32.sqrt();
        let a = layer([3.0 - root, 3.0 + root, root, -root]);
        let b = layer([5.0, 5.0, 0.0, 32.0_f32.sqrt()]);
        let gram = |layer: Vec<f32>| Gram {
            layers: vec![layer],
        };
        let distance = gram(a).distance(&gram(b));
        assert!(
            (distance - (48.0_f64 / 64.0).sqrt()).abs() < 1e-5,
            "{distance}"
        );
    }

    #[test]
    fn only_the_middle_of_a_large_picture_counts() {
        let picture = noise(1, 0.3);
        let mut framed = Planes::zeros(3, 60, 68);
        for channel in 0..3 {
            for y in 0..40 {
                let line = &picture.plane(channel)[y * 48..][..48];
                framed.plane_mut(channel)[(y + 10) * 68 + 10..][..48].copy_from_slice(line);
            }
        }
        let small = extractor(32);
        assert_eq!(small.gram(&framed), small.gram(&picture));
    }
}
