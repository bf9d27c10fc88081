//! The WGSL sources, as files.

/// The source of that name without its comments, see `build.rs`.
macro_rules! shader {
    ($name:literal) => {
        include_str!(concat!(env!("OUT_DIR"), "/", $name, ".wgsl"))
    };
}

/// What every shader may use.
const SHARED: &str = shader!("params");
/// What the ground adds to a colour, for the next two.
pub const GROUND: &str = shader!("ground");
/// What a picture is painted on, for the painting carried up.
pub const MEDIUM: &str = shader!("medium");
/// The kernels at the working size around network and solve.
pub const WORKING: &str = shader!("working");
/// The painting carried up to the photo's size, and the ways out.
pub const PICTURE: &str = shader!("picture");
/// What the two ways of doing a multigrid V-cycle share, and each of them.
pub const MULTIGRID: &str = shader!("multigrid");
pub const MULTIGRID_SQUARE: &str = shader!("multigrid_square");
pub const MULTIGRID_PLAIN: &str = shader!("multigrid_plain");
/// The convolution, with marks that [`super::kernels::convolution`] fills in.
pub const CONVOLUTION: &str = shader!("convolution");
/// The three ways in which a convolution stores its output.
pub const STORE_PLAIN: &str = shader!("store_plain");
pub const STORE_SHUFFLED: &str = shader!("store_shuffled");
pub const STORE_CHANGE: &str = shader!("store_change");
/// The convolution as one would write it first, to measure against.
#[cfg(not(target_arch = "wasm32"))]
pub const NAIVE_CONVOLUTION: &str = shader!("naive_convolution");

/// `source` after the declarations that every shader may use.
pub fn with_shared(source: &str) -> String {
    format!(
        "{SHARED}
{source}"
    )
}
