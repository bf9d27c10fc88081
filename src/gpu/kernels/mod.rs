//! The pipelines, and how images lie in their buffers.

pub mod convolution;
pub mod layout;

use wgpu::{ComputePipeline, RenderPipeline, ShaderModule};

use super::{Scheme, device::Gpu, shaders};

/// All kernels but the convolutions: those that depend on neither style nor size.
pub struct Kernels {
    pub resample: ComputePipeline,
    pub gradient: ComputePipeline,
    pub blend: ComputePipeline,
    pub right_hand_side: ComputePipeline,
    pub multigrid: Multigrid,
    pub window_slope: ComputePipeline,
    pub split: ComputePipeline,
    pub sharpen: ComputePipeline,
    pub write_planar: ComputePipeline,
    pub write_rgba8: ComputePipeline,
    pub paint_rows: ComputePipeline,
    /// Draws the picture to a target of [`Gpu::canvas_format`].
    pub present: RenderPipeline,
}

/// The stages of a V-cycle, in one of two ways.
pub enum Multigrid {
    /// Two sweeps of squares in workgroup memory, the first kernel with the residual for the coarser level after them.
    Square {
        descend: ComputePipeline,
        ascend: ComputePipeline,
    },
    /// One kernel a stage, without workgroup memory.
    Plain {
        sweep: ComputePipeline,
        write_residual: ComputePipeline,
        restrict_residual: ComputePipeline,
        correct: ComputePipeline,
    },
}

impl Multigrid {
    fn new(gpu: &Gpu, scheme: Scheme) -> Self {
        let module = |source: &str| {
            let source = [shaders::MULTIGRID, source].concat();
            gpu.module("multigrid", &shaders::with_shared(&source))
        };
        match scheme {
            Scheme::Square => {
                let module = module(shaders::MULTIGRID_SQUARE);
                Self::Square {
                    descend: gpu.pipeline(&module, "descend"),
                    ascend: gpu.pipeline(&module, "ascend"),
                }
            }
            Scheme::Plain => {
                let module = module(shaders::MULTIGRID_PLAIN);
                Self::Plain {
                    sweep: gpu.pipeline(&module, "sweep"),
                    write_residual: gpu.pipeline(&module, "write_residual"),
                    restrict_residual: gpu.pipeline(&module, "restrict_residual"),
                    correct: gpu.pipeline(&module, "correct"),
                }
            }
        }
    }
}

impl Kernels {
    /// Compiles them, the solver's for `scheme`.
    pub fn new(gpu: &Gpu, scheme: Scheme) -> Self {
        let module =
            |label, parts: &[&str]| gpu.module(label, &shaders::with_shared(&parts.concat()));
        let working = module("working", &[shaders::GROUND, shaders::WORKING]);
        let picture = module(
            "picture",
            &[shaders::GROUND, shaders::MEDIUM, shaders::PICTURE],
        );
        Self {
            resample: gpu.pipeline(&working, "resample"),
            gradient: gpu.pipeline(&working, "gradient"),
            blend: gpu.pipeline(&working, "blend"),
            right_hand_side: gpu.pipeline(&working, "right_hand_side"),
            multigrid: Multigrid::new(gpu, scheme),
            window_slope: gpu.pipeline(&working, "window_slope"),
            split: gpu.pipeline(&working, "split"),
            sharpen: gpu.pipeline(&working, "sharpen"),
            write_planar: gpu.pipeline(&picture, "write_planar"),
            write_rgba8: gpu.pipeline(&picture, "write_rgba8"),
            paint_rows: gpu.pipeline(&picture, "paint_rows"),
            present: present(gpu, &picture),
        }
    }
}

fn present(gpu: &Gpu, picture: &ShaderModule) -> RenderPipeline {
    gpu.device
        .create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("present"),
            layout: None,
            vertex: wgpu::VertexState {
                module: picture,
                entry_point: Some("cover"),
                compilation_options: Default::default(),
                buffers: &[],
            },
            primitive: Default::default(),
            depth_stencil: None,
            multisample: Default::default(),
            fragment: Some(wgpu::FragmentState {
                module: picture,
                entry_point: Some("present"),
                compilation_options: Default::default(),
                targets: &[Some(gpu.canvas_format.into())],
            }),
            multiview_mask: None,
            cache: None,
        })
}
