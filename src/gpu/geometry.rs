//! Sizes, and whether a GPU has room for them.

use super::network::activation_lengths;
use crate::{engine::EngineError, network::Architecture};

/// Longest side of a photo: the shaders count overlaps of two sizes in 32-bit integers.
pub const MAX_SIDE: usize = 32767;

/// Width and height of the photo and of what network and solve see of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub full: (usize, usize),
    pub work: (usize, usize),
}

impl Geometry {
    /// Fails where a buffer of this geometry would be larger than the GPU allows. `networks` are those
    /// in use.
    pub fn check(
        &self,
        limits: &wgpu::Limits,
        networks: impl IntoIterator<Item = Architecture>,
    ) -> Result<(), EngineError> {
        let largest = largest_buffer(limits);
        let (width, height) = self.full;
        if width.max(height) > MAX_SIDE {
            return Err(too_large(
                "a photo",
                self.full,
                format!("sides may be at most {MAX_SIDE} pixels"),
            ));
        }
        let pixels = self.work.0 * self.work.1;
        let activations = networks
            .into_iter()
            .flat_map(|network| activation_lengths(network, self.work));
        let elements = activations.fold(3 * pixels, usize::max);
        let bytes = elements as u64 * 16;
        if bytes > largest {
            let reason = format!(
                "it needs a buffer of {} MiB, the GPU allows {} MiB; choose a smaller one",
                bytes.div_ceil(1 << 20),
                largest >> 20
            );
            return Err(too_large("a working size", self.work, reason));
        }
        Ok(())
    }
}

/// The error for `what` of a size that does not fit.
pub fn too_large(
    what: &'static str,
    (width, height): (usize, usize),
    reason: String,
) -> EngineError {
    EngineError::TooLarge {
        what,
        width,
        height,
        reason,
    }
}

/// Bytes that a buffer may have and be bound whole.
pub fn largest_buffer(limits: &wgpu::Limits) -> u64 {
    limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size)
}
