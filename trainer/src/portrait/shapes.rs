//! Signed distances: negative inside. After Inigo Quilez, "Distance functions" and "Smooth minimum"
//! (iquilezles.org/articles). Ellipsoids and tapered capsules are bounds rather than exact distances.

use super::vector::V;

/// Distance to a sphere.
pub fn sphere(p: V, centre: V, radius: f32) -> f32 {
    (p - centre).length() - radius
}

/// Bound of the distance to an ellipsoid along the axes.
pub fn ellipsoid(p: V, centre: V, radii: V) -> f32 {
    let q = p - centre;
    let scaled = V {
        x: q.x / radii.x,
        y: q.y / radii.y,
        z: q.z / radii.z,
    };
    let k0 = scaled.length();
    let k1 = V {
        x: scaled.x / radii.x,
        y: scaled.y / radii.y,
        z: scaled.z / radii.z,
    }
    .length();
    k0 * (k0 - 1.0) / k1.max(1e-6)
}

/// A capsule whose radius goes from `r0` at `a` to `r1` at `b`.
pub fn capsule(p: V, a: V, b: V, r0: f32, r1: f32) -> f32 {
    let (pa, ba) = (p - a, b - a);
    let h = (pa.dot(ba) / ba.dot(ba)).clamp(0.0, 1.0);
    (pa - ba * h).length() - (r0 + (r1 - r0) * h)
}

/// A ring of `radius` around the z axis through `centre`, `tube` thick.
pub fn ring(p: V, centre: V, radius: f32, tube: f32) -> f32 {
    let q = p - centre;
    let across = (q.x * q.x + q.y * q.y).sqrt() - radius;
    (across * across + q.z * q.z).sqrt() - tube
}

/// Union that blends over a distance `k`.
pub fn union(a: f32, b: f32, k: f32) -> f32 {
    let h = (k - (a - b).abs()).max(0.0) / k;
    a.min(b) - h * h * k / 4.0
}

/// Intersection that blends over a distance `k`.
pub fn intersection(a: f32, b: f32, k: f32) -> f32 {
    -union(-a, -b, k)
}

/// `a` without `b`, blended over a distance `k`.
pub fn carve(a: f32, b: f32, k: f32) -> f32 {
    -union(-a, b, k)
}

/// A quadratic Bézier curve and the nearest point on it.
pub struct Nearest {
    /// Parameter on the curve, 0 to 1.
    pub t: f32,
    /// From the curve to the point asked about.
    pub offset: V,
    /// Direction of the curve there, not normalised.
    pub tangent: V,
}

/// The point nearest to `p` on the curve with control points `a`, `b`, `c`: the closed-form root of the cubic that the
/// perpendicular foot solves (Quilez, "Bezier - distance").
pub fn bezier(p: V, [a, b, c]: [V; 3]) -> Nearest {
    let u = b - a;
    let w = a - b * 2.0 + c;
    let d = a - p;
    let kk = 1.0 / w.dot(w).max(1e-6);
    let kx = kk * u.dot(w);
    let ky = kk * (2.0 * u.dot(u) + d.dot(w)) / 3.0;
    let kz = kk * d.dot(u);
    let q = ky - kx * kx;
    let r = kx * (2.0 * kx * kx - 3.0 * ky) + kz;
    let h = r * r + 4.0 * q * q * q;
    let at = |t: f32| {
        let t = t.clamp(0.0, 1.0);
        let offset = -(d + (u * 2.0 + w * t) * t);
        (t, offset)
    };
    let (t, offset) = if h >= 0.0 {
        let h = h.sqrt();
        at(((h - r) / 2.0).cbrt() + ((-h - r) / 2.0).cbrt() - kx)
    } else {
        let z = (-q).sqrt();
        let angle = (r / (q * z * 2.0)).clamp(-1.0, 1.0).acos() / 3.0;
        let (m, n) = (angle.cos(), angle.sin() * 1.732_050_8);
        let first = at((m + m) * z - kx);
        let second = at((-n - m) * z - kx);
        if first.1.dot(first.1) < second.1.dot(second.1) {
            first
        } else {
            second
        }
    };
    Nearest {
        t,
        offset,
        tangent: u + w * t,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::vector::v, *};

    /// The closed form against the nearest of many points on the curve.
    #[test]
    fn the_nearest_point_of_a_curve_is_the_nearest() {
        let curve = [v(0.1, 0.9, 0.4), v(-0.7, 0.6, 0.8), v(-0.8, -0.5, 0.1)];
        for p in [
            v(0.0, 0.0, 0.0),
            v(-0.6, 0.5, 0.9),
            v(2.0, -1.0, 0.3),
            v(0.1, 0.9, 0.4),
        ] {
            let sampled = (0..=10_000)
                .map(|i| {
                    let t = i as f32 / 10_000.0;
                    let s = 1.0 - t;
                    let on = curve[0] * (s * s) + curve[1] * (2.0 * s * t) + curve[2] * (t * t);
                    (p - on).length()
                })
                .fold(f32::INFINITY, f32::min);
            let found = bezier(p, curve).offset.length();
            assert!(
                (found - sampled).abs() < 1e-3,
                "{p:?}: {found} and {sampled}"
            );
        }
    }
}
