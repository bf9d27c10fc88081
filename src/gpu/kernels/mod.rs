//! The pipelines that depend on neither style nor size.

use wgpu::{ComputePipeline, RenderPipeline, ShaderModule, TextureFormat};

use super::{device::Gpu, shaders};

/// All kernels but the convolutions.
pub struct Kernels {
    pub ingest: ComputePipeline,
    pub downscale: ComputePipeline,
    pub gradient: ComputePipeline,
    pub right_hand_side: ComputePipeline,
    pub write_planar: ComputePipeline,
    pub write_rgba8: ComputePipeline,
    pub paint_tile: ComputePipeline,
    /// Multigrid: two sweeps, the first one with the residual for the coarser level after them.
    pub descend: ComputePipeline,
    pub ascend: ComputePipeline,
    image: ShaderModule,
}

impl Kernels {
    /// Compiles them.
    pub fn new(gpu: &Gpu) -> Self {
        let image = gpu.module("image", &shaders::with_prelude(shaders::IMAGE));
        let multigrid = gpu.module("multigrid", &shaders::with_prelude(shaders::MULTIGRID));
        Self {
            ingest: gpu.pipeline(&image, "ingest"),
            downscale: gpu.pipeline(&image, "downscale"),
            gradient: gpu.pipeline(&image, "gradient"),
            right_hand_side: gpu.pipeline(&image, "right_hand_side"),
            write_planar: gpu.pipeline(&image, "write_planar"),
            write_rgba8: gpu.pipeline(&image, "write_rgba8"),
            paint_tile: gpu.pipeline(&image, "paint_tile"),
            descend: gpu.pipeline(&multigrid, "descend"),
            ascend: gpu.pipeline(&multigrid, "ascend"),
            image,
        }
    }

    /// The pipeline that draws the picture to a target of `format`.
    pub fn present(&self, gpu: &Gpu, format: TextureFormat) -> RenderPipeline {
        gpu.device
            .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some("present"),
                layout: None,
                vertex: wgpu::VertexState {
                    module: &self.image,
                    entry_point: Some("cover"),
                    compilation_options: Default::default(),
                    buffers: &[],
                },
                primitive: Default::default(),
                depth_stencil: None,
                multisample: Default::default(),
                fragment: Some(wgpu::FragmentState {
                    module: &self.image,
                    entry_point: Some("present"),
                    compilation_options: Default::default(),
                    targets: &[Some(format.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
    }
}
