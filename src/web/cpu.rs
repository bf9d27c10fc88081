//! The class of the CPU bundle.

use js_sys::{Object, Uint8ClampedArray};
use wasm_bindgen::{Clamped, prelude::*};
use web_sys::ImageData;

use super::{
    image_data,
    surface::{Surface, class},
    thrown,
};
use crate::cpu;

class!(CpuEngine, cpu::CpuEngine);

#[wasm_bindgen]
impl CpuEngine {
    /// Starts the engine. `options` is what the GPU bundle takes; nothing in it matters here.
    #[wasm_bindgen(unchecked_return_type = "CpuEngine")]
    pub async fn create(_options: JsValue) -> CpuEngine {
        CpuEngine(Surface::new(cpu::CpuEngine::new()))
    }

    /// Paints a live frame: as `stylize` does, but for differences too small to see.
    pub async fn frame(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
        let Self(surface) = self;
        surface.take(&image)?;
        let picture = surface
            .engine
            .paint_live(&surface.options)
            .map_err(thrown)?;
        image_data(&picture.to_rgba8(), (picture.width, picture.height))
    }
}
