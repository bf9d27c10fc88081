//! A photo of any size painted in bands of rows: only its working size and one band are ever on the GPU.

use wgpu::{Buffer, BufferUsages};

use super::{
    device::{Dispatch, Gpu, cover},
    geometry::Geometry,
    kernels::{Kernels, layout},
    params::Params,
    working::{self, Source, Styles, Working},
};
use crate::{
    Options, Planes,
    engine::{EngineError, check_rows},
    solve::Precision,
};

/// Most pixels that a band has; rows handed in beyond that are painted one band after the other.
const BAND: usize = 1 << 21;

/// The photo begun.
pub struct Rows {
    working: Working,
    params: Params,
    /// Rows of a band.
    rows: usize,
    /// Its pixels, 8-bit RGBA.
    packed: Buffer,
    staging: Buffer,
    paint: Dispatch,
}

impl Rows {
    /// Runs networks and solve on `image`, a photo of `full` (width, height) at its working size. Returns how many networks
    /// ran, too.
    pub async fn new(
        gpu: &Gpu,
        kernels: &Kernels,
        styles: &Styles,
        image: &Planes,
        full: (usize, usize),
        options: &Options,
    ) -> Result<(Self, usize), EngineError> {
        let geometry = Geometry {
            full,
            work: (image.width, image.height),
        };
        geometry.check(&gpu.limits, [])?;
        let rows = (BAND / full.0).clamp(1, full.1);
        let bytes = (4 * rows * full.0) as u64;
        let make = || {
            let working = Working::new(gpu, kernels, geometry, Source::Written);
            let packed = gpu.buffer("band", bytes, BufferUsages::STORAGE);
            let paint = Dispatch::new(
                gpu,
                "paint rows",
                &kernels.paint_rows,
                &[
                    (0, working.params.as_entire_binding()),
                    (2, working.painting.as_entire_binding()),
                    (4, packed.as_entire_binding()),
                ],
                cover(full.0, rows),
            );
            (working, packed, gpu.staging(bytes), paint)
        };
        let (mut working, packed, staging, paint) = gpu.scoped(make).await?;
        let vectors = layout::vectors(image, 3);
        gpu.queue
            .write_buffer(&working.image, 0, bytemuck::cast_slice(&vectors));
        gpu.scoped(|| working.prepare(gpu, styles, options))
            .await??;
        gpu.run(working.plan(styles, options, Precision::Still));
        let ran = working.planned(styles, options, Precision::Still);
        gpu.finished().await?;
        let begun = Self {
            working,
            params: working::params(&geometry, styles, options),
            rows,
            packed,
            staging,
            paint,
        };
        Ok((begun, ran))
    }

    /// Paints over `rgba`, whole rows from row `first` on; opaque afterwards.
    pub async fn paint(&self, gpu: &Gpu, first: usize, rgba: &mut [u8]) -> Result<(), EngineError> {
        let geometry = &self.working.geometry;
        check_rows(rgba.len(), first, geometry.full)?;
        let row = 4 * geometry.full.0;
        for (index, band) in rgba.chunks_mut(self.rows * row).enumerate() {
            let bytes = band.len() as u64;
            self.params
                .band(first + index * self.rows, band.len() / row)
                .write(gpu, &self.working.params);
            gpu.queue.write_buffer(&self.packed, 0, band);
            gpu.run([&self.paint]);
            let mut encoder = gpu.device.create_command_encoder(&Default::default());
            encoder.copy_buffer_to_buffer(&self.packed, 0, &self.staging, 0, bytes);
            gpu.queue.submit([encoder.finish()]);
            band.copy_from_slice(&gpu.read(&self.staging, bytes).await?);
        }
        Ok(())
    }
}
