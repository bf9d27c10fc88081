//! The derivative of a loss with respect to the weights of a network: by [`Chain`] on the CPU where the network is the
//! shipped one, elsewhere by Burn's autodiff.

use burn::{
    nn::conv::Conv2d,
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use limn::{
    convolution::{Border, Convolution, ConvolutionGradient},
    network::{
        DEPTH, GRADIENT_SCALE, GRADIENTS, GradientNet, HEAD_INPUT, Layer, Output, cropped, scaled,
    },
    style::ConvWeights,
};
use limn_networks::chain::{Chain, Step, Trace, Wanted, floats, planes};

use super::network::Network;
use crate::run::Cost;

/// Runs `net`, which lives on an autodiff device, on `input` `[N, C, H, W]`, and differentiates the total that `loss`
/// makes of what it says. Passes on what else `loss` returns.
pub fn of<T>(
    net: &Network,
    input: Tensor<4>,
    cost: &Cost,
    loss: impl FnOnce(Output) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    match net.gradient_net() {
        Some(shipped) if input.device() == Device::flex() => by_chain(&shipped, input, cost, loss),
        _ => by_burn(net, input, loss),
    }
}

fn by_burn<T>(
    net: &Network,
    input: Tensor<4>,
    loss: impl FnOnce(Output) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    let (value, total) = loss(net.forward(input));
    (value, GradientsParams::from_grads(total.backward(), net))
}

fn by_chain<T>(
    net: &GradientNet,
    input: Tensor<4>,
    cost: &Cost,
    loss: impl FnOnce(Output) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    let [batch, _, height, width] = input.dims();
    let device = input.device().without_autodiff();
    let Chains { chain, head } = chains(net);
    let last = chain.len() - 1;
    let (traces, heads) = cost.time("network forward", || {
        let traces = chain.forward(&floats(scaled(input)), height, width);
        let heads = head.as_ref().map(|head| {
            let quarter = traces[0].after(HEAD_INPUT);
            let channels = 4 * net.architecture().width;
            let seen = planes(&traces, HEAD_INPUT, channels);
            head.forward(&seen, quarter.height(), quarter.width())
        });
        (traces, heads)
    });
    let leaf = |traces: &[Trace], step: usize, channels: usize| {
        let map = traces[0].after(step);
        let shape = [batch, channels, map.height(), map.width()];
        let values = TensorData::new(planes(traces, step, channels), shape);
        Tensor::<4>::from_data(values, &device)
            .autodiff()
            .require_grad()
    };
    // Whole multiples of four, of which the network's output is cut out.
    let output = leaf(&traces, last, GRADIENTS);
    let ground = heads.as_ref().map(|heads| leaf(heads, 0, 3));
    let (value, total) = loss(Output {
        gradients: cropped(output.clone(), height, width) / GRADIENT_SCALE,
        ground: ground.clone(),
    });
    let found = total.backward();
    let of_leaf = |leaf: &Tensor<4>| match leaf.grad(&found) {
        Some(gradient) => floats(gradient),
        None => vec![0.0; leaf.dims().iter().product()],
    };
    let found = cost.time("network backward", || {
        let mut given = vec![(last, of_leaf(&output))];
        let mut of_head = Vec::new();
        if let (Some(head), Some(heads), Some(ground)) = (&head, &heads, &ground) {
            let gradient = [(0, of_leaf(ground))];
            given.push((HEAD_INPUT, head.backward(heads, &gradient, Wanted::Input).0));
            of_head = head.backward(heads, &gradient, Wanted::Weights).1;
        }
        let (_, mut found) = chain.backward(&traces, &given, Wanted::Weights);
        found.append(&mut of_head);
        found
    });
    let mut gradients = GradientsParams::new();
    for (conv, found) in net.convs.iter().zip(found) {
        register(&mut gradients, conv, found, &device);
    }
    (value, gradients)
}

fn register(
    gradients: &mut GradientsParams,
    conv: &Conv2d,
    found: ConvolutionGradient,
    device: &Device,
) {
    let weight = TensorData::new(found.weight, conv.weight.dims());
    gradients.register(conv.weight.id, Tensor::<4>::from_data(weight, device));
    if let Some(bias) = &conv.bias {
        let values = TensorData::new(found.bias, bias.dims());
        gradients.register(bias.id, Tensor::<1>::from_data(values, device));
    }
}

/// The network in two: from gradients to gradients, and the second head, on the map after step [`HEAD_INPUT`].
struct Chains {
    chain: Chain,
    head: Option<Chain>,
}

fn chains(net: &GradientNet) -> Chains {
    let convolution = |layer: &Layer, weights: &ConvWeights, place: usize| {
        // Nobody needs the derivative with respect to the photo.
        let differentiate_input = place > 0;
        Step::Convolution(Convolution::new(
            &weights.weight,
            &weights.bias,
            layer.stride,
            layer.relu,
            Border::Mirror,
            differentiate_input,
        ))
    };
    let network = net.architecture();
    let weights = net.weights();
    let mut steps = Vec::with_capacity(DEPTH + 2);
    for (place, (layer, weights)) in network.chain().iter().zip(&weights).enumerate() {
        steps.push(convolution(layer, weights, place));
        if layer.shuffle {
            steps.push(Step::PixelShuffle);
        }
    }
    let head = network
        .head()
        .zip(weights.get(DEPTH))
        .map(|(layer, weights)| Chain::new(vec![convolution(&layer, weights, DEPTH)]));
    Chains {
        chain: Chain::new(steps),
        head,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;
    use limn::network::Architecture;

    use super::*;
    use crate::recipe::VariantConfig;

    #[test]
    fn the_chain_finds_the_derivative_that_burn_finds() {
        let device = Device::flex();
        for network in [
            Architecture::plain(8),
            Architecture::plain(16),
            Architecture::with_colours(8),
        ] {
            device.seed(7);
            let variant = VariantConfig::default();
            let net = Network::new(network, &variant, &device.clone().autodiff());
            let random = |shape: [usize; 4], scale: f64| {
                Tensor::<4>::random(shape, Distribution::Normal(0.0, scale), &device)
            };
            let input = random([3, network.inputs(), 17, 22], 0.2);
            let target = random([3, 6, 17, 22], 0.2);
            let colours = random([3, 3, 5, 6], 0.2);
            let loss = |output: Output| {
                let mut total = (output.gradients - target.clone()).square().mean();
                if let Some(ground) = output.ground {
                    total = total + (ground - colours.clone()).square().mean();
                }
                (total.clone().into_scalar::<f32>(), total)
            };
            let (expected_value, expected) = by_burn(&net, input.clone(), loss);
            let (value, found) = of(&net, input.clone(), &Cost::default(), loss);
            assert!((value - expected_value).abs() < 1e-5 * expected_value);
            for conv in &net.convs {
                let weight = |g: &GradientsParams| floats(g.get::<4>(conv.weight.id).unwrap());
                let bias = |g: &GradientsParams| {
                    floats(g.get::<1>(conv.bias.as_ref().unwrap().id).unwrap())
                };
                for (a, b) in [
                    (weight(&found), weight(&expected)),
                    (bias(&found), bias(&expected)),
                ] {
                    let size = b.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                    assert!(size > 0.0);
                    for (a, b) in a.iter().zip(&b) {
                        assert!((a - b).abs() < 1e-4 * size, "{a}, Burn {b}");
                    }
                }
            }
            // Resuming to the bit rests on this.
            let again = of(&net, input, &Cost::default(), loss).1;
            for conv in &net.convs {
                let weight = |g: &GradientsParams| floats(g.get::<4>(conv.weight.id).unwrap());
                assert_eq!(weight(&again), weight(&found));
            }
        }
    }
}
