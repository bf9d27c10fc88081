//! A sitter as one distance field: head, everything that grows on it, clothes and glasses, and which of them is nearest.

use super::{
    clothes::{Fabric, earring, glasses},
    hair::{Cut, flow},
    head::{MIDDLE, coat},
    index::{Cell, Index},
    lock::{Coat, Lock, Touch},
    shapes::union,
    sitters::Sitter,
    vector::{Frame, V, gradient, noise, v},
};

/// What a surface is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Material {
    Skin,
    Eye,
    Strands(Coat),
    Cloth(Fabric),
    Horn,
    Gold,
}

/// A sitter in the world.
pub struct Scene<'a> {
    pub sitter: &'a Sitter,
    pub seed: u32,
    pub head: Frame,
    pub chest: Frame,
    /// Where the left and the right eye look, in the head's frame.
    gaze: [V; 2],
    locks: Vec<Lock>,
    /// Spheres around them.
    bounds: Vec<(V, f32)>,
    index: Index,
}

/// The joint of neck and head, about which it turns.
const JOINT: V = v(0.0, -0.80, -0.20);
/// The middle of the chest.
const CHEST: V = v(0.0, -1.6, -0.2);

/// How far the distances of things are from exact: blends and reliefs.
const SLACK: f32 = 0.045;

/// What is modelled as one distance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Skin,
    Eyes,
    /// The coat of hair below the locks.
    Coat,
    Clothes,
    Glasses,
    Earrings,
}

/// Something that may be nearest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    Part(Part),
    /// A lock, by its number.
    Lock(u32),
}

/// The nearest thing.
struct Nearest {
    distance: f32,
    thing: Thing,
    /// For a lock, what is known of its strands.
    touch: Touch,
}

impl<'a> Scene<'a> {
    /// `sitter` in their pose.
    pub fn new(sitter: &'a Sitter, seed: u32) -> Self {
        let face = &sitter.face;
        let mut locks = sitter.hair.locks(face, seed);
        locks.extend(
            sitter
                .beard
                .iter()
                .flat_map(|beard| beard.locks(face, seed)),
        );
        locks.extend(sitter.brows.locks(face, seed));
        locks.extend(sitter.lashes.locks(face));
        let head = Frame::new(sitter.pose.head, JOINT);
        let target = head.inside(sitter.pose.look_at);
        let gaze =
            [1.0, -1.0].map(|side| (target - face.eye.centre * v(side, 1.0, 1.0)).normalized());
        let mut scene = Self {
            sitter,
            seed,
            head,
            chest: Frame::new([sitter.pose.chest, 0.0, 0.0], CHEST),
            gaze,
            bounds: locks.iter().map(Lock::bound).collect(),
            locks,
            index: Index::default(),
        };
        scene.index = Index::new(|centre, reach| scene.cell(centre, reach));
        scene
    }

    /// What may be nearest somewhere within `reach` of `centre`.
    fn cell(&self, centre: V, reach: f32) -> Cell {
        let sitter = self.sitter;
        let parts = [
            (Part::Skin, true),
            (Part::Eyes, true),
            (Part::Coat, true),
            (Part::Clothes, true),
            (Part::Glasses, sitter.glasses),
            (Part::Earrings, sitter.earrings),
        ];
        let mut near: Vec<(f32, Thing)> = parts
            .into_iter()
            .filter(|(_, worn)| *worn)
            .map(|(part, _)| (self.part(part, centre), Thing::Part(part)))
            .collect();
        let mut bound = near.iter().map(|(d, _)| *d).fold(f32::INFINITY, f32::min);
        let inside = self.head.inside(centre);
        for (id, (lock, (middle, radius))) in self.locks.iter().zip(&self.bounds).enumerate() {
            if (inside - *middle).length() - radius > bound + 2.0 * reach + SLACK {
                continue;
            }
            let id = id as u32;
            let distance = lock.touch(inside, None).distance;
            bound = bound.min(distance);
            near.push((distance, Thing::Lock(id)));
        }
        near.retain(|(distance, _)| *distance <= bound + 2.0 * reach + SLACK);
        near.sort_by(|a, b| a.0.total_cmp(&b.0));
        Cell { bound, near }
    }

    fn part(&self, part: Part, world: V) -> f32 {
        let sitter = self.sitter;
        let face = &sitter.face;
        if part == Part::Clothes {
            return sitter
                .wear
                .at(&sitter.build, self.chest.inside(world), self.seed)
                .0;
        }
        let p = self.head.inside(world);
        match part {
            Part::Skin => face.skin(p),
            Part::Eyes => face.eye.ball(p.folded()),
            Part::Coat => self.coat(p).distance,
            Part::Glasses => glasses(p.folded(), &face.eye),
            _ => earring(p.folded()),
        }
    }

    /// The coat of hair below the locks.
    fn coat(&self, p: V) -> Touch {
        let hair = &self.sitter.hair;
        let mut touch = Touch::NONE;
        touch.distance = coat(&self.sitter.face, &hair.line, hair.coat, p);
        if touch.distance < 0.05 {
            touch.tangent = flow(&hair.cut, p);
            // The strands' own direction is the one along which nothing varies.
            let side = touch.tangent.cross((p - MIDDLE).normalized()).normalized();
            touch.strand = noise(v(p.dot(side) * 26.0, 0.0, p.dot(touch.tangent)), 3)
                + 0.6 * noise(v(p.dot(side) * 61.0, 0.0, p.dot(touch.tangent)), 4);
            touch.tone = if matches!(hair.cut, Cut::Ringlets { .. }) {
                -1.0
            } else {
                -0.3
            };
            touch.distance -= 0.008 * touch.strand;
        }
        touch
    }

    /// Signed distance of a point of the world to the nearest surface; less than that from far away.
    pub fn distance(&self, world: V) -> f32 {
        match self.index.at(world) {
            Err(outside) => outside,
            Ok((bound, _, _)) if bound > 0.08 => bound,
            Ok((_, away, cell)) => self.nearest(world, away, cell, true).distance,
        }
    }

    /// [`Self::distance`] to all that casts shadows, exact a quarter of a unit around: bounds would print the index on
    /// skin; nothing is outside. Without the relief of strands, and without glasses, which would only
    /// dirty the cheeks.
    pub fn shading_distance(&self, world: V) -> f32 {
        match self.index.at(world) {
            Err(_) => f32::INFINITY,
            Ok((bound, _, _)) if bound > 0.25 => bound,
            Ok((_, away, cell)) => {
                let found = self.nearest(world, away, cell, false);
                if found.thing == Thing::Part(Part::Glasses) {
                    return self.part(Part::Skin, world).max(0.03);
                }
                found.distance
            }
        }
    }

    /// The nearest thing of `cell`, `away` from whose middle `world` is, with or without the relief of strands.
    fn nearest(&self, world: V, away: f32, cell: &Cell, strands: bool) -> Nearest {
        let p = self.head.inside(world);
        let mut best = Nearest {
            distance: f32::INFINITY,
            thing: Thing::Part(Part::Skin),
            touch: Touch::NONE,
        };
        let (mut lock, mut joined) = (f32::INFINITY, f32::INFINITY);
        for &(there, thing) in &cell.near {
            if there - away > best.distance + SLACK {
                break;
            }
            let (distance, touch) = match thing {
                Thing::Part(part) => (self.part(part, world), Touch::NONE),
                Thing::Lock(id) => {
                    let touch = self.locks[id as usize].touch(p, strands.then_some(id));
                    joined = union(joined, touch.distance, 0.012);
                    if touch.distance > lock {
                        best.distance = best.distance.min(joined);
                        continue;
                    }
                    lock = touch.distance;
                    (joined, touch)
                }
            };
            if distance < best.distance {
                best = Nearest {
                    distance,
                    thing,
                    touch,
                };
            }
        }
        best
    }

    /// What the surface at `world` is made of, and how its strands run there, in the head's frame.
    pub fn material(&self, world: V) -> (Material, Touch) {
        let Ok((_, away, cell)) = self.index.at(world) else {
            return (Material::Skin, Touch::NONE);
        };
        let found = self.nearest(world, away, cell, true);
        match found.thing {
            Thing::Lock(_) => (Material::Strands(found.touch.coat), found.touch),
            Thing::Part(Part::Coat) => (
                Material::Strands(Coat::Hair),
                self.coat(self.head.inside(world)),
            ),
            Thing::Part(Part::Clothes) => {
                let q = self.chest.inside(world);
                let fabric = self.sitter.wear.at(&self.sitter.build, q, self.seed).1;
                (Material::Cloth(fabric), Touch::NONE)
            }
            Thing::Part(Part::Skin) => (Material::Skin, Touch::NONE),
            Thing::Part(Part::Eyes) => (Material::Eye, Touch::NONE),
            Thing::Part(Part::Glasses) => (Material::Horn, Touch::NONE),
            Thing::Part(Part::Earrings) => (Material::Gold, Touch::NONE),
        }
    }

    /// Where the eye at `p` looks, in the head's frame.
    pub fn gaze(&self, p: V) -> V {
        self.gaze[usize::from(p.x < 0.0)]
    }

    /// Unit normal of everything.
    pub fn normal(&self, p: V) -> V {
        gradient(p, 0.0018, |p| self.distance(p))
    }

    /// Unit normal of the skin at scale `e`: a large one sees the shape as light that has spread under the skin does.
    pub fn skin_normal(&self, p: V, e: f32) -> V {
        gradient(p, e, |p| self.sitter.face.skin(self.head.inside(p)))
    }

    /// Where the ray from `origin` along `ray` meets a surface: how far along it.
    pub fn march(&self, origin: V, ray: V) -> Option<f32> {
        let (mut t, end) = self.index.crossing(origin, ray)?;
        for _ in 0..260 {
            let d = self.distance(origin + ray * t);
            if d < 0.000_14 * t {
                return Some(t);
            }
            // Reliefs and carvings overestimate the distance a little.
            t += d * 0.75;
            if t > end {
                break;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            lock::Dice,
            sitters::{JUN, MARA, OTTO},
        },
        *,
    };

    /// The distance without the index.
    fn everything(scene: &Scene, world: V) -> f32 {
        let p = scene.head.inside(world);
        let mut parts = vec![Part::Skin, Part::Eyes, Part::Coat, Part::Clothes];
        parts.extend(scene.sitter.glasses.then_some(Part::Glasses));
        parts.extend(scene.sitter.earrings.then_some(Part::Earrings));
        let parts = parts.into_iter().map(|part| scene.part(part, world));
        let locks = (0..).zip(&scene.locks);
        let locks = locks.map(|(id, lock)| lock.touch(p, Some(id)).distance);
        parts.chain(locks).fold(f32::INFINITY, f32::min)
    }

    #[test]
    fn the_index_leaves_out_nothing_that_is_near() {
        for sitter in [&MARA, &OTTO, &JUN] {
            let scene = Scene::new(sitter, 1);
            let mut dice = Dice::new(5);
            let mut near = 0;
            for _ in 0..1500 {
                let p = dice.vector() * v(1.2, 1.6, 1.1) + v(0.0, -0.4, 0.0);
                let (found, true_one) = (scene.distance(p), everything(&scene, p));
                // Far away there are only bounds.
                if true_one > 0.2 {
                    assert!(found > 0.05, "{p:?}: {found} and {true_one}");
                    continue;
                }
                assert!(found < true_one + 0.015, "{p:?}: {found} and {true_one}");
                if true_one.abs() < 0.05 {
                    // Locks that touch are blended.
                    assert!(found > true_one - 0.015, "{p:?}: {found} and {true_one}");
                    near += 1;
                }
            }
            assert!(near > 100, "only {near} points near a surface");
        }
    }

    #[test]
    fn eyes_look_at_what_they_are_to_look_at() {
        let scene = Scene::new(&MARA, 1);
        let eye = MARA.face.eye.centre;
        let target = scene.head.inside(MARA.pose.look_at);
        for side in [1.0, -1.0] {
            let from = eye * v(side, 1.0, 1.0);
            let along = scene.gaze(from).dot((target - from).normalized());
            assert!(along > 0.9999, "{along}");
        }
    }
}
