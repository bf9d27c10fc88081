//! The look "toon": vivid colours in few steps of tone, with clean dark contours.

use limn::{Planes, medium::relight};

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{
        evened_luma, flatten, mix, power, recolour, saturate, smooth_along, smoothstep, soft_steps,
    },
    flow::{Flow, Lines},
    gaussian::{blur, luma, slopes},
};

/// A drawn film's frame: colours smoothed within edges, brightness in few steps whose shades keep the hue's saturation, a
/// saturation that spares what is vivid already, and contours in one dark ink (Winnemöller, Olsen, Gooch, "Real-Time Video
/// Abstraction", 2006, with the flow-based lines of the later papers).
///
/// As in the paper, §3.3, steps are sharp where the tone changes fast and soft where it hardly does: a shaded cheek shows
/// its steps, and a plain wall does not break into clouds.
///
/// Contours cover what is below them and never lighten beside them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Toon {
    /// Steps of brightness from black to white.
    pub levels: f32,
    /// Saturation, 1 for the photo's own.
    pub saturation: f32,
    /// σ_e of [`Lines`] in pixels.
    pub line_width: f32,
    /// How much of the colour a full contour covers, in [0, 1].
    pub darkness: f32,
    /// How far steps of brightness are left a smooth run, in [0, 1].
    pub smoothness: f32,
}

impl Default for Toon {
    fn default() -> Self {
        Self {
            levels: 6.0,
            saturation: 1.5,
            line_width: 1.3,
            darkness: 0.95,
            smoothness: 0.0,
        }
    }
}

/// Colour of the contours: a brown black, which skin bears better than a neutral one.
const INK: [f32; 3] = [0.07, 0.05, 0.06];

impl Toon {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "toon",
        kind: Kind::Look,
        about: "vivid colours in few steps of tone, with clean dark contours",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Toon {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::levels(&mut self.levels),
            Parameter::saturation(&mut self.saturation),
            Parameter::line_width(&mut self.line_width),
            Parameter::darkness(&mut self.darkness),
            Parameter::number(
                "smoothness",
                "How far steps of brightness are left a smooth run",
                0.0..=1.0,
                &mut self.smoothness,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        let lines = Lines {
            width: self.line_width,
            length: 5.0,
            threshold: 0.007,
            steepness: 110.0,
        }
        .draw(&power(&flatten(image, 1, 2.0, 0.1), 0.8), &flow);
        let flat = flatten(image, 4, 3.0, 0.1);
        let tone = blur(&evened_luma(&flat, 0.15), image.width, 0.6);
        let lifted: Vec<f32> = flow
            .smooth_along(&tone, 5.0)
            .into_iter()
            .map(|tone| {
                // A little brighter in the middle, and black where it was dark.
                let tone = tone.clamp(0.0, 1.0);
                (tone + 0.9 * tone * (1.0 - tone) * (tone - 0.15)).clamp(0.0, 1.0)
            })
            .collect();
        let slopes = slopes(&blur(&lifted, image.width, 2.5), image.width);
        let flat = smooth_along(&flat, &flow, 4.0);
        let grey = luma(&flat);
        recolour(&flat, |colour, i| {
            let [x, y] = slopes[i];
            let sharpness = 0.6 + 6.0 * smoothstep(0.002, 0.012, x.hypot(y));
            let stepped = soft_steps(lifted[i], self.levels, sharpness);
            let stepped = stepped + self.smoothness * (lifted[i] - stepped);
            let shaded = relight(colour, grey[i], stepped, 0.7);
            mix(
                saturate(shaded, self.saturation, 0.12, 0.6).map(|value| value.clamp(0.0, 1.0)),
                INK,
                self.darkness * lines.dark[i],
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    #[test]
    fn a_ramp_becomes_few_steps() {
        let toon = Toon::default();
        let tone = luma(&toon.paint(&ramp(80, 24)));
        let near = |value: &&f32| {
            let level = (*value * toon.levels).floor() + 0.5;
            (*value - level / toon.levels).abs() < 0.02
        };
        let share = tone.iter().filter(near).count() as f32 / tone.len() as f32;
        // A quarter of a plain ramp lies so near.
        assert!(share > 0.6, "{share}");
        let smooth = Toon {
            smoothness: 1.0,
            ..toon
        };
        let tone_of_smooth = luma(&smooth.paint(&ramp(80, 24)));
        let smooth = tone_of_smooth.iter().filter(near).count() as f32 / tone.len() as f32;
        assert!(smooth < 0.35, "{smooth}");
        // At the border the slope is unknown by half, hence the sharpness.
        let rising = tone.chunks(80).all(|row| row[10..70].is_sorted());
        assert!(rising, "steps keep their order");
    }

    /// A wall that grows lighter by a fifth over 240 pixels keeps its smooth gradient.
    #[test]
    fn a_plain_wall_does_not_break_into_steps() {
        let mut wall = ramp(240, 24);
        for value in &mut wall.data {
            *value = 0.4 + 0.2 * *value;
        }
        let tone = luma(&Toon::default().paint(&wall));
        let row = &tone[12 * 240 + 8..][..224];
        let steepest = row.windows(2).map(|pair| pair[1] - pair[0]);
        let steepest = steepest.fold(0.0, f32::max);
        assert!(steepest < 0.0025, "{steepest}");
    }

    /// A contour is darker than what lies on either side of it, and no light rim accompanies it.
    #[test]
    fn contours_are_darker_than_both_sides_and_have_no_light_rim() {
        let image = disc(81, [0.45, 0.4, 0.4], [0.75, 0.7, 0.7]);
        let plain = Toon {
            darkness: 0.0,
            ..Toon::default()
        };
        let (drawn, plain) = (
            luma(&Toon::default().paint(&image)),
            luma(&plain.paint(&image)),
        );
        assert!(drawn.iter().zip(&plain).all(|(a, b)| a <= b));
        let row = &drawn[40 * 81..][..40];
        let darkest = row.iter().copied().fold(1.0, f32::min);
        assert!(darkest < row[2] - 0.2 && darkest < row[39] - 0.2, "{row:?}");
        assert!(row.iter().all(|v| *v < row[39] + 0.02), "{row:?}");
    }

    #[test]
    fn dull_colours_become_vivid() {
        let image = disc(41, [0.5, 0.45, 0.4], [0.6, 0.65, 0.7]);
        let spread = |image: &Planes, i: usize| image.plane(0)[i] - image.plane(2)[i];
        let result = Toon::default().paint(&image);
        for at in [2 * 41 + 2, 20 * 41 + 20] {
            assert!(spread(&result, at).abs() > 1.3 * spread(&image, at).abs());
        }
    }
}
