//! The look "oil": strokes that follow the shapes, with bristle marks.

use limn::Planes;

use super::{
    Entry, Filter, Kind, Parameter,
    flow::Flow,
    gaussian::{blur, luma},
};

/// Coherence-enhancing filtering (Kyprianidis and Kang, "Image and Video Abstraction by Coherence-Enhancing Filtering",
/// Eurographics 2011): in turn smoothed along the edges and sharpened across them, which pulls texture into strokes; and
/// then bristle marks, the fine ridges of the result, brought to an even strength.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oil {
    /// σ of the smoothing along the strokes in pixels.
    pub stroke_length: f32,
    /// Rounds of smoothing and sharpening.
    pub iterations: usize,
    /// Amplitude of the bristle marks, as a difference of brightness in [0, 1].
    pub bristles: f32,
}

impl Default for Oil {
    fn default() -> Self {
        Self {
            stroke_length: 3.0,
            iterations: 2,
            bristles: 0.11,
        }
    }
}

/// Smoothing of the structure tensor in pixels; wider, eyes lose their shape.
const FLOW_SIGMA: f32 = 2.0;
/// What is added of the difference of Gaussians in each round.
const SHARPENING: f32 = 1.5;
/// Size of the neighbourhood, σ in pixels, in which bristle marks are brought to one strength. With the cut-off at 3σ it
/// is about what the network sees.
const EVENNESS: f32 = 8.0;
/// Ridges weaker than this are noise and stay weak.
const RIDGE_NOISE: f32 = 0.016;

impl Oil {
    /// What the command line knows of it.
    pub const ENTRY: Entry = Entry {
        name: "oil",
        kind: Kind::Look,
        about: "strokes along the shapes, with bristle marks",
        new: || Box::new(Self::default()),
    };
}

impl Filter for Oil {
    fn parameters(&mut self) -> Vec<Parameter<'_>> {
        vec![
            Parameter::number(
                "stroke-length",
                "Length of the strokes, σ of the smoothing along them in pixels",
                0.5..=20.0,
                &mut self.stroke_length,
            ),
            Parameter::iterations(&mut self.iterations),
            Parameter::bristles(&mut self.bristles),
        ]
    }

    fn apply(&self, image: &Planes) -> Planes {
        let mut output = image.clone();
        let mut flow = Flow::new(image, FLOW_SIGMA);
        for _ in 0..self.iterations {
            for channel in 0..output.channels {
                let smooth = flow.smooth_along(output.plane(channel), self.stroke_length);
                let ridges = flow.difference_of_gaussians(&smooth, 1.0);
                let plane = output.plane_mut(channel);
                for ((value, smooth), ridge) in plane.iter_mut().zip(smooth).zip(ridges) {
                    *value = (smooth + SHARPENING * ridge).clamp(0.0, 1.0);
                }
            }
            flow = Flow::new(&output, FLOW_SIGMA);
        }
        let ridges = flow.difference_of_gaussians(&luma(&output), 1.0);
        let ridges = flow.smooth_along(&ridges, 2.0 * self.stroke_length);
        let squares: Vec<f32> = ridges.iter().map(|ridge| ridge * ridge).collect();
        let strength = blur(&squares, output.width, EVENNESS);
        for channel in 0..output.channels {
            let plane = output.plane_mut(channel);
            for ((value, ridge), square) in plane.iter_mut().zip(&ridges).zip(&strength) {
                let even = ridge / (square.sqrt() + RIDGE_NOISE);
                *value += self.bristles * even.clamp(-2.0, 2.0);
            }
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::test_pictures::noisy_shapes;

    /// Mean absolute difference of neighbours along x and along y, over the middle of the picture.
    fn roughness(image: &Planes) -> (f32, f32) {
        let (width, plane) = (image.width, image.plane(0));
        let inside: Vec<usize> = (0..plane.len())
            .filter(|i| (8..width - 8).contains(&(i % width)))
            .filter(|i| (8..image.height - 8).contains(&(i / width)))
            .collect();
        let mean = |step: usize| {
            let sum: f32 = inside
                .iter()
                .map(|i| (plane[i + step] - plane[*i]).abs())
                .sum();
            sum / inside.len() as f32
        };
        (mean(1), mean(width))
    }

    #[test]
    fn strokes_run_along_the_stripes() {
        let (width, height) = (64, 48);
        let mut image = noisy_shapes(width, height);
        for (i, value) in image.data.iter_mut().enumerate() {
            let stripe = ((i % width) as f32 * 0.8).sin();
            *value = 0.5 + 0.15 * stripe + 0.2 * (*value - 0.5);
        }
        let (across, along) = roughness(&image);
        let (across_after, along_after) = roughness(&Oil::default().apply(&image));
        assert!(along_after < 0.7 * along, "{along_after} of {along}");
        assert!(across_after > across, "{across_after} of {across}");
    }

    #[test]
    fn faint_noise_stays_faint() {
        let mut image = Planes::zeros(3, 48, 64);
        for (i, value) in image.data.iter_mut().enumerate() {
            *value = 0.5 + ((i * 7919 % 101) as f32 / 101.0 - 0.5) * 0.01;
        }
        let (x, y) = roughness(&Oil::default().apply(&image));
        assert!(x.max(y) < 0.01, "{x} {y}");
    }
}
