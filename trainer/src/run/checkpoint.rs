//! Checkpoints of a training run: `RUN/step-NNNNNN/` with what the task saves, the step and the seed. The data need no
//! generator state, since a [`super::Source`] draws them from the step alone.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::Task;
use crate::files::run_folder::write_atomically;

/// Checkpoints that are kept; older ones are removed.
const KEPT: usize = 2;

#[derive(Serialize, Deserialize)]
struct State {
    step: usize,
    seed: u64,
}

/// A complete checkpoint on disk.
pub struct Checkpoint {
    folder: PathBuf,
    pub step: usize,
}

/// Writes a checkpoint of `task` after `step` steps; it takes its final name only when it is complete and on the disk.
///
/// # Errors
/// When a weight is not finite, or a file cannot be written, as on a full disk. Earlier checkpoints are then untouched,
/// and nothing is left of this one.
pub fn save(run: &Path, task: &impl Task, step: usize, seed: u64) -> Result<()> {
    let folder = run.join(format!("step-{step:06}"));
    // Derivatives can overflow where the loss does not; the next step would notice, but this file would be lost.
    ensure!(
        task.is_finite(),
        "the weights are not finite after step {step}"
    );
    write(run, &folder, task, State { step, seed })
        .inspect_err(|_| {
            // Frees what a full disk still took of it; the first error is the one to report.
            let _ = std::fs::remove_dir_all(run.join(PARTIAL));
        })
        .with_context(|| format!("cannot write the checkpoint {}", folder.display()))
}

/// Folder of a checkpoint that is being written.
const PARTIAL: &str = "step-partial";

fn write(run: &Path, folder: &Path, task: &impl Task, state: State) -> Result<()> {
    let partial = run.join(PARTIAL);
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::create_dir_all(&partial)?;
    task.save(&partial)?;
    write_atomically(
        &partial.join("state.json"),
        serde_json::to_string(&state)?.as_bytes(),
    )?;
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::rename(&partial, folder)?;
    let mut all = list(run)?;
    while all.len() > KEPT {
        std::fs::remove_dir_all(all.remove(0).folder)?;
    }
    Ok(())
}

/// The run's latest checkpoint, if it has one.
///
/// # Errors
/// When the folder cannot be read.
pub fn last(run: &Path) -> Result<Option<Checkpoint>> {
    if !run.is_dir() {
        return Ok(None);
    }
    Ok(list(run)?.pop())
}

/// All checkpoints, oldest first.
fn list(run: &Path) -> Result<Vec<Checkpoint>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(run)? {
        let folder = entry?.path();
        let step = folder
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix("step-")?.parse().ok());
        if let Some(step) = step {
            found.push(Checkpoint { folder, step });
        }
    }
    found.sort_by_key(|checkpoint| checkpoint.step);
    Ok(found)
}

impl Checkpoint {
    /// Brings `task` to where it was, and returns the number of its steps.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the run had another task or seed.
    pub fn load(&self, task: &mut impl Task, seed: u64) -> Result<usize> {
        self.read(task, seed)
            .with_context(|| format!("cannot resume from {}", self.folder.display()))
    }

    fn read(&self, task: &mut impl Task, seed: u64) -> Result<usize> {
        let state: State =
            serde_json::from_str(&std::fs::read_to_string(self.folder.join("state.json"))?)?;
        ensure!(
            state.seed == seed,
            "the run was started with --seed {}",
            state.seed
        );
        task.load(&self.folder)?;
        Ok(state.step)
    }
}
