//! What grows on a sitter: locks of hair, beard, brows and lashes, each rooted on the skin.

use super::{
    head::{Face, Line, MIDDLE, height},
    lock::{Coat, Dice, Lock, Shape},
    vector::{V, mix, smoothstep, v},
};

/// Hair of the head.
pub struct Hair {
    /// Where it begins.
    pub line: Line,
    /// Thickness of the coat below the locks, a length.
    pub coat: f32,
    pub cut: Cut,
    /// Linear colours of shaded and of lit strands.
    pub colours: [V; 2],
    /// Strength of the highlight.
    pub shine: f32,
}

/// How the hair falls.
pub enum Cut {
    /// Ringlets: how many, how far they stand out at the crown, and how low they hang; lengths.
    Ringlets { count: usize, out: f32, low: f32 },
    /// Combed away from a whorl.
    Combed(Combed),
}

/// Locks that start in rings around a whorl and lead away from it.
pub struct Combed {
    /// Direction of the whorl from the middle of the skull.
    pub whorl: V,
    /// Distance of the rings, and the length of a lock, in radians.
    pub step: f32,
    pub length: f32,
    /// Half width of a lock, a length.
    pub radius: f32,
    /// How far its middle and its tip stand off the skull, lengths; and how much more above the forehead.
    pub lift: [f32; 3],
    /// Turn of the locks around the whorl, in radians.
    pub swirl: f32,
    /// Where tips end, and how unevenly, a length.
    pub ends: Line,
    pub uneven: f32,
}

/// A beard with its moustache.
pub struct Beard {
    /// Length of the locks on the cheek and on the chin.
    pub length: [f32; 2],
    /// Linear colours of shaded and of lit strands.
    pub colours: [V; 2],
}

/// Both eyebrows.
pub struct Brows {
    /// Height at the nose, in the middle of the arch, and at the temple.
    pub heights: [f32; 3],
    /// Half the thickness where they are thickest, a length.
    pub thickness: f32,
    /// Strokes in each.
    pub strokes: usize,
    pub colours: [V; 2],
}

/// Upper lashes.
pub struct Lashes {
    pub count: usize,
    pub length: f32,
    pub radius: f32,
}

/// Ringlets in a row along the forehead.
const FRONT: usize = 19;

impl Hair {
    /// All locks on the head of `face`.
    pub fn locks(&self, face: &Face, seed: u32) -> Vec<Lock> {
        match &self.cut {
            Cut::Ringlets { count, out, low } => self.ringlets(face, *count, [*out, *low], seed),
            Cut::Combed(combed) => self.combed(face, combed, seed),
        }
    }

    fn ringlets(&self, face: &Face, count: usize, [reach, low]: [f32; 2], seed: u32) -> Vec<Lock> {
        let mut dice = Dice::new(seed);
        let mut locks = Vec::new();
        // Two rows along the line over the forehead, and the others spread evenly over the ball, then shaken.
        let rows = (0..2 * FRONT).map(|i| {
            let angle = 1.2 * (2.0 * (i / 2) as f32 / (FRONT - 1) as f32 - 1.0);
            self.above_line(face, angle, 0.02 + 0.09 * (i % 2) as f32)
        });
        let ball = (0..count).map(|i| {
            let y = 1.0 - 1.75 * (i as f32 + 0.5) / count as f32;
            let (s, c) = (i as f32 * 2.399_963).sin_cos();
            let r = (1.0 - y * y).max(0.0).sqrt();
            v(s * r, y, c * r)
        });
        for (i, direction) in rows.chain(ball).enumerate() {
            let (root, out) = face.on_skull(direction + dice.vector() * 0.03);
            let margin = root.y - height(&self.line, root);
            if margin < 0.0 {
                continue;
            }
            // High ones stand up and bend over, low ones hang; those at the face's edge lean away from it.
            let top = smoothstep(-0.2, 0.9, root.y);
            let away = v((1.5 * root.x).clamp(-0.5, 0.5), 0.10, -0.05)
                * (smoothstep(0.5, 0.0, margin) * smoothstep(0.0, 0.5, root.z));
            let away = (out * v(1.0, 0.8, 0.85) + away + dice.vector() * 0.25).normalized();
            // Short ones cover the roots.
            let short = if i % 3 == 0 || margin < 0.10 {
                0.45
            } else {
                1.0
            };
            let length = short * reach * (0.75 + 0.5 * dice.throw());
            let middle = root + away * length + v(0.0, 0.22 * top * length, 0.0);
            let drop = v(0.25 * away.x, -1.0, 0.2 * away.z) * (short * (0.18 + 0.35 * (1.0 - top)));
            let mut tip = middle + away * (0.35 * length) + drop + dice.vector() * 0.10;
            tip.y = tip.y.max(low + 0.25 * dice.throw());
            let turning = if dice.throw() > 0.5 { 1.0 } else { -1.0 };
            locks.push(Lock {
                curve: [root - out * 0.03, middle, tip],
                radius: 0.050 + 0.012 * dice.both(),
                flat: 0.72,
                out: dice.vector().normalized(),
                shape: Shape::Wound {
                    around: 0.072 + 0.022 * dice.both(),
                    rise: turning * (0.150 + 0.03 * dice.both()),
                    phase: dice.throw(),
                },
                tone: dice.both(),
                coat: Coat::Hair,
            });
        }
        locks
    }

    /// The direction from the middle of the skull at `angle` from the front in which its skin is `margin` above the line.
    fn above_line(&self, face: &Face, angle: f32, margin: f32) -> V {
        let (mut low, mut high) = (-0.5, 3.0);
        for _ in 0..12 {
            let middle = 0.5 * (low + high);
            let (p, _) = face.on_skull(v(angle.sin(), middle, angle.cos()));
            if p.y - height(&self.line, p) < margin {
                low = middle;
            } else {
                high = middle;
            }
        }
        v(angle.sin(), high, angle.cos())
    }

    fn combed(&self, face: &Face, combed: &Combed, seed: u32) -> Vec<Lock> {
        let mut dice = Dice::new(seed);
        let axis = combed.whorl.normalized();
        let side = axis.cross(v(0.31, 0.2, 0.93)).normalized();
        let front = side.cross(axis);
        let towards = |from: f32, around: f32| {
            axis * from.cos() + (side * around.sin() + front * around.cos()) * from.sin()
        };
        let mut locks = Vec::new();
        let rings = (2.9 / combed.step) as usize;
        for ring in 0..rings {
            let from = combed.step * (ring as f32 + 0.35);
            let count = (from.sin() * std::f32::consts::TAU / (1.25 * combed.radius)).max(5.0);
            for i in 0..count as usize {
                let around = std::f32::consts::TAU
                    * (i as f32 + 0.5 * (ring % 2) as f32 + 0.35 * dice.both())
                    / count;
                let from = from + 0.35 * combed.step * dice.both();
                let (root, out) = face.on_skull(towards(from, around));
                let (shake, uneven, tone) = (dice.both(), dice.both(), dice.both());
                if root.y < height(&self.line, root) + 0.01 {
                    continue;
                }
                let mut length = combed.length * (1.0 + 0.2 * shake);
                let (mut tip, mut normal) = (root, out);
                // As long as it may be without passing the line of the ends.
                for _ in 0..8 {
                    (tip, normal) = face.on_skull(towards(
                        from + length,
                        around + combed.swirl * length + 0.10 * uneven,
                    ));
                    if tip.y > height(&combed.ends, tip) + combed.uneven * uneven {
                        break;
                    }
                    length *= 0.82;
                }
                if length < 0.3 * combed.length {
                    continue;
                }
                let (middle, out) = face.on_skull(towards(
                    from + 0.5 * length,
                    around + 0.5 * combed.swirl * length,
                ));
                let [mid, end, quiff] = combed.lift;
                let quiff = quiff * smoothstep(0.45, 0.85, root.y) * smoothstep(0.1, 0.6, root.z);
                // Flat at the whorl itself.
                let mid = mid * smoothstep(-0.2, 0.6, from);
                let layer = 0.02 * tone;
                let middle = middle + out * (mid + quiff + layer);
                let tip = tip + normal * (end + 0.6 * quiff + layer);
                locks.push(Lock {
                    // The curve passes its middle point.
                    curve: [root, middle * 2.0 - (root + tip) * 0.5, tip],
                    radius: combed.radius * (1.0 + 0.25 * shake),
                    flat: 0.5,
                    out,
                    shape: Shape::Tapered,
                    tone,
                    coat: Coat::Hair,
                });
            }
        }
        locks
    }
}

impl Beard {
    /// How much of the beard grows at `p`, a point of the skin: 0 to 1.
    pub fn cover(face: &Face, p: V) -> f32 {
        let mouth = &face.mouth;
        let x = p.x.abs();
        // Up along the jaw to the ear, lower on the cheek, and below the lip.
        let top = mouth.height - 0.118
            + 0.20 * smoothstep(0.10, 0.34, x)
            + 0.50 * smoothstep(0.42, 0.66, x);
        let below = smoothstep(0.05, -0.02, p.y - top) * smoothstep(-0.25, -0.05, p.z);
        let at = mouth.at(p);
        let lip = smoothstep(0.095, 0.12, at.above)
            * smoothstep(0.25, 0.2, at.above)
            * smoothstep(1.35, 1.1, at.side);
        let off = smoothstep(1.2, 1.5, at.share.max(at.side));
        (below * off).max(lip * smoothstep(0.3, 0.5, p.z)) * smoothstep(-1.15, -0.95, p.y)
    }

    /// All locks of the beard.
    pub fn locks(&self, face: &Face, seed: u32) -> Vec<Lock> {
        let mut dice = Dice::new(seed ^ 0xBEA2D);
        let mut locks = Vec::new();
        let lock = |curve, radius, out, tone| Lock {
            curve,
            radius,
            flat: 0.8,
            out,
            shape: Shape::Tapered,
            tone,
            coat: Coat::Beard,
        };
        let centre = v(0.0, -0.45, 0.0);
        for row in 0..16 {
            for column in 0..40 {
                let angle = -1.75
                    + 3.5 * (column as f32 + 0.5 * (row % 2) as f32 + 0.3 * dice.both()) / 39.0;
                let y = 0.36 - 0.082 * (row as f32 + 0.3 * dice.both());
                let (p, out) = face.on_skin(centre + v(angle.sin() * 0.75, y, angle.cos() * 0.75));
                let (tone, shake, turn) = (dice.both(), dice.both(), dice.vector());
                let lip = p.y > face.mouth.height && p.x.abs() < 1.4 * face.mouth.half_width;
                if lip || Self::cover(face, p) < 0.5 || p.y > 0.02 {
                    continue;
                }
                let front = smoothstep(0.45, 0.05, p.x.abs()) * smoothstep(0.1, 0.5, p.z);
                let length = (self.length[0] + (self.length[1] - self.length[0]) * front)
                    * (1.0 + 0.2 * shake);
                let down = v(-0.25 * p.x, -1.0, 0.12) + turn * 0.20;
                let tip = p + out * (0.07 + 0.07 * front) + down * length;
                let middle = p + out * (0.09 + 0.05 * front) + down * (0.35 * length);
                locks.push(lock([p - out * 0.02, middle, tip], 0.044, out, 0.6 * tone));
            }
        }
        // The moustache, from below the nose out over the corners of the mouth.
        let (mouth, nose) = (&face.mouth, &face.nose);
        for i in 0..36 {
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            let share = (i / 2) as f32 / 17.0;
            let from = v(
                side * (0.02 + 0.17 * share),
                nose.tip.y - 0.115 - 0.03 * share + 0.012 * dice.both(),
                0.9,
            );
            let (root, out) = face.on_skin(from);
            let corner = mouth.half_width * (0.45 + 1.05 * share);
            let to = v(side * corner, mouth.height + 0.105 - 0.045 * share, 0.80);
            let (tip, end) = face.on_skin(to);
            let tip = tip + end * 0.05 + dice.vector() * 0.015;
            let middle = mix(root, tip, 0.5) + out * 0.075 + v(0.0, 0.035, 0.0);
            locks.push(lock(
                [root, middle, tip],
                0.038,
                out,
                0.3 + 0.5 * dice.both(),
            ));
        }
        locks
    }
}

impl Brows {
    /// The strokes of both brows.
    pub fn locks(&self, face: &Face, seed: u32) -> Vec<Lock> {
        let mut dice = Dice::new(seed ^ 0xB20);
        let mut locks = Vec::new();
        let x = face.eye.centre.x;
        let arch = |t: f32| {
            let [nose, middle, temple] = self.heights;
            let s = smoothstep(0.0, 0.62, t);
            let y = nose + (middle - nose) * s + (temple - middle) * smoothstep(0.55, 1.05, t);
            v(x - 0.175 + 0.40 * t, y, 0.9 - 0.35 * t)
        };
        for i in 0..2 * self.strokes {
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            let t = (i / 2) as f32 / (self.strokes - 1) as f32;
            let thick = self.thickness
                * (0.75 + 0.25 * smoothstep(0.0, 0.3, t))
                * (1.0 - 0.55 * smoothstep(0.5, 1.0, t));
            let on = |p: V, lift: f32| {
                let (q, out) = face.on_skin(v(side * p.x, p.y, p.z));
                (q + out * lift, out)
            };
            // Upright near the nose, along the brow further out.
            let lean = smoothstep(0.0, 0.4, t);
            let (root, out) = on(
                arch(t - 0.02) + v(0.0, thick * (-0.65 + 0.5 * dice.both()), 0.0),
                0.002,
            );
            let reach = 0.13 + 0.14 * lean;
            let tip =
                arch(t + reach) + v(0.0, thick * (0.85 - 0.55 * lean + 0.4 * dice.both()), 0.0);
            let (tip, _) = on(tip, 0.010);
            let middle =
                mix(root, tip, 0.5) + out * (0.016 + 0.3 * thick) + v(0.0, 0.35 * thick, 0.0);
            locks.push(Lock {
                curve: [root, middle, tip],
                radius: 0.44 * thick,
                flat: 0.6,
                out,
                shape: Shape::Tapered,
                tone: dice.both(),
                coat: Coat::Brow,
            });
        }
        locks
    }
}

impl Lashes {
    /// Both upper fans.
    pub fn locks(&self, face: &Face) -> Vec<Lock> {
        let mut locks = Vec::new();
        for i in 0..2 * self.count {
            let mirror = v(if i % 2 == 0 { 1.0 } else { -1.0 }, 1.0, 1.0);
            let s = -0.45 + 1.42 * (i / 2) as f32 / (self.count.max(2) - 1) as f32;
            let (root, out) = face.eye.upper_edge(s);
            // Longer and further out towards the temple.
            let length = self.length * (0.40 + 0.60 * smoothstep(-0.5, 0.7, s));
            let lean = v(0.75 * s.max(-0.3), 0.35, 0.25);
            let middle = root + (out * 0.9 + lean * 0.5) * (0.5 * length);
            let tip = root + (out * 0.45 + lean + v(0.0, 0.35, 0.0)) * length;
            locks.push(Lock {
                curve: [root * mirror, middle * mirror, tip * mirror],
                radius: self.radius,
                flat: 0.8,
                out: v(0.0, 1.0, 0.0),
                shape: Shape::Tapered,
                tone: 0.0,
                coat: Coat::Lash,
            });
        }
        locks
    }
}

/// Where the coat's strands run at `p`: away from the whorl, or down where there is none.
pub fn flow(cut: &Cut, p: V) -> V {
    match cut {
        Cut::Ringlets { .. } => v(0.3, -1.0, 0.2).normalized(),
        Cut::Combed(combed) => {
            let q = (p - MIDDLE).normalized();
            let axis = combed.whorl.normalized();
            (q * q.dot(axis) - axis).normalized()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sitters::{JUN, MARA, OTTO};

    #[test]
    fn everything_grows_from_the_skin() {
        for sitter in [&MARA, &OTTO, &JUN] {
            let face = &sitter.face;
            let locks = [
                sitter.hair.locks(face, 1),
                sitter
                    .beard
                    .as_ref()
                    .map_or_else(Vec::new, |beard| beard.locks(face, 1)),
                sitter.brows.locks(face, 1),
                sitter.lashes.locks(face),
            ];
            assert!(locks[0].len() > 100, "{} locks of hair", locks[0].len());
            for lock in locks.iter().flatten() {
                let [root, _, tip] = lock.curve;
                // Hair grows from the skull, also where ears and neck cover it.
                let away = face.skin(root).abs().min(face.skull(root).abs());
                assert!(away < 0.06, "a root {away} from the skin: {lock:?}");
                assert!(face.skull(tip) > -0.03, "a tip inside the skull: {lock:?}");
            }
        }
    }
}
