//! The planar float image that every stage reads and writes.

use thiserror::Error;

/// Planar image or field `[C, H, W]`, row-major, f32. Colour images hold sRGB-encoded values in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct Planes {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    /// `channels · height · width` values.
    pub data: Vec<f32>,
}

/// The sizes and the data handed to a constructor do not belong together, or the image is empty.
#[derive(Debug, Error, PartialEq)]
pub enum ShapeError {
    #[error("an image of {width}×{height} has no pixels")]
    Empty { width: usize, height: usize },
    #[error("{channels}×{height}×{width} needs {expected} values, {actual} were given")]
    Length {
        channels: usize,
        height: usize,
        width: usize,
        expected: usize,
        actual: usize,
    },
}

impl Planes {
    /// Wraps `[channels, height, width]` data.
    ///
    /// # Errors
    /// When a side is zero or `data` has another length than the shape.
    pub fn new(
        channels: usize,
        height: usize,
        width: usize,
        data: Vec<f32>,
    ) -> Result<Self, ShapeError> {
        if height == 0 || width == 0 {
            return Err(ShapeError::Empty { width, height });
        }
        let expected = channels * height * width;
        if data.len() != expected {
            return Err(ShapeError::Length {
                channels,
                height,
                width,
                expected,
                actual: data.len(),
            });
        }
        Ok(Self {
            channels,
            height,
            width,
            data,
        })
    }

    /// All zeros of the given shape.
    pub fn zeros(channels: usize, height: usize, width: usize) -> Self {
        Self {
            channels,
            height,
            width,
            data: vec![0.0; channels * height * width],
        }
    }

    /// Channel `index` as `height · width` values.
    pub fn plane(&self, index: usize) -> &[f32] {
        let size = self.height * self.width;
        &self.data[index * size..][..size]
    }

    /// Channel `index`, mutable.
    pub fn plane_mut(&mut self, index: usize) -> &mut [f32] {
        let size = self.height * self.width;
        &mut self.data[index * size..][..size]
    }

    /// Reads interleaved 8-bit RGBA as `[3, H, W]` in [0, 1]; alpha is dropped.
    ///
    /// # Errors
    /// When a side is zero or `rgba` is not `4 · width · height` bytes.
    pub fn from_rgba8(rgba: &[u8], width: usize, height: usize) -> Result<Self, ShapeError> {
        if rgba.len() != 4 * width * height {
            return Err(ShapeError::Length {
                channels: 4,
                height,
                width,
                expected: 4 * width * height,
                actual: rgba.len(),
            });
        }
        let data = (0..3)
            .flat_map(|channel| {
                rgba.iter()
                    .skip(channel)
                    .step_by(4)
                    .map(|&value| f32::from(value) / 255.0)
            })
            .collect();
        Self::new(3, height, width, data)
    }

    /// Writes `[3, H, W]` as interleaved 8-bit RGBA: clamped to [0, 1], rounded to nearest, alpha 255.
    pub fn to_rgba8(&self) -> Vec<u8> {
        let size = self.height * self.width;
        let mut rgba = vec![255; 4 * size];
        for (channel, plane) in self.data.chunks_exact(size).take(3).enumerate() {
            for (pixel, value) in rgba.chunks_exact_mut(4).zip(plane) {
                pixel[channel] = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
        }
        rgba
    }

    /// Resamples every channel to `width × height`: each axis by area average where it shrinks, bilinearly with
    /// aligned pixel centres where it grows.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let columns = resample_weights(self.width, width);
        let rows = resample_weights(self.height, height);
        let mut output = Self::zeros(self.channels, height, width);
        let mut narrow = vec![0.0; self.height * width];
        for channel in 0..self.channels {
            let source = self.plane(channel);
            for (line, target) in source
                .chunks_exact(self.width)
                .zip(narrow.chunks_exact_mut(width))
            {
                for (value, (first, weights)) in target.iter_mut().zip(&columns) {
                    *value = weights
                        .iter()
                        .zip(&line[*first..])
                        .map(|(w, v)| w * v)
                        .sum();
                }
            }
            let target = output.plane_mut(channel);
            for (line, (first, weights)) in target.chunks_exact_mut(width).zip(&rows) {
                for (offset, weight) in weights.iter().enumerate() {
                    let from = &narrow[(first + offset) * width..][..width];
                    for (value, v) in line.iter_mut().zip(from) {
                        *value += weight * v;
                    }
                }
            }
        }
        output
    }
}

/// For each of `target` samples: the first of the `source` samples it draws on, and their weights (sum 1).
fn resample_weights(source: usize, target: usize) -> Vec<(usize, Vec<f32>)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgba8_round_trips() {
        let rgba: Vec<u8> = (0..6 * 5)
            .flat_map(|i| [i as u8 * 8, 255 - i as u8, 3 * i as u8, 255])
            .collect();
        let planes = Planes::from_rgba8(&rgba, 6, 5).unwrap();
        assert_eq!(planes.to_rgba8(), rgba);
    }

    #[test]
    fn empty_and_mismatched_shapes_are_refused() {
        assert!(matches!(
            Planes::from_rgba8(&[], 0, 0),
            Err(ShapeError::Empty { .. })
        ));
        assert!(matches!(
            Planes::new(3, 2, 2, vec![0.0; 11]),
            Err(ShapeError::Length { actual: 11, .. })
        ));
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
}
