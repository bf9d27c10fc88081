//! The ground of a style, fitted to its pairs: the colours that the reference has where the photo has a colour.

use burn::tensor::Tensor;
use limn::{
    Planes,
    ground::{Ground, TERMS, terms},
};

use super::data::Pair;
use crate::filter::gaussian::blur_planes;

/// Blur of the photos in pixels: single pixels are the gradients' matter.
const PHOTO_SIGMA: f32 = 1.5;
/// Blur of the references: lines and strokes are, too.
const REFERENCE_SIGMA: f32 = 3.0;
/// Pixels from one that counts to the next, along both axes.
const STRIDE: usize = 3;
/// Weight of the photo's own colours beside the pairs', per pixel that counts: what no pair shows stays as it is.
const RIDGE: f64 = 1e-5;

/// The cubic polynomial of the photos' colours that comes nearest to the references' in the least squares.
pub fn of_pairs(pairs: &[Pair]) -> Ground {
    let mut normal = [[0.0_f64; TERMS]; TERMS];
    let mut right = [[0.0_f64; TERMS]; 3];
    let mut count = 0.0;
    for pair in pairs {
        let photo = blur_planes(&pair.photo, PHOTO_SIGMA);
        let reference = blur_planes(&pair.reference, REFERENCE_SIGMA);
        let color = |image: &Planes, at: usize| [0, 1, 2].map(|channel| image.plane(channel)[at]);
        for y in (0..photo.height).step_by(STRIDE) {
            for x in (0..photo.width).step_by(STRIDE) {
                let at = y * photo.width + x;
                let terms = terms(color(&photo, at)).map(f64::from);
                let target = color(&reference, at).map(f64::from);
                for (row, a) in normal.iter_mut().zip(terms) {
                    for (sum, b) in row.iter_mut().zip(terms) {
                        *sum += a * b;
                    }
                }
                for (sums, target) in right.iter_mut().zip(target) {
                    for (sum, term) in sums.iter_mut().zip(terms) {
                        *sum += term * target;
                    }
                }
                count += 1.0;
            }
        }
    }
    for (i, row) in normal.iter_mut().enumerate() {
        row[i] += RIDGE * count;
    }
    let mut ground = Ground::PHOTO;
    for (channel, mut right) in right.into_iter().enumerate() {
        for (sum, own) in right.iter_mut().zip(Ground::PHOTO.0[channel]) {
            *sum += RIDGE * count * f64::from(own);
        }
        for (coefficient, value) in ground.0[channel].iter_mut().zip(solved(normal, right)) {
            *coefficient = value as f32;
        }
    }
    ground
}

/// Gaussian elimination; the matrix is symmetric positive definite, so no pivot is zero.
fn solved(mut matrix: [[f64; TERMS]; TERMS], mut right: [f64; TERMS]) -> [f64; TERMS] {
    for pivot in 0..TERMS {
        for row in pivot + 1..TERMS {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            let (above, below) = matrix.split_at_mut(row);
            for (value, other) in below[0][pivot..].iter_mut().zip(&above[pivot][pivot..]) {
                *value -= factor * other;
            }
            right[row] -= factor * right[pivot];
        }
    }
    for pivot in (0..TERMS).rev() {
        let known: f64 = (pivot + 1..TERMS)
            .map(|k| matrix[pivot][k] * right[k])
            .sum();
        right[pivot] = (right[pivot] - known) / matrix[pivot][pivot];
    }
    right
}

/// C(I) of photos `[N, 3, H, W]` in [0, 1].
pub fn of_photos(ground: &Ground, photos: Tensor<4>) -> Tensor<4> {
    if *ground == Ground::PHOTO {
        return photos;
    }
    let [r, g, b] = [0, 1, 2].map(|channel| photos.clone().narrow(1, channel, 1));
    let times = |a: &Tensor<4>, b: &Tensor<4>| a.clone() * b.clone();
    let [rr, gg, bb] = [times(&r, &r), times(&g, &g), times(&b, &b)];
    let (rg, rb, gb) = (times(&r, &g), times(&r, &b), times(&g, &b));
    let monomials = [
        r.clone(),
        g.clone(),
        b.clone(),
        rr.clone(),
        gg.clone(),
        bb.clone(),
        rg.clone(),
        rb,
        gb,
        times(&rr, &r),
        times(&gg, &g),
        times(&bb, &b),
        times(&rr, &g),
        times(&rr, &b),
        times(&gg, &r),
        times(&gg, &b),
        times(&bb, &r),
        times(&bb, &g),
        times(&rg, &b),
    ];
    let channels = ground.0.map(|coefficients| {
        let sums = monomials.iter().zip(&coefficients[1..]);
        sums.fold(
            r.zeros_like() + coefficients[0],
            |sum, (monomial, coefficient)| sum + monomial.clone() * *coefficient,
        )
    });
    Tensor::cat(channels.into(), 1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;

    fn drawn(seed: usize) -> Planes {
        let value = |i: usize| ((i / 9 + seed) * 2_654_435_761 % 1009) as f32 / 1009.0;
        // In blocks, which the blurs leave mostly alone.
        let data = (0..3 * 90 * 90)
            .map(|i| value(i / 8100 * 8100 + i % 8100 / 90 / 30 * 2700 + i % 90 / 30 * 30));
        Planes::new(3, 90, 90, data.collect()).unwrap()
    }

    #[test]
    fn a_polynomial_of_the_colours_is_found_again() {
        // A negative with warmer shadows.
        let map = |[r, g, b]: [f32; 3]| [1.0 - r * r, 0.9 - 0.8 * g, 0.7 - 0.5 * b + 0.1 * r];
        let pairs: Vec<Pair> = (0..12)
            .map(|seed| {
                let photo = drawn(seed);
                let mut reference = photo.clone();
                for i in 0..8100 {
                    let color = map([0, 1, 2].map(|channel| photo.plane(channel)[i]));
                    for (channel, value) in color.into_iter().enumerate() {
                        reference.plane_mut(channel)[i] = value;
                    }
                }
                Pair {
                    name: seed.to_string(),
                    photo,
                    reference,
                }
            })
            .collect();
        let ground = of_pairs(&pairs);
        let fresh = drawn(77);
        let found = ground.of(&fresh);
        for i in 0..8100 {
            let expected = map([0, 1, 2].map(|channel| fresh.plane(channel)[i]));
            for (channel, expected) in expected.into_iter().enumerate() {
                let value = found.plane(channel)[i];
                assert!((value - expected).abs() < 0.06, "{value}, not {expected}");
            }
        }
        // The same on tensors.
        let data = TensorData::new(fresh.data.clone(), [1, 3, 90, 90]);
        let tensor = of_photos(&ground, Tensor::from_data(data, &Device::flex()));
        for (a, b) in tensor.into_data().iter::<f32>().zip(&found.data) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn pairs_that_keep_their_colours_have_the_photos_ground() {
        let pairs: Vec<Pair> = (0..8)
            .map(|seed| Pair {
                name: seed.to_string(),
                photo: drawn(seed),
                reference: drawn(seed),
            })
            .collect();
        let fresh = drawn(99);
        let found = of_pairs(&pairs).of(&fresh);
        for (a, b) in found.data.iter().zip(&fresh.data) {
            assert!((a - b).abs() < 0.06, "{a} {b}");
        }
    }
}
