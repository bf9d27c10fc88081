//! The multigrid solver on the GPU: the levels' buffers for one size, and the launches of its V-cycles. Its arithmetic is
//! that of [`crate::solve::multigrid`].

use wgpu::{Buffer, BufferUsages, ComputePipeline};

use super::{
    device::{Dispatch, Gpu, cover},
    kernels::{Kernels, Multigrid},
};
use crate::{
    Options,
    solve::multigrid::{COARSEST_SWEEPS, SWEEPS, level_count},
};

/// Cells per side that a workgroup of the square scheme's `ascend` and `descend` finishes.
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

/// The cells that a half sweep takes.
#[derive(Clone, Copy)]
enum Colour {
    Red,
    Black,
}

/// How often the coarsest level takes two sweeps.
const COARSEST_TIMES: usize = COARSEST_SWEEPS / SWEEPS;

// What one launch of the square scheme does.
const _: () = assert!(SWEEPS == 2 && COARSEST_SWEEPS.is_multiple_of(SWEEPS));

/// Launches of one level. The square scheme has two solutions, a and b; what another level or the caller reads is a. The
/// plain one works in a, and each of its pairs holds the same launches twice.
struct Level {
    /// Two sweeps from zero to a and to b.
    sweep_from_zero: [Vec<Dispatch>; 2],
    /// Two sweeps from b to a and from a to b.
    sweep: [Vec<Dispatch>; 2],
    /// All but the coarsest level of the largest λ.
    coarsen: Option<Coarsen>,
}

/// Launches that involve the next coarser level.
struct Coarsen {
    /// Two sweeps from zero to b, and the residual.
    descend_from_zero: Vec<Dispatch>,
    /// Likewise from a to b.
    descend: Vec<Dispatch>,
    /// The correction and two sweeps, from b to a.
    ascend: Vec<Dispatch>,
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
    /// What the shader reads as `Level`, for red and black one for each [`Start`].
    uniforms: [[Buffer; 3]; 2],
    rhs: Buffer,
    /// a, and b or the plain scheme's residuals.
    solutions: [Buffer; 2],
}

impl Storage {
    fn new(gpu: &Gpu, (width, height): (usize, usize), level: usize) -> Self {
        let cells = ((width >> level).max(1), (height >> level).max(1));
        let uniforms = [Colour::Red, Colour::Black].map(|colour| {
            [Start::Zero, Start::Solution, Start::Corrected].map(|start| {
                let (cell, start, colour) = (1 << level, start as u32, colour as u32);
                let uniform = [cell, start, cells.0 as u32, cells.1 as u32, colour, 0];
                gpu.upload("level", bytemuck::bytes_of(&uniform), BufferUsages::UNIFORM)
            })
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
            only.sweep_times(COARSEST_TIMES * cycles, plan);
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
            plan.extend(if from_zero {
                &coarsen.descend_from_zero
            } else {
                &coarsen.descend
            });
            descend(coarser, true, plan);
            plan.extend(&coarsen.ascend);
        }
        _ => level.sweep_times(COARSEST_TIMES, plan),
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
        let bind = |pipeline: &ComputePipeline,
                    uniform: &Buffer,
                    buffers: &[(u32, &Buffer)],
                    workgroups: [u32; 3]| {
            let fixed = [(0, params), (1, uniform)];
            let buffers = fixed.iter().chain(buffers);
            let resources: Vec<_> = buffers
                .map(|(binding, buffer)| (*binding, buffer.as_entire_binding()))
                .collect();
            Dispatch::new(gpu, "multigrid", pipeline, &resources, workgroups)
        };
        match &kernels.multigrid {
            Multigrid::Square { descend, ascend } => {
                Self::square(bind, [descend, ascend], level, coarser)
            }
            Multigrid::Plain {
                sweep,
                write_residual,
                restrict_residual,
                correct,
            } => {
                let kernels = [sweep, write_residual, restrict_residual, correct];
                Self::plain(bind, kernels, level, coarser)
            }
        }
    }

    fn square(
        bind: impl Fn(&ComputePipeline, &Buffer, &[(u32, &Buffer)], [u32; 3]) -> Dispatch,
        [descend, ascend]: [&ComputePipeline; 2],
        level: &Storage,
        coarser: Option<&Storage>,
    ) -> Self {
        let [a, b] = &level.solutions;
        let launch = |(pipeline, step): (&ComputePipeline, usize),
                      start: Start,
                      source: &Buffer,
                      improved: &Buffer,
                      other: (u32, &Buffer)| {
            let workgroups = |cells: usize| cells.div_ceil(step) as u32;
            vec![bind(
                pipeline,
                &level.uniforms[Colour::Red as usize][start as usize],
                &[(2, &level.rhs), (3, source), (4, improved), other],
                [workgroups(level.cells.0), workgroups(level.cells.1), 1],
            )]
        };
        let down = (descend, DESCEND_STEP);
        let up = (ascend, ASCEND_STEP);
        // Sweeps without correction do not read the coarser solution, but its binding has to hold something.
        let nothing = (6, &level.rhs);
        let coarsen = coarser.map(|coarser| Coarsen {
            descend_from_zero: launch(down, Start::Zero, a, b, (5, &coarser.rhs)),
            descend: launch(down, Start::Solution, a, b, (5, &coarser.rhs)),
            ascend: launch(up, Start::Corrected, b, a, (6, &coarser.solutions[0])),
        });
        Self {
            sweep_from_zero: [
                launch(up, Start::Zero, b, a, nothing),
                launch(up, Start::Zero, a, b, nothing),
            ],
            sweep: [
                launch(up, Start::Solution, b, a, nothing),
                launch(up, Start::Solution, a, b, nothing),
            ],
            coarsen,
        }
    }

    fn plain(
        bind: impl Fn(&ComputePipeline, &Buffer, &[(u32, &Buffer)], [u32; 3]) -> Dispatch,
        [sweep, write_residual, restrict_residual, correct]: [&ComputePipeline; 4],
        level: &Storage,
        coarser: Option<&Storage>,
    ) -> Self {
        let (columns, rows) = level.cells;
        let [solution, residuals] = &level.solutions;
        let uniform =
            |start: Start, colour: Colour| &level.uniforms[colour as usize][start as usize];
        let half = |start, colour| {
            let buffers = [(2, &level.rhs), (3, solution)];
            let workgroups = cover(columns.div_ceil(2), rows);
            bind(sweep, uniform(start, colour), &buffers, workgroups)
        };
        let two_sweeps = |start| -> Vec<_> {
            [start, Start::Solution]
                .into_iter()
                .flat_map(|start| [Colour::Red, Colour::Black].map(|colour| half(start, colour)))
                .collect()
        };
        let (from_zero, on) = (two_sweeps(Start::Zero), two_sweeps(Start::Solution));
        let coarsen = coarser.map(|coarser| {
            let whole = uniform(Start::Solution, Colour::Red);
            let residual = bind(
                write_residual,
                whole,
                &[(2, &level.rhs), (3, solution), (4, residuals)],
                cover(columns, rows),
            );
            let restricted = bind(
                restrict_residual,
                whole,
                &[(4, residuals), (5, &coarser.rhs)],
                cover(coarser.cells.0, coarser.cells.1),
            );
            let correction = bind(
                correct,
                whole,
                &[(3, solution), (6, &coarser.solutions[0])],
                cover(columns, rows),
            );
            let down = [residual, restricted];
            Coarsen {
                descend_from_zero: from_zero.iter().chain(&down).cloned().collect(),
                descend: on.iter().chain(&down).cloned().collect(),
                ascend: [correction].iter().chain(&on).cloned().collect(),
            }
        });
        Self {
            sweep_from_zero: [from_zero.clone(), from_zero],
            sweep: [on.clone(), on],
            coarsen,
        }
    }

    /// `times` times two sweeps from zero, the last of which end in a.
    fn sweep_times<'a>(&'a self, times: usize, plan: &mut Vec<&'a Dispatch>) {
        for left in (0..times).rev() {
            let launches = if left + 1 == times {
                &self.sweep_from_zero
            } else {
                &self.sweep
            };
            plan.extend(&launches[left % 2]);
        }
    }
}
