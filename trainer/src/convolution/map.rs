//! The activations of one image.

use std::sync::Mutex;

/// Activations of one image, channels last, with a border of one zero pixel: element `(y, x, c)` stands at
/// `((y + 1)·(width + 2) + x + 1)·channels + c`.
///
/// Memory of dropped maps is used again by maps of the same shape: its pages are there and its border is zero already.
pub struct Map {
    height: usize,
    width: usize,
    channels: usize,
    values: Vec<f32>,
}

/// Shape and values of a dropped map.
type Free = ((usize, usize, usize), Vec<f32>);

static FREE: Mutex<Vec<Free>> = Mutex::new(Vec::new());

/// Dropped maps that are kept at most.
const MOST_FREE: usize = 1024;

impl Drop for Map {
    fn drop(&mut self) {
        let values = core::mem::take(&mut self.values);
        if let Ok(mut free) = FREE.lock()
            && free.len() < MOST_FREE
        {
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
        for y in 0..height {
            // Sixteen pixels stay in the L1 cache while they are filled channel by channel.
            for left in (0..width).step_by(16) {
                let right = width.min(left + 16);
                let start = map.inset() + y * map.row() + left * channels;
                let pixels = &mut map.values[start..][..(right - left) * channels];
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
        }
        map
    }

    /// Writes the first channels to planes `[planes, height, width]`.
    pub fn write_planes(&self, planes: &mut [f32]) {
        let size = self.height * self.width;
        for y in 0..self.height {
            // Sixteen pixels stay in the L1 cache while their channels are read one after the other.
            for left in (0..self.width).step_by(16) {
                let right = self.width.min(left + 16);
                for (c, plane) in planes.chunks_exact_mut(size).enumerate() {
                    let row = &mut plane[y * self.width..][left..right];
                    let pixels = self.inside()[y * self.row() + left * self.channels + c..]
                        .iter()
                        .step_by(self.channels);
                    for (value, pixel) in row.iter_mut().zip(pixels) {
                        *value = *pixel;
                    }
                }
            }
        }
    }

    pub fn height(&self) -> usize {
        self.height
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Floats from a pixel to the one below.
    pub fn row(&self) -> usize {
        (self.width + 2) * self.channels
    }

    /// Everything from the border's first corner.
    pub fn padded(&self) -> &[f32] {
        &self.values
    }

    fn inset(&self) -> usize {
        self.row() + self.channels
    }

    /// Everything from pixel (0, 0).
    pub fn inside(&self) -> &[f32] {
        &self.values[self.inset()..]
    }

    /// The address of pixel (0, 0). Write no border.
    pub fn inside_mut(&mut self) -> *mut f32 {
        let inset = self.inset();
        self.values[inset..].as_mut_ptr()
    }

    pub fn pixel(&self, y: usize, x: usize) -> &[f32] {
        &self.inside()[y * self.row() + x * self.channels..][..self.channels]
    }

    pub fn pixel_mut(&mut self, y: usize, x: usize) -> &mut [f32] {
        let start = self.inset() + y * self.row() + x * self.channels;
        &mut self.values[start..][..self.channels]
    }
}
