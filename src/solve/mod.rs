//! The screened-Poisson solve: the picture `S = argmin ‖S − I‖² + λ‖∂S − G‖²`, that is
//! `(1 − λΔ) S = I − λ div G` per channel (Bhat et al., "GradientShop"; Liu et al., §3.6, eq. 5).
//!
//! It runs at the working size, where λ is an area in square pixels; [`crate::carry`] takes its result to the photo's own
//! size. [`multigrid`] is the fast solver, which the GPU engine mirrors kernel by kernel. `dct` is the exact one in f64,
//! the reference of the tests and of `limn-trainer`'s checks.

#[cfg(not(target_arch = "wasm32"))]
mod dct;
pub mod multigrid;

#[cfg(not(target_arch = "wasm32"))]
pub use dct::{reconstruct_exact, solve_dct};

use crate::{Planes, change::Change, gradient::gradient};
use multigrid::{CYCLES, Four, Multigrid};

/// What a solution is for, which says how exact it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// A frame of a moving picture.
    Live,
    /// A picture that is kept: a relative residual of about 1e-5.
    Still,
}

impl Precision {
    /// Number of V-cycles for λ. At λ = 0 the first sweep solves. Each leaves a fifteenth of the error or less, and a display
    /// has 8 bits: after two, a live picture at λ = 10 is off by 0.04/255 in the mean and 0.4/255 at most; at λ = 1000 by
    /// 0.23 and 1.7 (640×480, Mosaic), where corrections are larger, and so is what is left of them.
    pub fn cycles(self, lambda: f32) -> usize {
        match self {
            _ if lambda == 0.0 => 1,
            Self::Still => CYCLES,
            Self::Live if lambda <= 100.0 => 2,
            Self::Live => 3,
        }
    }
}

/// The correction D `[3, h, w]` of [`crate::change`]: solves `(1 − λΔ) D = B − λ div Δ` for a change of the ground, by
/// multigrid.
pub fn correction(change: &Change, lambda: f32, precision: Precision) -> Planes {
    let Planes { width, height, .. } = change.gradients;
    let rhs = change.right_hand_side(lambda);
    if lambda == 0.0 {
        return rhs;
    }
    let [red, green, blue] = [0, 1, 2].map(|channel| rhs.plane(channel));
    let rhs: Vec<Four> = red
        .iter()
        .zip(green)
        .zip(blue)
        .map(|((r, g), b)| Four([*r, *g, *b, 0.0]))
        .collect();
    let mut solution = vec![Four::default(); width * height];
    Multigrid::new(width, height, lambda).solve_by(precision.cycles(lambda), &rhs, &mut solution);
    let mut output = Planes::zeros(3, height, width);
    for channel in 0..3 {
        for (value, cell) in output.plane_mut(channel).iter_mut().zip(&solution) {
            *value = cell.0[channel];
        }
    }
    output
}

/// The picture S `[3, h, w]` of the colours `ground` `[3, h, w]` and the gradients `field` `[6, h, w]`, by multigrid.
pub fn rebuild(ground: &Planes, field: &Planes, lambda: f32) -> Planes {
    let mut gradients = field.clone();
    for (value, own) in gradients.data.iter_mut().zip(gradient(ground).data) {
        *value -= own;
    }
    let change = Change {
        gradients,
        ground: None,
    };
    let mut picture = correction(&change, lambda, Precision::Still);
    for (value, original) in picture.data.iter_mut().zip(&ground.data) {
        *value += original;
    }
    picture
}
