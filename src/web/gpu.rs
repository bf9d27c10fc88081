//! The class of the GPU bundle.

use js_sys::{Object, Reflect, Uint8ClampedArray};
use wasm_bindgen::{Clamped, JsCast, prelude::*};
use web_sys::{ImageBitmap, ImageData, OffscreenCanvas, VideoFrame};
use wgpu::ExternalImageSource;

use super::{
    error, image_data,
    surface::{Surface, class},
    thrown,
};
use crate::{
    engine::EngineError,
    gpu::{self, GpuOptions, Scheme},
};

class!(GpuEngine, gpu::GpuEngine);

#[wasm_bindgen]
impl GpuEngine {
    /// Starts the engine: requests a device, compiles the shaders and paints one known frame. `options` may hold
    /// `adapter: "software"`, which accepts an adapter that computes on the CPU, `solver: "square"`, which solves on it as on
    /// a graphics card, and `fail: "self-test"`, which makes the start fail as on a GPU that computes wrongly.
    #[wasm_bindgen(unchecked_return_type = "GpuEngine")]
    pub async fn create(
        #[wasm_bindgen(
            unchecked_param_type = "{ adapter?: string, solver?: string, fail?: string }"
        )]
        options: JsValue,
    ) -> Result<GpuEngine, JsValue> {
        let option = |key: &str| {
            Reflect::get(&options, &key.into())
                .ok()
                .and_then(|value| value.as_string())
        };
        if option("fail").as_deref() == Some("self-test") {
            return Err(thrown(EngineError::SelfTest("asked to fail".into())));
        }
        let engine = gpu::GpuEngine::new(GpuOptions {
            allow_software: option("adapter").as_deref() == Some("software"),
            scheme: (option("solver").as_deref() == Some("square")).then_some(Scheme::Square),
            ..GpuOptions::default()
        })
        .await
        .map_err(thrown)?;
        Ok(GpuEngine(Surface::new(engine)))
    }

    /// The `GPUDevice` that the engine works on.
    #[wasm_bindgen(unchecked_return_type = "GPUDevice")]
    pub fn device(&self) -> JsValue {
        self.0.engine.web_device()
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
        let size = (width as usize, height as usize);
        self.0.engine.set_frame(source, size).map_err(thrown)?;
        self.0.size = Some(size);
        self.redraw(canvas).await
    }

    /// Draws the last frame to `canvas` with the options of now.
    pub async fn redraw(&mut self, canvas: OffscreenCanvas) -> Result<(), JsValue> {
        let Surface {
            engine, options, ..
        } = &mut self.0;
        engine.present(&canvas, options).map_err(thrown)?;
        engine.finished().await.map_err(thrown)
    }

    /// The last frame in pixels, as `redraw` draws it.
    pub async fn picture(&mut self) -> Result<ImageData, JsValue> {
        let size = self.0.size()?;
        let Surface {
            engine, options, ..
        } = &mut self.0;
        let rgba = engine.draw_rgba8(options).await.map_err(thrown)?;
        image_data(&rgba, size)
    }
}
