//! The look "oil": strokes that follow the shapes, with bristle marks.

use limn::Planes;

use super::{
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
    /// Filters `image` `[3, H, W]` in [0, 1].
    pub fn apply(&self, image: &Planes) -> Planes {
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
