//! What a style is painted on or printed with: paper, pigment, canvas, a halftone screen, engraved lines, hatching, flat inks, a
//! film's cel.
//!
//! Textures have a place of their own on the sheet, which a convolution cannot know, and flat colours have edges sharper than
//! what squared errors teach it, so they are no part of what the network learns: a closed formula is laid over the finished
//! picture, pixel by pixel. Positions are measured in pixels of the
//! working size, so that a painting has one look at every size, and a band of rows is a part of the whole. Both engines lay it
//! in the pass that carries the painting up: a change of [`Options::texture`] only redraws.
//!
//! With S the picture and M(S) what the medium makes of it, `S + min(t, 1)·texture·(M(S) − S)` is shown, so that strength 0 is
//! the photo. Of two styles that are mixed each medium has its style's share.

mod formula;
mod inks;
mod noise;

use serde::{Deserialize, Serialize};

use crate::Options;
pub use formula::{Place, Sheet, relight};
pub use inks::Inks;

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
    /// A screen print: the picture's luminance chooses one of a few flat inks (posterization).
    Screenprint {
        inks: Inks,
        /// Half the luminance over which one ink becomes the next, 0.005 to 0.5, in a picture of the working size; larger
        /// ones, whose edges are spread over more pixels, get sharper ones.
        softness: f32,
    },
    /// A drawn film's cel: luminance in even steps, black and white among them, and the colours of the picture (Winnemöller,
    /// Olsen, Gooch, "Real-Time Video Abstraction", SIGGRAPH 2006, §3.3).
    Cel {
        /// Steps of luminance, 2 to 32.
        levels: f32,
        /// Half the part of a step over which it becomes the next, 0.01 to 0.5, at the working size, as for inks.
        softness: f32,
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
        within("amount", sheet.amount, 0.0, 1.0)?;
        for part in sheet.inks.into_iter().flatten() {
            within("colour", part, 0.0, 1.0)?;
        }
        let (grain, flow, most, angle) = match *self {
            Self::Screenprint { softness, .. } => {
                return within("softness", softness, 0.005, 0.5);
            }
            Self::Cel { levels, softness } => {
                within("levels", levels, 2.0, 32.0)?;
                return within("softness", softness, 0.01, 0.5);
            }
            Self::Paper { angle, .. } => ("grain", "strokes", 1.0, angle),
            Self::Pigment { .. } => ("grain", "pools", 1.0, 0.0),
            Self::Canvas { angle, .. } => ("weave", "brush", 1.0, angle),
            Self::Halftone { angle, .. } => ("grain", "flow", 1.0, angle),
            Self::Engraving { angle, .. } => ("grain", "bend", 20.0, angle),
            Self::Hatching { angle, .. } => ("grain", "wobble", 20.0, angle),
        };
        within("period", sheet.period, shortest, longest)?;
        within(grain, sheet.grain, 0.0, 1.0)?;
        within(flow, sheet.flow, 0.0, most)?;
        within("angle", angle, -360.0, 360.0)
    }

    /// In numbers, with the amount that it has by itself.
    fn sheet(&self) -> Sheet {
        let print = |ink: Colour, paper: Colour| {
            let colour = |[r, g, b]: Colour| [r, g, b, 0.0];
            [colour(ink), colour(paper), [0.0; 4], [0.0; 4]]
        };
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
                variant: f32::from(u8::from(light)),
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
                variant: f32::from(u8::from(three)),
                inks: print(ink, paper),
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
                inks: print(ink, paper),
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
                inks: print(ink, paper),
                ..sheet(formula::HATCHING, period, 0.0, wobble, angle)
            },
            Self::Screenprint { inks, softness } => Sheet {
                variant: inks.len() as f32,
                inks: inks.with_boundaries(),
                ..sheet(formula::SCREENPRINT, 0.0, softness, 0.0, 0.0)
            },
            Self::Cel { levels, softness } => sheet(formula::CEL, 0.0, softness, levels, 0.0),
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
        self.both(color, |sheet| sheet.lay(color, at))
    }

    /// [`lay`](Self::lay) where the [`Sheet::relief`] of each is known.
    #[inline]
    pub fn lay_on(&self, reliefs: [f32; 2], color: [f32; 3], at: &Place) -> [f32; 3] {
        let mut reliefs = reliefs.into_iter();
        self.both(color, |sheet| {
            sheet.lay_on(reliefs.next().unwrap_or_default(), color, at)
        })
    }

    #[inline(always)]
    fn both(&self, color: [f32; 3], mut lay: impl FnMut(&Sheet) -> [f32; 3]) -> [f32; 3] {
        let [first, second] = &self.0;
        let laid = lay(first);
        if second.kind == 0 {
            return laid;
        }
        let other = lay(second);
        [0, 1, 2].map(|channel| laid[channel] + (other[channel] - color[channel]))
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
mod tests;
