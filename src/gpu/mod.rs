//! The engine on wgpu with shaders of our own: native (Vulkan, Metal, DX12) and WebGPU from the same code.
//!
//! A frame is one command buffer: frame in, gradient, nine or ten fused convolutions, right-hand side, multigrid, painting, picture
//! out. All but the first and the last of these run at the working size. What a change does not touch is not computed again:
//! strength and texture only redraw, λ, colour and the mix of two styles only solve again, and photo, style and working size run the network.
//! Called by the page's GPU bundle, by `limn-trainer stylize --engine gpu` and by tests.

#[cfg(target_arch = "wasm32")]
mod canvas;
#[doc(hidden)]
pub mod check;
mod device;
mod draw;
mod frame;
mod geometry;
mod kernels;
mod network;
mod params;
mod rows;
mod shaders;
mod solver;
mod working;

use wgpu::TextureFormat;

pub use geometry::MAX_SIDE;

use crate::{
    Options, Planes, ShapeError,
    change::Change,
    engine::{Arrays, Engine, EngineError, Info, Slot, check_photo},
    gradient::gradient,
    network::GRADIENTS,
    solve::Precision,
    style::Style,
};
use device::{Dispatch, Gpu};
use frame::{Frame, Packing};
use kernels::{Kernels, convolution::Pipelines, layout};
use network::LoadedStyle;
use rows::Rows;
use working::{Styles, Working};

/// How to start the engine.
#[derive(Clone, Debug, Default)]
pub struct GpuOptions {
    /// Accept adapters that compute on the CPU, for tests.
    pub allow_software: bool,
    /// Keep every buffer below this many bytes, where that is less than what the adapter allows.
    pub max_buffer_bytes: Option<u64>,
    /// How to solve, for tests; without it as suits the adapter.
    pub scheme: Option<Scheme>,
}

/// How the solver does its V-cycles; the results are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In few launches, by way of workgroup memory: for graphics cards.
    Square,
    /// A launch for each stage, without workgroup memory: for adapters that compute on the CPU.
    Plain,
}

/// Paints one photo or frame at a time.
pub struct GpuEngine {
    gpu: Gpu,
    kernels: Kernels,
    convolutions: Pipelines,
    styles: Styles,
    styles_loaded: u64,
    frame: Option<Frame>,
    rows: Option<Rows>,
    network_passes: usize,
    #[cfg(target_arch = "wasm32")]
    canvas: Option<canvas::Canvas>,
}

impl GpuEngine {
    /// Requests a device, compiles the kernels and paints one tiny known frame.
    ///
    /// # Errors
    /// Where there is no adapter, where it is a software renderer that was not allowed, where a shader does not compile,
    /// or where the tiny frame does not come out as computed on the CPU.
    pub async fn new(options: GpuOptions) -> Result<Self, EngineError> {
        let gpu = Gpu::new(&options).await?;
        let scheme = options.scheme.unwrap_or(gpu.scheme());
        let kernels = gpu.scoped(|| Kernels::new(&gpu, scheme)).await?;
        let mut tested = Self::with(gpu, kernels, Pipelines::default());
        check::selftest::run(&mut tested).await?;
        // Nothing stays of the test but what was compiled for it.
        let Self {
            gpu,
            kernels,
            convolutions,
            ..
        } = tested;
        Ok(Self::with(gpu, kernels, convolutions))
    }

    fn with(gpu: Gpu, kernels: Kernels, convolutions: Pipelines) -> Self {
        Self {
            gpu,
            kernels,
            convolutions,
            styles: [None, None],
            styles_loaded: 0,
            frame: None,
            rows: None,
            network_passes: 0,
            #[cfg(target_arch = "wasm32")]
            canvas: None,
        }
    }

    /// The options in their ranges, without a mix where there is nothing to mix in.
    fn effective(&self, options: &Options) -> Options {
        let options = options.clamped();
        let mix = if self.styles[1].is_some() {
            options.mix
        } else {
            0.0
        };
        Options { mix, ..options }
    }

    /// The texture for photos of `size` that come as `format`.
    fn entrance(
        &mut self,
        size: (usize, usize),
        format: TextureFormat,
    ) -> Result<&mut Frame, EngineError> {
        if size.0 == 0 || size.1 == 0 {
            return Err(ShapeError::Empty {
                width: size.0,
                height: size.1,
            }
            .into());
        }
        let mut frame = match self.frame.take() {
            Some(frame) if frame.fits(size, format) => frame,
            other => {
                let made = Frame::new(&self.gpu, size, format);
                if made.is_err() {
                    self.frame = other;
                }
                made?
            }
        };
        if let Some(working) = &mut frame.working {
            working.forget();
        }
        Ok(self.frame.insert(frame))
    }

    /// Brings what is at the working size into line with photo, styles and options.
    fn prepare(&mut self, options: &Options) -> Result<(), EngineError> {
        self.gpu.check()?;
        let frame = self.frame.as_mut().ok_or(EngineError::NoPhoto)?;
        let style = self.styles[0].as_ref().ok_or(EngineError::NoStyle)?;
        let size = options.working_size(frame.size, style.trained_size);
        frame
            .working(&self.gpu, &self.kernels, size)?
            .prepare(&self.gpu, &self.styles, options)
    }

    fn working(&self) -> Result<&Working, EngineError> {
        let frame = self.frame.as_ref().ok_or(EngineError::NoPhoto)?;
        frame.working.as_ref().ok_or(EngineError::NoPhoto)
    }

    /// Records everything that has to be computed for a picture with `options`, and `output` after it. For options that
    /// [`prepare`](Self::prepare) was called with.
    fn encode(
        &mut self,
        options: &Options,
        precision: Precision,
        output: Option<&Dispatch>,
    ) -> Result<wgpu::CommandEncoder, EngineError> {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let plan = self.working()?.plan(&self.styles, options, precision);
            for dispatch in plan.into_iter().chain(output) {
                dispatch.encode(&mut pass);
            }
        }
        if let Some(Frame {
            working: Some(working),
            ..
        }) = &mut self.frame
        {
            self.network_passes += working.planned(&self.styles, options, precision);
        }
        Ok(encoder)
    }

    async fn read(&mut self, options: &Options, packing: Packing) -> Result<Vec<u8>, EngineError> {
        let options = self.effective(options);
        self.prepare(&options)?;
        let frame = self.frame.as_mut().ok_or(EngineError::NoPhoto)?;
        let output = frame.output(&self.gpu, &self.kernels, packing)?;
        let mut encoder = self.encode(&options, Precision::Still, Some(&output.dispatch))?;
        encoder.copy_buffer_to_buffer(&output.packed, 0, &output.staging, 0, output.packed.size());
        self.gpu.queue.submit([encoder.finish()]);
        let bytes = self.gpu.read(&output.staging, output.size).await;
        if bytes.is_err()
            && let Some(Frame {
                working: Some(working),
                ..
            }) = &mut self.frame
        {
            working.forget();
        }
        bytes
    }

    /// Waits until the GPU has done everything it was told, so that live frames do not pile up.
    ///
    /// # Errors
    /// When the device was lost, or the GPU refused a command since the last call.
    pub async fn finished(&self) -> Result<(), EngineError> {
        self.gpu.finished().await
    }

    /// Milliseconds of each kernel of a whole frame from photo to painting, in order, each waited for: what a frame
    /// spends where. The sum is more than a frame takes in one submit.
    ///
    /// # Errors
    /// As [`Engine::paint`].
    #[cfg(not(target_arch = "wasm32"))]
    pub fn timings(&mut self, options: &Options) -> Result<Vec<(&'static str, f64)>, EngineError> {
        let options = self.effective(options);
        self.prepare(&options)?;
        if let Some(Frame {
            working: Some(working),
            ..
        }) = &mut self.frame
        {
            working.forget();
        }
        let mut timings = Vec::new();
        for dispatch in self
            .working()?
            .plan(&self.styles, &options, Precision::Still)
        {
            let start = std::time::Instant::now();
            self.gpu.run([dispatch]);
            self.gpu.wait()?;
            timings.push((dispatch.label, start.elapsed().as_secs_f64() * 1e3));
        }
        Ok(timings)
    }
}

impl Engine for GpuEngine {
    fn info(&self) -> Info {
        self.gpu.info.clone()
    }

    /// Kernels are compiled by the self-test, except for widths whose first layer has an odd number of channel groups.
    fn set_style(&mut self, slot: Slot, style: Option<&Style>) -> Result<(), EngineError> {
        let place = slot as usize;
        let Some(style) = style else {
            self.styles[place] = None;
            return Ok(());
        };
        style.check()?;
        self.styles_loaded += 1;
        self.styles[place] = Some(LoadedStyle::new(
            &self.gpu,
            style,
            &mut self.convolutions,
            self.styles_loaded,
        ));
        Ok(())
    }

    fn trained_size(&self) -> Result<usize, EngineError> {
        let style = self.styles[0].as_ref().ok_or(EngineError::NoStyle)?;
        Ok(style.trained_size)
    }

    fn set_photo(&mut self, photo: &Planes) -> Result<(), EngineError> {
        check_photo(photo)?;
        let size = (photo.width, photo.height);
        let texture = self
            .entrance(size, TextureFormat::Rgba32Float)?
            .texture
            .clone();
        let pixels = layout::vectors(photo, 3);
        self.gpu
            .write_texture(&texture, bytemuck::cast_slice(&pixels));
        Ok(())
    }

    fn set_photo_rgba8(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
    ) -> Result<(), EngineError> {
        ShapeError::check(4, height, width, rgba.len())?;
        let texture = self
            .entrance((width, height), TextureFormat::Rgba8Unorm)?
            .texture
            .clone();
        self.gpu.write_texture(&texture, rgba);
        Ok(())
    }

    async fn paint(&mut self, options: &Options) -> Result<Planes, EngineError> {
        let bytes = self.read(options, Packing::Planar).await?;
        let frame = self.frame.as_ref().ok_or(EngineError::NoPhoto)?;
        let (width, height) = frame.size;
        Ok(Planes::new(
            3,
            height,
            width,
            bytemuck::pod_collect_to_vec(&bytes),
        )?)
    }

    async fn paint_rgba8(&mut self, options: &Options) -> Result<Vec<u8>, EngineError> {
        self.read(options, Packing::Rgba8).await
    }

    async fn arrays(&mut self, options: &Options) -> Result<Arrays, EngineError> {
        let strength = options.clamped().strength;
        // It scales what is read; at 0 nothing would be computed.
        let options = Options {
            strength: 1.0,
            ..self.effective(options)
        };
        self.prepare(&options)?;
        let encoder = self.encode(&options, Precision::Still, None)?;
        self.gpu.queue.submit([encoder.finish()]);
        let Working {
            geometry,
            image,
            change,
            solver,
            ..
        } = self.working()?;
        let read = async |buffer, groups| {
            let bytes = self.gpu.read_all(buffer).await?;
            let vectors: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(&bytes);
            Ok::<_, EngineError>(layout::planes(&vectors, 3, groups, geometry.work))
        };
        let image = read(image, 1).await?;
        let Planes { height, width, .. } = image;
        let mut change = read(change, 3).await?.data;
        let ground = change.split_off(GRADIENTS * width * height);
        let correction = read(&solver.solution, 1).await?;
        // What was read is the change that is made to the ground.
        let shift = working::shift(&self.styles, &options).of(&image);
        for (value, own) in change.iter_mut().zip(gradient(&shift).data) {
            *value += own;
        }
        let change = Change {
            gradients: Planes::new(GRADIENTS, height, width, change)?,
            ground: Some(Planes::new(3, height, width, ground)?),
        };
        Ok(Arrays::new(&image, &change, &shift, &correction, strength))
    }

    async fn begin_rows(
        &mut self,
        image: &Planes,
        full: (usize, usize),
        options: &Options,
    ) -> Result<(), EngineError> {
        self.rows = None;
        self.gpu.check()?;
        check_photo(image)?;
        let options = self.effective(options);
        let begun = Rows::new(
            &self.gpu,
            &self.kernels,
            &self.styles,
            image,
            full,
            &options,
        );
        let (rows, ran) = begun.await?;
        self.network_passes += ran;
        self.rows = Some(rows);
        Ok(())
    }

    async fn paint_rows(&mut self, first: usize, rgba: &mut [u8]) -> Result<(), EngineError> {
        let rows = self.rows.as_ref().ok_or(EngineError::NoPhoto)?;
        rows.paint(&self.gpu, first, rgba).await
    }

    fn end_rows(&mut self) {
        self.rows = None;
    }

    fn network_passes(&self) -> usize {
        self.network_passes
    }
}
