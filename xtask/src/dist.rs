//! Puts the page together in `dist/` and weighs it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    paths, setup,
    shell::say,
    wasm::{self, Bundle},
};

/// What the first visit on the GPU path may weigh: html + css + js + the GPU engine + the default style + thumbnails,
/// brotli.
pub const FIRST_LOAD_LIMIT: usize = 800 * 1024;

/// Builds both engines and the page into `dist/`, prints the sizes, and fails where the first load is too heavy.
/// Returns the weight of the first load in bytes of brotli.
pub fn run() -> Result<usize> {
    let toolchain = setup::for_build()?;
    let gpu = wasm::GPU.build(&toolchain)?;
    let cpu = wasm::CPU.build(&toolchain)?;
    empty(&paths::dist(), "")?;
    for (bundle, folder) in [(wasm::GPU, gpu), (wasm::CPU, cpu)] {
        copy_bundle(&bundle, &folder, &paths::dist().join(ENGINES))?;
    }
    assemble()
}

/// The same with the engines that `dist/` holds already: seconds in place of minutes for who works on the page.
pub fn run_page() -> Result<usize> {
    ensure!(
        paths::dist().join(ENGINES).is_dir(),
        "dist/ holds no engines yet: run `cargo xtask dist` once"
    );
    empty(&paths::dist(), ENGINES)?;
    assemble()
}

/// Where the engines lie in `dist/`: in the library that uses them.
const ENGINES: &str = "limn/pkg";

/// Removes all that a folder holds but `kept`, a path from it; there may be nothing to keep.
fn empty(folder: &Path, kept: &str) -> Result<()> {
    let (first, rest) = kept.split_once('/').unwrap_or((kept, ""));
    fs::create_dir_all(folder)?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let holds_kept = !kept.is_empty() && entry.file_name() == first;
        match (holds_kept, path.is_dir()) {
            (true, _) if rest.is_empty() => Ok(()),
            (true, true) => empty(&path, rest),
            (false, true) => fs::remove_dir_all(path).map_err(Into::into),
            (_, false) => fs::remove_file(path).map_err(Into::into),
        }
        .context("dist/ could not be emptied")?;
    }
    Ok(())
}

/// Puts everything but the engines into `dist/`.
fn assemble() -> Result<usize> {
    let dist = paths::dist();
    copy_folder(&paths::root().join("www"), &dist, &|path| {
        // For the type checker alone.
        !path.ends_with("tsconfig.json") && !path.ends_with("types")
    })?;
    copy_folder(
        &paths::root().join("models"),
        &dist.join("models"),
        &is_published,
    )?;
    copy_library(&dist.join("vendor"))?;
    let catalogue = Catalogue::open(&dist.join("models"))?;
    catalogue.verify()?;
    let mut files = weigh(&dist)?;
    list_release(&dist, &mut files)?;
    print_table(&files);
    let first = first_load(&files, &catalogue.default_record()?)?;
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

/// The one library of the page, as its makers bundled it, with its licence. Without it videos are exported in real time.
fn copy_library(to: &Path) -> Result<()> {
    let package = paths::root().join("node_modules/mediabunny");
    if !package.is_dir() {
        say("vendor/mediabunny.js: npm package not installed; going on without");
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for (from, name) in [
        ("dist/bundles/mediabunny.min.mjs", "mediabunny.js"),
        ("LICENSE", "mediabunny.LICENSE.txt"),
    ] {
        fs::copy(package.join(from), to.join(name)).with_context(|| from.to_owned())?;
    }
    Ok(())
}

pub fn copy_folder(from: &Path, to: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<()> {
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
    raw: usize,
    brotli: usize,
    sha256: String,
}

impl Weighed {
    fn new(name: String, bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            name,
            raw: bytes.len(),
            brotli: brotli_size(bytes)?,
            sha256: digest(bytes),
        })
    }
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
            files.push(Weighed::new(name, &bytes)?);
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// Sha256 in hexadecimal.
fn digest(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
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

/// What of `models/` the page uses: records, their catalogue, thumbnails and the sample portrait.
fn is_published(path: &Path) -> bool {
    let thumbnails = |path: &Path| path.ends_with("thumbnails");
    path.extension().is_some_and(|extension| extension == "bpk")
        || path.ends_with("styles.json")
        || path.ends_with("portrait.jpg")
        || thumbnails(path)
        || path.parent().is_some_and(thumbnails)
}

/// `models/styles.json`, as the page reads it.
struct Catalogue {
    folder: PathBuf,
    styles: Vec<Value>,
}

impl Catalogue {
    fn open(folder: &Path) -> Result<Self> {
        let text = fs::read(folder.join("styles.json")).context("models/styles.json")?;
        let mut value: Value = serde_json::from_slice(&text).context("models/styles.json")?;
        let Value::Array(styles) = value["styles"].take() else {
            bail!("models/styles.json lists no styles");
        };
        Ok(Self {
            folder: folder.to_owned(),
            styles,
        })
    }

    /// Every file that the catalogue vouches for is there, and the one that it means: a page would refuse it otherwise.
    fn verify(&self) -> Result<()> {
        for style in &self.styles {
            let models = style["models"]
                .as_array()
                .context("a style without models")?;
            for listed in models.iter().chain(style.get("thumbnail")) {
                let file = listed["file"].as_str().context("a model without a file")?;
                let bytes = fs::read(self.folder.join(file))
                    .with_context(|| format!("models/styles.json lists {file}"))?;
                let digest = digest(&bytes);
                ensure!(
                    listed["sha256"] == digest,
                    "models/{file} has the sha256 {digest}, styles.json lists {}: register it again",
                    listed["sha256"]
                );
            }
        }
        Ok(())
    }

    /// The record that a first visit on the GPU path fetches: of the first style, the width nearest to 16
    /// (`nearestModel` and `WIDTH` in the page).
    fn default_record(&self) -> Result<String> {
        const WIDTH: i64 = 16;
        let models = self
            .styles
            .first()
            .and_then(|style| style["models"].as_array());
        let nearest = models
            .into_iter()
            .flatten()
            .min_by_key(|model| (model["width"].as_i64().unwrap_or(0) - WIDTH).abs());
        let file = nearest.and_then(|model| model["file"].as_str());
        Ok(format!(
            "models/{}",
            file.context("models/styles.json names no style")?
        ))
    }
}

/// The sum over all that a first visit may fetch with a GPU: every file of the page, the GPU engine, the default style
/// and the thumbnails (which follow the first paint). The CPU engine, the other styles, the sample portrait, icons of the
/// installed page and type declarations are fetched later or never.
fn first_load(files: &[Weighed], default_record: &str) -> Result<usize> {
    ensure!(
        files.iter().any(|file| file.name == default_record),
        "dist/ has no {default_record}"
    );
    let counted = files
        .iter()
        .filter(|file| is_first_load(&file.name, default_record));
    Ok(counted.map(|file| file.brotli).sum())
}

fn is_first_load(name: &str, default_record: &str) -> bool {
    if name.ends_with(".d.ts") {
        return false;
    }
    if let Some(file) = engine_file(name) {
        return file.starts_with(wasm::GPU.name);
    }
    match name.split_once('/') {
        // For those who export a video.
        Some(("vendor", _)) => false,
        // For those who install the page.
        Some(("icons", _)) => false,
        Some(("models", file)) => {
            name == default_record || file == "styles.json" || file.starts_with("thumbnails/")
        }
        _ => true,
    }
}

/// The name of an engine's file within its folder; none for any other file.
fn engine_file(name: &str) -> Option<&str> {
    name.strip_prefix(ENGINES)?.strip_prefix('/')
}

const SERVICE_WORKER: &str = "service-worker.js";
/// What stands in the service worker where its list of files belongs.
const NO_RELEASE: &str = "const RELEASE = { shell: {}, later: {} };";

/// Writes the digests of all files into the service worker. Any change of any file so changes the worker, by which
/// browsers notice a new release.
fn list_release(dist: &Path, files: &mut [Weighed]) -> Result<()> {
    let worker = dist.join(SERVICE_WORKER);
    let text = fs::read_to_string(&worker).context(SERVICE_WORKER)?;
    ensure!(
        text.matches(NO_RELEASE).count() == 1,
        "{SERVICE_WORKER} must say `{NO_RELEASE}` once, for the list of files to be written there"
    );
    let text = text.replace(NO_RELEASE, &format!("const RELEASE = {};", release(files)?));
    fs::write(worker, &text)?;
    for file in files.iter_mut().filter(|file| file.name == SERVICE_WORKER) {
        *file = Weighed::new(SERVICE_WORKER.into(), text.as_bytes())?;
    }
    Ok(())
}

/// The list of files as JavaScript: `{ shell: { name: sha256, … }, later: { … } }`, see `www/service-worker.js`.
fn release(files: &[Weighed]) -> Result<String> {
    let list = |wanted: &dyn Fn(&str) -> bool| {
        let entries = files.iter().filter(|file| wanted(&file.name));
        entries
            .map(|file| (file.name.as_str(), file.sha256.as_str()))
            .collect::<BTreeMap<_, _>>()
    };
    let release = BTreeMap::from([
        ("shell", list(&is_shell)),
        (
            "later",
            list(&|name| !is_shell(name) && name != SERVICE_WORKER && !name.ends_with(".d.ts")),
        ),
    ]);
    Ok(serde_json::to_string_pretty(&release)?)
}

/// Whether every visit needs the file, whatever its engine and style.
fn is_shell(name: &str) -> bool {
    is_first_load(name, "") && engine_file(name).is_none() && name != SERVICE_WORKER
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
    fn first_load_counts_the_page_the_gpu_engine_the_default_style_and_thumbnails() {
        let default = "models/mosaic-c16.bpk";
        for name in [
            "index.html",
            "css/base.css",
            "engine/worker.js",
            "limn/limn.js",
            "limn/pkg/limn_gpu_bg.wasm",
            "limn/pkg/limn_gpu.js",
            "models/thumbnails/candy.jpg",
        ] {
            assert!(is_first_load(name, default), "{name}");
        }
        assert!(is_first_load("models/styles.json", default) && is_first_load(default, default));
        for name in [
            "limn/pkg/limn_cpu_bg.wasm",
            "limn/pkg/limn_cpu.js",
            "limn/pkg/limn_gpu.d.ts",
            "models/candy-c16.bpk",
            "models/mosaic-c8.bpk",
            "models/portrait.jpg",
            "icons/icon-512.png",
            "vendor/mediabunny.js",
        ] {
            assert!(!is_first_load(name, default), "{name}");
        }
    }

    #[test]
    fn the_catalogue_names_the_default_record_and_is_held_to_its_digests() {
        let folder = std::env::temp_dir().join(format!("limn-dist-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let model = |width: usize| {
            fs::write(folder.join(format!("a-c{width}.bpk")), "abc").unwrap();
            format!(r#"{{"width": {width}, "file": "a-c{width}.bpk", "sha256": "{digest}"}}"#)
        };
        let models = [8, 16, 32].map(model).join(",");
        let list = format!(r#"{{"styles": [{{"models": [{models}]}}]}}"#);
        fs::write(folder.join("styles.json"), list).unwrap();
        let catalogue = Catalogue::open(&folder).unwrap();
        assert_eq!(catalogue.default_record().unwrap(), "models/a-c16.bpk");
        catalogue.verify().unwrap();
        fs::write(folder.join("a-c32.bpk"), "abd").unwrap();
        let error = catalogue.verify().unwrap_err().to_string();
        assert!(error.contains("a-c32.bpk"), "{error}");
        fs::remove_file(folder.join("a-c32.bpk")).unwrap();
        assert!(catalogue.verify().is_err());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_service_worker_is_told_the_digest_of_every_file_but_its_own() {
        let folder = std::env::temp_dir().join(format!("limn-release-{}", std::process::id()));
        fs::create_dir_all(folder.join(ENGINES)).unwrap();
        fs::write(folder.join("index.html"), "abc").unwrap();
        fs::write(folder.join("limn/pkg/limn_gpu.js"), "engine").unwrap();
        fs::write(folder.join("limn.d.ts"), "types").unwrap();
        let worker = folder.join(SERVICE_WORKER);
        fs::write(&worker, format!("before\n{NO_RELEASE}\nafter\n")).unwrap();
        list_release(&folder, &mut weigh(&folder).unwrap()).unwrap();
        let text = fs::read_to_string(&worker).unwrap();
        let list = text
            .strip_prefix("before\nconst RELEASE = ")
            .and_then(|rest| rest.strip_suffix(";\nafter\n"))
            .unwrap();
        let list: Value = serde_json::from_str(list).unwrap();
        assert_eq!(
            list,
            serde_json::json!({
                "shell": { "index.html": digest(b"abc") },
                "later": { "limn/pkg/limn_gpu.js": digest(b"engine") },
            })
        );
        let again = list_release(&folder, &mut []).unwrap_err().to_string();
        assert!(again.contains("once"), "{again}");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn the_page_s_own_service_worker_has_a_place_for_the_list() {
        let text = fs::read_to_string(paths::root().join("www").join(SERVICE_WORKER)).unwrap();
        assert_eq!(text.matches(NO_RELEASE).count(), 1);
    }

    #[test]
    fn of_models_the_page_gets_what_it_uses() {
        for name in [
            "styles.json",
            "mosaic-c8.bpk",
            "portrait.jpg",
            "thumbnails",
            "thumbnails/mosaic.jpg",
        ] {
            assert!(is_published(&Path::new("models").join(name)), "{name}");
        }
        for name in ["README.md", "styles.jpg", "report/candy.jpg"] {
            assert!(!is_published(&Path::new("models").join(name)), "{name}");
        }
    }

    #[test]
    fn a_folder_is_emptied_of_all_but_what_is_kept() {
        let folder = std::env::temp_dir().join(format!("limn-empty-{}", std::process::id()));
        fs::create_dir_all(folder.join(ENGINES)).unwrap();
        fs::create_dir_all(folder.join("page")).unwrap();
        for name in [
            "limn/pkg/limn_gpu.js",
            "limn/limn.js",
            "page/main.js",
            "index.html",
        ] {
            fs::write(folder.join(name), "abc").unwrap();
        }
        empty(&folder, ENGINES).unwrap();
        let left = weigh(&folder).unwrap();
        let names = left.iter().map(|file| file.name.as_str());
        assert_eq!(names.collect::<Vec<_>>(), ["limn/pkg/limn_gpu.js"]);
        assert!(!folder.join("page").exists());
        empty(&folder, "").unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn brotli_packs_what_repeats() {
        let size = brotli_size(&[7; 100_000]).unwrap();
        assert!(size < 100, "{size}");
    }
}
