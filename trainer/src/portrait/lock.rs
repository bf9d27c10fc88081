//! Locks: tapered bundles of strands along Bézier curves. Everything that grows is made of them: hair, beards, brows and
//! lashes.

use super::{
    shapes::{Nearest, bezier, ellipsoid},
    vector::{V, hash, noise, smoothstep, v},
};

/// A bundle of strands.
#[derive(Clone, Debug)]
pub struct Lock {
    /// Control points, from the root to the tip.
    pub curve: [V; 3],
    /// Largest half width.
    pub radius: f32,
    /// Thickness as a share of the width.
    pub flat: f32,
    /// Away from the skin: across it a flat lock is thin.
    pub out: V,
    pub shape: Shape,
    /// Lightness among its kind, −1 to 1.
    pub tone: f32,
    pub coat: Coat,
}

/// How a lock runs along its curve.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Straight, thickest before its middle, pointed.
    Tapered,
    /// Wound around the curve at a distance, with a rise for each turn, starting at an angle.
    Wound { around: f32, rise: f32, phase: f32 },
}

/// What a lock's colours are chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coat {
    Hair,
    Beard,
    Brow,
    Lash,
}

/// A point of a lock's surface.
#[derive(Clone, Copy)]
pub struct Touch {
    pub distance: f32,
    /// Direction of the strands.
    pub tangent: V,
    /// Varies from strand to strand, constant along one, about −1 to 1.
    pub strand: f32,
    /// From the root (0) to the tip (1).
    pub along: f32,
    pub tone: f32,
    pub coat: Coat,
}

impl Touch {
    /// Of no lock.
    pub const NONE: Self = Self {
        distance: f32::INFINITY,
        tangent: v(0.0, -1.0, 0.0),
        strand: 0.0,
        along: 0.0,
        tone: 0.0,
        coat: Coat::Hair,
    };
}

impl Lock {
    /// A sphere around the whole lock.
    pub fn bound(&self) -> (V, f32) {
        let [a, b, c] = self.curve;
        let on = |t: f32| a * ((1.0 - t) * (1.0 - t)) + b * (2.0 * t * (1.0 - t)) + c * (t * t);
        let centre = (on(0.0) + on(0.5) + on(1.0)) * (1.0 / 3.0);
        let reach = (0..=8)
            .map(|i| (on(i as f32 / 8.0) - centre).length())
            .fold(0.0, f32::max);
        let around = match self.shape {
            Shape::Tapered => 0.0,
            Shape::Wound { around, .. } => around,
        };
        (centre, reach + self.radius + around)
    }

    /// The lock at `p`; `id` tells its strands from those of others, without it there are none.
    pub fn touch(&self, p: V, id: Option<u32>) -> Touch {
        let near = bezier(p, self.curve);
        let along = near.tangent.normalized();
        let out = (self.out - along * self.out.dot(along)).normalized();
        let q = v(
            near.offset.dot(out.cross(along)),
            near.offset.dot(out),
            near.offset.dot(along),
        );
        match self.shape {
            Shape::Tapered => self.tapered(&near, along, q, id),
            Shape::Wound {
                around,
                rise,
                phase,
            } => self.wound(&near, [along, out], q, [around, rise, phase], id),
        }
    }

    fn tapered(&self, near: &Nearest, along: V, q: V, id: Option<u32>) -> Touch {
        let t = near.t;
        let width =
            0.60 + 0.40 * smoothstep(0.0, 0.35, t) - 0.97 * smoothstep(0.40, 1.0, t).powf(2.2);
        let width = (self.radius * width).max(0.0015);
        let mut distance = ellipsoid(q, V::default(), v(width, width * self.flat, width));
        let mut strand = 0.0;
        if let Some(id) = id.filter(|_| distance < 0.04) {
            let (turn, id) = (q.x / width + 0.25 * q.y / (width * self.flat), id as f32);
            strand = 0.55 * noise(v(turn * 3.1, id * 7.3, t * 1.2), 3)
                + 0.45 * noise(v(turn * 8.0, id * 3.1, t * 1.6), 5);
            distance -= 0.16 * self.radius.min(0.06) * strand * smoothstep(0.0, 0.02, width);
        }
        self.touched(distance, along, strand, t)
    }

    fn wound(
        &self,
        near: &Nearest,
        [along, out]: [V; 2],
        q: V,
        [around, rise, phase]: [f32; 3],
        id: Option<u32>,
    ) -> Touch {
        const TURN: f32 = std::f32::consts::TAU;
        let t = near.t;
        let shape = smoothstep(0.0, 0.25, t) * (1.0 - 0.55 * smoothstep(0.55, 1.0, t));
        let around = around * (0.35 + 0.65 * shape);
        let radius = self.radius * (0.45 + 0.55 * shape);
        let [a, b, c] = self.curve;
        let length = 0.5 * ((b - a).length() + (c - b).length() + (c - a).length());
        let angle = q.x.atan2(q.y);
        let turns = t * length / rise + phase - angle / TURN;
        let apart = (turns - turns.round()) * rise;
        let beside = (q.x * q.x + q.y * q.y).sqrt() - around;
        // A ribbon: wider along the axis than it is thick.
        let section = v(apart, beside / self.flat, q.z);
        let mut distance = (section.length() - radius) * self.flat;
        let sideways = out * -angle.sin() + out.cross(along) * angle.cos();
        let mut strand = 0.0;
        if let Some(id) = id.filter(|_| distance < 0.04) {
            let id = id as f32;
            let across = apart / radius;
            strand = 0.55 * noise(v(across * 2.6, id * 7.3, turns.round() + t), 3)
                + 0.45 * noise(v(across * 7.0, id * 3.1, t * 2.0), 5);
            distance -= 0.006 * strand;
        }
        let tangent = (sideways * (TURN * around) + along * rise).normalized();
        self.touched(distance, tangent, strand, t)
    }

    fn touched(&self, distance: f32, tangent: V, strand: f32, along: f32) -> Touch {
        Touch {
            distance,
            tangent,
            strand,
            along,
            tone: self.tone,
            coat: self.coat,
        }
    }
}

/// Numbers in [0, 1), as many as asked for, the same for the same seed.
pub struct Dice {
    seed: u32,
    thrown: i32,
}

impl Dice {
    pub fn new(seed: u32) -> Self {
        Self { seed, thrown: 0 }
    }

    /// The next number in [0, 1).
    pub fn throw(&mut self) -> f32 {
        self.thrown += 1;
        hash(self.thrown, 17, 0, self.seed)
    }

    /// The next number in [−1, 1).
    pub fn both(&mut self) -> f32 {
        2.0 * self.throw() - 1.0
    }

    /// A vector with coordinates in [−1, 1).
    pub fn vector(&mut self) -> V {
        v(self.both(), self.both(), self.both())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(shape: Shape) -> Lock {
        Lock {
            curve: [v(0.0, 0.0, 0.0), v(0.2, 0.5, 0.0), v(0.0, 1.0, 0.1)],
            radius: 0.05,
            flat: 0.7,
            out: v(0.0, 0.0, 1.0),
            shape,
            tone: 0.0,
            coat: Coat::Hair,
        }
    }

    #[test]
    fn a_tapered_lock_holds_its_curve_and_ends_in_a_point() {
        let lock = lock(Shape::Tapered);
        assert!(lock.touch(v(0.1, 0.5, 0.025), Some(1)).distance < -0.02);
        assert!(lock.touch(v(0.1, 0.5, 0.12), Some(1)).distance > 0.03);
        assert!(lock.touch(v(0.03, 1.0, 0.1), Some(1)).distance > 0.01);
        let along = lock.touch(v(0.1, 0.5, 0.03), None).tangent;
        assert!(along.y > 0.98, "{along:?}");
    }

    /// A ringlet is hollow, and its turns are as far apart as they are said to be.
    #[test]
    fn a_wound_lock_runs_around_its_curve() {
        let lock = Lock {
            curve: [v(0.0, 0.0, 0.0), v(0.001, 0.5, 0.0), v(0.0, 1.0, 0.0)],
            radius: 0.03,
            ..lock(Shape::Wound {
                around: 0.1,
                rise: 0.2,
                phase: 0.0,
            })
        };
        assert!(lock.touch(v(0.0, 0.5, 0.0), None).distance > 0.03);
        let beside = |y: f32| lock.touch(v(0.1, y, 0.0), None).distance;
        let inside: Vec<bool> = (0..60)
            .map(|i| beside(0.3 + 0.005 * i as f32) < 0.0)
            .collect();
        let starts = inside.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        assert!((1..=2).contains(&starts), "{starts} turns in 0.3");
        let (centre, radius) = lock.bound();
        assert!((v(0.1, 0.9, 0.0) - centre).length() < radius);
    }
}
