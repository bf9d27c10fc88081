//! Resampling: whole images, and photos that come in row by row and are never whole in memory.

use crate::{Planes, ShapeError};

/// For one target sample: the first of the source samples it draws on, and their weights (sum 1).
type Taps = (usize, Vec<f32>);

fn resample_row(source: &[f32], columns: &[Taps], target: &mut [f32]) {
    for (value, (first, weights)) in target.iter_mut().zip(columns) {
        *value = weights
            .iter()
            .zip(&source[*first..])
            .map(|(w, v)| w * v)
            .sum();
    }
}

fn add_row(target: &mut [f32], weight: f32, source: &[f32]) {
    for (value, v) in target.iter_mut().zip(source) {
        *value += weight * v;
    }
}

/// An axis of `target` samples, made from one of `source` samples.
fn taps(source: usize, target: usize) -> Vec<Taps> {
    let ratio = source as f64 / target as f64;
    (0..target)
        .map(|i| {
            if target >= source {
                let at = ((i as f64 + 0.5) * ratio - 0.5).clamp(0.0, (source - 1) as f64);
                let first = (at as usize).min(source.saturating_sub(2));
                let t = (at - first as f64) as f32;
                let weights = if source == 1 {
                    vec![1.0]
                } else {
                    vec![1.0 - t, t]
                };
                (first, weights)
            } else {
                let (from, to) = (i as f64 * ratio, (i + 1) as f64 * ratio);
                let first = from as usize;
                let last = (to.ceil() as usize).min(source);
                let weights = (first..last)
                    .map(|k| ((to.min((k + 1) as f64) - from.max(k as f64)) / ratio) as f32)
                    .collect();
                (first, weights)
            }
        })
        .collect()
}

impl Planes {
    /// Resamples every channel to `width × height`: each axis by area average where it shrinks, bilinearly with
    /// aligned pixel centres where it grows.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let columns = taps(self.width, width);
        let rows = taps(self.height, height);
        let mut data = vec![0.0; self.channels * height * width];
        let mut narrow = vec![0.0; width * self.height];
        for (channel, output) in data.chunks_exact_mut(height * width).enumerate() {
            let lines = self.plane(channel).chunks_exact(self.width);
            for (line, target) in lines.zip(narrow.chunks_exact_mut(width)) {
                resample_row(line, &columns, target);
            }
            for (line, (first, weights)) in output.chunks_exact_mut(width).zip(&rows) {
                for (weight, from) in weights
                    .iter()
                    .zip(narrow[first * width..].chunks_exact(width))
                {
                    add_row(line, *weight, from);
                }
            }
        }
        Self {
            channels: self.channels,
            height,
            width,
            data,
        }
    }
}

/// [`Planes::resized`] of a photo that comes in as rows of 8-bit RGBA: the same to the bit, and the
/// photo is never whole in memory.
pub struct RowResampler {
    /// Width and height of the photo.
    source: (usize, usize),
    columns: Vec<Taps>,
    rows: Vec<Taps>,
    output: Planes,
    /// Row of the photo that comes next.
    next: usize,
}

impl RowResampler {
    /// For a photo of `source` (width, height), to `target`.
    ///
    /// # Errors
    /// When one of the sizes has a side of zero.
    pub fn new(source: (usize, usize), target: (usize, usize)) -> Result<Self, ShapeError> {
        for (width, height) in [source, target] {
            if width == 0 || height == 0 {
                return Err(ShapeError::Empty { width, height });
            }
        }
        Ok(Self {
            source,
            columns: taps(source.0, target.0),
            rows: taps(source.1, target.1),
            output: Planes::zeros(3, target.1, target.0),
            next: 0,
        })
    }

    /// Width and height of the photo.
    pub fn source(&self) -> (usize, usize) {
        self.source
    }

    /// Takes the photo's next rows, top to bottom, as interleaved 8-bit RGBA; alpha is dropped.
    ///
    /// # Errors
    /// When `rgba` is not a whole number of rows, or more than are missing.
    pub fn push_rows(&mut self, rgba: &[u8]) -> Result<(), ShapeError> {
        let (width, height) = self.source;
        let count = rgba.len() / (4 * width);
        if !rgba.len().is_multiple_of(4 * width) || self.next + count > height {
            let count = count.min(height - self.next);
            return Err(ShapeError::Length {
                channels: 4,
                height: count,
                width,
                expected: 4 * width * count,
                actual: rgba.len(),
            });
        }
        let mut line = vec![0.0; width];
        let mut narrow = vec![0.0; self.columns.len()];
        for pixels in rgba.chunks_exact(4 * width) {
            let y = self.next;
            self.next += 1;
            // Rows of taps begin in rising order, so those that draw on row y lie together.
            let begin = self.rows.partition_point(|(first, w)| first + w.len() <= y);
            let end = self.rows.partition_point(|(first, _)| *first <= y);
            for channel in 0..3 {
                for (value, pixel) in line.iter_mut().zip(pixels.chunks_exact(4)) {
                    *value = f32::from(pixel[channel]) / 255.0;
                }
                resample_row(&line, &self.columns, &mut narrow);
                let target = self.output.plane_mut(channel);
                for row in begin..end {
                    let (first, weights) = &self.rows[row];
                    let target = &mut target[row * narrow.len()..][..narrow.len()];
                    add_row(target, weights[y - first], &narrow);
                }
            }
        }
        Ok(())
    }

    /// The small picture `[3, h, w]`.
    ///
    /// # Errors
    /// When rows of the photo are missing.
    pub fn finish(self) -> Result<Planes, ShapeError> {
        let (width, height) = self.source;
        ShapeError::check(4, height, width, 4 * width * self.next)?;
        Ok(self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(channels: usize, width: usize, height: usize) -> Planes {
        let data = (0..channels * width * height)
            .map(|i| (i * 37 % 101) as f32 / 101.0)
            .collect();
        Planes::new(channels, height, width, data).unwrap()
    }

    #[test]
    fn resizing_keeps_the_mean_down_and_a_ramp_up() {
        let ramp = Planes::new(1, 3, 8, (0..24).map(|i| (i % 8) as f32).collect()).unwrap();
        let half = ramp.resized(4, 2);
        assert_eq!(half.plane(0), [0.5, 2.5, 4.5, 6.5, 0.5, 2.5, 4.5, 6.5]);
        let double = ramp.resized(16, 3);
        assert!((double.data[5] - 2.25).abs() < 1e-6);
        assert_eq!(double.data[15], 7.0);
    }

    #[test]
    fn rows_one_after_the_other_give_the_resized_photo_to_the_bit() {
        for (source, target) in [
            ((6, 5), (11, 9)),
            ((1, 7), (2, 13)),
            ((61, 47), (31, 24)),
            ((61, 47), (61, 47)),
            ((1, 40), (1, 7)),
            ((40, 1), (9, 1)),
            ((50, 20), (7, 20)),
        ] {
            let rgba = drawn(3, source.0, source.1).to_rgba8();
            let photo = Planes::from_rgba8(&rgba, source.0, source.1).unwrap();
            let mut resampler = RowResampler::new(source, target).unwrap();
            for rows in rgba.chunks(4 * source.0 * 3) {
                resampler.push_rows(rows).unwrap();
            }
            let expected = photo.resized(target.0, target.1);
            assert_eq!(resampler.finish().unwrap(), expected, "{source:?}");
        }
    }

    #[test]
    fn rows_that_are_missing_or_too_many_are_refused() {
        let row = [0; 4 * 6];
        let mut resampler = RowResampler::new((6, 2), (3, 1)).unwrap();
        assert!(resampler.push_rows(&row[..23]).is_err());
        resampler.push_rows(&row).unwrap();
        assert!(resampler.push_rows(&[row, row].concat()).is_err());
        assert!(matches!(
            resampler.finish(),
            Err(ShapeError::Length { actual: 24, .. })
        ));
        assert!(RowResampler::new((0, 2), (1, 1)).is_err());
    }
}
