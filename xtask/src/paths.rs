//! Where things lie: the checkout, the page it builds, cargo's target directory.

use std::path::PathBuf;

/// The root of the checkout. Cargo names `xtask/` at run time; the path of compile time would be another clone's when
/// several share a target directory.
pub fn root() -> PathBuf {
    let xtask =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let mut root = PathBuf::from(xtask);
    root.pop();
    root
}

/// The page, ready for any static host.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target directory: `CARGO_TARGET_DIR`, else `target/` in the checkout.
pub fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => root().join(directory),
        None => root().join("target"),
    }
}
