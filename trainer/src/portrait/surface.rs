//! Colours: linear albedo, gloss and the like of every surface point.

use super::{
    head::{EYE, EyeFrame, brow, lip_mask},
    scene::{Material, Scene, knit},
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
}

impl Scene {
    /// `world` on the surface of `material`.
    pub fn surface(&self, material: Material, world: V) -> Surface {
        let p = self.head(world);
        match material {
            Material::Skin => self.skin_surface(p),
            Material::Eye => self.eye_surface(p),
            Material::Lash => matt(v(0.012, 0.007, 0.005)),
            Material::Metal => Surface {
                albedo: v(0.83, 0.58, 0.27),
                gloss: 2.2,
                power: 60.0,
            },
            Material::Hair => {
                let strand = self.hair(p).strand;
                let tone = 0.5 + 0.5 * strand + 0.25 * fractal(p * 2.2, self.seed);
                let warm = mix(
                    v(0.022, 0.009, 0.005),
                    v(0.150, 0.056, 0.022),
                    tone.clamp(0.0, 1.0),
                );
                Surface {
                    albedo: warm,
                    gloss: 1.0,
                    power: 40.0,
                }
            }
            Material::Cloth => {
                let shade =
                    0.5 + 0.35 * knit(world, self.seed) + 0.3 * fractal(world * 9.0, self.seed);
                matt(mix(
                    v(0.018, 0.085, 0.105),
                    v(0.050, 0.190, 0.205),
                    shade.clamp(0.0, 1.0),
                ))
            }
        }
    }

    fn skin_surface(&self, p: V) -> Surface {
        let m = p.folded();
        let near = |centre: V, width: f32| bell((m - centre).length(), width);
        let mut albedo = v(0.700, 0.430, 0.305);
        // Blood shows where skin is thin or cold; forehead and chin are paler and yellower.
        let blush = 0.62 * near(v(0.38, -0.26, 0.62), 0.15)
            + 0.50 * near(v(0.0, -0.33, 1.05), 0.11)
            + 0.25 * near(v(0.0, -0.90, 0.78), 0.12)
            + 0.55
                * smoothstep(0.62, 0.72, m.x)
                * smoothstep(0.25, 0.1, p.y)
                * smoothstep(-0.5, -0.4, p.y);
        albedo = mix(albedo, v(0.730, 0.335, 0.255), blush.min(0.75));
        albedo = mix(
            albedo,
            v(0.760, 0.520, 0.375),
            0.45 * near(v(0.0, 0.50, 0.75), 0.28),
        );
        // Thin, bluish skin below the eyes.
        albedo = mix(
            albedo,
            v(0.545, 0.335, 0.285),
            0.40 * near(v(0.25, -0.14, 0.73), 0.055),
        );
        let mottle = fractal(p * 9.0, self.seed) * 0.5 + fractal(p * 31.0, self.seed ^ 7) * 0.35;
        albedo = albedo * (v(1.0, 1.0, 1.0) + v(0.05, 0.085, 0.09) * mottle);
        albedo = self.freckles(p, albedo);
        let (mut gloss, mut power) = (0.22, 18.0);
        // An oily nose and forehead, and the cheekbones.
        gloss += 0.16 * near(v(0.0, -0.25, 1.0), 0.16) + 0.08 * near(v(0.40, -0.08, 0.62), 0.12);
        gloss *= 1.0 + 0.25 * fractal(p * 45.0, self.seed ^ 9);

        let lips = lip_mask(p);
        let lines = noise(v(p.x * 95.0, p.y * 9.0, 0.0), self.seed);
        let lip = mix(
            v(0.50, 0.150, 0.135),
            v(0.60, 0.205, 0.180),
            0.5 + 0.5 * lines,
        );
        albedo = mix(albedo, lip, 0.88 * lips);
        gloss += 0.42 * lips * (1.0 + 0.4 * lines);
        power += 22.0 * lips;
        // The line between the lips, and the nostrils, are dark of themselves.
        let seam = bell(p.y + 0.618 - 0.35 * m.x * m.x, 0.0065) * smoothstep(0.262, 0.22, m.x);
        albedo = mix(
            albedo,
            v(0.16, 0.035, 0.035),
            0.85 * seam * smoothstep(0.6, 0.68, p.z),
        );

        let eye = EyeFrame::new(m);
        if (m - EYE).length() < 0.27 {
            let edge = eye.opening();
            // The rim of the lids is wet and pink, a dark line of lash roots runs along the upper one.
            albedo = mix(albedo, v(0.66, 0.29, 0.25), 0.65 * bell(edge + 0.02, 0.05));
            let liner = bell(eye.under_upper + 0.035, 0.040) * smoothstep(1.02, 0.85, eye.u.abs());
            let lower = 0.35 * bell(eye.over_lower + 0.05, 0.03) * smoothstep(-0.6, 0.6, eye.u);
            albedo = mix(
                albedo,
                v(0.030, 0.016, 0.012),
                (0.93 * liner).max(lower) * smoothstep(1.25, 1.0, eye.u.abs()),
            );
            let lid = bell(eye.under_upper + 0.16, 0.11) * smoothstep(1.1, 0.6, eye.u.abs());
            albedo = mix(albedo, v(0.46, 0.235, 0.185), 0.42 * lid);
        }

        let (hairs, along) = brow(m);
        if hairs > 0.0 {
            // Hairs rise near the nose and lie flat towards the temple.
            let lean = m.x * (0.35 + 1.3 * along.clamp(0.0, 1.0))
                - m.y * (1.15 - 1.7 * along.clamp(0.0, 1.0));
            let stroke = noise(v(lean * 170.0, (m.x + m.y) * 16.0, p.x.signum()), self.seed);
            let cover = smoothstep(-0.75, 0.05, stroke + 1.7 * hairs - 0.80) * hairs.sqrt();
            albedo = mix(albedo, v(0.040, 0.018, 0.010), 0.93 * cover.min(1.0));
            gloss *= 1.0 - 0.8 * cover.min(1.0);
        }
        Surface {
            albedo,
            gloss,
            power,
        }
    }

    /// A few dozen, over nose and cheeks.
    fn freckles(&self, p: V, albedo: V) -> V {
        let density = bell(p.y + 0.20, 0.14) * smoothstep(0.35, 0.6, p.z);
        let cover = [(24.0, 0.26, 1.0), (43.0, 0.24, 0.75)].map(|(scale, radius, strength)| {
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
        let cover = cover[0].max(cover[1]);
        mix(albedo, v(0.43, 0.215, 0.13), 0.55 * density * cover)
    }

    fn eye_surface(&self, p: V) -> Surface {
        let m = p.folded();
        let gaze = self.gaze(p);
        let direction = (m - EYE).normalized();
        let angle = direction.dot(gaze).clamp(-1.0, 1.0).acos();
        let side = gaze.cross(v(0.0, 1.0, 0.0)).normalized();
        let up = side.cross(gaze);
        let around = direction.dot(side).atan2(direction.dot(up));

        let veins = smoothstep(
            0.72,
            0.95,
            noise(v(around * 9.0, angle * 5.0, 3.0), self.seed),
        );
        let white = mix(
            v(0.70, 0.665, 0.635),
            v(0.66, 0.42, 0.38),
            0.35 * veins + smoothstep(0.75, 1.25, angle) * 0.55,
        );
        let fibres = noise(v(around * 16.0, angle * 4.0, 0.0), self.seed ^ 31)
            + 0.6 * noise(v(around * 37.0, angle * 7.0, 5.0), self.seed ^ 32);
        let t = ((angle - 0.15) / 0.29).clamp(0.0, 1.0);
        // Grey-green, amber around the pupil, dark at the rim.
        let mut iris = mix(
            v(0.235, 0.130, 0.040),
            v(0.120, 0.190, 0.125),
            smoothstep(0.12, 0.5, t + 0.15 * fibres),
        );
        iris = iris * (0.85 + 0.45 * fibres);
        iris = mix(iris, v(0.014, 0.024, 0.022), 0.9 * smoothstep(0.70, 1.0, t));
        let mut albedo = mix(iris, white, smoothstep(0.425, 0.475, angle));
        albedo = mix(
            v(0.004, 0.004, 0.004),
            albedo,
            smoothstep(0.150, 0.178, angle),
        );
        // The caruncle in the inner corner.
        let corner = bell((m - EYE - v(-0.135, -0.02, 0.07)).length(), 0.028);
        albedo = mix(albedo, v(0.60, 0.235, 0.200), corner);
        Surface {
            albedo,
            gloss: 0.0,
            power: 1.0,
        }
    }
}

fn matt(albedo: V) -> Surface {
    Surface {
        albedo,
        gloss: 0.02,
        power: 8.0,
    }
}
