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

use crate::{Planes, gradient::divergence};
use multigrid::Multigrid;

/// The correction D `[3, H, W]` of [`crate::stylize`]: solves `(1 − λΔ) D = −λ div Δ` for the change of gradients
/// `change` `[6, H, W]`, by multigrid to a relative residual of about 1e-5. Zero for λ = 0.
pub fn correction(change: &Planes, lambda: f32) -> Planes {
    let mut rhs = divergence(change);
    rhs.data.iter_mut().for_each(|value| *value *= -lambda);
    let solver = Multigrid::new(rhs.width, rhs.height, lambda);
    let mut output = Planes::zeros(rhs.channels, rhs.height, rhs.width);
    for channel in 0..rhs.channels {
        solver.solve(rhs.plane(channel), output.plane_mut(channel));
    }
    output
}
