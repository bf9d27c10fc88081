//! Pictures drawn to a texture, such as a canvas shows, without read-back.

use wgpu::{TextureFormat, TextureView};

use super::GpuEngine;
use crate::{Options, engine::EngineError, solve::Precision};

impl GpuEngine {
    /// Draws the picture to `view`, a target of the photo's size in the format of canvases,
    /// without read-back. All that it needs was made with the engine or with the first picture of this size.
    ///
    /// # Errors
    /// When style or photo are missing or the device was lost. What the GPU refuses is reported by the next call.
    pub fn draw(&mut self, options: &Options, view: &TextureView) -> Result<(), EngineError> {
        let options = self.effective(options);
        self.prepare(&options)?;
        let mut encoder = self.encode(&options, Precision::Live, None)?;
        let present = self.frame.as_ref().and_then(|frame| frame.present.as_ref());
        let present = present.ok_or(EngineError::NoPhoto)?;
        {
            let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                label: Some("present"),
                color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                    view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations {
                        load: wgpu::LoadOp::Clear(wgpu::Color::BLACK),
                        store: wgpu::StoreOp::Store,
                    },
                })],
                ..Default::default()
            });
            pass.set_pipeline(&self.kernels.present);
            pass.set_bind_group(0, present, &[]);
            pass.draw(0..3, 0..1);
        }
        self.gpu.queue.submit([encoder.finish()]);
        Ok(())
    }

    /// The picture drawn as to a canvas, to a texture that is read back as 8-bit RGBA: what a test can look at.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    pub async fn draw_rgba8(&mut self, options: &Options) -> Result<Vec<u8>, EngineError> {
        let frame = self.frame.as_ref().ok_or(EngineError::NoPhoto)?;
        let (width, height) = frame.size;
        let texture = self.gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("drawn picture"),
            size: wgpu::Extent3d {
                width: width as u32,
                height: height as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: self.gpu.canvas_format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        self.draw(options, &view)?;
        // Rows of a copied texture start at multiples of 256 bytes.
        let row = (4 * width).next_multiple_of(256);
        let size = (row * height) as u64;
        let staging = self.gpu.staging(size);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &staging,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row as u32),
                    rows_per_image: None,
                },
            },
            texture.size(),
        );
        self.gpu.queue.submit([encoder.finish()]);
        let bytes = self.gpu.read(&staging, size).await?;
        let mut rgba: Vec<u8> = bytes
            .chunks_exact(row)
            .flat_map(|line| &line[..4 * width])
            .copied()
            .collect();
        if self.gpu.canvas_format == TextureFormat::Bgra8Unorm {
            rgba.chunks_exact_mut(4).for_each(|pixel| pixel.swap(0, 2));
        }
        Ok(rgba)
    }
}
