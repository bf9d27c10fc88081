//! The start-up self-test: one tiny known frame through the whole engine, compared with the CPU. Drivers that miscompile
//! a kernel are found here and not on a visitor's face.

use super::{GpuEngine, GpuError, twin};
use crate::{Planes, style::Style, stylize::Options};

/// Width and height of the frame: odd, and wider than a workgroup.
const SIZE: (usize, usize) = (17, 13);
/// The network runs smaller, so that both resamplings are part of it.
const WORKING_SIZE: usize = 12;
/// A quarter of an 8-bit step; engines agree to 1e-4 where arithmetic is as it should be.
const TOLERANCE: f32 = 1e-3;

/// Gives back the engine, as new, if it painted the frame as it should.
pub async fn run(mut engine: GpuEngine) -> Result<GpuEngine, GpuError> {
    let (width, height) = SIZE;
    let frame = frame(width, height);
    // The least width whose kernels are those of the usual ones: this compiles them all.
    let style = Style::untrained(8, 1);
    let options = Options::default();
    let expected = twin::paint(
        &Planes::from_rgba8(&frame, width, height)?,
        &style,
        Some(WORKING_SIZE),
        &options,
    );
    let gpu = engine.gpu.clone();
    gpu.scoped(|| engine.set_style(&style)).await??;
    gpu.scoped(|| engine.set_frame_rgba8(&frame, width, height, Some(WORKING_SIZE)))
        .await??;
    let actual = engine.paint(&options).await?;
    let error = expected
        .data
        .iter()
        .zip(&actual.data)
        .map(|(a, b)| (a - b).abs())
        // `max` would pass over a NaN.
        .fold(
            0.0,
            |worst: f32, error| if error <= worst { worst } else { error },
        );
    if error.is_nan() || error > TOLERANCE {
        return Err(GpuError::SelfTest(format!(
            "a pixel is off by {error}, on {}",
            engine.info().adapter
        )));
    }
    engine.styles = [None, None];
    engine.frame = None;
    engine.networks = [None, None];
    engine.activations = None;
    engine.working_size = None;
    engine.network_passes = 0;
    Ok(engine)
}

/// A drawn frame with an edge, a ramp and a disc.
fn frame(width: usize, height: usize) -> Vec<u8> {
    let mut rgba = Vec::with_capacity(4 * width * height);
    for y in 0..height {
        for x in 0..width {
            let disc = (2 * x).abs_diff(width).pow(2) + (2 * y).abs_diff(height).pow(2) < 64;
            let edge = if x > y { 90 } else { 0 };
            let red = if disc { 230 } else { 40 + edge };
            rgba.extend([red, (15 * x) as u8, (19 * y) as u8, 255]);
        }
    }
    rgba
}
