//! The start-up self-test: one tiny known frame through the whole engine, compared with the CPU. Drivers that miscompile
//! a kernel are found here and not on a visitor's face.

use super::twin;
use crate::{
    Options, Planes,
    engine::{Engine, EngineError, Slot},
    gpu::GpuEngine,
    medium::Medium,
    network::Architecture,
    style::Style,
};

/// Width and height of the frame: odd, and wider than a workgroup.
const SIZE: (usize, usize) = (17, 13);
/// The network runs smaller, so that both resamplings are part of it.
const WORKING_SIZE: usize = 12;
/// A quarter of an 8-bit step; engines agree to 1e-4 where arithmetic is as it should be.
const TOLERANCE: f32 = 1e-3;

/// Fails where `engine` does not paint the frame as it should. Leaves style and frame in it.
pub async fn run(engine: &mut GpuEngine) -> Result<(), EngineError> {
    let (width, height) = SIZE;
    let frame = frame(width, height);
    // The least width whose kernels are those of the usual ones: this compiles them all.
    let mut style = Style::untrained(Architecture::with_colours(8), 1);
    // Noise from integer hashes, which nothing else has.
    style.metadata.medium = Some(Medium::Paper {
        period: 2.0,
        grain: 0.3,
        strokes: 0.3,
        angle: 30.0,
        light: false,
    });
    let options = Options {
        working_size: WORKING_SIZE,
        ..Options::default()
    };
    let photo = Planes::from_rgba8(&frame, width, height)?;
    let expected = twin::paint(&photo, &style, &options);
    engine.set_style(Slot::First, Some(&style))?;
    engine.set_photo_rgba8(&frame, width, height)?;
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
        return Err(EngineError::SelfTest(format!(
            "a pixel is off by {error}, on {}",
            engine.info().adapter
        )));
    }
    Ok(())
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
