//! The uniform that the shaders read as `Params`.

use wgpu::{Buffer, BufferUsages};

use super::{device::Gpu, geometry::Geometry};
use crate::{
    Options,
    ground::{Shift, TERMS},
    medium::{Media, Sheet, spacing},
};

/// Sizes and options of one picture; see `shaders/params.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Params {
    full: [u32; 2],
    work: [u32; 2],
    lambda: f32,
    strength: f32,
    mix: f32,
    first_row: u32,
    rows: u32,
    has_ground: u32,
    has_medium: u32,
    spacing: f32,
    corrections: [f32; 2],
    colour: f32,
    _padding: u32,
    ground: [[f32; 4]; TERMS],
    media: [Sheet; 2],
}

impl Params {
    /// For a picture that is painted whole, on the ground that `shift` makes of the photo and on `media`, and where `corrects`
    /// says which of the two styles correct the ground.
    pub fn new(
        geometry: &Geometry,
        options: &Options,
        (shift, media): (&Shift, &Media),
        corrects: [bool; 2],
    ) -> Self {
        let counts = |share: f32, corrects: bool| if corrects { share } else { 0.0 };
        let pair = |(x, y): (usize, usize)| [x as u32, y as u32];
        Self {
            full: pair(geometry.full),
            work: pair(geometry.work),
            lambda: options.lambda,
            strength: options.strength,
            mix: options.mix,
            first_row: 0,
            rows: geometry.full.1 as u32,
            has_ground: u32::from(!shift.is_none()),
            has_medium: u32::from(!media.is_none()),
            spacing: spacing(geometry.full, geometry.work),
            corrections: [
                counts(1.0 - options.mix, corrects[0]),
                counts(options.mix, corrects[1]),
            ],
            colour: options.colour,
            _padding: 0,
            ground: shift.0.map(|term| term.0),
            media: media.0,
        }
    }

    /// For `rows` rows of it from row `first` on.
    pub fn band(self, first: usize, rows: usize) -> Self {
        Self {
            first_row: first as u32,
            rows: rows as u32,
            ..self
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
