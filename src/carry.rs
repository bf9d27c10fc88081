//! A painting carried up from the working size to the photo's own size: `S = I + t·(E + D)` pixel by pixel, for pictures of any
//! size, whole or in bands of rows.
//!
//! By the scale invariance of the screened-Poisson equation a solve at full size would need λ·(full / working)², and its D
//! would be as smooth as the one at hand. So D is found once, small. Carried up by interpolation alone, though, it is
//! blurred where the photo is sharp, and eyes, lashes and lips get a second contour. So D is split by the photo's
//! luminance L as a guided filter does it (He, Sun, Tang, "Guided Image Filtering", TPAMI 2013, eqs. 5–8): near every
//! pixel `D ≈ a·L + b`, with the slope a from windows of the working size. The slope and what is left, `D − a·L`, are
//! carried up, and the slope is applied to the photo's own luminance: `D = (D − a·L)↑ + a↑·L`. Where the style darkens
//! what is dark, it darkens the photo's own lashes; where it flattens, it flattens the photo's own grain. At the working
//! size itself nothing is changed: the two parts add up to D. What is left is sharpened by what interpolation blurs, so that a
//! large picture, brought back to the working size, is the small one.

use crate::{
    Planes,
    ground::Shift,
    medium::{Media, Place, position, spacing},
    solve::multigrid::Four,
};

/// Windows of the guided filter reach this many pixels of the working size from their centre.
pub const RADIUS: usize = 2;
/// Variance of luminance (in [0, 1]) below which a window's slope fades.
pub const EPSILON: f32 = 1e-3;
/// Rec. 601 luma of sRGB-encoded red, green and blue.
pub const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// D at the working size, ready to be carried up.
#[derive(Clone, Debug, PartialEq)]
pub struct Painting {
    width: usize,
    height: usize,
    /// Row by row: `D − a·L` with the luminance round about as a fourth, and the slope a.
    cells: Vec<[Four; 2]>,
}

impl Painting {
    /// Of the correction D `[3, h, w]` found for `image` `[3, h, w]`, which is a photo of `full` (width, height) at the
    /// working size.
    pub fn new(image: &Planes, correction: &Planes, full: (usize, usize)) -> Self {
        let (width, height) = (image.width, image.height);
        let slope = slope(image, correction);
        let cell = |planes: &Planes, i: usize| {
            let [r, g, b] = [0, 1, 2].map(|channel| planes.plane(channel)[i]);
            Four([r, g, b, 0.0])
        };
        let guide = guide(image);
        let around = window_means(&window_means(&guide, width, height), width, height);
        let rest: Vec<Four> = (0..width * height)
            .map(|i| {
                let mut rest = cell(correction, i) - cell(&slope, i) * guide[i];
                rest.0[3] = around[i];
                rest
            })
            .collect();
        let [across, down] =
            [(full.0, width), (full.1, height)].map(|(full, work)| sharpening(full, work));
        let taps = |at: usize, length: usize| {
            [0, 1, 2, 3, 4].map(|k| (at + k).saturating_sub(2).min(length - 1))
        };
        let weighted = |weights: [f32; 5], value: &dyn Fn(usize) -> Four| {
            (0..5).fold(Four::default(), |sum, k| sum + value(k) * weights[k])
        };
        let mut lines = Vec::with_capacity(rest.len());
        for line in rest.chunks_exact(width) {
            lines.extend((0..width).map(|x| {
                let taps = taps(x, width);
                weighted(across, &|k| line[taps[k]])
            }));
        }
        let cells = (0..width * height)
            .map(|i| {
                let rows = taps(i / width, height);
                let rest = weighted(down, &|k| lines[rows[k] * width + i % width]);
                [rest, cell(&slope, i)]
            })
            .collect();
        Self {
            width,
            height,
            cells,
        }
    }

    /// The picture `[3, H, W]` of a photo on the ground that `shift` makes of it, at strength t, on `media`. Values may leave [0, 1]
    /// a little.
    pub fn picture(&self, photo: &Planes, shift: &Shift, media: &Media, strength: f32) -> Planes {
        let carrier = self.carrier((photo.width, photo.height), shift, media, strength);
        let mut picture = photo.clone();
        let mut line = Line::default();
        for y in 0..photo.height {
            carrier.line(y, &mut line);
            for x in 0..photo.width {
                let at = y * photo.width + x;
                let color = carrier.at(&line, x, [0, 1, 2].map(|c| photo.plane(c)[at]));
                for (channel, value) in color.into_iter().enumerate() {
                    picture.plane_mut(channel)[at] = value;
                }
            }
        }
        picture
    }

    /// Carries up to photos of `full` (width, height) on the ground that `shift` makes of them, at strength t, on `media`.
    pub fn carrier(
        &self,
        full: (usize, usize),
        shift: &Shift,
        media: &Media,
        strength: f32,
    ) -> Carrier<'_> {
        Carrier {
            painting: self,
            shift: (!shift.is_none()).then_some(*shift),
            media: (!media.is_none()).then_some(*media),
            spacing: spacing(full, (self.width, self.height)),
            places: (0..full.0)
                .map(|x| position(x, full.0, self.width))
                .collect(),
            columns: (0..full.0)
                .map(|x| Tap::new(x, full.0, self.width))
                .collect(),
            height: full.1,
            strength,
        }
    }
}

/// A painting on its way to one size.
pub struct Carrier<'a> {
    painting: &'a Painting,
    /// Of the ground, where there is one.
    shift: Option<Shift>,
    /// Where there are some.
    media: Option<Media>,
    /// From one pixel to the next, in pixels of the working size.
    spacing: f32,
    /// Of the columns, in the same.
    places: Vec<f32>,
    columns: Vec<Tap>,
    height: usize,
    strength: f32,
}

impl Carrier<'_> {
    /// Paints over `rgba`, whole rows of the photo from row `first` on, as interleaved 8-bit RGBA; alpha stays. Any rows
    /// in any order come out as they would all at once.
    ///
    /// # Panics
    /// When `rgba` is not whole rows, or ends below the photo.
    pub fn paint(&self, first: usize, rgba: &mut [u8]) {
        let row = 4 * self.columns.len();
        assert!(
            rgba.len().is_multiple_of(row) && first + rgba.len() / row <= self.height,
            "rows of the photo"
        );
        let mut line = Line::default();
        for (y, pixels) in rgba.chunks_exact_mut(row).enumerate() {
            self.line(first + y, &mut line);
            for (x, pixel) in pixels.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                let color = [0, 1, 2].map(|channel| f32::from(pixel[channel]) / 255.0);
                let color = self.at(&line, x, color);
                for channel in 0..3 {
                    // The conversion clamps, and rounds down; rounding by itself is a call in WebAssembly.
                    pixel[channel] = (color[channel] * 255.0 + 0.5) as u8;
                }
            }
        }
    }

    /// What the pixels of the photo's row `y` share.
    fn line(&self, y: usize, line: &mut Line) {
        let Painting {
            width,
            height,
            ref cells,
        } = *self.painting;
        let Tap { first, weights } = Tap::new(y, self.height, height);
        let rows = [0, 1, 2, 3].map(|k| {
            let row = (first + k).saturating_sub(2).min(height - 1);
            &cells[row * width..][..width]
        });
        let cell = |x: usize| sum(weights, |k| rows[k][x]);
        let line_cells = &mut line.cells;
        line_cells.clear();
        line_cells.extend([cell(0); 2]);
        line_cells.extend((0..width).map(cell));
        line_cells.extend([line_cells[width + 1]; 2]);
        let Some(Media(sheets)) = &self.media else {
            return;
        };
        line.y = position(y, self.height, height);
        for (sheet, relief) in sheets.iter().zip(&mut line.reliefs) {
            relief.resize(self.places.len(), 0.0);
            sheet.relief(&self.places, line.y, self.spacing, relief);
        }
    }

    /// The picture at column `x` of the row whose `line` it is, where the photo has `color`.
    #[inline(always)]
    fn at(&self, line: &Line, x: usize, color: [f32; 3]) -> [f32; 3] {
        let Tap { first, weights } = self.columns[x];
        let window = &line.cells[first..first + 4];
        let [rest, slope] = sum(weights, |k| window[k]);
        let d = rest + slope * luminance(color);
        let change = match &self.shift {
            Some(shift) => d + shift.at(color),
            None => d,
        };
        let picture = [0, 1, 2].map(|c| color[c] + self.strength * change.0[c]);
        match &self.media {
            Some(media) => {
                let place = Place {
                    x: self.places[x],
                    y: line.y,
                    spacing: self.spacing,
                    around: rest.0[3],
                };
                let reliefs = [line.reliefs[0][x], line.reliefs[1][x]];
                media.lay_on(reliefs, picture, &place)
            }
            None => picture,
        }
    }
}

/// What the pixels of a row of the photo share.
#[derive(Default)]
struct Line {
    /// The painting's cells interpolated to the row, with two more at either end that repeat the last one.
    cells: Vec<[Four; 2]>,
    /// In pixels of the working size.
    y: f32,
    /// Of each medium at each pixel, where there are some; see `Sheet::relief`.
    reliefs: [Vec<f32>; 2],
}

/// Rec. 601 luma.
#[inline(always)]
pub(crate) fn luminance(color: [f32; 3]) -> f32 {
    LUMA[0] * color[0] + LUMA[1] * color[1] + LUMA[2] * color[2]
}

#[inline(always)]
fn sum(weights: [f32; 4], cell: impl Fn(usize) -> [Four; 2]) -> [Four; 2] {
    let mut sums = [Four::default(); 2];
    for (k, weight) in weights.into_iter().enumerate() {
        let [rest, slope] = cell(k);
        sums = [sums[0] + rest * weight, sums[1] + slope * weight];
    }
    sums
}

/// The four pixels of the working size that a pixel of the photo is made from, along one axis.
#[derive(Clone, Copy, Debug)]
struct Tap {
    /// Index of the first of the four, plus two: it may lie two before the axis begins.
    first: usize,
    /// Catmull-Rom weights where the photo is the larger one; else the shares of what the pixel covers, which is no more
    /// than three of them as the working size is at most twice as large.
    weights: [f32; 4],
}

impl Tap {
    /// For pixel `at` of `full` on an axis of `work` pixels, pixel centres aligned. In integers up to the last division, so
    /// that wide photos keep their digits.
    fn new(at: usize, full: usize, work: usize) -> Self {
        if work > full {
            let (begin, end) = (at * work, (at + 1) * work);
            let first = begin / full;
            let share = |k: usize| {
                let from = begin.max((first + k) * full);
                let to = end.min((first + k + 1) * full);
                to.saturating_sub(from) as f32 / work as f32
            };
            return Self {
                first: first + 2,
                weights: [share(0), share(1), share(2), share(3)],
            };
        }
        // Twice the position plus one pixel, in units of 1 / full pixels.
        let position = (2 * at + 1) * work + full;
        let t = (position % (2 * full)) as f32 / (2 * full) as f32;
        Self {
            first: position / (2 * full),
            weights: [
                ((-0.5 * t + 1.0) * t - 0.5) * t,
                (1.5 * t - 2.5) * t * t + 1.0,
                ((-1.5 * t + 2.0) * t + 0.5) * t,
                (0.5 * t - 0.5) * t * t,
            ],
        }
    }
}

/// What each pixel of the working size is made of, from two before it to two behind it, so that the photo's pixels that lie
/// in it average to it again.
///
/// Interpolation alone blurs: where a pixel of the working size becomes many, their mean takes [`BLUR`] of its neighbours.
/// Twice the identity less that blur is its inverse to the second order. Where the photo is hardly larger, the few points
/// that are sampled blur less, and at one point a pixel not at all.
fn sharpening(full: usize, work: usize) -> [f32; 5] {
    let ratio = work as f32 / full as f32;
    let amount = (1.0 - ratio * ratio).max(0.0);
    let [centre, near, far] = BLUR.map(|share| -amount * share);
    [far, near, 1.0 + amount + centre, near, far]
}

/// The mean of a Catmull-Rom interpolation over one sample's own pixel: shares of that sample, of each neighbour, and of each
/// neighbour but one.
pub const BLUR: [f32; 3] = [161.0 / 192.0, 3.0 / 32.0, -5.0 / 384.0];

/// The luminance `[h, w]` of an image `[3, h, w]`.
fn guide(image: &Planes) -> Vec<f32> {
    (0..image.width * image.height)
        .map(|i| luminance([0, 1, 2].map(|channel| image.plane(channel)[i])))
        .collect()
}

/// The slope a `[3, h, w]` of D on the luminance of `image` `[3, h, w]`: that of each window, averaged over the windows
/// that a pixel is in.
pub fn slope(image: &Planes, correction: &Planes) -> Planes {
    let (width, height) = (image.width, image.height);
    let guide = guide(image);
    let mean = |values: Vec<f32>| window_means(&values, width, height);
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).collect();
    let guide_mean = mean(guide.clone());
    let square_mean = mean(product(&guide, &guide));
    let mut output = Planes::zeros(3, height, width);
    for channel in 0..3 {
        let d = correction.plane(channel);
        let d_mean = mean(d.to_vec());
        let product_mean = mean(product(&guide, d));
        let slopes = (0..guide.len())
            .map(|i| {
                let covariance = product_mean[i] - guide_mean[i] * d_mean[i];
                let variance = square_mean[i] - guide_mean[i] * guide_mean[i];
                covariance / (variance.max(0.0) + EPSILON)
            })
            .collect();
        output.plane_mut(channel).copy_from_slice(&mean(slopes));
    }
    output
}

/// The mean of `values` `[h, w]` over the window round each pixel, as far as it lies in the image.
fn window_means(values: &[f32], width: usize, height: usize) -> Vec<f32> {
    let window =
        |at: usize, length: usize| at.saturating_sub(RADIUS)..(at + RADIUS + 1).min(length);
    let mut rows = vec![0.0; width * height];
    for (line, target) in values.chunks_exact(width).zip(rows.chunks_exact_mut(width)) {
        for (x, value) in target.iter_mut().enumerate() {
            let window = window(x, width);
            *value = line[window.clone()].iter().sum::<f32>() / window.len() as f32;
        }
    }
    let mut output = vec![0.0; width * height];
    for (y, target) in output.chunks_exact_mut(width).enumerate() {
        let window = window(y, height);
        let share = 1.0 / window.len() as f32;
        for row in window {
            for (value, mean) in target.iter_mut().zip(&rows[row * width..][..width]) {
                *value += share * mean;
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;

    fn random(channels: usize, (width, height): (usize, usize), seed: u64) -> Planes {
        let mut rng = StdRng::seed_from_u64(seed);
        let data = (0..channels * width * height)
            .map(|_| rng.random_range(0.0..1.0))
            .collect();
        Planes::new(channels, height, width, data).unwrap()
    }

    fn worst(a: &Planes, b: &Planes) -> f32 {
        let errors = a.data.iter().zip(&b.data).map(|(a, b)| (a - b).abs());
        errors.fold(0.0, f32::max)
    }

    #[test]
    fn at_the_working_size_it_adds_d() {
        for size in [(1, 1), (1, 9), (7, 1), (17, 23)] {
            let (image, d) = (random(3, size, 1), random(3, size, 2));
            let mut expected = image.clone();
            for (value, d) in expected.data.iter_mut().zip(&d.data) {
                *value += 0.5 * d;
            }
            assert!(
                worst(
                    &Painting::new(&image, &d, size).picture(
                        &image,
                        &Shift::NONE,
                        &Media::NONE,
                        0.5
                    ),
                    &expected
                ) < 1e-6
            );
        }
    }

    #[test]
    fn a_constant_correction_stays_one_and_strength_0_is_the_photo() {
        let (image, photo) = (random(3, (9, 7), 1), random(3, (31, 22), 2));
        let mut d = Planes::zeros(3, 7, 9);
        d.data.fill(0.25);
        let painting = Painting::new(&image, &d, (31, 22));
        let mut expected = photo.clone();
        expected.data.iter_mut().for_each(|value| *value += 0.25);
        assert!(
            worst(
                &painting.picture(&photo, &Shift::NONE, &Media::NONE, 1.0),
                &expected
            ) < 1e-5
        );
        assert_eq!(
            painting.picture(&photo, &Shift::NONE, &Media::NONE, 0.0),
            photo
        );
    }

    #[test]
    fn what_follows_the_luminance_keeps_the_photos_own_edge() {
        // A step, four times as sharp in the photo as the working size can hold; the style halves it.
        let step = |width: usize, edge: usize| {
            let data = (0..3 * width * 8).map(|i| if i % width < edge { 0.2 } else { 0.8 });
            Planes::new(3, 8, width, data.collect()).unwrap()
        };
        let (photo, image) = (step(128, 66), step(128, 66).resized(32, 2));
        let mut d = image.clone();
        d.data
            .iter_mut()
            .for_each(|value| *value = -0.5 * (*value - 0.5));
        let picture =
            Painting::new(&image, &d, (128, 8)).picture(&photo, &Shift::NONE, &Media::NONE, 1.0);
        let rise: f32 = picture.plane(0)[66] - picture.plane(0)[65];
        let all = picture.plane(0)[100] - picture.plane(0)[20];
        assert!((all - 0.3).abs() < 0.01, "{all}");
        assert!(rise > 0.28 && rise < 0.32, "{rise} of 0.3");
    }

    #[test]
    fn bands_are_the_whole() {
        let mut rng = StdRng::seed_from_u64(5);
        for (full, work) in [
            ((301, 203), (40, 27)),
            ((9, 400), (2, 90)),
            ((60, 45), (100, 75)),
            ((64, 5), (64, 5)),
            ((1, 1), (1, 1)),
        ] {
            let painting = Painting::new(&random(3, work, 1), &random(3, work, 2), full);
            let rgba: Vec<u8> = (0..4 * full.0 * full.1)
                .map(|_| rng.random_range(0..=255))
                .collect();
            let carrier = painting.carrier(full, &Shift::NONE, &Media::NONE, 0.7);
            let mut whole = rgba.clone();
            carrier.paint(0, &mut whole);
            for rows in [1, 7, 64] {
                let mut banded = rgba.clone();
                let bands: Vec<_> = banded.chunks_mut(4 * full.0 * rows).enumerate().collect();
                for (index, band) in bands.into_iter().rev() {
                    carrier.paint(index * rows, band);
                }
                assert_eq!(banded, whole, "{full:?} in bands of {rows}");
            }
            let planes = Planes::from_rgba8(&rgba, full.0, full.1).unwrap();
            let expected = painting
                .picture(&planes, &Shift::NONE, &Media::NONE, 0.7)
                .to_rgba8();
            for (actual, expected) in whole.chunks(4).zip(expected.chunks(4)) {
                assert_eq!(actual[..3], expected[..3]);
            }
        }
    }
}
