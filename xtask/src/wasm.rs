//! Builds the two engine bundles: the crate for wasm32, wasm-bindgen's glue around it, wasm-opt over it.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    paths,
    setup::{self, WasmToolchain},
    shell::{self, say},
};

/// One of the two engines, as a wasm of its own.
pub struct Bundle {
    /// The stem of its files: `NAME.js`, `NAME.d.ts`, `NAME_bg.wasm`.
    pub name: &'static str,
    feature: &'static str,
    rustflags: &'static str,
    lto: &'static str,
    /// wasm-opt's level, after rustc has optimised already.
    optimise: &'static str,
}

/// The engine on WebGPU, in the page's first load; link-time optimised for size.
pub const GPU: Bundle = Bundle {
    name: "limn_gpu",
    feature: "gpu",
    rustflags: "",
    lto: "fat",
    optimise: "-O3",
};

/// The engine on the CPU, fetched where there is no WebGPU. Every browser with WebAssembly today has SIMD. Burn is compiled
/// along and left out by the linker; fat LTO would take minutes over it.
pub const CPU: Bundle = Bundle {
    name: "limn_cpu",
    feature: "cpu",
    rustflags: "-Ctarget-feature=+simd128",
    lto: "thin",
    optimise: "-O1",
};

impl Bundle {
    /// Builds the bundle and returns the folder that holds its files.
    pub fn build(&self, toolchain: &WasmToolchain) -> Result<PathBuf> {
        // A target directory each: their flags differ, and would push one another out of the cache.
        let target = paths::target().join(format!("wasm-{}", self.feature));
        let mut cargo = toolchain.cargo_build();
        cargo
            .args([
                "--package",
                "limn",
                "--lib",
                "--profile",
                "web",
                "--no-default-features",
                "--features",
            ])
            .arg(self.feature)
            .arg("--target-dir")
            .arg(&target)
            .env("CARGO_PROFILE_WEB_LTO", self.lto)
            // Flags meant for the native build have no place here.
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", self.rustflags);
        shell::run(&mut cargo)?;
        let built = target.join("wasm32-unknown-unknown/web/limn.wasm");
        self.bind(
            &fs::read(&built).with_context(|| built.display().to_string())?,
            &target.join("bundle"),
            &built,
        )
    }

    /// Glue and shrunk wasm in `folder`, unless they are there already from the same bytes and the same tools.
    fn bind(&self, wasm: &[u8], folder: &PathBuf, input: &PathBuf) -> Result<PathBuf> {
        let optimiser = Optimiser::find();
        let key = Sha256::new()
            .chain_update(wasm)
            .chain_update(self.optimise)
            .chain_update(optimiser.as_ref().map_or("none", |o| o.version.as_str()))
            .finalize();
        let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        let stamp = folder.join("key");
        if fs::read_to_string(&stamp).is_ok_and(|old| old == key) {
            return Ok(folder.clone());
        }
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        say(format_args!("wasm-bindgen: {}", self.name));
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(input)
            .out_name(self.name)
            .typescript(true)
            .web(true)?;
        bindgen.generate(folder).context("wasm-bindgen")?;
        if let Some(optimiser) = optimiser {
            optimiser.shrink(
                self.optimise,
                &folder.join(format!("{}_bg.wasm", self.name)),
            )?;
        }
        fs::write(stamp, key)?;
        Ok(folder.clone())
    }
}

struct Optimiser {
    path: PathBuf,
    version: String,
}

impl Optimiser {
    fn find() -> Option<Self> {
        let path = setup::wasm_opt()?;
        let version = shell::output(Command::new(&path).arg("--version"))?;
        Some(Self { path, version })
    }

    /// Shrinks one wasm in place. The features it may use are read from the file's own `target_features`.
    fn shrink(&self, level: &str, wasm: &PathBuf) -> Result<()> {
        let shrunk = wasm.with_extension("opt");
        shell::run(
            shell::command(&self.path)
                .args([
                    level,
                    "--strip-debug",
                    "--strip-producers",
                    "--strip-target-features",
                ])
                .arg(wasm)
                .arg("-o")
                .arg(&shrunk),
        )?;
        fs::rename(&shrunk, wasm)?;
        Ok(())
    }
}
