//! VGG (Simonyan & Zisserman, "Very Deep Convolutional Networks for Large-Scale Image Recognition", 2014) with fixed
//! weights: the features that losses and measures compare.

mod layers;
#[cfg(feature = "chain")]
mod tapped_chain;
mod vgg16;

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
use crate::chain::floats;
use crate::weights::{WeightError, Weights};
use layers::starts_block;
pub use layers::{Kind, Layer, MEAN, Tap, untrained};
#[cfg(feature = "chain")]
use tapped_chain::TappedChain;
pub use vgg16::{Features, Vgg16};

/// The frozen network up to its last tap. Its tensors live outside autodiff, so no gradient is ever computed for them.
pub struct Vgg {
    layers: &'static [Layer],
    taps: Vec<Tap>,
    convs: Vec<(Tensor<4>, Tensor<1>)>,
    /// The same for the CPU.
    #[cfg(feature = "chain")]
    chain: Option<TappedChain>,
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

impl Vgg {
    /// Takes `convB_C.weight` (OIHW) and `convB_C.bias`, trained on BGR from 0 to 255 with [`Kind::mean`] subtracted, of
    /// the layers up to the last of the `taps`, each of which is named once.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape.
    ///
    /// # Panics
    /// When there is no tap, or one at no layer of this kind.
    pub fn new(
        kind: Kind,
        taps: &[Tap],
        weights: &Weights,
        device: &Device,
    ) -> Result<Self, WeightError> {
        let place = |tap: &Tap| {
            let found = kind
                .layers()
                .iter()
                .position(|(name, ..)| *name == tap.layer);
            found.expect("taps are at layers of the network")
        };
        let last = taps.iter().map(place).max().expect("at least one tap");
        let layers = &kind.layers()[..=last];
        let mut convs = Vec::new();
        for (i, (name, inputs, outputs)) in layers.iter().enumerate() {
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
            chain: (*device == Device::flex()).then(|| TappedChain::new(layers, taps, &convs)),
            layers,
            taps: taps.to_vec(),
            convs,
        })
    }

    /// Activations at the taps, in their order, `[N, C, H / 2^b, W / 2^b]` in block b = 0, 1, …, of `x` `[N, 3, H, W]`,
    /// channels R G B in units of 1 = 255. Pictures come with [`Kind::mean`] subtracted; a map of gradients is centred on
    /// zero already.
    pub fn features(&self, x: Tensor<4>) -> Vec<Tensor<4>> {
        #[cfg(feature = "chain")]
        if let (Some(chain), false) = (&self.chain, x.is_autodiff()) {
            let [_, _, height, width] = x.dims();
            let device = x.device();
            let traces = chain.chain.forward(&floats(x), height, width);
            return chain.features(&traces, &device);
        }
        self.features_by_burn(x)
    }

    /// `loss` of the features of `ours` and `theirs` `[N, 3, H, W]`, differentiable with respect to `ours`.
    ///
    /// On the CPU this is the quick way: the derivative of the features is computed here and now by [`Chain`](crate::chain::Chain), and what
    /// Burn gets to differentiate is the linear function of `ours` with that derivative.
    #[cfg(feature = "chain")]
    pub fn compare(
        &self,
        ours: Tensor<4>,
        theirs: Tensor<4>,
        loss: impl FnOnce(&[Tensor<4>], &[Tensor<4>]) -> Tensor<1>,
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
        let mut traces = chain.chain.forward(&images, height, width);
        compared.forward = started.elapsed();
        let theirs = chain.features(&traces.split_off(batch), &device);
        let features = chain.features(&traces, &device);
        if !ours.is_autodiff() {
            compared.loss = loss(&features, &theirs);
            return compared;
        }
        let features: Vec<Tensor<4>> = features
            .into_iter()
            .map(|x| x.autodiff().require_grad())
            .collect();
        let value = loss(&features, &theirs);
        let gradients = value.backward();
        let gradients = features.iter().map(|x| x.grad(&gradients)).collect();
        let started = Instant::now();
        let gradient = chain.input_gradient(&traces, gradients);
        compared.backward = started.elapsed();
        let gradient = Tensor::<4>::from_data(TensorData::new(gradient, shape), &device);
        let linear = (ours * gradient).sum();
        compared.loss = (linear.clone() - linear.detach()) + value.detach();
        compared
    }

    /// What `loss` says of the features of `x` `[N, 3, H, W]`, and its gradient with respect to `x`. The loss gives its
    /// own with respect to each tap's features; a tap without one has a gradient of zero. All of it stands outside autodiff.
    #[cfg(feature = "chain")]
    pub fn differentiate<T>(
        &self,
        x: Tensor<4>,
        loss: impl FnOnce(&[Tensor<4>]) -> (T, Vec<Option<Tensor<4>>>),
    ) -> (T, Tensor<4>) {
        let shape @ [_, _, height, width] = x.dims();
        let device = x.device();
        if let Some(chain) = &self.chain {
            let traces = chain.chain.forward(&floats(x), height, width);
            let (value, gradients) = loss(&chain.features(&traces, &device));
            let gradient = chain.input_gradient(&traces, gradients);
            let gradient = Tensor::from_data(TensorData::new(gradient, shape), &device);
            return (value, gradient);
        }
        let leaf = x.autodiff().require_grad();
        let features = self.features_by_burn(leaf.clone());
        let inner: Vec<Tensor<4>> = features.iter().map(|x| x.clone().inner()).collect();
        let (value, gradients) = loss(&inner);
        let linear = features.into_iter().zip(gradients);
        let linear = linear.filter_map(|(x, gradient)| Some((x * gradient?.autodiff()).sum()));
        let sum = linear.reduce(|a, b| a + b);
        let gradient = sum.and_then(|sum: Tensor<1>| leaf.grad(&sum.backward()));
        (
            value,
            gradient.unwrap_or_else(|| Tensor::zeros(shape, &device)),
        )
    }

    fn features_by_burn(&self, mut x: Tensor<4>) -> Vec<Tensor<4>> {
        let mut features = vec![None; self.taps.len()];
        for (i, ((name, ..), (weight, bias))) in self.layers.iter().zip(&self.convs).enumerate() {
            if starts_block(i, name) {
                x = max_pool2d(x, MaxPoolOptions::new([2, 2]));
            }
            x = conv2d(
                x,
                weight.clone(),
                Some(bias.clone()),
                ConvOptions::new([1, 1], [1, 1], [1, 1], 1),
            );
            for relu_done in [false, true] {
                if relu_done {
                    x = relu(x);
                }
                for (feature, tap) in features.iter_mut().zip(&self.taps) {
                    if tap.layer == *name && tap.relu == relu_done {
                        *feature = Some(x.clone());
                    }
                }
            }
        }
        features.into_iter().flatten().collect()
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

    /// With the chain, that computes outside autodiff and Burn inside.
    fn inputs(x: Tensor<4>) -> Vec<Tensor<4>> {
        #[cfg(feature = "chain")]
        return vec![x.clone(), x.autodiff()];
        #[cfg(not(feature = "chain"))]
        vec![x]
    }

    #[test]
    fn features_agree_with_an_independent_implementation() {
        let device = Device::flex();
        let mut formula = Formula::default();
        formula.add_vgg(Vgg16::LAYERS);
        let input = formula.values(3 * 12 * 8, 0.02, 0.0);
        let vgg = Vgg16::new(&formula.weights, &device).unwrap();
        let input = Tensor::from_data(TensorData::new(input, [1, 3, 12, 8]), &device);
        for input in inputs(input) {
            let features = vgg.features(input);
            compare(features.conv1_2, &["vgg16", "conv1_2"]);
            compare(features.conv2_2, &["vgg16", "conv2_2"]);
            compare(features.conv3_3, &["vgg16", "conv3_3"]);
        }
    }

    #[test]
    fn all_of_vgg19_agrees_with_it_before_and_after_the_relu() {
        let device = Device::flex();
        let mut formula = Formula::default();
        formula.add_vgg(Kind::Vgg19.layers());
        let input = formula.values(3 * 32 * 16, 0.02, 0.0);
        // In no order of their own, and both sides of one ReLU.
        let taps = [
            ("conv5_4", true),
            ("conv1_1", false),
            ("conv3_4", false),
            ("conv3_4", true),
            ("conv4_2", false),
            ("conv5_1", true),
        ];
        let taps = taps.map(|(layer, relu)| Tap { layer, relu });
        let vgg = Vgg::new(Kind::Vgg19, &taps, &formula.weights, &device).unwrap();
        let input = Tensor::from_data(TensorData::new(input, [1, 3, 32, 16]), &device);
        for input in inputs(input) {
            let features = vgg.features(input);
            assert_eq!(features.len(), taps.len());
            for (tap, feature) in taps.iter().zip(features) {
                let side = if tap.relu { "after" } else { "before" };
                compare(feature, &["vgg19", tap.layer, side]);
            }
        }
    }

    #[cfg(feature = "chain")]
    #[test]
    fn compared_features_have_the_derivative_that_burn_finds() {
        let device = Device::flex();
        let taps = ["conv1_2", "conv2_2", "conv3_3"].map(Tap::relu);
        let sums = [("conv1_1", false), ("conv2_1", true), ("conv2_1", false)];
        let sums = sums.map(|(layer, relu)| Tap { layer, relu });
        let random = |seed| {
            device.seed(seed);
            Tensor::<4>::random([3, 3, 14, 19], Distribution::Normal(0.0, 0.2), &device)
        };
        let (ours, theirs) = (random(1), random(2));
        let all = |a: &[Tensor<4>], b: &[Tensor<4>]| {
            let square = |i: usize| (a[i].clone() - b[i].clone()).square().mean();
            square(0) * 3.0 + square(1) + square(2)
        };
        let last = |a: &[Tensor<4>], b: &[Tensor<4>]| (a[2].clone() * b[2].clone()).sum();
        let first = |a: &[Tensor<4>], b: &[Tensor<4>]| (a[0].clone() * b[0].clone()).sum();
        type Loss = fn(&[Tensor<4>], &[Tensor<4>]) -> Tensor<1>;
        for (taps, loss) in [
            (taps, all as Loss),
            (taps, last),
            (taps, first),
            (sums, all),
            (sums, last),
        ] {
            let weights = untrained(Vgg16::LAYERS, 11);
            let vgg = Vgg::new(Kind::Vgg16, &taps, &weights, &device).unwrap();
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
            assert!(largest(found - wanted.clone()) < 1e-4 * largest(wanted.clone()));
            // The same gradients by hand, through the chain and through Burn alone.
            let features = vgg.features(theirs.clone());
            let differentiate = |vgg: &Vgg| {
                let (value, gradient) = vgg.differentiate(ours.clone(), |x| {
                    let leaves: Vec<Tensor<4>> = x
                        .iter()
                        .map(|x| x.clone().autodiff().require_grad())
                        .collect();
                    let value = loss(&leaves, &features);
                    let gradients = value.backward();
                    let gradients = leaves.iter().map(|x| x.grad(&gradients)).collect();
                    (value.inner(), gradients)
                });
                assert!(largest(gradient * 2.0 - wanted.clone()) < 1e-4 * largest(wanted.clone()));
                value
            };
            let value = differentiate(&vgg);
            let unchained = Vgg { chain: None, ..vgg };
            differentiate(&unchained);
            let vgg = Vgg::new(Kind::Vgg16, &taps, &weights, &device).unwrap();
            assert!(largest(value - expected.clone().inner()) < 1e-4 * largest(expected.clone()));
            let plain = vgg.compare(ours.clone(), theirs.clone(), loss).loss;
            for value in [actual.inner(), plain] {
                let error = largest(value - expected.clone().inner());
                assert!(error < 1e-4 * largest(expected.clone()), "{error}");
            }
        }
    }
}
