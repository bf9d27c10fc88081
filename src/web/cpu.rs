//! The class of the CPU bundle.

use js_sys::Object;
use wasm_bindgen::prelude::*;
use web_sys::ImageData;

use super::{Settings, error, image_data, info_object, metadata_object, parse_style};
use crate::{
    Planes,
    cpu::{CpuEngine, EngineError},
};

fn thrown(e: EngineError) -> JsValue {
    error(e.code(), &e.to_string())
}

/// Paints photos on the CPU.
#[wasm_bindgen]
pub struct Engine {
    engine: CpuEngine,
    settings: Settings,
}

#[wasm_bindgen]
impl Engine {
    /// Starts the engine. `options` is what the GPU bundle takes; nothing in it matters here.
    #[wasm_bindgen(unchecked_return_type = "Engine")]
    pub async fn create(_options: JsValue) -> Engine {
        Engine {
            engine: CpuEngine::new(),
            settings: Settings::default(),
        }
    }

    /// Takes a style record, checked against `sha256` where given, and returns its metadata. On an error the style in
    /// use stays.
    #[wasm_bindgen(js_name = loadStyle, unchecked_return_type = "object")]
    pub fn load_style(&mut self, bytes: &[u8], sha256: Option<String>) -> Result<JsValue, JsValue> {
        let style = parse_style(bytes, sha256)?;
        self.engine.set_style(&style);
        metadata_object(&style.metadata)
    }

    /// Strength 0..1.5, λ 0..1000 and the longest side at which the network runs (0: the photo's own).
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, strength: f32, lambda: f32, working_size: u32) {
        self.settings = Settings::new(strength, lambda, working_size);
    }

    /// Paints a photo.
    pub async fn stylize(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let photo = Planes::from_rgba8(&image.data(), width, height)
            .map_err(|e| error("bad-image", &e.to_string()))?;
        self.engine
            .set_photo(photo, self.settings.working_size)
            .map_err(thrown)?;
        self.repaint().await
    }

    /// Paints the same photo with the settings as they are now; the network runs again only where it has to.
    pub async fn repaint(&mut self) -> Result<ImageData, JsValue> {
        self.engine.set_working_size(self.settings.working_size);
        let picture = self.engine.paint(&self.settings.options).map_err(thrown)?;
        image_data(&picture.to_rgba8(), picture.width, picture.height)
    }

    /// Engine, adapter, precision, and whether the adapter is a stand-in.
    #[wasm_bindgen(
        unchecked_return_type = "{ engine: 'gpu' | 'cpu', adapter: string, precision: 'f32' | 'f16', fallback: boolean }"
    )]
    pub fn info(&self) -> Object {
        info_object("cpu", "Burn Flex", "f32", false)
    }
}
