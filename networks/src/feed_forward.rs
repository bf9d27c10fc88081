//! Feed-forward style networks of other projects, one network for one style: what the reference pictures of Limn's own
//! styles are painted with.

use burn::tensor::{Device, Tensor, ops::PadMode};

use crate::{
    fast_style_transfer::FastStyleTransfer,
    transformer_net::TransformerNet,
    weights::{WeightError, Weights},
};

/// A style network on colours, of one of the known families.
pub enum FeedForward {
    TransformerNet(Box<TransformerNet>),
    FastStyleTransfer(Box<FastStyleTransfer>),
}

impl FeedForward {
    /// Least side of the pictures that it paints, in pixels: a quarter of it must be wider than the reflected borders.
    pub const MIN_SIDE: usize = 16;

    /// The network of these weights; the names of the tensors tell the family.
    ///
    /// # Errors
    /// [`WeightError::UnknownFamily`], or when a tensor is missing or has another shape.
    pub fn new(weights: &Weights, device: &Device) -> Result<Self, WeightError> {
        if weights.contains("conv1.conv2d.weight") {
            let net = TransformerNet::new(weights, device)?;
            Ok(Self::TransformerNet(Box::new(net)))
        } else if weights.contains("conv1.weight_hwio") {
            let net = FastStyleTransfer::new(weights, device)?;
            Ok(Self::FastStyleTransfer(Box::new(net)))
        } else {
            Err(WeightError::UnknownFamily)
        }
    }

    /// Paints `photos` `[N, 3, H, W]` in [0, 1], H and W at least [`MIN_SIDE`](Self::MIN_SIDE); the result has the same
    /// shape and is clamped to [0, 1].
    pub fn paint(&self, photos: Tensor<4>) -> Tensor<4> {
        let [batch, channels, height, width] = photos.dims();
        // Both families halve the size twice; other sizes are continued by repeating the edge, and cropped back.
        let (down, right) = (height.next_multiple_of(4), width.next_multiple_of(4));
        let borders = (0, right - width, 0, down - height);
        // And both map 0..255 to 0..255.
        let input = photos.pad(borders, PadMode::Edge) * 255.0;
        let output = match self {
            Self::TransformerNet(net) => net.forward(input),
            Self::FastStyleTransfer(net) => net.forward(input),
        };
        (output / 255.0)
            .clamp(0.0, 1.0)
            .slice([0..batch, 0..channels, 0..height, 0..width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_another_network_are_refused() {
        let mut weights = Weights::default();
        weights.insert("conv1_1.weight", vec![1], vec![0.0]);
        let error = FeedForward::new(&weights, &Device::flex()).err().unwrap();
        assert!(matches!(error, WeightError::UnknownFamily), "{error}");
        // Of a known family, but nothing more of it.
        weights.insert("conv1.weight_hwio", vec![1], vec![0.0]);
        let error = FeedForward::new(&weights, &Device::flex()).err().unwrap();
        assert!(error.to_string().contains("has shape [1]"), "{error}");
    }
}
