//! What a style is painted on or printed with: paper, pigment, canvas, a halftone screen, engraved lines, hatching.
//!
//! Such textures have a place of their own on the sheet, which a convolution cannot know, so they are no part of what the
//! network learns: a closed formula is laid over the finished picture, pixel by pixel. Positions are measured in pixels of the
//! working size, so that a painting has one look at every size, and a band of rows is a part of the whole. Both engines lay it
//! in the pass that carries the painting up: a change of [`Options::texture`] only redraws.
//!
//! With S the picture and M(S) what the medium makes of it, `S + min(t, 1)·texture·(M(S) − S)` is shown, so that strength 0 is
//! the photo. Of two styles that are mixed each medium has its style's share.

mod formula;
mod noise;

use serde::{Deserialize, Serialize};

use crate::Options;
pub use formula::{Place, Sheet};

/// An sRGB-encoded colour, each part from 0 to 1.
pub type Colour = [f32; 3];

const WHITE: Colour = [1.0; 3];
const BLACK: Colour = [0.0; 3];

/// A medium. Lengths are in pixels of the working size, angles in degrees clockwise from the horizontal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Medium {
    /// Graphite, charcoal or chalk on the tooth of a paper: tones are shifted along a logistic curve, so that mid-tones show
    /// it most and pure white and black not at all.
    Paper {
        /// Size of the tooth.
        period: f32,
        /// Contrast of the tooth, 0 to 1.
        grain: f32,
        /// Contrast of long fine strokes along `angle`, 0 to 1.
        #[serde(default)]
        strokes: f32,
        #[serde(default)]
        angle: f32,
        /// Whether it is drawn light on dark, so that dark is what is left bare.
        #[serde(default)]
        light: bool,
    },
    /// Transparent pigment on paper, `C − (C − C²)(d − 1)` with the density d (Bousseau et al., "Interactive watercolor
    /// rendering with temporal coherence and abstraction", NPAR 2006).
    Pigment {
        /// Size of the paper's tooth, which the pigment settles in.
        period: f32,
        /// How much it settles there, 0 to 1.
        grain: f32,
        /// How unevenly it dries in pools some tens of periods wide, 0 to 1.
        #[serde(default)]
        pools: f32,
    },
    /// A primed linen and the paint's relief, lit from the upper left.
    Canvas {
        /// From one thread to the next.
        period: f32,
        /// Depth of the weave, 0 to 1.
        weave: f32,
        /// Depth of the brush's marks, 0 to 1.
        #[serde(default)]
        brush: f32,
        /// About which the brush's marks turn.
        #[serde(default)]
        angle: f32,
    },
    /// A printer's screen of dots whose area is the tone's.
    Halftone {
        /// From one dot to the next.
        period: f32,
        #[serde(default = "half_right")]
        angle: f32,
        /// One screen each for red, green and blue, printed in cyan, magenta and yellow, instead of one in `ink`.
        #[serde(default)]
        colour: bool,
        #[serde(default = "black")]
        ink: Colour,
        #[serde(default = "white")]
        paper: Colour,
        /// How far it stands in for the picture, 0 to 1.
        #[serde(default = "one")]
        amount: f32,
    },
    /// Lines that swell with the tone and bend with the light, crossed where it is dark.
    Engraving {
        /// From one line to the next.
        period: f32,
        #[serde(default)]
        angle: f32,
        /// By how many periods lines are shifted from black to white, 0 to 20.
        #[serde(default)]
        bend: f32,
        #[serde(default = "black")]
        ink: Colour,
        #[serde(default = "white")]
        paper: Colour,
        /// How far it stands in for the picture, 0 to 1.
        #[serde(default = "one")]
        amount: f32,
    },
    /// Strokes of a pen in up to four directions, the more the darker.
    Hatching {
        /// From one stroke to the next.
        period: f32,
        /// Of the first strokes.
        #[serde(default)]
        angle: f32,
        /// How far strokes stray from straight lines, 0 to 20.
        #[serde(default)]
        wobble: f32,
        #[serde(default = "black")]
        ink: Colour,
        #[serde(default = "white")]
        paper: Colour,
        /// How far it stands in for the picture, 0 to 1.
        #[serde(default = "one")]
        amount: f32,
    },
}

fn half_right() -> f32 {
    45.0
}

fn one() -> f32 {
    1.0
}

fn black() -> Colour {
    BLACK
}

fn white() -> Colour {
    WHITE
}

impl Medium {
    /// Shortest and longest period.
    pub const PERIODS: [f32; 2] = [1.0, 64.0];

    /// Says which of the numbers is out of its range.
    ///
    /// # Errors
    /// A sentence with the number's name, its value and its range.
    pub fn check(&self) -> Result<(), String> {
        let sheet = self.sheet();
        let [shortest, longest] = Self::PERIODS;
        let within = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(format!(
                    "the medium's {name} is {value}, not a number from {low} to {high}"
                ))
            }
        };
        within("period", sheet.period, shortest, longest)?;
        within("amount", sheet.amount, 0.0, 1.0)?;
        for part in sheet.ink.into_iter().chain(sheet.paper) {
            within("colour", part, 0.0, 1.0)?;
        }
        let (grain, flow, most, angle) = match *self {
            Self::Paper { angle, .. } => ("grain", "strokes", 1.0, angle),
            Self::Pigment { .. } => ("grain", "pools", 1.0, 0.0),
            Self::Canvas { angle, .. } => ("weave", "brush", 1.0, angle),
            Self::Halftone { angle, .. } => ("grain", "flow", 1.0, angle),
            Self::Engraving { angle, .. } => ("grain", "bend", 20.0, angle),
            Self::Hatching { angle, .. } => ("grain", "wobble", 20.0, angle),
        };
        within(grain, sheet.grain, 0.0, 1.0)?;
        within(flow, sheet.flow, 0.0, most)?;
        within("angle", angle, -360.0, 360.0)
    }

    /// In numbers, with the amount that it has by itself.
    fn sheet(&self) -> Sheet {
        let colour = |[r, g, b]: Colour| [r, g, b, 0.0];
        let sheet = |kind: u32, period: f32, grain: f32, flow: f32, angle: f32| {
            let radians = angle.to_radians();
            Sheet {
                kind,
                amount: 1.0,
                period,
                grain,
                axis: [radians.cos(), radians.sin()],
                flow,
                ..Sheet::default()
            }
        };
        match *self {
            Self::Paper {
                period,
                grain,
                strokes,
                angle,
                light,
            } => Sheet {
                colour: f32::from(u8::from(light)),
                ..sheet(formula::PAPER, period, grain, strokes, angle)
            },
            Self::Pigment {
                period,
                grain,
                pools,
            } => sheet(formula::PIGMENT, period, grain, pools, 0.0),
            Self::Canvas {
                period,
                weave,
                brush,
                angle,
            } => sheet(formula::CANVAS, period, weave, brush, angle),
            Self::Halftone {
                period,
                angle,
                colour: three,
                ink,
                paper,
                amount,
            } => Sheet {
                amount,
                colour: f32::from(u8::from(three)),
                ink: colour(ink),
                paper: colour(paper),
                ..sheet(formula::HALFTONE, period, 0.0, 0.0, angle)
            },
            Self::Engraving {
                period,
                angle,
                bend,
                ink,
                paper,
                amount,
            } => Sheet {
                amount,
                ink: colour(ink),
                paper: colour(paper),
                ..sheet(formula::ENGRAVING, period, 0.0, bend, angle)
            },
            Self::Hatching {
                period,
                angle,
                wobble,
                ink,
                paper,
                amount,
            } => Sheet {
                amount,
                ink: colour(ink),
                paper: colour(paper),
                ..sheet(formula::HATCHING, period, 0.0, wobble, angle)
            },
        }
    }
}

/// The mediums of the styles in use, as far as options let them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Media(pub [Sheet; 2]);

impl Media {
    /// None at all.
    pub const NONE: Self = Self([Sheet::NONE; 2]);

    /// Of mediums with their styles' shares.
    pub fn new(mediums: [(f32, Option<&Medium>); 2], options: &Options) -> Self {
        let most = options.strength.min(1.0) * options.texture;
        Self(mediums.map(|(share, medium)| {
            let Some(medium) = medium.filter(|_| share * most > 0.0) else {
                return Sheet::NONE;
            };
            let sheet = medium.sheet();
            Sheet {
                amount: share * most * sheet.amount,
                ..sheet
            }
        }))
    }

    /// Whether it leaves every picture as it is.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// What a picture's `color` becomes.
    pub fn lay(&self, color: [f32; 3], at: &Place) -> [f32; 3] {
        let [first, second] = self.0;
        if second.kind == 0 {
            return first.lay(color, at);
        }
        let (first, second) = (first.lay(color, at), second.lay(color, at));
        [0, 1, 2].map(|channel| first[channel] + (second[channel] - color[channel]))
    }
}

/// Where pixel `at` of an axis of `full` pixels has its centre, in pixels of the `work` that the axis has at the working size. In
/// integers up to the last division, so that wide pictures keep their digits.
pub fn position(at: usize, full: usize, work: usize) -> f32 {
    let position = (2 * at + 1) * work;
    (position / (2 * full)) as f32 + (position % (2 * full)) as f32 / (2 * full) as f32
}

/// How far pixels of a picture of `full` (width, height) lie apart, in pixels of its working size.
pub fn spacing(full: (usize, usize), work: (usize, usize)) -> f32 {
    work.0.max(work.1) as f32 / full.0.max(full.1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind, as a record says it.
    const KINDS: [&str; 8] = [
        r#"{"kind": "paper", "period": 1.3, "grain": 0.5, "strokes": 0.3, "light": true}"#,
        r#"{"kind": "paper", "period": 1.3, "grain": 0.5, "strokes": 0.3, "angle": -50}"#,
        r#"{"kind": "pigment", "period": 1.6, "grain": 0.3, "pools": 0.5}"#,
        r#"{"kind": "canvas", "period": 3.2, "weave": 0.4, "brush": 0.6}"#,
        r#"{"kind": "halftone", "period": 5}"#,
        r#"{"kind": "halftone", "period": 5, "colour": true}"#,
        r#"{"kind": "engraving", "period": 4, "bend": 5, "angle": -20}"#,
        r#"{"kind": "hatching", "period": 3, "wobble": 1.5, "angle": -45}"#,
    ];

    fn media(json: &str) -> Media {
        let medium: Medium = serde_json::from_str(json).unwrap();
        medium.check().unwrap();
        Media::new([(1.0, Some(&medium)), (0.0, None)], &Options::default())
    }

    /// A flat colour on a medium: mean, and standard deviation, of the first channel.
    fn flat(media: &Media, tone: f32, spacing: f32) -> (f64, f64) {
        let side = (160.0 / spacing) as usize;
        let (mut sum, mut squares) = (0.0, 0.0);
        for i in 0..side * side {
            let place = Place {
                x: ((i % side) as f32 + 0.5) * spacing,
                y: ((i / side) as f32 + 0.5) * spacing,
                spacing,
                around: tone,
            };
            let [value, ..] = media.lay([tone; 3], &place).map(f64::from);
            // Half a step of 8 bits is far more.
            assert!(
                (-1e-6..=1.0 + 1e-6).contains(&value),
                "{tone} became {value}"
            );
            sum += value;
            squares += value * value;
        }
        let mean = sum / (side * side) as f64;
        (
            mean,
            (squares / (side * side) as f64 - mean * mean)
                .max(0.0)
                .sqrt(),
        )
    }

    #[test]
    fn tones_stay_what_they_are_in_the_mean() {
        for json in KINDS {
            let media = media(json);
            for tone in [0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9] {
                let (expected, most) = match media.0[0].kind {
                    // What is all but white is left blank, what is all but black is filled in.
                    formula::HALFTONE | formula::ENGRAVING => ((tone - 0.08) / 0.87, 0.03),
                    // A pen's blacks run together sooner, and pale tones are left out.
                    formula::HATCHING => (tone, 0.12),
                    _ => (tone, 0.04),
                };
                for spacing in [1.0, 0.25] {
                    let (mean, _) = flat(&media, tone as f32, spacing);
                    assert!(
                        (mean - expected).abs() < most,
                        "{json} makes {mean:.3} of {tone} at {spacing}"
                    );
                }
            }
        }
    }

    #[test]
    fn mid_tones_show_it_and_paper_that_is_left_blank_does_not() {
        for json in KINDS {
            let media = media(json);
            for spacing in [1.0, 0.25] {
                let (_, contrast) = flat(&media, 0.5, spacing);
                assert!(contrast > 0.02, "{json}: {contrast:.3} at {spacing}");
                if !json.contains("canvas") {
                    assert_eq!(flat(&media, 1.0, spacing), (1.0, 0.0), "{json}");
                    let (black, contrast) = flat(&media, 0.0, spacing);
                    assert!(
                        black < 1e-3 && contrast < 1e-2,
                        "{json}: {black}, {contrast}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_too_fine_for_a_picture_is_left_out() {
        for json in KINDS {
            let (mean, contrast) = flat(&media(json), 0.5, 8.0);
            assert!((mean - 0.5).abs() < 0.08, "{json}: {mean}");
            assert!(contrast < 0.1, "{json}: {contrast}");
        }
    }

    #[test]
    fn amounts_are_those_of_strength_texture_and_share() {
        let medium: Medium = serde_json::from_str(KINDS[4]).unwrap();
        let amount = |strength, texture, share| {
            let options = Options {
                strength,
                texture,
                ..Options::default()
            };
            Media::new([(share, Some(&medium)), (1.0 - share, None)], &options).0[0].amount
        };
        assert_eq!(amount(1.0, 1.0, 1.0), 1.0);
        assert_eq!(amount(1.5, 1.0, 1.0), 1.0);
        assert_eq!(amount(0.5, 0.5, 0.5), 0.125);
        let none = |strength, texture| {
            let options = Options {
                strength,
                texture,
                ..Options::default()
            };
            Media::new([(1.0, Some(&medium)), (0.0, None)], &options).is_none()
        };
        assert!(none(0.0, 1.0) && none(1.0, 0.0));
    }

    #[test]
    fn colours_out_of_range_are_laid_as_the_nearest_in_it() {
        let place = Place {
            x: 17.3,
            y: 4.1,
            spacing: 0.5,
            around: 1.2,
        };
        for json in KINDS {
            let media = media(json);
            for (odd, near) in [([-3.0, 1e6, 0.5], [0.0, 1.0, 0.5])] {
                let (odd, near) = (media.lay(odd, &place), media.lay(near, &place));
                for (odd, near) in odd.into_iter().zip(near) {
                    assert!((odd - near).abs() < 0.1, "{json}: {odd}, {near}");
                }
            }
        }
    }

    /// Records in use must not change their look.
    #[test]
    fn noise_is_what_it_always_was() {
        assert_eq!(noise::hash(0, 0, 0), 0);
        assert_eq!(
            [(1, 0, 0), (0, 1, 0), (0, 0, 1), (-7, 12, 5)].map(|(x, y, s)| noise::hash(x, y, s)),
            [0x6d52_3710, 0xc4a0_e45c, 0xaa6f_94b3, 0xe6df_5981]
        );
    }

    #[test]
    fn what_is_out_of_range_or_unknown_is_refused() {
        let refused = |json: &str| {
            serde_json::from_str::<Medium>(json)
                .map_err(|error| error.to_string())
                .and_then(|medium| medium.check())
                .unwrap_err()
        };
        for (json, expected) in [
            (
                r#"{"kind": "paper", "period": 0, "grain": 0.5}"#,
                "period is 0",
            ),
            (
                r#"{"kind": "paper", "period": 1e30, "grain": 0.5}"#,
                "period is 1",
            ),
            (
                r#"{"kind": "paper", "period": -2, "grain": 0.5}"#,
                "period is -2",
            ),
            (
                r#"{"kind": "paper", "period": 2, "grain": 1.5}"#,
                "grain is 1.5",
            ),
            (
                r#"{"kind": "paper", "period": 2, "grain": 1, "strokes": 2}"#,
                "strokes is 2",
            ),
            (
                r#"{"kind": "paper", "period": 2, "grain": 1, "angle": 999}"#,
                "angle is 999",
            ),
            (
                r#"{"kind": "canvas", "period": 2, "weave": -1}"#,
                "weave is -1",
            ),
            (
                r#"{"kind": "pigment", "period": 2, "grain": 0, "pools": 7}"#,
                "pools is 7",
            ),
            (
                r#"{"kind": "engraving", "period": 2, "bend": 21}"#,
                "bend is 21",
            ),
            (
                r#"{"kind": "hatching", "period": 2, "wobble": 21}"#,
                "wobble is 21",
            ),
            (
                r#"{"kind": "halftone", "period": 2, "amount": 2}"#,
                "amount is 2",
            ),
            (
                r#"{"kind": "halftone", "period": 2, "ink": [0, 0, 2]}"#,
                "colour is 2",
            ),
            (r#"{"kind": "halftone", "period": 2, "bend": 1}"#, "bend"),
            (r#"{"kind": "halftone"}"#, "period"),
            (r#"{"kind": "marble", "period": 2}"#, "marble"),
            (r#"{"kind": "halftone", "period": null}"#, "null"),
        ] {
            let error = refused(json);
            assert!(error.contains(expected), "{json}: {error}");
        }
        let not_a_number = Medium::Pigment {
            period: f32::NAN,
            grain: 0.5,
            pools: 0.0,
        };
        assert!(not_a_number.check().unwrap_err().contains("NaN"));
    }
}
