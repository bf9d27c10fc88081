// What a picture is painted on; the twin of src/medium/noise.rs and src/medium/formula.rs, which say why. For shaders that
// have `params`.

const PAPER = 1u;
const PIGMENT = 2u;
const CANVAS = 3u;
const HALFTONE = 4u;
const ENGRAVING = 5u;
const HATCHING = 6u;
const SCREENPRINT = 7u;


// A pixel that a medium is laid on: its centre, and the luminance round about.
struct Place {
    at: vec2f,
    around: f32,
}

fn hash(x: i32, y: i32, seed: u32) -> u32 {
    var h = u32(x) * 0x9e3779b1u + u32(y) * 0x85ebca77u + seed * 0xc2b2ae3du;
    h ^= h >> 16u;
    h *= 0x7feb352du;
    h ^= h >> 15u;
    h *= 0x846ca68bu;
    return h ^ (h >> 16u);
}

fn unit(hash: u32) -> f32 {
    return f32(hash >> 8u) / 16777216.0;
}

// Value noise, and its derivatives by x and y.
fn noise(at: vec2f, seed: u32) -> vec3f {
    let corner = floor(at);
    let f = at - corner;
    let i = vec2i(corner);
    let a = 2.0 * unit(hash(i.x, i.y, seed)) - 1.0;
    let b = 2.0 * unit(hash(i.x + 1, i.y, seed)) - 1.0;
    let c = 2.0 * unit(hash(i.x, i.y + 1, seed)) - 1.0;
    let d = 2.0 * unit(hash(i.x + 1, i.y + 1, seed)) - 1.0;
    let u = f * f * (3.0 - 2.0 * f);
    let slope = 6.0 * f * (1.0 - f);
    let twist = a - b - c + d;
    return vec3f(
        a + (b - a) * u.x + (c - a) * u.y + twist * u.x * u.y,
        slope.x * (b - a + twist * u.y),
        slope.y * (c - a + twist * u.x),
    );
}

// How much is left of what has this period at the picture's spacing.
fn seen(period: f32) -> f32 {
    return 1.0 - smoothstep(0.35 * period, 0.8 * period, params.spacing);
}

fn turned(at: vec2f, axis: vec2f) -> vec2f {
    return vec2f(axis.x * at.x + axis.y * at.y, axis.x * at.y - axis.y * at.x);
}

// The axis turned on by another.
fn beyond(axis: vec2f, by: vec2f) -> vec2f {
    return vec2f(axis.x * by.x - axis.y * by.y, axis.y * by.x + axis.x * by.y);
}

fn grain(at: vec2f, period: f32, seed: u32) -> f32 {
    var weights = array(0.3, 0.5, 0.8, 0.5, 0.4, 0.3);
    var size = 4.0 * period;
    var p = at;
    var sum = 0.0;
    for (var octave = 0u; octave < 6u; octave++) {
        let weight = weights[octave] * seen(2.0 * size);
        if (weight > 0.0) {
            sum += weight * noise(p / size, seed + octave).x;
        }
        p = vec2f(0.8 * p.x - 0.6 * p.y, 0.6 * p.x + 0.8 * p.y);
        size *= 0.5;
    }
    return sum;
}

fn pencil_stroke(at: vec2f, bow: f32, width: f32, seed: u32) -> f32 {
    let across = at.y + bow;
    return noise(vec2f(at.x / (14.0 * width), across / width), seed).x
        + 0.6 * noise(vec2f(at.x / (22.0 * width), across / (2.3 * width)), seed + 1u).x;
}

fn on_paper(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    var sum = 2.6 * sheet.grain * grain(place.at, sheet.period, 1u);
    if (sheet.flow > 0.0) {
        let first = turned(place.at, sheet.axis);
        let second = turned(first, vec2f(0.94, 0.34));
        let bow = 1.5 * noise(first / 40.0, 7u).x;
        let width = 0.9 * sheet.period;
        let strokes = pencil_stroke(first, bow, width, 8u) + 0.7 * pencil_stroke(second, bow, width, 10u);
        sum += 1.6 * sheet.flow * seen(2.0 * width) * strokes;
    }
    let light = sheet.variant > 0.5;
    let tone = select(dot(color, LUMA), 1.0 - dot(color, LUMA), light);
    sum *= 1.0 - smoothstep(select(0.8, 0.65, light), select(1.0, 0.95, light), tone);
    let odds = select(1.0 / (1.0 - sum), 1.0 + sum, sum > 0.0);
    let c = select(color, 1.0 - color, light);
    let caught = c / (c + (1.0 - c) * odds);
    return select(caught, 1.0 - caught, light);
}

fn in_pigment(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    var density = 1.5 * sheet.grain * grain(place.at, sheet.period, 1u);
    if (sheet.flow > 0.0) {
        var size = 36.0 * sheet.period;
        var p = place.at;
        var weight = 0.7;
        var pools = 0.0;
        for (var octave = 0u; octave < 4u; octave++) {
            let wave = noise(p / size, 20u + octave).x;
            pools += weight * (wave + 0.6 * (0.4 - abs(wave)));
            p = vec2f(0.8 * p.x - 0.6 * p.y, 0.6 * p.x + 0.8 * p.y);
            size *= 0.45;
            weight *= 0.62;
        }
        density += sheet.flow * pools;
    }
    return color - (color - color * color) * clamp(density, -1.0, 1.0);
}

fn weave(at: vec2f, period: f32) -> f32 {
    var p = at / period;
    p += 0.12 * vec2f(noise(p * vec2f(0.13, 0.31), 31u).x, noise(p * vec2f(0.29, 0.11), 32u).x);
    let corner = floor(p);
    let f = p - corner - 0.5;
    let i = vec2i(corner);
    let over = select(-1.0, 1.0, ((i.x + i.y) & 1) == 0);
    let round_ = 1.0 - 4.0 * f * f;
    let warp = round_.x * (0.55 + 0.45 * over * round_.y) * (0.75 + 0.35 * unit(hash(i.x, 0, 33u)));
    let weft = round_.y * (0.55 - 0.45 * over * round_.x) * (0.75 + 0.35 * unit(hash(0, i.y, 34u)));
    return max(warp, weft);
}

fn bristles(sheet: Sheet, place: Place) -> f32 {
    let p = place.at / (6.0 * sheet.period);
    let corner = floor(p);
    let f = p - corner;
    let u = f * f * (3.0 - 2.0 * f);
    var sum = 0.0;
    for (var k = 0; k < 4; k++) {
        let d = vec2i(k & 1, k >> 1u);
        let weight = select(1.0 - u.x, u.x, d.x == 1) * select(1.0 - u.y, u.y, d.y == 1);
        let own = hash(i32(corner.x) + d.x, i32(corner.y) + d.y, 40u);
        let t = 1.4 * unit(own) - 0.7;
        let axis = beyond(vec2f(1.0 - t * t, 2.0 * t) / (1.0 + t * t), sheet.axis);
        let at = turned(place.at, axis) + vec2f(0.0, 5.0 * place.around);
        var light = 0.0;
        var width = 0.45 * sheet.period;
        for (var octave = 0u; octave < 3u; octave++) {
            let fine = seen(2.5 * width);
            if (fine > 0.0) {
                let slope = noise(vec2f(at.x / (9.0 * width), at.y / width), 41u + (own & 0xffffu) + octave).yz;
                light += 0.315 * fine * (slope.y * (axis.x - axis.y) - slope.x / 9.0 * (axis.x + axis.y));
            }
            width *= 0.5;
        }
        sum += weight * light;
    }
    return sum;
}

fn on_canvas(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    var light = 0.0;
    if (sheet.grain > 0.0) {
        let here = weave(place.at, sheet.period);
        let there = weave(place.at - 0.21 * sheet.period, sheet.period);
        light += sheet.grain * seen(1.4 * sheet.period) * (0.55 * (here - there) + 0.22 * (here - 0.55));
    }
    if (sheet.flow > 0.0) {
        light += 0.2 * sheet.flow * bristles(sheet, place);
    }
    let room = 0.35 + 2.6 * color * (1.0 - color);
    return color + 1.6 * light * room * select(color, 1.0 - color, light > 0.0);
}

fn darkness(tone: f32) -> f32 {
    return clamp((0.95 - tone) / 0.87, 0.0, 1.0);
}

// A wave of period 1, and its derivative.
fn wave(x: f32) -> vec2f {
    let t = fract(x);
    let reach = 2.0 * min(t, 1.0 - t);
    return vec2f(1.0 - 2.0 * reach * reach * (3.0 - 2.0 * reach), -12.0 * reach * (1.0 - reach) * select(-2.0, 2.0, t < 0.5));
}

fn halftone_dot(sheet: Sheet, tone: f32, at: vec2f, axis: vec2f) -> f32 {
    let p = turned(at, axis) / sheet.period;
    let u = wave(p.x);
    let v = wave(p.y);
    let height = 0.5 + 0.25 * (u.x + v.x);
    let step_ = params.spacing / sheet.period;
    let edge = 0.25 * sqrt(u.y * u.y + v.y * v.y) * step_ + 2.0 * step_ * step_;
    let dark = darkness(tone);
    let t = 1.0 - 2.0 * dark;
    let threshold = 0.5 + 0.5 * t * (0.56 + t * t * (0.58 - 0.14 * t * t));
    var cover = clamp((height - threshold) / edge + 0.5, 0.0, 1.0) * min(dark / (0.25 * edge), 1.0);
    cover = 1.0 - (1.0 - cover) * min((1.0 - dark) / (0.25 * edge), 1.0);
    return dark + seen(1.4 * sheet.period) * (cover - dark);
}

fn printed(sheet: Sheet, cover: vec3f) -> vec3f {
    return sheet.inks[1].rgb + cover * (sheet.inks[0].rgb - sheet.inks[1].rgb);
}

fn in_dots(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    if (sheet.variant > 0.5) {
        return printed(sheet, vec3f(
            halftone_dot(sheet, color.r, place.at, beyond(sheet.axis, vec2f(0.8660254, -0.5))),
            halftone_dot(sheet, color.g, place.at, beyond(sheet.axis, vec2f(0.8660254, 0.5))),
            halftone_dot(sheet, color.b, place.at, beyond(sheet.axis, vec2f(0.70710678, -0.70710678))),
        ));
    }
    return printed(sheet, vec3f(halftone_dot(sheet, dot(color, LUMA), place.at, sheet.axis)));
}

// The share of a pixel of this width, so far from the middle of a line, that lies in it.
fn covered(distance: f32, reach: f32, step_: f32) -> f32 {
    return max(min(reach, distance + 0.5 * step_) - max(-reach, distance - 0.5 * step_), 0.0) / step_;
}

fn engraved_line(sheet: Sheet, along: f32, phase: f32, cover: f32, seed: u32) -> f32 {
    let row = floor(phase + 0.5);
    let step_ = params.spacing / sheet.period;
    let dash = noise(vec2f(along / (3.0 * sheet.period), row * 7.31), seed).x;
    let light = 1.0 - smoothstep(0.1, 0.3, cover);
    let reach = 0.5 * cover * (1.0 + 0.9 * light * dash);
    return covered(abs(phase - row), reach, step_);
}

fn engraved(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    let dark = darkness(dot(color, LUMA));
    let bend = sheet.flow * place.around;
    let tremor = 0.07 * noise(place.at / 9.0, 50u).x;
    let first_cover = min(dark, 0.5 + 0.45 * (dark - 0.5));
    let rest = 1.0 - (1.0 - dark) / (1.0 - first_cover);
    let second_cover = min(rest, 0.35 + 0.4 * (rest - 0.35));
    let third_cover = 1.0 - (1.0 - rest) / (1.0 - second_cover);
    let sixty = vec2f(0.5, 0.8660254);
    var at = turned(place.at, sheet.axis);
    var blank = 1.0 - engraved_line(sheet, at.x, at.y / sheet.period + bend + tremor, first_cover, 51u);
    at = turned(at, sixty);
    blank *= 1.0 - engraved_line(sheet, at.x, at.y / sheet.period - bend + tremor, second_cover, 52u);
    at = turned(at, sixty);
    blank *= 1.0 - engraved_line(sheet, at.x, at.y / sheet.period + tremor, third_cover, 53u);
    let cover = dark + seen(1.4 * sheet.period) * (1.0 - blank - dark);
    return printed(sheet, vec3f(cover));
}

fn pen_strokes(sheet: Sheet, at: vec2f, cover: f32, seed: u32) -> f32 {
    let step_ = params.spacing / sheet.period;
    let near = floor(at.y - 0.5);
    var ink = 0.0;
    for (var k = 0u; k < 2u; k++) {
        let row = near + f32(k);
        let place = at.x / 24.0 + 64.0 * unit(hash(i32(row), 0, seed));
        let segment = floor(place);
        let within = place - segment;
        let own = hash(i32(row), i32(segment), seed + 1u);
        let centre = row + 0.5 + 0.3 * (unit(own) - 0.5);
        let pressure = 0.8 + 0.4 * unit(own * 0x9e3779b1u);
        let taper = smoothstep(-0.01, 0.06, min(within, 1.0 - within));
        let tooth = 1.0 + 0.3 * noise(at * vec2f(1.3, 3.1), seed + 2u).x;
        let reach = 0.29 * min(cover, 1.3) * pressure * taper * tooth;
        ink = max(ink, covered(abs(at.y - centre), reach, step_));
    }
    let mean = min(0.5 * cover, 0.6);
    return mean + seen(1.6 * sheet.period) * (ink - mean);
}

fn hatched(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    // Direction, the darkness from which there are strokes, and that over which they swell.
    var layers = array(
        vec4f(1.0, 0.0, 0.06, 0.55),
        vec4f(0.6427876, 0.7660444, 0.4, 0.55),
        vec4f(0.8660254, -0.5, 0.62, 0.55),
        vec4f(0.1736482, 0.9848078, 0.8, 0.6),
    );
    let dark = 1.0 - dot(color, LUMA);
    let at = place.at + sheet.flow * vec2f(noise(place.at / 34.0, 60u).x, noise(place.at / 34.0, 61u).x);
    var blank = 1.0;
    for (var k = 0u; k < 4u; k++) {
        let layer = layers[k];
        let cover = (dark - layer.z) / layer.w;
        if (cover > 0.0) {
            blank *= 1.0 - pen_strokes(sheet, turned(at, beyond(sheet.axis, layer.xy)) / sheet.period, cover, 62u + 8u * k);
        }
    }
    let full = smoothstep(0.82, 0.97, dark);
    return printed(sheet, vec3f(1.0 - blank * (1.0 - full)));
}

fn sharpened() -> f32 {
    return clamp(params.spacing, 0.5, 1.0);
}

fn in_flat_inks(sheet: Sheet, color: vec3f) -> vec3f {
    let tone = dot(color, LUMA);
    let softness = sheet.grain * sharpened();
    // Kept in a variable: an array in a value can only be indexed with constants.
    var inks = sheet.inks;
    var print = inks[0].rgb;
    for (var k = 1u; k < u32(sheet.variant); k++) {
        print = mix(print, inks[k].rgb, smoothstep(inks[k].w - softness, inks[k].w + softness, tone));
    }
    return print;
}

fn on_cel(sheet: Sheet, color: vec3f) -> vec3f {
    let steps = sheet.flow - 1.0;
    let tone = dot(color, LUMA);
    let step_ = floor(tone * steps);
    let softness = sheet.grain * sharpened();
    let target_ = (step_ + smoothstep(0.5 - softness, 0.5 + softness, tone * steps - step_)) / steps;
    let ratio = min(target_ / max(tone, 0.06), 2.2);
    return clamp(0.7 * color * ratio + 0.3 * (color + target_ - tone), vec3f(0.0), vec3f(1.0));
}

// A picture's colour on one medium.
fn laid(sheet: Sheet, color: vec3f, place: Place) -> vec3f {
    let clamped = clamp(color, vec3f(0.0), vec3f(1.0));
    switch (sheet.kind) {
        case PAPER: { return on_paper(sheet, clamped, place); }
        case PIGMENT: { return in_pigment(sheet, clamped, place); }
        case CANVAS: { return on_canvas(sheet, clamped, place); }
        case HALFTONE: { return in_dots(sheet, clamped, place); }
        case ENGRAVING: { return engraved(sheet, clamped, place); }
        case HATCHING: { return hatched(sheet, clamped, place); }
        case SCREENPRINT: { return in_flat_inks(sheet, clamped); }
        default: { return on_cel(sheet, clamped); }
    }
}

// Where a pixel of one axis has its centre, in pixels of the working size.
fn position(at: u32, full: u32, work: u32) -> f32 {
    let position = (2u * at + 1u) * work;
    return f32(position / (2u * full)) + f32(position % (2u * full)) / f32(2u * full);
}

// The picture's colour at pixel `at` on the mediums in use, where the photo's luminance round about is `around`.
fn on_media(at: vec2u, color: vec3f, around: f32) -> vec3f {
    if (params.has_medium == 0u) {
        return color;
    }
    let place = Place(
        vec2f(position(at.x, params.full.x, params.work.x), position(at.y, params.full.y, params.work.y)),
        around,
    );
    var sum = color;
    for (var k = 0u; k < 2u; k++) {
        let sheet = params.media[k];
        if (sheet.kind != 0u) {
            sum += sheet.amount * (laid(sheet, color, place) - color);
        }
    }
    return sum;
}
