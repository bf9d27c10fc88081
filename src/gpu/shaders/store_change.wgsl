@group(0) @binding(5) var<storage, read> gradients: array<Activation>;

// The network's gradients at pixel `at`, less the input's, in two planes. What lies beyond the crop is dropped; the last
// column of x and the last row of y are zero, as in any gradient.
fn store_change(at: vec2u, x: vec3f, y: vec3f) {
    if (any(at >= sizes.output)) {
        return;
    }
    let plane = sizes.output.x * sizes.output.y;
    let index = at.y * sizes.output.x + at.x;
    let inside = at + 1u < sizes.output;
    let dx = select(vec3f(0.0), x - vec4f(gradients[index]).xyz, inside.x);
    let dy = select(vec3f(0.0), y - vec4f(gradients[plane + index]).xyz, inside.y);
    destination[index] = Activation(vec4f(dx, 0.0));
    destination[plane + index] = Activation(vec4f(dy, 0.0));
}
