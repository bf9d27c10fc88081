//! What the GPU engine cannot do.

use thiserror::Error;

use crate::ShapeError;

/// Why the GPU engine did not start, or did not paint.
#[derive(Debug, Error, PartialEq)]
pub enum GpuError {
    #[error("no WebGPU adapter: {0}")]
    NoWebGpu(String),
    #[error("the only adapter, {0}, is a software renderer; the CPU engine is faster than that")]
    SoftwareAdapter(String),
    #[error("the GPU's start-up self-test failed: {0}")]
    SelfTest(String),
    #[error("the GPU device was lost: {0}")]
    DeviceLost(String),
    #[error("{what} of {width}×{height} does not fit this GPU: {reason}")]
    TooLarge {
        /// What is too large, such as "a photo" or "a working size".
        what: &'static str,
        width: usize,
        height: usize,
        reason: String,
    },
    #[error("no style is loaded")]
    NoStyle,
    #[error("the style does not fit the network: {0}")]
    StyleShape(String),
    #[error("no photo is set")]
    NoPhoto,
    #[error("a photo has 3 channels, this image has {0}")]
    Channels(usize),
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("the GPU has no memory left")]
    OutOfMemory,
    #[error("the canvas cannot be drawn to: {0}")]
    Canvas(String),
    #[error("the GPU refused a command: {0}")]
    Validation(String),
}

impl GpuError {
    /// Stable identifier for programs, such as the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWebGpu(_) => "no-webgpu",
            Self::SoftwareAdapter(_) => "software-adapter",
            Self::SelfTest(_) => "self-test",
            Self::DeviceLost(_) => "device-lost",
            Self::TooLarge { .. } => "too-large",
            Self::OutOfMemory => "out-of-memory",
            Self::NoStyle => "no-style",
            Self::StyleShape(_) => "style-shape",
            Self::NoPhoto | Self::Channels(_) | Self::Shape(_) => "bad-image",
            Self::Canvas(_) => "canvas",
            Self::Validation(_) => "gpu-validation",
        }
    }
}
