//! The look "comic": blue black ink with solid darks, and one flat tint, on warm paper.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, mix, recolour, smoothstep},
    flow::Flow,
    gaussian::luma,
};

/// Two inks on paper: XDoG (Winnemöller, Kyprianidis, Olsen, "XDoG: An eXtended Difference-of-Gaussians Compendium",
/// 2012) with a high threshold, which draws lines and fills darks in one stroke, over a flat tint in the middle tones.
///
/// Tones count against their surroundings by half, so that a dark face is not one blot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comic {
    /// σ_e of the narrower Gaussian in pixels.
    pub line_width: f32,
    /// p, the weight of the difference of Gaussians against the tone.
    pub contour: f32,
    /// ε, the tone below which ink covers the paper.
    pub blackness: f32,
    /// The tone below which the tint does.
    pub tint: f32,
    /// Half the tone over which ink becomes tint, and tint paper.
    pub softness: f32,
}

impl Default for Comic {
    fn default() -> Self {
        Self {
            line_width: 1.1,
            contour: 14.0,
            blackness: 0.315,
            tint: 0.55,
            softness: 0.04,
        }
    }
}

const PAPER: [f32; 3] = [0.98, 0.95, 0.88];
const TINT: [f32; 3] = [0.60, 0.70, 0.78];
const INK: [f32; 3] = [0.06, 0.08, 0.17];

impl Comic {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "comic",
        kind: Kind::Look,
        about: "blue black ink with solid darks, and a flat tint, on warm paper",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Comic {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::line_width(&mut self.line_width),
            Parameter::contour(&mut self.contour),
            Parameter::blackness(&mut self.blackness),
            Parameter::number(
                "tint",
                "Brightness below which the tint covers the paper",
                0.0..=1.0,
                &mut self.tint,
            ),
            Parameter::softness(&mut self.softness),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        let smooth = luma(&flatten(image, 2, 2.0, 0.1));
        let tone = evened_luma(&flatten(image, 4, 3.0, 0.1), 0.3);
        let tone = flow.smooth_along(&tone, 4.0);
        let lines = flow.difference_of_gaussians(&smooth, self.line_width);
        let lines = flow.smooth_along(&lines, 4.0);
        recolour(image, |_, i| {
            let drawn = tone[i] + self.contour * lines[i].min(0.0);
            let below = |boundary: f32, tone: f32| {
                1.0 - smoothstep(boundary - self.softness, boundary + self.softness, tone)
            };
            let ink = below(self.blackness, drawn);
            let tint = below(self.tint, tone[i]);
            mix(mix(PAPER, TINT, tint), INK, ink)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    fn colour(image: &Planes, i: usize) -> [f32; 3] {
        [0, 1, 2].map(|channel| image.plane(channel)[i])
    }

    fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
        (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn darks_are_solid_ink_lights_are_paper_and_the_tint_lies_between() {
        let result = Comic::default().paint(&ramp(160, 24));
        for (x, expected) in [(4, INK), (80, TINT), (155, PAPER)] {
            let actual = colour(&result, 12 * 160 + x);
            assert!(distance(actual, expected) < 0.02, "{x}: {actual:?}");
        }
        let flat = (0..160 * 24).filter(|i| {
            let colour = colour(&result, *i);
            [INK, TINT, PAPER]
                .iter()
                .any(|c| distance(colour, *c) < 0.03)
        });
        assert!(flat.count() * 10 > 160 * 24 * 8);
    }

    /// Both sides are light enough for bare paper: what is dark between is a line, and the paper stays as it is beside it.
    #[test]
    fn edges_between_lights_are_inked() {
        let result = Comic::default().paint(&disc(81, [0.66; 3], [0.95; 3]));
        let red = &result.plane(0)[40 * 81..][..41];
        assert!(red.iter().copied().fold(1.0, f32::min) < 0.3, "{red:?}");
        assert!(red[3] > 0.95 && red[38] > 0.95, "{red:?}");
        assert!(red.iter().all(|value| *value < PAPER[0] + 0.001));
    }
}
