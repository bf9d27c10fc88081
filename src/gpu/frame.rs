//! A photo at its own size, and the ways out of its picture.

use wgpu::{BindGroup, Buffer, BufferUsages, Texture, TextureFormat, TextureView};

use super::{
    device::{Dispatch, Gpu, cover},
    geometry::{Geometry, MAX_SIDE, largest_buffer, too_large},
    kernels::Kernels,
    working::{Source, Working},
};
use crate::engine::EngineError;

/// A way out: the kernel that packs the picture, and the buffers it passes through.
#[derive(Clone)]
pub struct Output {
    pub dispatch: Dispatch,
    pub packed: Buffer,
    pub staging: Buffer,
    /// Bytes.
    pub size: u64,
}

/// The kinds of output that are read back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Three planes of f32.
    Planar,
    /// 8-bit RGBA.
    Rgba8,
}

/// The texture that photos and frames of one size arrive in, and what depends on it.
pub struct Frame {
    pub size: (usize, usize),
    pub texture: Texture,
    pub view: TextureView,
    /// At the working size asked for last.
    pub working: Option<Working>,
    outputs: Vec<(Packing, Output)>,
    /// What [`Kernels::present`] reads, of the same working size.
    pub present: Option<BindGroup>,
}

impl Frame {
    /// For photos of `size` (width, height) that come as `format`: 8-bit RGBA or floats.
    ///
    /// # Errors
    /// When the GPU has no texture of that size.
    pub fn new(
        gpu: &Gpu,
        size: (usize, usize),
        format: TextureFormat,
    ) -> Result<Self, EngineError> {
        let largest = MAX_SIDE.min(gpu.limits.max_texture_dimension_2d as usize);
        if size.0.max(size.1) > largest {
            return Err(too_large(
                "a photo",
                size,
                format!("sides may be at most {largest} pixels"),
            ));
        }
        let mut usage = wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST;
        if format == TextureFormat::Rgba8Unorm {
            // Browsers copy external images by rendering.
            usage |= wgpu::TextureUsages::RENDER_ATTACHMENT;
        }
        let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("frame"),
            size: wgpu::Extent3d {
                width: size.0 as u32,
                height: size.1 as u32,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage,
            view_formats: &[],
        });
        Ok(Self {
            size,
            view: texture.create_view(&Default::default()),
            texture,
            working: None,
            outputs: Vec::new(),
            present: None,
        })
    }

    /// Whether photos of `size` that come as `format` find their place here.
    pub fn fits(&self, size: (usize, usize), format: TextureFormat) -> bool {
        self.size == size && self.texture.format() == format
    }

    /// What there is at working size `work`, made anew where it is of another size.
    ///
    /// # Errors
    /// When a buffer of that size would be larger than the GPU allows.
    pub fn working(
        &mut self,
        gpu: &Gpu,
        kernels: &Kernels,
        work: (usize, usize),
    ) -> Result<&mut Working, EngineError> {
        let geometry = Geometry {
            full: self.size,
            work,
        };
        geometry.check(&gpu.limits, [])?;
        let working = match self.working.take() {
            Some(working) if working.geometry == geometry => working,
            other => {
                self.outputs.clear();
                self.present = None;
                // Two sizes at once may not fit.
                drop(other);
                let working = Working::new(gpu, kernels, geometry, Source::Frame(&self.view));
                let read = [
                    (0, working.params.as_entire_binding()),
                    (1, wgpu::BindingResource::TextureView(&self.view)),
                    (2, working.painting.as_entire_binding()),
                ];
                let layout = kernels.present.get_bind_group_layout(0);
                self.present = Some(gpu.bind("present", &layout, &read));
                working
            }
        };
        Ok(self.working.insert(working))
    }

    /// The way out of the working size at hand as `packing`, created on first use.
    ///
    /// # Errors
    /// When there is no working size yet, or the GPU allows no buffer so large.
    pub fn output(
        &mut self,
        gpu: &Gpu,
        kernels: &Kernels,
        packing: Packing,
    ) -> Result<Output, EngineError> {
        if let Some((_, output)) = self.outputs.iter().find(|(known, _)| *known == packing) {
            return Ok(output.clone());
        }
        let working = self.working.as_ref().ok_or(EngineError::NoPhoto)?;
        let (label, pipeline, binding, bytes) = match packing {
            Packing::Planar => ("write planes", &kernels.write_planar, 3, 12),
            Packing::Rgba8 => ("write rgba8", &kernels.write_rgba8, 4, 4),
        };
        let (width, height) = self.size;
        let size = (width * height * bytes) as u64;
        let largest = largest_buffer(&gpu.limits);
        if size > largest {
            let reason = format!(
                "reading it back takes {} MiB, the GPU allows {} MiB",
                size.div_ceil(1 << 20),
                largest >> 20
            );
            return Err(too_large("a photo", self.size, reason));
        }
        let packed = gpu.buffer(label, size, BufferUsages::STORAGE);
        let dispatch = Dispatch::new(
            gpu,
            label,
            pipeline,
            &[
                (0, working.params.as_entire_binding()),
                (1, wgpu::BindingResource::TextureView(&self.view)),
                (2, working.painting.as_entire_binding()),
                (binding, packed.as_entire_binding()),
            ],
            cover(width, height),
        );
        let output = Output {
            dispatch,
            packed,
            staging: gpu.staging(size),
            size,
        };
        self.outputs.push((packing, output.clone()));
        Ok(output)
    }
}
