//! A folder of photos painted into another one.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use limn::Planes;
use rayon::prelude::*;

use super::images;
use crate::progress;

/// Whether [`paint_folder`] takes several photos at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// As many as there are cores.
    Parallel,
    /// For painters that use every core themselves, and much memory; meanwhile the next photo is read.
    OneByOne,
}

/// Paints every photo of the folder `photos` into the folder `output`, under its name with the ending .png: reads it,
/// brings it into the shape that the painter needs by `prepare`, and paints it.
///
/// A photo that cannot be read or that `prepare` refuses is left out; a warning on stderr counts and names those. With
/// `resume` photos whose pictures are there already are left alone: an interruption leaves no half of one.
///
/// # Errors
/// When the folder holds no photo, two of them have one name, none can be painted, `paint` fails, or a picture cannot be written.
pub fn paint_folder(
    photos: &Path,
    output: &Path,
    order: Order,
    resume: bool,
    prepare: impl Fn(Planes) -> Result<Planes> + Sync,
    paint: impl Fn(Planes) -> Result<Planes> + Sync,
) -> Result<()> {
    let mut paths = images::list(photos)?;
    let mut targets = targets(&paths, output)?;
    ensure!(
        !output.is_file(),
        "{} is a file, a folder is needed",
        output.display()
    );
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot create {}", output.display()))?;
    if resume {
        let left = paths
            .into_iter()
            .zip(targets)
            .filter(|(_, target)| !target.is_file());
        (paths, targets) = left.unzip();
        if paths.is_empty() {
            return Ok(());
        }
    }
    let bar = progress::bar(paths.len() as u64, "photos");
    let load = |path: &PathBuf| -> Result<Planes> {
        let photo = images::load(path)?;
        prepare(photo.colours).with_context(|| format!("cannot paint {}", path.display()))
    };
    // The reason where the photo is skipped.
    let finish = |photo: Result<Planes>, target: &Path| -> Result<Option<String>> {
        let skipped = match photo {
            Ok(photo) => {
                let name = target.file_name().unwrap_or_default().to_string_lossy();
                let part = target.with_file_name(format!(".part-{name}"));
                images::save(&part, &paint(photo)?, None)?;
                std::fs::rename(&part, target)
                    .with_context(|| format!("cannot write {}", target.display()))?;
                None
            }
            Err(reason) => Some(format!("{reason:#}")),
        };
        bar.inc(1);
        Ok(skipped)
    };
    let skipped: Vec<Option<String>> = match order {
        Order::Parallel => paths
            .par_iter()
            .zip(&targets)
            .map(|(path, target)| finish(load(path), target))
            .collect::<Result<_>>()?,
        Order::OneByOne => {
            let mut skipped = Vec::new();
            let mut next = paths.first().map(load);
            for (i, target) in targets.iter().enumerate() {
                let Some(photo) = next else { break };
                let (result, loaded) =
                    rayon::join(|| finish(photo, target), || paths.get(i + 1).map(load));
                skipped.push(result?);
                next = loaded;
            }
            skipped
        }
    };
    bar.finish();
    let skipped: Vec<String> = skipped.into_iter().flatten().collect();
    ensure!(
        skipped.len() < paths.len(),
        "none of the {} photos in {} can be used: {}",
        paths.len(),
        photos.display(),
        skipped.join("; ")
    );
    if !skipped.is_empty() {
        eprintln!(
            "warning: {} of {} photos skipped: {}",
            skipped.len(),
            paths.len(),
            skipped.join("; ")
        );
    }
    Ok(())
}

/// Where each photo's picture goes.
fn targets(paths: &[PathBuf], output: &Path) -> Result<Vec<PathBuf>> {
    let mut sources: HashMap<PathBuf, &PathBuf> = HashMap::new();
    paths
        .iter()
        .map(|path| {
            let mut name = path.file_stem().unwrap_or_default().to_os_string();
            name.push(".png");
            let target = output.join(name);
            if let Some(other) = sources.insert(target.clone(), path) {
                bail!(
                    "{} and {} would both become {}; rename one",
                    other.display(),
                    path.display(),
                    target.display()
                );
            }
            Ok(target)
        })
        .collect()
}
