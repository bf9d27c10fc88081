//! The gradient network on our own convolution kernels: what [`crate::network::GradientNet`] computes, without Burn.

use crate::{
    Planes,
    convolution::{Convolution, LANES, Map},
    gradient::zero_boundary,
    network::{Layer, layers},
    style::{ConvWeights, Style},
};

/// A style's network, its weights arranged for the kernels.
pub struct CpuNetwork {
    layers: Vec<(Layer, Convolution)>,
}

impl CpuNetwork {
    /// The network with a style's weights.
    pub fn from_style(style: &Style) -> Self {
        let layers = layers(style.metadata.width)
            .into_iter()
            .zip(&style.layers)
            .map(|(layer, weights)| {
                let ConvWeights { weight, bias } = layer.folded(weights);
                let convolution = Convolution::new(&weight, &bias, layer.stride, layer.relu, false);
                (layer, convolution)
            })
            .collect();
        Self { layers }
    }

    /// The change Δ = F(∂I) − ∂I `[6, H, W]` of the gradients `[6, H, W]` of an image in [0, 1], with the boundary
    /// zeroed, as a gradient's is.
    pub fn change(&self, gradients: &Planes) -> Planes {
        let Planes { height, width, .. } = *gradients;
        let mut map = Map::from_planes(&gradients.data, height, width, LANES);
        for (layer, convolution) in &self.layers {
            map = convolution.forward(&map);
            if layer.shuffle {
                map = map.pixel_shuffle();
            }
        }
        let mut change = map.planes(gradients.channels, height, width);
        for (value, original) in change.data.iter_mut().zip(&gradients.data) {
            *value -= original;
        }
        zero_boundary(&mut change);
        change
    }
}

#[cfg(all(test, feature = "burn"))]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::network::GradientNet;

    #[test]
    fn agrees_with_the_network_on_burn() {
        let device = Device::flex();
        let mut rng = StdRng::seed_from_u64(11);
        for (width, height, columns) in [
            (4, 1, 1),
            (8, 1, 9),
            (8, 17, 23),
            (12, 5, 64),
            (16, 33, 20),
            (32, 9, 10),
        ] {
            let style = Style::untrained(width, 3);
            let data = (0..6 * height * columns)
                .map(|_| rng.random_range(-0.5..0.5))
                .collect();
            let mut gradients = Planes::new(6, height, columns, data).unwrap();
            zero_boundary(&mut gradients);
            let input = TensorData::new(gradients.data.clone(), [1, 6, height, columns]);
            let output =
                GradientNet::from_style(&style, &device).forward(Tensor::from_data(input, &device));
            let mut expected = Planes::new(
                6,
                height,
                columns,
                output.into_data().iter::<f32>().collect(),
            )
            .unwrap();
            for (value, original) in expected.data.iter_mut().zip(&gradients.data) {
                *value -= original;
            }
            zero_boundary(&mut expected);
            let change = CpuNetwork::from_style(&style).change(&gradients);
            for (a, b) in change.data.iter().zip(&expected.data) {
                assert!(
                    (a - b).abs() < 1e-5,
                    "c = {width}, {columns}×{height}: {a}, Burn {b}"
                );
            }
        }
    }
}
