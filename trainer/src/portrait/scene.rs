//! The sitter as one distance field: head, hair, eyes and clothes, and which of them is nearest.

use super::{
    hair::{Hair, hair},
    head::{eyeball, lashes, skin},
    shapes::{capsule, carve, ellipsoid, sphere, union},
    vector::{V, fractal, smoothstep, v},
};

/// What a surface is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    Skin,
    Eye,
    Lash,
    Hair,
    Cloth,
    Metal,
}

/// The pose and the seed of all irregularities.
pub struct Scene {
    pub seed: u32,
    pub camera: V,
    right: V,
    up: V,
    forward: V,
    /// The direction of the camera in the head's frame: where the eyes look.
    gaze: V,
}

/// Turn of the head about the vertical, tilt towards the shoulder, and nod, in radians.
const TURN: f32 = 0.34;
const TILT: f32 = 0.07;
const NOD: f32 = 0.03;
/// The joint of neck and head, about which it turns.
const PIVOT: V = v(0.0, -0.75, -0.20);

impl Scene {
    /// The sitter in her pose, before the camera.
    pub fn new(seed: u32) -> Self {
        let (s, c) = TURN.sin_cos();
        let forward = v(s, -NOD, c).normalized();
        let right = v(c, 0.0, -s);
        let (ts, tc) = TILT.sin_cos();
        let up = forward.cross(right);
        let (right, up) = (right * tc + up * ts, up * tc - right * ts);
        let camera = v(0.10, -0.10, 7.2);
        let mut scene = Self {
            seed,
            camera,
            right,
            up,
            forward,
            gaze: v(0.0, 0.0, 1.0),
        };
        scene.gaze = (scene.head(camera) - v(0.0, 0.0, 0.57)).normalized();
        scene
    }

    /// From the world into the head's own frame.
    pub fn head(&self, p: V) -> V {
        let q = p - PIVOT;
        v(q.dot(self.right), q.dot(self.up), q.dot(self.forward)) + PIVOT
    }

    /// A direction of the head's frame in the world.
    pub fn to_world(&self, d: V) -> V {
        self.right * d.x + self.up * d.y + self.forward * d.z
    }

    /// Where the eye on the side of `p` looks, in the folded frame.
    pub fn gaze(&self, p: V) -> V {
        v(self.gaze.x * p.x.signum(), self.gaze.y, self.gaze.z)
    }

    /// Signed distance of a point of the world to the nearest surface; a bound from far away.
    pub fn distance(&self, world: V) -> f32 {
        let p = self.head(world);
        let body = cloth(world, self.seed);
        self.face(p).min(body).min(self.hair(p).distance)
    }

    /// All but hair and clothes; `p` in the head's frame.
    fn face(&self, p: V) -> f32 {
        let bound = sphere(p, v(0.0, -0.2, 0.0), 1.35);
        if bound > 0.3 && p.y > -0.9 {
            return bound;
        }
        let m = p.folded();
        let mut d = skin(p);
        if p.z > 0.2 {
            d = d.min(eyeball(m, self.gaze(p))).min(lashes(m));
        }
        d.min(earring(m))
    }

    /// The hair at `p` in the head's frame.
    pub fn hair(&self, p: V) -> Hair {
        let bound = ellipsoid(p, v(0.0, -0.35, -0.10), v(1.22, 1.75, 1.25));
        if bound > 0.35 {
            return Hair {
                distance: bound,
                tangent: v(0.0, -1.0, 0.0),
                strand: 0.0,
            };
        }
        hair(p, self.seed)
    }

    /// What the surface at `world` is made of.
    pub fn material(&self, world: V) -> Material {
        let p = self.head(world);
        let m = p.folded();
        [
            (skin(p), Material::Skin),
            (eyeball(m, self.gaze(p)), Material::Eye),
            (lashes(m), Material::Lash),
            (earring(m), Material::Metal),
            (self.hair(p).distance, Material::Hair),
            (cloth(world, self.seed), Material::Cloth),
        ]
        .into_iter()
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .expect("the scene has six parts")
        .1
    }

    /// Unit normal of everything.
    pub fn normal(&self, p: V) -> V {
        gradient(p, 0.0015, |p| self.distance(p))
    }

    /// Unit normal of the skin at scale `e`: a large one sees the shape as light that has spread under the skin does.
    pub fn skin_normal(&self, p: V, e: f32) -> V {
        gradient(p, e, |p| skin(self.head(p)))
    }
}

/// Direction in which `field` grows, from four samples at distance `e`.
fn gradient(p: V, e: f32, field: impl Fn(V) -> f32) -> V {
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

/// A small hoop in each ear.
fn earring(m: V) -> f32 {
    let q = m - v(0.735, -0.475, -0.01);
    let ring = ((q.x * q.x + q.y * q.y).sqrt() - 0.075, q.z);
    (ring.0 * ring.0 + ring.1 * ring.1).sqrt() - 0.012
}

/// A knitted pullover with a round, ribbed collar.
fn cloth(p: V, seed: u32) -> f32 {
    let m = p.folded();
    let mut d = capsule(m, v(0.25, -1.76, -0.28), v(1.06, -2.02, -0.34), 0.30, 0.34);
    d = union(
        d,
        ellipsoid(p, v(0.0, -2.55, -0.12), v(1.10, 0.95, 0.52)),
        0.30,
    );
    d = union(
        d,
        capsule(m, v(1.12, -2.05, -0.34), v(1.30, -3.2, -0.25), 0.33, 0.30),
        0.2,
    );
    // Open at the neck.
    d = carve(
        d,
        ellipsoid(p, v(0.0, -1.42, -0.05), v(0.52, 0.34, 0.55)),
        0.04,
    );
    let (collar, angle) = collar(p);
    d = union(d, collar, 0.03);
    if d > 0.12 {
        return d;
    }
    if collar < 0.02 {
        return d - 0.007 * (angle * 62.0).sin();
    }
    d - 0.014 * knit(p, seed)
}

/// Distance to the collar's roll, and the angle around the neck.
fn collar(p: V) -> (f32, f32) {
    let q = p - v(0.0, -1.555, -0.12);
    // Lower in front than at the nape.
    let y = q.y + 0.30 * q.z;
    let ring = (q.x * q.x / 1.15 + q.z * q.z).sqrt() - 0.475;
    let d = (ring * ring + y * y * 0.55).sqrt() - 0.072;
    (0.85 * d, q.x.atan2(q.z))
}

/// Height of the stitches, −1 to 1: columns of leaning loops, as in stocking stitch.
pub fn knit(p: V, seed: u32) -> f32 {
    let wobble = 0.25 * fractal(p * 3.0, seed);
    let column = p.x * 17.0 + 4.0 * p.z + wobble;
    let half = (column - column.floor() - 0.5).abs();
    let row = p.y * 21.0 + 1.1 * half + wobble;
    let loops = (row * std::f32::consts::TAU / 1.5).sin();
    (1.0 - 2.0 * smoothstep(0.30, 0.5, half)) * 0.6 + 0.4 * loops
}
