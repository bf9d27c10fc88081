//! Runs single kernels on data, for tests that compare each with its twin. Images go in and come out as [`Planes`].

use super::{
    GpuError, GpuOptions,
    convolution::{Convolution, Tile},
    device::Gpu,
    dispatch::Dispatch,
    frame::{Frame, Geometry, Params},
    kernels::Kernels,
};
use crate::{
    Planes, network::Layer, reconstruct::multigrid::CYCLES, style::ConvWeights, stylize::Options,
};

/// A device and its kernels, without an engine around them.
pub struct Probe {
    gpu: Gpu,
    kernels: Kernels,
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
        Ok(Self { gpu, kernels })
    }

    fn frame(&self, full: (usize, usize), work: (usize, usize), options: &Options) -> Frame {
        let geometry = Geometry { full, work };
        let frame = Frame::new(&self.gpu, &self.kernels, geometry);
        let params = Params::new(&geometry, options);
        self.write(&frame.params, bytemuck::bytes_of(&params));
        frame
    }

    fn write(&self, buffer: &wgpu::Buffer, bytes: &[u8]) {
        self.gpu.queue.write_buffer(buffer, 0, bytes);
    }

    fn run<'a>(&self, dispatches: impl IntoIterator<Item = &'a Dispatch>) {
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            for dispatch in dispatches {
                dispatch.encode(&mut pass);
            }
        }
        self.gpu.queue.submit([encoder.finish()]);
    }

    async fn read(&self, buffer: &wgpu::Buffer) -> Result<Vec<u8>, GpuError> {
        let staging = self.gpu.staging(buffer.size());
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size());
        self.gpu.queue.submit([encoder.finish()]);
        self.gpu.read(&staging, buffer.size()).await
    }

    async fn read_vectors(&self, buffer: &wgpu::Buffer) -> Result<Vec<[f32; 4]>, GpuError> {
        Ok(bytemuck::pod_collect_to_vec(&self.read(buffer).await?))
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
        self.run(frame.entrance.iter().map(|(_, ingest)| ingest));
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
        self.run(&frame.prepare);
        let gradients = self.read_vectors(&frame.gradients).await?;
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
            .scoped(|| Convolution::new(gpu, layer, Tile::for_layer(layer)))
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
        self.run([&dispatch]);
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

    /// `−λ div Δ` `[3, H, W]` at full size for a change `[6, h, w]` at the working size.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn right_hand_side(
        &self,
        change: &Planes,
        full: (usize, usize),
        lambda: f32,
    ) -> Result<Planes, GpuError> {
        let options = Options {
            lambda,
            ..Default::default()
        };
        let frame = self.frame(full, (change.width, change.height), &options);
        let vectors = vectors(change, 3, 0);
        self.write(&frame.change, bytemuck::cast_slice(&vectors));
        self.run([&frame.right_hand_side]);
        let rhs = self.read_vectors(&frame.solver.rhs).await?;
        Ok(planes(&rhs, 1, full, 0))
    }

    /// Solves `(1 − λΔ) D = rhs` `[3, H, W]` as for a picture that is read back.
    ///
    /// # Errors
    /// What the GPU refused.
    pub async fn solve(&self, rhs: &Planes, lambda: f32) -> Result<Planes, GpuError> {
        let size = (rhs.width, rhs.height);
        let options = Options {
            lambda,
            ..Default::default()
        };
        let frame = self.frame(size, size, &options);
        let vectors = vectors(rhs, 3, 0);
        self.write(&frame.solver.rhs, bytemuck::cast_slice(&vectors));
        let mut plan = Vec::new();
        frame.solver.plan(lambda, CYCLES, &mut plan);
        self.run(plan);
        let solution = self.read_vectors(&frame.solver.solution).await?;
        Ok(planes(&solution, 1, size, 0))
    }
}
