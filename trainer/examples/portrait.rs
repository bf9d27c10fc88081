//! Draws the portrait of the README: a head of signed distance functions, ray-marched and lit, so that the project
//! needs nobody's photo. `cargo run --release -p limn-trainer --example portrait -- portrait.png [side in pixels]`
//!
//! Distances and smooth minima after Inigo Quilez, "Distance functions" and "Smooth minimum".

use std::process::ExitCode;

use image::{Rgb, RgbImage};

type V = [f32; 3];

fn add(a: V, b: V) -> V {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}
fn sub(a: V, b: V) -> V {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}
fn scale(a: V, s: f32) -> V {
    a.map(|v| v * s)
}
fn dot(a: V, b: V) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}
fn length(a: V) -> f32 {
    dot(a, a).sqrt()
}
fn normalize(a: V) -> V {
    scale(a, 1.0 / length(a).max(1e-9))
}
fn mix(a: V, b: V, t: f32) -> V {
    add(scale(a, 1.0 - t), scale(b, t))
}
fn smoothstep(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn sphere(p: V, centre: V, radius: f32) -> f32 {
    length(sub(p, centre)) - radius
}
fn ellipsoid(p: V, centre: V, radii: V) -> f32 {
    let q = sub(p, centre);
    let k0 = length([q[0] / radii[0], q[1] / radii[1], q[2] / radii[2]]);
    let k1 = length([
        q[0] / (radii[0] * radii[0]),
        q[1] / (radii[1] * radii[1]),
        q[2] / (radii[2] * radii[2]),
    ]);
    k0 * (k0 - 1.0) / k1.max(1e-6)
}
/// A capsule whose radius goes from `r0` at `a` to `r1` at `b`.
fn capsule(p: V, a: V, b: V, r0: f32, r1: f32) -> f32 {
    let (pa, ba) = (sub(p, a), sub(b, a));
    let h = (dot(pa, ba) / dot(ba, ba)).clamp(0.0, 1.0);
    length(sub(pa, scale(ba, h))) - (r0 + (r1 - r0) * h)
}
fn union(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k / 4.0
}
fn carve(a: f32, b: f32, k: f32) -> f32 {
    -union(-a, b, k)
}

#[derive(Clone, Copy, PartialEq)]
enum Material {
    Skin,
    Lips,
    Eye,
    Hair,
    Brow,
    Cloth,
}

const YAW: f32 = 0.26;
const EYE: V = [0.285, 0.06, 0.585];
const EYE_RADIUS: f32 = 0.15;

/// From the world into the head's own frame: turned a little to the side.
fn turned(p: V) -> V {
    let (s, c) = YAW.sin_cos();
    [c * p[0] - s * p[2], p[1], s * p[0] + c * p[2]]
}

fn skin(p: V) -> f32 {
    // The face is symmetric: everything that comes in pairs is drawn once.
    let m = [p[0].abs(), p[1], p[2]];
    let mut d = ellipsoid(p, [0.0, 0.28, -0.08], [0.71, 0.82, 0.84]);
    d = union(
        d,
        ellipsoid(p, [0.0, -0.32, 0.12], [0.53, 0.60, 0.58]),
        0.35,
    );
    d = union(d, sphere(p, [0.0, -0.80, 0.44], 0.16), 0.22);
    d = union(d, sphere(m, [0.34, -0.18, 0.46], 0.20), 0.22);
    d = union(
        d,
        capsule(m, [0.08, 0.24, 0.70], [0.40, 0.25, 0.55], 0.07, 0.05),
        0.18,
    );
    d = carve(d, sphere(m, [0.27, 0.06, 0.86], 0.15), 0.16);
    // Lids: a shell around the eyeball, open in the middle.
    let lid = sphere(m, EYE, EYE_RADIUS + 0.018);
    let slant = m[1] - EYE[1] - 0.08 * (m[0] - EYE[0]);
    d = union(d, lid.max(0.045 - slant), 0.03);
    d = union(d, lid.max(slant + 0.070), 0.03);
    d = union(
        d,
        capsule(p, [0.0, 0.16, 0.74], [0.0, -0.19, 0.96], 0.065, 0.095),
        0.12,
    );
    d = union(d, sphere(m, [0.105, -0.22, 0.85], 0.07), 0.07);
    d = carve(d, sphere(m, [0.06, -0.295, 0.91], 0.032), 0.03);
    d = union(
        d,
        ellipsoid(p, [0.0, -0.50, 0.62], [0.30, 0.20, 0.20]),
        0.14,
    );
    d = union(
        d,
        ellipsoid(m, [0.74, -0.02, -0.05], [0.08, 0.21, 0.14]),
        0.06,
    );
    let neck = capsule(p, [0.0, -0.65, -0.12], [0.0, -1.75, -0.30], 0.36, 0.42);
    union(d, neck, 0.18)
}

fn lips(p: V) -> f32 {
    let m = [p[0].abs(), p[1], p[2]];
    let upper = capsule(
        m,
        [0.035, -0.462, 0.828],
        [0.235, -0.482, 0.748],
        0.034,
        0.014,
    );
    let lower = capsule(
        m,
        [0.0, -0.560, 0.822],
        [0.220, -0.492, 0.758],
        0.048,
        0.014,
    );
    carve(
        union(upper, lower, 0.02),
        capsule(m, [0.0, -0.512, 0.885], [0.26, -0.484, 0.772], 0.011, 0.006),
        0.015,
    )
}

fn hair(p: V) -> f32 {
    let m = [p[0].abs(), p[1], p[2]];
    // Strands: ripples around the crown that follow the fall of the hair.
    let angle = p[0].atan2(p[2] + 0.2);
    let wave = (angle * 34.0 + p[1] * 5.0 + (p[1] * 3.1).sin() * 2.0).sin() * 0.014
        + (angle * 83.0 - p[1] * 7.0).sin() * 0.007;
    let mut d = ellipsoid(p, [0.0, 0.40, -0.14], [0.83, 0.83, 0.92]);
    let opening = ellipsoid(p, [0.14, -0.20, 0.95], [0.60, 0.88, 0.68]);
    d = carve(d, opening, 0.12);
    let side = capsule(m, [0.70, 0.25, -0.10], [0.80, -1.05, -0.18], 0.16, 0.24);
    let back = ellipsoid(p, [0.0, -0.45, -0.55], [0.82, 0.95, 0.40]);
    d = union(d, side, 0.22);
    d = union(d, back, 0.22);
    d + wave
}

fn scene(world: V) -> (f32, Material) {
    let p = turned(world);
    let m = [p[0].abs(), p[1], p[2]];
    let brow = capsule(m, [0.15, 0.305, 0.765], [0.31, 0.345, 0.69], 0.024, 0.022).min(capsule(
        m,
        [0.31, 0.345, 0.69],
        [0.45, 0.300, 0.55],
        0.022,
        0.009,
    ));
    let cloth = union(
        ellipsoid(world, [0.0, -2.15, -0.30], [1.45, 0.62, 0.62]),
        capsule(
            world,
            [-0.38, -1.62, -0.05],
            [0.38, -1.62, -0.05],
            0.16,
            0.16,
        ),
        0.3,
    );
    [
        (skin(p), Material::Skin),
        (lips(p), Material::Lips),
        (sphere(m, EYE, EYE_RADIUS), Material::Eye),
        (hair(p), Material::Hair),
        (brow, Material::Brow),
        (cloth, Material::Cloth),
    ]
    .into_iter()
    .min_by(|a, b| a.0.total_cmp(&b.0))
    .expect("the scene has six parts")
}

fn distance(p: V) -> f32 {
    scene(p).0
}

fn march(origin: V, direction: V, far: f32) -> Option<f32> {
    let mut t = 0.0;
    for _ in 0..200 {
        let d = distance(add(origin, scale(direction, t)));
        if d < 0.0008 {
            return Some(t);
        }
        // The strands and the carvings overestimate the distance a little.
        t += d * 0.7;
        if t > far {
            break;
        }
    }
    None
}

fn normal(p: V) -> V {
    let e = 0.0015;
    normalize([0, 1, 2].map(|axis| {
        let mut step = [0.0; 3];
        step[axis] = e;
        distance(add(p, step)) - distance(sub(p, step))
    }))
}

fn shadow(p: V, light: V) -> f32 {
    let (mut lit, mut t) = (1.0_f32, 0.03);
    for _ in 0..48 {
        let d = distance(add(p, scale(light, t)));
        lit = lit.min(9.0 * d / t);
        t += d.clamp(0.015, 0.12);
        if lit < 0.01 || t > 3.0 {
            break;
        }
    }
    let lit = lit.clamp(0.0, 1.0);
    lit * lit * (3.0 - 2.0 * lit)
}

fn occlusion(p: V, n: V) -> f32 {
    let sum: f32 = (1..=5)
        .map(|i| {
            let h = 0.05 * i as f32;
            (h - distance(add(p, scale(n, h)))) * 0.6_f32.powi(i - 1)
        })
        .sum();
    (1.0 - 1.6 * sum).clamp(0.0, 1.0)
}

/// Linear colour of the surface, and how much it shines.
fn surface(material: Material, world: V) -> (V, f32) {
    let p = turned(world);
    let m = [p[0].abs(), p[1], p[2]];
    match material {
        Material::Skin => {
            let base = [0.74, 0.45, 0.32];
            let warm = [0.78, 0.33, 0.25];
            let cheek = 1.0 - smoothstep(0.08, 0.34, length(sub(m, [0.36, -0.20, 0.62])));
            let nose = 1.0 - smoothstep(0.04, 0.16, length(sub(p, [0.0, -0.21, 1.02])));
            (mix(base, warm, 0.55 * cheek + 0.35 * nose), 0.22)
        }
        Material::Lips => ([0.58, 0.16, 0.15], 0.45),
        Material::Hair => {
            let angle = p[0].atan2(p[2] + 0.2);
            let strand = 0.5 + 0.5 * (angle * 61.0 + p[1] * 6.0).sin();
            (
                mix([0.075, 0.030, 0.016], [0.20, 0.085, 0.038], strand),
                0.35,
            )
        }
        Material::Brow => ([0.055, 0.026, 0.016], 0.05),
        Material::Cloth => {
            let knit = 0.5 + 0.5 * (world[0] * 46.0).sin() * (world[1] * 40.0).sin();
            (mix([0.035, 0.13, 0.17], [0.06, 0.19, 0.24], knit), 0.05)
        }
        Material::Eye => {
            // The eyes look at the camera: the iris lies where the line from the eyeball to it leaves the ball.
            let gaze = normalize([-YAW.sin() * p[0].signum(), 0.0, YAW.cos()]);
            let r = length(sub(normalize(sub(m, EYE)), gaze));
            let iris = mix([0.05, 0.11, 0.09], [0.16, 0.25, 0.17], (r * 7.0).min(1.0));
            let white = [0.76, 0.73, 0.70];
            let colour = mix(iris, white, smoothstep(0.40, 0.46, r));
            let ring = smoothstep(0.32, 0.40, r) * (1.0 - smoothstep(0.42, 0.48, r));
            let colour = mix(colour, [0.02, 0.03, 0.03], 0.8 * ring);
            (mix([0.004; 3], colour, smoothstep(0.15, 0.19, r)), 1.0)
        }
    }
}

/// A dim room with a few lights out of focus.
fn background(x: f32, y: f32) -> V {
    let mut colour = mix(
        [0.10, 0.14, 0.16],
        [0.34, 0.30, 0.24],
        smoothstep(-1.0, 1.0, 0.7 * y + 0.5 * x),
    );
    let lights: [(f32, f32, f32, V); 5] = [
        (-0.78, 0.62, 0.20, [0.85, 0.58, 0.26]),
        (-0.52, 0.88, 0.13, [0.66, 0.42, 0.22]),
        (0.84, 0.40, 0.17, [0.28, 0.46, 0.52]),
        (0.66, 0.80, 0.24, [0.52, 0.50, 0.38]),
        (-0.88, 0.02, 0.15, [0.26, 0.34, 0.34]),
    ];
    for (cx, cy, radius, tint) in lights {
        let d = ((x - cx).powi(2) + (y - cy).powi(2)).sqrt();
        colour = mix(
            colour,
            tint,
            0.75 * (1.0 - smoothstep(radius * 0.85, radius, d)),
        );
    }
    colour
}

fn shade(x: f32, y: f32) -> V {
    let camera = [0.0, -0.25, 6.4];
    let ray = normalize([x * 1.62, y * 1.62 - 0.02, -5.6]);
    let Some(t) = march(camera, ray, 12.0) else {
        return background(x, y);
    };
    let p = add(camera, scale(ray, t));
    let n = normal(p);
    let (_, material) = scene(p);
    let (albedo, shine) = surface(material, p);
    let open = occlusion(p, n);
    let key = normalize([-0.62, 0.62, 0.75]);
    let rim = normalize([0.85, 0.25, -0.55]);
    // Light wraps around skin, which scatters it below the surface.
    let wrap = if material == Material::Skin {
        0.22
    } else {
        0.05
    };
    let direct =
        ((dot(n, key) + wrap) / (1.0 + wrap)).max(0.0) * shadow(add(p, scale(n, 0.004)), key);
    let sky = 0.5 + 0.5 * n[1];
    let light = add(
        add(
            scale([2.35, 2.10, 1.85], direct),
            scale(mix([0.20, 0.15, 0.13], [0.34, 0.39, 0.46], sky), open),
        ),
        scale(
            [0.62, 0.80, 0.95],
            dot(n, rim).max(0.0).powf(1.5) * 0.7 * open,
        ),
    );
    let half = normalize(sub(key, ray));
    let power = if material == Material::Eye {
        220.0
    } else {
        28.0
    };
    let gloss = shine * dot(n, half).max(0.0).powf(power) * direct.min(1.0);
    let mut colour = [0, 1, 2].map(|i| albedo[i] * light[i] + gloss * [0.95, 0.9, 0.85][i]);
    if material == Material::Skin {
        // Thin flesh lets red through where the light grazes.
        let graze = (1.0 - (direct - 0.18).abs() * 4.0).max(0.0) * 0.06;
        colour[0] += graze;
    }
    colour
}

/// Linear light to sRGB-encoded [0, 1], highlights rolled off.
fn encode(linear: f32) -> f32 {
    let v = linear.max(0.0);
    let v = v * (1.0 + v / 6.0) / (1.0 + v * 0.62);
    let v = v.min(1.0);
    if v <= 0.003_130_8 {
        12.92 * v
    } else {
        1.055 * v.powf(1.0 / 2.4) - 0.055
    }
}

/// Amplitude of the noise, of 1.
const GRAIN: f32 = 0.016;

/// Noise in [−1, 1], always the same, slightly coarser than a pixel.
fn grain(x: u32, y: u32) -> f32 {
    let hash = |x: u32, y: u32| -> f32 {
        let mut h = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
        h = (h ^ (h >> 15)).wrapping_mul(0x2C1B_3C6D);
        h = (h ^ (h >> 12)).wrapping_mul(0x297A_2D39);
        (h ^ (h >> 15)) as f32 / u32::MAX as f32 * 2.0 - 1.0
    };
    (hash(x, y) * 2.0 + hash(x + 1, y) + hash(x, y + 1)) / 2.5
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let side = arguments
        .by_ref()
        .nth(1)
        .map_or(Ok(640), |s| s.parse::<u32>());
    let path = std::env::args().nth(1);
    let (Some(path), Ok(side @ 16..=4096)) = (path, side) else {
        eprintln!("usage: portrait OUTPUT.png [SIDE], SIDE from 16 to 4096 pixels");
        return ExitCode::FAILURE;
    };
    let picture = RgbImage::from_fn(side, side, |column, row| {
        // 2×2 rays a pixel.
        let mut sum = [0.0; 3];
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let x = 2.0 * (column as f32 + dx) / side as f32 - 1.0;
            let y = 1.0 - 2.0 * (row as f32 + dy) / side as f32;
            sum = add(sum, shade(x, y).map(encode));
        }
        // A sensor's noise: on surfaces without any texture a style finds nothing to hang its lines on.
        let noise = GRAIN * grain(column, row);
        Rgb(sum.map(|v| ((v / 4.0 + noise) * 255.0).round() as u8))
    });
    match picture.save(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
