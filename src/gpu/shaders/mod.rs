//! The WGSL sources, as files.

/// Pixel-level kernels around the network.
pub const IMAGE: &str = include_str!("shaders/image.wgsl");
/// The stages of a multigrid V-cycle.
pub const MULTIGRID: &str = include_str!("shaders/multigrid.wgsl");
/// The convolution, with marks that [`super::convolution`] fills in.
pub const CONVOLUTION: &str = include_str!("shaders/convolution.wgsl");
/// The three ways in which a convolution stores its output.
pub const STORE_PLAIN: &str = include_str!("shaders/store_plain.wgsl");
pub const STORE_SHUFFLED: &str = include_str!("shaders/store_shuffled.wgsl");
pub const STORE_CHANGE: &str = include_str!("shaders/store_change.wgsl");
/// The convolution as one would write it first, to measure against.
#[cfg(not(target_arch = "wasm32"))]
pub const NAIVE_CONVOLUTION: &str = include_str!("shaders/naive_convolution.wgsl");

/// `source` after the declarations that every shader may use. `Activation` is how four channels lie in memory; all
/// arithmetic is in f32 whatever it is.
pub fn with_prelude(source: &str) -> String {
    format!("alias Activation = vec4<f32>;\n\n{source}")
}
