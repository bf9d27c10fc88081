//! What a page calls: one class, `Engine`, in each of the two bundles built from this crate. `www/limn.js` wraps them
//! as `Stylizer`, sends one call at a time, and is the only caller.
//!
//! Errors reach JavaScript as `Error` objects with a `code` of the kind that `StyleError::code` and its siblings give.

#[cfg(feature = "cpu")]
mod cpu;
#[cfg(all(feature = "gpu", not(feature = "cpu")))]
mod gpu;
mod tiles;

use js_sys::{Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

use crate::{
    style::{self, Style, StyleError, StyleMetadata},
    stylize::Options,
};

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

fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails on frozen objects and proxies only; these are neither.
    let _ = Reflect::set(object, &key.into(), value);
}

/// Reads and checks a record.
fn parse_style(bytes: &[u8], sha256: Option<String>) -> Result<Style, JsValue> {
    let read = || -> Result<Style, StyleError> {
        if let Some(expected) = sha256 {
            style::verify_sha256(bytes, &expected)?;
        }
        Style::from_bytes(bytes)
    };
    read().map_err(|e| error(e.code(), &e.to_string()))
}

/// A record's metadata as a plain object, with the field names of [`StyleMetadata`].
fn metadata_object(metadata: &StyleMetadata) -> Result<JsValue, JsValue> {
    let json =
        serde_json::to_string(metadata).map_err(|e| error("style-format", &e.to_string()))?;
    js_sys::JSON::parse(&json)
}

/// The settings both engines take: options and the working size, 0 for the photo's own size.
#[derive(Default)]
struct Settings {
    options: Options,
    working_size: Option<usize>,
}

impl Settings {
    fn new(strength: f32, lambda: f32, mix: f32, working_size: u32) -> Self {
        let options = Options {
            strength,
            lambda,
            mix,
        };
        Self {
            options: options.clamped(),
            working_size: (working_size > 0).then_some(working_size as usize),
        }
    }
}

/// Pixels that are JavaScript's own. An `ImageData` made from a slice would be a window into the wasm memory, which
/// the next allocation overwrites and no worker can hand over.
fn image_data(rgba: &[u8], width: usize, height: usize) -> Result<ImageData, JsValue> {
    let copy = Uint8ClampedArray::from(rgba);
    ImageData::new_with_js_u8_clamped_array_and_sh(&copy, width as u32, height as u32)
}

/// The object that `info()` returns.
fn info_object(engine: &str, adapter: &str, precision: &str, fallback: bool) -> Object {
    let info = Object::new();
    set(&info, "engine", &engine.into());
    set(&info, "adapter", &adapter.into());
    set(&info, "precision", &precision.into());
    set(&info, "fallback", &fallback.into());
    info
}
