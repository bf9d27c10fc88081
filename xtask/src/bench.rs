//! `cargo xtask bench`: Limn beside its peers, on this machine.

use std::{fs, path::Path};

use anyhow::{Context, Result};

use crate::{dist, paths, setup, shell, test::NATIVE};

/// The peer, pinned, so that two runs compare with the same. It is fetched here alone: nothing that is built or tested
/// needs it.
const PEER: &str = "onnxruntime-web@1.30.0";

/// Style whose weights both run.
const STYLE: &str = "pencil";

/// Builds the page, exports networks as ONNX, fetches onnxruntime-web, times both in both browsers, and writes
/// `docs/benchmarks.md`; the numbers behind it lie in `target/bench/web.json`.
///
/// `LIMN_BENCH_SIZES` (`256 512`) and `LIMN_BENCH_REPETITIONS` (`5`) say how much.
pub fn web() -> Result<()> {
    let browsers = setup::for_tests()?;
    dist::run()?;
    let folder = paths::target().join("bench");
    let page = folder.join("dist");
    if page.exists() {
        fs::remove_dir_all(&page)?;
    }
    fs::create_dir_all(&page)?;
    dist::copy_folder(&paths::dist(), &page, &|_| true)?;
    let mut cargo = shell::cargo();
    cargo.args(["build", "--release", "--bin", "limn-trainer"]);
    shell::run(cargo.args(NATIVE))?;
    for width in [8, 16] {
        export(&folder, width)?;
    }
    // A package of its own, or npm would add to the checkout's.
    fs::write(folder.join("package.json"), "{ \"private\": true }\n")?;
    shell::run(
        shell::command("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                PEER,
            ])
            .current_dir(&folder),
    )
    .context("onnxruntime-web could not be installed (is there network?)")?;
    shell::run(
        shell::command("node")
            .arg("tests/bench/web.mjs")
            .arg(&folder)
            .env("LIMN_CHROMIUM", &browsers.chromium)
            .env("LIMN_FIREFOX", &browsers.firefox),
    )?;
    let report = paths::root().join("docs/benchmarks.md");
    fs::copy(folder.join("web.md"), &report)
        .with_context(|| format!("cannot write {}", report.display()))?;
    shell::say(format_args!("the report is in {}", report.display()));
    Ok(())
}

/// Puts a width's record and the same as ONNX into `folder`.
fn export(folder: &Path, width: usize) -> Result<()> {
    let record = paths::root().join(format!("models/{STYLE}-c{width}.bpk"));
    fs::copy(&record, folder.join(format!("c{width}.bpk")))
        .with_context(|| format!("cannot copy {}", record.display()))?;
    let trainer = paths::target().join("release/limn-trainer");
    shell::run(
        shell::command(trainer)
            .args(["export-onnx", "--model"])
            .arg(record)
            .arg("--output")
            .arg(folder.join(format!("c{width}.onnx"))),
    )
}
