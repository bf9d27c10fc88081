//! Networks that are a chain of 3×3 convolutions, max poolings and pixel shuffles, with hand-written derivatives, for
//! training and optimisation on the CPU. VGG and the gradient network are such chains. Images, and the rows of each, are
//! spread over the threads of rayon's pool; what is computed for an image, and the order in which images are summed, do
//! not depend on their number.

use burn::tensor::Tensor;
use limn::convolution::{Border, Convolution, ConvolutionGradient, ConvolutionSums, LANES, Map};
use rayon::prelude::*;

/// One step of a chain.
pub enum Step {
    /// 3×3, padding 1, with or without a ReLU.
    Convolution(Convolution),
    /// ReLU by itself, for chains whose sums before it are looked at; elsewhere the convolution's own is cheaper.
    Relu,
    /// Maximum of 2×2 pixels; an odd last row or column is dropped.
    MaxPool,
    /// ×2 pixel shuffle: channel `4k + 2i + j` goes to channel `k` at `(2y + i, 2x + j)`.
    PixelShuffle,
}

/// The network.
pub struct Chain {
    steps: Vec<Step>,
    in_channels: usize,
}

/// What one image became: the input, then the map after each step.
pub struct Trace(Vec<Map>);

/// What [`Chain::backward`] differentiates with respect to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// The images.
    Input,
    /// Kernels and biases.
    Weights,
}

/// Gradients of one image.
struct ImageGradient {
    input: Option<Map>,
    /// By convolution, first to last.
    weights: Vec<ConvolutionSums>,
}

impl Chain {
    /// A chain whose first step is a convolution.
    ///
    /// # Panics
    /// When the first step is another.
    pub fn new(steps: Vec<Step>) -> Self {
        let Some(Step::Convolution(first)) = steps.first() else {
            panic!("the first step must be a convolution");
        };
        let in_channels = first.in_channels;
        Self { steps, in_channels }
    }

    /// Number of steps, at least one.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Runs `images` `[N, C, height, width]`.
    pub fn forward(&self, images: &[f32], height: usize, width: usize) -> Vec<Trace> {
        images
            .par_chunks_exact(self.in_channels * height * width)
            .map(|image| {
                let mut maps = vec![Map::from_planes(image, height, width, self.in_channels)];
                for (place, step) in self.steps.iter().enumerate() {
                    if let Step::Convolution(convolution) = step
                        && convolution.border == Border::Mirror
                    {
                        maps[place].mirror();
                    }
                    let input = &maps[place];
                    maps.push(match step {
                        Step::Convolution(convolution) => convolution.forward(input),
                        Step::Relu => relu(input),
                        Step::MaxPool => max_pool(input),
                        Step::PixelShuffle => input.pixel_shuffle(),
                    });
                }
                Trace(maps)
            })
            .collect()
    }

    /// The gradients of a loss whose gradients with respect to the maps after some steps are given, as
    /// `(step, [N, channels, height, width])`, the last step's among them. Returns that of the input
    /// `[N, C, height, width]`, or of the weights summed over images; the other one is empty.
    ///
    /// # Panics
    /// When no gradient is given for the last step.
    pub fn backward(
        &self,
        traces: &[Trace],
        gradients: &[(usize, Vec<f32>)],
        wanted: Wanted,
    ) -> (Vec<f32>, Vec<ConvolutionGradient>) {
        let images: Vec<ImageGradient> = (0..traces.len())
            .into_par_iter()
            .map(|n| self.backward_image(&traces[n], traces.len(), n, gradients, wanted))
            .collect();
        let mut input = Vec::new();
        let mut sums: Vec<ConvolutionSums> = Vec::new();
        for image in images {
            if let Some(map) = image.input {
                let size = self.in_channels * map.height() * map.width();
                let start = input.len();
                input.resize(start + size, 0.0);
                map.write_planes(0, &mut input[start..]);
            }
            if sums.is_empty() {
                sums = image.weights;
            } else {
                sums.iter_mut()
                    .zip(&image.weights)
                    .for_each(|(sum, addend)| sum.add(addend));
            }
        }
        let convolutions = self.steps.iter().filter_map(|step| match step {
            Step::Convolution(convolution) => Some(convolution),
            _ => None,
        });
        let weights = convolutions
            .zip(&sums)
            .map(|(convolution, sums)| convolution.in_order(sums));
        (input, weights.collect())
    }

    fn backward_image(
        &self,
        trace: &Trace,
        count: usize,
        n: usize,
        gradients: &[(usize, Vec<f32>)],
        wanted: Wanted,
    ) -> ImageGradient {
        let given = |step: usize| {
            let (_, values) = gradients.iter().find(|(at, _)| *at == step)?;
            let map = trace.after(step);
            let size = values.len() / count;
            Some(Map::from_planes(
                &values[n * size..][..size],
                map.height(),
                map.width(),
                map.channels(),
            ))
        };
        let last = self.steps.len() - 1;
        let mut gradient = given(last).expect("the last step's gradient");
        if self.has_relu(last) {
            gate(&mut gradient, trace.after(last));
        }
        let mut weights = Vec::new();
        for (place, step) in self.steps.iter().enumerate().rev() {
            let input = &trace.0[place];
            let relu = place > 0 && self.has_relu(place - 1);
            let start = if place > 0 { given(place - 1) } else { None };
            gradient = match step {
                Step::Convolution(convolution) => {
                    if wanted == Wanted::Weights {
                        weights.push(convolution.weight_gradient(input, &gradient));
                        if place == 0 {
                            break;
                        }
                    }
                    let size = (input.height(), input.width());
                    let mut gradient =
                        convolution.input_gradient(&gradient, size, relu.then_some(input));
                    if let Some(mut start) = start {
                        if relu {
                            gate(&mut start, input);
                        }
                        add(&mut gradient, &start);
                    }
                    gradient
                }
                Step::Relu => {
                    gate(&mut gradient, trace.after(place));
                    if let Some(start) = start {
                        add(&mut gradient, &start);
                    }
                    gradient
                }
                Step::MaxPool => {
                    let mut gradient = max_pool_gradient(input, &gradient, start);
                    if relu {
                        gate(&mut gradient, input);
                    }
                    gradient
                }
                Step::PixelShuffle => {
                    let mut gradient = pixel_shuffle_gradient(input, &gradient);
                    if let Some(start) = start {
                        add(&mut gradient, &start);
                    }
                    if relu {
                        gate(&mut gradient, input);
                    }
                    gradient
                }
            };
        }
        weights.reverse();
        ImageGradient {
            input: (wanted == Wanted::Input).then_some(gradient),
            weights,
        }
    }

    fn has_relu(&self, step: usize) -> bool {
        matches!(&self.steps[step], Step::Convolution(convolution) if convolution.relu)
    }
}

impl Trace {
    /// The map after a step.
    pub fn after(&self, step: usize) -> &Map {
        &self.0[step + 1]
    }
}

/// The values of a tensor, in or outside autodiff.
///
/// # Panics
/// When its elements are not f32.
pub fn floats<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.without_autodiff()
        .into_data()
        .try_into_vec()
        .expect("networks of this crate compute in f32")
}

/// The first `channels` channels of the maps after a step, `[N, channels, height, width]`.
pub fn planes(traces: &[Trace], step: usize, channels: usize) -> Vec<f32> {
    let Some(first) = traces.first() else {
        return Vec::new();
    };
    let map = first.after(step);
    let plane = map.height() * map.width();
    let mut values = vec![0.0; traces.len() * channels * plane];
    values
        .par_chunks_exact_mut(channels * plane)
        .zip(traces)
        .for_each(|(values, trace)| {
            values
                .par_chunks_mut(LANES * plane)
                .enumerate()
                .for_each(|(i, values)| trace.after(step).write_planes(i * LANES, values));
        });
    values
}

/// Zero where the ReLU's output `gate` is.
fn gate(gradient: &mut Map, gate: &Map) {
    for y in 0..gradient.height() {
        for x in 0..gradient.width() {
            for (g, gate) in gradient.pixel_mut(y, x).iter_mut().zip(gate.pixel(y, x)) {
                *g = if *gate > 0.0 { *g } else { 0.0 };
            }
        }
    }
}

fn add(sum: &mut Map, addend: &Map) {
    for y in 0..sum.height() {
        for x in 0..sum.width() {
            for (sum, addend) in sum.pixel_mut(y, x).iter_mut().zip(addend.pixel(y, x)) {
                *sum += addend;
            }
        }
    }
}

fn relu(input: &Map) -> Map {
    let mut output = Map::new(input.height(), input.width(), input.channels());
    for y in 0..input.height() {
        for x in 0..input.width() {
            let values = output.pixel_mut(y, x).iter_mut();
            for (value, input) in values.zip(input.pixel(y, x)) {
                *value = input.max(0.0);
            }
        }
    }
    output
}

fn max_pool(input: &Map) -> Map {
    let mut output = Map::new(input.height() / 2, input.width() / 2, input.channels());
    for y in 0..output.height() {
        for x in 0..output.width() {
            let [a, b, c, d] = quad(input, y, x);
            let pixel = output.pixel_mut(y, x);
            for ((value, (a, b)), (c, d)) in
                pixel.iter_mut().zip(a.iter().zip(b)).zip(c.iter().zip(d))
            {
                *value = larger(larger(*a, *b), larger(*c, *d));
            }
        }
    }
    output
}

/// The first of equal ones; unlike [`f32::max`] one instruction.
fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The four pixels that pixel `(y, x)` of half the size covers.
fn quad(map: &Map, y: usize, x: usize) -> [&[f32]; 4] {
    [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(i, j)| map.pixel(2 * y + i, 2 * x + j))
}

/// Adds each gradient to `start` (zeros if none) at the place of the maximum; of equal ones, the first.
fn max_pool_gradient(input: &Map, gradient: &Map, start: Option<Map>) -> Map {
    let mut result = start.unwrap_or_else(|| {
        let mut zeros = Map::new(input.height(), input.width(), input.channels());
        for y in 0..zeros.height() {
            for x in 0..zeros.width() {
                zeros.pixel_mut(y, x).fill(0.0);
            }
        }
        zeros
    });
    for y in 0..gradient.height() {
        for x in 0..gradient.width() {
            let pixels = quad(input, y, x);
            let g = gradient.pixel(y, x);
            for place in 0..4 {
                // The maximum is the first that no earlier one equals and no later one exceeds.
                let (earlier, rest) = pixels.split_at(place);
                let (this, later) = (rest[0], &rest[1..]);
                let to = result.pixel_mut(2 * y + place / 2, 2 * x + place % 2);
                // Whole vectors, so that the compiler needs no checks inside.
                let vectors = to.as_chunks_mut::<LANES>().0.iter_mut();
                for (v, to) in vectors.enumerate() {
                    let at = |pixel: &[f32]| pixel.as_chunks::<LANES>().0[v];
                    let this = at(this);
                    let mut kept = at(g);
                    for other in earlier {
                        let pairs = this.iter().zip(at(other));
                        for (kept, (this, other)) in kept.iter_mut().zip(pairs) {
                            *kept = if *this > other { *kept } else { 0.0 };
                        }
                    }
                    for other in later {
                        let pairs = this.iter().zip(at(other));
                        for (kept, (this, other)) in kept.iter_mut().zip(pairs) {
                            *kept = if *this >= other { *kept } else { 0.0 };
                        }
                    }
                    for (to, kept) in to.iter_mut().zip(kept) {
                        *to += kept;
                    }
                }
            }
        }
    }
    result
}

fn pixel_shuffle_gradient(input: &Map, gradient: &Map) -> Map {
    let mut result = Map::new(input.height(), input.width(), input.channels());
    for y in 0..input.height() {
        for x in 0..input.width() {
            let to = result.pixel_mut(y, x);
            for place in 0..4 {
                let from = gradient.pixel(2 * y + place / 2, 2 * x + place % 2);
                for (to, value) in to[place..].iter_mut().step_by(4).zip(from) {
                    *to = *value;
                }
            }
        }
    }
    result
}
