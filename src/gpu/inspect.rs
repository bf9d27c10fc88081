//! What is looked at beside pictures: gradients, and how long each kernel takes.

use super::{GpuEngine, GpuError, frame::Geometry, probe};
use crate::{
    Planes,
    gradient::gradient,
    reconstruct::multigrid::CYCLES,
    stylize::{Options, change_at_full_size, mixed_change},
};

impl GpuEngine {
    /// The photo's gradients ∂I and the gradients `G = ∂I + t·Δ` that the picture is rebuilt from, both `[6, H, W]`; Δ is
    /// what the GPU computed.
    ///
    /// # Errors
    /// When style or photo are missing, the device was lost, or the GPU refused a command.
    pub async fn gradients(&mut self, options: &Options) -> Result<(Planes, Planes), GpuError> {
        let encoder = self.encode(options, CYCLES, None)?;
        self.gpu.queue.submit([encoder.finish()]);
        let options = options.clamped();
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let Geometry { full, work } = frame.geometry;
        let photo = self.gpu.read_all(&frame.photo).await?;
        let photo = probe::planes(&bytemuck::pod_collect_to_vec(&photo), 1, full, 0);
        let mut changes = Vec::new();
        for (slot, weight) in self.shares(&options).into_iter().enumerate() {
            if weight > 0.0 {
                let change = self.gpu.read_all(frame.working.change(slot)).await?;
                let change = probe::planes(&bytemuck::pod_collect_to_vec(&change), 2, work, 0);
                changes.push((weight, change));
            }
        }
        let changes: Vec<_> = changes.iter().map(|(weight, c)| (*weight, c)).collect();
        let change = mixed_change(&changes);
        let original = gradient(&photo);
        let mut styled = original.clone();
        for (value, change) in styled
            .data
            .iter_mut()
            .zip(change_at_full_size(change, full.0, full.1).data)
        {
            *value += options.strength * change;
        }
        Ok((original, styled))
    }

    /// Milliseconds of each kernel of a whole frame from photo to solution, in order, each waited for: what a frame
    /// spends where. The sum is more than a frame takes in one submit.
    ///
    /// # Errors
    /// As [`paint`](Self::paint).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn timings(&mut self, options: &Options) -> Result<Vec<(&'static str, f64)>, GpuError> {
        self.stale.gradients = true;
        self.stale.change = [true; 2];
        let options = self.effective(options);
        self.prepare_networks(&options)?;
        let frame = self.frame.as_ref().ok_or(GpuError::NoPhoto)?;
        let mut timings = Vec::new();
        for dispatch in self.plan(frame, &options, CYCLES) {
            let start = std::time::Instant::now();
            self.gpu.run([dispatch]);
            self.gpu.wait()?;
            timings.push((dispatch.label, start.elapsed().as_secs_f64() * 1e3));
        }
        Ok(timings)
    }
}
