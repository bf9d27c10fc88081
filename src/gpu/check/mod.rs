//! What checks the kernels: their plain CPU twins, the test of itself that the engine begins with, and a harness that runs
//! single kernels, for tests and measurements.

#[cfg(not(target_arch = "wasm32"))]
pub mod probe;
pub(super) mod selftest;
pub mod twin;
