//! The look "linocut": a block print in black, cut in bold shapes.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, mix, recolour, smoothstep},
    flow::Flow,
    gaussian::{blur, luma},
};

/// Black ink on warm paper, nothing between but the softness of an edge. The extended difference of Gaussians (Winnemöller,
/// Kyprianidis, Olsen, "XDoG: An eXtended Difference-of-Gaussians Compendium", 2012, §3: large p makes woodcuts) of an evened
/// tone chooses the ink, and a gouge leaves a white gap on the light side of each contour, so that dark shapes are told
/// apart from the dark behind them.
///
/// Ink lies where T + c·min(D, 0) + 1.5 c·max(D, 0) is below the blackness: T the tone, D the difference of Gaussians along
/// the flow, c the weight of contours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linocut {
    /// σ_e of the contours in pixels.
    pub line_width: f32,
    /// Weight of lines against filled darks, c.
    pub contour: f32,
    /// Brightness below which ink covers the paper.
    pub blackness: f32,
    /// Half the brightness over which ink becomes paper.
    pub softness: f32,
}

impl Default for Linocut {
    fn default() -> Self {
        Self {
            line_width: 1.5,
            contour: 9.0,
            blackness: 0.415,
            softness: 0.02,
        }
    }
}

const PAPER: [f32; 3] = [0.955, 0.925, 0.85];
const INK: [f32; 3] = [0.1, 0.085, 0.085];

impl Linocut {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "linocut",
        kind: Kind::Look,
        about: "a bold block print in black on warm paper",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Linocut {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::line_width(&mut self.line_width),
            Parameter::contour(&mut self.contour),
            Parameter::blackness(&mut self.blackness),
            Parameter::softness(&mut self.softness),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        let smooth = luma(&flatten(image, 1, 2.0, 0.1));
        let lifted = |exponent: f32| -> Vec<f32> {
            smooth.iter().map(|v| v.max(0.0).powf(exponent)).collect()
        };
        let difference = |exponent: f32, sigma: f32| {
            flow.smooth_along(&flow.difference_of_gaussians(&lifted(exponent), sigma), 5.0)
        };
        let drawn = difference(0.75, self.line_width);
        let carved = difference(0.6, 0.87 * self.line_width);
        let tone = flow.smooth_along(&evened_luma(&flatten(image, 4, 3.0, 0.1), 0.5), 4.0);
        let ink: Vec<f32> = (0..tone.len())
            .map(|i| {
                let weight = if drawn[i] > 0.0 { 1.5 } else { 1.0 };
                let value = tone[i] + weight * self.contour * drawn[i];
                let gap = (60.0 * (carved[i] - 0.006).max(0.0)).tanh();
                let (low, high) = (
                    self.blackness - self.softness,
                    self.blackness + self.softness,
                );
                (1.0 - smoothstep(low, high, value)) * (1.0 - gap)
            })
            .collect();
        // Rounds the corners, as a gouge does, and makes edges equally soft.
        let ink = blur(&ink, image.width, 0.9);
        let edge = (7.5 * self.softness).min(0.5);
        recolour(image, |_, i| {
            mix(PAPER, INK, smoothstep(0.5 - edge, 0.5 + edge, ink[i]))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, noisy_shapes, ramp};

    #[test]
    fn nine_tenths_are_ink_or_paper() {
        for image in [
            ramp(160, 60),
            noisy_shapes(160, 120),
            disc(120, [0.3, 0.5, 0.6], [0.9, 0.7, 0.5]),
        ] {
            let result = Linocut::default().paint(&image);
            let red = result.plane(0);
            let pure = |v: &&f32| (**v - INK[0]).abs() < 0.03 || (**v - PAPER[0]).abs() < 0.03;
            let count = red.iter().filter(pure).count();
            assert!(count * 10 >= red.len() * 9, "{count} of {}", red.len());
        }
    }

    #[test]
    fn darks_are_solid_and_lights_are_paper() {
        let result = Linocut::default().paint(&ramp(160, 24));
        let red = &result.plane(0)[12 * 160..][..160];
        assert!(red[..40].iter().all(|v| (v - INK[0]).abs() < 0.01));
        assert!(red[120..].iter().all(|v| (v - PAPER[0]).abs() < 0.01));
    }

    /// Both sides are dark enough for solid ink: what is light between them is carved.
    #[test]
    fn a_gap_is_carved_between_darks() {
        let result = Linocut::default().paint(&disc(81, [0.02; 3], [0.16; 3]));
        let red = &result.plane(0)[40 * 81..][..41];
        assert!(red[3] < 0.15 && red[39] < 0.15, "{red:?}");
        assert!(red.iter().copied().fold(0.0, f32::max) > 0.8, "{red:?}");
    }
}
