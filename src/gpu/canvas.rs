//! Frames from the browser in, pictures to its canvas out, without read-back.

use web_sys::OffscreenCanvas;
use wgpu::{CurrentSurfaceTexture, ExternalImageSource, Surface, SurfaceConfiguration};

use super::{GpuEngine, GpuError, Stale, device::Gpu};
use crate::stylize::Options;

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
    ) -> Result<Self, GpuError> {
        let surface = gpu
            .instance
            .create_surface(wgpu::SurfaceTarget::OffscreenCanvas(element.clone()))
            .map_err(|error| GpuError::Canvas(error.to_string()))?;
        let mut configuration = surface
            .get_default_config(&gpu.adapter, width, height)
            .ok_or_else(|| GpuError::Canvas("this adapter cannot present".into()))?;
        // Pictures are sRGB-encoded already; the target must not encode again.
        configuration.format = configuration.format.remove_srgb_suffix();
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
    /// Takes a frame from the browser. `width` and `height` are those of the source as it is displayed. Otherwise as
    /// [`set_photo`](Self::set_photo).
    ///
    /// # Errors
    /// When the frame is empty or too large for this GPU.
    pub fn set_frame(
        &mut self,
        source: ExternalImageSource,
        width: usize,
        height: usize,
        working_size: Option<usize>,
    ) -> Result<(), GpuError> {
        self.set_geometry(width, height, working_size)?;
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let texture = frame.entrance(&self.gpu, &self.kernels)?;
        self.gpu.queue.copy_external_image_to_texture(
            &wgpu::CopyExternalImageSourceInfo {
                source,
                origin: wgpu::Origin2d::ZERO,
                flip_y: false,
            },
            wgpu::CopyExternalImageDestInfo {
                texture,
                mip_level: 0,
                origin: wgpu::Origin3d::ZERO,
                aspect: wgpu::TextureAspect::All,
                color_space: wgpu::PredefinedColorSpace::Srgb,
                premultiplied_alpha: false,
            },
            texture.size(),
        );
        self.stale = Stale {
            photo: true,
            ..Stale::EVERYTHING
        };
        Ok(())
    }

    /// Draws the picture to `canvas`, which takes the frame's size.
    ///
    /// # Errors
    /// When style or frame are missing, the canvas gives no texture, or the device was lost. What the GPU refuses is
    /// reported by the next call.
    pub fn present(&mut self, canvas: &OffscreenCanvas, options: &Options) -> Result<(), GpuError> {
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let (width, height) = frame.geometry.full;
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
                self.draw(options, &view, target.configuration.format)
                    .map(|()| self.gpu.queue.present(texture))
            }
            other => {
                self.gpu.check()?;
                Err(GpuError::Canvas(format!("{other:?}")))
            }
        };
        self.canvas = Some(target);
        outcome
    }
}
