//! The look "neon": glowing lines in the night.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, mix, palette, power, recolour, smoothstep},
    flow::{Flow, Lines},
    gaussian::{blur, blur_planes, luma, slopes},
};

/// Contours as glowing tubes on a night of indigo and violet, which keeps a little of the photo's tone. Two lamps colour
/// them: what turns to the right is cyan and what turns to the left is magenta, by the slope of the brightness along x,
///
/// a = ½ + ½ tanh(2 L_x / |∇L|), each averaged along the flow,
///
/// and the same two lamps lightly tint the rounded parts of the lights. The glow is the lines' light blurred twice,
/// 2 and 6 pixels wide, and laid over the ground as light is: 1 − (1 − ground)(1 − glow).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neon {
    /// σ_e of the tubes in pixels.
    pub line_width: f32,
    /// Strength of the glow about the tubes.
    pub glow: f32,
}

impl Default for Neon {
    fn default() -> Self {
        Self {
            line_width: 1.2,
            glow: 0.85,
        }
    }
}

const MAGENTA: [f32; 3] = [1.0, 0.14, 0.66];
const CYAN: [f32; 3] = [0.08, 0.85, 1.0];
/// The night, by the tone.
const NIGHT: [(f32, [f32; 3]); 6] = [
    (0.0, [0.02, 0.015, 0.07]),
    (0.25, [0.05, 0.03, 0.16]),
    (0.45, [0.13, 0.06, 0.32]),
    (0.6, [0.27, 0.10, 0.47]),
    (0.78, [0.55, 0.20, 0.62]),
    (1.0, [0.85, 0.45, 0.78]),
];

impl Neon {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "neon",
        kind: Kind::Look,
        about: "glowing magenta and cyan lines in a violet night",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Neon {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::line_width(&mut self.line_width),
            Parameter::number(
                "glow",
                "Strength of the glow about the lines",
                0.0..=2.0,
                &mut self.glow,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let width = image.width;
        let flow = Flow::new(image, 2.5);
        let smooth = power(&flatten(image, 1, 2.0, 0.1), 0.7);
        let tubes = Lines {
            width: self.line_width,
            length: 4.0,
            threshold: 0.004,
            steepness: 70.0,
        }
        .draw(&smooth, &flow)
        .dark;
        let side = side(&luma(&smooth), &flow);

        let flat = flatten(image, 4, 3.0, 0.1);
        let tone = flow.smooth_along(&evened_luma(&flat, 0.35), 4.0);
        let round = slopes(&blur(&luma(&power(&flat, 0.7)), width, 5.0), width);
        let lines = recolour(image, |_, i| {
            mix(MAGENTA, CYAN, side[i]).map(|value| value * tubes[i])
        });
        let (near, far) = (blur_planes(&lines, 2.0), blur_planes(&lines, 6.0));
        recolour(image, |_, i| {
            let night = palette(&NIGHT, tone[i] + 0.05);
            let slope = 16.0 * round[i][0];
            let lit = 0.55 * slope.abs().min(1.0) * smoothstep(0.2, 0.6, tone[i]);
            let lamp = mix(MAGENTA, CYAN, 0.5 + 0.5 * (2.5 * slope).tanh());
            let ground: [f32; 3] = std::array::from_fn(|c| {
                let glow = 0.8 * near.plane(c)[i] + 0.9 * far.plane(c)[i];
                let glow = (self.glow * glow).min(1.0);
                1.0 - (1.0 - night[c]) * (1.0 - lit * lamp[c]) * (1.0 - glow)
            });
            let core = mix(mix(MAGENTA, CYAN, side[i]), [1.0; 3], 0.5);
            mix(ground, core, 0.95 * tubes[i])
        })
    }
}

/// Which lamp lights a contour: 0 magenta, 1 cyan, ½ where `tone` has no slope along x.
fn side(tone: &[f32], flow: &Flow) -> Vec<f32> {
    let slopes = slopes(&blur(tone, flow.width, 1.6), flow.width);
    let x: Vec<f32> = slopes.iter().map(|[x, _]| *x).collect();
    let length: Vec<f32> = slopes.iter().map(|[x, y]| x.hypot(*y)).collect();
    let (x, length) = (flow.smooth_along(&x, 4.0), flow.smooth_along(&length, 4.0));
    let side: Vec<f32> = x
        .iter()
        .zip(length)
        .map(|(x, length)| 0.5 + 0.5 * (x / (0.5 * length + 1e-3)).tanh())
        .collect();
    blur(&side, flow.width, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    #[test]
    fn contours_glow_and_the_glow_falls_off() {
        let tone = luma(&Neon::default().paint(&disc(121, [0.2; 3], [0.5; 3])));
        // From the edge of the disc at 30 outwards.
        let row = &tone[60 * 121..][..31];
        let brightest = (0..31).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        assert!(row[brightest] > 0.5, "{row:?}");
        assert!((25..31).contains(&brightest), "{brightest}");
        let falling = row[..brightest]
            .windows(2)
            .all(|pair| pair[0] <= pair[1] + 1e-3);
        assert!(falling, "{row:?}");
        assert!(row[brightest - 5] > row[0] + 0.05, "{row:?}");
    }

    #[test]
    fn one_side_is_magenta_and_the_other_cyan() {
        let result = Neon::default().paint(&disc(121, [0.2; 3], [0.5; 3]));
        // The whole glow of either edge: red less green.
        let cast = |columns: std::ops::Range<usize>| -> f32 {
            columns
                .map(|x| result.plane(0)[60 * 121 + x] - result.plane(1)[60 * 121 + x])
                .sum()
        };
        let (left, right) = (cast(20..32), cast(89..101));
        assert!(left < -0.5 && right > 2.0, "{left} {right}");
    }

    #[test]
    fn without_contours_it_is_night_and_dark_stays_darker_than_light() {
        let tone = luma(&Neon::default().paint(&ramp(240, 24)));
        let row = &tone[12 * 240..][..240];
        assert!(row.windows(2).all(|pair| pair[1] > pair[0] - 0.01));
        assert!(row[60] < 0.15 && row[120] < 0.3, "{} {}", row[60], row[120]);
    }
}
