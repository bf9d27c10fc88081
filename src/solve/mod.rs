//! Screened-Poisson reconstruction: the picture `S = argmin ‖S − I‖² + λ‖∂S − G‖²`, that is
//! `(1 − λΔ) S = I − λ div G` per channel (Bhat et al., "GradientShop"; Liu et al., §3.1).
//!
//! [`multigrid`] is the fast solver, which the GPU engine mirrors kernel by kernel. `dct` is the exact one in f64,
//! the reference of the tests and of `limn-trainer`'s checks.

#[cfg(not(target_arch = "wasm32"))]
mod dct;
pub mod multigrid;
mod right_hand_side;

#[cfg(not(target_arch = "wasm32"))]
pub use dct::{reconstruct_exact, solve_dct};

use crate::{Planes, Rect};
use multigrid::{CYCLES, Four, Multigrid};
use right_hand_side::right_hand_side;

/// V-cycles for a live frame. At λ = 10 a picture is then off by 0.04/255 in the mean and 0.4/255 at most, at λ = 1000 by
/// 0.23 and 1.7 (640×480, Mosaic); one cycle alone is off by 0.7 and 6, and by 2.5 and 20.
pub const LIVE_CYCLES: usize = 2;

/// The correction D `[3, H, W]` of [`crate::stylize`]: solves `(1 − λΔ) D = −λ div Δ` for the change of gradients
/// `change` `[6, H, W]`, by multigrid to a relative residual of about 1e-5. Zero for λ = 0.
pub fn correction(change: &Planes, lambda: f32) -> Planes {
    let Planes { width, height, .. } = *change;
    correction_in(change, (width, height), Rect::whole(width, height), lambda)
}

/// The picture `I + D` for a photo I `[3, H, W]` and a change of its gradients `[6, H, W]`, at full strength.
pub fn rebuild(photo: &Planes, change: &Planes, lambda: f32) -> Planes {
    let mut picture = correction(change, lambda);
    for (value, original) in picture.data.iter_mut().zip(&photo.data) {
        *value += original;
    }
    picture
}

/// The correction D `[3, height, width]` on the rectangle `part` of a picture of `full` (width, height), for the change
/// of gradients `change` `[6, h, w]` found at the working size; solved on that rectangle alone, as if it were a picture
/// with a border of its own.
///
/// The change is sampled as by [`crate::stylize::change_at_full_size`].
pub fn correction_in(change: &Planes, full: (usize, usize), part: Rect, lambda: f32) -> Planes {
    correction_by(CYCLES, change, full, part, lambda)
}

/// Likewise by `cycles` V-cycles.
pub fn correction_by(
    cycles: usize,
    change: &Planes,
    full: (usize, usize),
    part: Rect,
    lambda: f32,
) -> Planes {
    let solver = Multigrid::new(part.width, part.height, lambda);
    let mut solution = vec![Four::default(); part.width * part.height];
    solver.solve_by(
        cycles,
        &right_hand_side(change, full, part, lambda),
        &mut solution,
    );
    let mut output = Planes::zeros(3, part.height, part.width);
    for channel in 0..3 {
        for (value, cell) in output.plane_mut(channel).iter_mut().zip(&solution) {
            *value = cell.0[channel];
        }
    }
    output
}
