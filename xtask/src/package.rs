//! Puts the engine together as an npm package: `limn.js` and its types, both bundles, the style records and the licences.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{dist, paths, shell::say};

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
    copy_modules(dist, "limn.js", &folder)?;
    copy(&root.join("www/limn.d.ts"), &folder.join("limn.d.ts"))?;
    copy_files(
        &dist.join("pkg"),
        &folder.join("pkg"),
        &["js", "ts", "wasm"],
    )?;
    copy_files(
        &dist.join("models"),
        &folder.join("styles"),
        &["bpk", "json"],
    )?;
    say(format_args!("the package is in {}", folder.display()));
    Ok(folder)
}

/// Copies a script and whatever it imports from its own folder.
fn copy_modules(from: &Path, name: &str, to: &Path) -> Result<()> {
    if to.join(name).exists() {
        return Ok(());
    }
    copy(&from.join(name), &to.join(name))?;
    for imported in imports(&fs::read_to_string(from.join(name))?) {
        copy_modules(from, imported, to)?;
    }
    Ok(())
}

/// Names of the files that a script imports at its start: `import { … } from "./name.js";`.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    script.split(" from \"./").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('"')?;
        name.ends_with(".js").then_some(name)
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_s_imports_are_found_and_its_types_are_not() {
        let script = "/** @typedef {import(\"./limn.d.ts\").Info} Info */\nimport { a,\n  b } from \"./tiles.js\";\n\
                      import { c } from \"./more.js\";\nconst x = Array.from(\"./no\");\n";
        assert_eq!(imports(script).collect::<Vec<_>>(), ["tiles.js", "more.js"]);
    }
}
