//! What an evaluation loads once: photos, clips, teachers and instruments; and what it measures besides styles.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;
use limn::style::sha256_hex;
use rayon::prelude::*;

use super::{
    ablations::{Ablation, Run},
    args::EvaluateArgs,
    cache::Cache,
    clips::{self, Clip},
    pages::Pages,
    report::Baseline,
    scores::{Group, Scores},
    stills::{self, Instruments, Subject},
    teachers::{self, StyleTeacher, TeacherMap},
};
use crate::{
    files::images,
    filter::{FILTERS, Kind, Parameters},
    metrics::{gram::GramExtractor, identity::Identity},
    teach::Teacher,
};

/// What is loaded once: what is evaluated, and what it is measured with.
pub struct Evaluation {
    pub instruments: Instruments,
    pub cache: Cache,
    pub teachers: TeacherMap,
    pub rivals: TeacherMap,
    pub portraits: Vec<Subject>,
    pub non_face: Vec<Subject>,
    pub clips: Vec<Clip>,
    pub notes: Vec<String>,
    pub clock: Clock,
}

impl Evaluation {
    /// Loads what the arguments name.
    ///
    /// # Errors
    /// When something is unreadable or unusable; single photos are passed over instead.
    pub fn load(args: &EvaluateArgs) -> Result<Self> {
        let mut clock = Clock::default();
        let mut notes = Vec::new();
        let instruments = instruments(args, &mut notes)?;
        let cache = Cache::open(args.cache.as_deref())?;
        let map = |path: &Option<PathBuf>| match path {
            Some(path) => TeacherMap::load(path),
            None => Ok(TeacherMap::default()),
        };
        let (teachers, rivals) = (map(&args.teachers)?, map(&args.rivals)?);
        let mut subjects = |folder: &Path, with_face| {
            load_subjects(args, folder, with_face, &instruments, &cache, &mut notes)
        };
        let portraits = subjects(&args.photos, true)?;
        let non_face = match &args.non_face {
            Some(folder) => subjects(folder, false)?,
            None => Vec::new(),
        };
        if instruments.identity.is_some() {
            let faceless = portraits.iter().filter(|s| !s.has_face());
            let names: Vec<&str> = faceless.map(|s| s.name.as_str()).collect();
            if !names.is_empty() {
                notes.push(format!("no face was found in {}", names.join(", ")));
            }
        }
        let clips = match &args.videos {
            Some(folder) if instruments.has(Group::Flicker) => clips::list(folder)?
                .iter()
                .map(|path| Clip::load(path, &args.clip_options(), instruments.identity.as_ref()))
                .collect::<Result<_>>()?,
            _ => Vec::new(),
        };
        clock.lap("reading and measuring the photos");
        Ok(Self {
            instruments,
            cache,
            teachers,
            rivals,
            portraits,
            non_face,
            clips,
            notes,
            clock,
        })
    }

    /// The classical filters, if they are wanted, with their defaults, and the rivals, on the portraits.
    pub fn baselines(&mut self, classical: bool, pages: &mut Pages) -> Result<Vec<Baseline>> {
        let mut painters = Vec::new();
        for entry in FILTERS
            .iter()
            .filter(|entry| classical && entry.kind == Kind::Filter)
        {
            let filter = Teacher::open(entry.name, &Parameters::default(), Path::new(""))?;
            painters.push((entry.name.to_owned(), StyleTeacher::new(filter)));
        }
        for name in self.rivals.names() {
            painters.extend(self.rivals.find(name)?.map(|rival| (name.clone(), rival)));
        }
        if painters.is_empty() {
            return Ok(Vec::new());
        }
        let mut pictures = Vec::new();
        let mut baselines = Vec::new();
        for (name, teacher) in painters {
            let painted = teachers::paint_all(Some(&teacher), &self.portraits, &self.cache)?;
            let painted: Vec<_> = painted.into_iter().flatten().collect();
            let scores: Vec<Scores> = self
                .portraits
                .par_iter()
                .zip(&painted)
                .map(|(subject, picture)| {
                    self.instruments
                        .measure(subject, None, picture, &self.cache)
                })
                .collect::<Result<_>>()?;
            baselines.push(Baseline {
                name,
                median: Scores::medians(&scores),
            });
            pictures.push(painted);
        }
        pages.baselines(&self.portraits, &baselines, &pictures)?;
        self.clock.lap("classical filters and rivals");
        Ok(baselines)
    }

    /// What each training run reached.
    pub fn ablations(&mut self, runs: &[Run], pages: &mut Pages) -> Result<Vec<Ablation>> {
        let mut ablations = Vec::new();
        let mut pictures = Vec::new();
        for run in runs {
            let (ablation, painted) = run.measure(
                &self.teachers,
                &self.portraits,
                &self.instruments,
                &self.cache,
            )?;
            ablations.push(ablation);
            pictures.push(painted);
        }
        if !runs.is_empty() {
            pages.ablations(&self.portraits, &ablations, &pictures)?;
            self.clock.lap("ablations");
        }
        Ok(ablations)
    }
}

/// The instruments that were asked for and have their weights; `notes` says which have not.
fn instruments(args: &EvaluateArgs, notes: &mut Vec<String>) -> Result<Instruments> {
    let mut groups = if args.measures.is_empty() {
        Group::value_variants().to_vec()
    } else {
        args.measures.clone()
    };
    groups.sort_unstable();
    groups.dedup();
    let has = |group| groups.contains(&group);
    let identity = match &args.identity {
        // Flicker asks for talking heads, hence for the detector.
        Some(folder) if has(Group::Identity) || has(Group::Skin) || has(Group::Flicker) => {
            Some(Identity::load(folder)?)
        }
        _ => None,
    };
    if args.identity.is_none() && (has(Group::Identity) || has(Group::Skin)) {
        notes.push("identity and skin are absent: no --identity weights were given".into());
    }
    let mut gram_key = String::new();
    let gram = match &args.vgg {
        Some(path) if has(Group::Style) => {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            gram_key = format!("gram {} {}", sha256_hex(&bytes), args.gram_window);
            Some(GramExtractor::load(path, args.gram_window)?)
        }
        _ => None,
    };
    if gram.is_none() && has(Group::Style) {
        notes.push("the Gram distance is absent: no --vgg weights were given".into());
    }
    Ok(Instruments {
        groups,
        identity,
        gram,
        gram_key,
    })
}

/// The photos of a folder; unreadable ones are passed over with a note.
fn load_subjects(
    args: &EvaluateArgs,
    folder: &Path,
    with_face: bool,
    instruments: &Instruments,
    cache: &Cache,
    notes: &mut Vec<String>,
) -> Result<Vec<Subject>> {
    let mut paths = images::list(folder)?;
    paths.truncate(args.limit.unwrap_or(paths.len()));
    let mut photos = Vec::new();
    for path in &paths {
        match stills::load_photo(path, args.size) {
            Ok(photo) => {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                photos.push((name.into_owned(), photo));
            }
            Err(error) => notes.push(format!("skipped: {error:#}")),
        }
    }
    ensure!(
        !photos.is_empty(),
        "none of the {} images in {} can be used",
        paths.len(),
        folder.display()
    );
    photos
        .into_par_iter()
        .map(|(name, photo)| instruments.subject(name, photo, with_face, cache))
        .collect()
}

/// Seconds per part.
pub struct Clock {
    last: Instant,
    pub parts: Vec<(String, f64)>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            last: Instant::now(),
            parts: Vec::new(),
        }
    }
}

impl Clock {
    /// Ends the part `name`, which began where the one before ended.
    pub fn lap(&mut self, name: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.parts.push((name.into(), seconds));
        self.last = Instant::now();
    }
}
