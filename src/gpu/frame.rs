//! Everything that depends on the sizes of photo and network: buffers, and the launches that use them.

use wgpu::{Buffer, BufferUsages};

use super::{
    GpuError,
    device::Gpu,
    dispatch::{Dispatch, tiles},
    kernels::Kernels,
    network::activation_lengths,
    params::Params,
    solver::Solver,
    working::Working,
};
use crate::stylize::Options;

/// Longest side of a photo: the shaders count overlaps of two sizes in 32-bit integers.
pub const MAX_SIDE: usize = 32767;

/// Width and height of the photo and of the network's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    pub full: (usize, usize),
    pub work: (usize, usize),
}

impl Geometry {
    /// Fails where a buffer of this geometry would be larger than the GPU allows. `widths` are those of the styles in
    /// use.
    pub fn check(
        &self,
        limits: &wgpu::Limits,
        widths: impl IntoIterator<Item = usize>,
    ) -> Result<(), GpuError> {
        let largest = largest_buffer(limits);
        let check = |what, (width, height): (usize, usize), elements: usize| {
            let bytes = elements as u64 * 16;
            let reason = if width.max(height) > MAX_SIDE {
                format!("sides may be at most {MAX_SIDE} pixels")
            } else if bytes > largest {
                format!(
                    "it needs a buffer of {} MiB, the GPU allows {} MiB; choose a smaller working size or photo",
                    bytes.div_ceil(1 << 20),
                    largest >> 20
                )
            } else {
                return Ok(());
            };
            Err(GpuError::TooLarge {
                what,
                width,
                height,
                reason,
            })
        };
        let pixels = |(width, height): (usize, usize)| width * height;
        check("a photo", self.full, pixels(self.full))?;
        check("a working size", self.work, 2 * (pixels(self.work) + 1))?;
        for width in widths {
            let [odd, even] = activation_lengths(width, self.work);
            check("a working size", self.work, odd.max(even))?;
        }
        Ok(())
    }
}

/// Bytes that a buffer may have and be bound whole.
pub fn largest_buffer(limits: &wgpu::Limits) -> u64 {
    limits
        .max_storage_buffer_binding_size
        .min(limits.max_buffer_size)
}

/// A way out: the kernel that packs the picture, and the buffers it passes through.
pub struct Output {
    pub dispatch: Dispatch,
    pub packed: Buffer,
    pub staging: Buffer,
    /// Bytes.
    pub size: u64,
}

/// Buffers and launches of one geometry.
pub struct Frame {
    pub geometry: Geometry,
    pub params: Buffer,
    /// `[height, width]` of vec4f at full size.
    pub photo: Buffer,
    /// Texture that frames arrive in, and the launch that turns it into `photo`.
    pub entrance: Option<(wgpu::Texture, Dispatch)>,
    pub working: Working,
    pub right_hand_side: Dispatch,
    pub solver: Solver,
    pub planar: Option<Output>,
    pub rgba8: Option<Output>,
}

impl Frame {
    /// Creates them; the geometry must have passed its check.
    pub fn new(gpu: &Gpu, kernels: &Kernels, geometry: Geometry) -> Self {
        let (width, height) = geometry.full;
        // Options follow with every picture.
        let params = Params::new(&geometry, &Options::default()).upload(gpu);
        let photo = gpu.storage("photo", width * height);
        let working = Working::new(gpu, kernels, &geometry, &params, &photo);
        let solver = Solver::new(gpu, kernels, geometry.full, &params);
        let right_hand_side = working.right_hand_side(gpu, kernels, &params, &solver);
        Self {
            geometry,
            params,
            photo,
            entrance: None,
            working,
            right_hand_side,
            solver,
            planar: None,
            rgba8: None,
        }
    }

    /// Makes room for the change of a second style; false where there was room before.
    pub fn add_second_change(&mut self, gpu: &Gpu, kernels: &Kernels) -> bool {
        let missing = self.working.add_second_change(gpu);
        if missing {
            let rhs = self
                .working
                .right_hand_side(gpu, kernels, &self.params, &self.solver);
            self.right_hand_side = rhs;
        }
        missing
    }

    /// The texture for frames that do not come as floats, created on first use.
    pub fn entrance(&mut self, gpu: &Gpu, kernels: &Kernels) -> Result<&wgpu::Texture, GpuError> {
        let (width, height) = self.geometry.full;
        let largest = gpu.limits.max_texture_dimension_2d as usize;
        if width.max(height) > largest {
            return Err(GpuError::TooLarge {
                what: "a frame",
                width,
                height,
                reason: format!("sides may be at most {largest} pixels"),
            });
        }
        let (params, photo) = (&self.params, &self.photo);
        let (texture, _) = self.entrance.get_or_insert_with(|| {
            let texture = gpu.device.create_texture(&wgpu::TextureDescriptor {
                label: Some("frame"),
                size: wgpu::Extent3d {
                    width: width as u32,
                    height: height as u32,
                    depth_or_array_layers: 1,
                },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format: wgpu::TextureFormat::Rgba8Unorm,
                // Browsers copy external images by rendering.
                usage: wgpu::TextureUsages::TEXTURE_BINDING
                    | wgpu::TextureUsages::COPY_DST
                    | wgpu::TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            });
            let view = texture.create_view(&Default::default());
            let dispatch = Dispatch::new(
                gpu,
                "ingest",
                &kernels.ingest,
                &[
                    (0, params.as_entire_binding()),
                    (1, wgpu::BindingResource::TextureView(&view)),
                    (3, photo.as_entire_binding()),
                ],
                tiles(width, height),
            );
            (texture, dispatch)
        });
        Ok(texture)
    }

    /// The way out as three planes of f32, created on first use.
    pub fn planar(&mut self, gpu: &Gpu, kernels: &Kernels) -> &Output {
        let output = match self.planar.take() {
            Some(output) => output,
            None => self.output(gpu, "write planes", &kernels.write_planar, 6, 12),
        };
        self.planar.insert(output)
    }

    /// The way out as 8-bit RGBA, created on first use.
    pub fn rgba8(&mut self, gpu: &Gpu, kernels: &Kernels) -> &Output {
        let output = match self.rgba8.take() {
            Some(output) => output,
            None => self.output(gpu, "write rgba8", &kernels.write_rgba8, 7, 4),
        };
        self.rgba8.insert(output)
    }

    fn output(
        &self,
        gpu: &Gpu,
        label: &'static str,
        pipeline: &wgpu::ComputePipeline,
        binding: u32,
        bytes_per_pixel: u64,
    ) -> Output {
        let (width, height) = self.geometry.full;
        let size = (width * height) as u64 * bytes_per_pixel;
        let packed = gpu.buffer(label, size, BufferUsages::STORAGE);
        let dispatch = Dispatch::new(
            gpu,
            label,
            pipeline,
            &[
                (0, self.params.as_entire_binding()),
                (2, self.photo.as_entire_binding()),
                (5, self.solver.solution.as_entire_binding()),
                (binding, packed.as_entire_binding()),
            ],
            tiles(width, height),
        );
        Output {
            dispatch,
            packed,
            staging: gpu.staging(size),
            size,
        }
    }
}
