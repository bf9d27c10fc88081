// What both schemes of a V-cycle for (1 - lambda Laplace) x = rhs, three colours at a time, have in common; see
// src/solve/multigrid.rs, whose arithmetic this repeats. A level's cells are 2^level pixels wide, the last of a row or column
// up to twice that.

struct Level {
    // Width of a cell in pixels.
    cell: u32,
    // Where sweeps start: ZERO, SOLUTION or CORRECTED.
    start: u32,
    // Number of cells per row and column.
    cells: vec2u,
    // Which cells a half sweep takes: those with even i + j (0) or the odd ones (1).
    colour: u32,
}

const ZERO = 0u;
const SOLUTION = 1u;
const CORRECTED = 2u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> level: Level;
@group(0) @binding(2) var<storage, read> rhs: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> coarse_rhs: array<vec4f>;
@group(0) @binding(6) var<storage, read> coarse_solution: array<vec4f>;

// Width in pixels of cell `i` of `count` cells of `cell` pixels, on an axis of `size` pixels.
fn cell_width(i: u32, cell: u32, count: u32, size: u32) -> f32 {
    return f32(select(cell, size - i * cell, i + 1u == count));
}

// Centre of that cell in pixels.
fn cell_centre(i: u32, cell: u32, count: u32, size: u32) -> f32 {
    return f32(i * cell) + 0.5 * cell_width(i, cell, count, size);
}

// Coupling of cells `i` and `i + 1` per pixel of their common face; zero where one of them does not exist, be it -1 as
// an unsigned number.
fn coupling(i: u32, count: u32, size: u32) -> f32 {
    // All cells but the last are `level.cell` wide.
    let distance = 0.5 * (f32(level.cell) + cell_width(i + 1u, level.cell, count, size));
    return select(0.0, params.lambda / distance, i < count && i + 1u < count);
}

fn coarse_count(count: u32) -> u32 {
    return max(count / 2u, 1u);
}

// Interpolation of a cell from the next coarser level: the two coarse cells and the right one's weight.
struct Interpolation {
    left: u32,
    right: u32,
    weight: f32,
}

fn interpolation(i: u32, count: u32, size: u32) -> Interpolation {
    let cell = 2u * level.cell;
    let coarse = coarse_count(count);
    let centre = cell_centre(i, level.cell, count, size);
    var left = min(i / 2u, coarse - 1u);
    if (centre < cell_centre(left, cell, coarse, size)) {
        left = max(left, 1u) - 1u;
    }
    var weight = 0.0;
    if (left + 1u < coarse) {
        let begin = cell_centre(left, cell, coarse, size);
        let end = cell_centre(left + 1u, cell, coarse, size);
        weight = clamp((centre - begin) / (end - begin), 0.0, 1.0);
    }
    return Interpolation(left, min(left + 1u, coarse - 1u), weight);
}

// Weight of fine cell `i` in coarse cell `coarse`, zero for cells that do not exist.
fn restriction_weight(i: u32, coarse: u32, count: u32, size: u32) -> f32 {
    let fine = interpolation(i, count, size);
    let right_weight = select(0.0, fine.weight, fine.left + 1u == coarse);
    let weight = select(right_weight, 1.0 - fine.weight, fine.left == coarse);
    return select(0.0, weight, i < count);
}

// The weights of five fine cells from `2 * coarse - 1` on, be it -1 as an unsigned number. A coarse cell draws on four per
// axis, the last but one on five where the last one is wide.
fn restriction_weights(coarse: u32, count: u32, size: u32) -> array<f32, 5> {
    var weights: array<f32, 5>;
    for (var k = 0u; k < 5u; k++) {
        weights[k] = restriction_weight(2u * coarse + k - 1u, coarse, count, size);
    }
    return weights;
}

// Bilinear interpolation of the coarse solution.
fn correction(x: Interpolation, y: Interpolation) -> vec4f {
    let columns = coarse_count(level.cells.x);
    let top = y.left * columns;
    let bottom = y.right * columns;
    let upper = mix(coarse_solution[top + x.left], coarse_solution[top + x.right], x.weight);
    let lower = mix(coarse_solution[bottom + x.left], coarse_solution[bottom + x.right], x.weight);
    return mix(upper, lower, y.weight);
}

fn index_of(at: vec2u) -> u32 {
    return at.y * level.cells.x + at.x;
}

// Row of A for one cell.
struct Stencil {
    // Width and height.
    size: vec2f,
    // What couples it to its neighbours left and above; right and below.
    before: vec2f,
    after: vec2f,
}

// Residual rhs - A x of a cell in xyz, the diagonal of A in w. Differences of neighbours are taken first: multiplied by lambda
// and then subtracted, values would lose what little of them differs. `across` are the neighbours left and right, `down` those
// above and below.
fn residual(a: Stencil, right: vec3f, here: vec3f, across: array<vec3f, 2>, down: array<vec3f, 2>) -> vec4f {
    let area = a.size.x * a.size.y;
    var sum = vec4f(right - area * here, area);
    sum += a.before.x * vec4f(across[0] - here, 1.0);
    sum += a.after.x * vec4f(across[1] - here, 1.0);
    sum += a.before.y * vec4f(down[0] - here, 1.0);
    sum += a.after.y * vec4f(down[1] - here, 1.0);
    return sum;
}
