//! Flat colours and steps of tone, which the cartoon looks share.

use limn::Planes;

use super::{
    Filter, bilateral_grid::BilateralGrid, gaussian::luma, rolling_guidance::RollingGuidance,
};

/// `image` smoothed within its edges by `rounds` of a bilateral filter, each on the last one's result, as in Winnemöller,
/// Olsen, Gooch, "Real-Time Video Abstraction", SIGGRAPH 2006, §3.1.
pub fn flatten(image: &Planes, rounds: usize, sigma_spatial: f32, sigma_range: f32) -> Planes {
    let bilateral = RollingGuidance {
        sigma_spatial,
        sigma_range,
        iterations: 1,
    };
    (0..rounds).fold(image.clone(), |flat, _| {
        bilateral.joint_bilateral(&flat, &flat)
    })
}

/// `value` brought to one of `levels` steps in [0, 1], at (k + ½) / `levels`, with ramps between them: the quantisation of
/// the same paper, §3.3, made continuous. `sharpness` 0 leaves the value as it is, ∞ makes stairs.
pub fn soft_steps(value: f32, levels: f32, sharpness: f32) -> f32 {
    let boundary = (value * levels).round() / levels;
    // From −1 to 1 across the cell around this boundary of two steps.
    let across = 2.0 * levels * (value - boundary);
    boundary + 0.5 / levels * (sharpness * across).tanh() / sharpness.tanh()
}

/// Luma of `flat` with the differences between its large areas lessened by `share`, those within an area kept, so that a
/// dark face has its lights and a pale one its shades: base and detail of Durand and Dorsey, "Fast Bilateral Filtering for the Display of
/// High-Dynamic-Range Images", SIGGRAPH 2002. The base keeps to the edges, hence no halos.
pub fn evened_luma(flat: &Planes, share: f32) -> Vec<f32> {
    let base = BilateralGrid {
        sigma_spatial: 32.0,
        sigma_range: 0.06,
    };
    let base = luma(&base.apply(flat));
    let tone = luma(flat);
    tone.iter()
        .zip(base)
        .map(|(tone, base)| tone - share * (base - 0.5))
        .collect()
}

/// 0 below `low`, 1 above `high`, and a cubic without corners between.
pub fn smoothstep(low: f32, high: f32, value: f32) -> f32 {
    let t = ((value - low) / (high - low)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Between the colours `a` (at 0) and `b` (at 1).
pub fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|channel| a[channel] + share * (b[channel] - a[channel]))
}

/// `f(colour, index)` of every pixel of `[3, H, W]`.
pub fn recolour(image: &Planes, f: impl Fn([f32; 3], usize) -> [f32; 3]) -> Planes {
    let mut output = image.clone();
    for i in 0..image.width * image.height {
        let colour = f(std::array::from_fn(|channel| image.plane(channel)[i]), i);
        for (channel, value) in colour.into_iter().enumerate() {
            output.plane_mut(channel)[i] = value;
        }
    }
    output
}
