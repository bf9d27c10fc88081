//! Skull, face, eyes and neck. Lengths in units of half a head's height: the crown is at y = 1, the pupils at 0, the
//! base of the nose at −0.42, the chin at −1; x to the sitter's left, z towards the viewer.

use super::{
    shapes::{capsule, carve, ellipsoid, intersection, sphere, union},
    vector::{V, bell, smoothstep, v},
};

/// Centre of the left eyeball; the right one is its mirror image.
pub const EYE: V = v(0.290, -0.005, 0.572);
/// Radius of both eyeballs.
pub const EYE_RADIUS: f32 = 0.150;

/// Where a point lies around the eye that is on its side.
pub struct EyeFrame {
    /// Distance from the eyeball's centre.
    pub radius: f32,
    /// Angle to the temple, in radians.
    pub u: f32,
    /// Angle from the edge of the upper lid into the opening; negative above it.
    pub under_upper: f32,
    /// Angle from the edge of the lower lid into the opening.
    pub over_lower: f32,
}

impl EyeFrame {
    /// `m` is a point of the head, folded to the left side.
    pub fn new(m: V) -> Self {
        let e = m - EYE;
        let radius = e.length().max(1e-5);
        let u = e.x.atan2(e.z.max(-0.2)) - 0.06;
        let angle = (e.y / radius).clamp(-1.0, 1.0).asin();
        // The outer corner stands a little higher than the inner one.
        let v = angle - 0.10 * u;
        const HALF_WIDTH: f32 = 1.02;
        let s = u / HALF_WIDTH;
        let arch = 1.0 - s * s;
        // The upper lid is highest a little towards the nose, the lower one lowest towards the temple.
        let upper = 0.40 * arch * (1.0 - 0.18 * s);
        let lower = -0.31 * arch * (1.0 + 0.20 * s);
        Self {
            radius,
            u,
            under_upper: upper - v,
            over_lower: v - lower,
        }
    }

    /// How far inside the opening between the lids, as an angle; negative beneath a lid.
    pub fn opening(&self) -> f32 {
        self.under_upper.min(self.over_lower)
    }
}

/// Skin of head and neck; `p` in the head's frame.
pub fn skin(p: V) -> f32 {
    let m = p.folded();
    let mut d = ellipsoid(p, v(0.0, 0.32, -0.10), v(0.690, 0.735, 0.870));
    d = union(
        d,
        ellipsoid(p, v(0.0, -0.25, 0.17), v(0.555, 0.70, 0.575)),
        0.30,
    );
    d = union(
        d,
        capsule(m, v(0.43, -0.44, 0.00), v(0.10, -0.86, 0.57), 0.11, 0.11),
        0.26,
    );
    d = union(
        d,
        ellipsoid(p, v(0.0, -0.865, 0.670), v(0.115, 0.120, 0.125)),
        0.20,
    );
    // Cheekbones, and the softer flesh below them.
    d = union(d, sphere(m, v(0.43, -0.13, 0.455), 0.165), 0.24);
    d = union(
        d,
        ellipsoid(m, v(0.30, -0.33, 0.56), v(0.17, 0.19, 0.17)),
        0.24,
    );
    // Brow ridge and sockets.
    d = union(
        d,
        capsule(m, v(0.09, 0.215, 0.715), v(0.45, 0.215, 0.50), 0.085, 0.07),
        0.16,
    );
    d = carve(
        d,
        ellipsoid(m, v(0.285, 0.01, 0.83), v(0.19, 0.115, 0.16)),
        0.15,
    );
    d = nose(p, m, d);
    d = mouth(p, m, d);
    d = eyelids(m, d);
    d = union(d, ear(m), 0.05);
    let neck = capsule(p, v(0.0, -0.55, -0.16), v(0.0, -1.95, -0.42), 0.355, 0.42);
    d = union(d, neck, 0.16);
    // The muscle from behind the ear to the notch between the collarbones.
    union(
        d,
        capsule(m, v(0.33, -0.66, -0.20), v(0.07, -1.66, 0.02), 0.06, 0.05),
        0.18,
    )
}

fn nose(p: V, m: V, mut d: f32) -> f32 {
    d = union(
        d,
        capsule(p, v(0.0, 0.16, 0.735), v(0.0, -0.26, 0.935), 0.058, 0.066),
        0.13,
    );
    d = union(
        d,
        capsule(
            m,
            v(0.045, -0.02, 0.735),
            v(0.085, -0.31, 0.815),
            0.06,
            0.075,
        ),
        0.10,
    );
    d = union(
        d,
        ellipsoid(p, v(0.0, -0.300, 0.962), v(0.080, 0.072, 0.076)),
        0.075,
    );
    d = union(
        d,
        ellipsoid(m, v(0.108, -0.336, 0.858), v(0.055, 0.058, 0.080)),
        0.05,
    );
    d = union(
        d,
        capsule(p, v(0.0, -0.350, 0.955), v(0.0, -0.412, 0.85), 0.034, 0.036),
        0.05,
    );
    carve(
        d,
        ellipsoid(m, v(0.064, -0.396, 0.890), v(0.028, 0.016, 0.042)),
        0.02,
    )
}

fn mouth(p: V, m: V, mut d: f32) -> f32 {
    d = union(
        d,
        ellipsoid(p, v(0.0, -0.60, 0.60), v(0.30, 0.21, 0.235)),
        0.15,
    );
    d = carve(
        d,
        capsule(
            p,
            v(0.0, -0.455, 0.925),
            v(0.0, -0.530, 0.930),
            0.012,
            0.018,
        ),
        0.05,
    );
    let upper = capsule(
        m,
        v(0.048, -0.578, 0.846),
        v(0.245, -0.606, 0.712),
        0.036,
        0.014,
    );
    let tubercle = ellipsoid(p, v(0.0, -0.588, 0.852), v(0.05, 0.03, 0.036));
    let lower = union(
        capsule(
            m,
            v(0.0, -0.668, 0.826),
            v(0.11, -0.660, 0.806),
            0.052,
            0.044,
        ),
        capsule(
            m,
            v(0.11, -0.660, 0.806),
            v(0.238, -0.612, 0.715),
            0.044,
            0.014,
        ),
        0.02,
    );
    d = union(d, union(upper, tubercle, 0.04), 0.035);
    d = union(d, lower, 0.035);
    // Where the lips meet, a line that dips in the middle and rises to the corners.
    let line = capsule(
        m,
        v(0.0, -0.622, 0.905),
        v(0.12, -0.613, 0.868),
        0.006,
        0.006,
    )
    .min(capsule(
        m,
        v(0.12, -0.613, 0.868),
        v(0.262, -0.592, 0.745),
        0.006,
        0.010,
    ));
    d = carve(d, line, 0.055);
    carve(
        d,
        capsule(m, v(0.0, -0.765, 0.87), v(0.10, -0.755, 0.85), 0.02, 0.015),
        0.09,
    )
}

fn eyelids(m: V, d: f32) -> f32 {
    if sphere(m, EYE, 0.34) > 0.0 {
        return d;
    }
    let eye = EyeFrame::new(m);
    let open = eye.opening() * EYE_RADIUS;
    let shell = eye.radius - EYE_RADIUS - 0.020;
    let lids = intersection(shell, open, 0.016);
    let mut d = union(d, lids, 0.065);
    // The socket's flesh must not close the opening again.
    d = carve(d, intersection(shell - 0.03, 0.004 - open, 0.01), 0.012);
    // The fold above the upper lid, deepest over the pupil.
    let fold = bell(eye.under_upper + 0.30, 0.055) * smoothstep(0.95, 0.4, eye.u.abs());
    d += 0.014 * fold * smoothstep(0.10, 0.03, (eye.radius - EYE_RADIUS).abs());
    d
}

fn ear(m: V) -> f32 {
    let shell = ellipsoid(m, v(0.715, -0.12, -0.10), v(0.055, 0.245, 0.145));
    let hollow = ellipsoid(m, v(0.775, -0.10, -0.06), v(0.045, 0.15, 0.075));
    let lobe = sphere(m, v(0.690, -0.34, -0.02), 0.062);
    carve(union(shell, lobe, 0.06), hollow, 0.04)
}

/// Signed distance of `m`, folded to the left side, to the eyeball that looks along `gaze`.
pub fn eyeball(m: V, gaze: V) -> f32 {
    let e = m - EYE;
    // The cornea stands out from the ball.
    let cornea = sphere(m, EYE + gaze * (0.42 * EYE_RADIUS), EYE_RADIUS * 0.66);
    union(e.length() - EYE_RADIUS, cornea, 0.02)
}

/// The upper lashes; a bound of the distance away from the eye.
pub fn lashes(m: V) -> f32 {
    let bound = sphere(m, EYE, EYE_RADIUS + 0.12);
    if bound > 0.05 {
        return bound;
    }
    let eye = EyeFrame::new(m);
    let fan = |edge: f32, pitch: f32, length: f32, lift: f32, thickness: f32| {
        let out = (eye.radius - EYE_RADIUS - 0.012).max(0.0);
        let t = (out / length).min(1.0);
        // Lashes lean outwards, more so towards the temple.
        let lean = eye.u - out * (1.5 * eye.u + 0.8);
        let cell = (lean / pitch).round().clamp(-0.9 / pitch, 0.95 / pitch);
        let across = (lean - cell * pitch) * eye.radius;
        let along = (edge + lift * t * t) * eye.radius;
        let beyond = (out - length * (0.70 + 0.30 * (cell * 2.7).sin())).max(0.0);
        let inside = (EYE_RADIUS + 0.008 - eye.radius).max(0.0);
        (across * across + along * along + beyond * beyond + inside * inside).sqrt()
            - thickness * (1.0 - 0.8 * t)
    };
    // The bend makes the field steeper than a distance.
    0.35 * fan(eye.under_upper + 0.01, 0.088, 0.046, 0.26, 0.0008)
}

/// How much of a surface point of the face is lip, 0 to 1.
pub fn lip_mask(p: V) -> f32 {
    let x = p.x.abs();
    if p.z < 0.55 || x > 0.3 || p.y > -0.48 || p.y < -0.78 {
        return 0.0;
    }
    let s = (x / 0.255).min(1.0);
    // Cupid's bow: highest at a fifth of the half width, a dip in the middle.
    let bow = 0.018 * bell(x - 0.055, 0.035) - 0.010 * bell(x, 0.02);
    let top = -0.562 + bow - 0.038 * s * s;
    let bottom = -0.722 + 0.118 * s.powf(2.4);
    let inside = (top - p.y).min(p.y - bottom);
    smoothstep(-0.004, 0.010, inside) * smoothstep(0.268, 0.235, x)
}

/// Density of the eyebrow at a surface point, 0 to 1, and how far along it lies (0 at the nose).
pub fn brow(m: V) -> (f32, f32) {
    if m.z < 0.3 || m.y < 0.1 {
        return (0.0, 0.0);
    }
    let along = ((m.x - 0.115) / 0.385).clamp(-0.2, 1.2);
    let arch = 0.205 + 0.080 * smoothstep(-0.1, 0.62, along) - 0.070 * smoothstep(0.6, 1.05, along);
    let half = 0.036
        * (0.78 + 0.22 * smoothstep(0.0, 0.35, along))
        * (1.0 - 0.74 * smoothstep(0.4, 1.05, along));
    let across = (m.y - arch).abs() / half.max(1e-3);
    let ends = smoothstep(-0.08, 0.12, along) * smoothstep(1.08, 0.92, along);
    (smoothstep(1.15, 0.35, across) * ends, along)
}
