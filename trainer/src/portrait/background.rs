//! What lies behind a sitter, out of focus, painted by code.

use super::vector::{V, fractal, hash, mix, smoothstep, v};

/// A place.
pub enum Backdrop {
    /// A plain wall of this linear colour with the light of a window on it.
    Wall(V),
    /// A room: a window on the left, a shelf on the right.
    Room,
    /// A garden in the sun.
    Garden,
}

impl Backdrop {
    /// Linear light at `(x, y)` of the picture, in the coordinates of `Scene::radiance`.
    pub fn radiance(&self, x: f32, y: f32, seed: u32) -> V {
        match self {
            Self::Wall(colour) => wall(x, y, seed, *colour),
            Self::Room => room(x, y, seed),
            Self::Garden => garden(x, y, seed),
        }
    }
}

fn box_mask(x: f32, y: f32, [left, right, bottom, top]: [f32; 4], blur: f32) -> f32 {
    smoothstep(left - blur, left + blur, x)
        * smoothstep(right + blur, right - blur, x)
        * smoothstep(bottom - blur, bottom + blur, y)
        * smoothstep(top + blur, top - blur, y)
}

/// A disc of confusion: a little brighter at its rim.
fn disc(x: f32, y: f32, [cx, cy, radius]: [f32; 3]) -> f32 {
    let d = ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
    smoothstep(radius, radius * 0.88, d) * (0.72 + 0.28 * smoothstep(0.5, 1.0, d / radius))
}

fn wall(x: f32, y: f32, seed: u32, colour: V) -> V {
    let glow = ((x - 0.30).powi(2) + (y - 0.15).powi(2)).sqrt();
    let light = 0.42 + 0.85 * smoothstep(1.35, 0.0, glow);
    let brushed = 1.0 + 0.07 * fractal(v(x * 2.2 + y, y * 2.2, 2.0), seed);
    let mut seen = colour * (light * brushed);
    // Panes of late sun, falling aslant.
    let (u, w) = (x + 0.42 * y, y - 0.16 * x);
    for i in 0..2 {
        for j in 0..3 {
            let (left, bottom) = (0.34 + 0.36 * i as f32, -0.42 + 0.48 * j as f32);
            let pane = box_mask(u, w, [left, left + 0.30, bottom, bottom + 0.42], 0.035);
            seen = mix(
                seen,
                seen * v(1.55, 1.38, 1.12) + v(0.05, 0.035, 0.01),
                0.75 * pane,
            );
        }
    }
    seen
}

fn room(x: f32, y: f32, seed: u32) -> V {
    // A wall that the window lights from the side.
    let near = smoothstep(1.1, -0.7, x + 0.15 * y);
    let mut colour = mix(v(0.105, 0.070, 0.050), v(0.36, 0.265, 0.185), near);
    colour = colour * (1.0 + 0.05 * fractal(v(x * 3.0, y * 3.0, 2.0), seed));
    colour = shelf(x, y, seed, colour);
    window(x, y, seed, colour)
}

fn window(x: f32, y: f32, seed: u32, wall: V) -> V {
    const BLUR: f32 = 0.030;
    let frame = box_mask(x, y, [-2.0, -0.44, -0.72, 2.0], BLUR);
    let glass = box_mask(x, y, [-2.0, -0.52, -0.64, 2.0], BLUR)
        * (1.0 - box_mask(x, y, [-2.0, 2.0, 0.24, 0.28], BLUR));
    let haze = smoothstep(-0.7, 1.0, y);
    let mut view = mix(v(0.16, 0.22, 0.10), v(0.72, 0.82, 0.86), haze);
    view = view * (1.0 + 0.30 * fractal(v(x * 4.0, y * 4.0, 0.0), seed));
    for i in 0..16 {
        let random = |k| hash(i, k, 0, 977);
        let at = [
            -1.0 + 0.55 * random(1),
            -0.6 + 1.6 * random(2),
            0.04 + 0.05 * random(3),
        ];
        let tint = mix(v(0.42, 0.55, 0.14), v(1.05, 0.92, 0.55), random(4));
        view = mix(view, tint, 0.5 * disc(x, y, at));
    }
    let wood = v(0.40, 0.33, 0.26) * (0.75 + 0.35 * smoothstep(-1.0, 1.0, y));
    mix(mix(wall, wood, frame), view, glass)
}

/// Two boards with books, and the glow of a lamp.
fn shelf(x: f32, y: f32, seed: u32, wall: V) -> V {
    const BLUR: f32 = 0.024;
    let mut colour = wall;
    for (row, base) in [0.42_f32, -0.16].into_iter().enumerate() {
        let row = row as i32;
        let mut left = 0.30;
        for i in 0..16 {
            let random = |k| hash(i, row, k, 1009);
            let width = 0.028 + 0.036 * random(1);
            let height = 0.22 + 0.14 * random(2);
            let gap = if random(5) > 0.80 { 0.10 } else { 0.004 };
            let book = box_mask(x, y, [left, left + width, base, base + height], BLUR * 0.7);
            let tints = [
                v(0.42, 0.085, 0.050),
                v(0.045, 0.130, 0.190),
                v(0.46, 0.285, 0.10),
                v(0.065, 0.150, 0.095),
                v(0.48, 0.40, 0.30),
            ];
            let tint = tints[(random(3) * 5.0) as usize % 5] * (0.55 + 0.5 * random(4));
            colour = mix(colour, tint, 0.92 * book);
            left += width + gap;
        }
        let board = box_mask(x, y, [0.24, 2.0, base - 0.05, base], BLUR);
        colour = mix(colour, v(0.200, 0.105, 0.050), board);
    }
    let glow = ((x - 0.72).powi(2) + (y - 0.95).powi(2)).sqrt();
    colour = colour + v(0.55, 0.30, 0.11) * smoothstep(0.85, 0.0, glow).powi(2);
    colour * (1.0 + 0.03 * fractal(v(x * 7.0, y * 7.0, 4.0), seed ^ 5))
}

fn garden(x: f32, y: f32, seed: u32) -> V {
    let haze = smoothstep(
        -0.9,
        1.1,
        y + 0.25 * fractal(v(x * 1.6, y * 1.6, 1.0), seed),
    );
    let mut colour = mix(v(0.055, 0.190, 0.035), v(0.55, 0.80, 0.66), haze * haze);
    colour = colour * (1.0 + 0.45 * fractal(v(x * 2.6, y * 2.6, 0.0), seed));
    // Trunks, and a path.
    for (at, wide) in [(-0.62, 0.05), (0.50, 0.035)] {
        let trunk = box_mask(x + 0.06 * y, y, [at - wide, at + wide, -0.45, 2.0], 0.035);
        colour = mix(colour, v(0.10, 0.070, 0.045), 0.65 * trunk);
    }
    let ground = smoothstep(-0.38, -0.55, y + 0.08 * x);
    colour = mix(colour, v(0.36, 0.44, 0.12), 0.7 * ground);
    // Sun on leaves, the far ones small.
    for i in 0..110 {
        let random = |k| hash(i, k, 0, 1213);
        let high = random(2).powf(0.8);
        let at = [
            -1.0 + 2.0 * random(1),
            -0.7 + 1.8 * high,
            0.03 + 0.075 * random(3) * random(5),
        ];
        let warm = v(1.45, 1.15, 0.42);
        let tint = mix(
            mix(v(0.20, 0.42, 0.07), v(0.55, 0.85, 0.72), high),
            warm,
            random(4) * random(4),
        );
        colour = mix(colour, tint, (0.25 + 0.45 * random(6)) * disc(x, y, at));
    }
    colour
}
