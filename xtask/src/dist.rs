//! Puts the page together in `dist/` and weighs it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::Value;

use crate::{
    digest,
    page::{self, ENGINES, Need, Part, SERVICE_WORKER},
    paths, preload, setup,
    shell::say,
    wasm::{BUNDLES, Effort},
};

/// What the first visit on the GPU path may weigh: html + css + js + the GPU engine + the default style + thumbnails,
/// brotli.
pub const FIRST_LOAD_LIMIT: usize = 800 * 1024;

/// Builds the engines and the page into `dist/`, prints the sizes, and fails where the first load is too heavy.
/// Returns the weight of the first load in bytes of brotli.
pub fn run() -> Result<usize> {
    let toolchain = setup::for_build()?;
    let mut engines = Vec::new();
    for bundle in &BUNDLES {
        let folder = bundle.build(&toolchain, Effort::Full)?;
        engines.extend(bundle.files().map(|file| (folder.join(&file), file)));
    }
    empty(&paths::dist(), "")?;
    let to = paths::dist().join(ENGINES);
    fs::create_dir_all(&to)?;
    for (from, file) in engines {
        fs::copy(&from, to.join(&file)).with_context(|| from.display().to_string())?;
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
    for part in page::parts() {
        match part {
            Part::Folder {
                prefix,
                folder,
                wants,
            } => copy_folder(&folder, &dist.join(prefix), &|path| {
                path.strip_prefix(&folder).is_ok_and(wants)
            })?,
            Part::File { name, file } if file.is_file() => {
                let to = dist.join(name);
                fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
                fs::copy(&file, &to).with_context(|| file.display().to_string())?;
            }
            Part::File { name, .. } => say(format_args!(
                "{name}: npm package not installed; going on without"
            )),
        }
    }
    preload::write(&dist)?;
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
            sha256: digest::sha256(bytes),
        })
    }
}

/// All files of `dist/` by name. Packing takes nearly all the time of `dist --page`, so every core takes a share.
fn weigh(dist: &Path) -> Result<Vec<Weighed>> {
    let mut paths = Vec::new();
    let mut folders = vec![dist.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                paths.push(path);
            }
        }
    }
    let next = AtomicUsize::new(0);
    let share = || -> Result<Vec<Weighed>> {
        let mut files = Vec::new();
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            files.push(Weighed::new(page_name(path, dist)?, &fs::read(path)?)?);
        }
        Ok(files)
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut files = thread::scope(|scope| {
        let shares: Vec<_> = (0..cores).map(|_| scope.spawn(share)).collect();
        let mut files = Vec::new();
        for share in shares {
            files.extend(share.join().map_err(|_| anyhow!("a thread panicked"))??);
        }
        anyhow::Ok(files)
    })?;
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

/// A file's path from the page's folder, with forward slashes.
fn page_name(path: &Path, page: &Path) -> Result<String> {
    let parts = path.strip_prefix(page)?.components();
    let names = parts.map(|part| part.as_os_str().to_string_lossy());
    Ok(names.collect::<Vec<_>>().join("/"))
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
                let digest = digest::sha256(&bytes);
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

/// The sum over all that a first visit may fetch with a GPU: the shell, the GPU engine and the default style. Some of it,
/// such as thumbnails, follows the first paint.
fn first_load(files: &[Weighed], default_record: &str) -> Result<usize> {
    ensure!(
        files.iter().any(|file| file.name == default_record),
        "dist/ has no {default_record}"
    );
    let counted = files.iter().filter(|file| {
        matches!(
            page::need(&file.name, default_record),
            Need::Shell | Need::FirstLoad
        )
    });
    Ok(counted.map(|file| file.brotli).sum())
}

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

/// Hexadecimal digits of a sha256 that the service worker is told: it tells versions of a file apart, and each digit of each
/// file comes with the first load.
const RELEASE_DIGEST: usize = 16;

/// The list of files as JavaScript: `{ shell: { name: digest, … }, later: { … } }`, see `www/service-worker.js`.
fn release(files: &[Weighed]) -> Result<String> {
    let list = |wanted: &[Need]| {
        let entries = files.iter().filter(|file| {
            // Which style is the default one makes no difference here: a record is kept once it was used.
            file.name != SERVICE_WORKER && wanted.contains(&page::need(&file.name, ""))
        });
        entries
            .map(|file| (file.name.as_str(), &file.sha256[..RELEASE_DIGEST]))
            .collect::<BTreeMap<_, _>>()
    };
    let release = BTreeMap::from([
        ("shell", list(&[Need::Shell])),
        ("later", list(&[Need::FirstLoad, Need::Later])),
    ]);
    Ok(serde_json::to_string_pretty(&release)?)
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
                "shell": { "index.html": digest::sha256(b"abc")[..RELEASE_DIGEST] },
                "later": { "limn/pkg/limn_gpu.js": digest::sha256(b"engine")[..RELEASE_DIGEST] },
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
