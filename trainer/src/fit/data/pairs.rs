//! Photos and references from two folders.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use limn::Planes;
use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::files::images;

/// A photo and its reference at the same size, `[3, H, W]` in [0, 1].
pub struct Pair {
    pub name: String,
    pub photo: Planes,
    pub reference: Planes,
}

/// What two folders hold.
pub struct Pairs {
    /// In the order of their names.
    pub pairs: Vec<Pair>,
    /// One entry per pair of which a file could not be read: its name, and the reason.
    pub skipped: Vec<(String, String)>,
}

/// Loads every photo of a folder with the reference of the same name. A photo of another size is resampled to the
/// reference's, as `teach` does it. Files that cannot be read are left out, with their pair.
///
/// # Errors
/// When a photo has no reference or a reference no photo, their aspects differ by more than a pixel, or no pair can be
/// read.
pub fn load_pairs(photos: &Path, references: &Path) -> Result<Pairs> {
    let photo_paths = images::list(photos)?;
    let reference_paths = images::list(references)?;
    for path in &reference_paths {
        let has_photo = photo_paths
            .iter()
            .any(|p| p.file_stem() == path.file_stem());
        ensure!(
            has_photo,
            "{} has no photo in {}",
            path.display(),
            photos.display()
        );
    }
    let loaded: Vec<Result<Loaded>> = photo_paths
        .par_iter()
        .map(|path| load_pair(path, &reference_paths, references))
        .collect();
    let mut found = Pairs {
        pairs: Vec::new(),
        skipped: Vec::new(),
    };
    for result in loaded {
        match result? {
            Loaded::Pair(pair) => found.pairs.push(pair),
            Loaded::Skipped(name, reason) => found.skipped.push((name, reason)),
        }
    }
    if let (true, Some((_, reason))) = (found.pairs.is_empty(), found.skipped.first()) {
        anyhow::bail!("no pair can be read: {reason}");
    }
    Ok(found)
}

enum Loaded {
    Pair(Pair),
    /// Name and reason.
    Skipped(String, String),
}

fn load_pair(
    photo_path: &Path,
    reference_paths: &[impl AsRef<Path>],
    folder: &Path,
) -> Result<Loaded> {
    let stem = photo_path.file_stem();
    let name = stem.unwrap_or_default().to_string_lossy().into_owned();
    let photo = match images::load(photo_path) {
        Ok(photo) => photo.colours,
        // An unreadable photo has no reference either: no teacher could read it.
        Err(error) => return Ok(Loaded::Skipped(name, format!("{error:#}"))),
    };
    let reference_path = reference_paths
        .iter()
        .map(AsRef::as_ref)
        .find(|path| path.file_stem() == stem)
        .with_context(|| {
            format!(
                "{} has no reference in {}; make one with `teach`, or leave the photo out",
                photo_path.display(),
                folder.display()
            )
        })?;
    let reference = match images::load(reference_path) {
        Ok(reference) => reference.colours,
        Err(error) => return Ok(Loaded::Skipped(name, format!("{error:#}"))),
    };
    let expected_height = photo.height as f64 * reference.width as f64 / photo.width as f64;
    ensure!(
        (expected_height - reference.height as f64).abs() <= 1.5,
        "{} is {}×{}, its reference {}×{}: they are not the same picture",
        photo_path.display(),
        photo.width,
        photo.height,
        reference.width,
        reference.height
    );
    Ok(Loaded::Pair(Pair {
        name,
        photo: photo.resized(reference.width, reference.height),
        reference,
    }))
}

/// Takes `share` of the pairs out, rounded up and chosen by `seed` alone; returns them in the order of their names.
pub fn split_off(pairs: &mut Vec<Pair>, share: f64, seed: u64) -> Vec<Pair> {
    let count = (share * pairs.len() as f64).ceil() as usize;
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(SPLIT_STREAM);
    order.shuffle(&mut rng);
    let mut taken: Vec<usize> = order.into_iter().take(count).collect();
    taken.sort_unstable();
    let mut split: Vec<Pair> = taken.iter().rev().map(|i| pairs.remove(*i)).collect();
    split.reverse();
    split
}

/// The generator's stream for [`split_off`]; [`super::PatchSource`] uses one stream per step, from 0 up.
const SPLIT_STREAM: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn save(folder: &Path, name: &str, width: usize, height: usize) {
        std::fs::create_dir_all(folder).unwrap();
        images::save(&folder.join(name), &Planes::zeros(3, height, width), None).unwrap();
    }

    #[test]
    fn unreadable_files_are_left_out_by_name_and_lonely_ones_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (photos, references) = (dir.path().join("photos"), dir.path().join("references"));
        for name in ["a.png", "b.png", "c.png"] {
            save(&photos, name, 20, 16);
            save(&references, name, 10, 8);
        }
        let load = || load_pairs(&photos, &references);
        std::fs::write(photos.join("a.png"), "no picture").unwrap();
        std::fs::write(references.join("c.png"), "").unwrap();
        let found = load().unwrap();
        let names: Vec<&str> = found.pairs.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names, ["b"]);
        assert_eq!(
            (found.pairs[0].photo.width, found.pairs[0].photo.height),
            (10, 8)
        );
        let skipped: Vec<&str> = found
            .skipped
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(skipped, ["a", "c"]);
        assert!(found.skipped[1].1.contains("the file is empty"));

        // A photo that cannot be read needs no reference, one that can does.
        std::fs::remove_file(references.join("a.png")).unwrap();
        load().unwrap();
        std::fs::remove_file(references.join("b.png")).unwrap();
        let message = |result: Result<Pairs>| result.err().unwrap().to_string();
        assert!(message(load()).contains("b.png has no reference in"));
        save(&references, "b.png", 10, 12);
        assert!(message(load()).contains("not the same picture"));
        std::fs::write(references.join("b.png"), "").unwrap();
        assert!(message(load()).contains("no pair can be read"));
        save(&references, "d.png", 10, 8);
        assert!(message(load()).contains("d.png has no photo in"));
    }

    #[test]
    fn a_split_depends_on_the_seed_alone_and_loses_nothing() {
        let pairs = || -> Vec<Pair> {
            let pair = |i: usize| Pair {
                name: i.to_string(),
                photo: Planes::zeros(3, 1, 1),
                reference: Planes::zeros(3, 1, 1),
            };
            (0..20).map(pair).collect()
        };
        let names = |pairs: &[Pair]| -> Vec<usize> {
            pairs.iter().map(|p| p.name.parse().unwrap()).collect()
        };
        let split = |seed| {
            let mut rest = pairs();
            let taken = split_off(&mut rest, 0.12, seed);
            (names(&taken), names(&rest))
        };
        let (taken, rest) = split(1);
        assert_eq!((taken.len(), rest.len()), (3, 17));
        assert!(taken.is_sorted() && rest.is_sorted());
        assert!(taken.iter().all(|i| !rest.contains(i)));
        assert_eq!(split(1), (taken.clone(), rest));
        assert_ne!(split(2).0, taken);
    }
}
