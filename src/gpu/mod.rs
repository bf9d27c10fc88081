//! The engine on wgpu with shaders of our own: native (Vulkan, Metal, DX12) and WebGPU from the same code.
//!
//! A frame is one command buffer: frame in, gradient, nine fused convolutions, right-hand side, multigrid, picture out.
//! What a change does not touch is not computed again: strength only redraws, λ and the mix of two styles only solve
//! again, and photo, style and working size run the network. Called by the page's GPU bundle, by `limn-trainer stylize --engine gpu` and by tests.

#[cfg(target_arch = "wasm32")]
mod canvas;
mod convolution;
mod device;
mod dispatch;
mod draw;
mod error;
mod frame;
mod input;
mod inspect;
mod kernels;
mod network;
mod oneshot;
mod params;
pub mod probe;
mod selftest;
mod shaders;
mod solver;
mod tiles;
pub mod twin;
mod working;

use std::sync::Arc;

use wgpu::TextureFormat;

pub use device::Info;
pub use error::GpuError;
pub use frame::MAX_SIDE;
pub use tiles::TilePainter;

use crate::{Planes, reconstruct::multigrid::CYCLES, style::Style, stylize::Options};
use convolution::Pipelines;
use device::Gpu;
use dispatch::Dispatch;
use frame::Frame;
use kernels::Kernels;
use network::{Activations, LoadedStyle, Network};
use params::Params;

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
    /// The style, and the one that is mixed in.
    styles: [Option<LoadedStyle>; 2],
    styles_loaded: u64,
    working_size: Option<usize>,
    frame: Option<Frame>,
    /// Of `styles`.
    networks: [Option<Network>; 2],
    activations: Option<Activations>,
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
    /// By style.
    change: [bool; 2],
    /// λ, mix and number of V-cycles of the solution at hand.
    solved: Option<(f32, f32, usize)>,
}

impl Stale {
    const EVERYTHING: Self = Self {
        photo: false,
        gradients: true,
        change: [true; 2],
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
            styles: [None, None],
            styles_loaded: 0,
            working_size: None,
            frame: None,
            networks: [None, None],
            activations: None,
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

    /// How many times a network has run.
    pub fn network_passes(&self) -> usize {
        self.network_passes
    }

    /// Uses `style` from the next picture on. Kernels are compiled by the self-test, except for widths whose first
    /// layer has an odd number of channel groups.
    ///
    /// # Errors
    /// When the weights do not fit the network; the style in use stays.
    pub fn set_style(&mut self, style: &Style) -> Result<(), GpuError> {
        self.use_style(0, style)
    }

    /// Mixes `style` in, to the share that [`Options::mix`] says; `None` leaves the first style alone.
    ///
    /// # Errors
    /// As [`set_style`](Self::set_style).
    pub fn set_second_style(&mut self, style: Option<&Style>) -> Result<(), GpuError> {
        let Some(style) = style else {
            self.styles[1] = None;
            self.networks[1] = None;
            return Ok(());
        };
        self.use_style(1, style)
    }

    fn use_style(&mut self, slot: usize, style: &Style) -> Result<(), GpuError> {
        LoadedStyle::check(style)?;
        self.styles_loaded += 1;
        self.styles[slot] = Some(LoadedStyle::new(
            &self.gpu,
            style,
            &mut self.convolutions,
            self.styles_loaded,
        ));
        self.stale.change[slot] = true;
        Ok(())
    }

    /// Widths of the styles in use.
    fn widths(&self) -> impl Iterator<Item = usize> + '_ {
        self.styles.iter().flatten().map(|style| style.width)
    }

    /// The options in their ranges, without a mix where there is nothing to mix in.
    fn effective(&self, options: &Options) -> Options {
        let options = options.clamped();
        match self.styles[1] {
            Some(_) => options,
            None => Options {
                mix: 0.0,
                ..options
            },
        }
    }

    /// Shares of the two styles.
    fn shares(&self, options: &Options) -> [f32; 2] {
        let mix = self.effective(options).mix;
        [1.0 - mix, mix]
    }

    /// Records everything that has to be computed for a picture with `options`, and `output` after it.
    fn encode(
        &mut self,
        options: &Options,
        cycles: usize,
        output: Option<&Dispatch>,
    ) -> Result<wgpu::CommandEncoder, GpuError> {
        let options = self.effective(options);
        self.prepare_networks(&options)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        Params::new(&frame.geometry, &options).write(&self.gpu, &frame.params);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        let solve = self.needs_solve(&options, cycles);
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            let plan = self.plan(frame, &options, cycles);
            for dispatch in plan.into_iter().chain(output) {
                dispatch.encode(&mut pass);
            }
        }
        let runs = self.runs(&options);
        self.network_passes += runs.iter().filter(|&&run| run).count();
        for (stale, run) in self.stale.change.iter_mut().zip(runs) {
            *stale &= !run;
        }
        self.stale.photo = false;
        self.stale.gradients = false;
        if solve {
            self.stale.solved = Some((options.lambda, options.mix, cycles));
        }
        Ok(encoder)
    }

    /// Which of the two networks have to run for a picture with `options`.
    fn runs(&self, options: &Options) -> [bool; 2] {
        let [first, second] = self.shares(options).map(|share| share > 0.0);
        let [first_stale, second_stale] = self.stale.change;
        [first && first_stale, second && second_stale]
    }

    fn needs_solve(&self, options: &Options, cycles: usize) -> bool {
        let solved = self.stale.solved.is_some_and(|(lambda, mix, done)| {
            (lambda, mix) == (options.lambda, options.mix) && done >= cycles
        });
        !solved || self.runs(options).contains(&true)
    }

    /// The launches that bring the solution up to date.
    fn plan<'a>(&'a self, frame: &'a Frame, options: &Options, cycles: usize) -> Vec<&'a Dispatch> {
        let mut plan = Vec::new();
        if self.stale.photo {
            plan.extend(frame.entrance.iter().map(|(_, ingest)| ingest));
        }
        if self.stale.gradients {
            plan.extend(&frame.working.prepare);
        }
        for (network, run) in self.networks.iter().zip(self.runs(options)) {
            if run {
                plan.extend(network.iter().flat_map(|network| &network.dispatches));
            }
        }
        if self.needs_solve(options, cycles) {
            plan.push(&frame.right_hand_side);
            frame.solver.plan(options.lambda, cycles, &mut plan);
        }
        plan
    }

    /// Binds the networks' launches to the current styles and working size where they are not yet.
    fn prepare_networks(&mut self, options: &Options) -> Result<(), GpuError> {
        self.gpu.check()?;
        let runs = self.runs(options);
        let widths: Vec<_> = self.widths().collect();
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let size = frame.geometry.work;
        if self.styles[0].is_none() {
            return Err(GpuError::NoStyle);
        }
        if runs.contains(&true) {
            frame
                .geometry
                .check(&self.gpu.limits, widths.iter().copied())?;
        }
        let activations = match self.activations.take() {
            Some(activations) if activations.fit(widths.iter().copied(), size) => activations,
            _ => {
                self.networks = [None, None];
                Activations::new(&self.gpu, widths, size)
            }
        };
        if self.styles[1].is_some() && frame.add_second_change(&self.gpu, &self.kernels) {
            self.networks[1] = None;
        }
        for (slot, style) in self.styles.iter().enumerate() {
            let Some(style) = style else { continue };
            let network = &mut self.networks[slot];
            if !network
                .as_ref()
                .is_some_and(|network| network.is_for(style, size))
            {
                *network = Some(Network::new(
                    &self.gpu,
                    style,
                    &frame.working.gradients,
                    frame.working.change(slot),
                    &activations,
                ));
            }
        }
        self.activations = Some(activations);
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
}
