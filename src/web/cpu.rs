//! The class of the CPU bundle.

use js_sys::{Array, Object, Uint8ClampedArray};
use wasm_bindgen::{Clamped, prelude::*};
use web_sys::ImageData;

use super::{
    Settings, error, image_data, info_object, metadata_object, parse_style,
    tiles::{self, Job},
};
use crate::{
    Planes,
    cpu::{CpuEngine, EngineError},
    tiles::TilePainter,
};

fn thrown(e: EngineError) -> JsValue {
    error(e.code(), &e.to_string())
}

/// Paints photos on the CPU.
#[wasm_bindgen]
pub struct Engine {
    engine: CpuEngine,
    settings: Settings,
    tiles: Job<TilePainter>,
}

#[wasm_bindgen]
impl Engine {
    /// Starts the engine. `options` is what the GPU bundle takes; nothing in it matters here.
    #[wasm_bindgen(unchecked_return_type = "Engine")]
    pub async fn create(_options: JsValue) -> Engine {
        Engine {
            engine: CpuEngine::new(),
            settings: Settings::default(),
            tiles: Job::None,
        }
    }

    /// Takes a style record, checked against `sha256` where given, and returns its metadata. `second` makes it the style
    /// that is mixed in. On an error the style in use stays.
    #[wasm_bindgen(js_name = loadStyle, unchecked_return_type = "object")]
    pub fn load_style(
        &mut self,
        bytes: &[u8],
        sha256: Option<String>,
        second: bool,
    ) -> Result<JsValue, JsValue> {
        let style = parse_style(bytes, sha256)?;
        if second {
            self.engine.set_second_style(Some(&style));
        } else {
            self.engine.set_style(&style);
        }
        metadata_object(&style.metadata)
    }

    /// Takes away the style that is mixed in.
    #[wasm_bindgen(js_name = dropSecondStyle)]
    pub fn drop_second_style(&mut self) {
        self.engine.set_second_style(None);
    }

    /// Strength 0..1.5, λ 0..1000, share of the second style 0..1 and the longest side at which the network runs (0: the
    /// photo's own).
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, strength: f32, lambda: f32, mix: f32, working_size: u32) {
        self.settings = Settings::new(strength, lambda, mix, working_size);
    }

    /// Paints a photo.
    pub async fn stylize(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
        self.take(&image)?;
        self.repaint().await
    }

    /// Paints a live frame: as `stylize` does, but for differences too small to see.
    pub async fn frame(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
        self.take(&image)?;
        let options = &self.settings.options;
        let picture = self.engine.paint_live(options).map_err(thrown)?;
        image_data(&picture.to_rgba8(), picture.width, picture.height)
    }

    /// Paints the same photo with the settings as they are now; the network runs again only where it has to.
    pub async fn repaint(&mut self) -> Result<ImageData, JsValue> {
        self.engine.set_working_size(self.settings.working_size);
        let picture = self.engine.paint(&self.settings.options).map_err(thrown)?;
        image_data(&picture.to_rgba8(), picture.width, picture.height)
    }

    /// Begins a photo of `width × height` that is painted in tiles, with the settings as they are now. Its rows follow
    /// with `addRows`.
    #[wasm_bindgen(js_name = beginTiles)]
    pub fn begin_tiles(&mut self, width: u32, height: u32) -> Result<(), JsValue> {
        self.tiles = Job::begin(width, height, &self.settings)?;
        Ok(())
    }

    /// Takes the photo's next rows as RGBA, for the network to see it at the working size.
    #[wasm_bindgen(js_name = addRows)]
    pub fn add_rows(&mut self, rgba: Clamped<Vec<u8>>) -> Result<(), JsValue> {
        self.tiles.add_rows(&rgba)
    }

    /// Runs the network, after the last row, and cuts the photo into tiles of at most `side` pixels a side, halo included
    /// (0: as the engine likes). Returns them in the order in which `paintTile` counts them.
    #[wasm_bindgen(js_name = layTiles, unchecked_return_type = "{ x: number, y: number, width: number, height: number }[]")]
    pub async fn lay_tiles(&mut self, side: u32) -> Result<Array, JsValue> {
        let (image, full, options) = self.tiles.finish_rows()?;
        let side = tiles::side(side);
        let painter = self
            .engine
            .tiles(image, full, side, &options)
            .map_err(thrown)?;
        Ok(self.tiles.lay(painter, TilePainter::tiling))
    }

    /// Paints tile `index`, from the photo's pixels of it and to the picture's, RGBA.
    #[wasm_bindgen(js_name = paintTile)]
    pub async fn paint_tile(
        &mut self,
        index: u32,
        mut rgba: Clamped<Vec<u8>>,
    ) -> Result<Uint8ClampedArray, JsValue> {
        let (painter, tile) = self.tiles.tile(index, rgba.len())?;
        painter.paint(&tile, &mut rgba);
        Ok(Uint8ClampedArray::from(rgba.as_slice()))
    }

    /// Forgets the photo begun with `beginTiles`.
    #[wasm_bindgen(js_name = endTiles)]
    pub fn end_tiles(&mut self) {
        self.tiles = Job::None;
    }

    /// Engine, adapter, precision, and whether the adapter is a stand-in.
    #[wasm_bindgen(
        unchecked_return_type = "{ engine: 'gpu' | 'cpu', adapter: string, precision: 'f32' | 'f16', fallback: boolean }"
    )]
    pub fn info(&self) -> Object {
        info_object("cpu", "WebAssembly SIMD", "f32", false)
    }
}

impl Engine {
    fn take(&mut self, image: &ImageData) -> Result<(), JsValue> {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let photo = Planes::from_rgba8(&image.data(), width, height)
            .map_err(|e| error("bad-image", &e.to_string()))?;
        self.engine
            .set_photo(photo, self.settings.working_size)
            .map_err(thrown)
    }
}
