//! The class of the GPU bundle.

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{ImageBitmap, ImageData, OffscreenCanvas, VideoFrame};
use wgpu::ExternalImageSource;

use super::{Settings, error, image_data, info_object, metadata_object, parse_style};
use crate::gpu::{GpuEngine, GpuError, GpuOptions};

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
        })
    }

    /// Takes a style record, checked against `sha256` where given, and returns its metadata. On an error the style in
    /// use stays.
    #[wasm_bindgen(js_name = loadStyle, unchecked_return_type = "object")]
    pub fn load_style(&mut self, bytes: &[u8], sha256: Option<String>) -> Result<JsValue, JsValue> {
        let style = parse_style(bytes, sha256)?;
        self.engine.set_style(&style).map_err(thrown)?;
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

    /// Engine, adapter, precision, and whether the adapter computes on the CPU.
    #[wasm_bindgen(
        unchecked_return_type = "{ engine: 'gpu' | 'cpu', adapter: string, precision: 'f32' | 'f16', fallback: boolean }"
    )]
    pub fn info(&self) -> Object {
        let info = self.engine.info();
        info_object("gpu", &info.adapter, info.precision, info.fallback)
    }
}
