//! The look "wash": light, flat watercolour with darker rims of its pools and the white of the paper in the lights.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{flatten, mix, recolour, smoothstep, soft_steps},
    flow::{Flow, Lines},
    gaussian::luma,
};

/// Thin washes of colour on white paper (after Bousseau, Kaplan, Thollot, Sillion, "Interactive Watercolor Rendering with
/// Temporal Coherence and Abstraction", NPAR 2006, §4): the colours of few tones, each as a layer of pigment whose
/// density grows towards the rims, where a drying pool leaves more of it. The paper's grain is no part of it.
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
            saturation: 1.5,
            rims: 1.8,
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
        let rims = Lines {
            width: 1.4,
            length: 4.0,
            threshold: 0.006,
            steepness: 40.0,
        }
        .draw(&flatten(image, 2, 2.0, 0.09), &flow);
        let mut flat = flatten(image, 4, 3.0, 0.09);
        for channel in 0..3 {
            let smooth = flow.smooth_along(flat.plane(channel), 3.0);
            flat.plane_mut(channel).copy_from_slice(&smooth);
        }
        let tone = luma(&flat);
        recolour(&flat, |colour, i| {
            let chroma = colour.map(|value| value - tone[i]);
            let strongest = chroma.iter().fold(0.0_f32, |most, c| most.max(c.abs()));
            let gain = 1.0 + (self.saturation - 1.0) * (1.0 - smoothstep(0.15, 0.6, strongest));
            // Thin pigment: black becomes a middle grey, and the lights are left bare.
            let stepped = soft_steps(tone[i], self.levels, 2.5);
            let light = 1.0 - 0.68 * (1.0 - stepped).powf(1.25);
            let wash = chroma.map(|c| (light + gain * c).clamp(0.02, 1.0));
            let density = 1.0 + self.rims * rims.dark[i];
            let wash = wash.map(|c| c.powf(density));
            mix(wash, PAPER, smoothstep(0.6, 0.85, tone[i]))
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
            let lights = &row[140..];
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
