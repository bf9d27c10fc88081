//! Teachers' pictures and Gram matrices on disk, so that a second report costs only what is new.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use limn::{Planes, style::sha256_hex};

use crate::{files::images, metrics::gram::Gram};

/// A folder of results under names that say what they were made from; or nothing, then all is computed anew.
pub struct Cache {
    folder: Option<PathBuf>,
}

/// Name for what `maker` makes of a picture: both, the picture's size and its 8-bit colours decide it.
pub fn key(maker: &str, picture: &Planes) -> String {
    let mut bytes = format!("{maker}\n{}×{}\n", picture.width, picture.height).into_bytes();
    bytes.extend(picture.to_rgba8());
    sha256_hex(&bytes)
}

impl Cache {
    /// Uses `folder`, which is created where it is missing.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn open(folder: Option<&Path>) -> Result<Self> {
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        Ok(Self {
            folder: folder.map(Path::to_owned),
        })
    }

    /// The picture of this key, made and kept if it is not there.
    ///
    /// # Errors
    /// Those of `make`, and when it cannot be written.
    pub fn picture(&self, key: &str, make: impl FnOnce() -> Result<Planes>) -> Result<Planes> {
        let Some(folder) = &self.folder else {
            return make();
        };
        let path = folder.join(key).with_extension("png");
        if let Ok(photo) = images::load(&path) {
            return Ok(photo.colours);
        }
        let picture = make()?;
        // Written under another name first: a run that is cut off leaves no half of a picture.
        let part = folder.join(format!("{key}-part.png"));
        images::save(&part, &picture, None)?;
        std::fs::rename(&part, &path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(picture)
    }

    /// The Gram matrices of this key, computed and kept if they are not there.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn gram(&self, key: &str, make: impl FnOnce() -> Gram) -> Result<Gram> {
        let Some(folder) = &self.folder else {
            return Ok(make());
        };
        let path = folder.join(key).with_extension("gram");
        if let Some(gram) = std::fs::read(&path).ok().and_then(|bytes| decode(&bytes)) {
            return Ok(gram);
        }
        let gram = make();
        let part = folder.join(format!("{key}-part.gram"));
        std::fs::write(&part, encode(&gram))
            .and_then(|()| std::fs::rename(&part, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(gram)
    }
}

/// Per layer the number of values, then the values; all little-endian.
fn encode(gram: &Gram) -> Vec<u8> {
    let mut bytes = Vec::new();
    for layer in &gram.layers {
        bytes.extend((layer.len() as u32).to_le_bytes());
        bytes.extend(layer.iter().flat_map(|v| v.to_le_bytes()));
    }
    bytes
}

fn decode(mut bytes: &[u8]) -> Option<Gram> {
    let mut layers = Vec::new();
    while !bytes.is_empty() {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let (values, rest) = rest.split_at_checked(4 * u32::from_le_bytes(*count) as usize)?;
        let values = values.as_chunks::<4>().0;
        layers.push(values.iter().map(|b| f32::from_le_bytes(*b)).collect());
        bytes = rest;
    }
    Some(Gram { layers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_once_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(Some(folder.path())).unwrap();
        let picture = Planes::new(3, 1, 2, vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0]).unwrap();
        let key = key("teacher", &picture);
        let made = cache.picture(&key, || Ok(picture.clone())).unwrap();
        let kept = cache.picture(&key, || panic!("made twice")).unwrap();
        assert_eq!(made.to_rgba8(), kept.to_rgba8());
        assert_eq!(kept.to_rgba8(), picture.to_rgba8());

        let gram = Gram {
            layers: vec![vec![1.5, -2.0], vec![0.25]],
        };
        assert_eq!(cache.gram(&key, || gram.clone()).unwrap(), gram);
        assert_eq!(cache.gram(&key, || panic!("made twice")).unwrap(), gram);
        let path = folder.path().join(&key).with_extension("gram");
        std::fs::write(&path, [9, 0, 0, 0, 1]).unwrap();
        assert_eq!(
            cache.gram(&key, || gram.clone()).unwrap(),
            gram,
            "a damaged file is made anew"
        );
    }

    #[test]
    fn keys_tell_makers_pictures_and_shapes_apart() {
        let wide = Planes::zeros(3, 1, 2);
        let high = Planes::zeros(3, 2, 1);
        let mut brighter = wide.clone();
        brighter.data[0] = 0.01;
        let keys = [
            key("a", &wide),
            key("b", &wide),
            key("a", &high),
            key("a", &brighter),
        ];
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key));
        }
    }

    #[test]
    fn without_a_folder_all_is_made() {
        let cache = Cache::open(None).unwrap();
        let mut count = 0;
        for _ in 0..2 {
            cache
                .picture("key", || {
                    count += 1;
                    Ok(Planes::zeros(3, 1, 1))
                })
                .unwrap();
        }
        assert_eq!(count, 2);
    }
}
