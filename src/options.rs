//! What a user can turn.
//!
//! Options travel as one record from the page's controls to the shaders: a new one is a field here, its range in
//! [`Options::clamped`], and whatever reads it. In JavaScript and JSON the names are in camel case.

use serde::{Deserialize, Deserializer, Serialize};

/// The controls that change a picture without a new photo or style. Only a new working size runs the network again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Strength t, 0 (the photo) to [`Options::MAX_STRENGTH`]; 1 is the style as trained.
    #[serde(deserialize_with = "number")]
    pub strength: f32,
    /// Weight λ of the gradients against the photo's colours, in square pixels of the working size, 0 to
    /// [`Options::MAX_LAMBDA`]. Small values keep colours closer to the photo's, large ones keep the style's gradients.
    #[serde(deserialize_with = "number")]
    pub lambda: f32,
    /// Share m of the second style, 0 (the first alone) to 1 (the second alone). Without a second style it is 0.
    #[serde(deserialize_with = "number")]
    pub mix: f32,
    /// How far colours are the style's, 0 (the photo's own) to 1 (the style's: its [`crate::ground`], and the hue of what its
    /// network adds to that).
    #[serde(deserialize_with = "number")]
    pub colour: f32,
    /// How far the picture shows what it is painted on, 0 (not at all) to 1 (as the style's [`crate::medium`] has it).
    #[serde(deserialize_with = "number")]
    pub texture: f32,
    /// Longest side in pixels at which the network and the solve run; 0 is the size that the style's strokes were learnt
    /// at ([`crate::style::StyleMetadata::trained_size`]). Half of that makes strokes twice as large. Small photos are
    /// enlarged for it, up to [`Options::MAX_ENLARGEMENT`] times, so that they are painted like large ones.
    #[serde(deserialize_with = "side")]
    pub working_size: usize,
}

/// `null` is what JSON makes of a number that is none.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    Ok(Option::<f32>::deserialize(deserializer)?.unwrap_or(f32::NAN))
}

/// Pages compute sides; a fraction is rounded, and what is no side is 0.
fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let side = Option::<f64>::deserialize(deserializer)?.unwrap_or(0.0);
    // The conversion saturates, and makes 0 of what is negative.
    Ok(side.round() as usize)
}

impl Options {
    pub const MAX_STRENGTH: f32 = 1.5;
    pub const MAX_LAMBDA: f32 = 1000.0;
    /// The working size is at most this many times as large as the photo: strokes any finer could not be seen in it.
    pub const MAX_ENLARGEMENT: usize = 2;

    /// The options with all values moved into their ranges; what is not a number becomes the default.
    pub fn clamped(self) -> Self {
        let clamp = |value: f32, max: f32, default: f32| {
            if value.is_nan() {
                default
            } else {
                value.clamp(0.0, max)
            }
        };
        let default = Self::default();
        Self {
            strength: clamp(self.strength, Self::MAX_STRENGTH, default.strength),
            lambda: clamp(self.lambda, Self::MAX_LAMBDA, default.lambda),
            mix: clamp(self.mix, 1.0, default.mix),
            colour: clamp(self.colour, 1.0, default.colour),
            texture: clamp(self.texture, 1.0, default.texture),
            working_size: self.working_size,
        }
    }

    /// `(width, height)` at which the network and the solve run for a photo of `width × height`, with a style whose
    /// strokes were learnt at `trained_size`.
    pub fn working_size(
        &self,
        (width, height): (usize, usize),
        trained_size: usize,
    ) -> (usize, usize) {
        let longest = if self.working_size == 0 {
            trained_size
        } else {
            self.working_size
        };
        let most = Self::MAX_ENLARGEMENT.saturating_mul(width.max(height));
        scaled(width, height, longest.min(most))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strength: 1.0,
            lambda: 10.0,
            mix: 0.0,
            colour: 1.0,
            texture: 1.0,
            working_size: 0,
        }
    }
}

/// `width × height`, shrunk so that its longer side is at most `longest` pixels (at least one). Each side stays at least
/// one pixel.
pub fn fit(width: usize, height: usize, longest: usize) -> (usize, usize) {
    scaled(width, height, longest.max(1).min(width.max(height)))
}

/// `width × height` with a longer side of `longest`; each side stays at least one pixel.
fn scaled(width: usize, height: usize, longest: usize) -> (usize, usize) {
    let side = width.max(height);
    let scale = |length: usize| ((length * longest) as f64 / side as f64).round() as usize;
    (scale(width).max(1), scale(height).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_fitted_with_its_aspect_and_never_grows() {
        assert_eq!(fit(640, 480, 320), (320, 240));
        assert_eq!(fit(640, 480, 1000), (640, 480));
        assert_eq!(fit(4097, 3, 256), (256, 1));
        assert_eq!(fit(7, 9, 0), (1, 1));
    }

    #[test]
    fn the_working_size_is_the_styles_unless_another_is_asked_for() {
        let options = Options::default();
        assert_eq!(options.working_size((4000, 3000), 480), (480, 360));
        let fine = Options {
            working_size: 960,
            ..options
        };
        assert_eq!(fine.working_size((4000, 3000), 480), (960, 720));
        assert_eq!(fine.working_size((400, 300), 480), (800, 600));
        assert_eq!(options.working_size((400, 300), 480), (480, 360));
        assert_eq!(options.working_size((100, 1), 480), (200, 2));
    }

    #[test]
    fn options_are_clamped() {
        let options = Options {
            strength: f32::NAN,
            lambda: 1e9,
            mix: -0.5,
            colour: 2.0,
            texture: -1.0,
            working_size: 7,
        };
        let expected = Options {
            strength: 1.0,
            lambda: Options::MAX_LAMBDA,
            mix: 0.0,
            colour: 1.0,
            texture: 0.0,
            working_size: 7,
        };
        assert_eq!(options.clamped(), expected);
    }

    #[test]
    fn options_are_read_from_what_a_page_says() {
        let read = |json: &str| serde_json::from_str::<Options>(json).map(Options::clamped);
        assert_eq!(read("{}").unwrap(), Options::default());
        let json = r#"{"strength": 9, "lambda": null, "workingSize": 239.6, "unknown": [1]}"#;
        let expected = Options {
            strength: Options::MAX_STRENGTH,
            working_size: 240,
            ..Options::default()
        };
        assert_eq!(read(json).unwrap(), expected);
        assert_eq!(read(r#"{"workingSize": -3}"#).unwrap().working_size, 0);
        assert!(read(r#"{"strength": "much"}"#).is_err());
    }
}
