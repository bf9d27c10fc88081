//! `limn-trainer evaluate`: what styles keep of a photo and what they take from their teacher, on held-out portraits,
//! photos without faces and clips, as one report (page, JSON, Markdown).

mod ablations;
mod cache;
mod clips;
mod identity;
mod pages;
mod report;
mod requirements;
mod scores;
mod stills;
mod styles;
mod sweep;
mod teachers;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use limn::style::sha256_hex;
use rayon::prelude::*;

use crate::{filter, images, metrics::gram::GramExtractor, progress};
use ablations::Run;
use cache::Cache;
use clips::{Clip, ClipOptions};
use identity::Identity;
use pages::Pages;
use report::{
    Baseline, ClipComparison, ClipFacts, Columns, Comparison, Report, Settings, StyleReport,
};
use requirements::Medians;
use scores::{Group, Scores};
use stills::{Instruments, Subject};
use styles::{ClipRow, Row, StyleGroup};
use teachers::{StyleTeacher, TeacherMap};

/// Measure styles on held-out photos and clips, beside their teachers, and write a report.
///
/// Writes report.html, report.json and report.md, contact sheets and plots.
#[derive(Args)]
pub struct EvaluateArgs {
    /// Style records (.bpk), or folders of them.
    #[arg(long, num_args = 1.., required_unless_present = "ablations")]
    models: Vec<PathBuf>,
    /// Folder of portraits that no style was learnt from.
    #[arg(long)]
    photos: PathBuf,
    /// Folder of photos without faces.
    #[arg(long)]
    non_face: Option<PathBuf>,
    /// Folder of clips.
    #[arg(long)]
    videos: Option<PathBuf>,
    /// Teachers of the styles: a TOML file, or a folder. In the file, `style = "weights.safetensors"`, `style =
    /// "ink --darkness 0.7"` or `style = { teacher = "…", references = "folder", size = pixels }`; in the folder,
    /// <style>.safetensors, or the folder <style> of finished references.
    #[arg(long)]
    teachers: Option<PathBuf>,
    /// VGG-16 weights up to conv3_3 (.safetensors, keys `convB_C.weight` and `.bias`), for the Gram distance.
    #[arg(long)]
    vgg: Option<PathBuf>,
    /// Folder of version-RFB-320.onnx, pfld_68pt_112.onnx and mobilefacenet_112_128d.onnx, for identity and skin.
    #[arg(long)]
    identity: Option<PathBuf>,
    /// Run folders of `fit` to set side by side; a run's teacher is looked for under the folder's name and under the
    /// style's in its recipe.
    #[arg(long, num_args = 1..)]
    ablations: Vec<PathBuf>,
    /// Folder for the report.
    #[arg(long)]
    output: PathBuf,
    /// Folder in which teachers' pictures and Gram matrices are kept for the next report, by teacher, parameters and
    /// picture. Empty it after changing a filter's code.
    #[arg(long)]
    cache: Option<PathBuf>,
    /// What to measure [default: all].
    #[arg(long, value_enum, value_delimiter = ',', num_args = 1..)]
    measures: Vec<Group>,
    /// Only these styles, by name without width.
    #[arg(long, num_args = 1..)]
    only_style: Vec<String>,
    /// Styles whose λ is swept over 1, 3, 10, 30 and 100, at their largest width, on the portraits of the contact sheet;
    /// `all` for all.
    #[arg(long, num_args = 1..)]
    sweep: Vec<String>,
    /// Most portraits, and most photos without faces, that are used.
    #[arg(long)]
    limit: Option<usize>,
    /// Longest side of the photos in pixels; smaller ones keep their size.
    #[arg(long, default_value_t = 480)]
    size: usize,
    /// Longest side of the middle part whose Gram matrices are taken.
    #[arg(long, default_value_t = 320)]
    gram_window: usize,
    /// Frames of each clip, from its start.
    #[arg(long, default_value_t = 24)]
    frames: usize,
    /// Longest side of the frames in pixels.
    #[arg(long, default_value_t = 256)]
    frame_size: usize,
    /// Most that a channel may span over the clip, in [0, 1], for a pixel to be static background.
    #[arg(long, default_value_t = 0.05)]
    static_threshold: f32,
    /// Rows of a contact sheet.
    #[arg(long, default_value_t = 6)]
    sheet_rows: usize,
}

/// Everything that is loaded once.
struct Bench {
    instruments: Instruments,
    cache: Cache,
    teachers: TeacherMap,
    portraits: Vec<Subject>,
    non_face: Vec<Subject>,
    clips: Vec<Clip>,
    notes: Vec<String>,
    clock: Clock,
}

pub fn run(args: &EvaluateArgs) -> Result<()> {
    check(args)?;
    let mut groups = styles::load(&args.models)?;
    if !args.only_style.is_empty() {
        groups.retain(|group| args.only_style.contains(&group.name));
        ensure!(
            !groups.is_empty(),
            "none of the records is of a style named {}",
            args.only_style.join(", ")
        );
    }
    let runs = args
        .ablations
        .iter()
        .map(|folder| Run::open(folder))
        .collect::<Result<Vec<_>>>()?;
    let mut bench = Bench::load(args)?;
    let mut pages = Pages::create(&args.output, args.sheet_rows)?;

    let mut reports = Vec::new();
    let per_group = bench.portraits.len() + bench.non_face.len() + bench.clips.len();
    let bar = progress::bar((groups.len() * per_group) as u64, "photos and clips");
    for group in &groups {
        bar.set_message(group.name.clone());
        reports.extend(evaluate_group(args, &mut bench, group, &mut pages, &bar)?);
    }
    bar.finish_and_clear();
    pages.overview(&reports)?;
    let baselines = bench.baselines(&mut pages)?;
    let ablations = bench.ablations(&runs, &mut pages)?;

    let names = |subjects: &[Subject]| subjects.iter().map(|s| s.name.clone()).collect();
    let report = Report {
        version: env!("CARGO_PKG_VERSION").into(),
        settings: Settings {
            measures: bench.instruments.groups.clone(),
            size: args.size,
            gram_window: args.gram_window,
            clips: clip_options(args),
        },
        portraits: names(&bench.portraits),
        non_face: names(&bench.non_face),
        clips: bench.clips.iter().map(clip_facts).collect(),
        styles: reports,
        baselines,
        ablations,
        notes: bench.notes,
        seconds: bench.clock.parts,
    };
    pages.write(&report)?;
    for style in &report.styles {
        let failed: Vec<&str> = style
            .requirements
            .iter()
            .filter(|r| r.holds == Some(false))
            .map(|r| r.name.as_str())
            .collect();
        let verdict = if failed.is_empty() {
            "nothing that was measured falls short".to_owned()
        } else {
            format!("falls short in: {}", failed.join(", "))
        };
        println!("{}: {verdict}", style.label());
    }
    println!("{}", args.output.join("report.html").display());
    Ok(())
}

fn check(args: &EvaluateArgs) -> Result<()> {
    for (name, value, least) in [
        ("--size", args.size, 16),
        ("--gram-window", args.gram_window, 32),
        ("--frames", args.frames, 2),
        ("--frame-size", args.frame_size, 16),
        ("--sheet-rows", args.sheet_rows, 1),
        ("--limit", args.limit.unwrap_or(1), 1),
    ] {
        ensure!(
            value >= least,
            "{name} is {value}, at least {least} is needed"
        );
    }
    ensure!(
        (0.0..=1.0).contains(&args.static_threshold),
        "--static-threshold is {}, 0 to 1 is possible",
        args.static_threshold
    );
    ensure!(
        !args.output.is_file(),
        "{} is a file, a folder is needed",
        args.output.display()
    );
    Ok(())
}

fn clip_options(args: &EvaluateArgs) -> ClipOptions {
    ClipOptions {
        frames: args.frames,
        size: args.frame_size,
        static_threshold: args.static_threshold,
    }
}

fn clip_facts(clip: &Clip) -> ClipFacts {
    ClipFacts {
        name: clip.name.clone(),
        frames: clip.frames.len(),
        width: clip.frames[0].width,
        height: clip.frames[0].height,
        static_share: clip.static_share(),
        has_face: clip.has_face,
    }
}

impl Bench {
    fn load(args: &EvaluateArgs) -> Result<Self> {
        let mut clock = Clock::default();
        let mut notes = Vec::new();
        let instruments = instruments(args, &mut notes)?;
        let cache = Cache::open(args.cache.as_deref())?;
        let teachers = match &args.teachers {
            Some(path) => TeacherMap::load(path)?,
            None => TeacherMap::default(),
        };
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
                .map(|path| Clip::load(path, &clip_options(args), instruments.identity.as_ref()))
                .collect::<Result<_>>()?,
            _ => Vec::new(),
        };
        clock.lap("reading and measuring the photos");
        Ok(Self {
            instruments,
            cache,
            teachers,
            portraits,
            non_face,
            clips,
            notes,
            clock,
        })
    }

    /// The classical filters, with their defaults, on the portraits.
    fn baselines(&mut self, pages: &mut Pages) -> Result<Vec<Baseline>> {
        use filter::Name;
        let names = [
            Name::L0,
            Name::BilateralGrid,
            Name::RollingGuidance,
            Name::LocalLaplacian,
        ];
        let mut pictures = Vec::new();
        let mut baselines = Vec::new();
        for name in names {
            let teacher = StyleTeacher::from_filter(&name.text())?;
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
                filter: name.text(),
                median: Scores::medians(&scores),
            });
            pictures.push(painted);
        }
        pages.baselines(&self.portraits, &baselines, &pictures)?;
        self.clock.lap("classical filters");
        Ok(baselines)
    }

    fn ablations(&mut self, runs: &[Run], pages: &mut Pages) -> Result<Vec<ablations::Ablation>> {
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

/// All records of one style.
fn evaluate_group(
    args: &EvaluateArgs,
    bench: &mut Bench,
    group: &StyleGroup,
    pages: &mut Pages,
    bar: &ProgressBar,
) -> Result<Vec<StyleReport>> {
    let teacher = bench.teachers.find(&group.name)?;
    if teacher.is_none() {
        let note = format!(
            "{}: no teacher was given, its columns are empty",
            group.name
        );
        bench.notes.push(note);
    }
    let teacher = teacher.as_ref();
    let paint = |subjects: &[Subject]| {
        styles::paint_photos(
            group,
            teacher,
            subjects,
            &bench.instruments,
            &bench.cache,
            bar,
        )
    };
    let portraits = paint(&bench.portraits)?;
    pages.sheet(group, "portraits", &bench.portraits, &portraits)?;
    let non_face = paint(&bench.non_face)?;
    pages.sheet(group, "non-face", &bench.non_face, &non_face)?;
    let mut clip_rows = Vec::new();
    for clip in &bench.clips {
        let row = styles::paint_clip(group, teacher, clip, &bench.cache)?;
        pages.flicker(group, clip, &row)?;
        clip_rows.push(row);
        bar.inc(1);
    }
    let mut sweeps = vec![Vec::new(); group.records.len()];
    let swept = |name: &String| *name == group.name || name == "all";
    if let (true, Some(record)) = (args.sweep.iter().any(swept), group.records.last()) {
        let subjects = &bench.portraits[..bench.portraits.len().min(args.sheet_rows)];
        let (steps, pictures) =
            sweep::sweep(record, teacher, subjects, &bench.instruments, &bench.cache)?;
        pages.sweep(group, subjects, &steps, &pictures)?;
        if let Some(last) = sweeps.last_mut() {
            *last = steps;
        }
    }
    bench.clock.lap(&group.name);
    let reports = group.records.iter().zip(sweeps).enumerate();
    Ok(reports
        .map(|(i, (record, sweep))| {
            let metadata = &record.style.metadata;
            let portraits = comparison(&portraits, i);
            let clips = clip_comparisons(&bench.clips, &clip_rows, i);
            let requirements = requirements::judge(&Medians {
                ours: &portraits.median.ours,
                teacher: &portraits.median.teacher,
                ceiling: &portraits.median.ceiling,
                flicker: worst_flicker(&bench.clips, &clips),
            });
            StyleReport {
                name: group.name.clone(),
                title: metadata.title.clone(),
                file: record.file.clone(),
                width: metadata.width,
                lambda: metadata.lambda,
                teacher: teacher.map(|teacher| teacher.label.clone()),
                non_face: comparison(&non_face, i),
                portraits,
                clips,
                requirements,
                sweep,
            }
        })
        .collect())
}

/// The numbers of record `i`.
fn comparison(rows: &[Row], i: usize) -> Comparison {
    let columns = |row: &Row| Columns {
        ours: row.ours[i].1.clone(),
        teacher: scores_of(row.teacher.as_ref()),
        ceiling: scores_of(row.ceilings[i].as_ref()),
    };
    Comparison::new(rows.iter().map(columns).collect())
}

fn scores_of(version: Option<&(limn::Planes, Scores)>) -> Scores {
    version.map_or_else(Scores::default, |(_, scores)| scores.clone())
}

fn clip_comparisons(clips: &[Clip], rows: &[ClipRow], i: usize) -> Vec<ClipComparison> {
    clips
        .iter()
        .zip(rows)
        .map(|(clip, row)| ClipComparison {
            clip: clip.name.clone(),
            input: row.input.clone(),
            teacher: row.teacher.clone(),
            ours: row.ours[i].clone(),
        })
        .collect()
}

/// The largest share of the teacher's flicker, over the clips that have a face or of which that is not known.
fn worst_flicker(clips: &[Clip], comparisons: &[ClipComparison]) -> Option<f64> {
    clips
        .iter()
        .zip(comparisons)
        .filter(|(clip, _)| clip.has_face != Some(false))
        .filter_map(|(_, c)| Some(c.ours.mean / c.teacher.as_ref()?.mean))
        .reduce(f64::max)
}

/// Seconds per part.
struct Clock {
    last: Instant,
    parts: Vec<(String, f64)>,
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
    fn lap(&mut self, name: &str) {
        let seconds = self.last.elapsed().as_secs_f64();
        self.parts.push((name.into(), seconds));
        self.last = Instant::now();
    }
}
