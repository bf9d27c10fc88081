//! Runs single kernels on data, for tests that compare each with its twin. Images go in and come out as [`Planes`].

use std::cell::RefCell;

pub use super::convolution::Tile;
#[cfg(not(target_arch = "wasm32"))]
use super::dispatch::Dispatch;
use super::{
    GpuError, GpuOptions,
    convolution::{Convolution, Pipelines},
    device::Gpu,
    frame::{Frame, Geometry},
    kernels::Kernels,
    params::Params,
    working::Working,
};
use crate::{
    Planes,
    network::Layer,
    style::ConvWeights,
    stylize::Options,
    tiles::{Tile as PictureTile, Tiling},
};

/// A device and its kernels, without an engine around them.
pub struct Probe {
    gpu: Gpu,
    kernels: Kernels,
    pipelines: RefCell<Pipelines>,
}

/// `[channels, H, W]` as planes of vec4, `lanes` channels in each, each plane followed by `gap` zero vec4.
pub(super) fn vectors(image: &Planes, lanes: usize, gap: usize) -> Vec<[f32; 4]> {
    let pixels = image.width * image.height;
    let mut vectors = vec![[0.0; 4]; image.channels / lanes * (pixels + gap)];
    for channel in 0..image.channels {
        let plane = &mut vectors[channel / lanes * (pixels + gap)..][..pixels];
        for (vector, value) in plane.iter_mut().zip(image.plane(channel)) {
            vector[channel % lanes] = *value;
        }
    }
    vectors
}

/// The inverse of [`vectors`] for `groups` planes of three channels: `[3 · groups, H, W]`.
pub(super) fn planes(
    vectors: &[[f32; 4]],
    groups: usize,
    size: (usize, usize),
    gap: usize,
) -> Planes {
    unpack(vectors, 3, groups, size, gap)
}

fn unpack(
    vectors: &[[f32; 4]],
    lanes: usize,
    groups: usize,
    (width, height): (usize, usize),
    gap: usize,
) -> Planes {
    let pixels = width * height;
    let mut image = Planes::zeros(lanes * groups, height, width);
    for channel in 0..image.channels {
        let plane = &vectors[channel / lanes * (pixels + gap)..][..pixels];
        for (value, vector) in image.plane_mut(channel).iter_mut().zip(plane) {
            *value = vector[channel % lanes];
        }
    }
    image
}

impl Probe {
    /// On the first adapter there is, software or not.
    ///
    /// # Errors
    /// Where there is no adapter or a shader does not compile.
    pub async fn new() -> Result<Self, GpuError> {
        let gpu = Gpu::new(&GpuOptions {
            allow_software: true,
            ..Default::default()
        })
        .await?;
        let kernels = gpu.scoped(|| Kernels::new(&gpu)).await?;
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

    fn frame(&self, full: (usize, usize), work: (usize, usize), options: &Options) -> Frame {
        let geometry = Geometry { full, work };
        let frame = Frame::new(&self.gpu, &self.kernels, geometry);
        Params::new(&geometry, options).write(&self.gpu, &frame.params);
        frame
    }

    fn write(&self, buffer: &wgpu::Buffer, bytes: &[u8]) {
        self.gpu.queue.write_buffer(buffer, 0, bytes);
    }

    async fn read_vectors(&self, buffer: &wgpu::Buffer) -> Result<Vec<[f32; 4]>, GpuError> {
        Ok(bytemuck::pod_collect_to_vec(
            &self.gpu.read_all(buffer).await?,
        ))
    }

    /// 8-bit RGBA through the texture to `[3, H, W]`.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn ingest(
        &self,
        rgba: &[u8],
        width: usize,
        height: usize,
    ) -> Result<Planes, GpuError> {
        let size = (width, height);
        let mut frame = self.frame(size, size, &Options::default());
        let texture = frame.entrance(&self.gpu, &self.kernels)?;
        self.gpu.write_rgba8(texture, rgba);
        self.gpu
            .run(frame.entrance.iter().map(|(_, ingest)| ingest));
        Ok(planes(&self.read_vectors(&frame.photo).await?, 1, size, 0))
    }

    /// Gradients `[6, h, w]` of a photo `[3, H, W]` averaged down to the working size.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn gradient(&self, photo: &Planes, work: (usize, usize)) -> Result<Planes, GpuError> {
        let frame = self.frame((photo.width, photo.height), work, &Options::default());
        let pixels = vectors(photo, 3, 0);
        self.write(&frame.photo, bytemuck::cast_slice(&pixels));
        self.gpu.run(&frame.working.prepare);
        let gradients = self.read_vectors(&frame.working.gradients).await?;
        Ok(planes(&gradients, 2, work, 1))
    }

    /// One layer as [`super::twin::convolve`], for the first layer times the network's gradient scale. For the last layer,
    /// which has no ReLU, `gradients` `[6, h, w]` are subtracted as in [`super::twin::change`] and set the crop.
    ///
    /// # Errors
    /// What the GPU refused, such as a kernel that does not compile.
    pub async fn convolve(
        &self,
        input: &Planes,
        layer: &Layer,
        weights: &ConvWeights,
        gradients: &Planes,
    ) -> Result<Planes, GpuError> {
        let gpu = &self.gpu;
        let convolution = gpu
            .scoped(|| {
                let tile = Tile::for_layer(layer);
                Convolution::new(gpu, &mut self.pipelines.borrow_mut(), layer, tile)
            })
            .await?;
        let lanes = if layer.in_channels == 6 { 3 } else { 4 };
        let storage = wgpu::BufferUsages::STORAGE;
        let source = vectors(input, lanes, 1);
        let source = gpu.upload("input", bytemuck::cast_slice(&source), storage);
        let original = vectors(gradients, 3, 1);
        let original = gpu.upload("gradients", bytemuck::cast_slice(&original), storage);
        let (lanes, groups, gap, output) = if layer.relu {
            let groups = layer.out_channels / if layer.shuffle { 16 } else { 4 };
            (4, groups, 1, layer.output_size(input.width, input.height))
        } else {
            (3, 2, 0, (gradients.width, gradients.height))
        };
        // Every plane is followed by a zero that the kernel has to write.
        let elements = groups * (output.0 * output.1 + gap);
        let filled = vec![[f32::NAN; 4]; elements];
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
        if gap == 1 {
            for group in 1..=groups {
                let zero = vectors[group * (output.0 * output.1 + 1) - 1];
                if zero != [0.0; 4] {
                    return Err(GpuError::SelfTest(format!(
                        "plane {group} ends in {zero:?}"
                    )));
                }
            }
        }
        Ok(unpack(&vectors, lanes, groups, output, gap))
    }

    /// Milliseconds that one layer takes on an input of `size` (width, height), the fastest of `runs`, with the kernel for
    /// `tile` or, for `None`, with a naive one: a thread per output value, no reuse of anything.
    ///
    /// # Errors
    /// What the GPU refused.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn time_layer(
        &self,
        layer: &Layer,
        size: (usize, usize),
        tile: Option<Tile>,
        runs: usize,
    ) -> Result<f64, GpuError> {
        let gpu = &self.gpu;
        let output = layer.output_size(size.0, size.1);
        let elements = |channels: usize, (width, height): (usize, usize)| {
            (channels + 2) * (width * height + 1) / 4 + 1
        };
        let channels = layer.out_channels / if layer.shuffle { 4 } else { 1 };
        // The gradients fill two groups of four channels.
        let source = gpu.storage("input", elements(layer.in_channels.max(8), size));
        let destination = gpu.storage("output", elements(channels.max(8), output));
        let gradients = gpu.storage("gradients", elements(8, output));
        let weights = ConvWeights {
            weight: vec![0.1; layer.weight_len()],
            bias: vec![0.1; layer.out_channels],
        };
        let dispatch = match tile {
            Some(tile) => {
                let convolution =
                    Convolution::new(gpu, &mut self.pipelines.borrow_mut(), layer, tile);
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

    #[cfg(not(target_arch = "wasm32"))]
    fn naive(
        &self,
        layer: &Layer,
        size: (usize, usize),
        source: &wgpu::Buffer,
        destination: &wgpu::Buffer,
        weights: &ConvWeights,
    ) -> Dispatch {
        let gpu = &self.gpu;
        let module = gpu.module("naive", super::shaders::NAIVE_CONVOLUTION);
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

    /// `−λ div Δ` `[3, H, W]` at full size for the changes `[6, h, w]` that two styles make at the working size, mixed as
    /// `options` say; λ is theirs too.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn right_hand_side(
        &self,
        changes: [&Planes; 2],
        full: (usize, usize),
        options: &Options,
    ) -> Result<Planes, GpuError> {
        let mut frame = self.frame(full, (changes[0].width, changes[0].height), options);
        frame.add_second_change(&self.gpu, &self.kernels);
        self.write_changes(&frame.working, changes);
        self.gpu.run([&frame.right_hand_side]);
        let rhs = self.read_vectors(&frame.solver.rhs).await?;
        Ok(planes(&rhs, 1, full, 0))
    }

    /// The same on the outer rectangle of one tile.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn right_hand_side_of_tile(
        &self,
        changes: [&Planes; 2],
        tiling: &Tiling,
        tile: &PictureTile,
        options: &Options,
    ) -> Result<Planes, GpuError> {
        let work = (changes[0].width, changes[0].height);
        let mut frame = self.frame(tiling.outer(), work, options);
        Params::for_tile(tiling, tile, work, options).write(&self.gpu, &frame.params);
        frame.add_second_change(&self.gpu, &self.kernels);
        self.write_changes(&frame.working, changes);
        self.gpu.run([&frame.right_hand_side]);
        let rhs = self.read_vectors(&frame.solver.rhs).await?;
        Ok(planes(&rhs, 1, tiling.outer(), 0))
    }

    fn write_changes(&self, working: &Working, changes: [&Planes; 2]) {
        for (slot, change) in changes.into_iter().enumerate() {
            let vectors = vectors(change, 3, 0);
            self.write(working.change(slot), bytemuck::cast_slice(&vectors));
        }
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
    ) -> Result<Planes, GpuError> {
        let size = (rhs.width, rhs.height);
        let options = Options {
            lambda,
            ..Default::default()
        };
        let frame = self.frame(size, size, &options);
        let vectors = vectors(rhs, 3, 0);
        self.write(&frame.solver.rhs, bytemuck::cast_slice(&vectors));
        // What an earlier frame left there must not matter.
        self.write(
            &frame.solver.solution,
            bytemuck::cast_slice(&vec![[f32::NAN; 4]; rhs.width * rhs.height]),
        );
        let mut plan = Vec::new();
        frame.solver.plan(lambda, cycles, &mut plan);
        self.gpu.run(plan);
        let solution = self.read_vectors(&frame.solver.solution).await?;
        Ok(planes(&solution, 1, size, 0))
    }
}
