//! `limn-trainer teach`: paints photos with a teacher, which gives the references that `fit` learns from. A teacher is a
//! style network of another project, or one of the filters and looks of [`crate::filter`].

pub mod network;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use limn::{Planes, options::fit};
use limn_networks::FeedForward;
use rayon::prelude::*;

use crate::{
    files::images,
    filter::{Filter, Name, Parameters},
    progress,
};
use network::Network;

/// Paint a folder of photos with a teacher network, a filter or a look.
///
/// Photos that cannot be read are left out, and named at the end.
#[derive(Args)]
pub struct TeachArgs {
    /// Weights of a network (.safetensors: pytorch/examples TransformerNet or fast-style-transfer), or the name of a
    /// filter or look, see `limn-trainer filter --help`.
    #[arg(long)]
    teacher: String,
    /// Folder of photos (PNG, JPEG, WebP).
    #[arg(long)]
    photos: PathBuf,
    /// Folder for the references; each gets its photo's name and the ending .png.
    #[arg(long)]
    output: PathBuf,
    /// Longest side of the references in pixels; smaller photos keep their size. Strokes have a fixed size in pixels,
    /// so this decides how large they are on a face.
    #[arg(long, default_value_t = 480)]
    size: usize,
    #[command(flatten)]
    parameters: Parameters,
}

/// Teacher networks need as much.
const MIN_SIDE: usize = FeedForward::MIN_SIDE;

pub fn run(args: &TeachArgs) -> Result<()> {
    ensure!(
        args.size >= MIN_SIDE,
        "--size is {}, at least {MIN_SIDE} is needed",
        args.size
    );
    if let Ok(name) = Name::from_str(&args.teacher, false) {
        let filter = Filter::new(name, &args.parameters)?;
        let scale = |photo: Planes| {
            let (width, height) = fit(photo.width, photo.height, args.size);
            Ok(photo.resized(width, height))
        };
        return paint_folder(
            &args.photos,
            &args.output,
            Order::Parallel,
            scale,
            |photo| filter.apply(&photo),
        );
    }
    if let Some(flag) = args.parameters.first_given() {
        bail!(
            "{flag} is a parameter of filters, and {} is none",
            args.teacher
        );
    }
    let path = Path::new(&args.teacher);
    ensure!(
        path.exists() || path.extension().is_some(),
        "there is no teacher {}: give a .safetensors file or one of {}",
        args.teacher,
        Name::list()
    );
    let teacher = Network::load(path)?;
    let scale = |photo: Planes| {
        ensure!(
            photo.width >= MIN_SIDE && photo.height >= MIN_SIDE,
            "it is {}×{}; teacher networks need {MIN_SIDE} pixels each way",
            photo.width,
            photo.height
        );
        let (width, height) = fit(photo.width, photo.height, args.size);
        Ok(photo.resized(width.max(MIN_SIDE), height.max(MIN_SIDE)))
    };
    paint_folder(
        &args.photos,
        &args.output,
        Order::OneByOne,
        scale,
        |photo| teacher.paint(&photo),
    )
}

/// Whether [`paint_folder`] takes several photos at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As many as there are cores.
    Parallel,
    /// For painters that use every core themselves, and much memory; meanwhile the next photo is read.
    OneByOne,
}

/// Paints every photo of the folder `photos` into the folder `output`, under its name with the ending .png: reads it,
/// brings it into the shape that the painter needs by `prepare`, and paints it.
///
/// A photo that cannot be read or that `prepare` refuses is left out; a warning on stderr counts and names those.
///
/// # Errors
/// When the folder holds no photo, two of them have one name, none can be painted, or a picture cannot be written.
pub fn paint_folder(
    photos: &Path,
    output: &Path,
    order: Order,
    prepare: impl Fn(Planes) -> Result<Planes> + Sync,
    paint: impl Fn(Planes) -> Planes + Sync,
) -> Result<()> {
    let paths = images::list(photos)?;
    let targets = targets(&paths, output)?;
    ensure!(
        !output.is_file(),
        "{} is a file, a folder is needed",
        output.display()
    );
    std::fs::create_dir_all(output)
        .with_context(|| format!("cannot create {}", output.display()))?;
    let bar = progress::bar(paths.len() as u64, "photos");
    let load = |path: &PathBuf| -> Result<Planes> {
        let photo = images::load(path)?;
        prepare(photo.colours).with_context(|| format!("cannot paint {}", path.display()))
    };
    // The reason where the photo is skipped.
    let finish = |photo: Result<Planes>, target: &Path| -> Result<Option<String>> {
        let skipped = match photo {
            Ok(photo) => {
                images::save(target, &paint(photo), None)?;
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
