//! The multigrid solver on the GPU: the levels' buffers for one size, and the launches of its V-cycles. Its arithmetic is
//! that of [`crate::reconstruct::multigrid`].

use wgpu::{Buffer, BufferUsages};

use super::{
    device::Gpu,
    dispatch::{Dispatch, tiles},
    kernels::Kernels,
};
use crate::{
    reconstruct::multigrid::{COARSEST_SWEEPS, SWEEPS, level_count},
    stylize::Options,
};

/// Launches of one level.
struct Level {
    smooth_red: Dispatch,
    smooth_black: Dispatch,
    /// To and from the next coarser level, which the coarsest lacks.
    transfer: Option<(Dispatch, Dispatch)>,
}

/// Solves `(1 − λΔ) D = rhs` for one size and any λ.
pub struct Solver {
    size: (usize, usize),
    levels: Vec<Level>,
    /// `[height, width]` of vec4f. The caller writes it before it solves.
    pub rhs: Buffer,
    /// D, likewise. The caller clears it before it solves.
    pub solution: Buffer,
}

impl Solver {
    /// Buffers and launches for `size` (width, height) pixels. `params` holds the size and λ for the shaders.
    pub fn new(gpu: &Gpu, kernels: &Kernels, size: (usize, usize), params: &Buffer) -> Self {
        let (width, height) = size;
        let count = level_count(width, height, Options::MAX_LAMBDA);
        let cells = |level: usize| ((width >> level).max(1), (height >> level).max(1));
        let storage = |label: &str, level: usize| {
            let (columns, rows) = cells(level);
            gpu.storage(label, columns * rows)
        };
        let rhs: Vec<_> = (0..count).map(|level| storage("rhs", level)).collect();
        let solution: Vec<_> = (0..count).map(|level| storage("solution", level)).collect();
        let levels = (0..count)
            .map(|level| {
                let (columns, rows) = cells(level);
                let uniform = [1 << level, 0, columns as u32, rows as u32];
                let uniform =
                    gpu.upload("level", bytemuck::bytes_of(&uniform), BufferUsages::UNIFORM);
                let params = (0, params.as_entire_binding());
                let uniform = (1, uniform.as_entire_binding());
                let fine_rhs = (2, rhs[level].as_entire_binding());
                let fine = (3, solution[level].as_entire_binding());
                let smooth = |label, pipeline| {
                    Dispatch::new(
                        gpu,
                        label,
                        pipeline,
                        &[
                            params.clone(),
                            uniform.clone(),
                            fine_rhs.clone(),
                            fine.clone(),
                        ],
                        tiles(columns.div_ceil(2), rows),
                    )
                };
                let transfer = (level + 1 < count).then(|| {
                    let (coarse_columns, coarse_rows) = cells(level + 1);
                    let coarse_rhs = (4, rhs[level + 1].as_entire_binding());
                    let coarse = (5, solution[level + 1].as_entire_binding());
                    let restrict = Dispatch::new(
                        gpu,
                        "restrict",
                        &kernels.restrict_residual,
                        &[
                            params.clone(),
                            uniform.clone(),
                            fine_rhs.clone(),
                            fine.clone(),
                            coarse_rhs,
                            coarse.clone(),
                        ],
                        tiles(coarse_columns, coarse_rows),
                    );
                    let prolong = Dispatch::new(
                        gpu,
                        "prolong",
                        &kernels.prolong,
                        &[params.clone(), uniform.clone(), fine.clone(), coarse],
                        tiles(columns, rows),
                    );
                    (restrict, prolong)
                });
                Level {
                    smooth_red: smooth("smooth", &kernels.smooth_red),
                    smooth_black: smooth("smooth", &kernels.smooth_black),
                    transfer,
                }
            })
            .collect();
        Self {
            size,
            levels,
            rhs: rhs[0].clone(),
            solution: solution[0].clone(),
        }
    }

    /// Appends the launches of `cycles` V-cycles for `lambda` to `plan`.
    pub fn plan<'a>(&'a self, lambda: f32, cycles: usize, plan: &mut Vec<&'a Dispatch>) {
        let count = level_count(self.size.0, self.size.1, lambda).min(self.levels.len());
        for _ in 0..cycles {
            self.cycle(&self.levels[..count], plan);
        }
    }

    fn cycle<'a>(&'a self, levels: &'a [Level], plan: &mut Vec<&'a Dispatch>) {
        let Some((level, coarser)) = levels.split_first() else {
            return;
        };
        let smooth = |sweeps, plan: &mut Vec<&'a Dispatch>| {
            for _ in 0..sweeps {
                plan.extend([&level.smooth_red, &level.smooth_black]);
            }
        };
        match &level.transfer {
            Some((restrict, prolong)) if !coarser.is_empty() => {
                smooth(SWEEPS, plan);
                plan.push(restrict);
                self.cycle(coarser, plan);
                plan.push(prolong);
                smooth(SWEEPS, plan);
            }
            _ => smooth(COARSEST_SWEEPS, plan),
        }
    }
}
