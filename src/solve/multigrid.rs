//! Multigrid for `(1 − λΔ) x = rhs` with Neumann boundary on a grid of any size.
//!
//! Cell-centred, geometric: two cells become one along each axis, and where their number is odd the last coarse cell
//! takes three. (A last cell left thinner than the others instead slowed some sizes to half the convergence.) Every
//! level is the finite-volume operator on its true cell widths, `A = area + λ·Σ face / distance`, so no level needs a
//! size of a special form, and `A` stays symmetric positive definite. Interpolation is bilinear between cell centres, restriction its adjoint, smoothing red-black Gauss-Seidel.
//! The screening term bounds the depth: once a cell is wider than √(4λ) pixels, a few sweeps solve that level.
//! See Trottenberg, Oosterlee, Schüller, "Multigrid", §§2.8 and 4.

/// Red-black sweeps before and after the coarse-grid correction.
pub const SWEEPS: usize = 2;
/// Red-black sweeps that solve the coarsest level.
pub const COARSEST_SWEEPS: usize = 6;
/// V-cycles from a zero start; each reduces the residual at least tenfold (15 to 300 times, measured over λ from 0.1
/// to 1000).
pub const CYCLES: usize = 5;

/// One axis of one level.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Cell widths in pixels: `2^level`, the last one up to twice that.
    pub widths: Vec<f32>,
    /// λ over the distance to the next cell's centre; zero after the last cell.
    pub couplings: Vec<f32>,
    /// For interpolation from the next coarser level: the left one of the two coarse cells, and the weight of the right
    /// one. The right one does not exist where its weight is zero at the end of the axis.
    pub interpolation: Vec<(usize, f32)>,
}

impl Axis {
    /// `size` pixels in cells of `cell` pixels.
    pub fn new(size: usize, cell: usize, lambda: f32) -> Self {
        let widths = cell_widths(size, cell);
        let centres = cell_centres(size, cell);
        let couplings = (0..widths.len())
            .map(|i| {
                centres
                    .get(i + 1)
                    .map_or(0.0, |next| lambda / (next - centres[i]))
            })
            .collect();
        let coarse = cell_centres(size, 2 * cell);
        let interpolation = centres
            .iter()
            .enumerate()
            .map(|(i, &centre)| {
                // The coarse cell that holds this one, or its left neighbour where this centre lies left of its own.
                let own = (i / 2).min(coarse.len() - 1);
                let left = if centre < coarse[own] {
                    own.saturating_sub(1)
                } else {
                    own
                };
                let weight = match coarse.get(left + 1) {
                    Some(right) => {
                        ((centre - coarse[left]) / (right - coarse[left])).clamp(0.0, 1.0)
                    }
                    None => 0.0,
                };
                (left, weight)
            })
            .collect();
        Self {
            widths,
            couplings,
            interpolation,
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.widths.len()
    }

    /// Never: an axis has at least one cell.
    pub fn is_empty(&self) -> bool {
        self.widths.is_empty()
    }
}

fn cell_widths(size: usize, cell: usize) -> Vec<f32> {
    let count = (size / cell).max(1);
    let mut widths = vec![cell as f32; count];
    widths[count - 1] = (size - (count - 1) * cell) as f32;
    widths
}

fn cell_centres(size: usize, cell: usize) -> Vec<f32> {
    cell_widths(size, cell)
        .iter()
        .enumerate()
        .map(|(i, width)| (i * cell) as f32 + width / 2.0)
        .collect()
}

/// Number of levels for a `width × height` image: coarsened until a cell is wider than √(4λ) pixels or the whole image.
pub fn level_count(width: usize, height: usize, lambda: f32) -> usize {
    let mut levels = 1;
    let mut cell = 1_usize;
    while ((cell * cell) as f32) < 4.0 * lambda && cell < width.max(height) {
        cell *= 2;
        levels += 1;
    }
    levels
}

/// What a cell holds: one channel, or several of a pixel that are solved together.
pub trait Value:
    Copy
    + Default
    + core::ops::Add<Output = Self>
    + core::ops::Sub<Output = Self>
    + core::ops::Mul<f32, Output = Self>
{
}

impl Value for f32 {}

/// Four channels of a pixel, which one vector instruction handles at once: three of them make a solve take a third of
/// the time, and the red-black order leaves no other vectors to be had.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(align(16))]
pub struct Four(pub [f32; 4]);

impl core::ops::Add for Four {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(core::array::from_fn(|k| self.0[k] + other.0[k]))
    }
}

impl core::ops::Sub for Four {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(core::array::from_fn(|k| self.0[k] - other.0[k]))
    }
}

impl core::ops::Mul<f32> for Four {
    type Output = Self;

    #[inline(always)]
    fn mul(self, factor: f32) -> Self {
        Self(self.0.map(|value| value * factor))
    }
}

impl Value for Four {}

/// A solver for one image size and λ.
#[derive(Clone, Debug)]
pub struct Multigrid {
    levels: Vec<Level>,
}

#[derive(Clone, Debug)]
struct Level {
    x: Axis,
    y: Axis,
}

impl Multigrid {
    /// Prepares all levels for `width × height` pixels. `lambda` ≥ 0.
    pub fn new(width: usize, height: usize, lambda: f32) -> Self {
        let levels = (0..level_count(width, height, lambda))
            .map(|level| Level {
                x: Axis::new(width, 1 << level, lambda),
                y: Axis::new(height, 1 << level, lambda),
            })
            .collect();
        Self { levels }
    }

    /// Writes the solution for `rhs` into `solution`, both `height · width` values, by [`CYCLES`] V-cycles from zero.
    pub fn solve<V: Value>(&self, rhs: &[V], solution: &mut [V]) {
        self.solve_by(CYCLES, rhs, solution);
    }

    /// Likewise by `cycles` V-cycles.
    pub fn solve_by<V: Value>(&self, cycles: usize, rhs: &[V], solution: &mut [V]) {
        solution.fill(V::default());
        for _ in 0..cycles {
            self.cycle(0, rhs, solution);
        }
    }

    /// One V-cycle on `level`: improves `solution` of `A x = rhs`, the right-hand side integrated over each cell.
    fn cycle<V: Value>(&self, level: usize, rhs: &[V], solution: &mut [V]) {
        let grid = &self.levels[level];
        let Some(coarse) = self.levels.get(level + 1) else {
            grid.smooth(COARSEST_SWEEPS, rhs, solution, |_, _| {}, |_, _| {});
            return;
        };
        let mut restriction = Restriction::new(grid, coarse);
        grid.smooth(
            SWEEPS,
            rhs,
            solution,
            |_, _| {},
            |j, solution| {
                restriction.add(j, |line| grid.write_residual(j, rhs, solution, line));
            },
        );
        let coarse_rhs = restriction.sums;
        let mut correction = vec![V::default(); coarse_rhs.len()];
        self.cycle(level + 1, &coarse_rhs, &mut correction);
        let mut prolongation = Prolongation::new(grid, coarse, &correction);
        grid.smooth(
            SWEEPS,
            rhs,
            solution,
            |j, cells| prolongation.add_to(j, cells),
            |_, _| {},
        );
    }
}

/// One row of a level, as the loops over its cells need it.
struct Row {
    /// Where it begins among the level's cells.
    start: usize,
    /// From a cell to the ones above and below; zero where there is none, whose coupling is zero too.
    up: usize,
    down: usize,
    height: f32,
    couplings: (f32, f32),
}

/// A's entries for a cell: its area, and what couples it to its neighbours.
struct Stencil {
    area: f32,
    left: f32,
    right: f32,
    up: f32,
    down: f32,
}

impl Stencil {
    fn diagonal(&self) -> f32 {
        self.area + self.left + self.right + self.up + self.down
    }

    /// The residual `rhs − A x` of a cell with the neighbours left, right, above and below. Differences are taken first:
    /// multiplied by λ and then subtracted, values would lose what little of them differs.
    #[inline(always)]
    fn residual<V: Value>(&self, rhs: V, here: V, [left, right, above, below]: [V; 4]) -> V {
        rhs - here * self.area
            + (left - here) * self.left
            + (right - here) * self.right
            + (above - here) * self.up
            + (below - here) * self.down
    }
}

impl Level {
    fn row(&self, j: usize) -> Row {
        let (columns, rows) = (self.x.len(), self.y.len());
        Row {
            start: j * columns,
            up: if j > 0 { columns } else { 0 },
            down: if j + 1 < rows { columns } else { 0 },
            height: self.y.widths[j],
            couplings: (
                if j > 0 { self.y.couplings[j - 1] } else { 0.0 },
                self.y.couplings[j],
            ),
        }
    }

    /// For column `i` of a row.
    #[inline(always)]
    fn stencil(&self, row: &Row, i: usize) -> Stencil {
        let width = self.x.widths[i];
        let to_left = if i > 0 { self.x.couplings[i - 1] } else { 0.0 };
        Stencil {
            area: width * row.height,
            left: row.height * to_left,
            right: row.height * self.x.couplings[i],
            up: width * row.couplings.0,
            down: width * row.couplings.1,
        }
    }

    /// Diagonal of A and residual `rhs − A x` in column `i` of any row.
    fn residual_at<V: Value>(&self, row: &Row, rhs: &[V], solution: &[V], i: usize) -> (f32, V) {
        let at = row.start + i;
        let stencil = self.stencil(row, i);
        let right = if i + 1 < self.x.len() { at + 1 } else { at };
        let around = [at - i.min(1), right, at - row.up, at + row.down].map(|k| solution[k]);
        let residual = stencil.residual(rhs[at], solution[at], around);
        (stencil.diagonal(), residual)
    }

    /// The columns of a row in which all cells have one stencil, that of column 1: away from the border, and from the
    /// last cell, which may be wider. None in the first and the last row.
    fn inside(&self, row: &Row) -> core::ops::Range<usize> {
        let columns = self.x.len();
        if row.up == 0 || row.down == 0 || columns < 4 {
            return 0..0;
        }
        1..columns - 2
    }

    /// Red-black Gauss-Seidel sweeps: in each the cells with even `i + j`, then the odd ones. All of them go over the
    /// image together, each half a sweep one row behind the one before, which is as far as they depend on each other:
    /// so each row comes from memory once. `prepare` is called with each row before it and its neighbours are smoothed,
    /// `finish` with each row's number and the solution, in which that row and its neighbours have been smoothed.
    fn smooth<V: Value>(
        &self,
        sweeps: usize,
        rhs: &[V],
        solution: &mut [V],
        mut prepare: impl FnMut(usize, &mut [V]),
        mut finish: impl FnMut(usize, &[V]),
    ) {
        let (columns, rows, halves) = (self.x.len(), self.y.len(), 2 * sweeps);
        for step in 0..=rows + halves {
            if step < rows {
                prepare(step, &mut solution[step * columns..][..columns]);
            }
            for half in 0..halves.min(step) {
                let j = step - 1 - half;
                if j < rows {
                    self.smooth_row(j, half % 2, rhs, solution);
                }
            }
            if let Some(j) = step.checked_sub(halves + 1) {
                finish(j, solution);
            }
        }
    }

    /// Smooths the cells of row `j` with even (`colour` 0) or odd `i + j`.
    fn smooth_row<V: Value>(&self, j: usize, colour: usize, rhs: &[V], solution: &mut [V]) {
        let (row, columns) = (self.row(j), self.x.len());
        let first = (j + colour) % 2;
        let inside = self.inside(&row);
        if !inside.is_empty() {
            let stencil = self.stencil(&row, 1);
            let inverse = 1.0 / stencil.diagonal();
            let (before, rest) = solution.split_at_mut(row.start);
            let (here, after) = rest.split_at_mut(columns);
            let above = &before[row.start - columns..];
            let (below, rhs) = (&after[..columns], &rhs[row.start..][..columns]);
            for i in (2 - first..inside.end).step_by(2) {
                let around = [here[i - 1], here[i + 1], above[i], below[i]];
                here[i] = here[i] + stencil.residual(rhs[i], here[i], around) * inverse;
            }
        }
        for i in (first..columns).step_by(2).filter(outside(inside)) {
            let (diagonal, residual) = self.residual_at(&row, rhs, solution, i);
            let cell = &mut solution[row.start + i];
            *cell = *cell + residual * (1.0 / diagonal);
        }
    }

    /// Row `j` of the residual `rhs − A x`; of the odd cells too, although they were smoothed last: where λ is large,
    /// what rounding leaves of them counts.
    fn write_residual<V: Value>(&self, j: usize, rhs: &[V], solution: &[V], line: &mut [V]) {
        let row = self.row(j);
        let columns = line.len();
        let inside = self.inside(&row);
        if !inside.is_empty() {
            let stencil = self.stencil(&row, 1);
            let [above, here, below] = [row.start - columns, row.start, row.start + columns]
                .map(|start| &solution[start..][..columns]);
            let rhs = &rhs[row.start..][..columns];
            for i in inside.clone() {
                let around = [here[i - 1], here[i + 1], above[i], below[i]];
                line[i] = stencil.residual(rhs[i], here[i], around);
            }
        }
        for i in (0..columns).filter(outside(inside)) {
            line[i] = self.residual_at(&row, rhs, solution, i).1;
        }
    }
}

/// Whether a column lies outside of those.
fn outside(inside: core::ops::Range<usize>) -> impl Fn(&usize) -> bool {
    move |i| !inside.contains(i)
}

/// The adjoint of the interpolation from a coarser level, row by row: collects values into coarse cells, keeping the sum.
struct Restriction<'a, V> {
    fine: &'a Level,
    columns: usize,
    rows: usize,
    sums: Vec<V>,
    /// A row of the fine level, and the same collected along the row.
    values: Vec<V>,
    line: Vec<V>,
}

impl<'a, V: Value> Restriction<'a, V> {
    fn new(fine: &'a Level, coarse: &Level) -> Self {
        let (columns, rows) = (coarse.x.len(), coarse.y.len());
        Self {
            fine,
            columns,
            rows,
            sums: vec![V::default(); columns * rows],
            values: vec![V::default(); fine.x.len()],
            line: vec![V::default(); columns],
        }
    }

    /// Adds row `j` of the fine level, which `write` gives.
    fn add(&mut self, j: usize, write: impl FnOnce(&mut [V])) {
        write(&mut self.values);
        self.line.fill(V::default());
        for (value, &(left, u)) in self.values.iter().zip(&self.fine.x.interpolation) {
            let right = (left + 1).min(self.columns - 1);
            self.line[left] = self.line[left] + *value * (1.0 - u);
            self.line[right] = self.line[right] + *value * u;
        }
        let (top, v) = self.fine.y.interpolation[j];
        let bottom = (top + 1).min(self.rows - 1);
        for (row, weight) in [(top, 1.0 - v), (bottom, v)] {
            let sums = &mut self.sums[row * self.columns..];
            for (sum, value) in sums.iter_mut().zip(&self.line) {
                *sum = *sum + *value * weight;
            }
        }
    }
}

/// The bilinear interpolation from a coarser level, row by row.
struct Prolongation<'a, V> {
    fine: &'a Level,
    columns: usize,
    rows: usize,
    coarse: &'a [V],
    /// A row of the fine level's height and the coarse one's columns.
    line: Vec<V>,
}

impl<'a, V: Value> Prolongation<'a, V> {
    fn new(fine: &'a Level, coarse: &Level, values: &'a [V]) -> Self {
        let (columns, rows) = (coarse.x.len(), coarse.y.len());
        Self {
            fine,
            columns,
            rows,
            coarse: values,
            line: vec![V::default(); columns],
        }
    }

    /// Adds row `j` of the interpolation to `cells`.
    fn add_to(&mut self, j: usize, cells: &mut [V]) {
        let (top, v) = self.fine.y.interpolation[j];
        let bottom = (top + 1).min(self.rows - 1);
        let row = |row: usize| &self.coarse[row * self.columns..][..self.columns];
        for (value, (upper, lower)) in self.line.iter_mut().zip(row(top).iter().zip(row(bottom))) {
            *value = *upper * (1.0 - v) + *lower * v;
        }
        for (value, &(left, u)) in cells.iter_mut().zip(&self.fine.x.interpolation) {
            let right = (left + 1).min(self.columns - 1);
            *value = *value + self.line[left] * (1.0 - u) + self.line[right] * u;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::solve_dct;
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    const SIZES: [(usize, usize); 9] = [
        (1, 1),
        (1, 100),
        (37, 1),
        (17, 23),
        (64, 64),
        (65, 129),
        (4097, 3),
        (5, 1025),
        (200, 131),
    ];

    fn norm(values: impl Iterator<Item = f64>) -> f64 {
        values.map(|v| v * v).sum::<f64>().sqrt()
    }

    #[test]
    fn solution_agrees_with_the_dct() {
        let mut rng = StdRng::seed_from_u64(5);
        for (width, height) in SIZES {
            for lambda in [0.0, 0.1, 1.0, 10.0, 100.0, 1000.0] {
                let rhs: Vec<f32> = (0..width * height)
                    .map(|i| rng.random_range(-1.0..1.0) + ((i % width) as f32 * 0.05).sin())
                    .collect();
                let mut solution = vec![0.0; rhs.len()];
                Multigrid::new(width, height, lambda).solve(&rhs, &mut solution);
                let rhs: Vec<f64> = rhs.into_iter().map(f64::from).collect();
                let exact = solve_dct(&rhs, width, height, f64::from(lambda));
                let error = norm(solution.iter().zip(&exact).map(|(a, b)| f64::from(*a) - b))
                    / norm(exact.iter().copied());
                assert!(error < 2e-5, "{width}×{height} λ={lambda}: {error:.1e}");
            }
        }
    }

    #[test]
    fn each_cycle_reduces_the_residual_tenfold() {
        let mut rng = StdRng::seed_from_u64(6);
        for (width, height) in SIZES {
            for lambda in [0.1, 1.0, 10.0, 100.0, 1000.0] {
                let solver = Multigrid::new(width, height, lambda);
                let rhs: Vec<f32> = (0..width * height)
                    .map(|_| rng.random_range(-1.0..1.0))
                    .collect();
                let mut solution = vec![0.0; rhs.len()];
                let size = |solution: &[f32]| {
                    let level = &solver.levels[0];
                    norm((0..rhs.len()).map(|at| {
                        let row = level.row(at / width);
                        f64::from(level.residual_at(&row, &rhs, solution, at % width).1)
                    }))
                };
                let start = size(&solution);
                for _ in 0..3 {
                    solver.cycle(0, &rhs, &mut solution);
                }
                let rate = (size(&solution) / start).cbrt();
                assert!(rate < 0.1, "{width}×{height} λ={lambda}: {rate:.3}");
            }
        }
    }

    #[test]
    fn four_channels_are_solved_as_each_alone() {
        let mut rng = StdRng::seed_from_u64(8);
        for (width, height) in SIZES {
            let solver = Multigrid::new(width, height, 10.0);
            let rhs: Vec<Four> = (0..width * height)
                .map(|_| Four(core::array::from_fn(|_| rng.random_range(-1.0..1.0))))
                .collect();
            let mut together = vec![Four::default(); rhs.len()];
            solver.solve(&rhs, &mut together);
            for channel in 0..4 {
                let rhs: Vec<f32> = rhs.iter().map(|cell| cell.0[channel]).collect();
                let mut alone = vec![0.0; rhs.len()];
                solver.solve(&rhs, &mut alone);
                for (four, one) in together.iter().zip(&alone) {
                    assert!((four.0[channel] - one).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn restriction_is_the_adjoint_of_interpolation() {
        let mut rng = StdRng::seed_from_u64(7);
        let mut random =
            |n: usize| -> Vec<f32> { (0..n).map(|_| rng.random_range(-1.0..1.0)).collect() };
        for (width, height) in [(1, 1), (1, 7), (17, 23), (64, 3), (9, 10)] {
            let solver = Multigrid::new(width, height, 1000.0);
            for pair in solver.levels.windows(2) {
                let (fine, coarse) = (&pair[0], &pair[1]);
                let (columns, rows) = (coarse.x.len(), coarse.y.len());
                let a = random(fine.x.len() * fine.y.len());
                let b = random(columns * rows);
                let mut interpolated = vec![0.0; a.len()];
                let mut prolongation = Prolongation::new(fine, coarse, &b);
                for (j, cells) in interpolated.chunks_exact_mut(fine.x.len()).enumerate() {
                    prolongation.add_to(j, cells);
                }
                let dot =
                    |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
                let left = dot(&a, &interpolated);
                let mut restriction = Restriction::new(fine, coarse);
                for (j, row) in a.chunks_exact(fine.x.len()).enumerate() {
                    restriction.add(j, |line| line.copy_from_slice(row));
                }
                let right = dot(&restriction.sums, &b);
                assert!((left - right).abs() < 1e-4, "{left} {right}");
            }
        }
    }
}
