// The stages of one V-cycle for (1 - lambda Laplace) x = rhs, three colours at a time; see src/reconstruct/multigrid.rs,
// whose arithmetic this repeats. A level's cells are 2^level pixels wide, the last of a row or column up to twice that.

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

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<uniform> level: Level;
@group(0) @binding(2) var<storage, read> rhs: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> solution: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> coarse_rhs: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> coarse_solution: array<vec4f>;

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

// Coupling of cells `i` and `i + 1` per pixel of their common face.
fn coupling(i: u32, cell: u32, size: u32) -> f32 {
    return params.lambda / (cell_centre(i + 1u, cell, size) - cell_centre(i, cell, size));
}

// Residual rhs - A x in xyz, the diagonal of A in w. Differences of neighbours are taken first: multiplied by lambda and
// then subtracted, values would lose what little of them differs.
fn residual(at: vec2u) -> vec4f {
    let width = cell_width(at.x, level.cell, params.full.x);
    let height = cell_width(at.y, level.cell, params.full.y);
    let index = at.y * level.cells.x + at.x;
    let here = solution[index].xyz;
    let area = width * height;
    var sum = vec4f(rhs[index].xyz - area * here, area);
    if (at.x > 0u) {
        let weight = height * coupling(at.x - 1u, level.cell, params.full.x);
        sum += weight * vec4f(solution[index - 1u].xyz - here, 1.0);
    }
    if (at.x + 1u < level.cells.x) {
        let weight = height * coupling(at.x, level.cell, params.full.x);
        sum += weight * vec4f(solution[index + 1u].xyz - here, 1.0);
    }
    if (at.y > 0u) {
        let weight = width * coupling(at.y - 1u, level.cell, params.full.y);
        sum += weight * vec4f(solution[index - level.cells.x].xyz - here, 1.0);
    }
    if (at.y + 1u < level.cells.y) {
        let weight = width * coupling(at.y, level.cell, params.full.y);
        sum += weight * vec4f(solution[index + level.cells.x].xyz - here, 1.0);
    }
    return sum;
}

fn smooth_colour(id: vec3u, colour: u32) {
    let at = vec2u(2u * id.x + ((id.y + colour) & 1u), id.y);
    if (any(at >= level.cells)) {
        return;
    }
    let index = at.y * level.cells.x + at.x;
    let defect = residual(at);
    solution[index] += vec4f(defect.xyz / defect.w, 0.0);
}

// The two halves of a red-black Gauss-Seidel sweep: cells with even i + j, then the odd ones.
@compute @workgroup_size(8, 8)
fn smooth_red(@builtin(global_invocation_id) id: vec3u) {
    smooth_colour(id, 0u);
}

@compute @workgroup_size(8, 8)
fn smooth_black(@builtin(global_invocation_id) id: vec3u) {
    smooth_colour(id, 1u);
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
        let start = cell_centre(left, coarse_cell, size);
        let end = cell_centre(left + 1u, coarse_cell, size);
        weight = clamp((centre - start) / (end - start), 0.0, 1.0);
    }
    return Interpolation(left, weight);
}

// Weight of fine cell `i` in coarse cell `coarse`, zero for cells that do not exist.
fn restriction_weight(i: u32, coarse: u32, count: u32, size: u32) -> f32 {
    if (i >= count) {
        return 0.0;
    }
    let fine = interpolation(i, size);
    if (fine.left == coarse) {
        return 1.0 - fine.weight;
    }
    return select(0.0, fine.weight, fine.left + 1u == coarse);
}

// Collects the residual into the coarse cells, by the adjoint of the interpolation, and clears the coarse solution.
// A coarse cell draws on four fine cells per axis, the last but one on five where the last one is wide.
@compute @workgroup_size(8, 8)
fn restrict_residual(@builtin(global_invocation_id) id: vec3u) {
    let cells = max(level.cells / 2u, vec2u(1u));
    if (any(id.xy >= cells)) {
        return;
    }
    var sum = vec3f(0.0);
    for (var row = 0u; row < 5u; row++) {
        // Wraps around to a cell that does not exist left of the first.
        let y = 2u * id.y + row - 1u;
        let v = restriction_weight(y, id.y, level.cells.y, params.full.y);
        if (v == 0.0) {
            continue;
        }
        for (var column = 0u; column < 5u; column++) {
            let x = 2u * id.x + column - 1u;
            let u = restriction_weight(x, id.x, level.cells.x, params.full.x);
            if (u == 0.0) {
                continue;
            }
            sum += u * v * residual(vec2u(x, y)).xyz;
        }
    }
    let index = id.y * cells.x + id.x;
    coarse_rhs[index] = vec4f(sum, 0.0);
    coarse_solution[index] = vec4f(0.0);
}

// Adds the bilinear interpolation of the coarse solution.
@compute @workgroup_size(8, 8)
fn prolong(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= level.cells)) {
        return;
    }
    let cells = max(level.cells / 2u, vec2u(1u));
    let x = interpolation(id.x, params.full.x);
    let y = interpolation(id.y, params.full.y);
    let right = min(x.left + 1u, cells.x - 1u);
    let top = y.left * cells.x;
    let bottom = min(y.left + 1u, cells.y - 1u) * cells.x;
    let upper = mix(coarse_solution[top + x.left].xyz, coarse_solution[top + right].xyz, x.weight);
    let lower = mix(coarse_solution[bottom + x.left].xyz, coarse_solution[bottom + right].xyz, x.weight);
    let index = id.y * level.cells.x + id.x;
    solution[index] += vec4f(mix(upper, lower, y.weight), 0.0);
}
