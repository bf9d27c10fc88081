// The V-cycle for adapters that compute on the CPU: without workgroup memory, a workgroup of which with 16 KiB costs
// SwiftShader 1.3 to 2.5 ms whatever it does with them, and a launch next to nothing.
//
// A launch does half a sweep in place: cells of one colour read those of the other. Two launches hand the residual to the
// coarser level, one takes its correction.

@group(0) @binding(3) var<storage, read_write> solution: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> residuals: array<vec4f>;

// What a sweep that starts from zero finds in cells that it has not written yet is of an earlier solve. The red cells
// write has_before.
fn known(i: u32, colour: u32) -> vec3f {
    return select(solution[i].xyz, vec3f(0.0), level.start == ZERO && colour >= level.colour);
}

fn residual_at(at: vec2u) -> vec4f {
    let cells = level.cells;
    let work = params.work;
    let size = vec2f(
        cell_width(at.x, level.cell, cells.x, work.x),
        cell_width(at.y, level.cell, cells.y, work.y),
    );
    let before = vec2f(coupling(at.x - 1u, cells.x, work.x), coupling(at.y - 1u, cells.y, work.y));
    let after = vec2f(coupling(at.x, cells.x, work.x), coupling(at.y, cells.y, work.y));
    let i = index_of(at);
    let colour = (at.x + at.y) & 1u;
    let other = 1u - colour;
    let here = known(i, colour);
    // A neighbour that does not exist has a coupling of zero; what stands for it has to be a number.
    let has_before = at > vec2u(0u);
    let has_after = at + 1u < cells;
    let left_of = select(here, known(i - u32(has_before.x), other), has_before.x);
    let right_of = select(here, known(i + u32(has_after.x), other), has_after.x);
    let above = select(here, known(i - select(0u, cells.x, has_before.y), other), has_before.y);
    let below = select(here, known(i + select(0u, cells.x, has_after.y), other), has_after.y);
    return residual(
        Stencil(size, before * size.yx, after * size.yx),
        rhs[i].xyz,
        here,
        array(left_of, right_of),
        array(above, below),
    );
}

// Half a red-black Gauss-Seidel sweep, from zero or from the solution.
@compute @workgroup_size(8, 8)
fn sweep(@builtin(global_invocation_id) id: vec3u) {
    let at = vec2u(2u * id.x + ((id.y + level.colour) & 1u), id.y);
    if (any(at >= level.cells)) {
        return;
    }
    let i = index_of(at);
    let defect = residual_at(at);
    solution[i] = vec4f(known(i, level.colour) + defect.xyz / defect.w, 0.0);
}

@compute @workgroup_size(8, 8)
fn write_residual(@builtin(global_invocation_id) id: vec3u) {
    if (all(id.xy < level.cells)) {
        residuals[index_of(id.xy)] = residual_at(id.xy);
    }
}

// Collects the residual into the coarse cells, by the adjoint of the interpolation.
@compute @workgroup_size(8, 8)
fn restrict_residual(@builtin(global_invocation_id) id: vec3u) {
    let coarse = id.xy;
    let columns = coarse_count(level.cells.x);
    if (coarse.x >= columns || coarse.y >= coarse_count(level.cells.y)) {
        return;
    }
    let last = level.cells - 1u;
    let fine = 2u * coarse - 1u;
    let weights = restriction_weights(coarse.x, level.cells.x, params.work.x);
    let rows = restriction_weights(coarse.y, level.cells.y, params.work.y);
    var sum = vec3f(0.0);
    for (var row = 0u; row < 5u; row++) {
        for (var column = 0u; column < 5u; column++) {
            let at = min(fine + vec2u(column, row), last);
            sum += rows[row] * weights[column] * residuals[index_of(at)].xyz;
        }
    }
    coarse_rhs[coarse.y * columns + coarse.x] = vec4f(sum, 0.0);
}

// Adds the coarser level's correction.
@compute @workgroup_size(8, 8)
fn correct(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= level.cells)) {
        return;
    }
    let x = interpolation(id.x, level.cells.x, params.work.x);
    let y = interpolation(id.y, level.cells.y, params.work.y);
    solution[index_of(id.xy)] += correction(x, y);
}
