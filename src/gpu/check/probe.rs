//! Runs single kernels on data, for tests that compare each with its twin. Images go in and come out as [`Planes`].

use std::cell::RefCell;

pub use crate::gpu::kernels::convolution::Blocking;
use crate::{
    Options, Planes,
    engine::EngineError,
    gpu::{
        GpuOptions, Scheme,
        device::{Dispatch, Gpu},
        frame::{Frame, Packing},
        geometry::Geometry,
        kernels::{
            Kernels,
            convolution::{Convolution, Pipelines},
            layout::{planes, vectors},
        },
        params::Params,
        shaders,
        working::{Source, Working},
    },
    ground::Shift,
    medium::Media,
    network::{Layer, Role},
    style::ConvWeights,
};

/// A device and its kernels, without an engine around them.
pub struct Probe {
    gpu: Gpu,
    kernels: Kernels,
    pipelines: RefCell<Pipelines>,
}

impl Probe {
    /// On the first adapter there is, software or not.
    ///
    /// # Errors
    /// Where there is no adapter or a shader does not compile.
    pub async fn new() -> Result<Self, EngineError> {
        Self::with(None).await
    }

    /// The same with the solver's kernels for `scheme`, or for what suits the adapter.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn with(scheme: Option<Scheme>) -> Result<Self, EngineError> {
        let gpu = Gpu::new(&GpuOptions {
            allow_software: true,
            ..Default::default()
        })
        .await?;
        let scheme = scheme.unwrap_or(gpu.scheme());
        let kernels = gpu.scoped(|| Kernels::new(&gpu, scheme)).await?;
        Ok(Self {
            gpu,
            kernels,
            pipelines: RefCell::default(),
        })
    }

    /// The adapter in words.
    pub fn adapter(&self) -> &str {
        &self.gpu.info.adapter
    }

    /// What there is for `geometry`, with `options`.
    fn working(&self, geometry: Geometry, options: &Options, shift: &Shift) -> Working {
        let working = Working::new(&self.gpu, &self.kernels, geometry, Source::Written);
        Params::new(&geometry, options, (shift, &Media::NONE), [false; 2])
            .write(&self.gpu, &working.params);
        working
    }

    /// `photo` in a texture of floats, and what there is for it at `work`.
    fn frame(
        &self,
        photo: &Planes,
        work: (usize, usize),
        options: &Options,
        (shift, media): (&Shift, &Media),
    ) -> Result<Frame, EngineError> {
        let full = (photo.width, photo.height);
        let format = wgpu::TextureFormat::Rgba32Float;
        let mut frame = Frame::new(&self.gpu, full, format)?;
        let pixels = vectors(photo, 3);
        self.gpu
            .write_texture(&frame.texture, bytemuck::cast_slice(&pixels));
        let working = frame.working(&self.gpu, &self.kernels, work)?;
        Params::new(&working.geometry, options, (shift, media), [false; 2])
            .write(&self.gpu, &working.params);
        Ok(frame)
    }

    /// Puts an image into a buffer as planes of vec4 of three channels each.
    fn write(&self, buffer: &wgpu::Buffer, image: &Planes) {
        let vectors = vectors(image, 3);
        self.gpu
            .queue
            .write_buffer(buffer, 0, bytemuck::cast_slice(&vectors));
    }

    async fn read_vectors(&self, buffer: &wgpu::Buffer) -> Result<Vec<[f32; 4]>, EngineError> {
        Ok(bytemuck::pod_collect_to_vec(
            &self.gpu.read_all(buffer).await?,
        ))
    }

    /// What networks see, `[9, h, w]`, of a photo `[3, H, W]` averaged down to the working size: its gradients, and itself.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn seen(&self, photo: &Planes, work: (usize, usize)) -> Result<Planes, EngineError> {
        let nothing = (&Shift::NONE, &Media::NONE);
        let frame = self.frame(photo, work, &Options::default(), nothing)?;
        let working = frame.working.as_ref().ok_or(EngineError::NoPhoto)?;
        self.gpu.run(&working.prepare);
        let seen = self.read_vectors(&working.seen).await?;
        Ok(planes(&seen, 3, 3, work))
    }

    /// One layer as [`super::twin::convolve`], for the first layer with what [`Layer::folded`] says. For the last layer,
    /// `gradients` `[6, h, w]` are subtracted as in [`super::twin::change`] and set the crop.
    ///
    /// # Errors
    /// What the GPU refused, such as a kernel that does not compile.
    pub async fn convolve(
        &self,
        input: &Planes,
        layer: &Layer,
        weights: &ConvWeights,
        gradients: &Planes,
    ) -> Result<Planes, EngineError> {
        let gpu = &self.gpu;
        let convolution = gpu
            .scoped(|| {
                let blocking = Blocking::for_layer(layer);
                Convolution::new(gpu, &mut self.pipelines.borrow_mut(), layer, blocking)
            })
            .await?;
        let lanes = if layer.role == Role::First { 3 } else { 4 };
        let storage = wgpu::BufferUsages::STORAGE;
        let source = vectors(input, lanes);
        let source = gpu.upload("input", bytemuck::cast_slice(&source), storage);
        let original = vectors(gradients, 3);
        let original = gpu.upload("gradients", bytemuck::cast_slice(&original), storage);
        let size = layer.output_size(input.width, input.height);
        let (lanes, groups, output) = match layer.role {
            Role::Last => (3, 2, (gradients.width, gradients.height)),
            Role::Head => (3, 1, size),
            _ if layer.shuffle => (4, layer.out_channels / 16, size),
            _ => (4, layer.out_channels / 4, size),
        };
        let filled = vec![[f32::NAN; 4]; groups * output.0 * output.1];
        let destination = gpu.upload("output", bytemuck::cast_slice(&filled), storage);
        let dispatch = convolution.dispatch(
            gpu,
            &convolution.upload(gpu, weights),
            (&source, (input.width, input.height)),
            (&destination, output),
            &original,
        );
        self.gpu.run([&dispatch]);
        let vectors = self.read_vectors(&destination).await?;
        Ok(planes(&vectors, lanes, groups, output))
    }

    /// Milliseconds that one layer takes on an input of `size` (width, height), the fastest of `runs`, with the kernel for
    /// `blocking` or, for `None`, with a naive one: a thread per output value, no reuse of anything.
    ///
    /// # Errors
    /// What the GPU refused.
    pub fn time_layer(
        &self,
        layer: &Layer,
        size: (usize, usize),
        blocking: Option<Blocking>,
        runs: usize,
    ) -> Result<f64, EngineError> {
        let gpu = &self.gpu;
        let output = layer.output_size(size.0, size.1);
        let elements = |channels: usize, (width, height): (usize, usize)| {
            channels.div_ceil(4) * width * height
        };
        let channels = layer.out_channels / if layer.shuffle { 4 } else { 1 };
        // Gradients and colours fill three groups of four channels.
        let source = gpu.storage("input", elements(layer.in_channels.max(12), size));
        let destination = gpu.storage("output", elements(channels.max(8), output));
        let gradients = gpu.storage("gradients", elements(8, output));
        let weights = ConvWeights {
            weight: vec![0.1; layer.weight_len()],
            bias: vec![0.1; layer.out_channels],
        };
        let dispatch = match blocking {
            Some(blocking) => {
                let convolution =
                    Convolution::new(gpu, &mut self.pipelines.borrow_mut(), layer, blocking);
                convolution.dispatch(
                    gpu,
                    &convolution.upload(gpu, &weights),
                    (&source, size),
                    (&destination, output),
                    &gradients,
                )
            }
            None => self.naive(layer, size, &source, &destination, &weights),
        };
        let mut fastest = f64::INFINITY;
        for _ in 0..runs {
            let start = std::time::Instant::now();
            self.gpu.run([&dispatch]);
            gpu.wait()?;
            fastest = fastest.min(start.elapsed().as_secs_f64() * 1e3);
        }
        gpu.check()?;
        Ok(fastest)
    }

    fn naive(
        &self,
        layer: &Layer,
        size: (usize, usize),
        source: &wgpu::Buffer,
        destination: &wgpu::Buffer,
        weights: &ConvWeights,
    ) -> Dispatch {
        let gpu = &self.gpu;
        let module = gpu.module("naive", shaders::NAIVE_CONVOLUTION);
        let pipeline = gpu.pipeline(&module, "convolve");
        let grid = [size.0.div_ceil(layer.stride), size.1.div_ceil(layer.stride)];
        let shape = [
            size.0 as u32,
            size.1 as u32,
            grid[0] as u32,
            grid[1] as u32,
            layer.in_channels as u32,
            layer.stride as u32,
            u32::from(layer.relu),
            u32::from(layer.shuffle),
        ];
        let storage = wgpu::BufferUsages::STORAGE;
        let uniform = wgpu::BufferUsages::UNIFORM;
        let shape = gpu.upload("shape", bytemuck::cast_slice(&shape), uniform);
        let taps = gpu.upload("weight", bytemuck::cast_slice(&weights.weight), storage);
        let biases = gpu.upload("bias", bytemuck::cast_slice(&weights.bias), storage);
        Dispatch::new(
            gpu,
            "naive",
            &pipeline,
            &[
                (0, shape.as_entire_binding()),
                (1, source.as_entire_binding()),
                (2, taps.as_entire_binding()),
                (3, biases.as_entire_binding()),
                (4, destination.as_entire_binding()),
            ],
            [
                grid[0].div_ceil(8) as u32,
                grid[1].div_ceil(8) as u32,
                layer.out_channels as u32,
            ],
        )
    }

    /// `B − λ div Δ` `[3, h, w]` for what two styles make of `image` `[3, h, w]`, Δ `[6, h, w]` and, where there is one, B
    /// `[3, ceil(h/4), ceil(w/4)]`, blended and tinted as `options` say (λ is theirs too), on the ground that `shift` makes of
    /// it.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn right_hand_side(
        &self,
        changes: [(&Planes, Option<&Planes>); 2],
        (image, shift): (&Planes, &Shift),
        options: &Options,
    ) -> Result<Planes, EngineError> {
        let size = (image.width, image.height);
        let geometry = Geometry {
            full: size,
            work: size,
        };
        let working = self.working(geometry, options, shift);
        let corrects = changes.map(|(_, correction)| correction.is_some());
        Params::new(&geometry, options, (shift, &Media::NONE), corrects)
            .write(&self.gpu, &working.params);
        self.write(&working.image, image);
        for (slot, (change, correction)) in changes.into_iter().enumerate() {
            self.write(&working.changes[slot], change);
            if let Some(correction) = correction {
                self.write(&working.corrections[slot], correction);
            }
        }
        self.gpu.run([&working.blend, &working.right_hand_side]);
        let rhs = self.read_vectors(&working.solver.rhs).await?;
        Ok(planes(&rhs, 3, 1, size))
    }

    /// Solves `(1 − λΔ) D = rhs` `[3, H, W]` by `cycles` V-cycles from zero.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn solve(
        &self,
        rhs: &Planes,
        lambda: f32,
        cycles: usize,
    ) -> Result<Planes, EngineError> {
        let size = (rhs.width, rhs.height);
        let options = Options {
            lambda,
            ..Default::default()
        };
        let working = self.working(
            Geometry {
                full: size,
                work: size,
            },
            &options,
            &Shift::NONE,
        );
        self.write(&working.solver.rhs, rhs);
        // What an earlier frame left there must not matter.
        let filled = Planes::new(3, rhs.height, rhs.width, vec![f32::NAN; rhs.data.len()])?;
        self.write(&working.solver.solution, &filled);
        let mut plan = Vec::new();
        working.solver.plan(lambda, cycles, &mut plan);
        self.gpu.run(plan);
        let solution = self.read_vectors(&working.solver.solution).await?;
        Ok(planes(&solution, 3, 1, size))
    }

    /// What is carried up to `full` (width, height), `[8, h, w]`, of the correction D `[3, h, w]` found for `image`
    /// `[3, h, w]`.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn painting(
        &self,
        image: &Planes,
        correction: &Planes,
        full: (usize, usize),
    ) -> Result<Planes, EngineError> {
        let work = (image.width, image.height);
        let working = self.working(Geometry { full, work }, &Options::default(), &Shift::NONE);
        self.write(&working.image, image);
        self.write(&working.solver.solution, correction);
        self.gpu.run(&working.carry);
        let painting = self.read_vectors(&working.painting).await?;
        Ok(planes(&painting, 4, 2, work))
    }

    /// The picture `[3, H, W]` of `photo` on the ground that `shift` makes of it at strength t, on `media`, with `painting`
    /// `[8, h, w]`.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn picture(
        &self,
        painting: &Planes,
        photo: &Planes,
        (shift, media): (&Shift, &Media),
        strength: f32,
    ) -> Result<Planes, EngineError> {
        let options = Options {
            strength,
            ..Default::default()
        };
        let work = (painting.width, painting.height);
        let mut frame = self.frame(photo, work, &options, (shift, media))?;
        let working = frame.working.as_ref().ok_or(EngineError::NoPhoto)?;
        let cells = vectors(painting, 4);
        self.gpu
            .queue
            .write_buffer(&working.painting, 0, bytemuck::cast_slice(&cells));
        let output = frame.output(&self.gpu, &self.kernels, Packing::Planar)?;
        self.gpu.run([&output.dispatch]);
        let mut data: Vec<f32> =
            bytemuck::pod_collect_to_vec(&self.gpu.read_all(&output.packed).await?);
        data.truncate(photo.data.len());
        Ok(Planes::new(3, photo.height, photo.width, data)?)
    }
}
