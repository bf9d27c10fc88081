fn store_plain(group: u32, at: vec2u, value: vec4f) {
    let plane = sizes.output.x * sizes.output.y;
    destination[group * plane + at.y * sizes.output.x + at.x] = Activation(value);
}
