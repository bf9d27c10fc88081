//! Frames from the browser in, pictures to its canvas out, without read-back.

use wasm_bindgen::JsValue;
use web_sys::OffscreenCanvas;
use wgpu::{
    CurrentSurfaceTexture, ExternalImageSource, Surface, SurfaceConfiguration, TextureFormat,
};

use super::{GpuEngine, device::Gpu};
use crate::{Options, engine::EngineError};

/// The surface of one canvas, and how it is configured.
pub struct Canvas {
    element: OffscreenCanvas,
    surface: Surface<'static>,
    configuration: SurfaceConfiguration,
}

impl Canvas {
    fn new(
        gpu: &Gpu,
        element: &OffscreenCanvas,
        width: u32,
        height: u32,
    ) -> Result<Self, EngineError> {
        let surface = gpu
            .instance
            .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(element.clone()))
            .map_err(|error| EngineError::Canvas(error.to_string()))?;
        let mut configuration = surface
            .get_default_config(&gpu.adapter, width, height)
            .ok_or_else(|| EngineError::Canvas("this adapter cannot present".into()))?;
        configuration.format = gpu.canvas_format;
        surface.configure(&gpu.device, &configuration);
        Ok(Self {
            element: element.clone(),
            surface,
            configuration,
        })
    }

    fn resize(&mut self, gpu: &Gpu, width: u32, height: u32) {
        if (self.configuration.width, self.configuration.height) != (width, height) {
            self.configuration.width = width;
            self.configuration.height = height;
            self.surface.configure(&gpu.device, &self.configuration);
        }
    }
}

impl GpuEngine {
    /// The device as JavaScript has it.
    pub fn web_device(&self) -> JsValue {
        self.gpu
            .device
            .as_webgpu()
            .map_or(JsValue::UNDEFINED, |device| JsValue::clone(device.as_ref()))
    }

    /// Takes a frame from the browser. `size` (width, height) is that of the source as it is displayed.
    ///
    /// # Errors
    /// When the frame is empty or too large for this GPU.
    pub fn set_frame(
        &mut self,
        source: ExternalImageSource,
        size: (usize, usize),
    ) -> Result<(), EngineError> {
        let frame = self.entrance(size, TextureFormat::Rgba8Unorm)?;
        let texture = frame.texture.clone();
        let size = texture.size();
        self.gpu.queue.copy_external_image_to_texture(
            &wgpu::CopyExternalImageSourceInfo {
                source,
                origin: wgpu::Origin2d::ZERO,
                flip_y: false,
            },
            wgpu::CopyExternalImageDestInfo {
                texture: &texture,
                mip_level: 0,
                origin: wgpu::Origin3d::ZERO,
                aspect: wgpu::TextureAspect::All,
                color_space: wgpu::PredefinedColorSpace::Srgb,
                premultiplied_alpha: false,
            },
            size,
        );
        Ok(())
    }

    /// Draws the picture to `canvas`, which takes the frame's size.
    ///
    /// # Errors
    /// When style or frame are missing, the canvas gives no texture, or the device was lost. What the GPU refuses is
    /// reported by the next call.
    pub fn present(
        &mut self,
        canvas: &OffscreenCanvas,
        options: &Options,
    ) -> Result<(), EngineError> {
        let frame = self.frame.as_ref().ok_or(EngineError::NoPhoto)?;
        let (width, height) = frame.size;
        let (width, height) = (width as u32, height as u32);
        let mut target = match self.canvas.take() {
            Some(known) if known.element == *canvas => known,
            _ => Canvas::new(&self.gpu, canvas, width, height)?,
        };
        target.resize(&self.gpu, width, height);
        let outcome = match target.surface.get_current_texture() {
            CurrentSurfaceTexture::Success(texture)
            | CurrentSurfaceTexture::Suboptimal(texture) => {
                let view = texture.texture.create_view(&Default::default());
                self.draw(options, &view)
                    .map(|()| self.gpu.queue.present(texture))
            }
            other => {
                self.gpu.check()?;
                Err(EngineError::Canvas(format!("{other:?}")))
            }
        };
        self.canvas = Some(target);
        outcome
    }
}
