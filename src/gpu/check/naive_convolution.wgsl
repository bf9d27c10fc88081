// A 3x3 convolution as one would write it first, only to measure against: one thread per output value, planes of f32. A tap
// outside the image is left out.

struct Shape {
    source: vec2u,
    grid: vec2u,
    in_channels: u32,
    stride: u32,
    relu: u32,
    shuffle: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> destination: array<f32>;

@compute @workgroup_size(8, 8)
fn convolve(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= shape.grid)) {
        return;
    }
    var sum = bias[id.z];
    for (var channel = 0u; channel < shape.in_channels; channel++) {
        for (var row = 0u; row < 3u; row++) {
            for (var column = 0u; column < 3u; column++) {
                let at = id.xy * shape.stride + vec2u(column, row) - 1u;
                if (all(at < shape.source)) {
                    let value = source[(channel * shape.source.y + at.y) * shape.source.x + at.x];
                    sum += value * weight[((id.z * shape.in_channels + channel) * 3u + row) * 3u + column];
                }
            }
        }
    }
    if (shape.relu == 1u) {
        sum = max(sum, 0.0);
    }
    if (shape.shuffle == 1u) {
        let to = 2u * id.xy + vec2u(id.z & 1u, (id.z >> 1u) & 1u);
        destination[((id.z >> 2u) * 2u * shape.grid.y + to.y) * 2u * shape.grid.x + to.x] = sum;
    } else {
        destination[(id.z * shape.grid.y + id.y) * shape.grid.x + id.x] = sum;
    }
}
