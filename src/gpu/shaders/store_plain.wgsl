fn store_plain(group: u32, at: vec2u, value: vec4f) {
    let plane = sizes.output.x * sizes.output.y + 1u;
    destination[group * plane + at.y * sizes.output.x + at.x] = Activation(value);
}

// The zero that the next layer's taps outside the image read, after each plane.
fn store_zeros() {
    let plane = sizes.output.x * sizes.output.y + 1u;
    for (var i = 1u; i <= sizes.planes; i++) {
        destination[i * plane - 1u] = Activation(vec4f(0.0));
    }
}
