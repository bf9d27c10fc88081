//! The engine on the CPU: the fallback of the page, and the reference that the GPU engine is compared with.

mod network;

pub use network::CpuNetwork;
use thiserror::Error;

use crate::{
    Planes, Rect, ShapeError,
    gradient::gradient,
    reconstruct::{LIVE_CYCLES, correction_by, multigrid::CYCLES},
    style::Style,
    stylize::{Options, change_at_full_size, mixed_change, working_size},
    tiles::TilePainter,
};

/// What an engine cannot do.
#[derive(Debug, Error, PartialEq)]
pub enum EngineError {
    #[error("no style is loaded")]
    NoStyle,
    #[error("no photo is set")]
    NoPhoto,
    #[error("a photo has 3 channels, this image has {0}")]
    Channels(usize),
    #[error(transparent)]
    Shape(#[from] ShapeError),
    #[error("there is not enough memory for even the smallest tiles")]
    OutOfMemory,
}

impl EngineError {
    /// Stable identifier for programs, such as the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStyle => "no-style",
            Self::NoPhoto | Self::Channels(_) | Self::Shape(_) => "bad-image",
            Self::OutOfMemory => "out-of-memory",
        }
    }
}

/// A style in use, and what it makes of the current photo.
struct Brush {
    net: CpuNetwork,
    /// Change of gradients `[6, h, w]` at the working size.
    change: Option<Planes>,
    /// D at the photo's size, for the λ and by the V-cycles it stands with.
    correction: Option<(f32, usize, Planes)>,
}

impl Brush {
    fn forget(&mut self) {
        self.change = None;
        self.correction = None;
    }
}

/// Paints one photo at a time; keeps what a change of strength, λ or mix does not need to compute again.
pub struct CpuEngine {
    /// The style, and the one that is mixed in.
    brushes: [Option<Brush>; 2],
    photo: Option<Planes>,
    working_size: Option<usize>,
    network_passes: usize,
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl CpuEngine {
    /// An engine without style and photo.
    pub fn new() -> Self {
        Self {
            brushes: [None, None],
            photo: None,
            working_size: None,
            network_passes: 0,
        }
    }

    /// Uses `style` from the next [`paint`](Self::paint) on.
    pub fn set_style(&mut self, style: &Style) {
        self.brushes[0] = Some(self.brush(style));
    }

    /// Mixes `style` in, to the share that [`Options::mix`] says; `None` leaves the first style alone.
    pub fn set_second_style(&mut self, style: Option<&Style>) {
        self.brushes[1] = style.map(|style| self.brush(style));
    }

    fn brush(&self, style: &Style) -> Brush {
        Brush {
            net: CpuNetwork::from_style(style),
            change: None,
            correction: None,
        }
    }

    /// How many times a network has run.
    pub fn network_passes(&self) -> usize {
        self.network_passes
    }

    /// Takes a photo `[3, H, W]` in [0, 1]. The network will run with the longer side at most `working_size` pixels
    /// (`None`: at the photo's own size); the picture is rebuilt at full size either way.
    ///
    /// # Errors
    /// When the image is empty or has not three channels.
    pub fn set_photo(
        &mut self,
        photo: Planes,
        working_size: Option<usize>,
    ) -> Result<(), EngineError> {
        self.photo = Some(checked(photo)?);
        self.working_size = working_size;
        self.brushes.iter_mut().flatten().for_each(Brush::forget);
        Ok(())
    }

    /// Changes the working size of the current photo; the next [`paint`](Self::paint) runs the network again if it
    /// differs.
    pub fn set_working_size(&mut self, working_size: Option<usize>) {
        if self.working_size != working_size {
            self.working_size = working_size;
            self.brushes.iter_mut().flatten().for_each(Brush::forget);
        }
    }

    /// The picture `[3, H, W]`. Values may leave [0, 1] a little; writing to 8 bits clamps them.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn paint(&mut self, options: &Options) -> Result<Planes, EngineError> {
        self.paint_by(CYCLES, options)
    }

    /// [`paint`](Self::paint) for a frame of a moving picture, solved by [`LIVE_CYCLES`]: quicker, and off by less than a
    /// hundredth of the range.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn paint_live(&mut self, options: &Options) -> Result<Planes, EngineError> {
        self.paint_by(LIVE_CYCLES, options)
    }

    fn paint_by(&mut self, cycles: usize, options: &Options) -> Result<Planes, EngineError> {
        let options = options.clamped();
        let weights = self.update_changes(&options)?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let mut picture = photo.clone();
        for (brush, weight) in self.brushes.iter_mut().flatten().zip(weights) {
            let Some(change) = brush.change.as_ref().filter(|_| weight > 0.0) else {
                continue;
            };
            let correction = match brush.correction.take() {
                Some((lambda, by, solved)) if lambda == options.lambda && by >= cycles => solved,
                _ => {
                    let full = (photo.width, photo.height);
                    let whole = Rect::whole(full.0, full.1);
                    correction_by(cycles, change, full, whole, options.lambda)
                }
            };
            let factor = options.strength * weight;
            for (value, d) in picture.data.iter_mut().zip(&correction.data) {
                *value += factor * d;
            }
            brush.correction = Some((options.lambda, cycles, correction));
        }
        Ok(picture)
    }

    /// The photo's gradients ∂I and the gradients `G = ∂I + t·Δ` that the picture is rebuilt from, both `[6, H, W]`.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn gradients(&mut self, options: &Options) -> Result<(Planes, Planes), EngineError> {
        let options = options.clamped();
        let weights = self.update_changes(&options)?;
        let change = mixed_change(&self.changes(weights));
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let original = gradient(photo);
        let mut styled = original.clone();
        let change = change_at_full_size(change, photo.width, photo.height);
        for (value, d) in styled.data.iter_mut().zip(&change.data) {
            *value += options.strength * d;
        }
        Ok((original, styled))
    }

    /// Prepares to paint a photo of `full` (width, height) in tiles of at most `side` pixels a side: runs the network on
    /// `image` `[3, h, w]`, the photo at its working size ([`crate::Downscale`]). Leaves the engine's own photo alone.
    ///
    /// # Errors
    /// When the style is missing, `image` has not three channels, or there is no memory for the smallest tiles.
    pub fn tiles(
        &mut self,
        image: Planes,
        full: (usize, usize),
        side: usize,
        options: &Options,
    ) -> Result<TilePainter, EngineError> {
        let image = checked(image)?;
        let options = options.clamped();
        let weights = self.weights(&options)?;
        let mut changes = Vec::new();
        for (brush, weight) in self.brushes.iter().flatten().zip(weights) {
            if weight > 0.0 {
                changes.push((weight, brush.net.change(&gradient(&image))));
                self.network_passes += 1;
            }
        }
        let changes: Vec<_> = changes.iter().map(|(weight, c)| (*weight, c)).collect();
        TilePainter::new(full, &changes, side, options).ok_or(EngineError::OutOfMemory)
    }

    /// Shares of the two styles.
    fn weights(&self, options: &Options) -> Result<[f32; 2], EngineError> {
        match &self.brushes {
            [None, _] => Err(EngineError::NoStyle),
            [Some(_), None] => Ok([1.0, 0.0]),
            [Some(_), Some(_)] => Ok([1.0 - options.mix, options.mix]),
        }
    }

    /// The changes that count, with their weights.
    fn changes(&self, weights: [f32; 2]) -> Vec<(f32, &Planes)> {
        let brushes = self.brushes.iter().flatten().zip(weights);
        brushes
            .filter(|(_, weight)| *weight > 0.0)
            .filter_map(|(brush, weight)| Some((weight, brush.change.as_ref()?)))
            .collect()
    }

    /// Runs the network of each style that counts, if photo, style or working size changed since it last ran. Returns
    /// the styles' shares.
    fn update_changes(&mut self, options: &Options) -> Result<[f32; 2], EngineError> {
        let weights = self.weights(options)?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let (width, height) = working_size(photo.width, photo.height, self.working_size);
        let mut image = None;
        for (brush, weight) in self.brushes.iter_mut().flatten().zip(weights) {
            if weight > 0.0 && brush.change.is_none() {
                let image = image.get_or_insert_with(|| photo.resized(width, height));
                brush.change = Some(brush.net.change(&gradient(image)));
                brush.correction = None;
                self.network_passes += 1;
            }
        }
        Ok(weights)
    }
}

fn checked(photo: Planes) -> Result<Planes, EngineError> {
    if photo.channels != 3 {
        return Err(EngineError::Channels(photo.channels));
    }
    Ok(Planes::new(3, photo.height, photo.width, photo.data)?)
}
