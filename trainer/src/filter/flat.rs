//! Flat colours and steps of tone, which the cartoon looks share.

use limn::Planes;

use super::{
    Filter, bilateral_grid::BilateralGrid, flow::Flow, gaussian::luma,
    rolling_guidance::RollingGuidance,
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

/// Every channel of `image` averaged along `flow` with a Gaussian of `sigma` pixels: outlines become smooth.
pub fn smooth_along(image: &Planes, flow: &Flow, sigma: f32) -> Planes {
    let mut output = image.clone();
    for channel in 0..image.channels {
        let smooth = flow.smooth_along(image.plane(channel), sigma);
        output.plane_mut(channel).copy_from_slice(&smooth);
    }
    output
}

/// Every value of `image` to the power `exponent`; below 1, strands of dark hair differ as much as those of fair hair.
pub fn power(image: &Planes, exponent: f32) -> Planes {
    let mut output = image.clone();
    for value in &mut output.data {
        *value = value.max(0.0).powf(exponent);
    }
    output
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

/// The largest difference of `colour` from its grey.
pub fn vividness(colour: [f32; 3], grey: f32) -> f32 {
    colour
        .iter()
        .fold(0.0, |most, c| f32::max(most, (c - grey).abs()))
}

/// `colour` with its differences from grey multiplied by `gain`; what is vivid already is spared, from a difference of
/// `low` on, and kept as it is from `high` on.
pub fn saturate(colour: [f32; 3], gain: f32, low: f32, high: f32) -> [f32; 3] {
    let grey = luma_of(colour);
    let gain = 1.0 + (gain - 1.0) * (1.0 - smoothstep(low, high, vividness(colour, grey)));
    colour.map(|value| grey + gain * (value - grey))
}

/// Rec. 601 luma of one colour.
pub fn luma_of([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// The colour of `tone` on a palette of `stops`, tones in rising order with their colours: straight between them, and
/// the first and the last beyond.
pub fn palette(stops: &[(f32, [f32; 3])], tone: f32) -> [f32; 3] {
    let mut colour = stops[0].1;
    for pair in stops.windows(2) {
        let [(from, _), (to, next)] = [pair[0], pair[1]];
        if tone > from {
            colour = mix(pair[0].1, next, ((tone - from) / (to - from)).min(1.0));
        }
    }
    colour
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
