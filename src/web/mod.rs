//! What a page calls: the classes `CpuEngine` and `GpuEngine`, one in each of two bundles built from this crate, and colour
//! transfer in a third. `www/limn/limn.js` wraps the classes as `Stylizer`, sends one call at a time, and is the only caller;
//! `www/limn/transfer.js` is that of the third.
//!
//! Errors reach JavaScript as `Error` objects with a `code` of the kind that [`EngineError::code`] gives.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
#[cfg(any(feature = "cpu", feature = "gpu"))]
mod surface;
#[cfg(feature = "transfer")]
mod transfer;

use js_sys::{Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::engine::EngineError;

/// Panics reach the console with message and place, not as a bare `unreachable`.
#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// An `Error` with a `code`.
fn error(code: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    set(&error, "code", &code.into());
    error.into()
}

fn thrown<E: Into<EngineError>>(e: E) -> JsValue {
    let e = e.into();
    error(e.code(), &e.to_string())
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails on frozen objects and proxies only; these are neither.
    let _ = Reflect::set(object, &key.into(), value);
}

/// Pixels that are JavaScript's own. An `ImageData` made from a slice would be a window into the wasm memory, which
/// the next allocation overwrites and no worker can hand over.
#[cfg(any(feature = "cpu", feature = "gpu"))]
fn image_data(rgba: &[u8], (width, height): (usize, usize)) -> Result<web_sys::ImageData, JsValue> {
    let copy = js_sys::Uint8ClampedArray::from(rgba);
    web_sys::ImageData::new_with_js_u8_clamped_array_and_sh(&copy, width as u32, height as u32)
}
