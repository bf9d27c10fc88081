//! The look "riso": a print in two inks, coral and blue, on cream paper.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, power, recolour, smooth_along, smoothstep, soft_steps},
    flow::{Flow, Lines},
    gaussian::{blur, luma},
};

/// A risograph print: coral for what absorbs green and blue, blue for what absorbs red, both where it is dark, and cream
/// paper in the lights. The inks are transparent, so their layers multiply: each leaves 1 − k (1 − ink) of the light,
/// where k is how much of the paper it covers, in few steps.
///
/// k_blue = S(1 − R + 0.3 c) and k_coral = S(1 − 0.6 G − 0.4 B − 1.1 c) with c = max(0, B − R), which keeps coral out of
/// skies, and a smooth step S. Contours are printed in both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Riso {
    /// Steps of each ink.
    pub ink_steps: f32,
    /// σ_e of the contours in pixels.
    pub line_width: f32,
}

impl Default for Riso {
    fn default() -> Self {
        Self {
            ink_steps: 3.0,
            line_width: 1.2,
        }
    }
}

const PAPER: [f32; 3] = [0.975, 0.95, 0.89];
const CORAL: [f32; 3] = [1.0, 0.38, 0.34];
const BLUE: [f32; 3] = [0.0, 0.40, 0.60];

impl Riso {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "riso",
        kind: Kind::Look,
        about: "a print in coral and blue ink on cream paper",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Riso {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::number(
                "ink-steps",
                "Steps of each ink between none and full",
                1.0..=16.0,
                &mut self.ink_steps,
            ),
            Parameter::line_width(&mut self.line_width),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let width = image.width;
        let flow = Flow::new(image, 2.5);
        let contours = Lines {
            width: self.line_width,
            length: 4.0,
            threshold: 0.006,
            steepness: 70.0,
        }
        .draw(&power(&flatten(image, 1, 2.0, 0.1), 0.8), &flow)
        .dark;
        let flat = flatten(image, 4, 3.0, 0.1);
        let tone = flow.smooth_along(&blur(&evened_luma(&flat, 0.4), width, 0.7), 3.0);
        let flat = smooth_along(&flat, &flow, 4.0);
        let grey = luma(&flat);
        let steps = |value: f32| soft_steps(smoothstep(0.24, 0.8, value), self.ink_steps, 2.6);
        let layer = |cover: &dyn Fn([f32; 3], f32) -> f32, lines: f32| -> Vec<f32> {
            let covered: Vec<f32> = (0..grey.len())
                .map(|i| {
                    let shift = tone[i] - grey[i];
                    let colour = [0, 1, 2].map(|c| flat.plane(c)[i] + shift);
                    let cold = (colour[2] - colour[0]).max(0.0);
                    1.0 - (1.0 - steps(cover(colour, cold))) * (1.0 - lines * contours[i])
                })
                .collect();
            blur(&covered, width, 0.6)
        };
        let blue = layer(&|[r, ..], cold| 1.0 - r + 0.3 * cold, 0.92);
        let coral = layer(&|[_, g, b], cold| 1.0 - 0.6 * g - 0.4 * b - 1.1 * cold, 0.5);
        recolour(image, |_, i| {
            std::array::from_fn(|c| {
                PAPER[c] * (1.0 - blue[i] * (1.0 - BLUE[c])) * (1.0 - coral[i] * (1.0 - CORAL[c]))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    fn at(image: &Planes, i: usize) -> [f32; 3] {
        [0, 1, 2].map(|channel| image.plane(channel)[i])
    }

    fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
        (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn red_is_coral_alone_blue_is_blue_alone_and_both_make_the_darks() {
        let over = |ink: [f32; 3]| [0, 1, 2].map(|c| PAPER[c] * ink[c]);
        let both = [0, 1, 2].map(|c| PAPER[c] * CORAL[c] * BLUE[c]);
        let image = disc(81, [0.97, 0.1, 0.1], [0.0, 0.3, 0.85]);
        let result = Riso::default().paint(&image);
        let (red, blue) = (at(&result, 3 * 81 + 3), at(&result, 40 * 81 + 40));
        assert!(distance(red, over(CORAL)) < 0.1, "{red:?}");
        assert!(distance(blue, over(BLUE)) < 0.1, "{blue:?}");
        let grey = Riso::default().paint(&ramp(160, 24));
        let (dark, light) = (at(&grey, 12 * 160 + 4), at(&grey, 12 * 160 + 156));
        assert!(distance(dark, both) < 0.05, "{dark:?}");
        assert!(distance(light, PAPER) < 0.05, "{light:?}");
    }

    /// Any mixture of transparent inks lies between the paper and the two on each other.
    #[test]
    fn no_colour_lies_outside_the_two_inks() {
        let result = Riso::default().paint(&disc(81, [0.2, 0.8, 0.3], [0.9, 0.8, 0.1]));
        for i in 0..81 * 81 {
            for (c, value) in at(&result, i).into_iter().enumerate() {
                let darkest = PAPER[c] * CORAL[c] * BLUE[c];
                assert!(value > darkest - 1e-3 && value < PAPER[c] + 1e-3);
            }
        }
    }
}
