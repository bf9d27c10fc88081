//! Finds the tools of the build and of the tests, and installs those that are missing.
//!
//! On Debian and its kin, as root or with a sudo that asks no password, packages come from apt; elsewhere the error
//! names what to install. Nothing that is present is installed again, so a second run is quick and works offline.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    paths,
    shell::{self, say},
};

const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The oldest rustc that can build the workspace (`rust-version` in Cargo.toml), as 1.MINOR.
const OLDEST_RUSTC_MINOR: u32 = 95;

/// The oldest node that can run the tests (`engines` in package.json).
const OLDEST_NODE: (u32, u32) = (20, 15);

/// How to build for the web on this machine.
pub enum WasmToolchain {
    /// The cargo that runs this program has the standard library for wasm.
    Installed,
    /// Debian's cargo and rustc, which build the standard library from its source.
    BuildStd { linker: PathBuf },
}

impl WasmToolchain {
    /// `cargo build` for wasm32, without package, profile or features.
    pub fn cargo_build(&self) -> Command {
        let mut command = match self {
            Self::Installed => shell::cargo(),
            Self::BuildStd { .. } => shell::command("/usr/bin/cargo"),
        };
        command.args(["build", "--target", WASM_TARGET]);
        if let Self::BuildStd { linker } = self {
            command
                .arg("-Zbuild-std=std,panic_abort")
                // Debian's compiler is a stable one; -Z needs leave.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", "/usr/bin/rustc")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        command
    }

    /// What the compiler says of itself.
    pub fn version(&self) -> Result<String> {
        let rustc = match self {
            Self::Installed => std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()),
            Self::BuildStd { .. } => "/usr/bin/rustc".into(),
        };
        shell::output(shell::command(rustc).arg("-vV")).context("rustc does not start")
    }
}

/// The browsers that run the page's tests.
pub struct Browsers {
    pub chromium: PathBuf,
    pub firefox: PathBuf,
}

/// What `dist` and `serve` need: a compiler for wasm; the npm packages where npm is there to fetch them.
pub fn for_build() -> Result<WasmToolchain> {
    let toolchain = wasm_toolchain()?;
    // The page's library, wasm-opt and the TypeScript compiler.
    if shell::find(&["npm"]).is_none() {
        say("no npm to fetch packages with; going on without");
    } else if let Err(error) = npm_packages() {
        say(format_args!(
            "npm packages: not installed ({error:#}); going on without"
        ));
    }
    match wasm_opt() {
        Some(path) => say(format_args!("wasm-opt: {}", path.display())),
        None => say("wasm-opt: not found; going on without"),
    }
    Ok(toolchain)
}

/// What the tests need on top: two browsers, Mesa's software Vulkan, ffmpeg (the trainer's videos), node and its
/// packages.
pub fn for_tests() -> Result<Browsers> {
    let mut missing = Vec::new();
    let mut need = |present: bool, what: &str, packages: &[&'static str]| {
        say(format_args!(
            "{what}: {}",
            if present { "found" } else { "missing" }
        ));
        if !present {
            missing.extend_from_slice(packages);
        }
    };
    need(chromium().is_some(), "Chromium", &["chromium"]);
    need(firefox().is_some(), "Firefox", &["firefox-esr"]);
    need(vulkan_driver(), "a Vulkan driver", &["mesa-vulkan-drivers"]);
    need(vulkan_loader(), "the Vulkan loader", &["libvulkan1"]);
    need(shell::find(&["ffmpeg"]).is_some(), "ffmpeg", &["ffmpeg"]);
    need(shell::find(&["node"]).is_some(), "node", &["nodejs"]);
    need(shell::find(&["npm"]).is_some(), "npm", &["npm"]);
    if !missing.is_empty() {
        apt_install(&missing)?;
    }
    npm_packages()?;
    let node =
        shell::output(shell::command("node").arg("--version")).context("node does not start")?;
    let mut numbers = node
        .trim_start_matches('v')
        .split('.')
        .map(str::parse::<u32>);
    let version = (numbers.next(), numbers.next());
    let (Some(Ok(major)), Some(Ok(minor))) = version else {
        bail!("node says that it is {node}, which is no version");
    };
    if (major, minor) < OLDEST_NODE {
        bail!(
            "the tests need node {}.{} or newer and found {node}: install a newer node (nodejs.org) and run this again",
            OLDEST_NODE.0,
            OLDEST_NODE.1
        );
    }
    Ok(Browsers {
        chromium: chromium().context("chromium was installed but is not on PATH")?,
        firefox: firefox().context("firefox-esr was installed but is not on PATH")?,
    })
}

/// wasm-opt from PATH, else from the npm package binaryen.
pub fn wasm_opt() -> Option<PathBuf> {
    shell::find(&["wasm-opt"]).or_else(|| {
        let local = paths::root().join("node_modules/.bin/wasm-opt");
        (local.exists() && shell::find(&["node"]).is_some()).then_some(local)
    })
}

/// Finds or installs a compiler for wasm.
pub fn wasm_toolchain() -> Result<WasmToolchain> {
    if installed_target() {
        say("wasm target: installed with the Rust toolchain");
        return Ok(WasmToolchain::Installed);
    }
    // Before rustup, so that a machine that cannot reach its server does not ask it on every build.
    if let Some(toolchain) = debian_toolchain() {
        say("wasm target: Debian's rustc and the standard library's source");
        return Ok(toolchain);
    }
    if shell::find(&["rustup"]).is_some() {
        let added = shell::run(shell::command("rustup").args(["target", "add", WASM_TARGET]));
        if added.is_ok() && installed_target() {
            say("wasm target: installed with rustup");
            return Ok(WasmToolchain::Installed);
        }
        say(
            "rustup could not add the wasm target; trying Debian's rustc, which builds it from source",
        );
    }
    apt_install(&["rustc-web", "cargo-web", "rust-web-src", "lld"]).with_context(|| {
        format!("no compiler for wasm: run `rustup target add {WASM_TARGET}` on a machine with network, or on Debian `apt-get install rustc-web cargo-web rust-web-src lld`")
    })?;
    debian_toolchain().context(
        "Debian's rustc-web, cargo-web, rust-web-src and lld are installed but do not make a usable compiler for wasm",
    )
}

/// Whether the standard library for wasm lies in the sysroot of the rustc that cargo uses here.
fn installed_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    shell::output(shell::command(rustc).args(["--print", "target-libdir", "--target", WASM_TARGET]))
        .and_then(|libraries| fs::read_dir(libraries).ok())
        .is_some_and(|entries| {
            entries
                .flatten()
                .any(|e| e.file_name().to_string_lossy().starts_with("libstd-"))
        })
}

fn debian_toolchain() -> Option<WasmToolchain> {
    let version = shell::output(shell::command("/usr/bin/rustc").arg("--version"))?;
    let minor: u32 = version.split(['.', ' ']).nth(2)?.parse().ok()?;
    let sysroot = shell::output(shell::command("/usr/bin/rustc").args(["--print", "sysroot"]))?;
    let source = Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    let usable =
        minor >= OLDEST_RUSTC_MINOR && source.is_file() && Path::new("/usr/bin/cargo").is_file();
    usable
        .then(wasm_linker)
        .flatten()
        .map(|linker| WasmToolchain::BuildStd { linker })
}

/// LLVM's linker for wasm: the one in rustup's toolchain, which is as new as its compiler, else that of Debian's lld.
fn wasm_linker() -> Option<PathBuf> {
    let carried = || {
        let sysroot = shell::output(shell::command("rustc").args(["--print", "sysroot"]))?;
        let hosts = fs::read_dir(Path::new(&sysroot).join("lib/rustlib")).ok()?;
        hosts
            .flatten()
            .map(|host| host.path().join("bin/rust-lld"))
            .find(|path| path.is_file())
    };
    carried().or_else(|| shell::find(&["wasm-ld"]))
}

fn chromium() -> Option<PathBuf> {
    shell::find(&["chromium", "chromium-browser", "google-chrome"])
}

fn firefox() -> Option<PathBuf> {
    shell::find(&["firefox-esr", "firefox"])
}

/// Whether any Vulkan driver is registered where the loader looks for one.
fn vulkan_driver() -> bool {
    [
        "/usr/share/vulkan/icd.d",
        "/etc/vulkan/icd.d",
        "/usr/local/share/vulkan/icd.d",
    ]
    .iter()
    .filter_map(|folder| fs::read_dir(folder).ok())
    .any(|entries| {
        entries
            .flatten()
            .any(|entry| entry.path().extension().is_some_and(|e| e == "json"))
    })
}

fn vulkan_loader() -> bool {
    ["/usr/lib", "/usr/lib64", "/usr/local/lib"]
        .iter()
        .any(|folder| {
            let here = Path::new(folder);
            // Debian keeps libraries one folder down, under the name of the architecture.
            let below = fs::read_dir(here)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path());
            std::iter::once(here.to_owned())
                .chain(below)
                .any(|folder| folder.join("libvulkan.so.1").exists())
        })
}

/// Installs the packages of package-lock.json, unless that very lock is what was installed last.
fn npm_packages() -> Result<()> {
    let lock = fs::read(paths::root().join("package-lock.json")).context("package-lock.json")?;
    let stamp = paths::root().join("node_modules/.installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        say("npm packages: up to date");
        return Ok(());
    }
    // No install scripts: none of the packages needs one, and none should run code on the way in.
    shell::run(shell::command("npm").args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]))
        .context("the npm packages could not be installed (is there network, and npm 9 or newer?)")?;
    fs::write(stamp, lock)?;
    Ok(())
}

fn apt_install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if shell::find(&["apt-get"]).is_none() {
        bail!(
            "missing here, and this is no Debian to install them on: please install what Debian calls {list}"
        );
    }
    let Some(elevate) = elevation() else {
        bail!("missing: run `sudo apt-get install {list}`, then this again");
    };
    let apt = |arguments: &[&str]| {
        let words: Vec<OsString> = elevate
            .iter()
            .map(OsString::from)
            .chain(
                [
                    "env",
                    "DEBIAN_FRONTEND=noninteractive",
                    "apt-get",
                    "-q",
                    "-y",
                ]
                .map(OsString::from),
            )
            .chain(arguments.iter().map(OsString::from))
            .collect();
        shell::run(shell::command(&words[0]).args(&words[1..]))
    };
    say(format_args!("installing with apt: {list}"));
    apt(&["update"])?;
    apt(&[&["install", "--no-install-recommends"], packages].concat())
        .with_context(|| format!("apt could not install {list}"))
}

/// What to put before a command so that it runs as root; none where that would ask for a password.
fn elevation() -> Option<&'static [&'static str]> {
    if shell::output(shell::command("id").arg("-u")).as_deref() == Some("0") {
        return Some(&[]);
    }
    shell::output(shell::command("sudo").args(["-n", "true"])).map(|_| ["sudo", "-n"].as_slice())
}
