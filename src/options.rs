//! What a user can turn, and the maths that both engines share.
//!
//! Let Δ = F(∂I) − ∂I be the network's change of the gradients and `G = ∂I + t·Δ` the gradients to rebuild from. With
//! `S = I + t·D` the screened-Poisson equation `(1 − λΔ) S = I − λ div G` becomes `(1 − λΔ) D = −λ div Δ`: D does not
//! depend on the strength t. So t only scales D, λ needs a new solve, and only a new photo, style or working size runs
//! the network again. At t = 0 the photo comes back untouched.
//!
//! Two styles mix in their changes, `Δ = (1 − m)·Δ_a + m·Δ_b`, and D is linear in Δ: m runs no network either.

use crate::Planes;

/// The controls that change a picture without running the network again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Strength t, 0 (the photo) to [`Options::MAX_STRENGTH`]; 1 is the style as trained.
    pub strength: f32,
    /// Weight λ of the gradients against the photo's colours, 0 to [`Options::MAX_LAMBDA`]. Small values keep colours
    /// closer to the photo's, large ones keep the style's gradients.
    pub lambda: f32,
    /// Share m of the second style, 0 (the first alone) to 1 (the second alone). Without a second style it is 0.
    pub mix: f32,
}

impl Options {
    pub const MAX_STRENGTH: f32 = 1.5;
    pub const MAX_LAMBDA: f32 = 1000.0;

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
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strength: 1.0,
            lambda: 10.0,
            mix: 0.0,
        }
    }
}

/// `(width, height)` at which the network runs: the photo's size, shrunk so that its longer side is at most
/// `longest_side` pixels. Each side stays at least one pixel.
pub fn working_size(width: usize, height: usize, longest_side: Option<usize>) -> (usize, usize) {
    let longest = width.max(height);
    match longest_side {
        Some(limit) if limit > 0 && limit < longest => {
            let scale = |side: usize| ((side * limit) as f64 / longest as f64).round() as usize;
            (scale(width).max(1), scale(height).max(1))
        }
        _ => (width, height),
    }
}

/// The change of gradients Δ `[6, h, w]`, found at the working size, at the photo's size `width × height`: sampled
/// bilinearly with aligned pixel centres, and scaled by `w / width` (∂x) and `h / height` (∂y), since the same step
/// between colours now spreads over more pixels. The boundary is zeroed, as a gradient's is.
pub fn change_at_full_size(change: Planes, width: usize, height: usize) -> Planes {
    let scale_x = change.width as f32 / width as f32;
    let scale_y = change.height as f32 / height as f32;
    let mut full = change.resized(width, height);
    if (scale_x, scale_y) != (1.0, 1.0) {
        for channel in 0..6 {
            let scale = if channel < 3 { scale_x } else { scale_y };
            full.plane_mut(channel).iter_mut().for_each(|v| *v *= scale);
        }
    }
    crate::gradient::zero_boundary(&mut full);
    full
}

/// The sum of `changes` `[6, h, w]`, each times its weight. At least one, all of one size.
pub fn mixed_change(changes: &[(f32, &Planes)]) -> Planes {
    let (weight, first) = changes[0];
    let mut mixed = first.clone();
    mixed.data.iter_mut().for_each(|value| *value *= weight);
    for (weight, change) in &changes[1..] {
        for (value, other) in mixed.data.iter_mut().zip(&change.data) {
            *value += weight * other;
        }
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn working_size_keeps_the_aspect_and_never_grows() {
        assert_eq!(working_size(640, 480, Some(320)), (320, 240));
        assert_eq!(working_size(640, 480, Some(1000)), (640, 480));
        assert_eq!(working_size(4097, 3, Some(256)), (256, 1));
        assert_eq!(working_size(7, 9, None), (7, 9));
    }

    #[test]
    fn options_are_clamped() {
        let options = Options {
            strength: f32::NAN,
            lambda: 1e9,
            mix: -0.5,
        };
        let clamped = options.clamped();
        assert_eq!(
            (clamped.strength, clamped.lambda, clamped.mix),
            (1.0, Options::MAX_LAMBDA, 0.0)
        );
    }
}
