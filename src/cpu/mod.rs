//! The engine on Burn's CPU backend (Flex): the fallback of the page, and the reference that the GPU engine is compared
//! with.

use burn::tensor::{Device, Tensor, TensorData};
use thiserror::Error;

use crate::{
    Planes, ShapeError,
    gradient::{gradient, zero_boundary},
    network::GradientNet,
    reconstruct::correction,
    style::Style,
    stylize::{Options, change_at_full_size, working_size},
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
}

impl EngineError {
    /// Stable identifier for programs, such as the page.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStyle => "no-style",
            Self::NoPhoto | Self::Channels(_) | Self::Shape(_) => "bad-image",
        }
    }
}

/// Paints one photo at a time; keeps what a change of strength or λ does not need to compute again.
pub struct CpuEngine {
    device: Device,
    net: Option<GradientNet>,
    photo: Option<Planes>,
    working_size: Option<usize>,
    /// Change of gradients at the photo's size, for the current photo, style and working size.
    change: Option<Planes>,
    /// D for the λ it stands with.
    correction: Option<(f32, Planes)>,
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
            device: Device::flex(),
            net: None,
            photo: None,
            working_size: None,
            change: None,
            correction: None,
        }
    }

    /// Uses `style` from the next [`paint`](Self::paint) on.
    pub fn set_style(&mut self, style: &Style) {
        self.net = Some(GradientNet::from_style(style, &self.device));
        self.change = None;
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
        if photo.channels != 3 {
            return Err(EngineError::Channels(photo.channels));
        }
        let photo = Planes::new(3, photo.height, photo.width, photo.data)?;
        self.photo = Some(photo);
        self.working_size = working_size;
        self.change = None;
        Ok(())
    }

    /// Changes the working size of the current photo; the next [`paint`](Self::paint) runs the network again if it
    /// differs.
    pub fn set_working_size(&mut self, working_size: Option<usize>) {
        if self.working_size != working_size {
            self.working_size = working_size;
            self.change = None;
        }
    }

    /// The picture `[3, H, W]`. Values may leave [0, 1] a little; writing to 8 bits clamps them.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn paint(&mut self, options: &Options) -> Result<Planes, EngineError> {
        let Options { strength, lambda } = options.clamped();
        self.update_change()?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let change = self.change.as_ref().ok_or(EngineError::NoPhoto)?;
        let correction = match self.correction.take() {
            Some((solved, correction)) if solved == lambda => correction,
            _ => correction(change, lambda),
        };
        let mut picture = photo.clone();
        for (value, d) in picture.data.iter_mut().zip(&correction.data) {
            *value += strength * d;
        }
        self.correction = Some((lambda, correction));
        Ok(picture)
    }

    /// The photo's gradients ∂I and the gradients `G = ∂I + t·Δ` that the picture is rebuilt from, both `[6, H, W]`.
    ///
    /// # Errors
    /// When style or photo are missing.
    pub fn gradients(&mut self, strength: f32) -> Result<(Planes, Planes), EngineError> {
        self.update_change()?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let change = self.change.as_ref().ok_or(EngineError::NoPhoto)?;
        let original = gradient(photo);
        let mut styled = original.clone();
        for (value, d) in styled.data.iter_mut().zip(&change.data) {
            *value += strength * d;
        }
        Ok((original, styled))
    }

    /// Runs the network if photo, style or working size changed since it last ran.
    fn update_change(&mut self) -> Result<(), EngineError> {
        if self.change.is_some() {
            return Ok(());
        }
        let net = self.net.as_ref().ok_or(EngineError::NoStyle)?;
        let photo = self.photo.as_ref().ok_or(EngineError::NoPhoto)?;
        let (width, height) = working_size(photo.width, photo.height, self.working_size);
        let original = gradient(&photo.resized(width, height));
        let input = TensorData::new(original.data.clone(), [1, 6, height, width]);
        let output = net.forward(Tensor::from_data(input, &self.device));
        let mut change = Planes {
            data: output.into_data().iter::<f32>().collect(),
            ..original
        };
        for (value, original) in change.data.iter_mut().zip(&original.data) {
            *value -= original;
        }
        zero_boundary(&mut change);
        self.change = Some(change_at_full_size(change, photo.width, photo.height));
        self.correction = None;
        Ok(())
    }
}
