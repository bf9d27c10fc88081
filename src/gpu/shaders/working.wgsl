// The kernels at the working size around network and solve: photo in, gradient, blend, right-hand side, and the split of
// the solution for its way up. Images are [height, width] of vec4f (red, green, blue, unused).

@group(0) @binding(0) var<uniform> params: Params;
// The photo, at its own size.
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var<storage, read> image: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> output: array<vec4f>;
// [2, height, width]: change of the x and of the y gradient, as each of the two styles makes it; both together as
// [3, height, width], the third plane their correction of the ground.
@group(0) @binding(4) var<storage, read> change: array<Activation>;
@group(0) @binding(5) var<storage, read> second_change: array<Activation>;
// [height / 4, width / 4]: correction of the ground by each of the two styles.
@group(0) @binding(10) var<storage, read> head: array<Activation>;
@group(0) @binding(11) var<storage, read> second_head: array<Activation>;
// The solution D.
@group(0) @binding(6) var<storage, read> correction: array<vec4f>;
@group(0) @binding(7) var<storage, read> slopes: array<vec4f>;
// What `split` leaves.
@group(0) @binding(9) var<storage, read> parts: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> gradients: array<Activation>;

// The photo's pixels `first` to before `last` along one axis that pixel `at` of the working size is made from.
struct Span {
    first: u32,
    last: u32,
}

fn span(at: u32, full: u32, work: u32) -> Span {
    if (work > full) {
        let left = (max((2u * at + 1u) * full, work) - work) / (2u * work);
        return Span(left, min(left + 2u, full));
    }
    return Span(at * full / work, min(((at + 1u) * full + work - 1u) / work, full));
}

// The weight of the photo's pixel `i` of that span: its share where the working size is the smaller one, else bilinear. In
// integers up to the last division, so that weights do not lose digits in wide photos.
fn weight(i: u32, at: u32, full: u32, work: u32) -> f32 {
    if (work > full) {
        let position = max((2u * at + 1u) * full, work) - work;
        let left = position / (2u * work);
        let t = f32(position - left * 2u * work) / f32(2u * work);
        // Beyond the last pixel's centre there is nothing but it.
        return select(select(t, 1.0 - t, i == left), 1.0, left + 1u >= full);
    }
    let overlap = min((at + 1u) * full, (i + 1u) * work) - max(at * full, i * work);
    return f32(overlap) / f32(full);
}

// The photo at the working size.
@compute @workgroup_size(8, 8)
fn resample(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let columns = span(id.x, params.full.x, params.work.x);
    let rows = span(id.y, params.full.y, params.work.y);
    var sum = vec3f(0.0);
    for (var y = rows.first; y < rows.last; y++) {
        var line = vec3f(0.0);
        for (var x = columns.first; x < columns.last; x++) {
            line += weight(x, id.x, params.full.x, params.work.x)
                * textureLoad(frame, vec2u(x, y), 0).rgb;
        }
        sum += weight(y, id.y, params.full.y, params.work.y) * line;
    }
    output[id.y * params.work.x + id.x] = vec4f(sum, 0.0);
}

// What networks see, as three planes of activations: forward differences, x then y, and the photo.
@compute @workgroup_size(8, 8)
fn gradient(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let plane = params.work.x * params.work.y;
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
    gradients[2u * plane + at] = Activation(here);
}

// The change that both styles make together to the ground. One whose share is zero may never have been computed.
@compute @workgroup_size(8, 8)
fn blend(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let plane = params.work.x * params.work.y;
    let at = id.y * params.work.x + id.x;
    var dx = both(at);
    var dy = both(plane + at);
    if (params.has_ground != 0u) {
        let here = ground_shift(image[at].rgb);
        if (id.x + 1u < params.work.x) {
            dx -= vec4f(ground_shift(image[at + 1u].rgb) - here, 0.0);
        }
        if (id.y + 1u < params.work.y) {
            dy -= vec4f(ground_shift(image[at + params.work.x].rgb) - here, 0.0);
        }
    }
    output[at] = dx;
    output[plane + at] = dy;
    output[2u * plane + at] = vec4f(ground_correction(id.xy), 0.0);
}

// Where a pixel lies between two of the values that each stand for four pixels of an axis.
struct Between {
    first: u32,
    second: u32,
    share: f32,
}

fn between(at: u32, length: u32) -> Between {
    let last = (length + 3u) / 4u - 1u;
    // In eighths of a value: pixel 0 lies 3/8 before the middle of the first four.
    let eighths = max(2u * at + 1u, 4u) - 4u;
    let first = min(eighths / 8u, last);
    return Between(first, min(first + 1u, last), f32(eighths % 8u) / 8.0);
}

// What both styles together correct the ground by at pixel `at`.
fn ground_correction(at: vec2u) -> vec3f {
    if (all(params.corrections == vec2f(0.0))) {
        return vec3f(0.0);
    }
    let x = between(at.x, params.work.x);
    let y = between(at.y, params.work.y);
    let columns = (params.work.x + 3u) / 4u;
    let upper = mix(corrections(y.first * columns + x.first), corrections(y.first * columns + x.second), x.share);
    let lower = mix(corrections(y.second * columns + x.first), corrections(y.second * columns + x.second), x.share);
    let color = mix(upper, lower, y.share);
    let grey = vec3f(dot(color, LUMA));
    return grey + params.colour * (color - grey);
}

// One that does not count may never have been computed.
fn corrections(at: u32) -> vec3f {
    var sum = vec3f(0.0);
    if (params.corrections.x > 0.0) {
        sum = params.corrections.x * vec4f(head[at]).xyz;
    }
    if (params.corrections.y > 0.0) {
        sum += params.corrections.y * vec4f(second_head[at]).xyz;
    }
    return sum;
}

fn both(at: u32) -> vec4f {
    var blended = vec4f(0.0);
    if (params.mix < 1.0) {
        blended = vec4f(change[at]);
    }
    if (params.mix > 0.0) {
        blended += params.mix * (vec4f(second_change[at]) - blended);
    }
    return blended;
}

// Right-hand side of the screened-Poisson equation: the ground's correction less lambda times the divergence of the change.
@compute @workgroup_size(8, 8)
fn right_hand_side(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let at = id.y * params.work.x + id.x;
    let plane = params.work.x * params.work.y;
    var sum = vec3f(0.0);
    if (id.x + 1u < params.work.x) {
        sum += vec4f(change[at]).xyz;
    }
    if (id.x > 0u) {
        sum -= vec4f(change[at - 1u]).xyz;
    }
    if (id.y + 1u < params.work.y) {
        sum += vec4f(change[plane + at]).xyz;
    }
    if (id.y > 0u) {
        sum -= vec4f(change[plane + at - params.work.x]).xyz;
    }
    output[at] = vec4f(vec4f(change[2u * plane + at]).xyz - params.lambda * sum, 0.0);
}

// src/carry.rs has the equations of what follows.
const RADIUS = 2u;
const EPSILON = 1e-3;

struct Window {
    begin: vec2u,
    end: vec2u,
    share: f32,
}

// The window round a pixel, as far as it lies in the image.
fn window(centre: vec2u) -> Window {
    let begin = max(centre, vec2u(RADIUS)) - RADIUS;
    let end = min(centre + RADIUS + 1u, params.work);
    let size = end - begin;
    return Window(begin, end, 1.0 / f32(size.x * size.y));
}

// Slope of D on the photo's luminance in the window round each pixel, and the mean of that luminance.
@compute @workgroup_size(8, 8)
fn window_slope(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let window = window(id.xy);
    var guide_mean = 0.0;
    var mean = vec3f(0.0);
    for (var y = window.begin.y; y < window.end.y; y++) {
        for (var x = window.begin.x; x < window.end.x; x++) {
            let at = y * params.work.x + x;
            guide_mean += window.share * dot(image[at].rgb, LUMA);
            mean += window.share * correction[at].rgb;
        }
    }
    var variance = 0.0;
    var covariance = vec3f(0.0);
    for (var y = window.begin.y; y < window.end.y; y++) {
        for (var x = window.begin.x; x < window.end.x; x++) {
            let at = y * params.work.x + x;
            let guide = dot(image[at].rgb, LUMA) - guide_mean;
            variance += window.share * guide * guide;
            covariance += window.share * guide * (correction[at].rgb - mean);
        }
    }
    output[id.y * params.work.x + id.x] = vec4f(covariance / (variance + EPSILON), guide_mean);
}

// [2, height, width]: what D is besides its slope times luminance, with the luminance round about as a fourth, and the slope;
// both averaged over the windows that a pixel is in.
@compute @workgroup_size(8, 8)
fn split(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    let window = window(id.xy);
    var means = vec4f(0.0);
    for (var y = window.begin.y; y < window.end.y; y++) {
        for (var x = window.begin.x; x < window.end.x; x++) {
            means += window.share * slopes[y * params.work.x + x];
        }
    }
    let at = id.y * params.work.x + id.x;
    let slope = means.rgb;
    let rest = correction[at].rgb - slope * dot(image[at].rgb, LUMA);
    output[at] = vec4f(rest, means.w);
    output[params.work.x * params.work.y + at] = vec4f(slope, 0.0);
}

// What a pixel of one axis is made of, from two before it to two behind it.
fn sharpening(full: u32, work: u32) -> array<f32, 5> {
    let ratio = f32(work) / f32(full);
    let amount = max(1.0 - ratio * ratio, 0.0);
    let near = -amount * 3.0 / 32.0;
    let far = amount * 5.0 / 384.0;
    return array(far, near, 1.0 + amount - amount * 161.0 / 192.0, near, far);
}

// Sharpens the first plane of what `split` left, by what carrying it up will blur; the slope is smooth and stays.
@compute @workgroup_size(8, 8)
fn sharpen(@builtin(global_invocation_id) id: vec3u) {
    if (any(id.xy >= params.work)) {
        return;
    }
    var across = sharpening(params.full.x, params.work.x);
    var down = sharpening(params.full.y, params.work.y);
    var sum = vec4f(0.0);
    for (var row = 0u; row < 5u; row++) {
        let y = min(max(id.y + row, 2u) - 2u, params.work.y - 1u);
        var line = vec4f(0.0);
        for (var column = 0u; column < 5u; column++) {
            let x = min(max(id.x + column, 2u) - 2u, params.work.x - 1u);
            line += across[column] * parts[y * params.work.x + x];
        }
        sum += down[row] * line;
    }
    let plane = params.work.x * params.work.y;
    let at = id.y * params.work.x + id.x;
    output[at] = sum;
    output[plane + at] = parts[plane + at];
}
