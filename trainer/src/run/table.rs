//! The tables of a run: `loss.csv`, one row per step, and `validation.csv`, the losses on patches of held-out pairs.

use std::{
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::Losses;
use crate::files::run_folder::write_atomically;

/// Columns that hold no loss.
const STEP: &str = "step";
const LEARNING_RATE: &str = "learning_rate";
const SECONDS: &str = "seconds";

/// The loss columns of a row.
fn columns(losses: &Losses) -> String {
    let values: Vec<String> = losses.values().map(|v| v.to_string()).collect();
    values.join(",")
}

/// A CSV file that grows by rows.
pub struct TableWriter {
    path: PathBuf,
    file: BufWriter<File>,
}

impl TableWriter {
    /// Opens `loss.csv` of a run whose loss has `terms`, taken up at `step`: step, learning rate, losses, seconds that
    /// the step took.
    ///
    /// # Errors
    /// When it cannot be written, or the one that is there has other columns.
    pub fn losses(run: &Path, terms: &[&'static str], step: usize) -> Result<Self> {
        let losses = Losses::columns(terms).join(",");
        let header = format!("{STEP},{LEARNING_RATE},{losses},{SECONDS}");
        Self::open(run.join("loss.csv"), &header, step)
    }

    /// Opens `validation.csv`: step and losses.
    ///
    /// # Errors
    /// As [`losses`](Self::losses).
    pub fn validation(run: &Path, terms: &[&'static str], step: usize) -> Result<Self> {
        let header = format!("{STEP},{}", Losses::columns(terms).join(","));
        Self::open(run.join("validation.csv"), &header, step)
    }

    /// Opens the table of a run that is at `step`: rows after it, written before an interruption, are dropped. The old
    /// file is replaced only when the new one is complete.
    fn open(path: PathBuf, header: &str, step: usize) -> Result<Self> {
        let mut text = format!("{header}\n");
        if step > 0 && path.is_file() {
            let old = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let mut lines = old.lines();
            ensure!(
                lines.next() == Some(header),
                "{} has other columns than this program writes; move it away to go on",
                path.display()
            );
            let is_kept = |line: &&str| {
                let step_of = line.split(',').next().and_then(|s| s.parse::<usize>().ok());
                step_of.is_some_and(|s| s <= step)
            };
            for line in lines.take_while(is_kept) {
                text += line;
                text += "\n";
            }
        }
        write_atomically(&path, text.as_bytes())?;
        let file = File::options()
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path,
            file: BufWriter::new(file),
        })
    }

    /// Appends one row of [`losses`](Self::losses).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push_step(
        &mut self,
        step: usize,
        learning_rate: f64,
        losses: &Losses,
        seconds: f32,
    ) -> Result<()> {
        let losses = columns(losses);
        self.push(&format!("{step},{learning_rate:.6e},{losses},{seconds:.3}"))
    }

    /// Appends one row of [`validation`](Self::validation).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn push_validation(&mut self, step: usize, losses: &Losses) -> Result<()> {
        self.push(&format!("{step},{}", columns(losses)))
    }

    fn push(&mut self, row: &str) -> Result<()> {
        writeln!(self.file, "{row}")
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Hands all rows to the file system.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        self.file
            .flush()
            .with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// A table read back: the columns of numbers by name.
pub struct Table {
    names: Vec<String>,
    rows: Vec<Vec<f64>>,
}

impl Table {
    /// Reads a CSV file of numbers under a row of names.
    ///
    /// # Errors
    /// When it is unreadable, or a row has another length than the names or something that is no number.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not a table of numbers", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let names = lines.next().context("it is empty")?.split(',');
        let names: Vec<String> = names.map(str::to_owned).collect();
        let rows = lines
            .map(|line| {
                let row = line.split(',').map(|v| Ok(v.parse()?));
                let row = row.collect::<Result<Vec<f64>>>()?;
                ensure!(row.len() == names.len(), "its rows differ in length");
                Ok(row)
            })
            .collect::<Result<_>>()?;
        Ok(Self { names, rows })
    }

    /// The columns of losses that are not zero throughout.
    pub fn terms(&self) -> Vec<&str> {
        let names = self.names.iter().map(String::as_str);
        names
            .filter(|name| ![STEP, LEARNING_RATE, SECONDS].contains(name))
            .filter(|name| self.points(name).iter().any(|(_, v)| *v != 0.0))
            .collect()
    }

    /// The step in the last row.
    pub fn last_step(&self) -> Option<usize> {
        let step = self.names.iter().position(|name| name == STEP)?;
        Some(self.rows.last()?[step] as usize)
    }

    /// `(step, value)` of the column `name`; empty where there is none.
    pub fn points(&self, name: &str) -> Vec<(f64, f64)> {
        let column = |name: &str| self.names.iter().position(|n| n == name);
        match (column(STEP), column(name)) {
            (Some(step), Some(value)) => {
                let point = |row: &Vec<f64>| (row[step], row[value]);
                self.rows.iter().map(point).collect()
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_cut_back_to_the_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        let losses = Losses {
            total: 2.0,
            terms: vec![1.5, 0.0],
        };
        let terms = ["pixel", "gram"];
        let mut table = TableWriter::losses(dir.path(), &terms, 0).unwrap();
        for step in 1..=3 {
            table.push_step(step, 1e-3, &losses, 0.5).unwrap();
        }
        drop(table);
        let mut table = TableWriter::losses(dir.path(), &terms, 2).unwrap();
        table.push_step(3, 5e-4, &losses, 0.25).unwrap();
        table.flush().unwrap();
        let read = Table::read(&dir.path().join("loss.csv")).unwrap();
        let expected = [(1.0, 1e-3), (2.0, 1e-3), (3.0, 5e-4)];
        assert_eq!(read.points("learning_rate"), expected);
        assert_eq!(read.points("pixel")[2], (3.0, 1.5));
        assert_eq!(read.terms(), ["total", "pixel"]);
        assert_eq!(read.last_step(), Some(3));
    }

    #[test]
    fn a_table_with_other_columns_is_not_mixed_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("validation.csv");
        std::fs::write(&path, "step,total\n1,2\n").unwrap();
        let error = TableWriter::validation(dir.path(), &["gram"], 1)
            .err()
            .unwrap();
        assert!(error.to_string().contains("other columns"), "{error}");
        // A run from its start replaces it.
        TableWriter::validation(dir.path(), &["gram"], 0).unwrap();
        assert!(Table::read(&path).unwrap().points("gram").is_empty());
    }
}
