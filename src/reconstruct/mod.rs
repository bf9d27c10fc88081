//! Screened-Poisson reconstruction: the picture `S = argmin ‖S − I‖² + λ‖∂S − G‖²`, that is
//! `(1 − λΔ) S = I − λ div G` per channel (Bhat et al., "GradientShop"; Liu et al., §3.1).
//!
//! [`multigrid`] is the fast solver, which the GPU engine mirrors kernel by kernel. `dct` is the exact one in f64,
//! the reference of the tests and of `limn-trainer`'s checks.

#[cfg(not(target_arch = "wasm32"))]
mod dct;
pub mod multigrid;

#[cfg(not(target_arch = "wasm32"))]
pub use dct::{reconstruct_exact, solve_dct};

use crate::{Planes, Rect, gradient::divergence, resample::Resampler};
use multigrid::Multigrid;

/// The correction D `[3, H, W]` of [`crate::stylize`]: solves `(1 − λΔ) D = −λ div Δ` for the change of gradients
/// `change` `[6, H, W]`, by multigrid to a relative residual of about 1e-5. Zero for λ = 0.
pub fn correction(change: &Planes, lambda: f32) -> Planes {
    let Planes { width, height, .. } = *change;
    correction_in(change, (width, height), Rect::whole(width, height), lambda)
}

/// The correction D `[3, height, width]` on the rectangle `part` of a picture of `full` (width, height), for the change
/// of gradients `change` `[6, h, w]` found at the working size; solved on that rectangle alone, as if it were a picture
/// with a border of its own. One channel after the other, so that little is in memory at once.
///
/// The change is sampled as by [`crate::stylize::change_at_full_size`].
pub fn correction_in(change: &Planes, full: (usize, usize), part: Rect, lambda: f32) -> Planes {
    let resampler = Resampler::new((change.width, change.height), full, part);
    let scale_x = change.width as f32 / full.0 as f32;
    let scale_y = change.height as f32 / full.1 as f32;
    let solver = Multigrid::new(part.width, part.height, lambda);
    let mut output = Planes::zeros(3, part.height, part.width);
    for channel in 0..3 {
        let mut field = Planes {
            channels: 2,
            height: part.height,
            width: part.width,
            data: resampler.plane(change.plane(channel)),
        };
        field
            .data
            .append(&mut resampler.plane(change.plane(3 + channel)));
        for (axis, scale) in [scale_x, scale_y].into_iter().enumerate() {
            let factor = -lambda * scale;
            field.plane_mut(axis).iter_mut().for_each(|v| *v *= factor);
        }
        // This does not read the last column of ∂x and the last row of ∂y, which a gradient leaves zero.
        let rhs = divergence(&field);
        drop(field);
        solver.solve(&rhs.data, output.plane_mut(channel));
    }
    output
}
