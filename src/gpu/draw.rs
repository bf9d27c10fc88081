//! Pictures drawn to a texture, such as a canvas shows, without read-back.

use wgpu::{TextureFormat, TextureView};

use super::GpuEngine;
use crate::{Options, engine::EngineError, solve::Precision};

impl GpuEngine {
    /// Draws the picture to `view`, a target of the photo's size and of `format`, without read-back.
    ///
    /// # Errors
    /// When style or photo are missing or the device was lost. What the GPU refuses is reported by the next call.
    pub fn draw(
        &mut self,
        options: &Options,
        view: &TextureView,
        format: TextureFormat,
    ) -> Result<(), EngineError> {
        let options = self.effective(options);
        self.prepare(&options)?;
        let mut encoder = self.encode(&options, Precision::Live, None)?;
        let known = self
            .presenters
            .iter()
            .position(|(known, _)| *known == format);
        let index = known.unwrap_or_else(|| {
            let pipeline = self.kernels.present(&self.gpu, format);
            self.presenters.push((format, pipeline));
            self.presenters.len() - 1
        });
        let pipeline = &self.presenters[index].1;
        let frame = self.frame.as_mut().ok_or(EngineError::NoPhoto)?;
        let working = frame.working.as_ref().ok_or(EngineError::NoPhoto)?;
        let bind_group = match frame.present.take() {
            Some((known, bind_group)) if known == format => bind_group,
            _ => {
                let entries = [
                    (0, working.params.as_entire_binding()),
                    (1, wgpu::BindingResource::TextureView(&frame.view)),
                    (2, working.painting.as_entire_binding()),
                ]
                .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource });
                self.gpu
                    .device
                    .create_bind_group(&wgpu::BindGroupDescriptor {
                        label: Some("present"),
                        layout: &pipeline.get_bind_group_layout(0),
                        entries: &entries,
                    })
            }
        };
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
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
        frame.present = Some((format, bind_group));
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
            format: TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&Default::default());
        self.draw(options, &view, TextureFormat::Rgba8Unorm)?;
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
        Ok(bytes
            .chunks_exact(row)
            .flat_map(|line| &line[..4 * width])
            .copied()
            .collect())
    }
}
