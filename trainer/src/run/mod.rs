//! A training run, whatever is trained: the loop over its steps ([`session`]), and what it leaves behind in its folder:
//! tables, curves, checkpoints and samples. What is trained, and on what, is a [`Task`] and its [`Source`]; [`crate::fit`]
//! has the one for styles.

pub mod checkpoint;
mod cost;
mod curves;
pub mod device;
mod losses;
mod prefetch;
mod progress;
pub mod session;
pub mod table;

use std::path::Path;

use anyhow::Result;

pub use cost::Cost;
pub use losses::Losses;
#[cfg(test)]
pub use prefetch::prefetch;

/// Where the data of the steps come from.
pub trait Source: Sync {
    /// What one step learns from.
    type Draw: Send;

    /// Draws for `step`, counted from zero. The result depends on the step and on the source alone, so that a resumed
    /// run sees what an uninterrupted one would have seen; it is drawn on a thread of its own, ahead of the step.
    fn draw(&self, step: usize) -> Self::Draw;
}

/// Something that is trained by a descent along derivatives: one network or several, with what their optimisers
/// remember.
pub trait Task {
    type Source: Source;
    /// The derivatives of one step.
    type Gradients;

    /// Names of the loss's terms, by which tables and curves call them.
    fn terms(&self) -> &[&'static str];

    /// The optimiser's step size at `step`, counted from zero.
    fn learning_rate(&self, step: usize) -> f64;

    /// The loss on `draw`, and its derivatives with respect to the weights. Nothing changes yet: a step whose loss is not
    /// finite is not taken.
    fn differentiate(
        &self,
        draw: <Self::Source as Source>::Draw,
        step: usize,
        cost: &Cost,
    ) -> (Losses, Self::Gradients);

    /// Takes the step.
    fn update(&mut self, gradients: Self::Gradients, learning_rate: f64);

    /// Whether all weights are finite.
    fn is_finite(&self) -> bool;

    /// Writes weights and the optimiser's state into `folder`, which exists.
    ///
    /// # Errors
    /// When a file cannot be written.
    fn save(&self, folder: &Path) -> Result<()>;

    /// Takes up what [`save`](Self::save) wrote: from there on every step is the same to the bit.
    ///
    /// # Errors
    /// When a file is missing, damaged, or of a task of another shape.
    fn load(&mut self, folder: &Path) -> Result<()>;

    /// The loss on data that are not learnt from, weighted as at `step`; `None` without such data.
    fn validate(&self, _step: usize) -> Option<Losses> {
        None
    }

    /// Writes a picture of what was learnt so far to `path` (.png), if there is something to show. What is to be said
    /// about it in a line is returned.
    ///
    /// # Errors
    /// When it cannot be written.
    fn sample(&self, _path: &Path) -> Result<Option<String>> {
        Ok(None)
    }

    /// Writes what is wanted of a finished run into its folder.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(&self, _run: &Path) -> Result<()> {
        Ok(())
    }
}
