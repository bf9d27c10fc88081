//! The derivative of a loss with respect to the weights of a network: by [`Chain`] on the CPU where the network is the
//! shipped one, elsewhere by Burn's autodiff.

use burn::{
    optim::GradientsParams,
    tensor::{Device, Tensor, TensorData},
};
use limn::{
    convolution::Convolution,
    network::{DEPTH, GRADIENT_SCALE, GradientNet, layers},
};
use limn_networks::chain::{Chain, Step, Wanted, floats, planes};

use super::network::Network;
use crate::run::Cost;

/// Runs `net`, which lives on an autodiff device, on `input` `[N, C, H, W]`, and differentiates the total that `loss`
/// makes of the output. Passes on what else `loss` returns.
pub fn of<T>(
    net: &Network,
    input: Tensor<4>,
    cost: &Cost,
    loss: impl FnOnce(Tensor<4>) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    match net.gradient_net() {
        Some(shipped) if input.device() == Device::flex() => by_chain(&shipped, input, cost, loss),
        _ => by_burn(net, input, loss),
    }
}

fn by_burn<T>(
    net: &Network,
    input: Tensor<4>,
    loss: impl FnOnce(Tensor<4>) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    let (value, total) = loss(net.forward(input));
    (value, GradientsParams::from_grads(total.backward(), net))
}

fn by_chain<T>(
    net: &GradientNet,
    input: Tensor<4>,
    cost: &Cost,
    loss: impl FnOnce(Tensor<4>) -> (T, Tensor<1>),
) -> (T, GradientsParams) {
    let [batch, channels, height, width] = input.dims();
    let device = input.device().without_autodiff();
    let chain = chain(net);
    let last = chain.len() - 1;
    let traces = cost.time("network forward", || {
        chain.forward(&floats(input * GRADIENT_SCALE), height, width)
    });
    let map = traces[0].after(last);
    // Whole multiples of four, of which the network's output is cut out.
    let shape = [batch, channels, map.height(), map.width()];
    let values = TensorData::new(planes(&traces, last, channels), shape);
    let output = Tensor::<4>::from_data(values, &device)
        .autodiff()
        .require_grad();
    let (value, total) = loss(
        output
            .clone()
            .slice([0..batch, 0..channels, 0..height, 0..width])
            / GRADIENT_SCALE,
    );
    let gradient = match output.grad(&total.backward()) {
        Some(gradient) => floats(gradient),
        None => vec![0.0; shape.iter().product()],
    };
    let (_, found) = cost.time("network backward", || {
        chain.backward(&traces, &[(last, gradient)], Wanted::Weights)
    });
    let mut gradients = GradientsParams::new();
    for (conv, found) in net.convs.iter().zip(found) {
        let weight = TensorData::new(found.weight, conv.weight.dims());
        gradients.register(conv.weight.id, Tensor::<4>::from_data(weight, &device));
        if let Some(bias) = &conv.bias {
            let values = TensorData::new(found.bias, bias.dims());
            gradients.register(bias.id, Tensor::<1>::from_data(values, &device));
        }
    }
    (value, gradients)
}

fn chain(net: &GradientNet) -> Chain {
    let width = net.convs[0].weight.dims()[0];
    let mut steps = Vec::with_capacity(DEPTH + 2);
    for (place, ((layer, conv), weights)) in layers(width)
        .iter()
        .zip(&net.convs)
        .zip(net.weights())
        .enumerate()
    {
        debug_assert_eq!(conv.weight.dims()[0], layer.out_channels);
        steps.push(Step::Convolution(Convolution::new(
            &weights.weight,
            &weights.bias,
            layer.stride,
            layer.relu,
            // Nobody needs the derivative with respect to the photo.
            place > 0,
        )));
        if layer.shuffle {
            steps.push(Step::PixelShuffle);
        }
    }
    Chain::new(steps)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Distribution;

    use super::*;
    use crate::recipe::VariantConfig;

    #[test]
    fn the_chain_finds_the_derivative_that_burn_finds() {
        let device = Device::flex();
        for width in [8, 16] {
            device.seed(7);
            let variant = VariantConfig::default();
            let net = Network::new(width, &variant, &device.clone().autodiff());
            let random = |shape: [usize; 4], scale: f64| {
                Tensor::<4>::random(shape, Distribution::Normal(0.0, scale), &device)
            };
            let input = random([3, 6, 17, 22], 0.2);
            let target = random([3, 6, 17, 22], 0.2);
            let loss = |output: Tensor<4>| {
                let total = (output - target.clone()).square().mean();
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
