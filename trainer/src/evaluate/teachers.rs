//! Which teacher a style was learnt from, and what it makes of a photo.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use limn::Planes;
use rayon::prelude::*;
use serde::Deserialize;

use super::{
    cache::{self, Cache},
    stills::{Subject, as_saved},
};
use crate::{files::folder::Order, teach::Teacher};

/// What `--teachers` says of each style.
#[derive(Default)]
pub struct TeacherMap {
    entries: BTreeMap<String, Entry>,
    /// Paths in the entries are relative to it.
    folder: PathBuf,
}

/// One style's teacher: the words that follow `teach --teacher`, or a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Entry {
    Text(String),
    Table(Table),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    teacher: Option<String>,
    /// Folder of finished references, by the photos' names; these go before the teacher, which still paints the clips.
    references: Option<PathBuf>,
    /// Longest side at which the teacher paints; its picture is brought to the photo's size.
    size: Option<usize>,
}

/// A style's teacher, ready to paint.
pub struct StyleTeacher {
    /// Finished references before who paints the rest.
    teachers: Vec<Teacher>,
    /// Longest side at which is painted.
    size: Option<usize>,
}

impl TeacherMap {
    /// Reads a TOML file `style = "weights.safetensors"`, `style = "ink --darkness 0.7"` or `style = { teacher = …,
    /// references = folder, size = pixels }`; or takes a folder, in which a style's teacher is `<style>.safetensors`, or
    /// its references the folder `<style>`.
    ///
    /// # Errors
    /// When the path is neither, or the file has another form.
    pub fn load(path: &Path) -> Result<Self> {
        ensure!(path.exists(), "there are no teachers {}", path.display());
        if path.is_dir() {
            return Self::from_folder(path);
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let entries = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}", error.message()))
            .with_context(|| format!("{} is no map from styles to teachers", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { entries, folder })
    }

    fn from_folder(folder: &Path) -> Result<Self> {
        let mut entries = BTreeMap::new();
        let listing = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for item in listing {
            let path = item?.path();
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else {
                continue;
            };
            let mut table = Table {
                teacher: None,
                references: None,
                size: None,
            };
            let file = path.file_name().unwrap_or_default();
            if path.is_dir() {
                table.references = Some(file.into());
            } else if path.extension().is_some_and(|e| e == "safetensors") {
                table.teacher = Some(file.to_string_lossy().into_owned());
            } else {
                continue;
            }
            entries.insert(name.to_owned(), Entry::Table(table));
        }
        let folder = folder.to_owned();
        Ok(Self { entries, folder })
    }

    /// Of the styles that have teachers, in the alphabet's order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.entries.keys()
    }

    /// The teacher of the style `name`, if there is one.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn find(&self, name: &str) -> Result<Option<StyleTeacher>> {
        let table = match self.entries.get(name) {
            None => return Ok(None),
            Some(Entry::Table(table)) => table.clone(),
            Some(Entry::Text(text)) => Table {
                teacher: Some(text.clone()),
                references: None,
                size: None,
            },
        };
        self.open(&table)
            .map(Some)
            .with_context(|| format!("the teacher of {name} cannot be used"))
    }

    fn open(&self, table: &Table) -> Result<StyleTeacher> {
        let mut teachers = Vec::new();
        if let Some(path) = &table.references {
            teachers.push(Teacher::references(self.folder.join(path))?);
        }
        if let Some(text) = &table.teacher {
            teachers.push(Teacher::parse(text, &self.folder)?);
        }
        ensure!(
            !teachers.is_empty(),
            "it has neither `teacher` nor `references`"
        );
        Ok(StyleTeacher {
            teachers,
            size: table.size,
        })
    }
}

/// What the teacher makes of each subject; all `None` without one. Networks paint one by one: each picture keeps all
/// cores busy and takes gigabytes.
///
/// # Errors
/// As [`StyleTeacher::paint`].
pub fn paint_all(
    teacher: Option<&StyleTeacher>,
    subjects: &[Subject],
    cache: &Cache,
) -> Result<Vec<Option<Planes>>> {
    let Some(teacher) = teacher else {
        return Ok(subjects.iter().map(|_| None).collect());
    };
    let paint = |subject: &Subject| teacher.paint(Some(&subject.name), &subject.photo, cache);
    match teacher.order() {
        Order::OneByOne => subjects.iter().map(paint).collect(),
        Order::Parallel => subjects.par_iter().map(paint).collect(),
    }
}

/// As [`paint_all`], for the frames of a clip; `None` where they cannot be painted.
///
/// # Errors
/// As [`StyleTeacher::paint`].
pub fn paint_frames(
    teacher: &StyleTeacher,
    frames: &[Planes],
    cache: &Cache,
) -> Result<Option<Vec<Planes>>> {
    let paint = |frame: &Planes| teacher.paint(None, frame, cache);
    let painted: Vec<Option<Planes>> = match teacher.order() {
        Order::OneByOne => frames.iter().map(paint).collect::<Result<_>>()?,
        Order::Parallel => frames.par_iter().map(paint).collect::<Result<_>>()?,
    };
    Ok(painted.into_iter().collect())
}

impl StyleTeacher {
    /// `teacher` for a style of its own, at the photos' size.
    pub fn new(teacher: Teacher) -> Self {
        Self {
            teachers: vec![teacher],
            size: None,
        }
    }

    /// For the report, such as `mosaic.safetensors` or `ink --darkness 0.7`.
    pub fn label(&self) -> &str {
        self.teachers.last().map_or("", Teacher::label)
    }

    /// How many pictures are painted at a time.
    fn order(&self) -> Order {
        let one = self.teachers.iter().map(Teacher::order);
        one.max().unwrap_or(Order::Parallel)
    }

    /// The teacher's picture of `photo` at its size, clamped and rounded to 8 bits; the reference named `name` where there
    /// is one. `None` where there is neither that nor a teacher to paint.
    ///
    /// # Errors
    /// When a reference is unreadable, or the cache cannot be written.
    pub fn paint(
        &self,
        name: Option<&str>,
        photo: &Planes,
        cache: &Cache,
    ) -> Result<Option<Planes>> {
        for teacher in &self.teachers {
            let paint = || -> Result<Option<Planes>> {
                let painted = teacher.paint(&teacher.scaled(photo, self.size)?, name)?;
                Ok(painted.map(|picture| as_saved(picture.resized(photo.width, photo.height))))
            };
            let picture = match teacher.key() {
                None => paint()?,
                Some(key) => {
                    let key = cache::key(&format!("{key} at {:?}", self.size), photo);
                    Some(
                        cache
                            .picture(&key, || paint()?.context("this teacher paints no photos"))?,
                    )
                }
            };
            if picture.is_some() {
                return Ok(picture);
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::images;

    fn photo() -> Planes {
        let value = |i: usize| (i * 37 % 101) as f32 / 101.0;
        as_saved(Planes::new(3, 20, 24, (0..3 * 20 * 24).map(value).collect()).unwrap())
    }

    fn map(text: &str) -> (tempfile::TempDir, Result<TeacherMap>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("teachers.toml");
        std::fs::write(&path, text).unwrap();
        let map = TeacherMap::load(&path);
        (folder, map)
    }

    #[test]
    fn filters_paint_with_their_parameters() {
        let (_folder, map) = map("flat = \"l0\"\nflatter = \"l0 --lambda 0.5\"");
        let map = map.unwrap();
        let cache = Cache::open(None).unwrap();
        let paint = |style: &str| {
            let teacher = map.find(style).unwrap().unwrap();
            assert_eq!(teacher.order(), Order::Parallel);
            teacher.paint(Some("a"), &photo(), &cache).unwrap().unwrap()
        };
        assert_ne!(paint("flat"), paint("flatter"));
        assert_eq!(
            map.find("flatter").unwrap().unwrap().label(),
            "l0 --lambda 0.5"
        );
        assert!(map.find("other").unwrap().is_none());
    }

    #[test]
    fn references_go_first_and_have_no_frames() {
        let (folder, map) = map("a = { references = \"a\" }\n");
        let references = folder.path().join("a");
        std::fs::create_dir(&references).unwrap();
        let grey = Planes::new(3, 10, 12, vec![0.2; 360]).unwrap();
        images::save(&references.join("x.png"), &grey, None).unwrap();
        let cache = Cache::open(None).unwrap();
        for map in [map.unwrap(), TeacherMap::load(folder.path()).unwrap()] {
            let teacher = map.find("a").unwrap().unwrap();
            let paint = |name| teacher.paint(name, &photo(), &cache).unwrap();
            let picture = paint(Some("x")).unwrap();
            assert_eq!((picture.width, picture.height), (24, 20));
            assert!(picture.data.iter().all(|v| (v - 0.2).abs() < 1e-6));
            assert!(paint(Some("y")).is_none());
            assert!(paint(None).is_none());
        }
    }

    #[test]
    fn mistakes_are_named() {
        let message = |text: &str| {
            let (_folder, map) = map(text);
            format!("{:#}", map.and_then(|map| map.find("a")).err().unwrap())
        };
        for (text, expected) in [
            (
                "a = \"absent.safetensors\"",
                "there is no teacher absent.safetensors",
            ),
            ("a = \"l0 --darkness 1\"", "has no parameter --darkness"),
            ("a = \"l0 --lambda\"", "`l0 --lambda`"),
            ("a = { size = 3 }", "neither `teacher` nor `references`"),
            ("a = { references = \"absent\" }", "there is no folder"),
            ("a = 3", "no map from styles to teachers"),
            ("a = { teacher = \"l0\", sizes = 3 }", "no map"),
        ] {
            let error = message(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
