//! The studio: a large key lamp before the sitter, a fill on the other side, two rim lamps behind, light from all around;
//! shadows, occlusion, and the spreading of light in skin and along strands.

use super::{
    clothes::{Fabric, LENS, across_lens},
    lock::Touch,
    scene::{Material, Scene},
    surface::Surface,
    vector::{V, mix, smoothstep, v},
};

/// A lamp far away.
pub struct Lamp {
    /// Towards it, from the sitter; of any length.
    pub towards: V,
    /// Linear light on a surface that faces it.
    pub colour: V,
}

/// All light on a sitter.
pub struct Lighting {
    pub key: Lamp,
    pub fill: Lamp,
    /// Behind the sitter: on the side away from the key lamp, and on its side.
    pub rims: [Lamp; 2],
    /// Light from above and from below, linear.
    pub sky: V,
    pub ground: V,
}

/// What a point is seen and lit by.
struct Spot {
    p: V,
    normal: V,
    /// Along the camera's ray.
    ray: V,
    /// How much of the key lamp and of the rim lamps arrives, 0 to 1.
    key: f32,
    rims: [f32; 2],
    /// How much of the surroundings the point sees, 0 to 1.
    open: f32,
}

/// Where the eyes mirror the key lamp: nearer to the camera than it stands, or the lids would hide it.
const CATCHLIGHT: V = v(-0.36, 0.40, 0.84);

impl Scene<'_> {
    /// Linear light that the camera sees at `(x, y)`: y from −1 (bottom) to 1, x in the same unit from the middle.
    pub fn radiance(&self, x: f32, y: f32) -> V {
        let camera = &self.sitter.pose.camera;
        let tangent = camera.half_height / camera.eye.z;
        let ray = v(
            x * tangent + camera.shift[0],
            y * tangent + camera.shift[1],
            -1.0,
        )
        .normalized();
        let hit = self.march(camera.eye, ray);
        let seen = match hit {
            Some(t) => self.shade(camera.eye + ray * t, ray),
            None => self.sitter.backdrop.radiance(x, y, self.seed),
        };
        if self.sitter.glasses {
            let behind = hit.unwrap_or(f32::INFINITY);
            return self.through_glasses(camera.eye, ray, behind, seen);
        }
        seen
    }

    fn shade(&self, p: V, ray: V) -> V {
        let (material, touch) = self.material(p);
        let normal = self.normal(p);
        let light = &self.sitter.light;
        let start = p + normal * 0.014;
        let shadow = |lamp: &Lamp, size: f32, wrapped: f32| {
            let towards = lamp.towards.normalized();
            let facing = normal.dot(towards);
            if facing < -wrapped {
                return 0.0;
            }
            self.shadow(start, towards, size) * smoothstep(-wrapped, 0.10, facing)
        };
        // Strands let light through, so they are lit even where they face away.
        let behind = if matches!(material, Material::Strands(_)) {
            0.35
        } else {
            0.05
        };
        // The head hides much of the sky from the neck, further up than occlusion looks.
        let q = self.head.inside(p);
        let under = 1.0
            - 0.55
                * smoothstep(-1.65, -0.90, q.y)
                * smoothstep(0.55, 0.10, q.z)
                * smoothstep(0.8, 0.45, q.x.abs())
                * f32::from(q.y < -0.5);
        let under = if matches!(material, Material::Skin | Material::Cloth(_)) {
            under
        } else {
            1.0
        };
        let spot = Spot {
            p,
            normal,
            ray,
            key: shadow(&light.key, 6.5, 0.35) * under.sqrt(),
            rims: [0, 1].map(|i| shadow(&light.rims[i], 9.0, behind)),
            open: self.occlusion(p, normal) * under,
        };
        match material {
            Material::Strands(_) => {
                self.shade_strands(&spot, &self.surface(material, p, &touch), &touch)
            }
            Material::Eye => self.shade_eye(&spot),
            _ => self.shade_surface(&spot, &self.surface(material, p, &touch), material),
        }
    }

    fn shade_surface(&self, spot: &Spot, surface: &Surface, material: Material) -> V {
        let light = &self.sitter.light;
        let (n, open) = (spot.normal, spot.open);
        let key = light.key.towards.normalized();
        let skin = material == Material::Skin;
        // Red travels furthest below the skin: it sees a softer shape, wraps around the terminator and into shadow.
        let (normals, wraps) = if skin {
            let [red, green] = [0.050, 0.022].map(|e| self.skin_normal(spot.p, e));
            let soft = [mix(n, red, 0.80), mix(n, green, 0.75), n].map(V::normalized);
            (soft, [0.36, 0.22, 0.16])
        } else {
            ([n; 3], [0.10; 3])
        };
        let diffuse = |towards: V| {
            let [r, g, b] = [0, 1, 2].map(|i| wrap(normals[i].dot(towards), wraps[i]));
            // In creases the wide normals see the other side; no light spreads that far.
            v(r.clamp(b - 0.10, b + 0.20), g.clamp(b - 0.03, b + 0.10), b)
        };
        let spread = |seen: f32| {
            if skin {
                v(seen.powf(0.68), seen.powf(0.90), seen)
            } else {
                V::grey(seen)
            }
        };
        let around = mix(light.ground, light.sky, 0.5 + 0.5 * normals[1].y);
        let mut arriving =
            light.key.colour * diffuse(key) * spread(spot.key) + around * spread(open);
        let fill = light.fill.towards.normalized();
        arriving = arriving + light.fill.colour * diffuse(fill) * spread(open);
        for (rim, seen) in light.rims.iter().zip(spot.rims) {
            arriving = arriving
                + rim.colour
                    * spread(seen * open.sqrt())
                    * n.dot(rim.towards.normalized()).max(0.0);
        }
        let mut colour = surface.albedo * arriving;
        if skin {
            // Light from behind glows through the rims of ears and nostrils.
            let rim = &light.rims[0];
            let through = wrap(-n.dot(rim.towards.normalized()), 0.2) * surface.thin;
            colour = colour + rim.colour * v(0.24, 0.050, 0.022) * through;
        }

        let facing = n.dot(-spot.ray).clamp(0.0, 1.0);
        let fresnel = 0.30 + 0.70 * (1.0 - facing).powi(4);
        let gloss = |towards: V| {
            let h = n.dot((towards - spot.ray).normalized()).max(0.0);
            // Two lobes: a broad sheen and a tighter highlight.
            0.60 * h.powf(surface.power) + 0.60 * h.powf(surface.power * 4.0)
        };
        let shine = surface.gloss * fresnel;
        colour = colour
            + light.key.colour * (shine * gloss(key) * spot.key * n.dot(key).max(0.0).sqrt());
        colour = colour + light.fill.colour * (shine * gloss(fill) * open);
        for (rim, seen) in light.rims.iter().zip(spot.rims) {
            let towards = rim.towards.normalized();
            colour = colour
                + rim.colour
                    * (0.8 * shine * gloss(towards) * seen * n.dot(towards).max(0.0).sqrt());
        }
        if matches!(material, Material::Cloth(fabric) if fabric != Fabric::Button) {
            // Fibres stand out against the light.
            colour = colour
                + surface.albedo
                    * (light.sky + light.rims[0].colour * 0.15)
                    * ((1.0 - facing).powi(3) * 1.3 * open);
        }
        colour
    }

    /// Kajiya and Kay: a strand shines where the highlight's cone meets it. A primary lobe in the light's colour, a
    /// second one in the hair's.
    fn shade_strands(&self, spot: &Spot, surface: &Surface, touch: &Touch) -> V {
        let light = &self.sitter.light;
        let n = spot.normal;
        let along = self.head.outside(touch.tangent);
        let tangent = (along - n * along.dot(n)).normalized();
        let strand = |towards: V, shift: f32, power: f32| {
            let t = (tangent + n * (shift + 0.12 * touch.strand)).normalized();
            let c = t.dot((towards - spot.ray).normalized());
            (1.0 - c * c).max(0.0).sqrt().powf(power)
        };
        let lamp = |lamp: &Lamp, seen: f32| {
            let towards = lamp.towards.normalized();
            let c = tangent.dot(towards);
            let scattered = (1.0 - c * c).max(0.0).sqrt() * wrap(n.dot(towards), 0.30);
            let facing = smoothstep(-0.20, 0.40, n.dot(towards));
            let first = surface.gloss * strand(towards, -0.14, surface.power);
            let second = strand(towards, 0.14, 0.25 * surface.power);
            lamp.colour
                * ((surface.albedo * (0.85 * scattered + 1.1 * second * facing)
                    + V::grey(first * facing))
                    * seen)
        };
        let around = mix(light.ground, light.sky, 0.5 + 0.5 * n.y);
        let open = spot.open;
        lamp(&light.key, spot.key)
            + lamp(&light.fill, open)
            + lamp(&light.rims[0], spot.rims[0])
            + lamp(&light.rims[1], spot.rims[1])
            + surface.albedo * around * (1.1 * open * open.sqrt())
    }

    /// The ball is lit through the cornea, which bends the ray to the iris and mirrors the lamps.
    fn shade_eye(&self, spot: &Spot) -> V {
        let light = &self.sitter.light;
        let eye = &self.sitter.face.eye;
        let q = self.head.inside(spot.p);
        let gaze = self.gaze(q);
        let centre = eye.centre * v(q.x.signum(), 1.0, 1.0);
        let looking = self.head.outside(gaze);
        let n = spot.normal;
        let (albedo, iris) = self.eye_colour(
            q,
            self.head.turned(spot.ray),
            (q - centre) * (1.0 / eye.radius),
            gaze,
        );
        // Light that enters the cornea falls on the far side of the bowl of the iris.
        let bowl = mix(n, (looking * 1.7 - n).normalized(), 0.9 * iris).normalized();
        let shadow = spot.key.powf(0.6);
        let key = light.key.towards.normalized();
        let around = mix(light.ground, light.sky, 0.6);
        let arriving = light.key.colour * (wrap(bowl.dot(key), 0.45) * shadow)
            + around * (0.3 + 0.7 * spot.open)
            + light.fill.colour
                * (wrap(bowl.dot(light.fill.towards.normalized()), 0.3) * spot.open);
        // The upper lid and its lashes shade the ball below them; towards the corners it turns away.
        let at = eye.around(q.folded());
        let lid = smoothstep(-0.02, 0.30, at.under_upper);
        let mut colour = albedo
            * arriving
            * (0.34 + 0.66 * lid)
            * (1.0 - 0.35 * smoothstep(0.45, 1.0, at.side.abs()));
        // The cornea is steeper than the ball.
        let bulge = mix(n, looking, -0.18 * smoothstep(0.80, 0.90, n.dot(looking))).normalized();
        let mirrored = spot.ray - bulge * (2.0 * spot.ray.dot(bulge));
        let window = |lamp: V, size: [f32; 2], round: f32| {
            let lamp = lamp.normalized();
            let side = lamp.cross(v(0.0, 1.0, 0.0)).normalized();
            let up = side.cross(lamp);
            let (a, b) = (
                (mirrored.dot(side)).abs() / size[0],
                (mirrored.dot(up)).abs() / size[1],
            );
            let d = (a.powf(round) + b.powf(round)).powf(1.0 / round);
            smoothstep(1.10, 0.88, d) * f32::from(mirrored.dot(lamp) > 0.0)
        };
        let catch = window(CATCHLIGHT, [0.24, 0.28], 3.5);
        let second = window(v(0.42, -0.26, 0.86), [0.13, 0.15], 2.0);
        let seen = smoothstep(0.0, 0.10, at.under_upper);
        colour = mix(colour, light.key.colour * 1.1, 0.92 * catch * seen);
        colour = colour + (light.fill.colour * 0.9 + light.sky * 0.4) * second;
        // A wet line where the ball meets the lower lid.
        let wet = smoothstep(0.075, 0.045, at.over_lower) * smoothstep(0.005, 0.03, at.over_lower);
        colour + (light.key.colour * (0.22 * shadow) + light.sky * 0.3) * wet
    }

    /// `seen`, `behind` away along the ray, through the lenses: a little darker, with a pale band of the lamp's mirror image.
    fn through_glasses(&self, camera: V, ray: V, behind: f32, seen: V) -> V {
        let eye = &self.sitter.face.eye;
        let (from, along) = (self.head.inside(camera), self.head.turned(ray));
        let mut colour = seen;
        for side in [1.0, -1.0] {
            let fold = v(side, 1.0, 1.0);
            let (a, b) = (
                across_lens(from * fold, eye),
                across_lens((from + along) * fold, eye),
            );
            let t = a.z / (a.z - b.z);
            let hit = a + (b - a) * t;
            if t > behind || hit.x * hit.x + hit.y * hit.y > LENS * LENS {
                continue;
            }
            // In the world's sense, so that both lenses mirror the same lamp.
            let slope = hit.x * side + 0.75 * hit.y;
            let band = smoothstep(-0.235, -0.215, slope) * smoothstep(-0.125, -0.145, slope)
                + 0.7 * smoothstep(-0.105, -0.090, slope) * smoothstep(-0.050, -0.065, slope);
            let edge = smoothstep(0.6, 1.0, (hit.x * hit.x + hit.y * hit.y).sqrt() / LENS);
            colour = colour * 0.95
                + self.sitter.light.key.colour
                    * (0.05 * band * smoothstep(-0.2, 0.2, hit.y) + 0.012 * edge);
        }
        colour
    }

    /// How much of a lamp arrives at `p`, 0 to 1, with a penumbra: the larger `hardness`, the smaller the lamp.
    fn shadow(&self, p: V, towards: V, hardness: f32) -> f32 {
        let (mut lit, mut t) = (1.0_f32, 0.02);
        while lit > 0.0 && t < 2.4 {
            let d = self.shading_distance(p + towards * t);
            lit = lit.min(0.5 + 0.5 * hardness * d / t);
            t += (0.8 * d).clamp(0.014, 0.25);
        }
        let lit = lit.clamp(0.0, 1.0);
        lit * lit * (3.0 - 2.0 * lit)
    }

    fn occlusion(&self, p: V, n: V) -> f32 {
        let sum: f32 = (1..=5)
            .map(|i| {
                let h = 0.012 + 0.060 * (i - 1) as f32;
                (h - self.shading_distance(p + n * h)).max(0.0) * 0.72_f32.powi(i - 1)
            })
            .sum();
        (1.0 - 1.9 * sum).clamp(0.0, 1.0)
    }
}

/// Lambert's cosine, wrapped around the terminator by `w`.
fn wrap(cosine: f32, w: f32) -> f32 {
    ((cosine + w) / (1.0 + w)).max(0.0)
}
