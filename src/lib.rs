//! Limn paints portraits in the gradient domain.
//!
//! A small network maps the gradients of a photo to stylised gradients, and a screened-Poisson solve rebuilds a
//! picture from those and the photo's own colours (Liu et al., "Learning Selfie-Friendly Abstraction from Artistic
//! Style Images"). This crate holds what the trainer, the native tools and the page share: the maths, the network, the
//! style records and two engines, [`cpu`] on convolution kernels of our own and [`gpu`] on wgpu with shaders
//! of our own.
//!
//! A picture's way: photo → working size → [`gradient`] → [`network`] → [`change`] on a
//! [`ground`] → [`solve`] → [`carry`] → [`medium`] → picture.

pub mod carry;
pub mod change;
#[cfg(feature = "cpu")]
pub mod convolution;
#[cfg(feature = "cpu")]
pub mod cpu;
pub mod engine;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod gradient;
pub mod ground;
pub mod medium;
pub mod network;
pub mod options;
mod planes;
mod resample;
pub mod solve;
pub mod style;
pub mod transfer;
#[cfg(target_arch = "wasm32")]
mod web;

pub use options::Options;
pub use planes::{Planes, ShapeError};
pub use resample::RowResampler;
