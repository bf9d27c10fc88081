//! The gradient network on our own convolution kernels: what [`crate::network::GradientNet`] computes, without Burn.

use crate::{
    Planes,
    change::{Change, enlarged},
    convolution::{Border, Convolution, LANES, Map},
    gradient::zero_boundary,
    network::{GRADIENTS, HEAD_INPUT, Layer, Role},
    style::{ConvWeights, Style},
};

/// A style's network, its weights arranged for the kernels.
pub struct CpuNetwork {
    chain: Vec<(Layer, Convolution)>,
    head: Option<Convolution>,
}

impl CpuNetwork {
    /// The network with a style's weights.
    pub fn from_style(style: &Style) -> Self {
        let mut chain = Vec::new();
        let mut head = None;
        let layers = style.metadata.network().layers();
        for (layer, weights) in layers.into_iter().zip(&style.layers) {
            let ConvWeights { weight, bias } = layer.folded(weights);
            let convolution = Convolution::new(
                &weight,
                &bias,
                layer.stride,
                layer.relu,
                Border::Mirror,
                false,
            );
            match layer.role {
                Role::Head => head = Some(convolution),
                _ => chain.push((layer, convolution)),
            }
        }
        Self { chain, head }
    }

    /// Whether it has a second head, which corrects the ground.
    pub fn corrects_the_ground(&self) -> bool {
        self.head.is_some()
    }

    /// The change that it makes to `image` `[3, h, w]` in [0, 1] with the gradients `gradients` `[6, h, w]`.
    pub fn change(&self, image: &Planes, gradients: &Planes) -> Change {
        let Planes { height, width, .. } = *gradients;
        let mut map = if self.head.is_some() {
            let both = [gradients.data.as_slice(), &image.data].concat();
            Map::from_planes(&both, height, width, LANES)
        } else {
            Map::from_planes(&gradients.data, height, width, LANES)
        };
        let mut ground = None;
        for (place, (layer, convolution)) in self.chain.iter().enumerate() {
            map.mirror();
            if place == HEAD_INPUT + 1
                && let Some(head) = &self.head
            {
                let said = head.forward(&map);
                let quarter = said.planes(3, said.height(), said.width());
                ground = Some(enlarged(&quarter, width, height));
            }
            map = convolution.forward(&map);
            if layer.shuffle {
                map = map.pixel_shuffle();
            }
        }
        let mut change = map.planes(GRADIENTS, height, width);
        for (value, original) in change.data.iter_mut().zip(&gradients.data) {
            *value -= original;
        }
        zero_boundary(&mut change);
        Change {
            gradients: change,
            ground,
        }
    }
}

#[cfg(all(test, feature = "burn"))]
mod tests {
    use burn::tensor::{Device, Tensor, TensorData};
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::{
        gradient::gradient,
        network::{Architecture, GradientNet},
    };

    #[test]
    fn agrees_with_the_network_on_burn() {
        let device = Device::flex();
        let mut rng = StdRng::seed_from_u64(11);
        for (network, height, columns) in [
            (Architecture::plain(4), 1, 1),
            (Architecture::with_colours(4), 1, 1),
            (Architecture::plain(8), 1, 9),
            (Architecture::with_colours(8), 17, 23),
            (Architecture::with_colours(12), 5, 64),
            (Architecture::plain(16), 33, 20),
            (Architecture::with_colours(16), 33, 20),
            (Architecture::plain(32), 9, 10),
        ] {
            let style = Style::untrained(network, 3);
            let colours = (0..3 * height * columns).map(|_| rng.random_range(0.0..1.0));
            let image = Planes::new(3, height, columns, colours.collect()).unwrap();
            let gradients = gradient(&image);
            let mut input = gradients.data.clone();
            if network.colours {
                input.extend(&image.data);
            }
            let input = TensorData::new(input, [1, network.inputs(), height, columns]);
            let output =
                GradientNet::from_style(&style, &device).forward(Tensor::from_data(input, &device));
            let floats = |x: Tensor<4>| -> Vec<f32> { x.into_data().iter::<f32>().collect() };
            let mut expected = Planes::new(6, height, columns, floats(output.gradients)).unwrap();
            for (value, original) in expected.data.iter_mut().zip(&gradients.data) {
                *value -= original;
            }
            zero_boundary(&mut expected);
            let change = CpuNetwork::from_style(&style).change(&image, &gradients);
            let what = format!("{network:?}, {columns}×{height}");
            let assert_close = |ours: &Planes, theirs: &Planes| {
                for (a, b) in ours.data.iter().zip(&theirs.data) {
                    assert!((a - b).abs() < 1e-5, "{what}: {a}, Burn {b}");
                }
            };
            assert_close(&change.gradients, &expected);
            let ground = output.ground.map(|ground| {
                let [_, channels, rows, columns] = ground.dims();
                Planes::new(channels, rows, columns, floats(ground)).unwrap()
            });
            assert_eq!(change.ground.is_some(), ground.is_some());
            if let (Some(ours), Some(theirs)) = (&change.ground, ground) {
                assert_close(ours, &enlarged(&theirs, columns, height));
            }
        }
    }
}
