//! Checks of the sources that run nothing: formatting, clippy, the documentation's own links and examples, licences,
//! and dependencies that nobody uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    paths,
    setup::{self, WasmToolchain},
    shell::{self, say},
};

/// Licences under which a dependency may be used, by their SPDX names. All let a work of another licence be built with it
/// and be given away, some if their own text goes along; MPL-2.0 and CDLA-Permissive-2.0 ask that of their own files.
const LICENCES: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MPL-2.0",
    "NCSA",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "Unicode-3.0",
    "Zlib",
];

/// Packages that carry the text of their licence and do not name it.
const READ: [(&str, &str); 1] = [("cfg_block", "Apache-2.0")];

/// Platforms whose dependencies are looked at: this one and the page.
const PAGE: &str = "wasm32-unknown-unknown";

type Check = (&'static str, fn() -> Result<()>);

/// From the quickest to the slowest.
const CHECKS: [Check; 6] = [
    ("formatting", formatting),
    ("licences", licences),
    ("unused dependencies", unused),
    ("clippy", clippy),
    ("clippy for the page", clippy_for_the_page),
    ("documentation", documentation),
];

/// Runs all checks and returns how many passed and failed.
pub fn run() -> (u64, u64) {
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in CHECKS {
        let begun = std::time::Instant::now();
        match check() {
            Ok(()) => {
                passed += 1;
                say(format_args!(
                    "{name}: good, in {}",
                    shell::clock(begun.elapsed())
                ));
            }
            Err(error) => {
                failed += 1;
                println!("{name}: {error:#}");
            }
        }
    }
    (passed, failed)
}

/// Whether a part of the toolchain is there that some installations lack.
fn has(subcommand: &str) -> bool {
    let there = shell::output(shell::cargo().args([subcommand, "--version"])).is_some();
    if !there {
        say(format_args!("cargo {subcommand} is not installed; skipped"));
    }
    there
}

fn formatting() -> Result<()> {
    if !has("fmt") {
        return Ok(());
    }
    shell::run(shell::cargo().args(["fmt", "--all", "--", "--check"]))
}

fn clippy() -> Result<()> {
    if !has("clippy") {
        return Ok(());
    }
    shell::run(shell::cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "--deny=warnings",
    ]))
}

/// What is compiled for the page alone. Only where the compiler at hand brings the library for it.
fn clippy_for_the_page() -> Result<()> {
    if !has("clippy") {
        return Ok(());
    }
    let WasmToolchain::Installed = setup::wasm_toolchain()? else {
        say("the wasm target is Debian's, whose compiler has no clippy; skipped");
        return Ok(());
    };
    for feature in ["cpu", "gpu", "transfer"] {
        shell::run(
            shell::cargo()
                .args(["clippy", "--package", "limn", "--lib", "--target", PAGE])
                .args(["--no-default-features", "--features", feature])
                .args(["--", "--deny=warnings"]),
        )?;
    }
    Ok(())
}

/// Links to what is not there, broken HTML, code blocks of no language.
fn documentation() -> Result<()> {
    shell::run(
        shell::cargo()
            .args([
                "doc",
                "--workspace",
                "--no-deps",
                "--document-private-items",
            ])
            .env("RUSTDOCFLAGS", "--deny=warnings"),
    )
}

fn licences() -> Result<()> {
    let mut refused = BTreeSet::new();
    let mut count = 0;
    for package in metadata()?.values() {
        count += 1;
        let name = format!("{} {}", text(package, "name"), text(package, "version"));
        let read = READ.iter().find(|(own, _)| *own == text(package, "name"));
        let licence = package["license"]
            .as_str()
            .or(read.map(|(_, licence)| *licence));
        refused.extend(refusal(&name, licence));
    }
    let lock = paths::root().join("package-lock.json");
    let lock: Value = serde_json::from_slice(&fs::read(lock)?).context("package-lock.json")?;
    for (place, package) in lock["packages"].as_object().context("package-lock.json")? {
        // The first is this checkout itself.
        if !place.is_empty() {
            count += 1;
            refused.extend(refusal(place, package["license"].as_str()));
        }
    }
    let refused: Vec<String> = refused.into_iter().collect();
    ensure!(
        refused.is_empty(),
        "not allowed here: {}",
        refused.join(", ")
    );
    say(format_args!("licences of {count} packages"));
    Ok(())
}

/// What to say of a package that may not be used under any of the allowed licences.
fn refusal(name: &str, licence: Option<&str>) -> Option<String> {
    let Some(licence) = licence else {
        return Some(format!("{name} (names no licence)"));
    };
    // Older packages write a slash for OR.
    let allowed = spdx::Expression::parse_mode(licence, spdx::ParseMode::LAX).is_ok_and(|terms| {
        terms.evaluate(|term| {
            term.license
                .id()
                .is_some_and(|id| LICENCES.contains(&id.name))
        })
    });
    (!allowed).then(|| format!("{name} ({licence})"))
}

/// Every package that the workspace is built from, here and for the page, by its id.
fn metadata() -> Result<BTreeMap<String, Value>> {
    let version = shell::output(shell::cargo().args(["-vV"])).context("cargo does not start")?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("cargo names no host")?;
    let mut packages = BTreeMap::new();
    for platform in [host, PAGE] {
        let text = shell::output(shell::cargo().args([
            "metadata",
            "--format-version=1",
            "--locked",
            "--filter-platform",
            platform,
        ]))
        .context("cargo metadata fails: is Cargo.lock up to date?")?;
        let mut metadata: Value = serde_json::from_str(&text).context("cargo metadata")?;
        let used: BTreeSet<String> = metadata["resolve"]["nodes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|node| Some(node["id"].as_str()?.to_owned()))
            .collect();
        let Value::Array(all) = metadata["packages"].take() else {
            continue;
        };
        for package in all {
            let id = text_of(&package, "id");
            if used.contains(&id) {
                packages.insert(id, package);
            }
        }
    }
    ensure!(!packages.is_empty(), "cargo metadata lists no packages");
    Ok(packages)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn text_of(value: &Value, key: &str) -> String {
    text(value, key).to_owned()
}

/// Every dependency of our own packages is named in their sources. One that is there for its features alone stands in
/// `package.metadata.cargo-machete.ignored`, which the tool of that name reads too.
fn unused() -> Result<()> {
    let mut unused = Vec::new();
    for package in metadata()?
        .values()
        .filter(|package| package["source"].is_null())
    {
        let sources = sources(package)?;
        let ignored: BTreeSet<&str> = package["metadata"]["cargo-machete"]["ignored"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let name = text(dependency, "name");
            let crate_name = dependency["rename"]
                .as_str()
                .unwrap_or(name)
                .replace('-', "_");
            let named = sources.iter().any(|source| names(source, &crate_name));
            if !named && !ignored.contains(name) {
                unused.push(format!("{name} of {}", text(package, "name")));
            }
        }
    }
    unused.dedup();
    ensure!(unused.is_empty(), "nothing uses {}", unused.join(", "));
    Ok(())
}

/// The Rust files of a package's targets.
fn sources(package: &Value) -> Result<Vec<String>> {
    let mut open = BTreeSet::new();
    for target in package["targets"].as_array().into_iter().flatten() {
        let file = PathBuf::from(text(target, "src_path"));
        // A build script is one file beside everything else.
        let alone = file.file_name().is_some_and(|name| name == "build.rs");
        let folder = file.parent().map(Path::to_owned);
        open.insert(if alone {
            file
        } else {
            folder.unwrap_or_default()
        });
    }
    let mut sources = Vec::new();
    while let Some(path) = open.pop_first() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.insert(entry?.path());
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push(fs::read_to_string(&path)?);
        }
    }
    Ok(sources)
}

/// Whether the source names the crate: `name::…`, `use name`, `extern crate name`; not in comments of their own line.
fn names(source: &str, name: &str) -> bool {
    let lines = source.lines().map(str::trim_start);
    lines.filter(|line| !line.starts_with("//")).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + name.len()..]);
            let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
            let begins = !before.ends_with(part_of_a_word);
            let ends = !after.starts_with(part_of_a_word);
            let imported = before.ends_with("use ") || before.ends_with("extern crate ");
            begins && ends && (imported || after.starts_with("::"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_as_terms() {
        for licence in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR Apache-2.0) AND OFL-1.1 AND Ubuntu-font-1.0",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(refusal("a", Some(licence)), None, "{licence}");
        }
        for licence in [
            Some("GPL-3.0-only"),
            Some("MIT AND GPL-3.0-only"),
            Some("LGPL-2.1-or-later"),
            Some("see the file"),
            None,
        ] {
            assert!(refusal("a", licence).is_some(), "{licence:?}");
        }
    }

    #[test]
    fn a_crate_is_named_by_its_paths_and_imports_alone() {
        for source in [
            "use half::f16;",
            "let x = half::f16::ZERO;",
            "    use half;",
            "use {half::f16, other};",
            "extern crate half;",
        ] {
            assert!(names(source, "half"), "{source}");
        }
        for source in [
            "let half = 2;",
            "// use half::f16;",
            "use other_half::f16;",
            "halves::f()",
            "other::half(1)",
        ] {
            assert!(!names(source, "half"), "{source}");
        }
    }
}
