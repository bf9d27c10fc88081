// One 3x3 convolution with bias, ReLU and pixel shuffle, all in one pass over its input.
//
// Activations are stored as [channels / 4] planes of height * width vec4. The image is mirrored at its border.
// Neighbouring threads own neighbouring columns, so their loads and stores are contiguous.
// A thread computes ROWS rows of GROUPS groups of four output channels. Each loaded pixel serves three taps and GROUPS
// matrices, each matrix ROWS pixels. All threads of a workgroup use the same weights, so those loads are uniform.
//
// The lines with a $ are written by src/gpu/convolution.rs, which unrolls taps, rows and groups: arrays of accumulators
// would end in memory on drivers that do not unroll loops.

struct Sizes {
    // Of the input.
    source: vec2u,
    // Of the convolution, before a pixel shuffle.
    grid: vec2u,
    // Of the output, after shuffle and crop.
    output: vec2u,
    // Groups of input channels.
    in_groups: u32,
}

struct Taps {
    // [column, row, group] of the 3x3 kernel; each matrix maps four input channels to four output channels.
    matrices: array<$MATRIX, $TAPS>,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<Activation>;
// [blocks of output groups, input groups]
@group(0) @binding(2) var<storage, read> taps: array<Taps>;
@group(0) @binding(3) var<storage, read> biases: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> destination: array<Activation>;
$BINDINGS

// The place on an axis of `length` that stands for `at` - 1: beyond the ends, what a mirror on the outermost pixel shows.
fn inside(at: u32, length: u32) -> u32 {
    if (at == 0u) {
        return min(1u, length - 1u);
    }
    // Rows that nobody stores may lie further out.
    return select(2u * length - min(at + 1u, 2u * length), at - 1u, at <= length);
}

@compute @workgroup_size($WORKGROUP)
fn convolve(@builtin(workgroup_id) workgroup: vec3u, @builtin(global_invocation_id) id: vec3u) {
    let x = id.x;
    let y = id.y * $ROWSu;
    let block = workgroup.z;
    if (x >= sizes.grid.x || y >= sizes.grid.y) {
        return;
    }
    let plane = sizes.source.x * sizes.source.y;
    $OFFSETS
    $BIASES
    for (var group = 0u; group < sizes.in_groups; group++) {
        let base = group * plane;
        let tap = &taps[block * sizes.in_groups + group];
        $TAPS_UNROLLED
    }
    $STORES
}
