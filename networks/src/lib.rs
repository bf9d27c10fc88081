//! Networks that Limn uses besides its own gradient network: [`vgg`], whose features losses and measures compare, and
//! the style networks of other projects ([`feed_forward`]), which teach Limn its styles.
//!
//! All of them are frozen: their weights come from bytes ([`weights`]) and are tensors outside autodiff, on whatever
//! device of Burn the caller names. No files and no threads of its own in here, so that the crate builds for a browser
//! too; the feature `chain` adds what training on the CPU needs and a browser does not.

#[cfg(feature = "chain")]
pub mod chain;
mod fast_style_transfer;
pub mod feed_forward;
#[cfg(test)]
mod golden;
mod layers;
mod transformer_net;
pub mod vgg;
pub mod weights;

pub use fast_style_transfer::FastStyleTransfer;
pub use feed_forward::FeedForward;
pub use transformer_net::TransformerNet;
pub use weights::{WeightError, Weights};
