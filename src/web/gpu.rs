//! The class of the GPU bundle.

use js_sys::{Array, Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::{Clamped, JsCast, prelude::*};
use web_sys::{ImageBitmap, ImageData, OffscreenCanvas, VideoFrame};
use wgpu::ExternalImageSource;

use super::{
    Settings, error, image_data, info_object, metadata_object, parse_style,
    tiles::{self, Job},
};
use crate::gpu::{GpuEngine, GpuError, GpuOptions, TilePainter};

fn thrown(e: GpuError) -> JsValue {
    error(e.code(), &e.to_string())
}

/// Paints photos and live frames on WebGPU.
#[wasm_bindgen]
pub struct Engine {
    engine: GpuEngine,
    settings: Settings,
    /// Width and height of the photo or frame in use.
    size: Option<(usize, usize)>,
    tiles: Job<TilePainter>,
}

#[wasm_bindgen]
impl Engine {
    /// Starts the engine: requests a device, compiles the shaders and paints one known frame. `options` may hold
    /// `adapter: "software"`, which accepts an adapter that computes on the CPU, and `fail: "self-test"`, which makes
    /// the start fail as on a GPU that computes wrongly.
    #[wasm_bindgen(unchecked_return_type = "Engine")]
    pub async fn create(
        #[wasm_bindgen(unchecked_param_type = "{ adapter?: string, fail?: string }")]
        options: JsValue,
    ) -> Result<Engine, JsValue> {
        let option = |key: &str| {
            Reflect::get(&options, &key.into())
                .ok()
                .and_then(|value| value.as_string())
        };
        if option("fail").as_deref() == Some("self-test") {
            return Err(thrown(GpuError::SelfTest("asked to fail".into())));
        }
        let engine = GpuEngine::new(GpuOptions {
            allow_software: option("adapter").as_deref() == Some("software"),
            ..GpuOptions::default()
        })
        .await
        .map_err(thrown)?;
        Ok(Engine {
            engine,
            settings: Settings::default(),
            size: None,
            tiles: Job::None,
        })
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
            self.engine.set_second_style(Some(&style))
        } else {
            self.engine.set_style(&style)
        }
        .map_err(thrown)?;
        metadata_object(&style.metadata)
    }

    /// Takes away the style that is mixed in.
    #[wasm_bindgen(js_name = dropSecondStyle)]
    pub fn drop_second_style(&mut self) -> Result<(), JsValue> {
        self.engine.set_second_style(None).map_err(thrown)
    }

    /// Strength 0..1.5, λ 0..1000, share of the second style 0..1 and the longest side at which the network runs (0: the
    /// photo's own).
    #[wasm_bindgen(js_name = setOptions)]
    pub fn set_options(&mut self, strength: f32, lambda: f32, mix: f32, working_size: u32) {
        self.settings = Settings::new(strength, lambda, mix, working_size);
    }

    /// Paints a photo.
    pub async fn stylize(&mut self, image: ImageData) -> Result<ImageData, JsValue> {
        let (width, height) = (image.width() as usize, image.height() as usize);
        self.engine
            .set_frame_rgba8(&image.data(), width, height, self.settings.working_size)
            .map_err(thrown)?;
        self.size = Some((width, height));
        self.repaint().await
    }

    /// Paints the same photo with the settings as they are now; the network runs again only where it has to.
    pub async fn repaint(&mut self) -> Result<ImageData, JsValue> {
        let (width, height) = self.size.ok_or_else(|| thrown(GpuError::NoPhoto))?;
        self.engine
            .set_working_size(self.settings.working_size)
            .map_err(thrown)?;
        let rgba = self
            .engine
            .paint_rgba8(&self.settings.options)
            .await
            .map_err(thrown)?;
        image_data(&rgba, width, height)
    }

    /// Paints a live frame straight to `canvas`; resolves when the GPU is done with it, so that frames do not pile up.
    pub async fn render(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "ImageBitmap | VideoFrame")] source: JsValue,
        canvas: OffscreenCanvas,
    ) -> Result<(), JsValue> {
        let (source, width, height) = match source.dyn_into::<VideoFrame>() {
            Ok(frame) => {
                let (width, height) = (frame.display_width(), frame.display_height());
                (ExternalImageSource::VideoFrame(frame), width, height)
            }
            Err(source) => {
                let bitmap: ImageBitmap = source
                    .dyn_into()
                    .map_err(|_| error("bad-image", "a frame is an ImageBitmap or a VideoFrame"))?;
                let (width, height) = (bitmap.width(), bitmap.height());
                (ExternalImageSource::ImageBitmap(bitmap), width, height)
            }
        };
        let (width, height) = (width as usize, height as usize);
        self.engine
            .set_frame(source, width, height, self.settings.working_size)
            .map_err(thrown)?;
        self.size = Some((width, height));
        self.redraw(canvas).await
    }

    /// Draws the last frame to `canvas` with the settings as they are now.
    pub async fn redraw(&mut self, canvas: OffscreenCanvas) -> Result<(), JsValue> {
        self.engine
            .set_working_size(self.settings.working_size)
            .map_err(thrown)?;
        self.engine
            .present(&canvas, &self.settings.options)
            .map_err(thrown)?;
        self.engine.finished().await.map_err(thrown)
    }

    /// The last frame in pixels, as `redraw` draws it.
    pub async fn picture(&mut self) -> Result<ImageData, JsValue> {
        let (width, height) = self.size.ok_or_else(|| thrown(GpuError::NoPhoto))?;
        let rgba = self
            .engine
            .draw_rgba8(&self.settings.options)
            .await
            .map_err(thrown)?;
        image_data(&rgba, width, height)
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
            .tiles(&image, full, side, &options)
            .await
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
        painter.paint(&tile, &mut rgba).await.map_err(thrown)?;
        Ok(Uint8ClampedArray::from(rgba.as_slice()))
    }

    /// Forgets the photo begun with `beginTiles`.
    #[wasm_bindgen(js_name = endTiles)]
    pub fn end_tiles(&mut self) {
        self.tiles = Job::None;
    }

    /// Engine, adapter, precision, and whether the adapter computes on the CPU.
    #[wasm_bindgen(
        unchecked_return_type = "{ engine: 'gpu' | 'cpu', adapter: string, precision: 'f32' | 'f16', fallback: boolean }"
    )]
    pub fn info(&self) -> Object {
        let info = self.engine.info();
        info_object("gpu", &info.adapter, info.precision, info.fallback)
    }
}
