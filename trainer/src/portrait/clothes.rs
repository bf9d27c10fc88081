//! What sitters wear: a body with a pullover, a jacket over a shirt, or a hooded jersey, and glasses and earrings.
//! Clothes are modelled in the frame of the chest, jewellery and glasses in that of the head.

use super::{
    eye::Eye,
    shapes::{capsule, carve, ellipsoid, intersection, ring, sphere, union},
    vector::{V, bell, fractal, noise, smoothstep, v},
};

/// Clothes, by their linear colours.
pub enum Wear {
    /// A chunky knitted pullover with a rolled collar.
    Pullover { wool: V },
    /// An open jacket over a checked shirt.
    Jacket { cloth: V, check: [V; 3] },
    /// A jersey with a hood and cords.
    Hoodie { fleece: V, cord: V, shirt: V },
}

/// A kind of cloth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fabric {
    Knit,
    Twill,
    Check,
    Fleece,
    Cord,
    Shirt,
    Button,
}

/// Build of the body.
pub struct Build {
    /// From the middle to the joint of the shoulder, a length.
    pub shoulders: f32,
    /// Thickness, as a share of a grown person's.
    pub bulk: f32,
    /// How much higher the shoulders are than a grown person's, a length.
    pub rise: f32,
}

impl Build {
    /// The clothed body without collars.
    fn body(&self, p: V) -> f32 {
        let m = p.folded();
        let (s, b) = (self.shoulders, self.bulk);
        let mut d = capsule(
            m,
            v(0.16, -1.70, -0.26),
            v(s, -1.98, -0.30),
            0.26 * b,
            0.30 * b,
        );
        d = union(
            d,
            ellipsoid(p, v(0.0, -2.60, -0.14), v(1.02 * s, 0.98, 0.50 * b)),
            0.30,
        );
        d = union(
            d,
            capsule(
                m,
                v(s + 0.04, -2.0, -0.30),
                v(s + 0.16, -3.3, -0.2),
                0.30 * b,
                0.27 * b,
            ),
            0.16,
        );
        // Creases from the arms to the chest.
        let crease = (m.y + 2.05) * 0.5 + (m.x - 0.75 * s);
        d + 0.02 * bell(crease, 0.05) * smoothstep(0.0, 0.3, p.z)
    }
}

impl Wear {
    /// The clothes at `p` in the chest's frame, and which of them is nearest.
    pub fn at(&self, build: &Build, p: V, seed: u32) -> (f32, Fabric) {
        let p = p - v(0.0, build.rise, 0.0);
        let body = build.body(p);
        if body > 0.7 {
            return (body - 0.35, Fabric::Twill);
        }
        match self {
            Self::Pullover { .. } => pullover(p, body, seed),
            Self::Jacket { .. } => jacket(p, body, seed),
            Self::Hoodie { .. } => hoodie(p, body, seed),
        }
    }
}

/// The nearer one.
fn nearer(a: (f32, Fabric), b: (f32, Fabric)) -> (f32, Fabric) {
    if b.0 < a.0 { b } else { a }
}

/// Distance to a roll around the neck, `wide` and `thick`, at `height`, lower in front by `slope`; and the angle
/// around it.
fn roll(p: V, [wide, thick, height, slope]: [f32; 4], tall: f32) -> (f32, f32) {
    let q = p - v(0.0, height, -0.16);
    let y = q.y + slope * q.z;
    let around = (q.x * q.x / 1.10 + q.z * q.z).sqrt() - wide;
    let d = (around * around + y * y / (tall * tall)).sqrt() - thick;
    (0.80 * d, q.x.atan2(q.z))
}

fn pullover(p: V, body: f32, seed: u32) -> (f32, Fabric) {
    let neck = ellipsoid(p, v(0.0, -1.30, -0.10), v(0.42, 0.34, 0.46));
    let d = carve(body, neck, 0.05);
    // Two folds of the rolled collar.
    let (low, angle) = roll(p, [0.455, 0.105, -1.46, 0.20], 1.25);
    let (high, _) = roll(p, [0.425, 0.095, -1.29, 0.16], 1.25);
    let collar = union(low, high, 0.04);
    let mut d = union(d, collar, 0.03);
    if d < 0.12 {
        d -= if collar < d + 0.02 {
            0.013 * (angle * 40.0).sin()
        } else {
            0.015 * knit(p, seed)
        };
    }
    (d, Fabric::Knit)
}

/// Height of the stitches, about −1 to 1.6: columns of leaning loops, with a cable of crossing ropes down each side.
pub fn knit(p: V, seed: u32) -> f32 {
    let wobble = 0.20 * fractal(p * 2.5, seed);
    let x = p.x.abs() + 0.10 * p.z;
    let cable = x - 0.36;
    if cable.abs() < 0.135 {
        let swing = 0.060 * (p.y * 15.0).sin();
        let ropes = [swing, -swing].map(|s| (1.0 - ((cable - s) / 0.062).powi(2)).max(0.0).sqrt());
        let strands = 0.10 * ((cable - swing) * 150.0 + p.y * 60.0).sin();
        return 2.2 * ropes[0].max(ropes[1]) - 0.6 + strands;
    }
    let beside = smoothstep(0.135, 0.19, cable.abs());
    let column = x * 13.0 + 3.0 * p.z + wobble;
    let half = (column - column.floor() - 0.5).abs();
    let row = p.y * 16.0 + 1.1 * half + wobble;
    let loops = (row * 4.188_79).sin();
    ((1.0 - 1.6 * smoothstep(0.28, 0.5, half)) * 0.6 + 0.4 * loops) * beside - 0.6 * (1.0 - beside)
}

fn jacket(p: V, body: f32, seed: u32) -> (f32, Fabric) {
    let m = p.folded();
    let neck = ellipsoid(p, v(0.0, -1.34, -0.10), v(0.40, 0.32, 0.46));
    let folds = 0.012 * fractal(v(p.x * 2.0, p.y * 5.0, p.z * 2.0), seed);
    let shirt = carve(body, neck, 0.05) - folds;
    // The shirt's collar: a band around the neck, and two points folded down in front.
    let (band, _) = roll(p, [0.425, 0.036, -1.42, 0.34], 3.2);
    let point = capsule(m, v(0.12, -1.52, 0.26), v(0.27, -1.68, 0.24), 0.10, 0.045);
    let flap = intersection(point, (shirt - 0.075).abs() - 0.03, 0.02);
    let side = capsule(m, v(0.12, -1.52, 0.28), v(0.42, -1.38, -0.12), 0.075, 0.06);
    let shirt = union(union(shirt, band, 0.03), union(flap, side, 0.05), 0.015);
    // Open in a V, with lapels along it.
    let edge = 0.20 + 0.36 * smoothstep(-2.55, -1.45, p.y);
    let gap = edge - m.x;
    let front = smoothstep(-0.25, 0.05, p.z);
    let lapel = smoothstep(0.0, -0.03, gap + 0.02)
        * smoothstep(-0.26, -0.22, gap + 0.06 * (p.y * 9.0).sin().max(0.4));
    let cloth = body - 0.065 - 1.5 * folds - 0.035 * lapel * front;
    let hole = ellipsoid(p, v(0.0, -1.30, -0.02), v(0.52, 0.42, 0.50));
    let cloth = carve(carve(cloth, (-gap * 0.9).max(-p.z - 0.1), 0.02), hole, 0.04);
    let (stand, _) = roll(p, [0.53, 0.05, -1.47, 0.42], 2.2);
    let back = intersection(stand, p.z - 0.16 + 0.3 * p.x.abs(), 0.05);
    let cloth = union(cloth, back, 0.05);
    let buttons = (0..3)
        .map(|i| {
            let y = -1.72 - 0.26 * i as f32;
            let q = v(p.x, p.y - y, (shirt * 1.6).abs());
            ellipsoid(q, V::default(), v(0.035, 0.035, 0.022))
        })
        .fold(f32::INFINITY, f32::min)
        .max(-0.1 - p.z);
    nearer(
        nearer((shirt, Fabric::Check), (cloth, Fabric::Twill)),
        (buttons, Fabric::Button),
    )
}

fn hoodie(p: V, body: f32, seed: u32) -> (f32, Fabric) {
    let m = p.folded();
    let neck = ellipsoid(p, v(0.0, -1.32, -0.08), v(0.42, 0.34, 0.48));
    let folds = 0.016 * fractal(v(p.x * 2.5, p.y * 4.0, p.z * 2.5), seed);
    let mut d = carve(body, neck, 0.05) - folds;
    // The hood lies around the neck, thick behind, its edges meeting in front.
    let (hood, angle) = roll(p, [0.50, 0.15, -1.42, 0.28], 1.25);
    let behind = ellipsoid(p, v(0.0, -1.45, -0.55), v(0.66, 0.30, 0.30));
    let hood = union(hood - 0.03 * (angle * 3.0 + 2.0 * p.y).sin(), behind, 0.18);
    let split = (m.x - 0.010).max(-p.z);
    d = union(d, carve(hood, split, 0.05), 0.04);
    // Seam along the hood's edge.
    let (seam, _) = roll(p, [0.42, 0.012, -1.33, 0.28], 1.0);
    d -= 0.012 * bell(seam, 0.02);
    let sway = 0.02 * (p.y * 4.0).sin();
    let chest = v(0.17 + sway, p.y, 0.0);
    let hang = v(m.x - chest.x, 0.0, d - 0.028);
    let cord = (hang.length() - 0.026)
        .max(-2.13 - p.y)
        .max(p.y + 1.60)
        .max(0.2 - p.z);
    let knot = sphere(
        v(m.x, p.y, d),
        v(0.17 + 0.02 * (-8.4_f32).sin(), -2.10, 0.03),
        0.045,
    )
    .max(-p.z);
    let shirt = roll(p, [0.300, 0.045, -1.36, 0.20], 2.0).0;
    nearer(
        nearer((d, Fabric::Fleece), (0.7 * cord.min(knot), Fabric::Cord)),
        (shirt, Fabric::Shirt),
    )
}

/// Colour of the checked cloth at `p`: bands of the second and third colour across the first.
pub fn check(p: V, [ground, band, line]: [V; 3]) -> V {
    let bands = |x: f32| {
        let t = x - x.floor();
        let broad = smoothstep(0.02, 0.06, t) * smoothstep(0.46, 0.42, t);
        let fine = smoothstep(0.68, 0.70, t) * smoothstep(0.77, 0.75, t);
        (broad, fine)
    };
    let (a, b) = (bands(p.x * 4.2 + 0.18), bands(p.y * 4.2 + 0.3 * p.z));
    let broad = 0.5 * (a.0 + b.0);
    let fine = 0.5 * a.1.max(b.1) + 0.25 * (a.1 + b.1);
    let weave = 1.0 + 0.08 * ((p.x + p.y) * 160.0).sin() + 0.05 * noise(p * 30.0, 3);
    (ground * (1.0 - broad) + band * broad) * (weave * (1.0 - fine)) + line * fine
}

/// The frame of a pair of glasses before `eye`; `m` is folded to the left side.
pub fn glasses(m: V, eye: &Eye) -> f32 {
    let centre = lens(eye);
    if sphere(m, centre, 1.2) > 0.0 {
        return sphere(m, centre, 1.0);
    }
    let q = across_lens(m, eye);
    // A little squarer than a circle.
    let p4 = |x: f32| x * x * x * x;
    let around =
        (p4(q.x / 1.06) + p4(q.y) + 0.9 * q.x * q.x * q.y * q.y).powf(0.25) * 0.96 + 0.02 - LENS;
    let rim = (around * around + q.z * q.z).sqrt() - 0.024;
    let bridge = capsule(
        m,
        v(0.0, centre.y + 0.075, centre.z + 0.055),
        v(centre.x - LENS + 0.02, centre.y + 0.06, centre.z + 0.03),
        0.020,
        0.022,
    );
    let hinge = v(centre.x + LENS + 0.02, centre.y + 0.08, centre.z - 0.09);
    let arm = capsule(m, hinge, v(0.83, 0.02, -0.12), 0.026, 0.022);
    let corner = capsule(m, hinge, hinge + v(-0.06, -0.01, 0.05), 0.028, 0.024);
    rim.min(union(bridge, arm.min(corner), 0.02))
}

/// Radius of a lens.
pub const LENS: f32 = 0.275;

fn lens(eye: &Eye) -> V {
    eye.centre + v(0.045, -0.045, 0.36)
}

/// `m`, folded to the left side, in the axes of the left lens: x and y across it, z out of it.
pub fn across_lens(m: V, eye: &Eye) -> V {
    let q = m - lens(eye);
    let (s, c) = 0.20_f32.sin_cos();
    let q = v(q.x * c - q.z * s, q.y, q.z * c + q.x * s);
    v(q.x, q.y - 0.08 * q.z, q.z + 0.08 * q.y)
}

/// A hoop in each ear; `m` is folded to the left side.
pub fn earring(m: V) -> f32 {
    ring(v(m.z, m.y, m.x), v(-0.06, -0.52, 0.80), 0.125, 0.020)
}
