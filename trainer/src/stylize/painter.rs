//! Photos of any size through an engine, in place and in little memory.

use anyhow::{Context, Result};
use image::RgbaImage;
use limn::{
    Options, Planes, RowResampler,
    cpu::CpuEngine,
    engine::{Arrays, Engine, Slot},
    gpu::{GpuEngine, GpuOptions},
    style::Style,
};
use pollster::block_on;

/// Paints photos with one style, or two mixed, and one setting.
pub struct Painter<E> {
    engine: E,
    options: Options,
}

/// The CPU engine.
pub fn cpu() -> CpuEngine {
    CpuEngine::new()
}

/// The GPU engine on any adapter, a software one too: the user asked for it.
///
/// # Errors
/// When there is no GPU adapter, or it fails its self-test.
pub fn gpu() -> Result<GpuEngine> {
    let start = GpuEngine::new(GpuOptions {
        allow_software: true,
        ..Default::default()
    });
    block_on(start).context("the GPU engine did not start")
}

impl<E: Engine> Painter<E> {
    /// With a style and one that is mixed in.
    ///
    /// # Errors
    /// When their weights do not fit the network.
    pub fn new(
        mut engine: E,
        (style, second): (&Style, Option<&Style>),
        options: Options,
    ) -> Result<Self> {
        engine.set_style(Slot::First, Some(style))?;
        engine.set_style(Slot::Second, second)?;
        Ok(Self { engine, options })
    }

    /// Paints over the photo; its alpha stays.
    ///
    /// # Errors
    /// When it has no pixels, or the engine fails.
    pub fn paint(&mut self, photo: &mut RgbaImage) -> Result<()> {
        let size = size(photo);
        let image = self.at_working_size(photo)?;
        block_on(self.engine.begin_rows(&image, size, &self.options))?;
        let alpha: Option<Vec<u8>> = photo
            .pixels()
            .any(|pixel| pixel[3] != 255)
            .then(|| photo.pixels().map(|pixel| pixel[3]).collect());
        block_on(self.engine.paint_rows(0, photo))?;
        for (pixel, alpha) in photo.pixels_mut().zip(alpha.into_iter().flatten()) {
            pixel[3] = alpha;
        }
        self.engine.end_rows();
        Ok(())
    }

    /// What the method computes for a photo, at the working size.
    ///
    /// # Errors
    /// As [`paint`](Self::paint).
    pub fn arrays(&mut self, photo: &RgbaImage) -> Result<Arrays> {
        let image = self.at_working_size(photo)?;
        self.engine.set_photo(&image)?;
        let own = Options {
            working_size: image.width.max(image.height),
            ..self.options
        };
        Ok(block_on(self.engine.arrays(&own))?)
    }

    /// `photo` as the network sees it, `[3, h, w]`.
    fn at_working_size(&self, photo: &RgbaImage) -> Result<Planes> {
        let size = size(photo);
        let work = self.options.working_size(size, self.engine.trained_size()?);
        let mut resampler = RowResampler::new(size, work)?;
        resampler.push_rows(photo)?;
        Ok(resampler.finish()?)
    }
}

fn size(photo: &RgbaImage) -> (usize, usize) {
    (photo.width() as usize, photo.height() as usize)
}
