//! Builds the bundles: the crate for wasm32, wasm-bindgen's glue around it, wasm-opt over it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    digest, paths,
    setup::{self, WasmToolchain},
    shell::{self, say},
};

/// One of the engines, or what else the page computes, as a wasm of its own.
pub struct Bundle {
    /// The stem of its files: `NAME.js`, `NAME.d.ts`, `NAME_bg.wasm`.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    feature: &'static str,
}

/// In the order in which they are built: the one that is there sooner comes first.
pub const BUNDLES: [Bundle; 3] = [
    // Fetched where there is no WebGPU.
    Bundle {
        name: "limn_cpu",
        title: "the CPU engine",
        feature: "cpu",
    },
    // In the page's first load.
    Bundle {
        name: "limn_gpu",
        title: "the WebGPU engine",
        feature: "gpu",
    },
    // Fetched by those who match a photo to another picture.
    Bundle {
        name: "limn_transfer",
        title: "colour transfer",
        feature: "transfer",
    },
];

/// For all: every browser with WebAssembly today has SIMD, those with WebGPU among them; and with the same flags they
/// share what they both depend on.
const RUSTFLAGS: &str = "-Ctarget-feature=+simd128";

/// How much a build may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effort {
    /// What is published: cargo's profile `web`, and wasm-opt.
    Full,
    /// What one looks at while working on the page: cargo's profile `web-quick`, as it comes from the compiler.
    Quick,
}

impl Effort {
    fn profile(self) -> &'static str {
        match self {
            Self::Full => "web",
            Self::Quick => "web-quick",
        }
    }
}

/// wasm-opt's level, after rustc has optimised already.
const OPTIMISE: &str = "-O3";

impl Bundle {
    /// Names of its files.
    pub fn files(&self) -> [String; 3] {
        [".js", ".d.ts", "_bg.wasm"].map(|end| format!("{}{end}", self.name))
    }

    /// Builds the bundle and returns the folder that holds its files. Where they are there already, from the same sources
    /// and tools, nothing is done: cargo, which keeps one wasm of a crate and not one for each feature, would build it anew.
    pub fn build(&self, toolchain: &WasmToolchain, effort: Effort) -> Result<PathBuf> {
        let target = paths::target().join("wasm");
        let profile = effort.profile();
        let folder = target.join(profile).join(self.name);
        let optimiser = (effort == Effort::Full).then(Optimiser::find).flatten();
        let tools = optimiser.as_ref().map_or("none", |o| o.version.as_str());
        let key = [
            &sources()?,
            &toolchain.version()?,
            RUSTFLAGS,
            tools,
            OPTIMISE,
        ]
        .join("\n");
        let stamp = folder.join("key");
        if fs::read_to_string(&stamp).is_ok_and(|old| old == key) {
            return Ok(folder);
        }
        let mut cargo = toolchain.cargo_build();
        cargo
            .args(["--package", "limn", "--lib", "--profile", profile])
            .args(["--no-default-features", "--features", self.feature])
            .arg("--target-dir")
            .arg(&target)
            // Flags meant for the native build have no place here.
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", RUSTFLAGS);
        shell::run(&mut cargo)?;
        let built = target.join(format!("wasm32-unknown-unknown/{profile}/limn.wasm"));
        self.bind(&built, &folder, optimiser)?;
        fs::write(stamp, key)?;
        Ok(folder)
    }

    /// Leaves the glue and the wasm, shrunk where there is something to shrink it with, in `folder`.
    fn bind(&self, built: &Path, folder: &Path, optimiser: Option<Optimiser>) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        say(format_args!("wasm-bindgen: {}", self.name));
        let mut bindgen = Bindgen::new();
        bindgen
            .input_path(built)
            .out_name(self.name)
            .typescript(true)
            .web(true)?;
        bindgen.generate(folder).context("wasm-bindgen")?;
        if let Some(optimiser) = optimiser {
            optimiser.shrink(&folder.join(format!("{}_bg.wasm", self.name)))?;
        }
        Ok(())
    }
}

/// Digest of everything of the checkout that goes into the bundles.
pub fn sources() -> Result<String> {
    let root = paths::root();
    let mut open: BTreeSet<PathBuf> = ["src", "Cargo.toml", "Cargo.lock"]
        .map(|name| root.join(name))
        .into();
    let mut all = Vec::new();
    while let Some(path) = open.pop_first() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.insert(entry?.path());
            }
        } else {
            let text = fs::read(&path).with_context(|| path.display().to_string())?;
            all.push(format!(
                "{} {}",
                path.strip_prefix(&root)?.display(),
                digest::sha256(&text)
            ));
        }
    }
    Ok(digest::sha256(all.join("\n").as_bytes()))
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
    fn shrink(&self, wasm: &Path) -> Result<()> {
        let shrunk = wasm.with_extension("opt");
        shell::run(
            shell::command(&self.path)
                .args([
                    OPTIMISE,
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
