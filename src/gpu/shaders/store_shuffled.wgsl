// Group `group` is sub-pixel group % 4 of output group group / 4.
fn store_shuffled(group: u32, at: vec2u, value: vec4f) {
    let plane = sizes.output.x * sizes.output.y + 1u;
    let x = 2u * at.x + (group & 1u);
    let y = 2u * at.y + ((group >> 1u) & 1u);
    destination[(group >> 2u) * plane + y * sizes.output.x + x] = Activation(value);
}

// The zero that the next layer's taps outside the image read, after each plane.
fn store_zeros() {
    let plane = sizes.output.x * sizes.output.y + 1u;
    for (var i = 1u; i <= sizes.planes; i++) {
        destination[i * plane - 1u] = Activation(vec4f(0.0));
    }
}
