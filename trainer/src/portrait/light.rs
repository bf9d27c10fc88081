//! The studio: a soft key light on the left, fill from the room, a rim light from behind; shadows, occlusion, and the
//! spreading of light in skin and along hair.

use super::{
    background::background,
    head::EyeFrame,
    scene::{Material, Scene},
    vector::{V, mix, smoothstep, v},
};

/// Towards the lights.
const KEY: V = v(-0.72, 0.50, 0.48);
/// Where the eyes mirror the key light: nearer to the camera than it stands, or the lids would hide it.
const CATCHLIGHT: V = v(-0.50, 0.52, 0.80);
const RIM: V = v(0.86, 0.34, -0.46);
const KEY_COLOUR: V = v(2.20, 1.92, 1.62);
const RIM_COLOUR: V = v(1.05, 1.20, 1.45);
const FILL: V = v(0.40, 0.05, 0.90);
const FILL_COLOUR: V = v(0.17, 0.18, 0.22);

const FAR: f32 = 11.0;

impl Scene {
    /// Linear light that the camera sees at `(x, y)`: y from −1 (bottom) to 1, x in the same unit from the middle.
    pub fn radiance(&self, x: f32, y: f32) -> V {
        let ray = v(x * 0.232 - 0.004, y * 0.232 - 0.048, -1.0).normalized();
        let Some(t) = self.march(ray) else {
            return background(x, y, self.seed);
        };
        self.shade(self.camera + ray * t, ray)
    }

    fn march(&self, ray: V) -> Option<f32> {
        let mut t = 5.2;
        for _ in 0..180 {
            let d = self.distance(self.camera + ray * t);
            if d < 0.000_12 * t {
                return Some(t);
            }
            // Strands and carvings overestimate the distance a little.
            t += d * 0.72;
            if t > FAR {
                break;
            }
        }
        None
    }

    fn shade(&self, p: V, ray: V) -> V {
        let material = self.material(p);
        let n = self.normal(p);
        let key = KEY.normalized();
        let start = p + n * 0.012;
        let shadow = self.shadow(start, key);
        let open = self.occlusion(p, n);
        match material {
            Material::Hair => self.shade_hair(p, n, ray, shadow, open),
            Material::Eye => self.shade_eye(p, n, ray, shadow, open),
            _ => self.shade_surface(p, n, ray, material, shadow, open),
        }
    }

    fn shade_surface(&self, p: V, n: V, ray: V, material: Material, shadow: f32, open: f32) -> V {
        let surface = self.surface(material, p);
        let (key, rim, fill) = (KEY.normalized(), RIM.normalized(), FILL.normalized());
        let skin = material == Material::Skin;
        // Red travels furthest below the skin: it sees a softer shape, wraps around the terminator and into shadow.
        let (lit, seen) = if skin {
            let [red, green] = [0.030, 0.012].map(|e| self.skin_normal(p, e));
            let [red, green] = [mix(n, red, 0.85), mix(n, green, 0.8)].map(V::normalized);
            let blue = wrap(n.dot(key), 0.11);
            // In creases the wide normals see the other side; no light spreads that far.
            let lit = v(
                wrap(red.dot(key), 0.26).min(blue + 0.20),
                wrap(green.dot(key), 0.16).min(blue + 0.10),
                blue,
            );
            let soft = v(shadow.powf(0.72), shadow.powf(0.93), shadow);
            (lit * soft, v(open.powf(0.70), open.powf(0.92), open))
        } else {
            (V::grey(wrap(n.dot(key), 0.06) * shadow), V::grey(open))
        };
        let sky = 0.5 + 0.5 * n.y;
        let room = mix(v(0.120, 0.080, 0.062), v(0.190, 0.200, 0.225), sky);
        let mut light = KEY_COLOUR * lit + room * seen;
        light = light + FILL_COLOUR * seen * n.dot(fill).max(0.0);
        light = light + RIM_COLOUR * (wrap(n.dot(rim), 0.1) * open * open);
        let mut colour = surface.albedo * light;

        let facing = n.dot(-ray).clamp(0.0, 1.0);
        let fresnel = 0.35 + 0.65 * (1.0 - facing).powi(4);
        let gloss = |towards: V| {
            let half = (towards - ray).normalized();
            let h = n.dot(half).max(0.0);
            // Two lobes: a broad sheen and a tighter highlight.
            0.55 * h.powf(surface.power) + 0.75 * h.powf(surface.power * 4.0)
        };
        let shine = surface.gloss * fresnel;
        colour = colour + KEY_COLOUR * (shine * gloss(key) * shadow * n.dot(key).max(0.0).sqrt());
        colour = colour + RIM_COLOUR * (0.8 * shine * gloss(rim) * open);
        colour = colour + FILL_COLOUR * (0.8 * shine * gloss(fill) * open);
        if material == Material::Cloth {
            // Fibres stand out against the light.
            colour = colour + surface.albedo * ((1.0 - facing).powi(3) * 1.2 * open);
        }
        colour
    }

    /// Kajiya and Kay: a strand shines where the highlight's cone meets it. A primary lobe in the light's colour, a
    /// second one in the hair's.
    fn shade_hair(&self, p: V, n: V, ray: V, shadow: f32, open: f32) -> V {
        let surface = self.surface(Material::Hair, p);
        let hair = self.hair(self.head(p));
        let along = self.to_world(hair.tangent);
        let tangent = (along - n * along.dot(n)).normalized();
        let strand = |towards: V, shift: f32, power: f32| {
            let t = (tangent + n * (shift + 0.10 * hair.strand)).normalized();
            let half = (towards - ray).normalized();
            let c = t.dot(half);
            (1.0 - c * c).max(0.0).sqrt().powf(power)
        };
        let lamp = |towards: V, colour: V, seen: f32| {
            let c = tangent.dot(towards);
            let scattered = (1.0 - c * c).max(0.0).sqrt() * wrap(n.dot(towards), 0.25);
            let first = 0.085 * strand(towards, -0.12, 90.0);
            let second = strand(towards, 0.12, 22.0);
            let facing = smoothstep(-0.15, 0.35, n.dot(towards));
            colour
                * ((surface.albedo * (0.75 * scattered)
                    + V::grey(first * facing)
                    + surface.albedo * (1.25 * second * facing))
                    * seen)
        };
        let room = mix(v(0.14, 0.11, 0.10), v(0.30, 0.31, 0.34), 0.5 + 0.5 * n.y);
        lamp(KEY.normalized(), KEY_COLOUR, shadow)
            + lamp(RIM.normalized(), RIM_COLOUR * 1.1, open)
            + lamp(FILL.normalized(), FILL_COLOUR, open)
            + surface.albedo * room * (open * open)
    }

    /// The ball is lit through the cornea, which mirrors the lamp as a window of light.
    fn shade_eye(&self, p: V, n: V, ray: V, shadow: f32, open: f32) -> V {
        let surface = self.surface(Material::Eye, p);
        let (key, fill) = (KEY.normalized(), FILL.normalized());
        let q = self.head(p);
        let gaze = self.gaze(q);
        let looking = self.to_world(v(gaze.x * q.x.signum(), gaze.y, gaze.z));
        // Light that enters the cornea falls on the far side of the bowl of the iris.
        let iris = smoothstep(0.88, 0.93, n.dot(looking));
        let bowl = mix(n, (looking * 1.6 - n).normalized(), 0.8 * iris).normalized();
        let shadow = shadow.powf(0.6);
        let light = KEY_COLOUR * (wrap(bowl.dot(key), 0.25) * shadow)
            + v(0.26, 0.26, 0.28) * open
            + FILL_COLOUR * (bowl.dot(fill).max(0.0) * open);
        // The upper lid and its lashes shade the ball below them.
        let lid = EyeFrame::new(q.folded()).under_upper;
        let mut colour = surface.albedo * light * (0.38 + 0.54 * smoothstep(-0.02, 0.26, lid));
        let mirrored = ray - n * (2.0 * ray.dot(n));
        // Two panes of the softbox, and the fill as a faint bar.
        let lamp = CATCHLIGHT.normalized();
        let side = lamp.cross(v(0.0, 1.0, 0.0)).normalized();
        let up = side.cross(lamp);
        let (a, b, c) = (mirrored.dot(side), mirrored.dot(up), mirrored.dot(lamp));
        let pane = smoothstep(0.26, 0.22, a.abs())
            * smoothstep(0.30, 0.26, b.abs())
            * smoothstep(0.012, 0.03, a.abs());
        if c > 0.0 {
            colour =
                colour + KEY_COLOUR * (0.85 * pane * smoothstep(0.0, 0.3, shadow + 0.3 * open));
        }
        let spark = mirrored.dot(fill).max(0.0).powf(60.0);
        colour + v(0.20, 0.22, 0.26) * (spark * open)
    }

    /// How much of the key light arrives at `p`, 0 to 1, with the penumbra of a large lamp.
    fn shadow(&self, p: V, towards: V) -> f32 {
        let (mut lit, mut t) = (1.0_f32, 0.02);
        for _ in 0..44 {
            let d = self.distance(p + towards * t);
            lit = lit.min(0.5 + 0.5 * 8.0 * d / t);
            t += d.clamp(0.014, 0.16);
            if lit < 0.0 || t > 2.6 {
                break;
            }
        }
        let lit = lit.clamp(0.0, 1.0);
        lit * lit * (3.0 - 2.0 * lit)
    }

    fn occlusion(&self, p: V, n: V) -> f32 {
        let sum: f32 = (1..=5)
            .map(|i| {
                let h = 0.012 + 0.055 * (i - 1) as f32;
                (h - self.distance(p + n * h)) * 0.72_f32.powi(i - 1)
            })
            .sum();
        (1.0 - 2.1 * sum).clamp(0.0, 1.0)
    }
}

/// Lambert's cosine, wrapped around the terminator by `w`.
fn wrap(cosine: f32, w: f32) -> f32 {
    ((cosine + w) / (1.0 + w)).max(0.0)
}
