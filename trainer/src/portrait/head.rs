//! Skull, face, ears and neck. Lengths in units of half a head's height: the crown is at y = 1, the eyes near 0, the
//! chin at −1; x to the sitter's left, z towards the viewer. Everybody has the same bones; a [`Face`] moves them.

use super::{
    eye::Eye,
    shapes::{capsule, carve, ellipsoid, intersection, sphere, union},
    vector::{V, bell, gradient, smoothstep, v},
};

/// What makes a face this person's. Sizes are shares of a common one unless they are said to be lengths.
pub struct Face {
    /// Width of the lower half.
    pub width: f32,
    /// Roundness of the cheeks.
    pub cheeks: f32,
    /// Breadth of the jaw.
    pub jaw: f32,
    /// Radius of the chin, a length.
    pub chin: f32,
    pub nose: Nose,
    pub mouth: Mouth,
    pub eye: Eye,
    /// Strength of the brow ridge.
    pub ridge: f32,
    /// Depth of the forehead's lines, a length.
    pub lines: f32,
    /// Size of the ears.
    pub ears: f32,
    /// Radius of the neck, a length.
    pub neck: f32,
}

/// Lengths.
pub struct Nose {
    /// Centre of the tip's ball.
    pub tip: V,
    pub tip_radius: f32,
    pub wing_radius: f32,
    /// Radius of the bridge, and how far before the face it starts.
    pub bridge: [f32; 2],
}

/// Lengths.
pub struct Mouth {
    /// Height of the middle of the line between the lips.
    pub height: f32,
    pub half_width: f32,
    /// How much higher the corners are than the middle: the smile.
    pub smile: f32,
    /// Thickness of both lips in the middle.
    pub lips: [f32; 2],
}

/// Where a point of the front of the face lies on the mouth.
pub struct OnMouth {
    /// From the middle (0) to a corner (1).
    pub side: f32,
    /// Height above the line between the lips, a length.
    pub above: f32,
    /// The same in units of the lip it is on: 1 at the lip's outer edge.
    pub share: f32,
}

impl Mouth {
    /// Where `p` lies on the mouth.
    pub fn at(&self, p: V) -> OnMouth {
        let side = p.x.abs() / self.half_width;
        let s = side.min(1.25);
        let line = self.height + self.smile * s * s - 0.010 * bell(p.x, 0.045);
        let above = p.y - line;
        let round = (1.0 - side * side).max(0.0);
        // Cupid's bow: two peaks near the middle.
        let bow = 1.0 + 0.16 * bell(side - 0.24, 0.13) - 0.16 * bell(side, 0.09);
        let thickness = if above > 0.0 {
            self.lips[0] * round.powf(0.8) * bow
        } else {
            self.lips[1] * round.powf(0.65)
        };
        OnMouth {
            side,
            above,
            share: above.abs() / thickness.max(0.004),
        }
    }

    /// How much of a surface point of the face is lip, 0 to 1.
    pub fn lip(&self, p: V) -> f32 {
        if p.z < 0.3 || (p.y - self.height).abs() > 0.3 {
            return 0.0;
        }
        let at = self.at(p);
        smoothstep(1.06, 0.86, at.share) * smoothstep(1.02, 0.90, at.side)
    }

    /// Height of the lips over the face at `p`.
    fn relief(&self, p: V) -> f32 {
        if (p.y - self.height).abs() > 0.3 || p.x.abs() > self.half_width + 0.15 {
            return 0.0;
        }
        let at = self.at(p);
        let fade = smoothstep(1.05, 0.7, at.side);
        let full = if at.above > 0.0 {
            0.55 * self.lips[0]
        } else {
            0.62 * self.lips[1]
        };
        let bulge = smoothstep(-0.15, 0.45, at.share) * smoothstep(1.25, 0.45, at.share);
        let seam = 0.030 * bell(at.above, 0.013) * smoothstep(1.12, 0.95, at.side);
        // The smile presses a dimple beside each corner, and the chin's crease lies below.
        let corner = v(p.x.abs() - 1.07 * self.half_width, at.above, 0.0).length();
        let crease = bell(p.y - self.height + 0.155, 0.045) * bell(p.x, 0.13);
        full * bulge * fade - seam - 0.030 * bell(corner, 0.034) - 0.022 * crease
    }
}

impl Face {
    /// Skull and flesh without features, which hair grows on.
    pub fn skull(&self, p: V) -> f32 {
        let m = p.folded();
        let w = self.width;
        let mut d = ellipsoid(p, v(0.0, 0.30, -0.12), v(0.765, 0.72, 0.84));
        d = union(
            d,
            ellipsoid(p, v(0.0, -0.26, 0.13), v(0.60 * w, 0.64, 0.58)),
            0.35,
        );
        d = union(
            d,
            ellipsoid(
                m,
                v(0.35 * w, -0.34, 0.40),
                v(0.26, 0.25, 0.25) * self.cheeks,
            ),
            0.25,
        );
        d = union(
            d,
            capsule(
                m,
                v(0.43 * self.jaw, -0.46, 0.02),
                v(0.13 * self.jaw, -0.83, 0.44),
                0.12,
                0.13,
            ),
            0.25,
        );
        let chin = v(0.0, -0.97 + self.chin, 0.50);
        union(d, sphere(p, chin, self.chin), 0.20)
    }

    /// Skin of head and neck; `p` in the head's frame.
    pub fn skin(&self, p: V) -> f32 {
        let m = p.folded();
        let mut d = self.skull(p);
        if p.z > 0.1 {
            d = self.features(p, m, d);
        }
        d = union(d, self.ear(m), 0.05);
        let neck = capsule(
            p,
            v(0.0, -0.50, -0.20),
            v(0.0, -1.95, -0.36),
            self.neck,
            self.neck * 1.12,
        );
        union(d, neck, 0.14)
    }

    fn features(&self, p: V, m: V, mut d: f32) -> f32 {
        let eye = &self.eye;
        d = union(
            d,
            capsule(
                m,
                v(0.12, 0.235, 0.64),
                v(0.46, 0.225, 0.46),
                0.08 * self.ridge,
                0.06 * self.ridge,
            ),
            0.20,
        );
        if self.lines > 0.0 {
            for (y, reach) in [(0.43, 0.30), (0.53, 0.24), (0.35, 0.20)] {
                let wave = p.y - y - 0.05 * smoothstep(0.05, 0.35, m.x)
                    + 0.02 * smoothstep(0.12, 0.0, m.x);
                d += self.lines * bell(wave, 0.011) * smoothstep(reach + 0.08, reach - 0.10, m.x);
            }
        }
        let socket = eye.centre + v(-0.01, 0.0, 0.27);
        d = carve(d, ellipsoid(m, socket, v(0.24, 0.18, 0.12)), 0.16);
        d = self.nose.on(p, m, d);
        let muzzle = v(0.0, self.mouth.height + 0.02, 0.50);
        d = union(d, ellipsoid(p, muzzle, v(0.30, 0.21, 0.21)), 0.18);
        // The fold that a smile draws from the nose past the mouth.
        let fold = capsule(
            m,
            v(0.20, self.nose.tip.y - 0.03, 0.80),
            v(1.30 * self.mouth.half_width, self.mouth.height + 0.03, 0.66),
            0.006,
            0.004,
        );
        d += 0.012 * bell(fold, 0.035);
        d -= self.mouth.relief(p) * smoothstep(0.3, 0.5, p.z);
        eye.lids(m, d)
    }

    fn ear(&self, m: V) -> f32 {
        let centre = v(0.775, -0.10, -0.12);
        // Turned out from the head, and leaning back.
        let q = m - centre;
        let (s, c) = 0.42_f32.sin_cos();
        let q = v(q.x * c + q.z * s, q.y + 0.22 * q.z, q.z * c - q.x * s) * (1.0 / self.ears);
        if q.length() > 0.6 {
            return (q.length() - 0.3) * self.ears;
        }
        let o = V::default();
        let shell = ellipsoid(q, o, v(0.07, 0.235, 0.165));
        let hollow = ellipsoid(q, v(0.075, 0.02, 0.02), v(0.065, 0.155, 0.10));
        let lobe = sphere(q, v(0.0, -0.20, 0.035), 0.075);
        let mut d = carve(union(shell, lobe, 0.08), hollow, 0.04);
        let fold = capsule(
            q,
            v(0.035, 0.10, -0.035),
            v(0.045, -0.10, -0.02),
            0.022,
            0.028,
        );
        d = union(d, fold, 0.05);
        let tragus = sphere(q, v(0.03, -0.04, 0.105), 0.045);
        union(d, tragus, 0.05) * self.ears
    }

    /// The point of the skin nearest to `p`, and the direction out of it.
    pub fn on_skin(&self, mut p: V) -> (V, V) {
        for _ in 0..8 {
            let n = gradient(p, 0.01, |p| self.skin(p));
            p = p - n * (0.8 * self.skin(p));
        }
        (p, gradient(p, 0.03, |p| self.skin(p)))
    }

    /// Where the ray from inside the skull along `direction` leaves it, and the direction out of it there.
    pub fn on_skull(&self, direction: V) -> (V, V) {
        let direction = direction.normalized();
        let mut t = 1.6;
        for _ in 0..40 {
            t -= 0.9 * self.skull(MIDDLE + direction * t);
        }
        let p = MIDDLE + direction * t;
        (p, gradient(p, 0.05, |p| self.skull(p)))
    }
}

/// The middle of the skull, from which hair is combed over it.
pub const MIDDLE: V = v(0.0, 0.18, -0.12);

impl Nose {
    fn on(&self, p: V, m: V, mut d: f32) -> f32 {
        let [radius, before] = self.bridge;
        let tip = self.tip;
        let root = v(0.0, 0.12, 0.64 + before);
        d = union(
            d,
            capsule(p, root, tip + v(0.0, 0.04, -0.03), radius, radius * 1.2),
            0.13,
        );
        d = union(d, sphere(p, tip, self.tip_radius), 0.10);
        let wing = tip
            + v(
                0.72 * self.tip_radius + 0.45 * self.wing_radius,
                -0.022,
                -0.075,
            );
        d = union(
            d,
            ellipsoid(m, wing, v(1.0, 0.88, 1.25) * self.wing_radius),
            0.05,
        );
        let hole = tip
            + v(
                0.055 + 0.2 * self.wing_radius,
                -0.80 * self.tip_radius,
                -0.015,
            );
        carve(d, ellipsoid(m, hole, v(0.030, 0.022, 0.040)), 0.03)
    }
}

/// Where hair begins: heights at the middle of the forehead, the temple, before the ear, behind it, and at the nape.
pub type Line = [f32; 5];

/// The height of `line` at the side of the head on which `p` lies.
pub fn height(line: &Line, p: V) -> f32 {
    const KNOTS: [f32; 5] = [0.0, 0.60, 1.25, 1.85, std::f32::consts::PI];
    let angle = p.x.abs().atan2(p.z + 0.10);
    let i = (1..4).find(|&i| angle < KNOTS[i]).unwrap_or(4);
    let t = smoothstep(KNOTS[i - 1], KNOTS[i], angle);
    line[i - 1] + (line[i] - line[i - 1]) * t
}

/// A coat of `thickness` over the skull above `line`, as hair that hides the skin between locks.
pub fn coat(face: &Face, line: &Line, thickness: f32, p: V) -> f32 {
    let shell = face.skull(p) - thickness;
    let below = 0.8 * (height(line, p) - p.y);
    intersection(shell, below, 0.05 + thickness)
}
