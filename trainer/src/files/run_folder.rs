//! The files of a run folder that say what the run was: `config.toml`, the recipe as it was read, and `run.toml`,
//! everything else that the weights depend on.

use std::{io::Write, path::Path};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What `run.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Name and version of the program that started the run.
    pub program: String,
    pub seed: u64,
    pub device: String,
    pub photos: String,
    pub references: String,
    /// The record that training began at, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<String>,
    /// Of the VGG-16 weight file, where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vgg_sha256: Option<String>,
    /// Pairs learnt from.
    pub pairs: usize,
    /// Names of the pairs not learnt from.
    pub held_out: Vec<String>,
    /// Pairs left out because a file of theirs could not be read.
    pub skipped: Vec<String>,
    /// The steps at which training was taken up: 0, and then those of `--resume`.
    pub started_at: Vec<usize>,
}

impl RunRecord {
    /// Writes `run.toml`. A resumed run keeps the starts that the file lists already.
    ///
    /// # Errors
    /// When the file cannot be written, or an earlier one cannot be read.
    pub fn write(mut self, run: &Path) -> Result<()> {
        let path = run.join("run.toml");
        let is_resumed = self.started_at.iter().any(|step| *step > 0);
        if is_resumed && path.is_file() {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let earlier: Self = toml::from_str(&text)
                .with_context(|| format!("{} is not what this program writes", path.display()))?;
            self.program = earlier.program;
            self.initial = earlier.initial;
            self.started_at.splice(0..0, earlier.started_at);
        }
        write_atomically(&path, toml::to_string_pretty(&self)?.as_bytes())
    }
}

/// Writes a whole file, or leaves the old one untouched: on a full disk nothing that was there is lost.
///
/// # Errors
/// When the file cannot be written; what was written of it is removed.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension("partial");
    let write = || {
        let mut file = std::fs::File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&partial, path)
    };
    write()
        .inspect_err(|_| {
            // The reason reported is the first one; a leftover is harmless.
            let _ = std::fs::remove_file(&partial);
        })
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resumed_run_lists_all_its_starts() {
        let dir = tempfile::tempdir().unwrap();
        let record = |program: &str, step| RunRecord {
            program: program.into(),
            seed: 3,
            device: "flex".into(),
            photos: "photos".into(),
            references: "references".into(),
            initial: None,
            vgg_sha256: None,
            pairs: 2,
            held_out: vec!["a".into()],
            skipped: Vec::new(),
            started_at: vec![step],
        };
        record("limn-trainer 1", 0).write(dir.path()).unwrap();
        record("limn-trainer 2", 10).write(dir.path()).unwrap();
        let text = std::fs::read_to_string(dir.path().join("run.toml")).unwrap();
        let found: RunRecord = toml::from_str(&text).unwrap();
        assert_eq!(found.started_at, [0, 10]);
        assert_eq!(found.program, "limn-trainer 1");
    }

    #[test]
    fn a_failed_write_keeps_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        write_atomically(&path, b"old").unwrap();
        // A folder in the way of the partial file stands for whatever keeps it from being written.
        std::fs::create_dir(dir.path().join("a.partial")).unwrap();
        let error = write_atomically(&path, b"new").unwrap_err();
        assert!(format!("{error:#}").contains("cannot write"), "{error:#}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
    }
}
