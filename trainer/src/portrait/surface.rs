//! Colours: linear albedo, gloss and the like of every surface point.

use super::{
    clothes::{Fabric, Wear, check, knit},
    hair::Beard,
    lock::{Coat, Touch},
    scene::{Material, Scene},
    vector::{V, bell, fractal, hash, mix, noise, smoothstep, v},
};

/// How a surface point answers light.
pub struct Surface {
    /// Linear albedo.
    pub albedo: V,
    /// Strength of the highlight.
    pub gloss: f32,
    /// Exponent of the highlight: the higher, the smaller.
    pub power: f32,
    /// How much light comes through from behind, 0 to 1.
    pub thin: f32,
}

/// Skin, by linear colours.
pub struct Complexion {
    pub base: V,
    /// Where blood shows: cheeks, nose, ears.
    pub blush: V,
    /// How much of it does, about 1.
    pub blushing: f32,
    pub lips: V,
    /// The line along the upper lid, and how dark it is, 0 to 1.
    pub liner: f32,
    /// How dense freckles are, 0 to 1.
    pub freckles: f32,
    /// How much light the skin throws back in highlights.
    pub gloss: f32,
}

/// Size of the iris and of the pupil, as shares of the ball's radius.
const IRIS: f32 = 0.57;
const PUPIL: f32 = 0.235;

impl Scene<'_> {
    /// `world` on the surface of `material`, whose strands run as `touch` says.
    pub fn surface(&self, material: Material, world: V, touch: &Touch) -> Surface {
        let sitter = self.sitter;
        match material {
            Material::Skin => self.skin_surface(self.head.inside(world)),
            Material::Eye => matt(V::grey(0.8)),
            Material::Strands(coat) => {
                let ([dark, light], gloss) = match (coat, &sitter.beard) {
                    (Coat::Beard, Some(beard)) => (beard.colours, 0.05),
                    (Coat::Brow, _) => (sitter.brows.colours, 0.03),
                    (Coat::Lash, _) => ([v(0.010, 0.006, 0.005); 2], 0.02),
                    _ => (sitter.hair.colours, sitter.hair.shine),
                };
                let tone = 0.42 + 0.30 * touch.strand + 0.26 * touch.tone + 0.22 * touch.along;
                Surface {
                    albedo: mix(dark, light, tone.clamp(0.0, 1.0)),
                    gloss,
                    power: 70.0,
                    thin: 0.0,
                }
            }
            Material::Cloth(fabric) => self.cloth_surface(fabric, self.chest.inside(world)),
            Material::Horn => Surface {
                albedo: mix(
                    v(0.020, 0.009, 0.005),
                    v(0.16, 0.060, 0.018),
                    smoothstep(-0.1, 0.5, fractal(world * 5.0, 8)),
                ),
                gloss: 0.9,
                power: 45.0,
                thin: 0.0,
            },
            Material::Gold => Surface {
                albedo: v(0.83, 0.55, 0.20),
                gloss: 2.4,
                power: 40.0,
                thin: 0.0,
            },
        }
    }

    fn cloth_surface(&self, fabric: Fabric, p: V) -> Surface {
        let worn = 1.0 + 0.10 * fractal(p * 7.0, self.seed);
        let albedo = match (fabric, &self.sitter.wear) {
            (Fabric::Knit, Wear::Pullover { wool }) => {
                *wool * (worn * (0.86 + 0.14 * knit(p, self.seed)))
            }
            (Fabric::Twill, Wear::Jacket { cloth, .. }) => {
                let twill = ((p.x + p.y * 1.2 + p.z) * 120.0).sin();
                *cloth * (worn * (1.0 + 0.16 * twill))
            }
            (Fabric::Check, Wear::Jacket { check: colours, .. }) => check(p, *colours) * worn,
            (Fabric::Fleece, Wear::Hoodie { fleece, .. }) => {
                *fleece * (worn * (1.0 + 0.14 * noise(p * 130.0, self.seed)))
            }
            (Fabric::Cord, Wear::Hoodie { cord, .. }) => {
                *cord * (0.9 + 0.1 * (p.y * 110.0 + p.x * 60.0).sin())
            }
            (Fabric::Shirt, Wear::Hoodie { shirt, .. }) => *shirt,
            (Fabric::Button, _) => {
                return Surface {
                    gloss: 0.6,
                    power: 30.0,
                    ..matt(v(0.62, 0.56, 0.46))
                };
            }
            _ => V::grey(0.2),
        };
        matt(albedo)
    }

    fn skin_surface(&self, p: V) -> Surface {
        let m = p.folded();
        let face = &self.sitter.face;
        let skin = &self.sitter.skin;
        let (nose, eye) = (&face.nose, &face.eye);
        let near = |centre: V, width: f32| bell((m - centre).length(), width);
        let mut albedo = skin.base;
        // Blood shows where skin is thin or cold; the forehead is paler and yellower.
        let ear =
            smoothstep(0.70, 0.82, m.x) * smoothstep(0.35, 0.1, p.y) * smoothstep(-0.5, -0.35, p.y);
        let blush = 0.85 * near(v(0.42, nose.tip.y - 0.02, 0.62), 0.17)
            + 0.60 * near(nose.tip, 0.13)
            + 0.20 * near(v(0.0, -0.88, 0.68), 0.14)
            + 0.65 * ear;
        albedo = mix(albedo, skin.blush, (blush * skin.blushing).min(0.85));
        albedo = albedo * (V::grey(1.0) + v(0.06, 0.08, 0.06) * near(v(0.0, 0.48, 0.70), 0.28));
        let mottle = fractal(
            v(p.x + 0.3 * p.z, p.y - 0.4 * p.z, 0.3 * p.z) * 5.5,
            self.seed,
        );
        albedo = albedo * (V::grey(1.0) + v(0.02, 0.045, 0.05) * mottle);
        albedo = mix(
            albedo,
            albedo * v(0.60, 0.42, 0.36),
            0.8 * skin.freckles * self.freckles(p),
        );
        let mut gloss = skin.gloss
            * (1.0
                + 0.8 * near(nose.tip + v(0.0, 0.05, 0.08), 0.16)
                + 0.5 * near(v(0.40, -0.18, 0.66), 0.14));
        let mut power = 14.0;

        let lip = face.mouth.lip(p);
        if lip > 0.0 {
            let lines = noise(v(p.x * 85.0, p.y * 9.0, 0.0), self.seed);
            albedo = mix(albedo, skin.lips * (1.0 + 0.12 * lines), 0.85 * lip);
            gloss += 0.35 * lip * (1.0 + 0.3 * lines);
            power += 20.0 * lip;
        }
        let at = face.mouth.at(p);
        if p.z > 0.3 {
            // The line between the lips is dark of itself.
            let seam = bell(at.above, 0.0085) * smoothstep(1.10, 0.96, at.side);
            albedo = mix(albedo, skin.lips * v(0.20, 0.10, 0.10), 0.9 * seam);
        }
        if (m - eye.centre).length() < eye.radius + 0.14 {
            let on = eye.around(m);
            let within = smoothstep(1.16, 0.98, on.side.abs());
            // The rim of the lids is wet and pink; a dark line of lash roots runs along the upper one.
            albedo = mix(
                albedo,
                skin.blush * 0.9,
                0.45 * bell(on.opening() + 0.01, 0.04) * smoothstep(1.02, 0.85, on.side.abs()),
            );
            let wing = 0.045 + 0.035 * smoothstep(0.0, 0.9, on.side);
            let liner = smoothstep(-wing - 0.035, -wing, on.under_upper)
                * smoothstep(0.12, 0.06, on.under_upper);
            let lower = 0.4 * bell(on.over_lower + 0.03, 0.03) * smoothstep(-0.2, 0.8, on.side);
            let dark = (liner * skin.liner).max(lower * skin.liner)
                * within
                * smoothstep(-1.0, -0.75, on.side);
            albedo = mix(albedo, v(0.020, 0.012, 0.010), dark);
            gloss *= 1.0 - 0.8 * dark;
            // A warm shadow on the lid.
            let lid = bell(on.under_upper + 0.20, 0.12) * smoothstep(1.2, 0.5, on.side.abs());
            albedo = mix(albedo, albedo * v(0.86, 0.70, 0.64), 0.7 * lid);
        }
        if let Some(beard) = &self.sitter.beard {
            let cover = Beard::cover(face, p);
            albedo = mix(albedo, beard.colours[0] * 1.2, 0.85 * cover);
            gloss *= 1.0 - cover;
        }
        Surface {
            albedo,
            gloss,
            power,
            thin: ear,
        }
    }

    /// How much of `p` is covered by freckles: a few dozen over nose and cheeks.
    fn freckles(&self, p: V) -> f32 {
        let density =
            bell(p.y - self.sitter.face.nose.tip.y - 0.08, 0.12) * smoothstep(0.35, 0.6, p.z);
        let cover = [(21.0, 0.30, 1.0), (37.0, 0.26, 0.75)].map(|(scale, radius, strength)| {
            // One speck at most in each cell of a grid, at a random place and of a random size.
            let q = v(p.x * scale, p.y * scale, 0.0);
            let cell = q.map(f32::floor);
            let (i, j) = (cell.x as i32, cell.y as i32);
            let random = |k| hash(i, j, k, self.seed ^ scale as u32);
            let centre = cell + v(0.3 + 0.4 * random(1), 0.3 + 0.4 * random(2), 0.0);
            let size = radius * (0.4 + 0.6 * random(3));
            strength
                * smoothstep(size, 0.35 * size, (q - centre).length())
                * smoothstep(0.45, 0.75, random(4))
        });
        density * cover[0].max(cover[1])
    }

    /// Albedo of the eye at `q` and how much of it is iris. `ray` and `gaze` are in the head's frame, `on` is the point
    /// on the ball of radius 1.
    pub fn eye_colour(&self, q: V, ray: V, on: V, gaze: V) -> (V, f32) {
        // The ray bends at the cornea and meets the flat iris behind it.
        let n = on.normalized();
        let c = -ray.dot(n);
        let ratio = 1.0 / 1.33_f32;
        let bent =
            ray * ratio + n * (ratio * c - (1.0 - ratio * ratio * (1.0 - c * c)).max(0.0).sqrt());
        let depth = (1.0 - IRIS * IRIS).sqrt() - 0.02;
        let t = ((depth - on.dot(gaze)) / bent.dot(gaze).min(-0.05)).max(0.0);
        let flat = if on.dot(gaze) > depth {
            on + bent * t
        } else {
            on
        };
        let side = gaze.cross(v(0.0, 1.0, 0.0)).normalized();
        let up = side.cross(gaze);
        let (x, y) = (flat.dot(side), flat.dot(up));
        let r = if on.dot(gaze) > 0.0 {
            (x * x + y * y).sqrt()
        } else {
            2.0
        };
        let around = x.atan2(y);

        let veins = smoothstep(0.72, 0.95, noise(v(around * 9.0, r * 5.0, 3.0), self.seed));
        let edge = smoothstep(
            0.75,
            1.1,
            self.sitter.face.eye.around(q.folded()).side.abs(),
        );
        let white = mix(
            v(0.80, 0.775, 0.750),
            v(0.66, 0.42, 0.38),
            0.15 * veins + 0.45 * edge,
        );
        let t = ((r - PUPIL) / (IRIS - PUPIL)).clamp(0.0, 1.0);
        let id = q.x.signum() * 9.0;
        let fibres = noise(v(around * 14.0, t * 2.0, id), self.seed ^ 31)
            + 0.6 * noise(v(around * 33.0, t * 3.0, id), self.seed ^ 32);
        let [inner, outer] = self.sitter.face.eye.iris;
        let mut iris = mix(inner, outer, smoothstep(0.10, 0.75, t + 0.14 * fibres));
        // Brighter below, where the light that came in from above falls.
        iris = iris * (1.0 + 0.32 * fibres) * (1.15 - 0.85 * y / IRIS);
        iris = mix(iris, outer * 0.10, 0.92 * smoothstep(0.72, 1.0, t));
        iris = mix(V::grey(0.003), iris, smoothstep(-0.02, 0.03, r - PUPIL));
        let inside = smoothstep(IRIS + 0.02, IRIS - 0.02, r);
        (mix(white, iris, inside), inside)
    }
}

fn matt(albedo: V) -> Surface {
    Surface {
        albedo,
        gloss: 0.02,
        power: 8.0,
        thin: 0.0,
    }
}
