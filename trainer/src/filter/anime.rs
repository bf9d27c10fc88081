//! The look "anime": soft flat colours full of light, with a thin brown outline.

use limn::{Planes, medium::relight};

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{
        evened_luma, flatten, luma_of, mix, power, recolour, smooth_along, smoothstep, soft_steps,
        vividness,
    },
    flow::{Flow, Lines},
    gaussian::{blur, luma},
};

/// A painted film's frame: smooth flat colours, shadows lifted and tinted violet, lights nearly white, vivid colours except
/// for skin, which is made rosy instead, and thin coherent outlines in a dark brown.
///
/// The brightness e becomes e + 1.3 e (1 − e)(1 − 0.45 e) S(e), by two thirds in soft steps; S, a smooth step from 0 to 0.5,
/// leaves dark hair and dark skin dark.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anime {
    /// Saturation, 1 for the photo's own.
    pub saturation: f32,
    /// σ_e of the outlines in pixels.
    pub line_width: f32,
    /// How much of the colour a full outline covers, in [0, 1].
    pub darkness: f32,
}

impl Default for Anime {
    fn default() -> Self {
        Self {
            saturation: 1.35,
            line_width: 1.0,
            darkness: 0.92,
        }
    }
}

/// Colour of the outlines.
const INK: [f32; 3] = [0.24, 0.11, 0.10];
/// What is added to full shadow, to full light, and to the light on skin.
const SHADOW: [f32; 3] = [-0.005, -0.01, 0.06];
const LIGHT: [f32; 3] = [0.03, 0.025, 0.02];
const ROSE: [f32; 3] = [0.02, 0.0, 0.035];

impl Anime {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "anime",
        kind: Kind::Look,
        about: "soft flat colours full of light, with a thin brown outline",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Anime {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::saturation(&mut self.saturation),
            Parameter::line_width(&mut self.line_width),
            Parameter::darkness(&mut self.darkness),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        let outlines = Lines {
            width: self.line_width,
            length: 5.0,
            threshold: 0.005,
            steepness: 90.0,
        }
        .draw(&power(&flatten(image, 1, 2.0, 0.1), 0.8), &flow)
        .dark;
        let flat = flatten(image, 4, 3.0, 0.1);
        let tone = blur(&evened_luma(&flat, 0.1), image.width, 1.0);
        let tone = flow.smooth_along(&tone, 5.0);
        let flat = smooth_along(&flat, &flow, 5.0);
        let grey = luma(&flat);
        recolour(&flat, |colour, i| {
            let e = tone[i].clamp(0.0, 1.0);
            let lift = 1.3 * smoothstep(0.0, 0.5, e);
            let airy = (e + lift * e * (1.0 - e) * (1.0 - 0.45 * e)).clamp(0.0, 1.0);
            let target = 0.10 + 0.90 * (0.35 * airy + 0.65 * soft_steps(airy, 5.0, 2.6));
            let skin = smoothstep(0.02, 0.12, colour[0] - colour[2])
                * (1.0 - smoothstep(0.25, 0.5, vividness(colour, grey[i])));
            let lit = relight(colour, grey[i], target, 0.55);
            let middle = luma_of(lit);
            let gain = self.saturation - 0.3 * skin;
            let rose = skin * smoothstep(0.45, 0.8, target);
            let shadow = 1.0 - smoothstep(0.2, 0.7, target);
            let light = smoothstep(0.65, 0.95, target);
            let painted = std::array::from_fn(|c| {
                let vivid = middle + gain * (lit[c] - middle);
                (vivid + rose * ROSE[c] + shadow * SHADOW[c] + light * LIGHT[c]).clamp(0.0, 1.0)
            });
            mix(painted, INK, self.darkness * outlines[i])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    #[test]
    fn middle_tones_are_lifted_and_shadows_are_violet() {
        let result = Anime::default().paint(&ramp(160, 24));
        let at = |x: usize| [0, 1, 2].map(|channel| result.plane(channel)[12 * 160 + x]);
        let tone = luma(&result);
        let row = &tone[12 * 160..][..160];
        assert!(row.windows(2).all(|pair| pair[1] > pair[0] - 2e-3));
        assert!(row[72] > 0.55, "{}", row[72]);
        let [r, g, b] = at(20);
        assert!(b > r + 0.02 && r >= g, "{r} {g} {b}");
    }

    #[test]
    fn outlines_are_thin_and_brown() {
        let image = disc(81, [0.4, 0.5, 0.65], [0.9, 0.75, 0.65]);
        let result = Anime::default().paint(&image);
        let row = |channel: usize| &result.plane(channel)[40 * 81..][..41];
        let line: Vec<usize> = (0..41).filter(|x| row(1)[*x] < 0.45).collect();
        assert!((1..=4).contains(&line.len()), "{:?}", row(1));
        let darkest = line
            .into_iter()
            .min_by(|a, b| row(1)[*a].total_cmp(&row(1)[*b]));
        let darkest = darkest.unwrap();
        assert!(row(0)[darkest] > row(1)[darkest], "{:?}", row(0));
    }

    /// Skin of any shade keeps its place between the others.
    #[test]
    fn dark_skin_stays_darker_than_fair_skin() {
        let dark = Anime::default().paint(&disc(61, [0.5; 3], [0.42, 0.27, 0.2]));
        let fair = Anime::default().paint(&disc(61, [0.5; 3], [0.9, 0.75, 0.65]));
        let middle = 30 * 61 + 30;
        let (dark, fair) = (luma(&dark)[middle], luma(&fair)[middle]);
        assert!(dark < 0.6 && fair > 0.8, "{dark} {fair}");
    }
}
