//! A style's nine convolutions on the GPU, and their launches for one working size.

use wgpu::Buffer;

use super::{
    device::{Dispatch, Gpu},
    kernels::convolution::{Blocking, Convolution, LayerWeights, Pipelines},
};
use crate::{ground::Ground, network::layers, style::Style};

/// A style's weights beside the kernels that read them.
pub struct LoadedStyle {
    pub width: usize,
    /// Size in pixels at which the style's strokes were learnt.
    pub trained_size: usize,
    pub ground: Option<Ground>,
    /// Tells one upload from the next.
    pub id: u64,
    convolutions: Vec<Convolution>,
    weights: Vec<LayerWeights>,
}

impl LoadedStyle {
    /// Uploads the weights, and compiles what kernels `pipelines` lacks, of a style that passed [`Style::check`].
    pub fn new(gpu: &Gpu, style: &Style, pipelines: &mut Pipelines, id: u64) -> Self {
        let convolutions: Vec<_> = layers(style.metadata.width)
            .iter()
            .map(|layer| Convolution::new(gpu, pipelines, layer, Blocking::for_layer(layer)))
            .collect();
        let weights = convolutions
            .iter()
            .zip(&style.layers)
            .map(|(convolution, weights)| convolution.upload(gpu, weights))
            .collect();
        Self {
            width: style.metadata.width,
            trained_size: style.metadata.trained_size,
            ground: style.metadata.ground,
            id,
            convolutions,
            weights,
        }
    }
}

/// Elements (vec4) of the two activation buffers that a network of `width` alternates between at a working size of
/// `size` (width, height): outputs of the odd and of the even layers.
pub fn activation_lengths(width: usize, size: (usize, usize)) -> [usize; 2] {
    let mut lengths = [0; 2];
    let mut size = size;
    let layers = layers(width);
    for (i, layer) in layers[..layers.len() - 1].iter().enumerate() {
        size = layer.output_size(size.0, size.1);
        let planes = layer.out_channels / if layer.shuffle { 16 } else { 4 };
        let length = planes * (size.0 * size.1 + 1);
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
    /// For networks of `widths` at a working size of `size`.
    pub fn new(gpu: &Gpu, widths: impl IntoIterator<Item = usize>, size: (usize, usize)) -> Self {
        let lengths = lengths(widths, size);
        Self {
            size,
            lengths,
            buffers: lengths.map(|length| gpu.storage("activations", length)),
        }
    }

    /// Whether networks of `widths` at `size` find room in these, without much of it to spare.
    pub fn fit(&self, widths: impl IntoIterator<Item = usize>, size: (usize, usize)) -> bool {
        let needed = lengths(widths, size);
        self.size == size && self.lengths == needed
    }
}

/// The largest lengths that any of the networks needs.
fn lengths(widths: impl IntoIterator<Item = usize>, size: (usize, usize)) -> [usize; 2] {
    widths.into_iter().fold([0; 2], |[odd, even], width| {
        let length = activation_lengths(width, size);
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

    /// Launches that map `gradients` to `change`, at the size that `activations` were made for.
    pub fn new(
        gpu: &Gpu,
        style: &LoadedStyle,
        gradients: &Buffer,
        change: &Buffer,
        activations: &Activations,
    ) -> Self {
        let Activations { size, buffers, .. } = activations;
        let size = *size;
        let mut dispatches = Vec::new();
        let mut source = (gradients, size);
        let last = style.convolutions.len() - 1;
        let layers = layers(style.width);
        for (i, (convolution, weights)) in style.convolutions.iter().zip(&style.weights).enumerate()
        {
            let destination = if i == last {
                (change, size)
            } else {
                (
                    &buffers[i % 2],
                    layers[i].output_size(source.1.0, source.1.1),
                )
            };
            dispatches.push(convolution.dispatch(gpu, weights, source, destination, gradients));
            source = destination;
        }
        Self {
            dispatches,
            style: style.id,
        }
    }
}
