//! The uniform that the shaders read as `Params`.

use wgpu::{Buffer, BufferUsages};

use super::{device::Gpu, frame::Geometry};
use crate::{
    stylize::Options,
    tiles::{Tile, Tiling},
};

/// Sizes and options of one picture or tile. The multigrid shader reads the first four fields only.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    full: [u32; 2],
    work: [u32; 2],
    lambda: f32,
    strength: f32,
    mix: f32,
    _padding: u32,
    whole: [u32; 2],
    origin: [u32; 2],
    inset: [u32; 2],
    tile: [u32; 2],
}

fn pair(x: usize, y: usize) -> [u32; 2] {
    [x as u32, y as u32]
}

impl Params {
    /// For a picture that is painted whole.
    pub fn new(geometry: &Geometry, options: &Options) -> Self {
        let full = pair(geometry.full.0, geometry.full.1);
        Self {
            full,
            work: pair(geometry.work.0, geometry.work.1),
            lambda: options.lambda,
            strength: options.strength,
            mix: options.mix,
            _padding: 0,
            whole: full,
            origin: [0; 2],
            inset: [0; 2],
            tile: full,
        }
    }

    /// For one tile of a picture whose change was found at `work` (width, height).
    pub fn for_tile(tiling: &Tiling, tile: &Tile, work: (usize, usize), options: &Options) -> Self {
        let inset = tile.inset();
        let geometry = Geometry {
            full: tiling.outer(),
            work,
        };
        let full = tiling.full();
        Self {
            whole: pair(full.0, full.1),
            origin: pair(tile.outer.x, tile.outer.y),
            inset: pair(inset.x, inset.y),
            tile: pair(inset.width, inset.height),
            ..Self::new(&geometry, options)
        }
    }

    /// A uniform buffer that holds it.
    pub fn upload(&self, gpu: &Gpu) -> Buffer {
        gpu.upload("params", bytemuck::bytes_of(self), BufferUsages::UNIFORM)
    }

    /// Puts it in place of what `buffer` holds.
    pub fn write(&self, gpu: &Gpu, buffer: &Buffer) {
        gpu.queue.write_buffer(buffer, 0, bytemuck::bytes_of(self));
    }
}
