//! Puts the page together in `dist/` and weighs it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    paths, setup,
    shell::{self, say},
    wasm::{self, Bundle},
};

/// What the first visit on the GPU path may weigh: html + css + js + the GPU engine + the default style, brotli.
pub const FIRST_LOAD_LIMIT: usize = 800 * 1024;

/// Builds both engines and the page into `dist/`, prints the sizes, and fails where the first load is too heavy.
/// Returns the weight of the first load in bytes of brotli.
pub fn run() -> Result<usize> {
    let toolchain = setup::for_build()?;
    let gpu = wasm::GPU.build(&toolchain)?;
    let cpu = wasm::CPU.build(&toolchain)?;
    let dist = paths::dist();
    if dist.exists() {
        fs::remove_dir_all(&dist).context("dist/ could not be emptied")?;
    }
    copy_folder(&paths::root().join("www"), &dist, &|path| {
        // For the type checker alone.
        !path.ends_with("tsconfig.json") && !path.ends_with("types")
    })?;
    for (bundle, folder) in [(wasm::GPU, gpu), (wasm::CPU, cpu)] {
        copy_bundle(&bundle, &folder, &dist.join("pkg"))?;
    }
    copy_folder(
        &paths::root().join("models"),
        &dist.join("models"),
        &|path| {
            path.extension().is_some_and(|extension| extension == "bpk")
                || path.ends_with("styles.json")
        },
    )?;
    declare_types()?;
    let files = weigh(&dist)?;
    print_table(&files);
    let first = first_load(&files)?;
    say(format_args!(
        "first load on the GPU path: {:.1} KB brotli of {} KB allowed",
        kilobytes(first),
        FIRST_LOAD_LIMIT / 1024
    ));
    if first > FIRST_LOAD_LIMIT {
        bail!("the first load is {first} bytes of brotli and may be {FIRST_LOAD_LIMIT}");
    }
    Ok(first)
}

fn copy_bundle(bundle: &Bundle, from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in [".js", ".d.ts", "_bg.wasm"].map(|end| format!("{}{end}", bundle.name)) {
        fs::copy(from.join(&file), to.join(&file)).with_context(|| file.clone())?;
    }
    Ok(())
}

/// Writes `limn.d.ts` beside `limn.js`, for pages that use it from TypeScript, where the compiler is there.
fn declare_types() -> Result<()> {
    let tsc = paths::root().join("node_modules/.bin/tsc");
    if !tsc.exists() || shell::find(&["node"]).is_none() {
        say("limn.d.ts: no TypeScript compiler; going on without");
        return Ok(());
    }
    let mut command = shell::command(tsc);
    command.args([
        "--project",
        "www/tsconfig.json",
        "--noEmit",
        "false",
        "--declaration",
        "--emitDeclarationOnly",
    ]);
    let scratch = paths::target().join("types");
    shell::run(command.arg("--outDir").arg(&scratch))?;
    fs::copy(scratch.join("limn.d.ts"), paths::dist().join("limn.d.ts")).context("limn.d.ts")?;
    Ok(())
}

fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        let target = to.join(path.file_name().context("a file without a name")?);
        if !wanted(&path) {
            continue;
        }
        if path.is_dir() {
            copy_folder(&path, &target, wanted)?;
        } else {
            fs::copy(&path, &target).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// One file of `dist/`.
struct Weighed {
    /// With forward slashes, from `dist/`.
    name: String,
    path: PathBuf,
    raw: usize,
    brotli: usize,
}

fn weigh(dist: &Path) -> Result<Vec<Weighed>> {
    let mut files = Vec::new();
    let mut folders = vec![dist.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path)?;
            let name = path
                .strip_prefix(dist)?
                .components()
                .map(|c| c.as_os_str().to_string_lossy());
            let name = name.collect::<Vec<_>>().join("/");
            files.push(Weighed {
                name,
                raw: bytes.len(),
                brotli: brotli_size(&bytes)?,
                path,
            });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn brotli_size(bytes: &[u8]) -> Result<usize> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters)?;
    Ok(packed.len())
}

/// The sum over all that a first visit may fetch with a GPU: every file of the page, the GPU engine, the default style.
/// The CPU engine, the other styles and type declarations are fetched later or never.
fn first_load(files: &[Weighed]) -> Result<usize> {
    let styles = files
        .iter()
        .find(|file| file.name == "models/styles.json")
        .context("models/styles.json is missing")?;
    let styles: Value =
        serde_json::from_slice(&fs::read(&styles.path)?).context("models/styles.json")?;
    let default = styles["styles"][0]["file"]
        .as_str()
        .context("models/styles.json names no style")?;
    let default = format!("models/{default}");
    if !files.iter().any(|file| file.name == default) {
        bail!("models/styles.json names {default}, which is not there");
    }
    let counted = files
        .iter()
        .filter(|file| is_first_load(&file.name, &default));
    Ok(counted.map(|file| file.brotli).sum())
}

fn is_first_load(name: &str, default_style: &str) -> bool {
    match name.split_once('/') {
        _ if name.ends_with(".d.ts") => false,
        Some(("pkg", file)) => file.starts_with(wasm::GPU.name),
        Some(("models", _)) => name == default_style || name == "models/styles.json",
        _ => true,
    }
}

fn print_table(files: &[Weighed]) {
    println!("{:<36}{:>12}{:>12}", "dist/", "raw KB", "brotli KB");
    for file in files {
        println!(
            "{:<36}{:>12.1}{:>12.1}",
            file.name,
            kilobytes(file.raw),
            kilobytes(file.brotli)
        );
    }
}

fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1024.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_load_counts_the_page_the_gpu_engine_and_the_default_style_alone() {
        let default = "models/mosaic-c16.bpk";
        for name in [
            "index.html",
            "style.css",
            "worker.js",
            "icons/a.svg",
            "pkg/limn_gpu_bg.wasm",
            "pkg/limn_gpu.js",
        ] {
            assert!(is_first_load(name, default), "{name}");
        }
        assert!(is_first_load("models/styles.json", default) && is_first_load(default, default));
        for name in [
            "pkg/limn_cpu_bg.wasm",
            "pkg/limn_cpu.js",
            "pkg/limn_gpu.d.ts",
            "models/candy-c16.bpk",
        ] {
            assert!(!is_first_load(name, default), "{name}");
        }
    }

    #[test]
    fn brotli_packs_what_repeats() {
        let size = brotli_size(&[7; 100_000]).unwrap();
        assert!(size < 100, "{size}");
    }
}
