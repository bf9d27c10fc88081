// The stages of one V-cycle for (1 - lambda Laplace) x = rhs, three colours at a time; see src/reconstruct/multigrid.rs,
// whose arithmetic this repeats. A level's cells are 2^level pixels wide, the last of a row or column up to twice that.
//
// A launch per half sweep would be some forty launches a cycle, each too short to fill a GPU. So a workgroup takes a
// square of 32 x 32 cells to workgroup memory and does two red-black sweeps there; the cells near the border come out
// wrong, for want of neighbours, and are left to the next workgroup. Two kernels make a cycle: `descend` sweeps and hands
// the residual to the coarser level, `ascend` takes the coarser level's correction and sweeps. Both read one solution
// and write another, as neighbouring workgroups read what they write.

struct Params {
    full: vec2u,
    work: vec2u,
    lambda: f32,
    strength: f32,
}

struct Level {
    // Width of a cell in pixels.
    cell: u32,
    // Number of cells per row and column.
    cells: vec2u,
}

// Where sweeps start.
const ZERO = 0u;
const SOLUTION = 1u;
const CORRECTED = 2u;
override start: u32 = 0u;

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

// Number of cells of `cell` pixels on an axis of `size` pixels.
fn cell_count(cell: u32, size: u32) -> u32 {
    return max(size / cell, 1u);
}

// Width of cell `i` among them in pixels.
fn cell_width(i: u32, cell: u32, size: u32) -> f32 {
    return f32(select(cell, size - i * cell, i + 1u == cell_count(cell, size)));
}

// Centre of that cell in pixels.
fn cell_centre(i: u32, cell: u32, size: u32) -> f32 {
    return f32(i * cell) + 0.5 * cell_width(i, cell, size);
}

// Coupling of cells `i` and `i + 1` per pixel of their common face; zero where one of them does not exist, be it -1 as
// an unsigned number.
fn coupling(i: u32, size: u32) -> f32 {
    let count = cell_count(level.cell, size);
    let distance = cell_centre(i + 1u, level.cell, size) - cell_centre(i, level.cell, size);
    return select(0.0, params.lambda / distance, i < count && i + 1u < count);
}

// Interpolation of cell `i` from the next coarser level: the left coarse cell and the right one's weight.
struct Interpolation {
    left: u32,
    weight: f32,
}

fn interpolation(i: u32, size: u32) -> Interpolation {
    let coarse_cell = 2u * level.cell;
    let count = cell_count(coarse_cell, size);
    let centre = cell_centre(i, level.cell, size);
    var left = min(i / 2u, count - 1u);
    if (centre < cell_centre(left, coarse_cell, size)) {
        left = max(left, 1u) - 1u;
    }
    var weight = 0.0;
    if (left + 1u < count) {
        let begin = cell_centre(left, coarse_cell, size);
        let end = cell_centre(left + 1u, coarse_cell, size);
        weight = clamp((centre - begin) / (end - begin), 0.0, 1.0);
    }
    return Interpolation(left, weight);
}

// Weight of fine cell `i` in coarse cell `coarse`, zero for cells that do not exist.
fn restriction_weight(i: u32, coarse: u32, size: u32) -> f32 {
    if (i >= cell_count(level.cell, size)) {
        return 0.0;
    }
    let fine = interpolation(i, size);
    if (fine.left == coarse) {
        return 1.0 - fine.weight;
    }
    return select(0.0, fine.weight, fine.left + 1u == coarse);
}

// Bilinear interpolation of the coarse solution at cell `at`.
fn correction(at: vec2u) -> vec4f {
    let cells = max(level.cells / 2u, vec2u(1u));
    let x = interpolation(at.x, params.full.x);
    let y = interpolation(at.y, params.full.y);
    let right = min(x.left + 1u, cells.x - 1u);
    let top = y.left * cells.x;
    let bottom = min(y.left + 1u, cells.y - 1u) * cells.x;
    let upper = mix(coarse_solution[top + x.left], coarse_solution[top + right], x.weight);
    let lower = mix(coarse_solution[bottom + x.left], coarse_solution[bottom + right], x.weight);
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
    let size = params.full;
    return Quad(
        at,
        local,
        vec2f(cell_width(at.x, level.cell, size.x), cell_width(at.x + 1u, level.cell, size.x)),
        vec2f(cell_width(at.y, level.cell, size.y), cell_width(at.y + 1u, level.cell, size.y)),
        vec3f(coupling(at.x - 1u, size.x), coupling(at.x, size.x), coupling(at.x + 1u, size.x)),
        vec3f(coupling(at.y - 1u, size.y), coupling(at.y, size.y), coupling(at.y + 1u, size.y)),
    );
}

fn index_of(at: vec2u) -> u32 {
    return at.y * level.cells.x + at.x;
}

// Residual rhs - A x of one cell of the quad in xyz, the diagonal of A in w. Differences of neighbours are taken first:
// multiplied by lambda and then subtracted, values would lose what little of them differs.
fn residual(local: vec2u, right: vec4f, size: vec2f, across: vec2f, down: vec2f) -> vec4f {
    let i = local.y * SIDE + local.x;
    let here = square[i].xyz;
    let left_of = square[select(i, i - 1u, local.x > 0u)].xyz;
    let right_of = square[select(i, i + 1u, local.x + 1u < SIDE)].xyz;
    let above = square[select(i, i - SIDE, local.y > 0u)].xyz;
    let below = square[select(i, i + SIDE, local.y + 1u < SIDE)].xyz;
    let area = size.x * size.y;
    let weights = vec4f(size.y * across, size.x * down);
    var sum = vec4f(right.xyz - area * here, area);
    sum += weights.x * vec4f(left_of - here, 1.0);
    sum += weights.y * vec4f(right_of - here, 1.0);
    sum += weights.z * vec4f(above - here, 1.0);
    sum += weights.w * vec4f(below - here, 1.0);
    return sum;
}

// Residuals of the quad's four cells: (0, 0), (1, 0), (0, 1) and (1, 1), column first.
fn residual_00(q: Quad, right: vec4f) -> vec4f {
    return residual(q.local, right, vec2f(q.width.x, q.height.x), q.across.xy, q.down.xy);
}
fn residual_10(q: Quad, right: vec4f) -> vec4f {
    return residual(q.local + vec2u(1u, 0u), right, vec2f(q.width.y, q.height.x), q.across.yz, q.down.xy);
}
fn residual_01(q: Quad, right: vec4f) -> vec4f {
    return residual(q.local + vec2u(0u, 1u), right, vec2f(q.width.x, q.height.y), q.across.xy, q.down.yz);
}
fn residual_11(q: Quad, right: vec4f) -> vec4f {
    return residual(q.local + 1u, right, vec2f(q.width.y, q.height.y), q.across.yz, q.down.yz);
}

fn load_rhs(at: vec2u) -> vec4f {
    if (any(at >= level.cells)) {
        return vec4f(0.0);
    }
    return rhs[index_of(at)];
}

fn load_solution(at: vec2u) -> vec4f {
    if (start == ZERO || any(at >= level.cells)) {
        return vec4f(0.0);
    }
    return solution[index_of(at)];
}

fn load_corrected(at: vec2u) -> vec4f {
    if (start != CORRECTED || any(at >= level.cells)) {
        return load_solution(at);
    }
    return load_solution(at) + correction(at);
}

// Two red-black Gauss-Seidel sweeps of the square: cells with even i + j, then the odd ones.
fn sweep(q: Quad, rhs_00: vec4f, rhs_10: vec4f, rhs_01: vec4f, rhs_11: vec4f) {
    let i = q.local.y * SIDE + q.local.x;
    for (var n = 0u; n < 2u; n++) {
        workgroupBarrier();
        let red_00 = residual_00(q, rhs_00);
        let red_11 = residual_11(q, rhs_11);
        square[i] += vec4f(red_00.xyz / red_00.w, 0.0);
        square[i + SIDE + 1u] += vec4f(red_11.xyz / red_11.w, 0.0);
        workgroupBarrier();
        let black_10 = residual_10(q, rhs_10);
        let black_01 = residual_01(q, rhs_01);
        square[i + 1u] += vec4f(black_10.xyz / black_10.w, 0.0);
        square[i + SIDE] += vec4f(black_01.xyz / black_01.w, 0.0);
    }
    workgroupBarrier();
}

// Writes one cell where it belongs to this workgroup and exists.
fn store(at: vec2u, local: vec2u, margin: u32) {
    let inside = all(local >= vec2u(margin)) && all(local < vec2u(SIDE - margin));
    if (inside && all(at < level.cells)) {
        improved[index_of(at)] = square[local.y * SIDE + local.x];
    }
}

fn store_quad(q: Quad, margin: u32) {
    store(q.at, q.local, margin);
    store(q.at + vec2u(1u, 0u), q.local + vec2u(1u, 0u), margin);
    store(q.at + vec2u(0u, 1u), q.local + vec2u(0u, 1u), margin);
    store(q.at + 1u, q.local + 1u, margin);
}

// Two sweeps, from zero, from the solution or from the solution with the coarser level's correction.
@compute @workgroup_size(16, 16)
fn ascend(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) id: vec3u) {
    let local = 2u * id.xy;
    let at = workgroup.xy * ASCEND_STEP + local - ASCEND_MARGIN;
    let q = quad(at, local);
    let i = local.y * SIDE + local.x;
    square[i] = load_corrected(at);
    square[i + 1u] = load_corrected(at + vec2u(1u, 0u));
    square[i + SIDE] = load_corrected(at + vec2u(0u, 1u));
    square[i + SIDE + 1u] = load_corrected(at + 1u);
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
    square[i] = load_solution(at);
    square[i + 1u] = load_solution(at + vec2u(1u, 0u));
    square[i + SIDE] = load_solution(at + vec2u(0u, 1u));
    square[i + SIDE + 1u] = load_solution(at + 1u);
    sweep(q, rhs_00, rhs_10, rhs_01, rhs_11);
    store_quad(q, DESCEND_MARGIN);

    let left_00 = residual_00(q, rhs_00);
    let left_10 = residual_10(q, rhs_10);
    let left_01 = residual_01(q, rhs_01);
    let left_11 = residual_11(q, rhs_11);
    workgroupBarrier();
    square[i] = left_00;
    square[i + 1u] = left_10;
    square[i + SIDE] = left_01;
    square[i + SIDE + 1u] = left_11;
    workgroupBarrier();

    let side = DESCEND_STEP / 2u;
    let coarse_local = vec2u(number % side, number / side);
    let coarse = workgroup.xy * side + coarse_local;
    let cells = max(level.cells / 2u, vec2u(1u));
    if (coarse_local.y >= side || any(coarse >= cells)) {
        return;
    }
    // The first fine cell, in the level and in the square.
    let fine = 2u * coarse - 1u;
    let first = 2u * coarse_local + DESCEND_MARGIN - 1u;
    var sum = vec3f(0.0);
    for (var row = 0u; row < 5u; row++) {
        let v = restriction_weight(fine.y + row, coarse.y, params.full.y);
        var line = vec3f(0.0);
        for (var column = 0u; column < 5u; column++) {
            let u = restriction_weight(fine.x + column, coarse.x, params.full.x);
            // Beyond the level the square may hold anything.
            if (u != 0.0) {
                line += u * square[(first.y + row) * SIDE + first.x + column].xyz;
            }
        }
        if (v != 0.0) {
            sum += v * line;
        }
    }
    coarse_rhs[coarse.y * cells.x + coarse.x] = vec4f(sum, 0.0);
}
