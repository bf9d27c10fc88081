//! The look "master": a portrait in the manner of the Dutch masters, golden light on umber.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{flatten, mix, palette, recolour, smoothstep},
    flow::{Flow, Lines},
    gaussian::luma,
    kuwahara::strokes,
};

/// Chiaroscuro: cold colours sink into an umber dark and warm ones stand in golden light, with a steep curve between, so
/// that faces are lit and the walls behind them are not. A palette from umber to gold replaces the greys, and the photo's
/// colours are glazed over it, warm ones more than cold ones. Brushwork is fine, [`strokes`] and flat colours in equal parts.
///
/// The tone before the curve is 0.58 R + 0.44 G − 0.02 B − 0.42 max(0, B − R), as a photographic plate behind an orange
/// glass would see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Master {
    /// Radius of the strokes in pixels.
    pub radius: f32,
    /// How much of the photo's own colours is glazed over the palette.
    pub glaze: f32,
}

impl Default for Master {
    fn default() -> Self {
        Self {
            radius: 6.0,
            glaze: 0.8,
        }
    }
}

/// From umber to gold.
const PALETTE: [(f32, [f32; 3]); 6] = [
    (0.0, [0.045, 0.035, 0.03]),
    (0.15, [0.12, 0.08, 0.055]),
    (0.4, [0.40, 0.27, 0.165]),
    (0.62, [0.70, 0.53, 0.36]),
    (0.82, [0.93, 0.80, 0.59]),
    (1.0, [1.0, 0.96, 0.82]),
];

impl Master {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "master",
        kind: Kind::Look,
        about: "an old master's golden light on umber darks",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Master {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::radius(&mut self.radius),
            Parameter::number(
                "glaze",
                "How much of the photo's own colours lies over the palette",
                0.0..=2.0,
                &mut self.glaze,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let accents = Lines {
            width: 1.2,
            length: 4.0,
            threshold: 0.004,
            steepness: 30.0,
        }
        .draw(&flatten(image, 1, 2.0, 0.1), &Flow::new(image, 2.5));
        let mut paint = flatten(image, 4, 3.0, 0.1);
        for (flat, stroke) in paint.data.iter_mut().zip(strokes(image, self.radius).data) {
            *flat = 0.5 * (*flat + stroke);
        }
        let grey = luma(&paint);
        recolour(&paint, |[r, g, b], i| {
            let seen = 0.58 * r + 0.44 * g - 0.02 * b - 0.42 * (b - r).max(0.0);
            let seen = seen.clamp(0.0, 1.0);
            let tone = mix([seen; 3], [smoothstep(0.08, 0.86, seen); 3], 0.65)[0].powf(1.12);
            let ground = palette(&PALETTE, tone);
            let warm = if r > b { 1.0 } else { 0.45 };
            let glaze = self.glaze * warm * (0.2 + tone);
            let (dark, light) = (1.0 - 0.3 * accents.dark[i], 0.05 * accents.light[i] * tone);
            let colour = [r, g, b];
            std::array::from_fn(|c| (ground[c] + glaze * (colour[c] - grey[i])) * dark + light)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    /// A face before a wall of the same luma: the wall sinks.
    #[test]
    fn cold_colours_lie_in_the_dark_and_warm_ones_in_the_light() {
        let image = disc(81, [0.45, 0.58, 0.75], [0.78, 0.53, 0.42]);
        let before = luma(&image);
        let (wall, face) = (3 * 81 + 3, 40 * 81 + 40);
        assert!((before[wall] - before[face]).abs() < 0.04);
        let after = luma(&Master::default().paint(&image));
        assert!(after[face] > after[wall] + 0.25, "{after:?}");
    }

    #[test]
    fn greys_become_umber_and_gold_with_more_contrast() {
        let result = Master::default().paint(&ramp(160, 24));
        let at = |x: usize| [0, 1, 2].map(|channel| result.plane(channel)[12 * 160 + x]);
        for x in [30, 60, 90, 120, 140] {
            let [r, g, b] = at(x);
            assert!(r > g && g > b, "{x}: {r} {g} {b}");
        }
        let tone = luma(&result);
        let row = &tone[12 * 160..][..160];
        assert!(row.windows(2).all(|pair| pair[1] > pair[0] - 2e-3));
        // A quarter and three quarters of the way.
        assert!(
            row[40] < 0.17 && row[120] > 0.75,
            "{} {}",
            row[40],
            row[120]
        );
    }
}
