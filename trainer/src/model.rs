//! Loading style records from disk.

use std::path::Path;

use anyhow::{Context, Result};
use limn::style::Style;

/// Loads a record.
///
/// # Errors
/// When it cannot be read or is no valid record.
pub fn load(path: &Path) -> Result<Style> {
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the model {}", path.display()))?;
    Style::from_bytes(&bytes).with_context(|| format!("{} is refused", path.display()))
}
