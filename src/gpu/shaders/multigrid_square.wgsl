// The V-cycle for graphics cards, in few launches.
//
// A launch per half sweep would be some forty launches a cycle, each too short to fill a GPU. So a workgroup takes a
// square of 32 x 32 cells to workgroup memory and does two red-black sweeps there; the cells near the border come out
// wrong, for want of neighbours, and are left to the next workgroup. Two kernels make a cycle: `descend` sweeps and hands
// the residual to the coarser level, `ascend` takes the coarser level's correction and sweeps. Both read one solution
// and write another, as neighbouring workgroups read what they write.

// Side of the square in workgroup memory; vec4 of it fill the 16 KiB that every adapter has.
const SIDE = 32u;
// Two sweeps are four half sweeps, each of which spoils one more cell from the border.
const ASCEND_MARGIN = 4u;
const ASCEND_STEP = SIDE - 2u * ASCEND_MARGIN;
// Residuals next to what is left over, and one more cell for them: both even, so that red stays red.
const DESCEND_MARGIN = 6u;
const DESCEND_STEP = SIDE - 2u * DESCEND_MARGIN;

@group(0) @binding(3) var<storage, read> solution: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> improved: array<vec4f>;

var<workgroup> square: array<vec4f, 1024>;

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

// The residual of cell `cell` of the quad, (0, 0) to (1, 1), see `residual`.
fn residual_in(q: Quad, cell: vec2u, right: vec4f) -> vec4f {
    let second = cell == vec2u(1u);
    let size = select(vec2f(q.width.x, q.height.x), vec2f(q.width.y, q.height.y), second);
    let before = select(vec2f(q.across.x, q.down.x), vec2f(q.across.y, q.down.y), second) * size.yx;
    let after = select(vec2f(q.across.y, q.down.y), vec2f(q.across.z, q.down.z), second) * size.yx;
    let local = q.local + cell;
    let i = local.y * SIDE + local.x;
    let left_of = square[select(i, i - 1u, local.x > 0u)].xyz;
    let right_of = square[select(i, i + 1u, local.x + 1u < SIDE)].xyz;
    let above = square[select(i, i - SIDE, local.y > 0u)].xyz;
    let below = square[select(i, i + SIDE, local.y + 1u < SIDE)].xyz;
    return residual(
        Stencil(size, before, after),
        right.xyz,
        square[i].xyz,
        array(left_of, right_of),
        array(above, below),
    );
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
            let defect = residual_in(q, cell, select(red_rhs, black_rhs, black == 1u));
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
// interpolation.
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
        left[k] = residual_in(q, vec2u(k & 1u, k >> 1u), select(upper, lower, k > 1u));
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
    let first = 2u * coarse_local + DESCEND_MARGIN - 1u;
    let weights = restriction_weights(coarse.x, level.cells.x, params.work.x);
    let rows = restriction_weights(coarse.y, level.cells.y, params.work.y);
    var sum = vec3f(0.0);
    for (var row = 0u; row < 5u; row++) {
        let line = (first.y + row) * SIDE + first.x;
        for (var column = 0u; column < 5u; column++) {
            sum += rows[row] * weights[column] * square[line + column].xyz;
        }
    }
    coarse_rhs[coarse.y * columns + coarse.x] = vec4f(sum, 0.0);
}
