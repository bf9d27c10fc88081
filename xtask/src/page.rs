//! What the page is made of: which folders of the checkout lie where in it, and when a visit needs which of its files.
//!
//! [`crate::dist`] copies the parts, [`crate::serve`] serves them as they lie.

use std::path::{Path, PathBuf};

use crate::{paths, wasm};

/// Where the engines lie in the page: in the library that uses them.
pub const ENGINES: &str = "limn/pkg";

/// The list of all files, for pages without network; it lists everything but itself.
pub const SERVICE_WORKER: &str = "service-worker.js";

/// Files of the checkout and where in the page they lie: paths from the page's own folder, with forward slashes.
pub enum Part {
    Folder {
        /// Empty for the page's own folder.
        prefix: &'static str,
        folder: PathBuf,
        /// Whether the page gets this file or folder, by its path from `folder`.
        wants: fn(&Path) -> bool,
    },
    /// A file that may be missing.
    File { name: &'static str, file: PathBuf },
}

/// Everything but the engines, which are built.
pub fn parts() -> [Part; 8] {
    let root = paths::root();
    // The page's two libraries, as their makers bundled them, with their licences.
    let mediabunny = root.join("node_modules/mediabunny");
    let client_zip = root.join("node_modules/client-zip");
    [
        Part::Folder {
            prefix: "",
            folder: root.join("www"),
            // For the type checker alone.
            wants: |path| path != Path::new("tsconfig.json") && !path.starts_with("types"),
        },
        Part::Folder {
            prefix: "models",
            folder: root.join("models"),
            wants: is_published,
        },
        Part::File {
            name: "vendor/mediabunny.js",
            file: mediabunny.join("dist/bundles/mediabunny.min.mjs"),
        },
        Part::File {
            name: "vendor/mediabunny.LICENSE.txt",
            file: mediabunny.join("LICENSE"),
        },
        Part::File {
            name: "vendor/client-zip.js",
            file: client_zip.join("index.js"),
        },
        Part::File {
            name: "vendor/client-zip.LICENSE.txt",
            file: client_zip.join("LICENSE.txt"),
        },
        // To be read in any browser, which would save a file without an ending.
        Part::File {
            name: "licences/LICENSE-MIT.txt",
            file: root.join("LICENSE-MIT"),
        },
        Part::File {
            name: "licences/LICENSE-APACHE.txt",
            file: root.join("LICENSE-APACHE"),
        },
    ]
}

/// What of `models/` the page uses: records, their catalogue, thumbnails, the sample portrait and the landing page's pictures.
fn is_published(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "bpk")
        || path == Path::new("styles.json")
        || path == Path::new("portrait.jpg")
        || path
            .extension()
            .is_some_and(|extension| extension == "avif")
        || path.starts_with("thumbnails")
}

/// When a visit fetches a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// At every visit, whatever its engine and style: the page without network begins with these.
    Shell,
    /// At a first visit with a GPU, beside the shell.
    FirstLoad,
    /// Once somebody wants it; kept from then on.
    Later,
    /// Beside the page: not weighed with the first load and not listed for use without network.
    Never,
}

/// The first rule that fits a file's name decides. `*` stands for anything, and occurs once at most.
const RULES: [(&str, Need); 26] = [
    // For those who write pages of their own.
    ("*.d.ts", Need::Never),
    // Is fetched by the browser, of its own accord and after the page.
    (SERVICE_WORKER, Need::FirstLoad),
    ("limn/pkg/limn_gpu*", Need::FirstLoad),
    // Other engines.
    ("limn/pkg/*", Need::Later),
    // For those who match a photo to another picture.
    ("limn/transfer.js", Need::Later),
    ("panel/match.js", Need::Later),
    // For those who read another language than the page's first.
    ("ui/words/de.js", Need::Later),
    // For those who export a video, or save a queue of photos.
    ("vendor/*", Need::Later),
    ("licences/*", Need::Later),
    // For those who open one.
    ("dialogs/*", Need::Later),
    // The gallery on the visitor's own picture, once there is one.
    ("panel/previews.js", Need::Later),
    ("engine/background.js", Need::Later),
    ("stage/snapshot.js", Need::Later),
    // For those who pass a look on, or come with one.
    ("panel/look-text.js", Need::Later),
    // For those who turn the camera on.
    ("results/camera-tools.js", Need::Later),
    ("results/recorder.js", Need::Later),
    ("results/recording.js", Need::Later),
    ("results/shots.js", Need::Later),
    // For those who install the page.
    ("page/launch.js", Need::Later),
    ("icons/*", Need::Later),
    // The gallery, at the latest after the first picture.
    ("models/styles.json", Need::Shell),
    ("models/thumbnails/*", Need::Shell),
    ("models/landing-*", Need::Shell),
    // Records, but for that of the default style; the sample portrait.
    ("models/*", Need::Later),
    // Modules for heavier modes, each loaded by the one that needs it.
    ("studio/*", Need::Later),
    ("*", Need::Shell),
];

/// When a visit fetches the file `name`.
///
/// * `default_record`: the record of the default style on the GPU path
pub fn need(name: &str, default_record: &str) -> Need {
    if name == default_record {
        return Need::FirstLoad;
    }
    let rule = RULES.iter().find(|(pattern, _)| fits(name, pattern));
    rule.map_or(Need::Shell, |(_, need)| *need)
}

fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.starts_with(start) && name[start.len()..].ends_with(end),
        None => name == pattern,
    }
}

/// The engine whose file this is, as a place in [`wasm::BUNDLES`], and the file's name; none for any other file.
pub fn engine_file(name: &str) -> Option<(usize, &str)> {
    let file = name.strip_prefix(ENGINES)?.strip_prefix('/')?;
    let index = wasm::BUNDLES
        .iter()
        .position(|bundle| bundle.files().iter().any(|own| own == file))?;
    Some((index, file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_visit_fetches_the_page_the_gpu_engine_the_default_style_and_thumbnails() {
        let default = "models/mosaic-c16.bpk";
        for (name, expected) in [
            ("index.html", Need::Shell),
            ("css/base.css", Need::Shell),
            ("engine/worker.js", Need::Shell),
            ("limn/limn.js", Need::Shell),
            ("models/styles.json", Need::Shell),
            ("models/thumbnails/candy.jpg", Need::Shell),
            ("models/landing-photo.avif", Need::Shell),
            ("ui/words/en.js", Need::Shell),
            ("ui/words/de.js", Need::Later),
            ("service-worker.js", Need::FirstLoad),
            ("limn/pkg/limn_gpu_bg.wasm", Need::FirstLoad),
            ("limn/pkg/limn_gpu.js", Need::FirstLoad),
            (default, Need::FirstLoad),
            ("limn/pkg/limn_cpu_bg.wasm", Need::Later),
            ("limn/pkg/limn_cpu.js", Need::Later),
            ("limn/pkg/limn_transfer_bg.wasm", Need::Later),
            ("limn/transfer.js", Need::Later),
            ("models/candy-c16.bpk", Need::Later),
            ("models/mosaic-c8.bpk", Need::Later),
            ("models/portrait.jpg", Need::Later),
            ("icons/icon-512.png", Need::Later),
            ("vendor/mediabunny.js", Need::Later),
            ("licences/LICENSE-MIT.txt", Need::Later),
            ("dialogs/words/en.js", Need::Later),
            ("results/shots.js", Need::Later),
            ("results/results.js", Need::Shell),
            ("limn/pkg/limn_gpu.d.ts", Need::Never),
            ("limn/limn.d.ts", Need::Never),
        ] {
            assert_eq!(need(name, default), expected, "{name}");
        }
    }

    #[test]
    fn of_models_and_www_the_page_gets_what_it_uses() {
        for name in [
            "styles.json",
            "mosaic-c8.bpk",
            "portrait.jpg",
            "thumbnails",
            "thumbnails/mosaic.jpg",
            "landing-painting.avif",
        ] {
            assert!(is_published(Path::new(name)), "{name}");
        }
        for name in ["README.md", "styles.jpg", "report/candy.jpg"] {
            assert!(!is_published(Path::new(name)), "{name}");
        }
        for part in parts() {
            if let Part::Folder {
                prefix: "", wants, ..
            } = part
            {
                assert!(wants(Path::new("index.html")) && wants(Path::new("page/main.js")));
                assert!(!wants(Path::new("types/service-worker.d.ts")));
            }
        }
    }

    #[test]
    fn the_page_names_the_version() {
        let about = paths::root().join("www/dialogs/about.js");
        let version = concat!("const VERSION = \"", env!("CARGO_PKG_VERSION"), "\";");
        assert!(std::fs::read_to_string(about).unwrap().contains(version));
    }

    #[test]
    fn files_of_engines_are_known_by_name() {
        let (index, file) = engine_file("limn/pkg/limn_cpu_bg.wasm").unwrap();
        assert_eq!(
            (wasm::BUNDLES[index].name, file),
            ("limn_cpu", "limn_cpu_bg.wasm")
        );
        for name in [
            "limn/limn.js",
            "limn/pkg/limn_cpu.js.map",
            "pkg/limn_cpu.js",
        ] {
            assert!(engine_file(name).is_none(), "{name}");
        }
    }
}
