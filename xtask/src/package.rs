//! Puts the engine together as an npm package: the page's library as it lies in `dist/limn/`, types made from its comments,
//! the style records and the licences.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    dist, paths,
    shell::{self, say},
};

/// Builds the page, takes the package's files from `dist/` and leaves them in `target/package/`, ready for `npm pack`.
pub fn run() -> Result<PathBuf> {
    dist::run()?;
    assemble(&paths::dist(), &paths::target().join("package"))
}

/// The same from the `dist/` that is there.
pub fn run_from_dist() -> Result<PathBuf> {
    assemble(&paths::dist(), &paths::target().join("package"))
}

fn assemble(dist: &Path, parent: &Path) -> Result<PathBuf> {
    let root = paths::root();
    let text = fs::read_to_string(root.join("xtask/npm/package.json"))
        .context("xtask/npm/package.json")?;
    let mut package: Value = serde_json::from_str(&text).context("xtask/npm/package.json")?;
    // The crate's version is the package's too.
    package["version"] = env!("CARGO_PKG_VERSION").into();
    let name = package["name"].as_str().context("a package has a name")?;
    let folder = parent.join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join("package.json"),
        format!("{}\n", serde_json::to_string_pretty(&package)?),
    )?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&root.join(licence), &folder.join(licence))?;
    }
    copy(&root.join("xtask/npm/README.md"), &folder.join("README.md"))?;
    dist::copy_folder(&dist.join("limn"), &folder, &|_| true)?;
    write_types(&folder)?;
    copy_files(
        &dist.join("models"),
        &folder.join("styles"),
        &["bpk", "json"],
    )?;
    say(format_args!("the package is in {}", folder.display()));
    Ok(folder)
}

fn write_types(to: &Path) -> Result<()> {
    let root = paths::root();
    let mut tsc = shell::command(root.join("node_modules/.bin/tsc"));
    tsc.arg("--project").arg(root.join("xtask/npm"));
    tsc.arg("--outDir").arg(to);
    shell::run(&mut tsc).context("the types of the package (`npm ci` fetches the compiler)")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .with_context(|| from.display().to_string())
        .map(drop)
}

/// Copies the files of a folder (not of those in it) with one of the extensions; there must be some.
fn copy_files(from: &Path, to: &Path, extensions: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut count = 0;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let wanted = path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| extensions.contains(&extension));
        if let (true, Some(name)) = (wanted && path.is_file(), path.file_name()) {
            copy(&path, &to.join(name))?;
            count += 1;
        }
    }
    ensure!(count > 0, "{} holds nothing to package", from.display());
    Ok(())
}
