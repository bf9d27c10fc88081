//! Photos and frames on their way in, and the buffers for their sizes.

use super::{
    GpuEngine, GpuError, Stale,
    frame::{Frame, Geometry},
    probe,
};
use crate::{Planes, ShapeError, stylize::working_size};

impl GpuEngine {
    /// Takes a photo `[3, H, W]` in [0, 1]. The network will run with the longer side at most `working_size` pixels
    /// (`None`: at the photo's own size); the picture is rebuilt at full size either way.
    ///
    /// # Errors
    /// When the image is empty, has not three channels, or is too large for this GPU.
    pub fn set_photo(
        &mut self,
        photo: &Planes,
        working_size: Option<usize>,
    ) -> Result<(), GpuError> {
        if photo.channels != 3 {
            return Err(GpuError::Channels(photo.channels));
        }
        self.set_geometry(photo.width, photo.height, working_size)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let pixels = probe::vectors(photo, 3, 0);
        self.gpu
            .queue
            .write_buffer(&frame.photo, 0, bytemuck::cast_slice(&pixels));
        self.stale = Stale::EVERYTHING;
        Ok(())
    }

    /// Takes a frame of interleaved 8-bit RGBA, row by row; alpha is dropped. Otherwise as [`set_photo`](Self::set_photo).
    ///
    /// # Errors
    /// When a side is zero, `rgba` is not `4 · width · height` bytes, or the frame is too large for this GPU.
    pub fn set_frame_rgba8(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
        working_size: Option<usize>,
    ) -> Result<(), GpuError> {
        ShapeError::check(4, height, width, rgba.len())?;
        self.set_geometry(width, height, working_size)?;
        let frame = self.frame.as_mut().ok_or(GpuError::NoPhoto)?;
        let texture = frame.entrance(&self.gpu, &self.kernels)?;
        self.gpu.write_rgba8(texture, rgba);
        self.stale = Stale {
            photo: true,
            ..Stale::EVERYTHING
        };
        Ok(())
    }

    /// Changes the working size of the current photo; the next picture runs the network again if it differs.
    ///
    /// # Errors
    /// When the working size is too large for this GPU; the former one stays.
    pub fn set_working_size(&mut self, working_size: Option<usize>) -> Result<(), GpuError> {
        let Some(frame) = &self.frame else {
            self.working_size = working_size;
            return Ok(());
        };
        let (width, height) = frame.geometry.full;
        if crate::stylize::working_size(width, height, working_size) == frame.geometry.work {
            self.working_size = working_size;
            return Ok(());
        }
        let photo = frame.photo.clone();
        let pending = self.stale.photo;
        if pending {
            self.flush_entrance();
        }
        self.set_geometry(width, height, working_size)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        encoder.copy_buffer_to_buffer(&photo, 0, &frame.photo, 0, photo.size());
        self.gpu.queue.submit([encoder.finish()]);
        self.stale = Stale::EVERYTHING;
        Ok(())
    }

    /// Brings a frame that waits in its texture into the photo buffer.
    fn flush_entrance(&mut self) {
        if let Some(Frame {
            entrance: Some((_, ingest)),
            ..
        }) = &self.frame
        {
            self.gpu.run([ingest]);
        }
        self.stale.photo = false;
    }

    /// Makes the buffers for a photo of this size, or keeps them.
    pub(super) fn set_geometry(
        &mut self,
        width: usize,
        height: usize,
        size: Option<usize>,
    ) -> Result<(), GpuError> {
        if width == 0 || height == 0 {
            return Err(ShapeError::Empty { width, height }.into());
        }
        let geometry = Geometry {
            full: (width, height),
            work: working_size(width, height, size),
        };
        geometry.check(&self.gpu.limits, self.widths())?;
        self.working_size = size;
        if self.frame.as_ref().map(|frame| frame.geometry) != Some(geometry) {
            // Two sizes at once may not fit.
            self.frame = None;
            self.frame = Some(Frame::new(&self.gpu, &self.kernels, geometry));
            self.networks = [None, None];
        }
        self.stale = Stale::EVERYTHING;
        Ok(())
    }
}
