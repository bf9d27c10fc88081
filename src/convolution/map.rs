//! The activations of one image.

use std::sync::Mutex;

use super::LANES;
use crate::Planes;

/// Activations of one image, channels last, with a border of one pixel ([`Border`]): element `(y, x, c)` stands at
/// `((y + 1)·(width + 2) + x + 1)·channels + c`.
///
/// Memory of dropped maps is used again by maps of the same shape: its pages are there and its border is zero already.
pub struct Map {
    height: usize,
    width: usize,
    channels: usize,
    border: Border,
    values: Vec<f32>,
}

/// What stands around a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// Zeros.
    Zero,
    /// What the image has on the other side of its outermost pixels, as in a mirror that stands on their middles. Where it is one
    /// pixel wide, that pixel.
    Mirror,
}

/// Shape and values of a dropped map.
type Free = ((usize, usize, usize), Vec<f32>);

static FREE: Mutex<Vec<Free>> = Mutex::new(Vec::new());

/// Dropped maps that are kept at most, the last ones. A page has no memory to spare and paints one size for a while;
/// training has many maps of few shapes.
const MOST_FREE: usize = if cfg!(target_arch = "wasm32") {
    12
} else {
    1024
};

impl Drop for Map {
    fn drop(&mut self) {
        if self.border == Border::Mirror {
            self.fill_border(|_| 0.0);
        }
        let values = core::mem::take(&mut self.values);
        if let Ok(mut free) = FREE.lock() {
            if free.len() == MOST_FREE {
                free.remove(0);
            }
            free.push(((self.height, self.width, self.channels), values));
        }
    }
}

impl Map {
    /// A map whose inside holds anything and must be written; its border is zero.
    pub fn new(height: usize, width: usize, channels: usize) -> Self {
        let shape = (height, width, channels);
        let again = FREE.lock().ok().and_then(|mut free| {
            // The last dropped is the one most likely still in a cache.
            let place = free.iter().rposition(|(free, _)| *free == shape)?;
            Some(free.remove(place).1)
        });
        Self {
            height,
            width,
            channels,
            border: Border::Zero,
            values: again.unwrap_or_else(|| vec![0.0; (height + 2) * (width + 2) * channels]),
        }
    }

    /// Takes planes `[planes, height, width]`; channels beyond `planes` are zero.
    pub fn from_planes(planes: &[f32], height: usize, width: usize, channels: usize) -> Self {
        let size = height * width;
        let count = planes.len() / size;
        assert_eq!(planes.len(), count * size);
        assert!(count <= channels, "{count} planes in {channels} channels");
        let mut map = Self::new(height, width, channels);
        let (row, inset) = (map.row(), map.inset());
        let fill = |(y, line): (usize, &mut [f32])| {
            // Sixteen pixels stay in the L1 cache while they are filled channel by channel.
            for left in (0..width).step_by(16) {
                let right = width.min(left + 16);
                let pixels = &mut line[left * channels..right * channels];
                if count < channels {
                    pixels.fill(0.0);
                }
                for (c, plane) in planes.chunks_exact(size).enumerate() {
                    let row = &plane[y * width..][left..right];
                    for (pixel, value) in pixels[c..].iter_mut().step_by(channels).zip(row) {
                        *pixel = *value;
                    }
                }
            }
        };
        let inside = &mut map.values[inset..];
        #[cfg(feature = "threads")]
        {
            use rayon::prelude::*;
            let lines = inside.par_chunks_mut(row).take(height).enumerate();
            lines.with_min_len(8).for_each(fill);
        }
        #[cfg(not(feature = "threads"))]
        inside
            .chunks_mut(row)
            .take(height)
            .enumerate()
            .for_each(fill);
        map
    }

    /// Mirrors the image into the border.
    pub fn mirror(&mut self) {
        self.border = Border::Mirror;
        self.fill_border(|inside| inside);
    }

    /// Writes what `value` makes of the pixel that a mirror shows there to every pixel of the border.
    fn fill_border(&mut self, value: impl Fn(f32) -> f32) {
        let (row, channels) = (self.row(), self.channels);
        let mut fill = |from: usize, to: usize| {
            for channel in 0..channels {
                self.values[to + channel] = value(self.values[from + channel]);
            }
        };
        let across = channels * usize::from(self.width > 1);
        for y in 1..=self.height {
            let (left, right) = (y * row + channels, (y + 1) * row - 2 * channels);
            fill(left + across, left - channels);
            fill(right - across, right + channels);
        }
        let down = row * usize::from(self.height > 1);
        let last = self.height * row;
        for x in (0..row).step_by(channels) {
            fill(row + down + x, x);
            fill(last - down + x, last + row + x);
        }
    }

    /// What stands around the map.
    pub fn border(&self) -> Border {
        self.border
    }

    /// Writes the channels from `first` on to planes `[planes, height, width]`.
    pub fn write_planes(&self, first: usize, planes: &mut [f32]) {
        self.write_cropped(first, planes, self.height, self.width);
    }

    /// The first `count` channels of the first `height` rows and `width` columns, `[count, height, width]`.
    pub fn planes(&self, count: usize, height: usize, width: usize) -> Planes {
        let mut planes = Planes::zeros(count, height, width);
        self.write_cropped(0, &mut planes.data, height, width);
        planes
    }

    fn write_cropped(&self, first: usize, planes: &mut [f32], height: usize, width: usize) {
        assert!(height <= self.height && width <= self.width);
        for y in 0..height {
            // Sixteen pixels stay in the L1 cache while their channels are read one after the other.
            for left in (0..width).step_by(16) {
                let right = width.min(left + 16);
                for (c, plane) in planes.chunks_exact_mut(height * width).enumerate() {
                    let row = &mut plane[y * width..][left..right];
                    let pixels = self.inside()[y * self.row() + left * self.channels + first + c..]
                        .iter()
                        .step_by(self.channels);
                    for (value, pixel) in row.iter_mut().zip(pixels) {
                        *value = *pixel;
                    }
                }
            }
        }
    }

    /// The ×2 pixel shuffle: channel `4k + 2i + j` goes to channel `k` at `(2y + i, 2x + j)`. Of channels that only fill
    /// up the last vector, what arrives is zero as well, up to a vector's worth.
    pub fn pixel_shuffle(&self) -> Self {
        let channels = (self.channels / 4).next_multiple_of(LANES);
        let mut output = Self::new(2 * self.height, 2 * self.width, channels);
        for y in 0..self.height {
            for x in 0..self.width {
                let from = self.pixel(y, x);
                for place in 0..4 {
                    let to = output.pixel_mut(2 * y + place / 2, 2 * x + place % 2);
                    let values = from[place..].iter().step_by(4).copied();
                    for (to, value) in to.iter_mut().zip(values.chain(core::iter::repeat(0.0))) {
                        *to = value;
                    }
                }
            }
        }
        output
    }

    #[inline]
    pub fn height(&self) -> usize {
        self.height
    }

    #[inline]
    pub fn width(&self) -> usize {
        self.width
    }

    #[inline]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Floats from a pixel to the one below.
    #[inline]
    pub fn row(&self) -> usize {
        (self.width + 2) * self.channels
    }

    /// Everything from the border's first corner.
    #[inline]
    pub fn padded(&self) -> &[f32] {
        &self.values
    }

    #[inline]
    fn inset(&self) -> usize {
        self.row() + self.channels
    }

    /// Everything from pixel (0, 0).
    #[inline]
    pub fn inside(&self) -> &[f32] {
        &self.values[self.inset()..]
    }

    /// The address of pixel (0, 0). Write no border.
    #[inline]
    pub fn inside_mut(&mut self) -> *mut f32 {
        let inset = self.inset();
        self.values[inset..].as_mut_ptr()
    }

    #[inline]
    pub fn pixel(&self, y: usize, x: usize) -> &[f32] {
        &self.inside()[y * self.row() + x * self.channels..][..self.channels]
    }

    #[inline]
    pub fn pixel_mut(&mut self, y: usize, x: usize) -> &mut [f32] {
        let start = self.inset() + y * self.row() + x * self.channels;
        &mut self.values[start..][..self.channels]
    }
}
