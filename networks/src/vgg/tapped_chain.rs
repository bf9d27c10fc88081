//! The network as a [`Chain`], for the CPU.

use burn::tensor::{Device, Tensor, TensorData};
use limn::convolution::{Border, Convolution};

use super::layers::{Layer, Tap, starts_block};
use crate::chain::{Chain, Step, Trace, Wanted, floats, planes};

/// A chain, and for each tap the step after which it is and its channels.
pub struct TappedChain {
    pub chain: Chain,
    taps: Vec<(usize, usize)>,
}

impl TappedChain {
    /// The same as `layers` with `convs`, their kernels and biases.
    pub fn new(layers: &[Layer], taps: &[Tap], convs: &[(Tensor<4>, Tensor<1>)]) -> Self {
        let mut steps = Vec::new();
        let mut places = vec![(0, 0); taps.len()];
        for (i, ((name, _, outputs), (weight, bias))) in layers.iter().zip(convs).enumerate() {
            let place = |relu: bool| {
                taps.iter()
                    .position(|tap| *tap == Tap { layer: name, relu })
            };
            if starts_block(i, name) {
                steps.push(Step::MaxPool);
            }
            let sums = place(false);
            let (weight, bias) = (floats(weight.clone()), floats(bias.clone()));
            steps.push(Step::Convolution(Convolution::new(
                &weight,
                &bias,
                1,
                sums.is_none(),
                Border::Zero,
                true,
            )));
            if let Some(tap) = sums {
                places[tap] = (steps.len() - 1, *outputs);
                if i + 1 < layers.len() || place(true).is_some() {
                    steps.push(Step::Relu);
                }
            }
            if let Some(tap) = place(true) {
                places[tap] = (steps.len() - 1, *outputs);
            }
        }
        Self {
            chain: Chain::new(steps),
            taps: places,
        }
    }

    /// The activations at the taps, `[N, C, H, W]` each.
    pub fn features(&self, traces: &[Trace], device: &Device) -> Vec<Tensor<4>> {
        let tensor = |(step, channels): &(usize, usize)| {
            let map = traces[0].after(*step);
            let shape = [traces.len(), *channels, map.height(), map.width()];
            Tensor::from_data(
                TensorData::new(planes(traces, *step, *channels), shape),
                device,
            )
        };
        self.taps.iter().map(tensor).collect()
    }

    /// The gradient of the input `[N, 3, H, W]`, given those at the taps.
    pub fn input_gradient(&self, traces: &[Trace], gradients: Vec<Option<Tensor<4>>>) -> Vec<f32> {
        let last = self.chain.len() - 1;
        let gradients: Vec<(usize, Vec<f32>)> = self
            .taps
            .iter()
            .zip(gradients)
            .filter_map(|((step, channels), gradient)| match gradient {
                Some(gradient) => Some((*step, floats(gradient))),
                // A chain is differentiated from its end on, whatever the loss looks at.
                None => (*step == last).then(|| {
                    let map = traces[0].after(*step);
                    let count = traces.len() * channels * map.height() * map.width();
                    (*step, vec![0.0; count])
                }),
            })
            .collect();
        self.chain.backward(traces, &gradients, Wanted::Input).0
    }
}
