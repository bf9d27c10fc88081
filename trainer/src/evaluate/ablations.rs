//! Training runs side by side: what each of them made of the held-out photos.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use limn::Planes;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    cache::Cache,
    scores::Scores,
    stills::{Instruments, Subject, as_saved},
    teachers::{StyleTeacher, TeacherMap, paint_all},
};
use crate::{files::images, recipe::Recipe, run::table::Table};

/// A run folder that `fit` filled.
pub struct Run {
    /// The folder's name.
    pub name: String,
    recipe: Recipe,
    folder: PathBuf,
}

/// What a run reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ablation {
    /// The run folder's name.
    pub run: String,
    /// Name of the style in its recipe.
    pub style: String,
    pub title: String,
    pub width: usize,
    pub lambda: f32,
    /// The recipe in one line.
    pub recipe: String,
    /// Steps in the run's loss table.
    pub steps: usize,
    /// Held-out photos that it painted.
    pub photos: usize,
    pub median: Scores,
}

impl Run {
    /// Opens a run folder: `config.toml`, `loss.csv` and `painted/` must be there.
    ///
    /// # Errors
    /// When one of them is missing, or the recipe cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        ensure!(
            folder.is_dir(),
            "there is no run folder {}",
            folder.display()
        );
        for part in ["config.toml", "loss.csv", "painted"] {
            ensure!(
                folder.join(part).exists(),
                "the run folder {} holds no {part}",
                folder.display()
            );
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            name: name.into_owned(),
            recipe: Recipe::load(&folder.join("config.toml"))?,
            folder: folder.to_owned(),
        })
    }

    /// The name by which its teacher is looked for: the run's, else its style's.
    fn teacher(&self, teachers: &TeacherMap) -> Result<Option<StyleTeacher>> {
        match teachers.find(&self.name)? {
            Some(teacher) => Ok(Some(teacher)),
            None => teachers.find(&self.recipe.style.name),
        }
    }

    /// Measures its pictures of `subjects`, those that it painted, and gives them back; other sizes are brought to the
    /// photo's.
    ///
    /// # Errors
    /// When it painted none of them, a picture is unreadable, or a network fails.
    pub fn measure(
        &self,
        teachers: &TeacherMap,
        subjects: &[Subject],
        instruments: &Instruments,
        cache: &Cache,
    ) -> Result<(Ablation, Vec<Option<Planes>>)> {
        let teacher = self.teacher(teachers)?;
        let painted = self.folder.join("painted");
        let references = paint_all(teacher.as_ref(), subjects, cache)?;
        let rows: Vec<Option<(Planes, Scores)>> = subjects
            .par_iter()
            .zip(references)
            .map(|(subject, reference)| {
                let path = painted.join(format!("{}.png", subject.name));
                if !path.is_file() {
                    return Ok(None);
                }
                let Planes { width, height, .. } = subject.photo;
                let picture = as_saved(images::load(&path)?.colours.resized(width, height));
                let reference = reference
                    .map(|reference| instruments.reference(reference, cache))
                    .transpose()?;
                let scores = instruments.measure(subject, reference.as_ref(), &picture, cache)?;
                Ok(Some((picture, scores)))
            })
            .collect::<Result<_>>()?;
        let scores: Vec<&Scores> = rows.iter().flatten().map(|(_, scores)| scores).collect();
        ensure!(
            !scores.is_empty(),
            "{} holds a picture of none of the photos",
            painted.display()
        );
        let style = &self.recipe.style;
        let ablation = Ablation {
            run: self.name.clone(),
            style: style.name.clone(),
            title: style.title.clone(),
            width: style.width,
            lambda: style.lambda,
            recipe: self.recipe.summary(),
            steps: self.steps()?,
            photos: scores.len(),
            median: Scores::medians(scores),
        };
        let pictures = rows
            .into_iter()
            .map(|row| row.map(|(picture, _)| picture))
            .collect();
        Ok((ablation, pictures))
    }

    /// The step in the last row of the loss table.
    fn steps(&self) -> Result<usize> {
        let path = self.folder.join("loss.csv");
        Table::read(&path)?
            .last_step()
            .with_context(|| format!("{} holds no step", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        evaluate::scores::{Group, Measure},
        recipe::test_recipe::RECIPE,
    };

    #[test]
    fn a_run_is_measured_by_the_pictures_it_left() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("pixel-only");
        std::fs::create_dir_all(run.join("painted")).unwrap();
        let recipe = RECIPE.replace("name = \"test\"", "name = \"flat\"");
        std::fs::write(run.join("config.toml"), recipe).unwrap();
        std::fs::write(run.join("loss.csv"), "step,total\n1,2.0\n100,1.0\n").unwrap();
        let map = folder.path().join("teachers.toml");
        std::fs::write(&map, "flat = \"l0 --lambda 0.1\"").unwrap();
        let teachers = TeacherMap::load(&map).unwrap();
        let instruments = Instruments {
            groups: vec![Group::Style, Group::Structure],
            identity: None,
            gram: None,
            gram_key: String::new(),
        };
        let cache = Cache::open(None).unwrap();
        let value = |i: usize| 0.3 + 0.2 * ((i * 37 % 101) as f32 / 101.0);
        let photo = Planes::new(3, 40, 48, (0..3 * 40 * 48).map(value).collect()).unwrap();
        let subject = |name: &str| {
            instruments
                .subject(name.into(), as_saved(photo.clone()), false, &cache)
                .unwrap()
        };
        let subjects = [subject("a"), subject("b")];
        let measure = || {
            Run::open(&run)
                .unwrap()
                .measure(&teachers, &subjects, &instruments, &cache)
        };
        let nothing = measure().err().unwrap().to_string();
        assert!(nothing.contains("a picture of none"), "{nothing}");

        // The run left the photo itself: it learnt nothing.
        images::save(&run.join("painted/b.png"), &photo, None).unwrap();
        let (ablation, pictures) = measure().unwrap();
        assert_eq!((ablation.steps, ablation.photos), (100, 1));
        assert_eq!(ablation.run, "pixel-only");
        assert!(pictures[0].is_none() && pictures[1].is_some());
        assert_eq!(ablation.median.get(Measure::Lines), Some(0.0));
        assert!((ablation.median.get(Measure::Edges).unwrap() - 1.0).abs() < 1e-9);

        std::fs::remove_file(run.join("loss.csv")).unwrap();
        let missing = Run::open(&run).err().unwrap().to_string();
        assert!(missing.contains("holds no loss.csv"), "{missing}");
    }
}
