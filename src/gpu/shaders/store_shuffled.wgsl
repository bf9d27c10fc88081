// Group `group` is sub-pixel group % 4 of output group group / 4.
fn store_shuffled(group: u32, at: vec2u, value: vec4f) {
    let plane = sizes.output.x * sizes.output.y;
    let x = 2u * at.x + (group & 1u);
    let y = 2u * at.y + ((group >> 1u) & 1u);
    destination[(group >> 2u) * plane + y * sizes.output.x + x] = Activation(value);
}
