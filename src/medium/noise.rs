//! Noise for mediums. Integer hashes decide it, so that it is the same on every device; `shaders/medium.wgsl` is its twin.

use core::array::from_fn;

/// A hash of a lattice point: a linear mix and the finaliser `lowbias32` of Chris Wellons ("Prospecting for hash functions",
/// public domain).
#[inline(always)]
pub fn hash(x: i32, y: i32, seed: u32) -> u32 {
    let mut h = (x as u32)
        .wrapping_mul(0x9e37_79b1)
        .wrapping_add((y as u32).wrapping_mul(0x85eb_ca77))
        .wrapping_add(seed.wrapping_mul(0xc2b2_ae3d));
    h ^= h >> 16;
    h = h.wrapping_mul(0x7feb_352d);
    h ^= h >> 15;
    h = h.wrapping_mul(0x846c_a68b);
    h ^ (h >> 16)
}

/// A hash as a number in [0, 1), exact in f32.
#[inline(always)]
pub fn unit(hash: u32) -> f32 {
    // 24 bits: signed integers become floats by one instruction everywhere.
    (hash >> 8) as i32 as f32 / 16_777_216.0
}

/// The whole number below, as both kinds. Vector units have no rounding everywhere, and all have this.
#[inline(always)]
fn below(x: f32) -> (i32, f32) {
    let (i, whole) = (x as i32, x as i32 as f32);
    let past = whole > x;
    (i - i32::from(past), whole - if past { 1.0 } else { 0.0 })
}

/// [`value`] without derivatives at several places: in stages, which compilers turn into vectors.
#[inline(always)]
pub fn values<const N: usize>(x: [f32; N], y: [f32; N], seed: u32) -> [f32; N] {
    let (left, top) = (x.map(below), y.map(below));
    let fx: [f32; N] = from_fn(|i| x[i] - left[i].1);
    let fy: [f32; N] = from_fn(|i| y[i] - top[i].1);
    let corners = |dx: i32, dy: i32| -> [f32; N] {
        let hashes: [u32; N] = from_fn(|i| hash(left[i].0 + dx, top[i].0 + dy, seed));
        hashes.map(|hash| 2.0 * unit(hash) - 1.0)
    };
    let (a, b, c, d) = (corners(0, 0), corners(1, 0), corners(0, 1), corners(1, 1));
    let ux = fx.map(|f| f * f * (3.0 - 2.0 * f));
    let uy = fy.map(|f| f * f * (3.0 - 2.0 * f));
    from_fn(|i| {
        let twist = a[i] - b[i] - c[i] + d[i];
        a[i] + (b[i] - a[i]) * ux[i] + (c[i] - a[i]) * uy[i] + twist * ux[i] * uy[i]
    })
}

/// Value noise in [−1, 1] with one value per lattice point, and its derivatives by x and y.
#[inline(always)]
pub fn value(x: f32, y: f32, seed: u32) -> [f32; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let (i, j) = (left as i32, top as i32);
    let corner = |dx: i32, dy: i32| 2.0 * unit(hash(i + dx, j + dy, seed)) - 1.0;
    let (a, b, c, d) = (corner(0, 0), corner(1, 0), corner(0, 1), corner(1, 1));
    let ux = fx * fx * (3.0 - 2.0 * fx);
    let uy = fy * fy * (3.0 - 2.0 * fy);
    let twist = a - b - c + d;
    [
        a + (b - a) * ux + (c - a) * uy + twist * ux * uy,
        6.0 * fx * (1.0 - fx) * (b - a + twist * uy),
        6.0 * fy * (1.0 - fy) * (c - a + twist * ux),
    ]
}

/// How much is left of what has a period of `period` when it is seen at points `spacing` apart.
#[inline(always)]
pub fn seen(spacing: f32, period: f32) -> f32 {
    1.0 - smoothstep(0.35 * period, 0.8 * period, spacing)
}

#[inline(always)]
pub fn smoothstep(low: f32, high: f32, x: f32) -> f32 {
    let t = ((x - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Noise of many sizes, round about [−1, 1] and mostly smaller, strongest at lattices of `period`: the weights of lattices four
/// times as wide to an eighth of it. Each is turned against the one before, so that none is seen.
#[inline(always)]
pub fn grain<const N: usize>(
    mut x: [f32; N],
    mut y: [f32; N],
    period: f32,
    spacing: f32,
    seed: u32,
) -> [f32; N] {
    const WEIGHTS: [f32; 6] = [0.3, 0.5, 0.8, 0.5, 0.4, 0.3];
    let mut size = 4.0 * period;
    let mut sum = [0.0; N];
    for (octave, weight) in WEIGHTS.into_iter().enumerate() {
        let weight = weight * seen(spacing, 2.0 * size);
        if weight > 0.0 {
            let noise = values(
                x.map(|x| x / size),
                y.map(|y| y / size),
                seed + octave as u32,
            );
            sum = from_fn(|i| sum[i] + weight * noise[i]);
        }
        (x, y) = turned_on(x, y);
        size *= 0.5;
    }
    sum
}

/// The places turned by 37°, as every octave lies to the one before.
#[inline(always)]
pub fn turned_on<const N: usize>(x: [f32; N], y: [f32; N]) -> ([f32; N], [f32; N]) {
    (
        from_fn(|i| 0.8 * x[i] - 0.6 * y[i]),
        from_fn(|i| 0.6 * x[i] + 0.8 * y[i]),
    )
}
