//! 3×3 convolutions of one image on the CPU with their derivatives, on channels-last maps; the CPU engine and
//! `limn-trainer` make networks of them. They exist because Burn's CPU backend convolves by im2col, and its derivatives
//! by a scatter and by a kernel of the image's size: all of a training step took 0.75 processor seconds that way, and
//! 0.36 this way.

mod kernels;
mod lanes;
mod map;

use kernels::{Finish, Sweep, WeightSweep, block_weights};
pub use lanes::{LANES, Level};
pub use map::{Border, Map};

/// Taps of a 3×3 kernel.
const TAPS: usize = 9;

/// A convolution with padding 1, its weights arranged for the kernels.
pub struct Convolution {
    pub in_channels: usize,
    pub out_channels: usize,
    /// 1 or 2; a side of `n` becomes `ceil(n / stride)`.
    pub stride: usize,
    /// ReLU afterwards.
    pub relu: bool,
    /// What stands around the input.
    pub border: Border,
    level: Level,
    weights: Vec<f32>,
    /// With zeros up to a multiple of [`LANES`].
    bias: Vec<f32>,
    /// For the input gradient: one small convolution per parity of the input's row and column (one in all at stride
    /// 1). Empty where that gradient is not wanted.
    phases: Vec<Phase>,
    /// `[3·3, out, in]`, for what the input gradient owes to [`Border::Mirror`]; else empty.
    transposed: Vec<f32>,
}

/// The places of the input gradient at rows `row + stride·a` and columns `column + stride·b`, as a convolution of the
/// output gradient.
struct Phase {
    row: usize,
    column: usize,
    /// Rows and columns from output gradient (a, b) to the ones that are read, padding counted.
    taps: Vec<(usize, usize)>,
    weights: Vec<f32>,
}

/// Gradient of a convolution's weight `[out, in, 3, 3]` and bias `[out]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvolutionGradient {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The same, channels in the order of the maps: `[3·3, in, out]`, with zeros up to a multiple of [`LANES`].
pub struct ConvolutionSums {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl ConvolutionSums {
    /// Adds another image's.
    pub fn add(&mut self, other: &Self) {
        add(&mut self.weight, &other.weight);
        add(&mut self.bias, &other.bias);
    }
}

impl Convolution {
    /// Arranges `weight` `[out, in, 3, 3]` and `bias` `[out]`; for the input gradient too if `differentiate_input`.
    pub fn new(
        weight: &[f32],
        bias: &[f32],
        stride: usize,
        relu: bool,
        border: Border,
        differentiate_input: bool,
    ) -> Self {
        Self::at_level(
            Level::detect(),
            weight,
            bias,
            stride,
            relu,
            border,
            differentiate_input,
        )
    }

    /// The same for an instruction set other than the best one; the CPU must have it.
    pub fn at_level(
        level: Level,
        weight: &[f32],
        bias: &[f32],
        stride: usize,
        relu: bool,
        border: Border,
        differentiate_input: bool,
    ) -> Self {
        let out_channels = bias.len();
        let in_channels = weight.len() / (out_channels * TAPS);
        assert_eq!(weight.len(), out_channels * in_channels * TAPS);
        assert!(stride == 1 || stride == 2, "stride {stride}");
        let at = |o: usize, i: usize, tap: usize| weight[(o * in_channels + i) * TAPS + tap];
        let mut padded_bias = bias.to_vec();
        padded_bias.resize(out_channels.next_multiple_of(LANES), 0.0);
        let phase = |row: usize, column: usize| {
            // Input row `stride·a + row` is seen by output row `a + d` through kernel row k with
            // `stride·(a + d) + k − 1 = stride·a + row`.
            let along = |parity: usize| -> Vec<(usize, usize)> {
                let reach = |k: usize| (parity + 1 + stride).checked_sub(k);
                (0..3)
                    .filter_map(|k| Some((k, reach(k)?)))
                    .filter(|(_, d)| d % stride == 0)
                    // Padding 1 stands before output 0; `reach` has added one stride to stay above zero.
                    .map(|(k, d)| (k, d / stride))
                    .collect()
            };
            let (rows, columns) = (along(row), along(column));
            let pairs: Vec<_> = rows
                .iter()
                .flat_map(|y| columns.iter().map(move |x| (*y, *x)))
                .collect();
            Phase {
                row,
                column,
                taps: pairs.iter().map(|((_, dy), (_, dx))| (*dy, *dx)).collect(),
                weights: block_weights(
                    level,
                    pairs.len(),
                    out_channels,
                    in_channels,
                    |tap, o, i| {
                        let ((ky, _), (kx, _)) = pairs[tap];
                        at(o, i, ky * 3 + kx)
                    },
                ),
            }
        };
        let parities = if differentiate_input { stride } else { 0 };
        let mut transposed = Vec::new();
        if differentiate_input && border == Border::Mirror {
            for tap in 0..TAPS {
                for o in 0..out_channels {
                    transposed.extend((0..in_channels).map(|i| at(o, i, tap)));
                }
            }
        }
        Self {
            in_channels,
            out_channels,
            stride,
            relu,
            border,
            transposed,
            level,
            weights: block_weights(level, TAPS, in_channels, out_channels, |tap, i, o| {
                at(o, i, tap)
            }),
            bias: padded_bias,
            phases: (0..parities)
                .flat_map(|row| (0..parities).map(move |column| phase(row, column)))
                .collect(),
        }
    }

    fn taps(map: &Map) -> [usize; TAPS] {
        core::array::from_fn(|tap| tap / 3 * map.row() + tap % 3 * map.channels())
    }

    /// The convolution of `input`, after the ReLU if there is one.
    ///
    /// # Panics
    /// When the border of `input` is not the one that the convolution was made for.
    pub fn forward(&self, input: &Map) -> Map {
        assert_eq!(input.border(), self.border);
        let mut output = Map::new(
            input.height().div_ceil(self.stride),
            input.width().div_ceil(self.stride),
            self.out_channels.next_multiple_of(LANES),
        );
        let sweep = Sweep {
            // Tap (0, 0) reads the pixel up and left, where the padding begins.
            input: input.padded().as_ptr(),
            input_row: self.stride * input.row(),
            input_pixel: self.stride * input.channels(),
            taps: &Self::taps(input),
            in_channels: self.in_channels,
            weights: &self.weights,
            bias: Some(&self.bias),
            output_row: output.row(),
            output_pixel: output.channels(),
            out_vectors: output.channels() / LANES,
            height: output.height(),
            width: output.width(),
            finish: if self.relu {
                Finish::Relu
            } else {
                Finish::Plain
            },
            output: output.inside_mut(),
        };
        // SAFETY: maps are padded by the one pixel that the taps reach beyond the image; `output` is a map of its own.
        unsafe { kernels::sweep(self.level, &sweep) };
        output
    }

    /// The gradient with respect to `input`, given that with respect to the sum before the ReLU. Where `gate` (the input
    /// itself, when it comes out of a ReLU) is not above zero, it is zero.
    pub fn input_gradient(
        &self,
        gradient: &Map,
        (height, width): (usize, usize),
        gate: Option<&Map>,
    ) -> Map {
        assert!(!self.phases.is_empty(), "made without the input gradient");
        let mut result = Map::new(height, width, self.in_channels.next_multiple_of(LANES));
        if let Some(gate) = gate {
            assert_eq!(
                (gate.height(), gate.width(), gate.channels()),
                (height, width, result.channels())
            );
        }
        for phase in &self.phases {
            let taps: Vec<usize> = phase
                .taps
                .iter()
                .map(|(dy, dx)| dy * gradient.row() + dx * gradient.channels())
                .collect();
            let start = phase.row * result.row() + phase.column * result.channels();
            let sweep = Sweep {
                input: gradient.padded().as_ptr(),
                input_row: gradient.row(),
                input_pixel: gradient.channels(),
                taps: &taps,
                in_channels: self.out_channels,
                weights: &phase.weights,
                bias: None,
                output_row: self.stride * result.row(),
                output_pixel: self.stride * result.channels(),
                out_vectors: result.channels() / LANES,
                height: (height - phase.row.min(height)).div_ceil(self.stride),
                width: (width - phase.column.min(width)).div_ceil(self.stride),
                finish: match gate {
                    Some(gate) => Finish::Gate(gate.inside()[start..].as_ptr()),
                    None => Finish::Plain,
                },
                // SAFETY: a phase starts at most one row and one column into the map.
                output: unsafe { result.inside_mut().add(start) },
            };
            // SAFETY: as above; the gate has the shape of the result and is another map.
            unsafe { kernels::sweep(self.level, &sweep) };
        }
        if self.border == Border::Mirror {
            self.add_border_gradient(gradient, &mut result, gate);
        }
        result
    }

    /// Adds what reaches the output by way of the border, each of whose pixels is one of `result` in a mirror.
    fn add_border_gradient(&self, gradient: &Map, result: &mut Map, gate: Option<&Map>) {
        let (height, width) = (result.height() as isize, result.width() as isize);
        let sides = (0..height).flat_map(|y| [(y, -1), (y, width)]);
        let ends = (-1..=width).flat_map(|x| [(-1, x), (height, x)]);
        // Where the kernel's row or column `k` sees place `at` of an axis, if it does.
        let seen_from = |at: isize, k: usize, length: usize| {
            let reach = usize::try_from(at + 1).ok()?.checked_sub(k)?;
            let place = reach / self.stride;
            (reach.is_multiple_of(self.stride) && place < length).then_some(place)
        };
        let mut sum = vec![0.0; self.in_channels];
        for (y, x) in sides.chain(ends) {
            sum.fill(0.0);
            for (tap, weights) in self
                .transposed
                .chunks_exact(self.in_channels * self.out_channels)
                .enumerate()
            {
                let Some(row) = seen_from(y, tap / 3, gradient.height()) else {
                    continue;
                };
                let Some(column) = seen_from(x, tap % 3, gradient.width()) else {
                    continue;
                };
                let rows = weights.chunks_exact(self.in_channels);
                for (weights, value) in rows.zip(gradient.pixel(row, column)) {
                    // Behind a ReLU half of them are.
                    if *value != 0.0 {
                        for (sum, weight) in sum.iter_mut().zip(weights) {
                            *sum += value * weight;
                        }
                    }
                }
            }
            let mirrored = |at: isize, length: isize| {
                let at = if at < 0 {
                    1
                } else {
                    length - 1 - (at - (length - 1)).abs()
                };
                at.clamp(0, length - 1) as usize
            };
            let at = (mirrored(y, height), mirrored(x, width));
            let to = result.pixel_mut(at.0, at.1).iter_mut().zip(&sum);
            match gate.map(|gate| gate.pixel(at.0, at.1)) {
                Some(gate) => {
                    for ((to, sum), gate) in to.zip(gate) {
                        *to += if *gate > 0.0 { *sum } else { 0.0 };
                    }
                }
                None => to.for_each(|(to, sum)| *to += sum),
            }
        }
    }

    /// The gradient with respect to weight and bias, given that with respect to the sum before the ReLU; in the form
    /// that [`ConvolutionSums::add`] and [`in_order`](Self::in_order) take.
    pub fn weight_gradient(&self, input: &Map, gradient: &Map) -> ConvolutionSums {
        let lanes = gradient.channels();
        let mut sums = ConvolutionSums {
            weight: vec![0.0; TAPS * self.in_channels * lanes],
            bias: vec![0.0; lanes],
        };
        let sweep = WeightSweep {
            input: input.padded().as_ptr(),
            input_row: self.stride * input.row(),
            input_pixel: self.stride * input.channels(),
            taps: &Self::taps(input),
            in_channels: self.in_channels,
            gradient: gradient.inside().as_ptr(),
            gradient_row: gradient.row(),
            gradient_pixel: gradient.channels(),
            out_vectors: lanes / LANES,
            height: gradient.height(),
            width: gradient.width(),
            sums: sums.weight.as_mut_ptr(),
        };
        // SAFETY: as above; the sums have the length that the sweep describes.
        unsafe { kernels::weight_sweep(self.level, &sweep) };
        for y in 0..gradient.height() {
            for x in 0..gradient.width() {
                add(&mut sums.bias, gradient.pixel(y, x));
            }
        }
        sums
    }

    /// The sums as weight `[out, in, 3, 3]` and bias `[out]`.
    pub fn in_order(&self, sums: &ConvolutionSums) -> ConvolutionGradient {
        let mut weight = vec![0.0; self.out_channels * self.in_channels * TAPS];
        for (ti, row) in sums.weight.chunks_exact(sums.bias.len()).enumerate() {
            let (tap, i) = (ti / self.in_channels, ti % self.in_channels);
            for (o, sum) in row[..self.out_channels].iter().enumerate() {
                weight[(o * self.in_channels + i) * TAPS + tap] = *sum;
            }
        }
        let bias = sums.bias[..self.out_channels].to_vec();
        ConvolutionGradient { weight, bias }
    }
}

fn add(sum: &mut [f32], addend: &[f32]) {
    for (sum, addend) in sum.iter_mut().zip(addend) {
        *sum += addend;
    }
}
