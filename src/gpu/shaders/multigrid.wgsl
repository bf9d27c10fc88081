// The stages of one V-cycle for (1 - lambda Laplace) x = rhs, three colours at a time; see src/solve/multigrid.rs,
// whose arithmetic this repeats. A level's cells are 2^level pixels wide, the last of a row or column up to twice that.
//
// A launch per half sweep would be some forty launches a cycle, each too short to fill a GPU. So a workgroup takes a
// square of 32 x 32 cells to workgroup memory and does two red-black sweeps there; the cells near the border come out
// wrong, for want of neighbours, and are left to the next workgroup. Two kernels make a cycle: `descend` sweeps and hands
// the residual to the coarser level, `ascend` takes the coarser level's correction and sweeps. Both read one solution
// and write another, as neighbouring workgroups read what they write.

struct Level {
    // Width of a cell in pixels.
    cell: u32,
    // Where sweeps start: ZERO, SOLUTION or CORRECTED.
    start: u32,
    // Number of cells per row and column.
    cells: vec2u,
}

const ZERO = 0u;
const SOLUTION = 1u;
const CORRECTED = 2u;

// Side of the square in workgroup memory; vec4 of it fill the 16 KiB that every adapter has.
const SIDE = 32u;
// Two sweeps are four half sweeps, each of which spoils one more cell from the border.
const ASCEND_MARGIN = 4u;
const ASCEND_STEP = SIDE - 2u * ASCEND_MARGIN;
// Residuals next to what is left over, and one more cell for them: both even, so that red stays red.
const DESCEND_MARGIN = 6u;
const DESCEND_STEP = SIDE - 2u * DESCEND_MARGIN;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> level: Level;
@group(0) @binding(2) var<storage, read> rhs: array<vec4f>;
@group(0) @binding(3) var<storage, read> solution: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> improved: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> coarse_rhs: array<vec4f>;
@group(0) @binding(6) var<storage, read> coarse_solution: array<vec4f>;

var<workgroup> square: array<vec4f, 1024>;

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
    let distance =
        cell_centre(i + 1u, level.cell, count, size) - cell_centre(i, level.cell, count, size);
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

// Bilinear interpolation of the coarse solution.
fn correction(x: Interpolation, y: Interpolation) -> vec4f {
    let columns = coarse_count(level.cells.x);
    let top = y.left * columns;
    let bottom = y.right * columns;
    let upper = mix(coarse_solution[top + x.left], coarse_solution[top + x.right], x.weight);
    let lower = mix(coarse_solution[bottom + x.left], coarse_solution[bottom + x.right], x.weight);
    return mix(upper, lower, y.weight);
}

// The 2 x 2 cells that one thread owns: row, column and quantities of A.
struct Quad {
    // Of the first cell, in the level and in the square. Cells outside the level wrap around to huge numbers.
    at: vec2u,
    local: vec2u,
    // Widths of the two columns and heights of the two rows.
    width: vec2f,
    height: vec2f,
    // Couplings left of, between and right of the columns; above, between and below the rows.
    across: vec3f,
    down: vec3f,
}

fn quad(at: vec2u, local: vec2u) -> Quad {
    let cell = level.cell;
    let count = level.cells;
    let size = params.work;
    return Quad(
        at,
        local,
        vec2f(cell_width(at.x, cell, count.x, size.x), cell_width(at.x + 1u, cell, count.x, size.x)),
        vec2f(cell_width(at.y, cell, count.y, size.y), cell_width(at.y + 1u, cell, count.y, size.y)),
        vec3f(
            coupling(at.x - 1u, count.x, size.x),
            coupling(at.x, count.x, size.x),
            coupling(at.x + 1u, count.x, size.x),
        ),
        vec3f(
            coupling(at.y - 1u, count.y, size.y),
            coupling(at.y, count.y, size.y),
            coupling(at.y + 1u, count.y, size.y),
        ),
    );
}

fn index_of(at: vec2u) -> u32 {
    return at.y * level.cells.x + at.x;
}

// Residual rhs - A x of cell `cell` of the quad, (0, 0) to (1, 1), in xyz, the diagonal of A in w. Differences of
// neighbours are taken first: multiplied by lambda and then subtracted, values would lose what little of them differs.
fn residual(q: Quad, cell: vec2u, right: vec4f) -> vec4f {
    let second = cell == vec2u(1u);
    let size = select(vec2f(q.width.x, q.height.x), vec2f(q.width.y, q.height.y), second);
    let before = select(vec2f(q.across.x, q.down.x), vec2f(q.across.y, q.down.y), second) * size.yx;
    let after = select(vec2f(q.across.y, q.down.y), vec2f(q.across.z, q.down.z), second) * size.yx;
    let local = q.local + cell;
    let i = local.y * SIDE + local.x;
    let here = square[i].xyz;
    let left_of = square[select(i, i - 1u, local.x > 0u)].xyz;
    let right_of = square[select(i, i + 1u, local.x + 1u < SIDE)].xyz;
    let above = square[select(i, i - SIDE, local.y > 0u)].xyz;
    let below = square[select(i, i + SIDE, local.y + 1u < SIDE)].xyz;
    let area = size.x * size.y;
    var sum = vec4f(right.xyz - area * here, area);
    sum += before.x * vec4f(left_of - here, 1.0);
    sum += after.x * vec4f(right_of - here, 1.0);
    sum += before.y * vec4f(above - here, 1.0);
    sum += after.y * vec4f(below - here, 1.0);
    return sum;
}

fn load_rhs(at: vec2u) -> vec4f {
    if (any(at >= level.cells)) {
        return vec4f(0.0);
    }
    return rhs[index_of(at)];
}

fn load_solution(at: vec2u) -> vec4f {
    if (level.start == ZERO || any(at >= level.cells)) {
        return vec4f(0.0);
    }
    return solution[index_of(at)];
}

fn load_square(q: Quad) {
    for (var k = 0u; k < 4u; k++) {
        let cell = vec2u(k & 1u, k >> 1u);
        square[(q.local.y + cell.y) * SIDE + q.local.x + cell.x] = load_solution(q.at + cell);
    }
}

// Two red-black Gauss-Seidel sweeps of the square: cells with even i + j, then the odd ones. Loops instead of four copies
// of the stencil: some drivers take seconds for those, and the others unroll.
fn sweep(q: Quad, rhs_00: vec4f, rhs_10: vec4f, rhs_01: vec4f, rhs_11: vec4f) {
    for (var half = 0u; half < 4u; half++) {
        workgroupBarrier();
        let black = half & 1u;
        for (var k = 0u; k < 2u; k++) {
            let cell = vec2u(k, k ^ black);
            let red_rhs = select(rhs_00, rhs_11, k == 1u);
            let black_rhs = select(rhs_01, rhs_10, k == 1u);
            let defect = residual(q, cell, select(red_rhs, black_rhs, black == 1u));
            square[(q.local.y + cell.y) * SIDE + q.local.x + cell.x] += vec4f(defect.xyz / defect.w, 0.0);
        }
    }
    workgroupBarrier();
}

// Writes the cells that belong to this workgroup and exist.
fn store_quad(q: Quad, margin: u32) {
    for (var k = 0u; k < 4u; k++) {
        let cell = vec2u(k & 1u, k >> 1u);
        let local = q.local + cell;
        let at = q.at + cell;
        let inside = all(local >= vec2u(margin)) && all(local < vec2u(SIDE - margin));
        if (inside && all(at < level.cells)) {
            improved[index_of(at)] = square[local.y * SIDE + local.x];
        }
    }
}

// Two sweeps, from zero, from the solution or from the solution with the coarser level's correction.
@compute @workgroup_size(16, 16)
fn ascend(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) id: vec3u) {
    let local = 2u * id.xy;
    let at = workgroup.xy * ASCEND_STEP + local - ASCEND_MARGIN;
    let q = quad(at, local);
    let i = local.y * SIDE + local.x;
    load_square(q);
    if (level.start == CORRECTED) {
        // Cells beyond the level have couplings of zero: whatever is added there goes nowhere.
        let last = level.cells - 1u;
        let left = interpolation(min(at.x, last.x), level.cells.x, params.work.x);
        let right = interpolation(min(at.x + 1u, last.x), level.cells.x, params.work.x);
        let top = interpolation(min(at.y, last.y), level.cells.y, params.work.y);
        let bottom = interpolation(min(at.y + 1u, last.y), level.cells.y, params.work.y);
        square[i] += correction(left, top);
        square[i + 1u] += correction(right, top);
        square[i + SIDE] += correction(left, bottom);
        square[i + SIDE + 1u] += correction(right, bottom);
    }
    sweep(
        q,
        load_rhs(at),
        load_rhs(at + vec2u(1u, 0u)),
        load_rhs(at + vec2u(0u, 1u)),
        load_rhs(at + 1u),
    );
    store_quad(q, ASCEND_MARGIN);
}

// Two sweeps, from zero or from the solution; then the residual is collected into the coarse cells, by the adjoint of the
// interpolation. A coarse cell draws on four fine cells per axis, the last but one on five where the last one is wide.
@compute @workgroup_size(16, 16)
fn descend(
    @builtin(workgroup_id) workgroup: vec3u,
    @builtin(local_invocation_id) id: vec3u,
    @builtin(local_invocation_index) number: u32,
) {
    let local = 2u * id.xy;
    let at = workgroup.xy * DESCEND_STEP + local - DESCEND_MARGIN;
    let q = quad(at, local);
    let i = local.y * SIDE + local.x;
    let rhs_00 = load_rhs(at);
    let rhs_10 = load_rhs(at + vec2u(1u, 0u));
    let rhs_01 = load_rhs(at + vec2u(0u, 1u));
    let rhs_11 = load_rhs(at + 1u);
    load_square(q);
    sweep(q, rhs_00, rhs_10, rhs_01, rhs_11);
    store_quad(q, DESCEND_MARGIN);

    var left: array<vec4f, 4>;
    for (var k = 0u; k < 4u; k++) {
        let upper = select(rhs_00, rhs_10, (k & 1u) == 1u);
        let lower = select(rhs_01, rhs_11, (k & 1u) == 1u);
        left[k] = residual(q, vec2u(k & 1u, k >> 1u), select(upper, lower, k > 1u));
    }
    workgroupBarrier();
    for (var k = 0u; k < 4u; k++) {
        square[i + (k >> 1u) * SIDE + (k & 1u)] = left[k];
    }
    workgroupBarrier();

    let side = DESCEND_STEP / 2u;
    let coarse_local = vec2u(number % side, number / side);
    let coarse = workgroup.xy * side + coarse_local;
    let columns = coarse_count(level.cells.x);
    if (coarse_local.y >= side || coarse.x >= columns || coarse.y >= coarse_count(level.cells.y)) {
        return;
    }
    // The first fine cell, in the level and in the square.
    let fine = 2u * coarse - 1u;
    let first = 2u * coarse_local + DESCEND_MARGIN - 1u;
    var weights: array<f32, 5>;
    for (var column = 0u; column < 5u; column++) {
        weights[column] =
            restriction_weight(fine.x + column, coarse.x, level.cells.x, params.work.x);
    }
    var sum = vec3f(0.0);
    for (var row = 0u; row < 5u; row++) {
        let v = restriction_weight(fine.y + row, coarse.y, level.cells.y, params.work.y);
        let line = (first.y + row) * SIDE + first.x;
        for (var column = 0u; column < 5u; column++) {
            sum += v * weights[column] * square[line + column].xyz;
        }
    }
    coarse_rhs[coarse.y * columns + coarse.x] = vec4f(sum, 0.0);
}
