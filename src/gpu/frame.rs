//! Everything that depends on the sizes of photo and network: buffers, and the launches that use them.

use wgpu::{Buffer, BufferUsages};

use super::{
    GpuError,
    device::Gpu,
    dispatch::{Dispatch, tiles},
    kernels::Kernels,
    network::activation_lengths,
    solver::Solver,
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
    /// Fails where a buffer of this geometry would be larger than the GPU allows. `network_width` is that of the style,
    /// once one is loaded.
    pub fn check(
        &self,
        limits: &wgpu::Limits,
        network_width: Option<usize>,
    ) -> Result<(), GpuError> {
        let largest = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
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
        if let Some(width) = network_width {
            let [odd, even] = activation_lengths(width, self.work);
            check("a working size", self.work, odd.max(even))?;
        }
        Ok(())
    }
}

/// What the shaders read as `Params`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    full: [u32; 2],
    work: [u32; 2],
    lambda: f32,
    strength: f32,
    _padding: [u32; 2],
}

impl Params {
    /// For a geometry and options.
    pub fn new(geometry: &Geometry, options: &Options) -> Self {
        let size = |(width, height): (usize, usize)| [width as u32, height as u32];
        Self {
            full: size(geometry.full),
            work: size(geometry.work),
            lambda: options.lambda,
            strength: options.strength,
            _padding: [0; 2],
        }
    }
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
    /// Downscale, if any, and gradient.
    pub prepare: Vec<Dispatch>,
    /// `[2, height · width + 1]` activations at the working size.
    pub gradients: Buffer,
    /// `[2, height, width]` activations at the working size.
    pub change: Buffer,
    pub right_hand_side: Dispatch,
    pub solver: Solver,
    pub planar: Option<Output>,
    pub rgba8: Option<Output>,
}

impl Frame {
    /// Creates them; the geometry must have passed its check.
    pub fn new(gpu: &Gpu, kernels: &Kernels, geometry: Geometry) -> Self {
        let pixels = |(width, height): (usize, usize)| width * height;
        let tiles = |(width, height): (usize, usize)| tiles(width, height);
        let Geometry { full, work } = geometry;
        // Options follow with every picture.
        let params = gpu.upload(
            "params",
            bytemuck::bytes_of(&Params::new(&geometry, &Options::default())),
            BufferUsages::UNIFORM,
        );
        let photo = gpu.storage("photo", pixels(full));
        let gradients = gpu.storage("gradients", 2 * (pixels(work) + 1));
        let change = gpu.storage("change", 2 * pixels(work));
        let solver = Solver::new(gpu, kernels, full, &params);
        let uniform = (0, params.as_entire_binding());
        let mut prepare = Vec::new();
        let mut image = photo.clone();
        if full != work {
            image = gpu.storage("working image", pixels(work));
            prepare.push(Dispatch::new(
                gpu,
                "downscale",
                &kernels.downscale,
                &[
                    uniform.clone(),
                    (2, photo.as_entire_binding()),
                    (3, image.as_entire_binding()),
                ],
                tiles(work),
            ));
        }
        prepare.push(Dispatch::new(
            gpu,
            "gradient",
            &kernels.gradient,
            &[
                uniform.clone(),
                (2, image.as_entire_binding()),
                (8, gradients.as_entire_binding()),
            ],
            tiles(work),
        ));
        let right_hand_side = Dispatch::new(
            gpu,
            "right-hand side",
            &kernels.right_hand_side,
            &[
                uniform,
                (3, solver.rhs.as_entire_binding()),
                (4, change.as_entire_binding()),
            ],
            tiles(full),
        );
        Self {
            geometry,
            params,
            photo,
            entrance: None,
            prepare,
            gradients,
            change,
            right_hand_side,
            solver,
            planar: None,
            rgba8: None,
        }
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
