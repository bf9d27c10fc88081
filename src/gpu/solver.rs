//! The multigrid solver on the GPU: the levels' buffers for one size, and the launches of its V-cycles. Its arithmetic is
//! that of [`crate::solve::multigrid`].

use wgpu::{Buffer, BufferUsages, ComputePipeline};

use super::{
    device::{Dispatch, Gpu},
    kernels::Kernels,
};
use crate::{
    Options,
    solve::multigrid::{COARSEST_SWEEPS, SWEEPS, level_count},
};

/// Cells per side that a workgroup of the shader's `ascend` and `descend` finishes.
const ASCEND_STEP: usize = 24;
const DESCEND_STEP: usize = 20;

/// Where the shader's sweeps start.
#[derive(Clone, Copy)]
enum Start {
    Zero,
    Solution,
    /// The solution with the coarser level's correction.
    Corrected,
}

/// Launches of the sweeps that the coarsest level takes.
const COARSEST_LAUNCHES: usize = COARSEST_SWEEPS / SWEEPS;

// What one launch of the shader does.
const _: () = assert!(SWEEPS == 2 && COARSEST_SWEEPS.is_multiple_of(SWEEPS));

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
    /// What the shader reads as `Level`, one for each [`Start`].
    uniforms: [Buffer; 3],
    rhs: Buffer,
    solutions: [Buffer; 2],
}

impl Storage {
    fn new(gpu: &Gpu, (width, height): (usize, usize), level: usize) -> Self {
        let cells = ((width >> level).max(1), (height >> level).max(1));
        let uniforms = [Start::Zero, Start::Solution, Start::Corrected].map(|start| {
            let uniform = [1 << level, start as u32, cells.0 as u32, cells.1 as u32];
            gpu.upload("level", bytemuck::bytes_of(&uniform), BufferUsages::UNIFORM)
        });
        let storage = |label| gpu.storage(label, cells.0 * cells.1);
        Self {
            cells,
            uniforms,
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
        let bind = |(pipeline, step): (&ComputePipeline, usize),
                    start: Start,
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
                    (1, level.uniforms[start as usize].as_entire_binding()),
                    (2, level.rhs.as_entire_binding()),
                    (3, source.as_entire_binding()),
                    (4, improved.as_entire_binding()),
                    (other.0, other.1.as_entire_binding()),
                ],
                [workgroups(level.cells.0), workgroups(level.cells.1), 1],
            )
        };
        let down = (&kernels.descend, DESCEND_STEP);
        let up = (&kernels.ascend, ASCEND_STEP);
        // Sweeps without correction do not read the coarser solution, but its binding has to hold something.
        let nothing = (6, &level.rhs);
        let coarsen = coarser.map(|coarser| Coarsen {
            descend_from_zero: bind(down, Start::Zero, a, b, (5, &coarser.rhs)),
            descend: bind(down, Start::Solution, a, b, (5, &coarser.rhs)),
            ascend: bind(up, Start::Corrected, b, a, (6, &coarser.solutions[0])),
        });
        Self {
            sweep_from_zero: [
                bind(up, Start::Zero, b, a, nothing),
                bind(up, Start::Zero, a, b, nothing),
            ],
            sweep: [
                bind(up, Start::Solution, b, a, nothing),
                bind(up, Start::Solution, a, b, nothing),
            ],
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
