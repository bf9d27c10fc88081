//! Looks made of flat colours and lines along the edges: ink, poster and chalk.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flow::{Flow, Lines},
    gaussian::blur_planes,
    l0::L0,
    rolling_guidance::RollingGuidance,
};

/// L0-flattened colours with dark strokes on the dark side of edges, light strokes on the light side, or both; a
/// stroke is wider and stronger where its edge is.
///
/// Strokes are added and subtracted, not multiplied, so that they change the gradients by the same amount on light and
/// on dark ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineDrawing {
    /// σ_s in pixels of a rolling guidance filter before the flattening, which takes away hair and cloth; 0 for none.
    pub texture: f32,
    /// λ of [`L0`], the flatness of the colours.
    pub lambda: f32,
    /// σ_e of [`Lines`] in pixels.
    pub line_width: f32,
    /// What a full dark stroke takes from every channel, in [0, 1].
    pub darkness: f32,
    /// What a full light stroke adds to every channel, in [0, 1].
    pub lightness: f32,
}

impl LineDrawing {
    /// Flat colours under flowing dark lines.
    pub const INK: Self = Self {
        texture: 0.0,
        lambda: 0.01,
        line_width: 1.4,
        darkness: 0.55,
        lightness: 0.0,
    };

    /// Broad dark contours with a light rim; small things are left out.
    pub const POSTER: Self = Self {
        texture: 3.0,
        lambda: 0.008,
        line_width: 2.0,
        darkness: 0.55,
        lightness: 0.2,
    };

    /// Fine light strokes on hair, folds and outlines.
    pub const CHALK: Self = Self {
        texture: 0.0,
        lambda: 0.01,
        line_width: 1.2,
        darkness: 0.0,
        lightness: 0.45,
    };

    /// What the command line knows of it.
    pub const INK_ENTRY: Entry = Entry {
        name: "ink",
        kind: Kind::Look,
        about: "flat colours under flowing dark lines",
        new: || Box::new(Self::INK),
    };

    /// What the command line knows of it.
    pub const POSTER_ENTRY: Entry = Entry {
        name: "poster",
        kind: Kind::Look,
        about: "broad dark contours with a light rim",
        new: || Box::new(Self::POSTER),
    };

    /// What the command line knows of it.
    pub const CHALK_ENTRY: Entry = Entry {
        name: "chalk",
        kind: Kind::Look,
        about: "fine light strokes on hair, folds and outlines",
        new: || Box::new(Self::CHALK),
    };
}

impl Filter for LineDrawing {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::lambda(&mut self.lambda),
            Parameter::line_width(&mut self.line_width),
            Parameter::darkness(&mut self.darkness),
            Parameter::number(
                "lightness",
                "What a full light line adds to the brightness",
                0.0..=1.0,
                &mut self.lightness,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flatten = L0 {
            lambda: self.lambda,
            ..L0::default()
        };
        let mut output = if self.texture > 0.0 {
            let guidance = RollingGuidance {
                sigma_spatial: self.texture,
                ..RollingGuidance::default()
            };
            flatten.apply(&guidance.apply(image))
        } else {
            flatten.apply(image)
        };
        // Lines come from the photo, not from the flat colours, which have lost the fine features of a face.
        let lines = Lines {
            width: self.line_width,
            length: 3.0,
            threshold: 0.005,
            steepness: 50.0,
        }
        .draw(&blur_planes(image, 0.6), &Flow::new(image, 2.0));
        for channel in 0..output.channels {
            let plane = output.plane_mut(channel);
            for ((value, dark), light) in plane.iter_mut().zip(&lines.dark).zip(&lines.light) {
                *value += self.lightness * light - self.darkness * dark;
            }
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::noisy_shapes;

    #[test]
    fn dark_strokes_only_darken_and_light_ones_only_lighten_the_flat_colours() {
        let image = noisy_shapes(60, 50);
        let flat = LineDrawing {
            darkness: 0.0,
            lightness: 0.0,
            ..LineDrawing::INK
        };
        let l0 = L0 {
            lambda: flat.lambda,
            ..L0::default()
        };
        assert_eq!(flat.apply(&image), l0.apply(&image));
        let change = |look: LineDrawing| -> Vec<f32> {
            let (flat, drawn) = (flat.apply(&image), look.apply(&image));
            drawn
                .data
                .iter()
                .zip(&flat.data)
                .map(|(a, b)| a - b)
                .collect()
        };
        let ink = change(LineDrawing::INK);
        assert!(ink.iter().all(|d| *d <= 0.0));
        assert!(ink.iter().any(|d| *d < -0.3), "the disc has an outline");
        let chalk = change(LineDrawing::CHALK);
        assert!(chalk.iter().all(|d| *d >= 0.0));
        assert!(chalk.iter().any(|d| *d > 0.3), "the disc has an outline");
    }

    #[test]
    fn strokes_change_light_and_dark_ground_by_the_same_amount() {
        let image = noisy_shapes(40, 30);
        let darker = Planes {
            data: image.data.iter().map(|value| value - 0.1).collect(),
            ..image.clone()
        };
        let (a, b) = (
            LineDrawing::INK.apply(&image),
            LineDrawing::INK.apply(&darker),
        );
        for (a, b) in a.data.iter().zip(&b.data) {
            assert!((a - b - 0.1).abs() < 1e-3, "{a} {b}");
        }
    }
}
