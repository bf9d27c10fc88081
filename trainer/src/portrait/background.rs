//! A room behind the sitter, out of focus: a window with a garden on the left, a wall with a shelf on the right.

use super::vector::{V, fractal, hash, mix, smoothstep, v};

/// Linear light at `(x, y)` of the picture, in the coordinates of `Scene::radiance`.
pub fn background(x: f32, y: f32, seed: u32) -> V {
    // A wall that the window lights from the side.
    let near = smoothstep(1.1, -0.7, x + 0.15 * y);
    let mut colour = mix(v(0.085, 0.070, 0.062), v(0.330, 0.265, 0.205), near);
    colour = colour * (1.0 + 0.05 * fractal(v(x * 3.0, y * 3.0, 2.0), seed));
    colour = shelf(x, y, seed, colour);
    window(x, y, seed, colour)
}

fn box_mask(x: f32, y: f32, [left, right, bottom, top]: [f32; 4], blur: f32) -> f32 {
    smoothstep(left - blur, left + blur, x)
        * smoothstep(right + blur, right - blur, x)
        * smoothstep(bottom - blur, bottom + blur, y)
        * smoothstep(top + blur, top - blur, y)
}

fn window(x: f32, y: f32, seed: u32, wall: V) -> V {
    const BLUR: f32 = 0.030;
    let frame = box_mask(x, y, [-2.0, -0.36, -0.62, 2.0], BLUR);
    let glass = box_mask(x, y, [-2.0, -0.44, -0.54, 2.0], BLUR)
        * (1.0 - box_mask(x, y, [-0.735, -0.695, -2.0, 2.0], BLUR))
        * (1.0 - box_mask(x, y, [-2.0, 2.0, 0.30, 0.34], BLUR));
    let haze = smoothstep(-0.6, 1.0, y);
    let mut garden = mix(v(0.135, 0.190, 0.070), v(0.80, 0.86, 0.80), haze);
    garden = garden * (1.0 + 0.35 * fractal(v(x * 4.0, y * 4.0, 0.0), seed));
    // Discs of confusion: sun on leaves.
    for i in 0..26 {
        let random = |k| hash(i, k, 0, 977);
        let (cx, cy) = (-1.0 + 0.60 * random(1), -0.6 + 1.7 * random(2));
        let radius = 0.035 + 0.055 * random(3);
        let d = ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
        let disc =
            smoothstep(radius, radius * 0.86, d) * (0.75 + 0.25 * smoothstep(0.5, 1.0, d / radius));
        let tint = mix(v(0.42, 0.55, 0.14), v(1.05, 0.92, 0.55), random(4));
        garden = mix(garden, tint, 0.55 * disc);
    }
    let wood = v(0.40, 0.36, 0.31) * (0.75 + 0.35 * smoothstep(-1.0, 1.0, y));
    mix(mix(wall, wood, frame), garden, glass)
}

/// Two boards with books, a vase and a small lamp.
fn shelf(x: f32, y: f32, seed: u32, wall: V) -> V {
    const BLUR: f32 = 0.022;
    let mut colour = wall;
    for (row, base) in [0.50_f32, -0.12].into_iter().enumerate() {
        let row = row as i32;
        let board = box_mask(x, y, [0.40, 2.0, base - 0.045, base], BLUR);
        let mut left = 0.46;
        for i in 0..14 {
            let random = |k| hash(i, row, k, 1009);
            let width = 0.026 + 0.036 * random(1);
            let height = 0.20 + 0.13 * random(2);
            let gap = if random(5) > 0.80 { 0.10 } else { 0.004 };
            let book = box_mask(x, y, [left, left + width, base, base + height], BLUR * 0.7);
            let tints = [
                v(0.30, 0.075, 0.050),
                v(0.045, 0.110, 0.150),
                v(0.34, 0.235, 0.10),
                v(0.065, 0.120, 0.075),
                v(0.38, 0.33, 0.26),
            ];
            let tint = tints[(random(3) * 5.0) as usize % 5] * (0.55 + 0.5 * random(4));
            colour = mix(colour, tint, 0.92 * book);
            left += width + gap;
        }
        colour = mix(colour, v(0.155, 0.088, 0.048), board);
    }
    // The lamp's glow on the wall.
    let glow = ((x - 0.95).powi(2) + (y - 0.05).powi(2)).sqrt();
    colour = colour + v(0.20, 0.115, 0.045) * smoothstep(0.75, 0.0, glow);
    colour * (1.0 + 0.03 * fractal(v(x * 7.0, y * 7.0, 4.0), seed ^ 5))
}
