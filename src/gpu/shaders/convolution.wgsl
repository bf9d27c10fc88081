// One 3x3 convolution with zero padding, bias, ReLU and pixel shuffle, all in one pass over its input.
//
// Activations are stored as [channels / 4] planes of height * width vec4, and one zero after each plane: taps outside the
// image read that zero, which costs an addition and a minimum per load where a comparison per tap would cost more.
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
    // Groups of input channels, and planes of the output.
    in_groups: u32,
    planes: u32,
}

struct Taps {
    // [column, row, group] of the 3x3 kernel; each matrix maps four input channels to four output channels.
    matrices: array<$MATRIX, $TAPS>,
}

const OUTSIDE = 0x20000000u;

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> source: array<Activation>;
// [blocks of output groups, input groups]
@group(0) @binding(2) var<storage, read> taps: array<Taps>;
@group(0) @binding(3) var<storage, read> biases: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> destination: array<Activation>;
$BINDINGS

@compute @workgroup_size($WORKGROUP)
fn convolve(@builtin(workgroup_id) workgroup: vec3u, @builtin(global_invocation_id) id: vec3u) {
    let x = id.x;
    let y = id.y * $ROWSu;
    let block = workgroup.z;
    if (x >= sizes.grid.x || y >= sizes.grid.y) {
        return;
    }
    let zero = sizes.source.x * sizes.source.y;
    let plane = zero + 1u;
    $OFFSETS
    $BIASES
    for (var group = 0u; group < sizes.in_groups; group++) {
        let base = group * plane;
        let tap = &taps[block * sizes.in_groups + group];
        $TAPS_UNROLLED
    }
    $STORES
}
