//! Weights of [`limn_networks`] from `.safetensors` files.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::Device;
use limn::style::sha256_hex;
use limn_networks::{Weights, vgg::Vgg16};

/// Reads a whole file.
///
/// # Errors
/// When it cannot be read, is not safetensors, or holds elements other than f32 and f16.
pub fn load(path: &Path) -> Result<Weights> {
    Ok(load_hashed(path)?.0)
}

/// As [`load`], with the file's sha256 in hexadecimal.
///
/// # Errors
/// As there.
pub fn load_hashed(path: &Path) -> Result<(Weights, String)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let weights = Weights::from_bytes(&bytes)
        .with_context(|| format!("{} is not a weight file", path.display()))?;
    Ok((weights, sha256_hex(&bytes)))
}

/// Reads VGG-16 up to conv3_3: `convB_C.weight` (OIHW) and `convB_C.bias`.
///
/// # Errors
/// As [`load`], and when a tensor is missing or has another shape.
pub fn load_vgg16(path: &Path, device: &Device) -> Result<Vgg16> {
    Vgg16::new(&load(path)?, device)
        .with_context(|| format!("{} does not hold VGG-16 up to conv3_3", path.display()))
}
