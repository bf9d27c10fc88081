//! `--device`: where training computes.

use anyhow::Result;
use burn::tensor::Device;
use clap::ValueEnum;

/// Backends of Burn that training can run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeviceChoice {
    /// The CPU.
    Flex,
    /// A GPU by Vulkan, Metal or DirectX 12; needs a build with the feature `wgpu`.
    Wgpu,
    /// An NVIDIA GPU; needs a build with the feature `cuda`.
    Cuda,
}

impl DeviceChoice {
    /// The device, without autodiff.
    ///
    /// In a build with a GPU backend Burn reads Adam's state through that GPU, whichever device is chosen here. To
    /// resume on the CPU of a machine without one, set Burn's environment variable `BURN_DEVICE=flex`.
    ///
    /// # Errors
    /// When this build does not contain the backend, or `wgpu` finds no adapter.
    pub fn open(self) -> Result<Device> {
        match self {
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Device::wgpu_options()
                .init()
                .map_err(|error| anyhow::anyhow!("no GPU can be used: {error}")),
            #[cfg(feature = "cuda")]
            Self::Cuda => Ok(Device::cuda(0_usize)),
            #[allow(unreachable_patterns)]
            missing => {
                let name = missing
                    .to_possible_value()
                    .map(|value| value.get_name().to_owned())
                    .unwrap_or_default();
                anyhow::bail!(
                    "this build has no {name} backend; build it with \
                     `cargo build --release -p limn-trainer --features {name}`"
                )
            }
        }
    }
}
