//! The look "pencil": graphite lines and shading on paper.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flat::{evened_luma, flatten, mix, power, recolour, smoothstep},
    flow::{Flow, Lines},
    gaussian::blur,
};

/// Graphite on slightly warm paper: fine lines for hair and features, broad soft ones for the large edges, and a shading
/// that is dark where the photo is darker than its surroundings.
///
/// Tone and lines each leave a share of the paper's light, and the shares multiply, as layers of graphite do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pencil {
    /// σ_e of the fine lines in pixels.
    pub line_width: f32,
    /// How dark full lines are, in [0, 1].
    pub darkness: f32,
    /// How dark the shading of black is, in [0, 1].
    pub shading: f32,
}

impl Default for Pencil {
    fn default() -> Self {
        Self {
            line_width: 0.9,
            darkness: 0.9,
            shading: 0.8,
        }
    }
}

/// Drawing paper.
const PAPER: [f32; 3] = [0.975, 0.965, 0.94];
/// Graphite at its darkest.
const GRAPHITE: [f32; 3] = [0.12, 0.12, 0.125];

impl Pencil {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "pencil",
        kind: Kind::Look,
        about: "graphite lines and shading on paper",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Pencil {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::line_width(&mut self.line_width),
            Parameter::darkness(&mut self.darkness),
            Parameter::number(
                "shading",
                "How dark black is shaded",
                0.0..=1.0,
                &mut self.shading,
            ),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let flow = Flow::new(image, 2.5);
        // Dark hair has its strands drawn as well as fair hair.
        let smooth = power(&flatten(image, 1, 2.0, 0.08), 0.7);
        let fine = Lines {
            width: self.line_width,
            length: 4.0,
            threshold: 0.003,
            steepness: 60.0,
        }
        .draw(&smooth, &flow);
        let broad = Lines {
            width: 2.2 * self.line_width,
            length: 5.0,
            threshold: 0.012,
            steepness: 25.0,
        }
        .draw(&smooth, &flow);
        let flat = evened_luma(&flatten(image, 3, 3.0, 0.1), 0.5);
        let tone = flow.smooth_along(&blur(&flat, image.width, 1.0), 4.0);
        recolour(image, |_, i| {
            let shade = self.shading * (1.0 - smoothstep(0.2, 0.62, tone[i]));
            let lines = 1.0 - (1.0 - fine.dark[i]) * (1.0 - 0.6 * broad.dark[i]);
            mix(
                GRAPHITE,
                PAPER,
                (1.0 - shade) * (1.0 - self.darkness * lines),
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::{disc, ramp};

    /// Largest difference between the channels of a pixel.
    fn chroma(image: &Planes) -> f32 {
        let values = (0..image.width * image.height).map(|i| {
            let colour = [0, 1, 2].map(|channel| image.plane(channel)[i]);
            let most = colour.into_iter().fold(0.0, f32::max);
            most - colour.into_iter().fold(1.0, f32::min)
        });
        values.fold(0.0, f32::max)
    }

    #[test]
    fn nothing_is_left_of_the_colours_and_the_paper_is_slightly_warm() {
        let result = Pencil::default().paint(&disc(61, [0.9, 0.1, 0.2], [0.2, 0.9, 1.0]));
        assert!(chroma(&result) < 0.04);
        for i in 0..61 * 61 {
            let [r, g, b] = [0, 1, 2].map(|channel| result.plane(channel)[i]);
            assert!(r >= g - 1e-3 && (r > b || r < 0.3), "{r} {g} {b}");
        }
    }

    #[test]
    fn edges_are_drawn_and_bright_ground_is_bare_paper() {
        let result = Pencil::default().paint(&disc(81, [0.65; 3], [0.95; 3]));
        let row = &result.plane(1)[40 * 81..][..41];
        assert!(row[2] > 0.9 && row[40] > 0.9, "{row:?}");
        assert!(row.iter().copied().fold(1.0, f32::min) < 0.5, "{row:?}");
    }

    #[test]
    fn darker_is_shaded_darker() {
        let result = Pencil::default().paint(&ramp(120, 24));
        let row = &result.plane(1)[12 * 120..][..120];
        assert!(
            row.windows(2).all(|pair| pair[1] > pair[0] - 1e-3),
            "{row:?}"
        );
        assert!(row[0] < 0.5 && row[119] > 0.9, "{} {}", row[0], row[119]);
    }
}
