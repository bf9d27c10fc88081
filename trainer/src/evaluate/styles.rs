//! Paints the held-out photos and clips with every record of a style, beside its teacher and the method's ceiling.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;
use limn::{
    Options, Planes,
    cpu::CpuEngine,
    engine::{Engine, Slot},
    ground::Ground,
    style::{Style, StyleMetadata},
};
use rayon::prelude::*;

use super::{
    cache::Cache,
    clips::{Clip, Flicker},
    scores::Scores,
    stills::{Instruments, Subject, as_saved},
    teachers::{StyleTeacher, paint_all, paint_frames},
};
use crate::{files::models, metrics::ceiling::ceiling};

/// A style record and where it came from.
pub struct Record {
    pub file: String,
    pub style: Style,
}

/// The records of one style, by rising width.
pub struct StyleGroup {
    /// Without the width: `mosaic` for `mosaic-c8` and `mosaic-c16`.
    pub name: String,
    pub records: Vec<Record>,
}

/// Reads records and sorts them by style and width. Folders stand for the records in them.
///
/// # Errors
/// When one cannot be read, or there is none.
pub fn load(paths: &[PathBuf]) -> Result<Vec<StyleGroup>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            let entries = std::fs::read_dir(path)
                .with_context(|| format!("cannot read the folder {}", path.display()))?;
            for entry in entries {
                let file = entry?.path();
                if file.extension().is_some_and(|e| e == "bpk") {
                    files.push(file);
                }
            }
            if files.len() == before {
                bail!("no style record (.bpk) in {}", path.display());
            }
        } else {
            files.push(path.clone());
        }
    }
    files.sort();
    files.dedup();
    let mut groups: Vec<StyleGroup> = Vec::new();
    for file in files {
        let style = models::load(&file)?;
        let name = base_name(&style.metadata.name).to_owned();
        let record = Record {
            file: file_name(&file),
            style,
        };
        match groups.iter_mut().find(|group| group.name == name) {
            Some(group) => group.records.push(record),
            None => groups.push(StyleGroup {
                name,
                records: vec![record],
            }),
        }
    }
    for group in &mut groups {
        group.records.sort_by_key(|r| r.style.metadata.width);
    }
    groups.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(groups)
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A style's name without an ending `-c<width>`.
fn base_name(name: &str) -> &str {
    match name.rsplit_once("-c") {
        Some((base, width)) if width.parse::<u32>().is_ok() => base,
        _ => name,
    }
}

/// Pictures of one subject, and their numbers; what a style has no teacher for is absent.
pub struct Row {
    pub teacher: Option<(Planes, Scores)>,
    /// The best that the method can do, see [`ceiling`], per record at its λ.
    pub ceilings: Vec<Option<(Planes, Scores)>>,
    /// Per record: the picture, and its scores without the medium, which the teacher has not either.
    pub ours: Vec<(Planes, Scores)>,
}

/// Paints and measures all `subjects` with the records of a group.
///
/// # Errors
/// When a teacher's reference is unreadable, a network fails, or the cache cannot be written.
pub fn paint_photos(
    group: &StyleGroup,
    teacher: Option<&StyleTeacher>,
    subjects: &[Subject],
    instruments: &Instruments,
    cache: &Cache,
    bar: &ProgressBar,
) -> Result<Vec<Row>> {
    let references = paint_all(teacher, subjects, cache)?;
    subjects
        .par_iter()
        .zip(references)
        .map(|(subject, reference)| {
            let row = paint_photo(group, subject, reference, instruments, cache)
                .with_context(|| format!("cannot paint {}", subject.name));
            bar.inc(1);
            row
        })
        .collect()
}

fn paint_photo(
    group: &StyleGroup,
    subject: &Subject,
    reference: Option<Planes>,
    instruments: &Instruments,
    cache: &Cache,
) -> Result<Row> {
    let reference = reference
        .map(|picture| instruments.reference(picture, cache))
        .transpose()?;
    let measure =
        |picture: &Planes| instruments.measure(subject, reference.as_ref(), picture, cache);
    let mut row = Row {
        teacher: None,
        ceilings: Vec::new(),
        ours: Vec::new(),
    };
    if let Some(reference) = &reference {
        let scores = measure(&reference.picture)?;
        row.teacher = Some((reference.picture.clone(), scores));
    }
    let mut last: Option<(f32, Option<Ground>, bool)> = None;
    for record in &group.records {
        let StyleMetadata {
            lambda,
            ground,
            colours,
            ..
        } = record.style.metadata;
        let this = Some((lambda, ground, colours));
        let ceiling = match &reference {
            // Widths of one style mostly share them.
            Some(_) if last == this => row.ceilings.last().cloned().flatten(),
            Some(reference) => {
                let ground = ground.unwrap_or(Ground::PHOTO);
                let best = ceiling(&subject.photo, &reference.picture, &ground, lambda, colours);
                let picture = as_saved(best);
                let scores = measure(&picture)?;
                Some((picture, scores))
            }
            None => None,
        };
        last = this;
        row.ceilings.push(ceiling);
        let mut engine = engine(record)?;
        engine.set_photo(&subject.photo)?;
        let picture = paint(&mut engine, &options(lambda))?;
        let scores = measure(&paint(&mut engine, &bare(lambda))?)?;
        row.ours.push((picture, scores));
    }
    Ok(row)
}

/// Full strength at `lambda`.
pub fn options(lambda: f32) -> Options {
    Options {
        lambda,
        ..Options::default()
    }
}

/// The same without the medium, which no reference has.
pub fn bare(lambda: f32) -> Options {
    Options {
        texture: 0.0,
        ..options(lambda)
    }
}

/// An engine with the record's style.
///
/// # Errors
/// When its weights do not fit the network.
pub fn engine(record: &Record) -> Result<CpuEngine> {
    let mut engine = CpuEngine::new();
    engine.set_style(Slot::First, Some(&record.style))?;
    Ok(engine)
}

/// The engine's photo painted, as it would be saved.
///
/// # Errors
/// When the engine fails.
pub fn paint(engine: &mut CpuEngine, options: &Options) -> Result<Planes> {
    Ok(as_saved(pollster::block_on(engine.paint(options))?))
}

/// Flicker of one clip: of the input, the teacher's version, and each record's.
pub struct ClipRow {
    pub input: Flicker,
    pub teacher: Option<Flicker>,
    pub ours: Vec<Flicker>,
}

/// Paints every frame of `clip` and measures the flicker.
///
/// # Errors
/// When the cache cannot be written or an engine fails.
pub fn paint_clip(
    group: &StyleGroup,
    teacher: Option<&StyleTeacher>,
    clip: &Clip,
    cache: &Cache,
) -> Result<ClipRow> {
    let teacher_frames = match teacher {
        Some(teacher) => paint_frames(teacher, &clip.frames, cache)?,
        None => None,
    };
    let ours = group
        .records
        .iter()
        .map(|record| {
            let lambda = record.style.metadata.lambda;
            let frames: Vec<Planes> = clip
                .frames
                .par_iter()
                .map(|frame| {
                    let mut engine = engine(record)?;
                    engine.set_photo(frame)?;
                    paint(&mut engine, &bare(lambda))
                })
                .collect::<Result<_>>()?;
            Ok(clip.flicker(&frames))
        })
        .collect::<Result<_>>()?;
    Ok(ClipRow {
        input: clip.flicker(&clip.frames),
        teacher: teacher_frames.map(|frames| clip.flicker(&frames)),
        ours,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::scores::{Group, Measure};

    #[test]
    fn widths_of_one_style_share_its_name() {
        assert_eq!(base_name("mosaic-c16"), "mosaic");
        assert_eq!(base_name("mosaic"), "mosaic");
        assert_eq!(base_name("rain-cloud"), "rain-cloud");
    }

    #[test]
    fn the_ceiling_has_the_teachers_lines_and_the_photos_colours() {
        let draw = |f: fn(usize, usize) -> f32| {
            let data = (0..3 * 48 * 48).map(|i| f(i % 48, i / 48 % 48)).collect();
            Planes::new(3, 48, 48, data).unwrap()
        };
        // The teacher draws lines, and stains everything.
        let photo = draw(|x, _| 0.3 + 0.002 * x as f32);
        let teacher = draw(|x, y| if (x + y) % 8 < 2 { 0.3 } else { 0.8 });
        let cache = Cache::open(None).unwrap();
        let instruments = Instruments {
            groups: vec![Group::Style],
            identity: None,
            gram: None,
            gram_key: String::new(),
        };
        let subject = instruments
            .subject("a".into(), photo.clone(), false, &cache)
            .unwrap();
        let reference = instruments.reference(teacher, &cache).unwrap();
        let lines = |lambda| {
            let picture = ceiling(&photo, &reference.picture, &Ground::PHOTO, lambda, false);
            let picture = as_saved(picture);
            let mean = picture.data.iter().sum::<f32>() / picture.data.len() as f32;
            let own = photo.data.iter().sum::<f32>() / photo.data.len() as f32;
            assert!((mean - own).abs() < 0.01, "λ {lambda}: {mean}, photo {own}");
            let scores = instruments.measure(&subject, Some(&reference), &picture, &cache);
            scores.unwrap().get(Measure::Lines).unwrap()
        };
        let (faint, strong) = (lines(1.0), lines(100.0));
        assert!(
            faint > 0.3 && strong > faint && strong < 1.05,
            "{faint} {strong}"
        );
        assert!(lines(0.0).abs() < 0.02);
    }
}
