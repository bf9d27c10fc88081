//! The look "wash": light, flat watercolour with darker rims of its pools and the white of the paper in the lights.

use limn::{Planes, medium::relight};

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, luma_of, mix, recolour, smooth_along, smoothstep, soft_steps},
    flow::{Flow, Lines},
    gaussian::{blur, blur_planes, luma},
};

/// Thin washes of colour on white paper (after Bousseau, Kaplan, Thollot, Sillion, "Interactive Watercolor Rendering with
/// Temporal Coherence and Abstraction", NPAR 2006, §4): the colours of few tones, each as a layer of pigment whose
/// density grows towards the rims, where a drying pool leaves more of it. Half of the hue bleeds over the edges, and on the
/// light side of each edge a gap of paper is left, as painters keep wet pools apart. The paper's grain is no part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wash {
    /// Steps of brightness from black to white.
    pub levels: f32,
    /// Saturation, 1 for the photo's own.
    pub saturation: f32,
    /// How much denser the pigment is at the strongest rim.
    pub rims: f32,
}

impl Default for Wash {
    fn default() -> Self {
        Self {
            levels: 5.0,
            saturation: 1.1,
            rims: 1.1,
        }
    }
}

/// Bare paper.
const PAPER: [f32; 3] = [0.985, 0.98, 0.965];

impl Wash {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "wash",
        kind: Kind::Look,
        about: "light watercolour washes with dark rims, and paper in the lights",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Wash {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::levels(&mut self.levels),
            Parameter::saturation(&mut self.saturation),
            Parameter::number(
                "rims",
                "How much denser the pigment is at the rims of pools",
                0.0..=3.0,
                &mut self.rims,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        let edges = Lines {
            width: 1.3,
            length: 4.0,
            threshold: 0.005,
            steepness: 45.0,
        }
        .draw(&flatten(image, 1, 2.0, 0.1), &flow);
        let gaps = blur(&edges.light, image.width, 0.6);
        let flat = flatten(image, 4, 3.0, 0.1);
        let tone = blur(&evened_luma(&flat, 0.35), image.width, 0.8);
        let tone = flow.smooth_along(&tone, 4.0);
        // Thin pigment: black becomes a dark grey.
        let light: Vec<f32> = tone
            .iter()
            .map(|tone| {
                let stepped = soft_steps(tone.clamp(0.0, 1.0), self.levels, 2.2);
                1.0 - 0.74 * (1.0 - stepped).max(0.0).powf(1.2)
            })
            .collect();
        let around = blur(&light, image.width, 3.0);
        let flat = smooth_along(&flat, &flow, 3.0);
        let grey = luma(&flat);
        let hue = recolour(&flat, |colour, i| {
            let lit = relight(colour, grey[i], light[i], 0.5);
            let middle = luma_of(lit);
            lit.map(|value| self.saturation * (value - middle))
        });
        let bled = blur_planes(&hue, 3.0);
        recolour(&flat, |_, i| {
            let rim = (6.0 * (around[i] - light[i])).clamp(0.0, 0.9);
            let density = 1.0 + self.rims * (rim + 0.9 * edges.dark[i]);
            let wash = std::array::from_fn(|c| {
                let hue = 0.5 * (hue.plane(c)[i] + bled.plane(c)[i]);
                (light[i] + hue).clamp(0.04, 1.0).powf(density)
            });
            let washed = mix(wash, PAPER, smoothstep(0.5, 0.8, tone[i]));
            mix(washed, PAPER, 0.75 * gaps[i])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    #[test]
    fn lights_are_bare_paper_and_darks_are_thin() {
        let result = Wash::default().paint(&ramp(160, 24));
        for (channel, paper) in PAPER.into_iter().enumerate() {
            let row = &result.plane(channel)[12 * 160..][..160];
            let lights = &row[146..];
            assert!(
                lights.iter().all(|v| (v - paper).abs() < 0.01),
                "{lights:?}"
            );
            assert!(row[8] > 0.25, "black pigment is thin: {}", row[8]);
        }
    }

    #[test]
    fn pools_have_darker_rims_of_their_own_colour() {
        let image = disc(81, [0.75, 0.85, 0.8], [0.7, 0.3, 0.25]);
        let plain = Wash {
            rims: 0.0,
            ..Wash::default()
        };
        let (rimmed, plain) = (Wash::default().paint(&image), plain.paint(&image));
        assert!(rimmed.data.iter().zip(&plain.data).all(|(a, b)| a <= b));
        let row = |channel: usize| &rimmed.plane(channel)[40 * 81 + 20..][..21];
        let (green, middle) = (row(1), row(1)[20]);
        let (at, darkest) = green
            .iter()
            .enumerate()
            .min_by(|a, b| a.1.total_cmp(b.1))
            .unwrap();
        assert!(*darkest < middle - 0.08, "{green:?}");
        assert!(at < 5, "the rim is at the edge: {at}");
        assert!(row(0)[at] > *darkest + 0.1, "it is red");
    }
}
