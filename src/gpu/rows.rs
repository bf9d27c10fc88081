//! Pictures too large for the GPU's buffers, tile by tile: what [`crate::tiles`] does, on the GPU.

use std::sync::Arc;

use wgpu::{Buffer, BufferUsages};

use super::{
    GpuEngine, GpuError, MAX_SIDE,
    device::Gpu,
    dispatch::{Dispatch, tiles},
    frame::{Geometry, largest_buffer},
    kernels::Kernels,
    network::{Activations, Network},
    params::Params,
    probe,
    solver::Solver,
    working::Working,
};
use crate::{
    Planes, ShapeError,
    reconstruct::multigrid::CYCLES,
    stylize::Options,
    tiles::{Tile, Tiling, sides},
};

/// Paints the tiles of one photo. Has buffers of its own, for one tile; the engine it comes from may paint other things
/// meanwhile.
pub struct TilePainter {
    gpu: Arc<Gpu>,
    work: (usize, usize),
    options: Options,
    buffers: Buffers,
}

/// Buffers and launches for tiles of one size.
struct Buffers {
    tiling: Tiling,
    params: Buffer,
    /// A tile's pixels, in and out.
    packed: Buffer,
    staging: Buffer,
    right_hand_side: Dispatch,
    solver: Solver,
    paint: Dispatch,
}

impl Buffers {
    fn new(gpu: &Gpu, kernels: &Kernels, tiling: Tiling, work: &Working, params: Params) -> Self {
        let params = params.upload(gpu);
        let (width, height) = tiling.inner();
        let size = 4 * (width * height) as u64;
        let packed = gpu.buffer("tile", size, BufferUsages::STORAGE);
        let solver = Solver::new(gpu, kernels, tiling.outer(), &params);
        let right_hand_side = work.right_hand_side(gpu, kernels, &params, &solver);
        let paint = Dispatch::new(
            gpu,
            "paint tile",
            &kernels.paint_tile,
            &[
                (0, params.as_entire_binding()),
                (5, solver.solution.as_entire_binding()),
                (7, packed.as_entire_binding()),
            ],
            tiles(width, height),
        );
        Self {
            tiling,
            params,
            packed,
            staging: gpu.staging(size),
            right_hand_side,
            solver,
            paint,
        }
    }
}

impl GpuEngine {
    /// Prepares to paint a photo of `full` (width, height) in tiles of at most `side` pixels a side, halo included: runs
    /// the network on `image` `[3, h, w]`, the photo at its working size ([`crate::Downscale`]). Tiles become smaller
    /// where the GPU's limits or memory ask for it. Leaves the engine's own photo alone.
    ///
    /// # Errors
    /// When the style is missing, `image` has not three channels, the photo or its working size is too large for this
    /// GPU, there is no memory for the smallest tiles, or the device was lost.
    pub async fn tiles(
        &mut self,
        image: &Planes,
        full: (usize, usize),
        side: usize,
        options: &Options,
    ) -> Result<TilePainter, GpuError> {
        self.gpu.check()?;
        if image.channels != 3 {
            return Err(GpuError::Channels(image.channels));
        }
        if full.0.max(full.1) > MAX_SIDE {
            return Err(GpuError::TooLarge {
                what: "a photo",
                width: full.0,
                height: full.1,
                reason: format!("sides may be at most {MAX_SIDE} pixels"),
            });
        }
        if self.styles[0].is_none() {
            return Err(GpuError::NoStyle);
        }
        let options = self.effective(options);
        let size = (image.width, image.height);
        let gpu = self.gpu.clone();
        let working = gpu.scoped(|| self.find_change(image, &options)).await??;
        let largest = largest_buffer(&gpu.limits);
        for side in sides(side, options.lambda) {
            let tiling = Tiling::new(full, side, options.lambda);
            let (width, height) = tiling.outer();
            if 16 * (width * height) as u64 > largest {
                continue;
            }
            let first = tiling.tiles()[0];
            let params = Params::for_tile(&tiling, &first, size, &options);
            let create = || Buffers::new(&gpu, &self.kernels, tiling, &working, params);
            match gpu.scoped(create).await {
                Ok(buffers) => {
                    return Ok(TilePainter {
                        gpu,
                        work: size,
                        options,
                        buffers,
                    });
                }
                Err(GpuError::OutOfMemory) => {}
                Err(error) => return Err(error),
            }
        }
        Err(GpuError::OutOfMemory)
    }

    /// Runs the networks that count on `image`, at its own size.
    fn find_change(&mut self, image: &Planes, options: &Options) -> Result<Working, GpuError> {
        let size = (image.width, image.height);
        let geometry = Geometry {
            full: size,
            work: size,
        };
        let gpu = &self.gpu;
        geometry.check(&gpu.limits, self.widths())?;
        let params = Params::new(&geometry, options).upload(gpu);
        let pixels = probe::vectors(image, 3, 0);
        let bytes = bytemuck::cast_slice(&pixels);
        let photo = gpu.upload("working image", bytes, BufferUsages::STORAGE);
        let mut working = Working::new(gpu, &self.kernels, &geometry, &params, &photo);
        if self.styles[1].is_some() {
            working.add_second_change(gpu);
        }
        let activations = Activations::new(gpu, self.widths(), size);
        let mut networks = Vec::new();
        for (slot, style) in self.styles.iter().enumerate() {
            if let Some(style) = style
                && self.shares(options)[slot] > 0.0
            {
                let change = working.change(slot);
                let gradients = &working.gradients;
                networks.push(Network::new(gpu, style, gradients, change, &activations));
            }
        }
        let launches = networks.iter().flat_map(|network| &network.dispatches);
        gpu.run(working.prepare.iter().chain(launches));
        self.network_passes += networks.len();
        Ok(working)
    }
}

impl TilePainter {
    /// How the picture is cut.
    pub fn tiling(&self) -> &Tiling {
        &self.buffers.tiling
    }

    /// The launches for `tile`, after its sizes are written.
    fn plan(&self, tile: &Tile) -> Vec<&Dispatch> {
        let Buffers { tiling, params, .. } = &self.buffers;
        Params::for_tile(tiling, tile, self.work, &self.options).write(&self.gpu, params);
        let mut plan = vec![&self.buffers.right_hand_side];
        self.buffers
            .solver
            .plan(self.options.lambda, CYCLES, &mut plan);
        plan
    }

    /// Paints over `rgba`, the photo's pixels of a tile's inner rectangle as interleaved 8-bit RGBA; opaque afterwards.
    ///
    /// # Errors
    /// When `rgba` has another length than the tile, the device was lost, or the GPU refused a command.
    pub async fn paint(&self, tile: &Tile, rgba: &mut [u8]) -> Result<(), GpuError> {
        let (width, height) = (tile.inner.width, tile.inner.height);
        ShapeError::check(4, height, width, rgba.len())?;
        let Buffers {
            packed,
            staging,
            paint,
            ..
        } = &self.buffers;
        self.gpu.queue.write_buffer(packed, 0, rgba);
        let plan = self.plan(tile);
        self.gpu.run(plan.into_iter().chain([paint]));
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(packed, 0, staging, 0, rgba.len() as u64);
        self.gpu.queue.submit([encoder.finish()]);
        let painted = self.gpu.read(staging, rgba.len() as u64).await?;
        rgba.copy_from_slice(&painted);
        Ok(())
    }

    /// The correction D `[3, height, width]` of a tile's inner rectangle, as floats: what a test can look at.
    ///
    /// # Errors
    /// When the device was lost or the GPU refused a command.
    pub async fn correction(&self, tile: &Tile) -> Result<Planes, GpuError> {
        self.gpu.run(self.plan(tile));
        let solution = self.gpu.read_all(&self.buffers.solver.solution).await?;
        let vectors: Vec<[f32; 4]> = bytemuck::pod_collect_to_vec(&solution);
        let solved = probe::planes(&vectors, 1, self.buffers.tiling.outer(), 0);
        Ok(solved.cropped(tile.inset()))
    }
}
