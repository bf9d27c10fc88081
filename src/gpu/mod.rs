//! The engine on wgpu with shaders of our own: native (Vulkan, Metal, DX12) and WebGPU from the same code.
//!
//! A frame is one command buffer: frame in, gradient, nine fused convolutions, right-hand side, multigrid, picture out.
//! What a change does not touch is not computed again: strength only redraws, λ only solves again, and photo, style and
//! working size run the network. Called by the page's GPU bundle, by `limn-trainer stylize --engine gpu` and by tests.

#[cfg(target_arch = "wasm32")]
mod canvas;
mod convolution;
mod device;
mod dispatch;
mod draw;
mod error;
mod frame;
mod kernels;
mod network;
mod oneshot;
pub mod probe;
mod selftest;
mod shaders;
mod solver;
pub mod twin;

use std::sync::Arc;

use wgpu::TextureFormat;

pub use device::Info;
pub use error::GpuError;
pub use frame::MAX_SIDE;

use crate::{
    Planes,
    gradient::gradient,
    reconstruct::multigrid::CYCLES,
    style::Style,
    stylize::{Options, change_at_full_size, working_size},
};
use convolution::Pipelines;
use device::Gpu;
use dispatch::Dispatch;
use frame::{Frame, Geometry, Params};
use kernels::Kernels;
use network::{LoadedStyle, Network};

/// How to start the engine.
#[derive(Clone, Debug, Default)]
pub struct GpuOptions {
    /// Accept adapters that compute on the CPU, for tests.
    pub allow_software: bool,
    /// Keep every buffer below this many bytes, where that is less than what the adapter allows.
    pub max_buffer_bytes: Option<u64>,
}

/// Paints one photo or frame at a time.
pub struct GpuEngine {
    gpu: Arc<Gpu>,
    kernels: Kernels,
    convolutions: Pipelines,
    style: Option<LoadedStyle>,
    styles_loaded: u64,
    working_size: Option<usize>,
    frame: Option<Frame>,
    network: Option<Network>,
    stale: Stale,
    network_passes: usize,
    presenters: Vec<(TextureFormat, wgpu::RenderPipeline)>,
    #[cfg(target_arch = "wasm32")]
    canvas: Option<canvas::Canvas>,
}

/// Which results of earlier frames no longer hold.
#[derive(Clone, Copy, Debug)]
struct Stale {
    /// The texture holds a frame that is not in the photo buffer yet.
    photo: bool,
    gradients: bool,
    change: bool,
    /// λ and number of V-cycles of the solution at hand.
    solved: Option<(f32, usize)>,
}

impl Stale {
    const EVERYTHING: Self = Self {
        photo: false,
        gradients: true,
        change: true,
        solved: None,
    };
}

impl GpuEngine {
    /// Requests a device, compiles the kernels and paints one tiny known frame.
    ///
    /// # Errors
    /// Where there is no adapter, where it is a software renderer that was not allowed, where a shader does not compile,
    /// or where the tiny frame does not come out as computed on the CPU.
    pub async fn new(options: GpuOptions) -> Result<Self, GpuError> {
        let engine = Self::without_self_test(options).await?;
        selftest::run(engine).await
    }

    async fn without_self_test(options: GpuOptions) -> Result<Self, GpuError> {
        let gpu = Gpu::new(&options).await?;
        let kernels = gpu.scoped(|| Kernels::new(&gpu)).await?;
        Ok(Self {
            gpu: Arc::new(gpu),
            kernels,
            convolutions: Pipelines::default(),
            style: None,
            styles_loaded: 0,
            working_size: None,
            frame: None,
            network: None,
            stale: Stale::EVERYTHING,
            network_passes: 0,
            presenters: Vec::new(),
            #[cfg(target_arch = "wasm32")]
            canvas: None,
        })
    }

    /// Adapter, backend and precision.
    pub fn info(&self) -> &Info {
        &self.gpu.info
    }

    /// Whether the device was lost. A new engine is needed then.
    pub fn is_lost(&self) -> bool {
        self.gpu.is_lost()
    }

    /// How many times the network has run.
    pub fn network_passes(&self) -> usize {
        self.network_passes
    }

    /// Uses `style` from the next picture on. Kernels are compiled by the self-test, except for widths whose first
    /// layer has an odd number of channel groups.
    ///
    /// # Errors
    /// When the weights do not fit the network; the style in use stays.
    pub fn set_style(&mut self, style: &Style) -> Result<(), GpuError> {
        LoadedStyle::check(style)?;
        self.styles_loaded += 1;
        self.style = Some(LoadedStyle::new(
            &self.gpu,
            style,
            &mut self.convolutions,
            self.styles_loaded,
        ));
        self.stale.change = true;
        Ok(())
    }

    /// Takes a photo `[3, H, W]` in [0, 1]. The network will run with the longer side at most `working_size` pixels
    /// (`None`: at the photo's own size); the picture is rebuilt at full size either way.
    ///
    /// # Errors
    /// When the image is empty, has not three channels, or is too large for this GPU.
    pub fn set_photo(
        &mut self,
        photo: &Planes,
        working_size: Option<usize>,
    ) -> Result<(), GpuError> {
        if photo.channels != 3 {
            return Err(GpuError::Channels(photo.channels));
        }
        self.set_geometry(photo.width, photo.height, working_size)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let [red, green, blue] = [0, 1, 2].map(|channel| photo.plane(channel));
        let pixels: Vec<[f32; 4]> = red
            .iter()
            .zip(green)
            .zip(blue)
            .map(|((&red, &green), &blue)| [red, green, blue, 0.0])
            .collect();
        self.gpu
            .queue
            .write_buffer(&frame.photo, 0, bytemuck::cast_slice(&pixels));
        self.stale = Stale::EVERYTHING;
        Ok(())
    }

    /// Takes a frame of interleaved 8-bit RGBA, row by row; alpha is dropped. Otherwise as [`set_photo`](Self::set_photo).
    ///
    /// # Errors
    /// When a side is zero, `rgba` is not `4 · width · height` bytes, or the frame is too large for this GPU.
    pub fn set_frame_rgba8(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
        working_size: Option<usize>,
    ) -> Result<(), GpuError> {
        let expected = 4 * width * height;
        if rgba.len() != expected {
            return Err(crate::ShapeError::Length {
                channels: 4,
                height,
                width,
                expected,
                actual: rgba.len(),
            }
            .into());
        }
        self.set_geometry(width, height, working_size)?;
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let texture = frame.entrance(&self.gpu, &self.kernels)?;
        self.gpu.queue.write_texture(
            texture.as_image_copy(),
            rgba,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(4 * width as u32),
                rows_per_image: None,
            },
            texture.size(),
        );
        self.stale = Stale {
            photo: true,
            ..Stale::EVERYTHING
        };
        Ok(())
    }

    /// Changes the working size of the current photo; the next picture runs the network again if it differs.
    ///
    /// # Errors
    /// When the working size is too large for this GPU; the former one stays.
    pub fn set_working_size(&mut self, working_size: Option<usize>) -> Result<(), GpuError> {
        let Some(frame) = &self.frame else {
            self.working_size = working_size;
            return Ok(());
        };
        let (width, height) = frame.geometry.full;
        if crate::stylize::working_size(width, height, working_size) == frame.geometry.work {
            self.working_size = working_size;
            return Ok(());
        }
        let photo = frame.photo.clone();
        let pending = self.stale.photo;
        if pending {
            self.flush_entrance();
        }
        self.set_geometry(width, height, working_size)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&photo, 0, &frame.photo, 0, photo.size());
        self.gpu.queue.submit([encoder.finish()]);
        self.stale = Stale::EVERYTHING;
        Ok(())
    }

    /// Brings a frame that waits in its texture into the photo buffer.
    fn flush_entrance(&mut self) {
        if let Some(Frame {
            entrance: Some((_, ingest)),
            ..
        }) = &self.frame
        {
            let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
            ingest.encode(&mut encoder.begin_compute_pass(&Default::default()));
            self.gpu.queue.submit([encoder.finish()]);
        }
        self.stale.photo = false;
    }

    /// Makes the buffers for a photo of this size, or keeps them.
    fn set_geometry(
        &mut self,
        width: usize,
        height: usize,
        size: Option<usize>,
    ) -> Result<(), GpuError> {
        if width == 0 || height == 0 {
            return Err(crate::ShapeError::Empty { width, height }.into());
        }
        let geometry = Geometry {
            full: (width, height),
            work: working_size(width, height, size),
        };
        geometry.check(
            &self.gpu.limits,
            self.style.as_ref().map(|style| style.width),
        )?;
        self.working_size = size;
        if self.frame.as_ref().map(|frame| frame.geometry) != Some(geometry) {
            // Two sizes at once may not fit.
            self.frame = None;
            self.frame = Some(Frame::new(&self.gpu, &self.kernels, geometry));
            self.network = None;
        }
        self.stale = Stale::EVERYTHING;
        Ok(())
    }

    /// Records everything that has to be computed for a picture with `options`, and `output` after it.
    fn encode(
        &mut self,
        options: &Options,
        cycles: usize,
        output: Option<&Dispatch>,
    ) -> Result<wgpu::CommandEncoder, GpuError> {
        self.prepare_network()?;
        let options = options.clamped();
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let params = Params::new(&frame.geometry, &options);
        self.gpu
            .queue
            .write_buffer(&frame.params, 0, bytemuck::bytes_of(&params));
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let solve = self.needs_solve(options.lambda, cycles);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let plan = self.plan(frame, options.lambda, cycles);
            for dispatch in plan.into_iter().chain(output) {
                dispatch.encode(&mut pass);
            }
        }
        if self.stale.change {
            self.network_passes += 1;
        }
        self.stale = Stale {
            photo: false,
            gradients: false,
            change: false,
            solved: if solve {
                Some((options.lambda, cycles))
            } else {
                self.stale.solved
            },
        };
        Ok(encoder)
    }

    fn needs_solve(&self, lambda: f32, cycles: usize) -> bool {
        self.stale.change
            || !self
                .stale
                .solved
                .is_some_and(|(solved, done)| solved == lambda && done >= cycles)
    }

    /// The launches that bring the solution up to date.
    fn plan<'a>(&'a self, frame: &'a Frame, lambda: f32, cycles: usize) -> Vec<&'a Dispatch> {
        let mut plan = Vec::new();
        if self.stale.photo {
            plan.extend(frame.entrance.iter().map(|(_, ingest)| ingest));
        }
        if self.stale.gradients {
            plan.extend(&frame.prepare);
        }
        if self.stale.change {
            plan.extend(self.network.iter().flat_map(|network| &network.dispatches));
        }
        if self.needs_solve(lambda, cycles) {
            plan.push(&frame.right_hand_side);
            frame.solver.plan(lambda, cycles, &mut plan);
        }
        plan
    }

    /// Binds the network's launches to the current style and working size where they are not yet.
    fn prepare_network(&mut self) -> Result<(), GpuError> {
        self.gpu.check()?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let style = self.style.as_ref().ok_or(GpuError::NoStyle)?;
        if self.stale.change {
            frame.geometry.check(&self.gpu.limits, Some(style.width))?;
        }
        let bound = self
            .network
            .as_ref()
            .is_some_and(|network| network.is_for(style, frame.geometry.work));
        if !bound {
            self.network = Some(Network::new(
                &self.gpu,
                style,
                frame.geometry.work,
                &frame.gradients,
                &frame.change,
                self.network.take(),
            ));
        }
        Ok(())
    }

    /// The picture `[3, H, W]`. Values may leave [0, 1] a little; writing to 8 bits clamps them.
    ///
    /// # Errors
    /// When style or photo are missing, the device was lost, or the GPU refused a command.
    pub async fn paint(&mut self, options: &Options) -> Result<Planes, GpuError> {
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let (width, height) = frame.geometry.full;
        let output = frame.planar(&self.gpu, &self.kernels);
        let handles = (
            output.dispatch.clone(),
            output.packed.clone(),
            output.staging.clone(),
            output.size,
        );
        let bytes = self.run_and_read(options, handles).await?;
        let data = bytemuck::pod_collect_to_vec(&bytes);
        Ok(Planes::new(3, height, width, data)?)
    }

    /// The picture as interleaved 8-bit RGBA, opaque. Errors as [`paint`](Self::paint).
    ///
    /// # Errors
    /// When style or photo are missing, the device was lost, or the GPU refused a command.
    pub async fn paint_rgba8(&mut self, options: &Options) -> Result<Vec<u8>, GpuError> {
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let output = frame.rgba8(&self.gpu, &self.kernels);
        let handles = (
            output.dispatch.clone(),
            output.packed.clone(),
            output.staging.clone(),
            output.size,
        );
        self.run_and_read(options, handles).await
    }

    async fn run_and_read(
        &mut self,
        options: &Options,
        (dispatch, packed, staging, size): (Dispatch, wgpu::Buffer, wgpu::Buffer, u64),
    ) -> Result<Vec<u8>, GpuError> {
        let mut encoder = self.encode(options, CYCLES, Some(&dispatch))?;
        encoder.copy_buffer_to_buffer(&packed, 0, &staging, 0, packed.size());
        self.gpu.queue.submit([encoder.finish()]);
        let bytes = self.gpu.read(&staging, size).await;
        if bytes.is_err() {
            self.stale = Stale::EVERYTHING;
        }
        bytes
    }

    /// Waits until the GPU has done everything it was told, so that live frames do not pile up.
    ///
    /// # Errors
    /// When the device was lost, or the GPU refused a command since the last call.
    pub async fn finished(&self) -> Result<(), GpuError> {
        let (sender, receiver) = oneshot::channel();
        self.gpu
            .queue
            .on_submitted_work_done(move || sender.send(()));
        self.gpu.wait()?;
        receiver.await;
        self.gpu.check()
    }

    /// The photo's gradients ∂I and the gradients `G = ∂I + t·Δ` that the picture is rebuilt from, both `[6, H, W]`; Δ is
    /// what the GPU computed.
    ///
    /// # Errors
    /// When style or photo are missing, the device was lost, or the GPU refused a command.
    pub async fn gradients(&mut self, strength: f32) -> Result<(Planes, Planes), GpuError> {
        let mut encoder = self.encode(&Options::default(), CYCLES, None)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let Geometry { full, work } = frame.geometry;
        let staging = [&frame.photo, &frame.change].map(|buffer| {
            let staging = self.gpu.staging(buffer.size());
            encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
            staging
        });
        self.gpu.queue.submit([encoder.finish()]);
        let photo = self.gpu.read(&staging[0], staging[0].size()).await?;
        let change = self.gpu.read(&staging[1], staging[1].size()).await?;
        let photo = probe::planes(&bytemuck::pod_collect_to_vec(&photo), 1, full, 0);
        let change = probe::planes(&bytemuck::pod_collect_to_vec(&change), 2, work, 0);
        let original = gradient(&photo);
        let mut styled = original.clone();
        for (value, change) in styled
            .data
            .iter_mut()
            .zip(change_at_full_size(change, full.0, full.1).data)
        {
            *value += strength * change;
        }
        Ok((original, styled))
    }

    /// Milliseconds of each kernel of a whole frame from photo to solution, in order, each waited for: what a frame
    /// spends where. The sum is more than a frame takes in one submit.
    ///
    /// # Errors
    /// As [`paint`](Self::paint).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn timings(&mut self, options: &Options) -> Result<Vec<(&'static str, f64)>, GpuError> {
        self.stale.gradients = true;
        self.stale.change = true;
        self.prepare_network()?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let lambda = options.clamped().lambda;
        let mut timings = Vec::new();
        for dispatch in self.plan(frame, lambda, CYCLES) {
            let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
            dispatch.encode(&mut encoder.begin_compute_pass(&Default::default()));
            let start = std::time::Instant::now();
            self.gpu.queue.submit([encoder.finish()]);
            self.gpu.wait()?;
            timings.push((dispatch.label, start.elapsed().as_secs_f64() * 1e3));
        }
        Ok(timings)
    }
}
