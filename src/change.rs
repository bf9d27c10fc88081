//! What the solve is given: the change of gradients that a style, or two of them, make at the working size.
//!
//! Let Δ = F(∂I) − ∂I be the network's change of the gradients and `G = ∂I + t·Δ` the gradients to rebuild from. With
//! `S = I + t·D` the screened-Poisson equation `(1 − λΔ) S = I − λ div G` becomes `(1 − λΔ) D = −λ div Δ`: D does not
//! depend on the strength t. So t only scales D, λ needs a new solve, and only a new photo, style or working size runs
//! the network again. At t = 0 the photo comes back untouched.
//!
//! Styles are blended in their changes, before the solve: what they disagree about leaves no seam.

use crate::{
    Planes,
    gradient::{divergence, gradient},
};

/// How much of each of two changes goes into one.
#[derive(Clone, Copy, Debug)]
pub enum Blend<'a> {
    /// Share m of the second one everywhere, 0 to 1.
    Share(f32),
    /// Share of the second one at each pixel, `[1, h, w]` in [0, 1].
    Mask(&'a Planes),
}

/// `(1 − m)·first + m·second` for two changes `[6, h, w]`.
pub fn blend(first: &Planes, second: &Planes, by: Blend<'_>) -> Planes {
    let mut output = first.clone();
    for channel in 0..output.channels {
        let pairs = output
            .plane_mut(channel)
            .iter_mut()
            .zip(second.plane(channel));
        match by {
            Blend::Share(share) => pairs.for_each(|(a, b)| *a += share * (b - *a)),
            Blend::Mask(mask) => pairs
                .zip(mask.plane(0))
                .for_each(|((a, b), share)| *a += share * (b - *a)),
        }
    }
    output
}

/// Takes the gradients of E `[3, h, w]`, what a [`crate::ground`] adds to the photo, from a change `[6, h, w]`: what is left is
/// the change that the style makes to the ground.
pub fn on_ground(change: &mut Planes, shift: &Planes) {
    for (value, own) in change.data.iter_mut().zip(gradient(shift).data) {
        *value -= own;
    }
}

/// The right-hand side `−λ div Δ` `[3, h, w]` for the change Δ `[6, h, w]`, whose last column of ∂x and last row of ∂y are
/// not read.
pub fn right_hand_side(change: &Planes, lambda: f32) -> Planes {
    let mut output = divergence(change);
    output.data.iter_mut().for_each(|value| *value *= -lambda);
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(first: f32) -> Planes {
        let data = (0..6 * 12).map(|i| first + i as f32 / 8.0).collect();
        Planes::new(6, 3, 4, data).unwrap()
    }

    #[test]
    fn a_mask_takes_each_pixel_from_its_style() {
        let (a, b) = (change(0.0), change(-50.0));
        assert_eq!(blend(&a, &b, Blend::Share(0.0)), a);
        assert_eq!(blend(&a, &b, Blend::Share(1.0)), b);
        let mut mask = Planes::zeros(1, 3, 4);
        mask.data[5] = 1.0;
        mask.data[6] = 0.25;
        let mixed = blend(&a, &b, Blend::Mask(&mask));
        for channel in 0..6 {
            let (a, b) = (a.plane(channel), b.plane(channel));
            let mut expected = a.to_vec();
            expected[5] = b[5];
            expected[6] = 0.75 * a[6] + 0.25 * b[6];
            assert_eq!(mixed.plane(channel), expected);
        }
    }
}
