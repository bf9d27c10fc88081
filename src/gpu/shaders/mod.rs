//! The WGSL sources, as files.

/// What every shader may use.
const SHARED: &str = include_str!("params.wgsl");
/// What the ground adds to a colour, for the next two.
pub const GROUND: &str = include_str!("ground.wgsl");
/// What a picture is painted on, for the painting carried up.
pub const MEDIUM: &str = include_str!("medium.wgsl");
/// The kernels at the working size around network and solve.
pub const WORKING: &str = include_str!("working.wgsl");
/// The painting carried up to the photo's size, and the ways out.
pub const PICTURE: &str = include_str!("picture.wgsl");
/// What the two ways of doing a multigrid V-cycle share, and each of them.
pub const MULTIGRID: &str = include_str!("multigrid.wgsl");
pub const MULTIGRID_SQUARE: &str = include_str!("multigrid_square.wgsl");
pub const MULTIGRID_PLAIN: &str = include_str!("multigrid_plain.wgsl");
/// The convolution, with marks that [`super::kernels::convolution`] fills in.
pub const CONVOLUTION: &str = include_str!("convolution.wgsl");
/// The three ways in which a convolution stores its output.
pub const STORE_PLAIN: &str = include_str!("store_plain.wgsl");
pub const STORE_SHUFFLED: &str = include_str!("store_shuffled.wgsl");
pub const STORE_CHANGE: &str = include_str!("store_change.wgsl");
/// The convolution as one would write it first, to measure against.
#[cfg(not(target_arch = "wasm32"))]
pub const NAIVE_CONVOLUTION: &str = include_str!("../check/naive_convolution.wgsl");

/// `source` after the declarations that every shader may use.
pub fn with_shared(source: &str) -> String {
    format!(
        "{SHARED}
{source}"
    )
}
