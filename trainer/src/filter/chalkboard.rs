//! The look "chalkboard": chalk in white and pale colours on a dark board.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, luma_of, mix, power, recolour, saturate, smoothstep, vividness},
    flow::{Flow, Lines},
    gaussian::blur,
};

/// Chalk laid where the light falls, on a green black board that is left bare in the darks: a drawing with the lights, not
/// a negative of one with the darks. Outlines are chalk on the light side of each edge and bare board on the dark side.
///
/// Chalk and lines cover what is below them; cold colours, mostly walls and sky, get less of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chalkboard {
    /// σ_e of the outlines in pixels.
    pub line_width: f32,
    /// How much of the board the lights cover, in [0, 1].
    pub chalk: f32,
}

impl Default for Chalkboard {
    fn default() -> Self {
        Self {
            line_width: 1.1,
            chalk: 0.9,
        }
    }
}

const BOARD: [f32; 3] = [0.065, 0.11, 0.095];
const CHALK: [f32; 3] = [0.95, 0.945, 0.91];

impl Chalkboard {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "chalkboard",
        kind: Kind::Look,
        about: "chalk in white and pale colours on a dark board",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Chalkboard {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::line_width(&mut self.line_width),
            Parameter::number(
                "chalk",
                "How much of the board is covered in the lights",
                0.0..=1.0,
                &mut self.chalk,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let width = image.width;
        let flow = Flow::new(image, 2.5);
        let smooth = power(&flatten(image, 1, 2.0, 0.1), 0.6);
        let fine = Lines {
            width: self.line_width,
            length: 5.0,
            threshold: 0.003,
            steepness: 90.0,
        }
        .draw(&smooth, &flow);
        let broad = Lines {
            width: 2.2 * self.line_width,
            length: 5.0,
            threshold: 0.008,
            steepness: 35.0,
        }
        .draw(&smooth, &flow);
        let flat = flatten(image, 4, 3.0, 0.1);
        let warmth: Vec<f32> = flat
            .plane(0)
            .iter()
            .zip(flat.plane(2))
            .map(|(r, b)| r - b)
            .collect();
        let warmth = blur(&warmth, width, 1.5);
        let tone = flow.smooth_along(&blur(&evened_luma(&flat, 0.55), width, 1.0), 4.0);
        recolour(&flat, |colour, i| {
            let seen = tone[i] + 0.5 * warmth[i].clamp(-0.3, 0.2);
            let fill = self.chalk * smoothstep(0.34, 0.72, seen);
            let laid =
                1.0 - (1.0 - fill) * (1.0 - 0.95 * fine.light[i]) * (1.0 - 0.4 * broad.light[i]);
            let laid = laid * (1.0 - 0.9 * fine.dark[i]) * (1.0 - 0.3 * broad.dark[i]);
            // Chalk takes away from white: what is a little coloured, as skin, is nearly white, and what is vivid is pale.
            let grey = luma_of(colour);
            let vivid = saturate(colour, 1.4, 0.2, 0.6);
            let most = |of: [f32; 3]| of.into_iter().fold(f32::MIN, f32::max);
            let share = 0.12 + 0.5 * smoothstep(0.2, 0.42, vividness(colour, grey));
            let tint = std::array::from_fn(|c| CHALK[c] + share * (vivid[c] - most(vivid)));
            mix(BOARD, tint, laid)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{
        gaussian::luma,
        test_pictures::{disc, ramp},
    };

    #[test]
    fn darks_are_bare_board_and_lights_are_chalk() {
        let result = Chalkboard::default().paint(&ramp(160, 24));
        let tone = luma(&result);
        let row = &tone[12 * 160..][..160];
        assert!(row.windows(2).all(|pair| pair[1] > pair[0] - 2e-3));
        for (channel, board) in BOARD.into_iter().enumerate() {
            assert!((result.plane(channel)[12 * 160 + 4] - board).abs() < 0.01);
        }
        assert!(row[155] > 0.8, "{}", row[155]);
    }

    /// Both sides are too dark for shading: what is light is the outline.
    #[test]
    fn dark_things_before_dark_ground_have_light_outlines() {
        let tone = luma(&Chalkboard::default().paint(&disc(81, [0.05; 3], [0.2; 3])));
        let row = &tone[40 * 81..][..41];
        assert!(row[3] < 0.12 && row[38] < 0.2, "{row:?}");
        assert!(row.iter().copied().fold(0.0, f32::max) > 0.6, "{row:?}");
    }

    #[test]
    fn vivid_things_are_drawn_in_their_colour() {
        let result = Chalkboard::default().paint(&disc(81, [0.1; 3], [0.9, 0.3, 0.3]));
        let [r, g, b] = [0, 1, 2].map(|channel| result.plane(channel)[40 * 81 + 40]);
        assert!(r > g + 0.1 && r > b + 0.1, "{r} {g} {b}");
    }
}
