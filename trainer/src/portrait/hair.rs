//! Hair, parted at the side: a cap over the skull, and locks along Bézier curves that frame the face and fall to the
//! shoulders. Strands are ripples around each lock's axis.

use super::{
    shapes::{bezier, carve, ellipsoid, union},
    vector::{V, noise, smoothstep, v},
};

/// Control points and largest radius.
type Lock = ([V; 3], f32);

/// The parting lies on the sitter's left; from there the fringe sweeps over to the right.
const LOCKS: [Lock; 13] = [
    // Fringe, swept to the sitter's right.
    (
        [
            v(0.20, 0.985, 0.50),
            v(-0.20, 0.985, 0.90),
            v(-0.66, 0.28, 0.46),
        ],
        0.125,
    ),
    (
        [
            v(0.16, 1.03, 0.36),
            v(-0.38, 1.08, 0.70),
            v(-0.78, 0.22, 0.26),
        ],
        0.150,
    ),
    (
        [
            v(-0.50, 0.52, 0.52),
            v(-0.78, 0.02, 0.40),
            v(-0.67, -0.62, 0.24),
        ],
        0.105,
    ),
    // The other side of the parting.
    (
        [
            v(0.22, 0.985, 0.48),
            v(0.55, 0.90, 0.62),
            v(0.71, 0.22, 0.36),
        ],
        0.115,
    ),
    (
        [
            v(0.20, 1.03, 0.32),
            v(0.70, 1.00, 0.42),
            v(0.80, 0.10, 0.14),
        ],
        0.140,
    ),
    // Falling in front of the shoulders.
    (
        [
            v(-0.76, 0.30, 0.16),
            v(-0.98, -0.60, 0.10),
            v(-0.62, -1.55, 0.28),
        ],
        0.185,
    ),
    (
        [
            v(-0.82, 0.00, 0.00),
            v(-1.05, -0.90, -0.05),
            v(-0.82, -1.80, 0.20),
        ],
        0.180,
    ),
    (
        [
            v(-0.70, -0.20, 0.22),
            v(-0.80, -0.95, 0.16),
            v(-0.50, -1.75, 0.40),
        ],
        0.110,
    ),
    (
        [
            v(0.76, 0.20, 0.16),
            v(0.96, -0.60, 0.00),
            v(0.70, -1.45, 0.18),
        ],
        0.180,
    ),
    (
        [
            v(0.82, -0.05, -0.05),
            v(1.06, -0.80, -0.15),
            v(0.86, -1.70, 0.10),
        ],
        0.170,
    ),
    (
        [
            v(0.73, 0.25, 0.30),
            v(0.83, -0.50, 0.24),
            v(0.66, -1.20, 0.30),
        ],
        0.085,
    ),
    // Behind the neck.
    (
        [
            v(-0.50, -0.20, -0.55),
            v(-0.70, -0.90, -0.55),
            v(-0.60, -1.70, -0.30),
        ],
        0.340,
    ),
    (
        [
            v(0.50, -0.20, -0.55),
            v(0.70, -0.90, -0.55),
            v(0.60, -1.60, -0.30),
        ],
        0.340,
    ),
];

/// A point of the hair.
#[derive(Clone, Copy)]
pub struct Hair {
    pub distance: f32,
    /// Direction of the strands.
    pub tangent: V,
    /// Varies from strand to strand, constant along one, for colour.
    pub strand: f32,
}

/// `p` in the head's frame.
pub fn hair(p: V, seed: u32) -> Hair {
    // Waves, larger towards the ends.
    let fall = smoothstep(0.25, -1.3, p.y);
    let q = p + v(
        (0.030 + 0.05 * fall) * fall * (p.y * 5.2 + p.z * 2.0).sin(),
        0.0,
        0.06 * fall * (p.y * 4.3 + p.x * 3.0 + 1.0).cos(),
    );
    let mut best = cap(p, seed);
    for (index, (curve, radius)) in LOCKS.iter().enumerate() {
        let near = bezier(q, *curve);
        let taper = 0.62 + 0.38 * smoothstep(0.0, 0.35, near.t)
            - 0.92 * smoothstep(0.45, 1.0, near.t).powi(2);
        let mut d = near.distance - radius * taper;
        if d > best.distance + 0.08 {
            continue;
        }
        let (along, around) = frame(&near.tangent, near.offset);
        let turn =
            around + near.t * 2.2 + 0.35 * noise(v(near.t * 5.0, index as f32 * 7.3, 0.0), seed);
        let clump = noise(v(turn * 2.6, index as f32 * 5.7, near.t * 1.3), seed ^ 3);
        let strand = noise(v(turn * 20.0, index as f32 * 3.1, near.t * 2.0), seed)
            + 0.7 * noise(v(turn * 55.0, index as f32 * 1.7, near.t * 3.0), seed);
        d += (-0.030 * clump - 0.008 * strand) * smoothstep(0.0, 0.2, radius * taper * 2.0);
        let joined = union(best.distance, d, 0.03);
        if d < best.distance {
            best.tangent = along;
            best.strand = 0.45 * strand + 0.35 * clump;
        }
        best.distance = joined;
    }
    best
}

/// Direction of the curve, and the angle of `offset` around it.
fn frame(tangent: &V, offset: V) -> (V, f32) {
    let along = tangent.normalized();
    let side = along.cross(v(0.0, 0.25, 1.0)).normalized();
    let up = side.cross(along);
    (along, offset.dot(up).atan2(offset.dot(side)))
}

/// The cap: combed from the parting down both sides and a little back.
fn cap(p: V, seed: u32) -> Hair {
    let parting = p.x - 0.19 + 0.10 * (p.z - 0.4);
    let angle = parting.atan2(p.y + 0.25);
    let sweep = p.z + 0.55 * angle.abs();
    let clump = noise(
        v(sweep * 14.0, angle * 1.2, parting.signum() * 5.0),
        seed ^ 3,
    );
    let strand = noise(v(sweep * 95.0, angle * 1.6, parting.signum() * 9.0), seed);
    let mut d = ellipsoid(p, v(0.0, 0.34, -0.15), v(0.775, 0.775, 0.925));
    d = union(
        d,
        ellipsoid(p, v(0.0, -0.35, -0.50), v(0.72, 0.75, 0.45)),
        0.3,
    );
    let face = ellipsoid(p, v(0.02, -0.14, 0.96), v(0.67, 0.83, 0.76));
    d = carve(d, face, 0.09);
    // The parting is a furrow.
    d += 0.018 * (1.0 - smoothstep(0.0, 0.07, parting.abs())) * smoothstep(0.5, 0.8, p.y);
    d += -0.013 * clump - 0.006 * strand;
    let tangent = v(
        angle.cos() * parting.signum(),
        -angle.sin().abs(),
        -0.5 * angle.abs().min(1.0),
    );
    Hair {
        distance: d,
        tangent: tangent.normalized(),
        strand: 0.55 * strand + 0.3 * clump,
    }
}
