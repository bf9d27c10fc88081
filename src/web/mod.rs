//! What a page calls: the classes `CpuEngine` and `GpuEngine`, one in each of the two bundles built from this crate.
//! `www/limn/limn.js` wraps them as `Stylizer`, sends one call at a time, and is the only caller.
//!
//! Errors reach JavaScript as `Error` objects with a `code` of the kind that [`EngineError::code`] gives.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
mod surface;

use js_sys::{Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

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
fn image_data(rgba: &[u8], (width, height): (usize, usize)) -> Result<ImageData, JsValue> {
    let copy = Uint8ClampedArray::from(rgba);
    ImageData::new_with_js_u8_clamped_array_and_sh(&copy, width as u32, height as u32)
}
