//! Vectors, frames, and the noise that every irregularity of a portrait comes from.

use std::ops::{Add, Mul, Neg, Sub};

/// A point, a direction, or a linear RGB colour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct V {
    pub x: f32,
    pub y: f32,
    pub z: f32,
}

/// The vector of these coordinates.
pub const fn v(x: f32, y: f32, z: f32) -> V {
    V { x, y, z }
}

impl V {
    /// The same in all three.
    pub const fn grey(value: f32) -> Self {
        v(value, value, value)
    }

    /// Scalar product.
    pub fn dot(self, b: Self) -> f32 {
        self.x * b.x + self.y * b.y + self.z * b.z
    }

    /// Vector product.
    pub fn cross(self, b: Self) -> Self {
        v(
            self.y * b.z - self.z * b.y,
            self.z * b.x - self.x * b.z,
            self.x * b.y - self.y * b.x,
        )
    }

    /// Euclidean length.
    pub fn length(self) -> f32 {
        self.dot(self).sqrt()
    }

    /// The direction, of length 1; zero stays zero.
    pub fn normalized(self) -> Self {
        self * (1.0 / self.length().max(1e-9))
    }

    /// `f` of each coordinate.
    pub fn map(self, f: impl Fn(f32) -> f32) -> Self {
        v(f(self.x), f(self.y), f(self.z))
    }

    /// Mirrored to the positive side: what comes in pairs is modelled once.
    pub fn folded(self) -> Self {
        v(self.x.abs(), self.y, self.z)
    }
}

impl Add for V {
    type Output = Self;
    fn add(self, b: Self) -> Self {
        v(self.x + b.x, self.y + b.y, self.z + b.z)
    }
}

impl Sub for V {
    type Output = Self;
    fn sub(self, b: Self) -> Self {
        v(self.x - b.x, self.y - b.y, self.z - b.z)
    }
}

impl Neg for V {
    type Output = Self;
    fn neg(self) -> Self {
        self * -1.0
    }
}

impl Mul<f32> for V {
    type Output = Self;
    fn mul(self, s: f32) -> Self {
        v(self.x * s, self.y * s, self.z * s)
    }
}

/// Component by component, as a surface's colour filters light.
impl Mul for V {
    type Output = Self;
    fn mul(self, b: Self) -> Self {
        v(self.x * b.x, self.y * b.y, self.z * b.z)
    }
}

/// Axes that something is modelled in, turned about a fixed point.
pub struct Frame {
    right: V,
    up: V,
    forward: V,
    pivot: V,
}

impl Frame {
    /// Turned about the vertical (to the sitter's left), tilted towards a shoulder (the picture's right) and nodded
    /// (down), in radians.
    pub fn new([turn, tilt, nod]: [f32; 3], pivot: V) -> Self {
        let (s, c) = turn.sin_cos();
        let forward = v(s * nod.cos(), -nod.sin(), c * nod.cos());
        let right = v(c, 0.0, -s);
        let up = forward.cross(right);
        let (s, c) = tilt.sin_cos();
        Self {
            right: right * c - up * s,
            up: up * c + right * s,
            forward,
            pivot,
        }
    }

    /// A point of the world in these axes.
    pub fn inside(&self, p: V) -> V {
        self.turned(p - self.pivot) + self.pivot
    }

    /// A direction of the world in these axes.
    pub fn turned(&self, d: V) -> V {
        v(d.dot(self.right), d.dot(self.up), d.dot(self.forward))
    }

    /// A direction in these axes in the world.
    pub fn outside(&self, d: V) -> V {
        self.right * d.x + self.up * d.y + self.forward * d.z
    }
}

/// Direction in which `field` grows at `p`, from four samples at distance `e`.
pub fn gradient(p: V, e: f32, field: impl Fn(V) -> f32) -> V {
    let corners = [
        v(1.0, -1.0, -1.0),
        v(-1.0, -1.0, 1.0),
        v(-1.0, 1.0, -1.0),
        v(1.0, 1.0, 1.0),
    ];
    let sum = corners
        .into_iter()
        .fold(V::default(), |sum, k| sum + k * field(p + k * e));
    sum.normalized()
}

/// `a` for t = 0, `b` for t = 1, linear between.
pub fn mix(a: V, b: V, t: f32) -> V {
    a * (1.0 - t) + b * t
}

/// 0 up to `from`, 1 after `to`, a cubic between.
pub fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// 1 at 0, falling off like a Gaussian of standard deviation `width`.
pub fn bell(x: f32, width: f32) -> f32 {
    (-0.5 * (x / width) * (x / width)).exp()
}

/// A number in [0, 1) for a lattice point, the same on every machine.
pub fn hash(x: i32, y: i32, z: i32, seed: u32) -> f32 {
    let mut h = (x as u32).wrapping_mul(0x9E37_79B1)
        ^ (y as u32).wrapping_mul(0x85EB_CA77)
        ^ (z as u32).wrapping_mul(0xC2B2_AE3D)
        ^ seed.wrapping_mul(0x27D4_EB2F);
    h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
    h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
    ((h ^ (h >> 15)) >> 8) as f32 / (1 << 24) as f32
}

/// Value noise in [−1, 1]: random at the lattice points, smooth between.
pub fn noise(p: V, seed: u32) -> f32 {
    let cell = p.map(f32::floor);
    let t = (p - cell).map(|t| t * t * (3.0 - 2.0 * t));
    let (x, y, z) = (cell.x as i32, cell.y as i32, cell.z as i32);
    let along_x = |dy: i32, dz: i32| {
        let a = hash(x, y + dy, z + dz, seed);
        a + (hash(x + 1, y + dy, z + dz, seed) - a) * t.x
    };
    let plane = |dz: i32| {
        let a = along_x(0, dz);
        a + (along_x(1, dz) - a) * t.y
    };
    let (near, far) = (plane(0), plane(1));
    2.0 * (near + (far - near) * t.z) - 1.0
}

/// Three octaves of [`noise`], within [−1, 1].
pub fn fractal(p: V, seed: u32) -> f32 {
    (noise(p, seed) + 0.5 * noise(p * 2.03, seed ^ 1) + 0.25 * noise(p * 4.01, seed ^ 2)) / 1.75
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_turns_and_turns_back() {
        let frame = Frame::new([0.3, -0.1, 0.05], v(0.0, -0.8, -0.2));
        let d = v(0.2, -0.5, 0.8);
        assert!((frame.turned(frame.outside(d)) - d).length() < 1e-6);
        assert!((frame.inside(v(0.0, -0.8, -0.2)) - v(0.0, -0.8, -0.2)).length() < 1e-6);
        // Turned to the sitter's left, and nodding down.
        let front = frame.outside(v(0.0, 0.0, 1.0));
        assert!(
            front.x > 0.25 && front.y < 0.0 && front.z > 0.9,
            "{front:?}"
        );
    }
}
