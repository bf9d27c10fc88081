//! What the bundle `limn_transfer` exports.

use js_sys::Uint8ClampedArray;
use wasm_bindgen::{Clamped, prelude::*};
use web_sys::ImageData;

use super::{error, thrown};
use crate::transfer;

/// The map from one picture's colours to another's (see [`transfer::Transfer`]), as text.
#[wasm_bindgen(js_name = transferBetween)]
pub fn between(picture: &ImageData, reference: &ImageData) -> Result<String, JsValue> {
    let colours = |image: &ImageData| {
        let (width, height) = (image.width() as usize, image.height() as usize);
        transfer::sample(&image.data(), width, height).map_err(thrown)
    };
    let map = transfer::Transfer::between(&colours(picture)?, &colours(reference)?);
    serde_json::to_string(&map).map_err(unreadable)
}

/// Such a map at one strength.
#[wasm_bindgen]
pub struct TransferTable(transfer::Table);

#[wasm_bindgen]
impl TransferTable {
    /// `map` is what `transferBetween` gave.
    #[wasm_bindgen(constructor)]
    pub fn new(map: &str, strength: f32) -> Result<TransferTable, JsValue> {
        let map: transfer::Transfer = serde_json::from_str(map).map_err(unreadable)?;
        Ok(TransferTable(map.table(strength.clamp(0.0, 1.0))))
    }

    /// RGBA in, RGBA out; alpha stays.
    pub fn apply(&self, mut rgba: Clamped<Vec<u8>>) -> Uint8ClampedArray {
        self.0.apply(&mut rgba);
        Uint8ClampedArray::from(rgba.as_slice())
    }
}

fn unreadable(e: serde_json::Error) -> JsValue {
    error("unexpected", &e.to_string())
}
