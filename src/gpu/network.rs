//! A style's convolutions on the GPU, and their launches for one working size.

use wgpu::Buffer;

use super::{
    device::{Dispatch, Gpu},
    kernels::convolution::{Blocking, Convolution, LayerWeights, Pipelines},
};
use crate::{
    ground::Ground,
    medium::Medium,
    network::{Architecture, DEPTH, HEAD_INPUT},
    style::Style,
};

/// A style's weights beside the kernels that read them.
pub struct LoadedStyle {
    pub network: Architecture,
    /// Size in pixels at which the style's strokes were learnt.
    pub trained_size: usize,
    pub ground: Option<Ground>,
    pub medium: Option<Medium>,
    /// Tells one upload from the next.
    pub id: u64,
    convolutions: Vec<Convolution>,
    weights: Vec<LayerWeights>,
}

impl LoadedStyle {
    /// Uploads the weights, and compiles what kernels `pipelines` lacks, of a style that passed [`Style::check`].
    pub fn new(gpu: &Gpu, style: &Style, pipelines: &mut Pipelines, id: u64) -> Self {
        let network = style.metadata.network();
        let convolutions: Vec<_> = network
            .layers()
            .iter()
            .map(|layer| Convolution::new(gpu, pipelines, layer, Blocking::for_layer(layer)))
            .collect();
        let weights = convolutions
            .iter()
            .zip(&style.layers)
            .map(|(convolution, weights)| convolution.upload(gpu, weights))
            .collect();
        Self {
            network,
            trained_size: style.metadata.trained_size,
            ground: style.metadata.ground,
            medium: style.metadata.medium,
            id,
            convolutions,
            weights,
        }
    }
}

/// Elements (vec4) of the two activation buffers that a network alternates between at a working size of `size` (width,
/// height): outputs of the odd and of the even layers.
pub fn activation_lengths(network: Architecture, size: (usize, usize)) -> [usize; 2] {
    let mut lengths = [0; 2];
    let mut size = size;
    let layers = network.chain();
    for (i, layer) in layers[..layers.len() - 1].iter().enumerate() {
        size = layer.output_size(size.0, size.1);
        let planes = layer.out_channels / if layer.shuffle { 16 } else { 4 };
        let length = planes * size.0 * size.1;
        lengths[i % 2] = lengths[i % 2].max(length);
    }
    lengths
}

/// The two buffers that networks alternate between. One network runs after the other, so two styles share them.
pub struct Activations {
    size: (usize, usize),
    lengths: [usize; 2],
    buffers: [Buffer; 2],
}

impl Activations {
    /// For `networks` at a working size of `size`.
    pub fn new(
        gpu: &Gpu,
        networks: impl IntoIterator<Item = Architecture>,
        size: (usize, usize),
    ) -> Self {
        let lengths = lengths(networks, size);
        Self {
            size,
            lengths,
            buffers: lengths.map(|length| gpu.storage("activations", length)),
        }
    }

    /// Whether `networks` at `size` find room in these, without much of it to spare.
    pub fn fit(
        &self,
        networks: impl IntoIterator<Item = Architecture>,
        size: (usize, usize),
    ) -> bool {
        let needed = lengths(networks, size);
        self.size == size && self.lengths == needed
    }
}

/// The largest lengths that any of the networks needs.
fn lengths(networks: impl IntoIterator<Item = Architecture>, size: (usize, usize)) -> [usize; 2] {
    networks.into_iter().fold([0; 2], |[odd, even], network| {
        let length = activation_lengths(network, size);
        [odd.max(length[0]), even.max(length[1])]
    })
}

/// The launches of one style at one working size.
pub struct Network {
    pub dispatches: Vec<Dispatch>,
    style: u64,
}

impl Network {
    /// Whether these launches are for this very upload of a style.
    pub fn is_for(&self, style: &LoadedStyle) -> bool {
        self.style == style.id
    }

    /// Launches that map `seen`, gradients and photo, to `change` and, where the network has a second head, to `correction`,
    /// at the size that `activations` were made for.
    pub fn new(
        gpu: &Gpu,
        style: &LoadedStyle,
        seen: &Buffer,
        (change, correction): (&Buffer, &Buffer),
        activations: &Activations,
    ) -> Self {
        let Activations { size, buffers, .. } = activations;
        let size = *size;
        let mut dispatches = Vec::new();
        let mut source = (seen, size);
        let kernels = style.convolutions.iter().zip(&style.weights);
        for (i, (layer, (convolution, weights))) in
            style.network.chain().iter().zip(kernels).enumerate()
        {
            let destination = if i + 1 == DEPTH {
                (change, size)
            } else {
                (&buffers[i % 2], layer.output_size(source.1.0, source.1.1))
            };
            dispatches.push(convolution.dispatch(gpu, weights, source, destination, seen));
            source = destination;
            if i == HEAD_INPUT
                && style.network.colours
                && let (Some(convolution), Some(weights)) =
                    (style.convolutions.last(), style.weights.last())
            {
                let destination = (correction, source.1);
                dispatches.push(convolution.dispatch(gpu, weights, source, destination, seen));
            }
        }
        Self {
            dispatches,
            style: style.id,
        }
    }
}
