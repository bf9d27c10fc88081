//! What both engines do, and how they fail.

use thiserror::Error;

use crate::{
    Options, Planes, ShapeError,
    change::Change,
    gradient::gradient,
    style::{Style, StyleError},
};

/// What an engine runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// `gpu` or `cpu`.
    pub engine: &'static str,
    /// The adapter in words, such as `NVIDIA GeForce RTX 4070` or `google swiftshader`.
    pub adapter: String,
    /// `vulkan`, `metal`, `dx12`, `webgpu`, or what the CPU engine computes with.
    pub backend: String,
    /// Whether the adapter computes on the CPU.
    pub fallback: bool,
    /// `f32`: number format of weights and activations.
    pub precision: &'static str,
}

/// Which of the two styles in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    First,
    /// The one that is mixed in, to the share that [`Options::mix`] says.
    Second,
}

/// Paints one photo at a time, and keeps what a change of options does not need to compute again; beside it one photo in
/// bands of rows, of any size.
///
/// The futures of the CPU engine are ready at once.
#[expect(
    async_fn_in_trait,
    reason = "engines are used on one thread, in a browser's worker for one"
)]
pub trait Engine {
    /// What the engine runs on.
    fn info(&self) -> Info;

    /// Uses `style` from the next picture on; `None` leaves the slot empty.
    ///
    /// # Errors
    /// When the weights do not fit the network; the style in use stays.
    fn set_style(&mut self, slot: Slot, style: Option<&Style>) -> Result<(), EngineError>;

    /// Size in pixels at which the first style's strokes were learnt.
    ///
    /// # Errors
    /// [`EngineError::NoStyle`].
    fn trained_size(&self) -> Result<usize, EngineError>;

    /// Takes a photo `[3, H, W]` in [0, 1].
    ///
    /// # Errors
    /// When the image is empty, has not three channels, or is too large for this engine.
    fn set_photo(&mut self, photo: &Planes) -> Result<(), EngineError>;

    /// Takes a photo of interleaved 8-bit RGBA, row by row; alpha is dropped.
    ///
    /// # Errors
    /// When a side is zero, `rgba` is not `4 · width · height` bytes, or the photo is too large for this engine.
    fn set_photo_rgba8(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
    ) -> Result<(), EngineError>;

    /// The picture `[3, H, W]`. Values may leave [0, 1] a little; writing to 8 bits clamps them.
    ///
    /// # Errors
    /// When style or photo are missing, or the engine failed.
    async fn paint(&mut self, options: &Options) -> Result<Planes, EngineError>;

    /// The picture as interleaved 8-bit RGBA, opaque.
    ///
    /// # Errors
    /// As [`paint`](Self::paint).
    async fn paint_rgba8(&mut self, options: &Options) -> Result<Vec<u8>, EngineError>;

    /// What the method computes for the picture, at the working size.
    ///
    /// # Errors
    /// As [`paint`](Self::paint).
    async fn arrays(&mut self, options: &Options) -> Result<Arrays, EngineError>;

    /// Begins a photo of `full` (width, height) that is painted in bands of rows, with the styles and options of now, from
    /// `image` `[3, h, w]`: that photo at its working size, as [`crate::RowResampler`] makes it. Leaves the engine's own photo
    /// alone.
    ///
    /// # Errors
    /// When the style is missing, `image` has not three channels, or the engine failed.
    async fn begin_rows(
        &mut self,
        image: &Planes,
        full: (usize, usize),
        options: &Options,
    ) -> Result<(), EngineError>;

    /// Paints over `rgba`, whole rows from row `first` on of the photo begun, as interleaved 8-bit RGBA; opaque afterwards.
    ///
    /// # Errors
    /// When no photo was begun, `rgba` is not whole rows of it, or the engine failed.
    async fn paint_rows(&mut self, first: usize, rgba: &mut [u8]) -> Result<(), EngineError>;

    /// Forgets the photo begun.
    fn end_rows(&mut self);

    /// How many times a network has run.
    fn network_passes(&self) -> usize;
}

/// What the method computes, at the working size.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrays {
    /// The photo I `[3, h, w]`.
    pub input: Planes,
    /// ∂I `[6, h, w]`.
    pub gradient: Planes,
    /// The gradients `G = ∂I + t·Δ` `[6, h, w]` that the picture is rebuilt from.
    pub styled_gradient: Planes,
    /// `I + t·(E + B)` `[3, h, w]`, the colours that it is rebuilt on.
    pub ground: Planes,
    /// `S = I + t·(E + D)` `[3, h, w]`, not clamped to [0, 1].
    pub result: Planes,
}

impl Arrays {
    /// For the photo `input` and what was found for it at strength t: Δ and B, E and D, each of the latter `[3, h, w]`.
    pub fn new(
        input: &Planes,
        change: &Change,
        shift: &Planes,
        correction: &Planes,
        strength: f32,
    ) -> Self {
        let plus = |base: &Planes, part: &Planes| {
            let mut sum = base.clone();
            for (value, part) in sum.data.iter_mut().zip(&part.data) {
                *value += strength * part;
            }
            sum
        };
        let gradient = gradient(input);
        let shifted = plus(input, shift);
        Self {
            styled_gradient: plus(&gradient, &change.gradients),
            gradient,
            result: plus(&shifted, correction),
            ground: match &change.ground {
                Some(ground) => plus(&shifted, ground),
                None => shifted,
            },
            input: input.clone(),
        }
    }
}

/// Why an engine did not start, or did not paint.
#[derive(Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum EngineError {
    #[error("no WebGPU adapter: {0}")]
    NoWebGpu(String),
    #[error("the only adapter, {0}, is a software renderer; the CPU engine is faster than that")]
    SoftwareAdapter(String),
    #[error("the GPU's start-up self-test failed: {0}")]
    SelfTest(String),
    #[error("the GPU device was lost: {0}")]
    DeviceLost(String),
    #[error("{what} of {width}×{height} does not fit this GPU: {reason}")]
    TooLarge {
        /// What is too large, such as "a photo" or "a working size".
        what: &'static str,
        width: usize,
        height: usize,
        reason: String,
    },
    #[error("no style is loaded")]
    NoStyle,
    #[error(transparent)]
    Style(#[from] StyleError),
    #[error("no photo is set")]
    NoPhoto,
    #[error("a photo has 3 channels, this image has {0}")]
    Channels(usize),
    #[error("{bytes} bytes from row {first} on are not whole rows of a photo of {width}×{height}")]
    Rows {
        bytes: usize,
        first: usize,
        width: usize,
        height: usize,
    },
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("the GPU has no memory left")]
    OutOfMemory,
    #[error("the canvas cannot be drawn to: {0}")]
    Canvas(String),
    #[error("the GPU refused a command: {0}")]
    Validation(String),
}

impl EngineError {
    /// Stable identifier for programs, such as the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWebGpu(_) => "no-webgpu",
            Self::SoftwareAdapter(_) => "software-adapter",
            Self::SelfTest(_) => "self-test",
            Self::DeviceLost(_) => "device-lost",
            Self::TooLarge { .. } => "too-large",
            Self::OutOfMemory => "out-of-memory",
            Self::NoStyle => "no-style",
            Self::Style(error) => error.code(),
            Self::NoPhoto | Self::Channels(_) | Self::Rows { .. } | Self::Shape(_) => "bad-image",
            Self::Canvas(_) => "canvas",
            Self::Validation(_) => "gpu-validation",
        }
    }
}

/// A photo's three planes, or why it is none.
#[cfg(any(feature = "cpu", feature = "gpu"))]
pub(crate) fn check_photo(photo: &Planes) -> Result<(), EngineError> {
    if photo.channels != 3 {
        return Err(EngineError::Channels(photo.channels));
    }
    Ok(ShapeError::check(
        3,
        photo.height,
        photo.width,
        photo.data.len(),
    )?)
}

/// Fails where `bytes` of 8-bit RGBA from row `first` on are not whole rows of a photo of `width × height`.
#[cfg(any(feature = "cpu", feature = "gpu"))]
pub(crate) fn check_rows(
    bytes: usize,
    first: usize,
    (width, height): (usize, usize),
) -> Result<(), EngineError> {
    let rows = bytes / (4 * width);
    if bytes == 0 || !bytes.is_multiple_of(4 * width) || first.saturating_add(rows) > height {
        return Err(EngineError::Rows {
            bytes,
            first,
            width,
            height,
        });
    }
    Ok(())
}
