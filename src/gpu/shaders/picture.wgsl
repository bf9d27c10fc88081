// The painting carried up to the photo's size, pixel by pixel, and the ways out: planes of floats, 8-bit RGBA, a canvas, and
// bands of rows in place. src/carry.rs has the equations.

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var frame: texture_2d<f32>;
// [2, height, width] at the working size: what D is besides its slope times luminance, with the luminance round about as a
// fourth, and the slope.
@group(0) @binding(2) var<storage, read> painting: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> planar: array<f32>;
@group(0) @binding(4) var<storage, read_write> packed: array<u32>;

// The four pixels of the working size that pixel `at` of one of the photo's axes is made from: the first one's index plus
// two, as it may lie two before the axis begins, and their weights: Catmull-Rom where the photo is the larger one, else the
// shares of what the pixel covers. In integers up to the last division, so that wide photos keep their digits.
struct Tap {
    first: u32,
    weights: vec4f,
}

fn tap(at: u32, full: u32, work: u32) -> Tap {
    if (work > full) {
        let begin = at * work;
        let first = begin / full;
        var shares: vec4f;
        for (var k = 0u; k < 4u; k++) {
            let from_ = max(begin, (first + k) * full);
            let to = min(begin + work, (first + k + 1u) * full);
            shares[k] = f32(max(to, from_) - from_) / f32(work);
        }
        return Tap(first + 2u, shares);
    }
    let position = (2u * at + 1u) * work + full;
    let t = f32(position % (2u * full)) / f32(2u * full);
    return Tap(position / (2u * full), vec4f(
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ));
}

fn index(tap: Tap, k: u32, work: u32) -> u32 {
    return min(max(tap.first + k, 2u) - 2u, work - 1u);
}

// The picture at pixel `at` of the photo, which has `color` there.
fn picture(at: vec2u, color: vec3f) -> vec3f {
    let plane = params.work.x * params.work.y;
    let luminance = dot(color, LUMA);
    if (all(params.full == params.work)) {
        let i = at.y * params.work.x + at.x;
        let d = painting[i] + luminance * painting[plane + i];
        return on_media(at, color + params.strength * (ground_shift(color) + d.rgb), d.a);
    }
    let x = tap(at.x, params.full.x, params.work.x);
    let y = tap(at.y, params.full.y, params.work.y);
    var columns: vec4u;
    for (var k = 0u; k < 4u; k++) {
        columns[k] = index(x, k, params.work.x);
    }
    var sum = vec4f(0.0);
    for (var row = 0u; row < 4u; row++) {
        let base = index(y, row, params.work.y) * params.work.x;
        var line = vec4f(0.0);
        for (var k = 0u; k < 4u; k++) {
            let i = base + columns[k];
            line += x.weights[k] * (painting[i] + luminance * painting[plane + i]);
        }
        sum += y.weights[row] * line;
    }
    return on_media(at, color + params.strength * (ground_shift(color) + sum.rgb), sum.a);
}

fn picture_of_frame(at: vec2u) -> vec3f {
    return picture(at, textureLoad(frame, at, 0).rgb);
}

// The picture as three planes, not clamped.
@compute @workgroup_size(8, 8)
fn write_planar(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.full)) {
        return;
    }
    let plane = params.full.x * params.full.y;
    let at = id.y * params.full.x + id.x;
    let color = picture_of_frame(id.xy);
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
    packed[id.y * params.full.x + id.x] = pack4x8unorm(vec4f(picture_of_frame(id.xy), 1.0));
}

// A band of rows in place: the photo's pixels as 8-bit RGBA become the picture's, opaque.
@compute @workgroup_size(8, 8)
fn paint_rows(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= params.full.x || id.y >= params.rows) {
        return;
    }
    let at = id.y * params.full.x + id.x;
    let color = unpack4x8unorm(packed[at]).rgb;
    let place = vec2u(id.x, params.first_row + id.y);
    packed[at] = pack4x8unorm(vec4f(picture(place, color), 1.0));
}

// The picture drawn to a canvas of the same size: one triangle that covers it, every fragment reads its pixel.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    let corner = vec2f(f32(index & 1u), f32(index >> 1u));
    return vec4f(4.0 * corner - 1.0, 0.0, 1.0);
}

@fragment
fn present(@builtin(position) position: vec4f) -> @location(0) vec4f {
    return vec4f(picture_of_frame(min(vec2u(position.xy), params.full - 1u)), 1.0);
}
