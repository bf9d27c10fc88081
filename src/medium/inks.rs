//! Flat inks from dark to light.

use serde::{Deserialize, Serialize};

use super::Colour;
use crate::carry::luminance;

/// Two to four inks, each lighter than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Colour>", into = "Vec<Colour>")]
pub struct Inks {
    count: usize,
    colours: [Colour; Self::MOST],
}

impl Inks {
    /// As many as there can be.
    pub const MOST: usize = 4;

    /// `colours`, sRGB-encoded, from dark to light.
    ///
    /// # Errors
    /// A sentence about their number, or the first that is no lighter than the one before.
    pub fn new(colours: &[Colour]) -> Result<Self, String> {
        let count = colours.len();
        if !(2..=Self::MOST).contains(&count) {
            return Err(format!(
                "a screen print has 2 to {} inks, not {count}",
                Self::MOST
            ));
        }
        for pair in colours.windows(2) {
            let [dark, light] = [pair[0], pair[1]].map(luminance);
            if dark >= light {
                return Err(format!(
                    "the medium's inks go from dark to light, but {:?} comes after {:?}",
                    pair[1], pair[0]
                ));
            }
        }
        let mut inks = Self {
            count,
            colours: [[0.0; 3]; Self::MOST],
        };
        inks.colours[..count].copy_from_slice(colours);
        Ok(inks)
    }

    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "there are two at least")]
    pub fn len(&self) -> usize {
        self.count
    }

    fn colours(&self) -> &[Colour] {
        &self.colours[..self.count]
    }

    /// Each ink with the luminance from which it is printed: half-way from the darker one's to its own.
    pub(super) fn with_boundaries(&self) -> [[f32; 4]; Self::MOST] {
        let mut all = [[0.0; 4]; Self::MOST];
        let mut last = 0.0;
        for (row, &[r, g, b]) in all.iter_mut().zip(self.colours()) {
            let tone = luminance([r, g, b]);
            *row = [r, g, b, 0.5 * (last + tone)];
            last = tone;
        }
        all
    }
}

impl TryFrom<Vec<Colour>> for Inks {
    type Error = String;

    fn try_from(colours: Vec<Colour>) -> Result<Self, String> {
        Self::new(&colours)
    }
}

impl From<Inks> for Vec<Colour> {
    fn from(inks: Inks) -> Self {
        inks.colours().to_vec()
    }
}
