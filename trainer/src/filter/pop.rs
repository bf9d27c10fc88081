//! The look "pop": four flat colours chosen by tone.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, mix, recolour, smoothstep},
    flow::{Flow, Lines},
    gaussian::{blur, blur_planes},
};

/// A screen print of four inks, by the tone of the photo against its surroundings; the features of a face are drawn in
/// the darkest. Edges are some three pixels wide.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pop {
    /// The tone between the second and the third colour; the others lie evenly about it.
    pub middle: f32,
    /// From one of these tones to the next.
    pub step: f32,
    /// Half the tone over which one colour becomes the next.
    pub softness: f32,
    /// σ_e of the drawn features in pixels.
    pub line_width: f32,
}

impl Default for Pop {
    fn default() -> Self {
        Self {
            middle: 0.46,
            step: 0.145,
            softness: 0.01,
            line_width: 1.3,
        }
    }
}

/// From dark to light.
const INKS: [[f32; 3]; 4] = [
    [0.14, 0.08, 0.36],
    [0.89, 0.12, 0.47],
    [1.0, 0.56, 0.22],
    [1.0, 0.91, 0.56],
];

impl Pop {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "pop",
        kind: Kind::Look,
        about: "four flat colours chosen by tone",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Pop {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::number(
                "middle",
                "Brightness between the second and the third of four colours",
                0.0..=1.0,
                &mut self.middle,
            ),
            Parameter::number(
                "step",
                "Brightness from one colour to the next",
                0.02..=0.4,
                &mut self.step,
            ),
            Parameter::softness(&mut self.softness),
            Parameter::line_width(&mut self.line_width),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let width = image.width;
        let flow = Flow::new(image, 2.5);
        let lines = Lines {
            width: self.line_width,
            length: 4.0,
            threshold: 0.01,
            steepness: 90.0,
        }
        .draw(&flatten(image, 1, 2.0, 0.1), &flow);
        let flat = evened_luma(&flatten(image, 4, 3.0, 0.12), 0.3);
        let tone = flow.smooth_along(&blur(&flat, width, 1.0), 5.0);
        let print = recolour(image, |_, i| {
            let mut colour = INKS[0];
            for (k, ink) in INKS.iter().enumerate().skip(1) {
                let boundary = self.middle + (k as f32 - 2.0) * self.step;
                let (low, high) = (boundary - self.softness, boundary + self.softness);
                let share = smoothstep(low, high, tone[i]);
                colour = mix(colour, *ink, share);
            }
            mix(colour, INKS[0], lines.dark[i])
        });
        blur_planes(&print, 0.8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    /// Which ink a pixel has, if it has one of them.
    fn ink(image: &Planes, i: usize) -> Option<usize> {
        INKS.iter().position(|ink| {
            let differs = |channel: usize| (image.plane(channel)[i] - ink[channel]).abs() > 0.06;
            !(0..3).any(differs)
        })
    }

    #[test]
    fn four_colours_hold_nine_tenths_of_the_picture() {
        for image in [ramp(240, 60), disc(160, [0.3, 0.5, 0.6], [0.9, 0.7, 0.5])] {
            let result = Pop::default().paint(&image);
            let size = image.width * image.height;
            let inked = (0..size).filter(|i| ink(&result, *i).is_some()).count();
            assert!(inked * 10 >= size * 9, "{inked} of {size}");
        }
    }

    #[test]
    fn lighter_tones_get_lighter_inks_over_a_few_pixels() {
        let result = Pop::default().paint(&ramp(240, 24));
        let inks: Vec<Option<usize>> = (0..240).map(|x| ink(&result, 12 * 240 + x)).collect();
        let mut order: Vec<usize> = inks.iter().copied().flatten().collect();
        assert!(order.is_sorted());
        order.dedup();
        assert_eq!(order, [0, 1, 2, 3]);
        let between = inks.iter().filter(|ink| ink.is_none()).count();
        assert!((6..=30).contains(&between), "{between}");
        let soft = Pop {
            softness: 0.07,
            ..Pop::default()
        };
        let soft = soft.paint(&ramp(240, 24));
        let between = (0..240).filter(|x| ink(&soft, 12 * 240 + x).is_none());
        assert!(between.count() > 60, "the inks run into each other");
    }
}
