//! What the filters' tests filter.

use limn::Planes;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A disc and a bar on a ramp, with noise: edges, smooth ground and texture.
pub fn noisy_shapes(width: usize, height: usize) -> Planes {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut image = Planes::zeros(3, height, width);
    for (i, value) in image.data.iter_mut().enumerate() {
        let (c, x, y) = (i / (width * height), i % width, i / width % height);
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let inside = (u - 0.4).powi(2) + (v - 0.5).powi(2) < 0.06;
        let ground = 0.3 + 0.1 * u + if inside { 0.4 } else { 0.0 };
        let bar = if (0.8..0.9).contains(&u) { -0.2 } else { 0.0 };
        *value = ground + bar + 0.05 * c as f32 + random.random_range(-0.05..0.05);
    }
    image
}

/// Grey, from black on the left to white on the right.
pub fn ramp(width: usize, height: usize) -> Planes {
    let mut image = Planes::zeros(3, height, width);
    for (i, value) in image.data.iter_mut().enumerate() {
        *value = (i % width) as f32 / (width - 1) as f32;
    }
    image
}

/// A disc of one colour, `side` / 4 in radius, in the middle of a ground of another.
pub fn disc(side: usize, ground: [f32; 3], colour: [f32; 3]) -> Planes {
    let mut image = Planes::zeros(3, side, side);
    let middle = side as f32 / 2.0 - 0.5;
    for (i, value) in image.data.iter_mut().enumerate() {
        let (channel, x, y) = (i / (side * side), i % side, i / side % side);
        let distance = (x as f32 - middle).hypot(y as f32 - middle);
        let inside = (side as f32 / 4.0 + 0.5 - distance).clamp(0.0, 1.0);
        *value = ground[channel] + inside * (colour[channel] - ground[channel]);
    }
    image
}
