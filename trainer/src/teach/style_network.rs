//! A style network of another project as a painter of pictures.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use limn_networks::FeedForward;

use crate::files::weights;

/// A network and where it runs.
pub struct StyleNetwork {
    network: FeedForward,
    device: Device,
    /// Of the weight file.
    pub sha256: String,
}

impl StyleNetwork {
    /// Loads a `.safetensors` file; the names of its tensors tell the family.
    ///
    /// # Errors
    /// When the file is unreadable, of no known family, or lacks a tensor.
    pub fn load(path: &Path) -> Result<Self> {
        let (weights, sha256) = weights::load_hashed(path)?;
        let device = Device::flex();
        let network = FeedForward::new(&weights, &device)
            .with_context(|| format!("{} is not a usable teacher", path.display()))?;
        Ok(Self {
            network,
            device,
            sha256,
        })
    }

    /// Paints `photo` `[3, H, W]` in [0, 1], sides at least [`FeedForward::MIN_SIDE`]; the result has the same size and
    /// is clamped to [0, 1].
    pub fn paint(&self, photo: &Planes) -> Planes {
        let shape = [1, photo.channels, photo.height, photo.width];
        let data = TensorData::new(photo.data.clone(), shape);
        let painted = self.network.paint(Tensor::from_data(data, &self.device));
        Planes {
            data: painted.into_data().iter::<f32>().collect(),
            ..*photo
        }
    }
}
