//! VGG-16 up to conv3_3 (Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
//! 2014) with fixed ImageNet weights: the features that losses and measures compare.

#[cfg(feature = "chain")]
use std::time::{Duration, Instant};

#[cfg(feature = "chain")]
use burn::tensor::TensorData;
use burn::tensor::{
    Device, Tensor,
    activation::relu,
    module::{conv2d, max_pool2d},
    ops::{ConvOptions, MaxPoolOptions},
};
#[cfg(feature = "chain")]
use limn::convolution::{Border, Convolution};

#[cfg(feature = "chain")]
use crate::chain::{Chain, Step, Trace, Wanted, floats, planes};
use crate::weights::{WeightError, Weights};

/// Name, input and output channels; a 2×2 max pooling stands before each block but the first.
pub const LAYERS: [(&str, usize, usize); 7] = [
    ("conv1_1", 3, 64),
    ("conv1_2", 64, 64),
    ("conv2_1", 64, 128),
    ("conv2_2", 128, 128),
    ("conv3_1", 128, 256),
    ("conv3_2", 256, 256),
    ("conv3_3", 256, 256),
];

/// The mean colour R G B that the network's training subtracted, in units of 1 = 255.
pub const MEAN: [f32; 3] = [123.68 / 255.0, 116.779 / 255.0, 103.939 / 255.0];

/// Activations after the ReLU of the last convolution of each block.
pub struct Features {
    /// `[N, 64, H, W]`
    pub conv1_2: Tensor<4>,
    /// `[N, 128, H/2, W/2]`
    pub conv2_2: Tensor<4>,
    /// `[N, 256, H/4, W/4]`
    pub conv3_3: Tensor<4>,
}

#[cfg(feature = "chain")]
impl Features {
    fn of(traces: &[Trace], device: &Device) -> Self {
        let tensor = |(step, channels): (usize, usize)| {
            let map = traces[0].after(step);
            let shape = [traces.len(), channels, map.height(), map.width()];
            Tensor::from_data(
                TensorData::new(planes(traces, step, channels), shape),
                device,
            )
        };
        let [conv1_2, conv2_2, conv3_3] = OUTPUTS.map(tensor);
        Self {
            conv1_2,
            conv2_2,
            conv3_3,
        }
    }

    fn map(self, f: impl Fn(Tensor<4>) -> Tensor<4>) -> Self {
        Self {
            conv1_2: f(self.conv1_2),
            conv2_2: f(self.conv2_2),
            conv3_3: f(self.conv3_3),
        }
    }
}

/// The frozen network. Its tensors live outside autodiff, so no gradient is ever computed for them.
pub struct Vgg16 {
    convs: Vec<(Tensor<4>, Tensor<1>)>,
    /// The same for the CPU.
    #[cfg(feature = "chain")]
    chain: Option<Chain>,
}

/// A loss of features, and the time that the features took.
#[cfg(feature = "chain")]
pub struct Comparison {
    /// `[1]`, differentiable.
    pub loss: Tensor<1>,
    /// Zero where Burn computes, which is told what to do and not waited for.
    pub forward: Duration,
    /// As [`forward`](Self::forward).
    pub backward: Duration,
}

/// Steps of [`cpu_chain`] whose maps are the features, and their channels.
#[cfg(feature = "chain")]
const OUTPUTS: [(usize, usize); 3] = [(1, 64), (4, 128), (8, 256)];

/// [`LAYERS`] and the poolings between their blocks.
#[cfg(feature = "chain")]
fn cpu_chain(convs: &[(Tensor<4>, Tensor<1>)]) -> Chain {
    let mut steps = Vec::new();
    for ((name, ..), (weight, bias)) in LAYERS.iter().zip(convs) {
        if name.ends_with("_1") && !steps.is_empty() {
            steps.push(Step::MaxPool);
        }
        let (weight, bias) = (floats(weight.clone()), floats(bias.clone()));
        steps.push(Step::Convolution(Convolution::new(
            &weight,
            &bias,
            1,
            true,
            Border::Zero,
            true,
        )));
    }
    Chain::new(steps)
}

/// He-uniform random weights, the same for the same `seed` on every machine, for tests: they leave features about as
/// strong as the input.
pub fn untrained(seed: u32) -> Weights {
    // A linear congruential generator, in [-1, 1).
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut weights = Weights::default();
    for (name, inputs, outputs) in LAYERS {
        let bound = (6.0 / (9 * inputs) as f32).sqrt();
        let mut values = |count: usize, bound: f32| -> Vec<f32> {
            (0..count).map(|_| bound * random()).collect()
        };
        let weight = values(outputs * inputs * 9, bound);
        let shape = vec![outputs, inputs, 3, 3];
        weights.insert(&format!("{name}.weight"), shape, weight);
        weights.insert(&format!("{name}.bias"), vec![outputs], values(outputs, 0.1));
    }
    weights
}

impl Vgg16 {
    /// Takes `convB_C.weight` (OIHW) and `convB_C.bias`, trained on BGR from 0 to 255 with [`MEAN`] subtracted.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, WeightError> {
        let mut convs = Vec::new();
        for (i, (name, inputs, outputs)) in LAYERS.iter().enumerate() {
            let mut weight =
                weights.tensor(&format!("{name}.weight"), [*outputs, *inputs, 3, 3], device)?;
            if i == 0 {
                // The network was trained on BGR, 0..255; folding both into its first layer costs nothing per step.
                weight = weight.flip([1]) * 255.0;
            }
            let bias = weights.tensor(&format!("{name}.bias"), [*outputs], device)?;
            convs.push((weight, bias));
        }
        Ok(Self {
            #[cfg(feature = "chain")]
            chain: (*device == Device::flex()).then(|| cpu_chain(&convs)),
            convs,
        })
    }

    /// Features of `x` `[N, 3, H, W]`, channels R G B in units of 1 = 255. Pictures come with [`MEAN`] subtracted; a map
    /// of gradients is centred on zero already.
    pub fn features(&self, x: Tensor<4>) -> Features {
        #[cfg(feature = "chain")]
        if let (Some(chain), false) = (&self.chain, x.is_autodiff()) {
            let [_, _, height, width] = x.dims();
            let device = x.device();
            return Features::of(&chain.forward(&floats(x), height, width), &device);
        }
        self.features_by_burn(x)
    }

    /// `loss` of the features of `ours` and `theirs` `[N, 3, H, W]`, differentiable with respect to `ours`.
    ///
    /// On the CPU this is the quick way: the derivative of the features is computed here and now by [`Chain`], and what
    /// Burn gets to differentiate is the linear function of `ours` with that derivative.
    #[cfg(feature = "chain")]
    pub fn compare(
        &self,
        ours: Tensor<4>,
        theirs: Tensor<4>,
        loss: impl FnOnce(&Features, &Features) -> Tensor<1>,
    ) -> Comparison {
        let mut compared = Comparison {
            loss: Tensor::zeros([1], &ours.device()),
            forward: Duration::ZERO,
            backward: Duration::ZERO,
        };
        let Some(chain) = &self.chain else {
            compared.loss = loss(&self.features(ours), &self.features(theirs));
            return compared;
        };
        let shape @ [batch, _, height, width] = ours.dims();
        let device = ours.device().without_autodiff();
        let mut images = floats(ours.clone());
        images.extend(floats(theirs));
        // Both at once, so that an odd batch is shared evenly between two threads.
        let started = Instant::now();
        let mut traces = chain.forward(&images, height, width);
        compared.forward = started.elapsed();
        let theirs = Features::of(&traces.split_off(batch), &device);
        let features = Features::of(&traces, &device);
        if !ours.is_autodiff() {
            compared.loss = loss(&features, &theirs);
            return compared;
        }
        let features = features.map(|x| x.autodiff().require_grad());
        let value = loss(&features, &theirs);
        let gradients = value.backward();
        let seen = [&features.conv1_2, &features.conv2_2, &features.conv3_3];
        let gradients: Vec<(usize, Vec<f32>)> = OUTPUTS
            .iter()
            .zip(seen)
            .filter_map(|((step, _), x)| Some((*step, floats(x.grad(&gradients)?))))
            .collect();
        let started = Instant::now();
        let (gradient, _) = chain.backward(&traces, &gradients, Wanted::Input);
        compared.backward = started.elapsed();
        let gradient = Tensor::<4>::from_data(TensorData::new(gradient, shape), &device);
        let linear = (ours * gradient).sum();
        compared.loss = (linear.clone() - linear.detach()) + value.detach();
        compared
    }

    fn features_by_burn(&self, x: Tensor<4>) -> Features {
        let conv = |x: Tensor<4>, i: usize| {
            let (weight, bias) = &self.convs[i];
            relu(conv2d(
                x,
                weight.clone(),
                Some(bias.clone()),
                ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
            ))
        };
        let pool = |x| max_pool2d(x, MaxPoolOptions::new([2, 2]));
        let conv1_2 = conv(conv(x, 0), 1);
        let conv2_2 = conv(conv(pool(conv1_2.clone()), 2), 3);
        let conv3_3 = conv(conv(conv(pool(conv2_2.clone()), 4), 5), 6);
        Features {
            conv1_2,
            conv2_2,
            conv3_3,
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(feature = "chain")]
    use burn::tensor::Distribution;
    use burn::tensor::TensorData;

    use super::*;
    use crate::golden::{Formula, compare};

    #[cfg(feature = "chain")]
    fn largest<const D: usize>(x: Tensor<D>) -> f32 {
        x.abs().max().into_scalar::<f32>()
    }

    #[test]
    fn features_agree_with_an_independent_implementation() {
        let device = Device::flex();
        let mut formula = Formula::default();
        formula.add_vgg16();
        let input = formula.values(3 * 12 * 8, 0.02, 0.0);
        let vgg = Vgg16::new(&formula.weights, &device).unwrap();
        let input = Tensor::from_data(TensorData::new(input, [1, 3, 12, 8]), &device);
        // With the chain, that computes outside autodiff and Burn inside.
        #[cfg(feature = "chain")]
        let inputs = [input.clone(), input.autodiff()];
        #[cfg(not(feature = "chain"))]
        let inputs = [input];
        for input in inputs {
            let features = vgg.features(input);
            compare(features.conv1_2, &["vgg16", "conv1_2"]);
            compare(features.conv2_2, &["vgg16", "conv2_2"]);
            compare(features.conv3_3, &["vgg16", "conv3_3"]);
        }
    }

    #[cfg(feature = "chain")]
    #[test]
    fn compared_features_have_the_derivative_that_burn_finds() {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(11), &device).unwrap();
        let random = |seed| {
            device.seed(seed);
            Tensor::<4>::random([3, 3, 14, 19], Distribution::Normal(0.0, 0.2), &device)
        };
        let (ours, theirs) = (random(1), random(2));
        let all = |a: &Features, b: &Features| {
            let square = |a: &Tensor<4>, b: &Tensor<4>| (a.clone() - b.clone()).square().mean();
            square(&a.conv1_2, &b.conv1_2) * 3.0
                + square(&a.conv2_2, &b.conv2_2)
                + square(&a.conv3_3, &b.conv3_3)
        };
        let last = |a: &Features, b: &Features| (a.conv3_3.clone() * b.conv3_3.clone()).sum();
        for loss in [all as fn(&Features, &Features) -> Tensor<1>, last] {
            let leaf = ours.clone().autodiff().require_grad();
            let expected = loss(
                &vgg.features_by_burn(leaf.clone()),
                &vgg.features_by_burn(theirs.clone()),
            );
            let actual = vgg.compare(leaf.clone(), theirs.clone(), loss).loss;
            let gradient = |x: Tensor<1>| leaf.grad(&x.backward()).unwrap();
            // With a factor on the way, as the weight of a term is one.
            let found = gradient(actual.clone() * 2.0);
            let wanted = gradient(expected.clone() * 2.0);
            assert!(largest(found - wanted.clone()) < 1e-4 * largest(wanted));
            let plain = vgg.compare(ours.clone(), theirs.clone(), loss).loss;
            for value in [actual.inner(), plain] {
                let error = largest(value - expected.clone().inner());
                assert!(error < 1e-4 * largest(expected.clone()), "{error}");
            }
        }
    }
}
