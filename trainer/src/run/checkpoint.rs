//! Checkpoints of a training run: `RUN/step-NNNNNN/` with the network, Adam's state and the seed. The patches need no
//! generator state, since [`crate::fit::data::sample`] draws them from seed and step.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use burn::{module::Module, store::ModuleRecord, tensor::Device};
use serde::{Deserialize, Serialize};

use crate::{files::run_folder::write_atomically, fit::trainer::Trainer, recipe::Config};

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

/// Writes a checkpoint; it takes its final name only when it is complete and on the disk.
///
/// # Errors
/// When a weight is not finite, or a file cannot be written, as on a full disk. Earlier checkpoints are then untouched,
/// and nothing is left of this one.
pub fn save(run: &Path, trainer: &Trainer, seed: u64) -> Result<()> {
    let folder = run.join(format!("step-{:06}", trainer.step));
    // Derivatives can overflow where the loss does not; the next step would notice, but this file would be lost.
    ensure!(
        trainer.net.is_finite(),
        "the weights are not finite after step {}",
        trainer.step
    );
    write(run, &folder, trainer, seed)
        .inspect_err(|_| {
            // Frees what a full disk still took of it; the first error is the one to report.
            let _ = std::fs::remove_dir_all(run.join(PARTIAL));
        })
        .with_context(|| format!("cannot write the checkpoint {}", folder.display()))
}

/// Folder of a checkpoint that is being written.
const PARTIAL: &str = "step-partial";

fn write(run: &Path, folder: &Path, trainer: &Trainer, seed: u64) -> Result<()> {
    let partial = run.join(PARTIAL);
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    std::fs::create_dir_all(&partial)?;
    trainer
        .net
        .clone()
        .into_record()
        .save(partial.join("network.bpk"))
        .map_err(|error| anyhow!("{error}"))?;
    trainer
        .optimizer
        .save(partial.join("adam.bpk"))
        .map_err(|error| anyhow!("{error}"))?;
    let state = State {
        step: trainer.step,
        seed,
    };
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
    /// The trainer as it was.
    ///
    /// # Errors
    /// When a file is missing or damaged, or the run had another width, variant or seed.
    pub fn load(&self, config: &Config, seed: u64, device: &Device) -> Result<Trainer> {
        self.read(config, seed, device)
            .with_context(|| format!("cannot resume from {}", self.folder.display()))
    }

    fn read(&self, config: &Config, seed: u64, device: &Device) -> Result<Trainer> {
        let state: State =
            serde_json::from_str(&std::fs::read_to_string(self.folder.join("state.json"))?)?;
        ensure!(
            state.seed == seed,
            "the run was started with --seed {}",
            state.seed
        );
        let fresh = Trainer::new(config.style.width, &config.variant, seed, device);
        let record = ModuleRecord::load(self.folder.join("network.bpk"))
            .map_err(|error| anyhow!("{error}"))?;
        let net = fresh
            .net
            .try_load_record(record)
            .map_err(|error| anyhow!("{error}"))?;
        let optimizer = fresh
            .optimizer
            .load(self.folder.join("adam.bpk"))
            .map_err(|error| anyhow!("{error}"))?;
        Ok(Trainer {
            net,
            optimizer,
            step: state.step,
        })
    }
}
