//! What stays of a photo's structure: luma, PSNR, agreement of edges, and the energy of lines.

use limn::{Planes, gradient::gradient};

/// Rec. 601 luma of sRGB-encoded colours `[3, H, W]` as `[1, H, W]`, the grey that SSIM was published on.
pub fn luma(picture: &Planes) -> Planes {
    let (red, green, blue) = (picture.plane(0), picture.plane(1), picture.plane(2));
    let data = (0..red.len())
        .map(|i| 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i])
        .collect();
    Planes {
        channels: 1,
        data,
        ..*picture
    }
}

/// Peak signal-to-noise ratio over all channels in dB, for a peak of 1; `None` where the pictures are identical.
pub fn psnr(a: &Planes, b: &Planes) -> Option<f64> {
    let error = mean_squared_difference(a, b);
    (error > 0.0).then(|| -10.0 * error.log10())
}

/// Mean squared difference over all channels and pixels.
pub fn mean_squared_difference(a: &Planes, b: &Planes) -> f64 {
    let squares: f64 = a
        .data
        .iter()
        .zip(&b.data)
        .map(|(a, b)| f64::from(a - b).powi(2))
        .sum();
    squares / a.data.len() as f64
}

/// Pearson correlation of the gradient magnitudes |∂Y| of two luma images `[1, H, W]`: 1 where edges stand at the same
/// places with proportional strength, about 0 where they have nothing to do with each other. `None` where one of them
/// has the same magnitude everywhere.
pub fn edge_agreement(a: &Planes, b: &Planes) -> Option<f64> {
    correlation(&gradient_magnitude(a), &gradient_magnitude(b))
}

fn gradient_magnitude(luma: &Planes) -> Vec<f32> {
    let field = gradient(luma);
    field
        .plane(0)
        .iter()
        .zip(field.plane(1))
        .map(|(dx, dy)| (dx * dx + dy * dy).sqrt())
        .collect()
}

fn correlation(a: &[f32], b: &[f32]) -> Option<f64> {
    let mean = |values: &[f32]| {
        values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len().max(1) as f64
    };
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        aa += a * a;
        bb += b * b;
        ab += a * b;
    }
    // Rounding leaves a constant map with a variance of about 1e-16 per pixel.
    let floor = 1e-14 * a.len() as f64;
    (aa > floor && bb > floor).then(|| ab / (aa * bb).sqrt())
}

/// Mean absolute gradient of a picture `[3, H, W]`, over both directions, all channels and all pixels.
pub fn line_energy(picture: &Planes) -> f64 {
    let field = gradient(picture);
    field.data.iter().map(|v| f64::from(v.abs())).sum::<f64>() / field.data.len() as f64
}

/// Smallest change of line energy, as a share of the photo's, that a teacher must make for a share of it to mean
/// anything.
const LEAST_GAIN: f64 = 0.02;

/// How much of the line energy E that the teacher added (or took away) a picture has: `(E(S) − E(I)) / (E(L) − E(I))`
/// for photo I, teacher's picture L and picture S; 0 for the photo, 1 for the teacher. `None` where the teacher changes
/// E by less than 2 %.
pub fn line_strength(photo: f64, teacher: f64, picture: f64) -> Option<f64> {
    let gain = teacher - photo;
    (gain.abs() > LEAST_GAIN * photo).then(|| (picture - photo) / gain)
}

/// Mean absolute gradient, of 255, of `picture` where `photo` is flat: where the mean of its own over 9×9 pixels is below 2. Both
/// `[C, h, w]`; `None` where less than a hundredth of the photo is flat.
pub fn calm(photo: &Planes, picture: &Planes) -> Option<f64> {
    const REACH: usize = 4;
    const FLAT: f64 = 2.0 / 255.0;
    let strength = |image: &Planes| {
        let field = gradient(image);
        let mut sums = vec![0.0_f64; image.width * image.height];
        for channel in 0..field.channels {
            for (sum, value) in sums.iter_mut().zip(field.plane(channel)) {
                *sum += f64::from(value.abs()) / field.channels as f64;
            }
        }
        sums
    };
    let (own, ours) = (strength(photo), strength(picture));
    let (width, height) = (photo.width, photo.height);
    let mut found = (0_usize, 0.0);
    for y in REACH..height.saturating_sub(REACH) {
        for x in REACH..width.saturating_sub(REACH) {
            let rows =
                (y - REACH..=y + REACH).map(|row| &own[row * width + x - REACH..][..2 * REACH + 1]);
            let sum: f64 = rows.flatten().sum();
            if sum < FLAT * (2 * REACH + 1).pow(2) as f64 {
                found = (found.0 + 1, found.1 + ours[y * width + x]);
            }
        }
    }
    let (count, sum) = found;
    (100 * count >= width * height).then(|| 255.0 * sum / count as f64)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, seq::SliceRandom};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn noise(seed: u64) -> Planes {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let data = (0..3 * 64 * 64)
            .map(|_| random.random_range(0.0..1.0))
            .collect();
        Planes::new(3, 64, 64, data).unwrap()
    }

    #[test]
    fn psnr_of_a_known_difference() {
        let zero = Planes::zeros(3, 4, 4);
        let tenth = Planes::new(3, 4, 4, vec![0.1; 48]).unwrap();
        assert!((psnr(&zero, &tenth).unwrap() - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&tenth, &tenth), None);
    }

    #[test]
    fn calm_looks_at_flat_areas_only() {
        // Flat on the left, stripes on the right.
        let picture = |grain: f32, stripes: f32| {
            let value = |i: usize| {
                let (x, y) = (i % 40, i / 40 % 40);
                let flat = grain * ((x + y) % 2) as f32;
                0.5 + if x < 24 {
                    flat
                } else {
                    stripes * (x % 2) as f32
                }
            };
            Planes::new(3, 40, 40, (0..3 * 1600).map(value).collect()).unwrap()
        };
        let photo = picture(0.0, 0.3);
        assert_eq!(calm(&photo, &photo), Some(0.0));
        assert_eq!(calm(&photo, &picture(0.0, 0.6)), Some(0.0));
        let grained = calm(&photo, &picture(4.0 / 255.0, 0.3)).unwrap();
        assert!((grained - 4.0).abs() < 0.01, "{grained}");
        assert_eq!(calm(&noise(1), &noise(2)), None);
    }

    #[test]
    fn luma_of_the_primaries() {
        let colours = Planes::new(
            3,
            1,
            4,
            vec![1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0],
        )
        .unwrap();
        let expected = [0.299, 0.587, 0.114, 1.0];
        for (value, expected) in luma(&colours).data.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn edges_agree_with_themselves_at_any_contrast_and_not_when_shuffled() {
        let a = luma(&noise(1));
        let mut faint = a.clone();
        faint
            .data
            .iter_mut()
            .for_each(|v| *v = 0.5 - 0.3 * (*v - 0.5));
        assert!((edge_agreement(&a, &faint).unwrap() - 1.0).abs() < 1e-5);
        let mut shuffled = a.clone();
        shuffled.data.shuffle(&mut ChaCha8Rng::seed_from_u64(2));
        assert!(edge_agreement(&a, &shuffled).unwrap().abs() < 0.05);
        assert_eq!(edge_agreement(&a, &Planes::zeros(1, 64, 64)), None);
    }

    #[test]
    fn line_energy_of_a_ramp_and_strength_between_photo_and_teacher() {
        // Rises by 0.1 per column, with a zero last column: the mean over ∂x and ∂y is 0.1 · 4/5 / 2.
        let ramp = (0..3 * 4 * 5).map(|i| (i % 5) as f32 * 0.1).collect();
        let energy = line_energy(&Planes::new(3, 4, 5, ramp).unwrap());
        assert!((energy - 0.04).abs() < 1e-7, "{energy}");
        assert_eq!(line_strength(0.1, 0.2, 0.1), Some(0.0));
        assert_eq!(line_strength(0.1, 0.2, 0.2), Some(1.0));
        // A flattening teacher takes energy away.
        assert_eq!(line_strength(0.5, 0.25, 0.375), Some(0.5));
        assert_eq!(line_strength(0.1, 0.1005, 0.2), None);
    }
}
