// The kernels around the network at pixel level: frame in, downscale, gradient, right-hand side, picture out.
// Images are [height, width] of vec4f (red, green, blue, unused).

struct Params {
    // The size of what is solved for: the photo's, or that of a tile with its halo.
    full: vec2u,
    // The size at which the network runs.
    work: vec2u,
    lambda: f32,
    strength: f32,
    // Share of the second style.
    mix: f32,
    // The photo's size, and where in it lies what is solved for.
    whole: vec2u,
    origin: vec2u,
    // Where in what is solved for lie the pixels that a tile paints, and how many.
    inset: vec2u,
    tile: vec2u,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> image: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f>;
// [2, height, width] at the working size: change of the x and of the y gradient.
@group(0) @binding(4) var<storage, read> change: array<Activation>;
@group(0) @binding(5) var<storage, read> correction: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> planar: array<f32>;
@group(0) @binding(7) var<storage, read_write> packed: array<u32>;
@group(0) @binding(8) var<storage, read_write> gradients: array<Activation>;
// As `change`, made by the second style.
@group(0) @binding(9) var<storage, read> other_change: array<Activation>;

// The frame's texture as an image.
@compute @workgroup_size(8, 8)
fn ingest(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.full)) {
        return;
    }
    let color = textureLoad(frame, id.xy, 0);
    output[id.y * params.full.x + id.x] = vec4f(color.rgb, 0.0);
}

// Area average of the photo over each pixel of the working size. Overlaps are counted in 1/work pixels, which are
// integers, so that weights do not lose digits in wide photos.
@compute @workgroup_size(8, 8)
fn downscale(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let begin = id.xy * params.full;
    let end = begin + params.full;
    let first = begin / params.work;
    let last = min((end + params.work - 1u) / params.work, params.full);
    var sum = vec4f(0.0);
    for (var y = first.y; y < last.y; y++) {
        let height = min(end.y, (y + 1u) * params.work.y) - max(begin.y, y * params.work.y);
        var line = vec4f(0.0);
        for (var x = first.x; x < last.x; x++) {
            let width = min(end.x, (x + 1u) * params.work.x) - max(begin.x, x * params.work.x);
            line += f32(width) * image[y * params.full.x + x];
        }
        sum += f32(height) / f32(params.full.y) * line;
    }
    output[id.y * params.work.x + id.x] = sum / f32(params.full.x);
}

// Forward differences at the working size as two planes of activations, x then y, each followed by one zero.
@compute @workgroup_size(8, 8)
fn gradient(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let plane = params.work.x * params.work.y + 1u;
    let at = id.y * params.work.x + id.x;
    let here = image[at];
    var dx = vec4f(0.0);
    var dy = vec4f(0.0);
    if (id.x + 1u < params.work.x) {
        dx = image[at + 1u] - here;
    }
    if (id.y + 1u < params.work.y) {
        dy = image[at + params.work.x] - here;
    }
    gradients[at] = Activation(dx);
    gradients[plane + at] = Activation(dy);
    if (at == 0u) {
        gradients[plane - 1u] = Activation(vec4f(0.0));
        gradients[2u * plane - 1u] = Activation(vec4f(0.0));
    }
}

// Where pixel `at` of one of the photo's axes lies between two pixels of the working size: the left one's index in x, the
// right one's in y, and the right one's weight. In integers up to the last division, for the same reason as above.
struct Sample {
    index: vec2u,
    weight: f32,
}

fn sample(at: u32, full: u32, work: u32) -> Sample {
    let twice = (2u * at + 1u) * work;
    let position = max(twice, full) - full;
    let left = min(position / (2u * full), work - 1u);
    let right = min(left + 1u, work - 1u);
    return Sample(vec2u(left, right), f32(position - left * 2u * full) / f32(2u * full));
}

// The change that both styles make at index `i`. One whose share is zero may never have been computed.
fn mixed_change(i: u32) -> vec4f {
    if (params.mix <= 0.0) {
        return vec4f(change[i]);
    }
    if (params.mix >= 1.0) {
        return vec4f(other_change[i]);
    }
    return mix(vec4f(change[i]), vec4f(other_change[i]), params.mix);
}

// Change of the gradient along `axis` (0: x, 1: y) at pixel `place` of what is solved for, per pixel of the photo.
fn change_at(place: vec2u, axis: u32) -> vec3f {
    let at = params.origin + place;
    let base = axis * params.work.x * params.work.y;
    if (all(params.whole == params.work)) {
        return mixed_change(base + at.y * params.work.x + at.x).xyz;
    }
    let x = sample(at.x, params.whole.x, params.work.x);
    let y = sample(at.y, params.whole.y, params.work.y);
    let top = base + y.index.x * params.work.x;
    let bottom = base + y.index.y * params.work.x;
    let upper = mix(mixed_change(top + x.index.x), mixed_change(top + x.index.y), x.weight);
    let lower = mix(mixed_change(bottom + x.index.x), mixed_change(bottom + x.index.y), x.weight);
    let scale = vec2f(params.work) / vec2f(params.whole);
    return select(scale.x, scale.y, axis == 1u) * mix(upper, lower, y.weight).xyz;
}

// Right-hand side of the screened-Poisson equation: -lambda times the divergence of the change.
@compute @workgroup_size(8, 8)
fn right_hand_side(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.full)) {
        return;
    }
    let at = id.xy;
    var sum = vec3f(0.0);
    if (at.x + 1u < params.full.x) {
        sum += change_at(at, 0u);
    }
    if (at.x > 0u) {
        sum -= change_at(at - vec2u(1u, 0u), 0u);
    }
    if (at.y + 1u < params.full.y) {
        sum += change_at(at, 1u);
    }
    if (at.y > 0u) {
        sum -= change_at(at - vec2u(0u, 1u), 1u);
    }
    output[at.y * params.full.x + at.x] = vec4f(-params.lambda * sum, 0.0);
}

fn picture(at: u32) -> vec3f {
    return image[at].rgb + params.strength * correction[at].rgb;
}

// The picture as three planes, not clamped.
@compute @workgroup_size(8, 8)
fn write_planar(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.full)) {
        return;
    }
    let plane = params.full.x * params.full.y;
    let at = id.y * params.full.x + id.x;
    let color = picture(at);
    planar[at] = color.r;
    planar[plane + at] = color.g;
    planar[2u * plane + at] = color.b;
}

// The picture as 8-bit RGBA, opaque.
@compute @workgroup_size(8, 8)
fn write_rgba8(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.full)) {
        return;
    }
    let at = id.y * params.full.x + id.x;
    packed[at] = pack4x8unorm(vec4f(picture(at), 1.0));
}

// A tile in place: the photo's pixels of it as 8-bit RGBA become the picture's, opaque.
@compute @workgroup_size(8, 8)
fn paint_tile(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.tile)) {
        return;
    }
    let at = id.y * params.tile.x + id.x;
    let place = params.inset + id.xy;
    let change = params.strength * correction[place.y * params.full.x + place.x].rgb;
    packed[at] = pack4x8unorm(vec4f(unpack4x8unorm(packed[at]).rgb + change, 1.0));
}

// The picture drawn to a canvas of the same size: one triangle that covers it, every fragment reads its pixel.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u));
    return vec4f(4.0 * corner - 1.0, 0.0, 1.0);
}

@fragment
fn present(@builtin(position) position: vec4f) -> @location(0) vec4f {
    let at = min(vec2u(position.xy), params.full - 1u);
    return vec4f(picture(at.y * params.full.x + at.x), 1.0);
}
