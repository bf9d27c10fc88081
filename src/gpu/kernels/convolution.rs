//! The convolutions of the network as compute pipelines: the WGSL for each layer, its weights in the kernel's order, and
//! the launches for one size.

use std::fmt::Write;

use wgpu::{Buffer, BufferUsages, ComputePipeline};

use crate::gpu::{
    device::{Dispatch, Gpu},
    shaders,
};
use crate::{
    network::{GRADIENTS, Layer, Role},
    style::ConvWeights,
};

/// What one thread computes, and how threads form a workgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocking {
    /// Output rows per thread.
    pub rows: usize,
    /// Groups of four output channels per thread.
    pub groups: usize,
    /// Threads of a workgroup along x and y.
    pub workgroup: [usize; 2],
}

/// How a layer's output is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Store {
    /// As activations of the next layer.
    Plain,
    /// As activations after a ×2 pixel shuffle.
    Shuffle,
    /// As change of gradients: shuffled, cropped, less the input gradients, the boundary zeroed.
    Change,
}

/// What a kernel's source depends on. Numbers of channels and sizes are uniforms: layers and widths share kernels, which
/// take long to compile on some drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Variant {
    /// Channels per input group.
    lanes: usize,
    stride: usize,
    relu: bool,
    blocking: Blocking,
    store: Store,
}

/// The kernels compiled so far.
#[derive(Default)]
pub struct Pipelines(Vec<(Variant, ComputePipeline)>);

/// One layer and its kernel.
#[derive(Clone, Debug)]
pub struct Convolution {
    layer: Layer,
    blocking: Blocking,
    store: Store,
    in_groups: usize,
    pipeline: ComputePipeline,
}

/// One layer's weights on the GPU.
#[derive(Clone, Debug)]
pub struct LayerWeights {
    taps: Buffer,
    biases: Buffer,
}

impl Blocking {
    /// The blocking for a layer. Four rows of two groups keep accumulators, inputs and a matrix in about 72 registers, which
    /// phones have too; the last layer's twelve channels per output row make three groups.
    pub fn for_layer(layer: &Layer) -> Self {
        let groups = if layer.role == Role::Last {
            3
        } else if layer.out_channels.is_multiple_of(8) {
            2
        } else {
            1
        };
        Self {
            rows: 4,
            groups,
            workgroup: [8, 8],
        }
    }
}

/// Input channels come in groups of four; gradients and colours in groups of three: x, y, and the photo.
fn input_channels(layer: &Layer) -> (usize, usize) {
    if layer.role == Role::First {
        (layer.in_channels / 3, 3)
    } else {
        (layer.in_channels / 4, 4)
    }
}

impl Convolution {
    /// The kernel of `layer`, compiled if `pipelines` lacks it.
    pub fn new(gpu: &Gpu, pipelines: &mut Pipelines, layer: &Layer, blocking: Blocking) -> Self {
        let store = match (layer.role, layer.shuffle) {
            (Role::Last, _) => Store::Change,
            (_, true) => Store::Shuffle,
            (_, false) => Store::Plain,
        };
        let (in_groups, lanes) = input_channels(layer);
        let variant = Variant {
            lanes,
            stride: layer.stride,
            relu: layer.relu,
            blocking,
            store,
        };
        let known = pipelines.0.iter().find(|(known, _)| *known == variant);
        let pipeline = match known {
            Some((_, pipeline)) => pipeline.clone(),
            None => {
                let module = gpu.module("convolution", &source(variant));
                let pipeline = gpu.pipeline(&module, "convolve");
                pipelines.0.push((variant, pipeline.clone()));
                pipeline
            }
        };
        Self {
            layer: *layer,
            blocking,
            store,
            in_groups,
            pipeline,
        }
    }

    /// Number of blocks of output groups, the launch's z.
    fn blocks(&self) -> usize {
        self.layer.out_channels.div_ceil(4) / self.blocking.groups
    }

    /// The convolution's output channel for lane `lane` of group `group` of block `block`.
    fn output_channel(&self, block: usize, group: usize, lane: usize) -> usize {
        let index = block * self.blocking.groups + group;
        match self.store {
            Store::Plain => 4 * index + lane,
            // Groups of one shuffled group stand together, one per sub-pixel.
            Store::Shuffle => 4 * (4 * (index / 4) + lane) + index % 4,
            // Block: sub-row; then sub-column and the six gradients.
            Store::Change => {
                let slot = 4 * group + lane;
                4 * (slot % GRADIENTS) + 2 * block + slot / GRADIENTS
            }
        }
    }

    /// Uploads weights in the order in which the kernel reads them, with the network's scale of gradients in them.
    pub fn upload(&self, gpu: &Gpu, weights: &ConvWeights) -> LayerWeights {
        let (in_groups, lanes) = input_channels(&self.layer);
        let groups = self.blocking.groups;
        let weights = self.layer.folded(weights);
        let mut taps = Vec::with_capacity(self.layer.weight_len() * 4 / 3);
        let mut biases = Vec::with_capacity(self.layer.out_channels);
        for block in 0..self.blocks() {
            for in_group in 0..in_groups {
                for tap in 0..9 {
                    let (column, row) = (tap / 3, tap % 3);
                    for group in 0..groups {
                        for input in 0..lanes {
                            let input = in_group * lanes + input;
                            taps.extend((0..4).map(|lane| {
                                let output = self.output_channel(block, group, lane);
                                let at = (output * self.layer.in_channels + input) * 9;
                                // The second head's three channels leave a lane.
                                let tap = weights.weight.get(at + 3 * row + column);
                                tap.copied().unwrap_or_default()
                            }));
                        }
                    }
                }
            }
            for group in 0..groups {
                biases.extend((0..4).map(|lane| {
                    let bias = weights.bias.get(self.output_channel(block, group, lane));
                    bias.copied().unwrap_or_default()
                }));
            }
        }
        LayerWeights {
            taps: gpu.upload("taps", bytemuck::cast_slice(&taps), BufferUsages::STORAGE),
            biases: gpu.upload(
                "biases",
                bytemuck::cast_slice(&biases),
                BufferUsages::STORAGE,
            ),
        }
    }

    /// The launch that maps `source` of `size` (width, height) to `destination` of `output` (width, height), which is
    /// the layer's output size except where the last layer crops. That one also reads the network's input gradients.
    pub fn dispatch(
        &self,
        gpu: &Gpu,
        weights: &LayerWeights,
        source: (&Buffer, (usize, usize)),
        destination: (&Buffer, (usize, usize)),
        gradients: &Buffer,
    ) -> Dispatch {
        let (source, size) = source;
        let (destination, output) = destination;
        let grid = (
            size.0.div_ceil(self.layer.stride),
            size.1.div_ceil(self.layer.stride),
        );
        let sizes = [size, grid, output, (self.in_groups, 0)]
            .map(|(width, height)| [width as u32, height as u32]);
        let sizes = gpu.upload("sizes", bytemuck::bytes_of(&sizes), BufferUsages::UNIFORM);
        let mut resources = vec![
            (0, sizes.as_entire_binding()),
            (1, source.as_entire_binding()),
            (2, weights.taps.as_entire_binding()),
            (3, weights.biases.as_entire_binding()),
            (4, destination.as_entire_binding()),
        ];
        if self.store == Store::Change {
            resources.push((5, gradients.as_entire_binding()));
        }
        let [across, down] = self.blocking.workgroup;
        Dispatch::new(
            gpu,
            "convolution",
            &self.pipeline,
            &resources,
            [
                grid.0.div_ceil(across) as u32,
                grid.1.div_ceil(down * self.blocking.rows) as u32,
                self.blocks() as u32,
            ],
        )
    }
}

/// The WGSL of one kernel.
fn source(variant: Variant) -> String {
    let Variant {
        lanes,
        stride,
        relu,
        blocking:
            Blocking {
                rows,
                groups,
                workgroup: [across, down],
            },
        store,
    } = variant;
    let in_rows = (rows - 1) * stride + 3;

    let mut offsets = String::new();
    for row in 0..in_rows {
        line(
            &mut offsets,
            format_args!(
                "let row{row} = inside(y * {stride}u + {row}u, sizes.source.y) * sizes.source.x;"
            ),
        );
    }
    for column in 0..3 {
        line(
            &mut offsets,
            format_args!("let column{column} = inside(x * {stride}u + {column}u, sizes.source.x);"),
        );
    }

    let mut biases = String::new();
    for group in 0..groups {
        line(
            &mut biases,
            format_args!("let bias{group} = biases[block * {groups}u + {group}u];"),
        );
        for row in 0..rows {
            line(
                &mut biases,
                format_args!("var sum{group}_{row} = bias{group};"),
            );
        }
    }

    let swizzle = if lanes == 3 { ".xyz" } else { "" };
    let mut unrolled = String::new();
    for column in 0..3 {
        unrolled.push_str("{\n");
        for row in 0..in_rows {
            line(
                &mut unrolled,
                format_args!(
                    "let v{row} = vec4f(source[base + row{row} + column{column}]){swizzle};"
                ),
            );
        }
        for tap_row in 0..3 {
            for group in 0..groups {
                let index = (column * 3 + tap_row) * groups + group;
                let _ = writeln!(unrolled, "{{ let m = (*tap).matrices[{index}];");
                for row in 0..rows {
                    line(
                        &mut unrolled,
                        format_args!("sum{group}_{row} += m * v{};", row * stride + tap_row),
                    );
                }
                unrolled.push_str("}\n");
            }
        }
        unrolled.push_str("}\n");
    }

    let mut stores = String::new();
    if relu {
        for (group, row) in (0..groups).flat_map(|group| (0..rows).map(move |row| (group, row))) {
            line(
                &mut stores,
                format_args!("sum{group}_{row} = max(sum{group}_{row}, vec4f(0.0));"),
            );
        }
    }
    for row in 0..rows {
        match store {
            Store::Plain => {
                let _ = writeln!(stores, "if (y + {row}u < sizes.grid.y) {{");
                for group in 0..groups {
                    line(
                        &mut stores,
                        format_args!(
                            "store_plain(block * {groups}u + {group}u, vec2u(x, y + {row}u), sum{group}_{row});"
                        ),
                    );
                }
                stores.push_str("}\n");
            }
            Store::Shuffle => {
                let _ = writeln!(stores, "if (y + {row}u < sizes.grid.y) {{");
                for group in 0..groups {
                    line(
                        &mut stores,
                        format_args!(
                            "store_shuffled(block * {groups}u + {group}u, vec2u(x, y + {row}u), sum{group}_{row});"
                        ),
                    );
                }
                stores.push_str("}\n");
            }
            Store::Change => line(
                &mut stores,
                format_args!(
                    "store_change(vec2u(2u * x, 2u * (y + {row}u) + block), sum0_{row}.xyz, \
                     vec3f(sum0_{row}.w, sum1_{row}.xy)); \
                     store_change(vec2u(2u * x + 1u, 2u * (y + {row}u) + block), vec3f(sum1_{row}.zw, sum2_{row}.x), \
                     sum2_{row}.yzw);"
                ),
            ),
        }
    }

    let bindings = match store {
        Store::Plain => shaders::STORE_PLAIN,
        Store::Shuffle => shaders::STORE_SHUFFLED,
        Store::Change => shaders::STORE_CHANGE,
    };
    let text = shaders::CONVOLUTION
        .replace("$BINDINGS", bindings)
        .replace("$MATRIX", if lanes == 3 { "mat3x4f" } else { "mat4x4f" })
        .replace("$TAPS_UNROLLED", &unrolled)
        .replace("$TAPS", &(9 * groups).to_string())
        .replace("$WORKGROUP", &format!("{across}, {down}"))
        .replace("$ROWS", &rows.to_string())
        .replace("$OFFSETS", &offsets)
        .replace("$BIASES", &biases)
        .replace("$STORES", &stores);
    shaders::with_shared(&text)
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{arguments}");
}
