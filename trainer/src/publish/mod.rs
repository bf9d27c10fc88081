//! What becomes of a trained style: its place in the catalogue, with a thumbnail, and the ONNX model.

pub mod onnx;
pub mod register;
mod thumbnail;
