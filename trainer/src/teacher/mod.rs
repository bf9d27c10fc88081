//! Style networks of other projects that make the reference pictures a style is learnt from.

mod fast_style_transfer;
mod transformer_net;

use std::path::Path;

use anyhow::{Context, Result, bail};
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;

use crate::weights::WeightFile;
use fast_style_transfer::FastStyleTransfer;
use transformer_net::TransformerNet;

/// A feed-forward style network on colours; both families map RGB 0..255 to RGB 0..255.
pub enum Teacher {
    TransformerNet(Box<TransformerNet>),
    FastStyleTransfer(Box<FastStyleTransfer>),
}

impl Teacher {
    /// Loads a `.safetensors` file; the names of its tensors tell the family.
    ///
    /// # Errors
    /// When the file is unreadable, of neither family, or lacks a tensor.
    pub fn load(path: &Path, device: &Device) -> Result<Self> {
        let weights = WeightFile::open(path)?;
        let context = || format!("{} is not a usable teacher", path.display());
        if weights.contains("conv1.conv2d.weight") {
            let net = TransformerNet::new(&weights, device).with_context(context)?;
            Ok(Self::TransformerNet(Box::new(net)))
        } else if weights.contains("conv1.weight_hwio") {
            let net = FastStyleTransfer::new(&weights, device).with_context(context)?;
            Ok(Self::FastStyleTransfer(Box::new(net)))
        } else {
            bail!(
                "{} is of neither known family: it has neither a tensor `conv1.conv2d.weight` (pytorch/examples) nor \
                 `conv1.weight_hwio` (fast-style-transfer)",
                path.display()
            )
        }
    }

    /// Paints `photo` `[3, H, W]` in [0, 1]; the result has the same size and is clamped to [0, 1].
    pub fn paint(&self, photo: &Planes, device: &Device) -> Planes {
        let Planes {
            channels,
            height,
            width,
            ..
        } = *photo;
        // Both families halve the size twice; other sizes are continued by repeating the edge, and cropped back.
        let (down, right) = (height.next_multiple_of(4), width.next_multiple_of(4));
        let input = Tensor::<3>::from_data(
            TensorData::new(photo.data.clone(), [channels, height, width]),
            device,
        )
        .unsqueeze::<4>()
        .pad(
            (0, right - width, 0, down - height),
            burn::tensor::ops::PadMode::Edge,
        );
        let output = match self {
            Self::TransformerNet(net) => net.forward(input * 255.0),
            Self::FastStyleTransfer(net) => net.forward(input * 255.0),
        };
        let output =
            (output / 255.0)
                .clamp(0.0, 1.0)
                .slice([0..1, 0..channels, 0..height, 0..width]);
        Planes {
            channels,
            height,
            width,
            data: output.into_data().iter::<f32>().collect(),
        }
    }
}

/// Instance normalisation over height and width with per-channel scale and shift (`[1, C, 1, 1]`).
fn instance_norm(x: Tensor<4>, scale: &Tensor<4>, shift: &Tensor<4>, epsilon: f32) -> Tensor<4> {
    let mean = x.clone().mean_dim(3).mean_dim(2);
    let centred = x - mean;
    let variance = centred.clone().square().mean_dim(3).mean_dim(2);
    centred / (variance + epsilon).sqrt() * scale.clone() + shift.clone()
}
