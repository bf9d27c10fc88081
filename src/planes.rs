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

impl ShapeError {
    /// Accepts `actual` values for an image of the given shape.
    ///
    /// # Errors
    /// When a side is zero or `actual` is not `channels · height · width`.
    pub fn check(
        channels: usize,
        height: usize,
        width: usize,
        actual: usize,
    ) -> Result<(), ShapeError> {
        if height == 0 || width == 0 {
            return Err(Self::Empty { width, height });
        }
        let expected = channels * height * width;
        if actual != expected {
            return Err(Self::Length {
                channels,
                height,
                width,
                expected,
                actual,
            });
        }
        Ok(())
    }
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
        ShapeError::check(channels, height, width, data.len())?;
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
        ShapeError::check(4, height, width, rgba.len())?;
        let mut planes = Self::zeros(3, height, width);
        for channel in 0..3 {
            let plane = planes.plane_mut(channel);
            for (value, pixel) in plane.iter_mut().zip(rgba.as_chunks::<4>().0) {
                *value = f32::from(pixel[channel]) / 255.0;
            }
        }
        Ok(planes)
    }

    /// Writes `[3, H, W]` as interleaved 8-bit RGBA: clamped to [0, 1], rounded to nearest, alpha 255.
    pub fn to_rgba8(&self) -> Vec<u8> {
        let size = self.height * self.width;
        let mut rgba = vec![255; 4 * size];
        for (channel, plane) in self.data.chunks_exact(size).take(3).enumerate() {
            for (pixel, value) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(plane) {
                // The conversion clamps, and rounds down; rounding by itself is a call in WebAssembly.
                pixel[channel] = (value * 255.0 + 0.5) as u8;
            }
        }
        rgba
    }
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
}
