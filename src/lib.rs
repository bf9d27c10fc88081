//! Limn paints portraits in the gradient domain.
//!
//! A small network maps the gradients of a photo to stylised gradients, and a screened-Poisson solve rebuilds a
//! picture from those and the photo's own colours (Liu et al., "Learning Selfie-Friendly Abstraction from Artistic
//! Style Images"). This crate holds what the trainer, the native tools and the page share: the maths, the network, the
//! style records and two engines, [`cpu`] on convolution kernels of our own and [`gpu`] on wgpu with shaders
//! of our own.

#[cfg(feature = "cpu")]
pub mod convolution;
#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod gradient;
pub mod network;
mod planes;
pub mod reconstruct;
mod resample;
pub mod style;
pub mod stylize;
pub mod tiles;
#[cfg(target_arch = "wasm32")]
mod web;

pub use planes::{Planes, Rect, ShapeError};
pub use resample::Downscale;
