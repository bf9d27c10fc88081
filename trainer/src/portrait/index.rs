//! A grid over the scene that knows, for each of its cells, how far the nearest surface is and what may be it. Rays
//! cross empty cells in one step, and near a surface ask only the few things that are there.

use rayon::prelude::*;

use super::{
    scene::Thing,
    vector::{V, v},
};

/// What is known of a cell.
#[derive(Clone)]
pub struct Cell {
    /// Distance of the cell's middle to the nearest surface.
    pub bound: f32,
    /// What may be nearest somewhere in it, and its distance from the middle; the nearest one first.
    pub near: Vec<(f32, Thing)>,
}

/// Cells along x, y and z.
const CELLS: [usize; 3] = [65, 70, 58];
/// The corner with the least coordinates, and the side of a cell.
const CORNER: V = v(-1.95, -2.50, -1.80);
const SIDE: f32 = 0.060;

/// The grid.
#[derive(Default)]
pub struct Index {
    cells: Vec<Cell>,
}

impl Index {
    /// Asks `cell` for each cell's middle, and the distance from there to its corners.
    pub fn new(cell: impl Fn(V, f32) -> Cell + Sync) -> Self {
        let [nx, ny, nz] = CELLS;
        let reach = 0.5 * SIDE * 3.0_f32.sqrt();
        let cells = (0..nx * ny * nz)
            .into_par_iter()
            .map(|i| cell(middle([i % nx, i / nx % ny, i / (nx * ny)]), reach))
            .collect();
        Self { cells }
    }

    /// A bound of the distance at `p` to any surface, how far `p` is from the middle of its cell, and the cell; outside
    /// the grid the distance to it.
    pub fn at(&self, p: V) -> Result<(f32, f32, &Cell), f32> {
        let q = (p - CORNER) * (1.0 / SIDE);
        let [nx, ny, nz] = CELLS;
        let size = v(nx as f32, ny as f32, nz as f32);
        if q.x < 0.0 || q.y < 0.0 || q.z < 0.0 || q.x >= size.x || q.y >= size.y || q.z >= size.z {
            let out = v(
                (-q.x).max(q.x - size.x).max(0.0),
                (-q.y).max(q.y - size.y).max(0.0),
                (-q.z).max(q.z - size.z).max(0.0),
            );
            return Err(out.length() * SIDE + 0.02);
        }
        let at = [q.x as usize, q.y as usize, q.z as usize];
        let cell = &self.cells[(at[2] * ny + at[1]) * nx + at[0]];
        let away = (p - middle(at)).length();
        Ok((cell.bound - away - 0.02, away, cell))
    }

    /// Where the ray enters the grid and leaves it; nothing where it misses it.
    pub fn crossing(&self, origin: V, ray: V) -> Option<(f32, f32)> {
        let far = CORNER + v(CELLS[0] as f32, CELLS[1] as f32, CELLS[2] as f32) * SIDE;
        let (mut enter, mut leave) = (0.0_f32, f32::INFINITY);
        for axis in [|p: V| p.x, |p: V| p.y, |p: V| p.z] {
            let slope = axis(ray);
            let slope = if slope.abs() < 1e-7 { 1e-7 } else { slope };
            let (a, b) = (
                (axis(CORNER) - axis(origin)) / slope,
                (axis(far) - axis(origin)) / slope,
            );
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        (enter < leave).then_some((enter + 1e-3, leave))
    }
}

fn middle([i, j, k]: [usize; 3]) -> V {
    CORNER + v(i as f32 + 0.5, j as f32 + 0.5, k as f32 + 0.5) * SIDE
}
