//! The multigrid solver on the GPU: the levels' buffers for one size, and the launches of its V-cycles. Its arithmetic is
//! that of [`crate::reconstruct::multigrid`].

use wgpu::{Buffer, BufferUsages, ComputePipeline};

use super::{device::Gpu, dispatch::Dispatch, kernels::Kernels};
use crate::{
    reconstruct::multigrid::{COARSEST_SWEEPS, SWEEPS, level_count},
    stylize::Options,
};

/// Cells per side that a workgroup of the shader's `ascend` and `descend` finishes.
const ASCEND_STEP: usize = 24;
const DESCEND_STEP: usize = 20;

/// Launches of the sweeps that the coarsest level takes.
const COARSEST_LAUNCHES: usize = COARSEST_SWEEPS / SWEEPS;

// What one launch of the shader does.
const _: () = assert!(SWEEPS == 2 && COARSEST_SWEEPS % SWEEPS == 0);

/// Launches of one level. A level has two solutions, a and b; what another level or the caller reads is a.
struct Level {
    /// From zero to a and to b.
    sweep_from_zero: [Dispatch; 2],
    /// From b to a and from a to b.
    sweep: [Dispatch; 2],
    /// All but the coarsest level of the largest λ.
    coarsen: Option<Coarsen>,
}

/// Launches that involve the next coarser level.
struct Coarsen {
    /// From zero to b.
    descend_from_zero: Dispatch,
    /// From a to b.
    descend: Dispatch,
    /// From b to a.
    ascend: Dispatch,
}

/// Solves `(1 − λΔ) D = rhs` for one size and any λ.
pub struct Solver {
    size: (usize, usize),
    levels: Vec<Level>,
    /// `[height, width]` of vec4f. The caller writes it before it solves.
    pub rhs: Buffer,
    /// D, likewise.
    pub solution: Buffer,
}

/// Buffers of one level.
struct Storage {
    cells: (usize, usize),
    uniform: Buffer,
    rhs: Buffer,
    solutions: [Buffer; 2],
}

impl Storage {
    fn new(gpu: &Gpu, (width, height): (usize, usize), level: usize) -> Self {
        let cells = ((width >> level).max(1), (height >> level).max(1));
        let uniform = [1 << level, 0, cells.0 as u32, cells.1 as u32];
        let storage = |label| gpu.storage(label, cells.0 * cells.1);
        Self {
            cells,
            uniform: gpu.upload("level", bytemuck::bytes_of(&uniform), BufferUsages::UNIFORM),
            rhs: storage("right-hand side"),
            solutions: [storage("solution a"), storage("solution b")],
        }
    }
}

impl Solver {
    /// Buffers and launches for `size` (width, height) pixels. `params` holds the size and λ for the shaders.
    pub fn new(gpu: &Gpu, kernels: &Kernels, size: (usize, usize), params: &Buffer) -> Self {
        let count = level_count(size.0, size.1, Options::MAX_LAMBDA);
        let storage: Vec<_> = (0..count)
            .map(|level| Storage::new(gpu, size, level))
            .collect();
        let levels = storage
            .iter()
            .enumerate()
            .map(|(i, level)| Level::new(gpu, kernels, params, level, storage.get(i + 1)))
            .collect();
        Self {
            size,
            levels,
            rhs: storage[0].rhs.clone(),
            solution: storage[0].solutions[0].clone(),
        }
    }

    /// Appends the launches of `cycles` V-cycles from zero for `lambda` to `plan`.
    pub fn plan<'a>(&'a self, lambda: f32, cycles: usize, plan: &mut Vec<&'a Dispatch>) {
        let count = level_count(self.size.0, self.size.1, lambda).min(self.levels.len());
        let levels = &self.levels[..count];
        if let [only] = levels {
            only.sweep_times(COARSEST_LAUNCHES * cycles, plan);
        } else {
            (0..cycles).for_each(|cycle| descend(levels, cycle == 0, plan));
        }
    }
}

/// One V-cycle on the first of `levels`.
fn descend<'a>(levels: &'a [Level], from_zero: bool, plan: &mut Vec<&'a Dispatch>) {
    let [level, coarser @ ..] = levels else {
        return;
    };
    match &level.coarsen {
        Some(coarsen) if !coarser.is_empty() => {
            plan.push(if from_zero {
                &coarsen.descend_from_zero
            } else {
                &coarsen.descend
            });
            descend(coarser, true, plan);
            plan.push(&coarsen.ascend);
        }
        _ => level.sweep_times(COARSEST_LAUNCHES, plan),
    }
}

impl Level {
    fn new(
        gpu: &Gpu,
        kernels: &Kernels,
        params: &Buffer,
        level: &Storage,
        coarser: Option<&Storage>,
    ) -> Self {
        let [a, b] = &level.solutions;
        let bind = |pipeline: &ComputePipeline,
                    step: usize,
                    source: &Buffer,
                    improved: &Buffer,
                    other: (u32, &Buffer)| {
            let workgroups = |cells: usize| cells.div_ceil(step) as u32;
            Dispatch::new(
                gpu,
                "multigrid",
                pipeline,
                &[
                    (0, params.as_entire_binding()),
                    (1, level.uniform.as_entire_binding()),
                    (2, level.rhs.as_entire_binding()),
                    (3, source.as_entire_binding()),
                    (4, improved.as_entire_binding()),
                    (other.0, other.1.as_entire_binding()),
                ],
                [workgroups(level.cells.0), workgroups(level.cells.1), 1],
            )
        };
        // Sweeps without correction do not read the coarser solution, but its binding has to hold something.
        let sweep = |pipeline, source, improved| {
            bind(pipeline, ASCEND_STEP, source, improved, (6, &level.rhs))
        };
        let coarsen = coarser.map(|coarser| {
            let down = |pipeline| bind(pipeline, DESCEND_STEP, a, b, (5, &coarser.rhs));
            Coarsen {
                descend_from_zero: down(&kernels.descend_from_zero),
                descend: down(&kernels.descend),
                ascend: bind(
                    &kernels.ascend,
                    ASCEND_STEP,
                    b,
                    a,
                    (6, &coarser.solutions[0]),
                ),
            }
        });
        Self {
            sweep_from_zero: [
                sweep(&kernels.sweep_from_zero, b, a),
                sweep(&kernels.sweep_from_zero, a, b),
            ],
            sweep: [sweep(&kernels.sweep, b, a), sweep(&kernels.sweep, a, b)],
            coarsen,
        }
    }

    /// `launches` times two sweeps from zero, the last of which ends in a.
    fn sweep_times<'a>(&'a self, launches: usize, plan: &mut Vec<&'a Dispatch>) {
        for left in (0..launches).rev() {
            let launch = if left + 1 == launches {
                &self.sweep_from_zero
            } else {
                &self.sweep
            };
            plan.push(&launch[left % 2]);
        }
    }
}
