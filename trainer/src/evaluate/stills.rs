//! Measures a picture against the photo it was made from, and against what the teacher made of that photo.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use limn::{Planes, options::fit};

use super::{
    cache::{self, Cache},
    recognition::glance,
    scores::{Group, Measure, Scores},
};
use crate::{
    files::images,
    metrics::{
        checkerboard::checkerboard,
        colour::colour_difference,
        gram::{Gram, GramExtractor, gram_distance_left},
        identity::{Face, Identity, cosine},
        ssim,
        structure::{calm, edge_agreement, line_energy, line_strength, luma, psnr},
    },
};

/// SSIM's window must fit, and teachers need as much.
const MIN_SIDE: usize = 16;

/// What measures; parts that were not asked for or have no weights are absent.
pub struct Instruments {
    pub groups: Vec<Group>,
    pub identity: Option<Identity>,
    pub gram: Option<GramExtractor>,
    /// Tells Gram matrices of other weights and windows apart in the cache.
    pub gram_key: String,
}

/// A photo, and all that is measured on it only once.
pub struct Subject {
    /// File name without ending.
    pub name: String,
    pub photo: Planes,
    luma: Planes,
    line_energy: f64,
    gram: Option<Gram>,
    face: Option<(Face, Vec<f32>)>,
}

/// A teacher's picture of a subject, and what styles are compared with.
pub struct Reference {
    pub picture: Planes,
    line_energy: f64,
    gram: Option<Gram>,
}

impl Subject {
    /// Whether a face was looked for and found.
    pub fn has_face(&self) -> bool {
        self.face.is_some()
    }
}

/// The picture as a file would hold it: clamped to [0, 1] and rounded to 8 bits.
pub fn as_saved(mut picture: Planes) -> Planes {
    for value in &mut picture.data {
        *value = (value.clamp(0.0, 1.0) * 255.0).round() / 255.0;
    }
    picture
}

/// Reads a photo with its longer side at most `size` pixels.
///
/// # Errors
/// When it is unreadable or too small.
pub fn load_photo(path: &Path, size: usize) -> Result<Planes> {
    let photo = images::load(path)?.colours;
    let (width, height) = fit(photo.width, photo.height, size);
    ensure!(
        width >= MIN_SIDE && height >= MIN_SIDE,
        "{} is {width}×{height}; {MIN_SIDE} pixels each way are needed",
        path.display()
    );
    Ok(as_saved(photo.resized(width, height)))
}

impl Instruments {
    /// Whether measures of `group` were asked for.
    pub fn has(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }

    /// Prepares a photo. `with_face` says whether a face is looked for.
    ///
    /// # Errors
    /// When a network of `--identity` fails, or the cache cannot be written.
    pub fn subject(
        &self,
        name: String,
        photo: Planes,
        with_face: bool,
        cache: &Cache,
    ) -> Result<Subject> {
        let face = match &self.identity {
            Some(identity) if with_face => match identity.face(&photo)? {
                Some(face) => Some((face, identity.embedding(&photo, &face)?)),
                None => None,
            },
            _ => None,
        };
        Ok(Subject {
            name,
            luma: luma(&photo),
            line_energy: line_energy(&photo),
            gram: self.gram_of(&photo, cache)?,
            face,
            photo,
        })
    }

    /// Prepares a teacher's picture, which must have been through [`as_saved`].
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn reference(&self, picture: Planes, cache: &Cache) -> Result<Reference> {
        Ok(Reference {
            line_energy: line_energy(&picture),
            gram: self.gram_of(&picture, cache)?,
            picture,
        })
    }

    /// The Gram matrices by which `picture` is recognised.
    ///
    /// # Errors
    /// When the cache cannot be written.
    pub fn glance(&self, picture: &Planes, cache: &Cache) -> Result<Option<Gram>> {
        self.gram_of(&glance(picture), cache)
    }

    fn gram_of(&self, picture: &Planes, cache: &Cache) -> Result<Option<Gram>> {
        let Some(extractor) = &self.gram else {
            return Ok(None);
        };
        let key = cache::key(&self.gram_key, picture);
        cache.gram(&key, || extractor.gram(picture)).map(Some)
    }

    /// Everything there is to say about `picture`, a painting of `subject` of its size that went through [`as_saved`].
    ///
    /// # Errors
    /// When sizes differ, a network of `--identity` fails, or the cache cannot be written.
    pub fn measure(
        &self,
        subject: &Subject,
        teacher: Option<&Reference>,
        picture: &Planes,
        cache: &Cache,
    ) -> Result<Scores> {
        let photo = &subject.photo;
        ensure!(
            (picture.width, picture.height) == (photo.width, photo.height),
            "a picture of {} is {}×{}, the photo {}×{}",
            subject.name,
            picture.width,
            picture.height,
            photo.width,
            photo.height
        );
        let mut scores = Scores::default();
        if let Some((face, embedding)) = &subject.face {
            if let (true, Some(identity)) = (self.has(Group::Identity), &self.identity) {
                let ours = identity
                    .embedding(picture, face)
                    .with_context(|| format!("cannot embed the face of {}", subject.name))?;
                scores.set(Measure::Identity, Some(cosine(&ours, embedding)));
            }
            if self.has(Group::Skin) {
                let region = face.region();
                let difference = colour_difference(photo, picture, Some(&region));
                scores.set(Measure::Skin, difference);
            }
        }
        if self.has(Group::Structure) {
            let luma = luma(picture);
            scores.set(Measure::Ssim, Some(ssim(&subject.luma, &luma)?));
            scores.set(Measure::Psnr, psnr(photo, picture));
            scores.set(Measure::Edges, edge_agreement(&subject.luma, &luma));
            scores.set(Measure::Calm, calm(photo, picture));
        }
        if let (true, Some(teacher)) = (self.has(Group::Style), teacher) {
            let strength = line_strength(
                subject.line_energy,
                teacher.line_energy,
                line_energy(picture),
            );
            scores.set(Measure::Lines, strength);
            scores.set(Measure::Likeness, psnr(&teacher.picture, picture));
            if let (Some(photo), Some(teacher)) = (&subject.gram, &teacher.gram)
                && let Some(ours) = self.gram_of(picture, cache)?
            {
                scores.set(Measure::Gram, gram_distance_left(photo, teacher, &ours));
            }
        }
        if self.has(Group::Checkerboard) {
            scores.set(Measure::Checkerboard, checkerboard(photo, picture));
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(contrast: f32) -> Planes {
        let value = |i: usize| 0.5 + contrast * ((i * 37 % 101) as f32 / 101.0 - 0.5);
        as_saved(Planes::new(3, 40, 48, (0..3 * 40 * 48).map(value).collect()).unwrap())
    }

    fn instruments(groups: &[Group]) -> Instruments {
        Instruments {
            groups: groups.to_vec(),
            identity: None,
            gram: None,
            gram_key: String::new(),
        }
    }

    #[test]
    fn the_photo_and_the_teacher_are_the_ends_of_the_scale() {
        let cache = Cache::open(None).unwrap();
        let all = instruments(&[Group::Structure, Group::Style, Group::Checkerboard]);
        let subject = all.subject("a".into(), drawn(0.3), true, &cache).unwrap();
        let teacher = all.reference(drawn(0.6), &cache).unwrap();
        let measure = |picture: &Planes| {
            all.measure(&subject, Some(&teacher), picture, &cache)
                .unwrap()
        };
        let photo = measure(&subject.photo);
        assert_eq!(photo.get(Measure::Lines), Some(0.0));
        assert!((photo.get(Measure::Ssim).unwrap() - 1.0).abs() < 1e-9);
        assert!((photo.get(Measure::Edges).unwrap() - 1.0).abs() < 1e-9);
        assert!(photo.get(Measure::Checkerboard).unwrap() <= 1.0);
        assert_eq!(photo.get(Measure::Psnr), None, "infinite");
        let own = measure(&teacher.picture);
        assert_eq!(own.get(Measure::Lines), Some(1.0));
        assert!(own.get(Measure::Ssim).unwrap() < 0.99);
        // Nothing to embed faces or textures with.
        for absent in [Measure::Identity, Measure::Skin, Measure::Gram] {
            assert_eq!(own.get(absent), None);
        }
        let few = instruments(&[Group::Structure]);
        let scores = few.measure(&subject, Some(&teacher), &subject.photo, &cache);
        assert_eq!(scores.unwrap().get(Measure::Lines), None);
    }

    #[test]
    fn pictures_of_another_size_are_refused() {
        let cache = Cache::open(None).unwrap();
        let all = instruments(&[Group::Structure]);
        let subject = all.subject("a".into(), drawn(0.3), false, &cache).unwrap();
        let error = all.measure(&subject, None, &Planes::zeros(3, 40, 40), &cache);
        assert!(error.unwrap_err().to_string().contains("40×40"));
    }
}
