//! `limn-trainer evaluate`: what styles keep of a photo and what they take from their teacher, on held-out portraits,
//! photos without faces and clips, as one report (page, JSON, Markdown).

mod ablations;
mod args;
mod cache;
mod clips;
mod evaluation;
mod pages;
mod recognition;
mod report;
mod requirements;
mod scores;
mod stills;
mod styles;
mod sweep;
mod teachers;

use anyhow::{Result, ensure};
use indicatif::ProgressBar;

use crate::progress;
use ablations::Run;
pub use args::EvaluateArgs;
use clips::Clip;
use evaluation::Evaluation;
use pages::Pages;
use recognition::{Glance, recognise};
use report::{ClipComparison, ClipFacts, Columns, Comparison, Report, Settings, StyleReport};
use requirements::Medians;
use scores::Scores;
use stills::Subject;
use styles::{ClipRow, Row, StyleGroup};

/// Measures what the arguments name, and writes the report.
///
/// # Errors
/// When a record, a photo, a teacher or weights cannot be used, or the report cannot be written.
pub fn run(args: &EvaluateArgs) -> Result<()> {
    args.check()?;
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
    let mut evaluation = Evaluation::load(args)?;
    let mut pages = Pages::create(&args.output, args.sheet_rows)?;

    let mut reports = Vec::new();
    let mut glances = Vec::new();
    for (subject, portrait) in evaluation.portraits.iter().enumerate() {
        let gram = evaluation
            .instruments
            .glance(&portrait.photo, &evaluation.cache)?;
        glances.extend(gram.map(|gram| Glance {
            style: None,
            subject,
            gram,
        }));
    }
    let per_group = evaluation.portraits.len() + evaluation.non_face.len() + evaluation.clips.len();
    let bar = progress::bar((groups.len() * per_group) as u64, "photos and clips");
    for group in &groups {
        bar.set_message(group.name.clone());
        reports.extend(evaluate_group(
            args,
            &mut evaluation,
            group,
            &mut pages,
            &mut glances,
            &bar,
        )?);
    }
    bar.finish_and_clear();
    judge(&mut reports, &glances, &evaluation.clips);
    pages.overview(&reports)?;
    let baselines = evaluation.baselines(!args.no_baselines, &mut pages)?;
    let ablations = evaluation.ablations(&runs, &mut pages)?;

    let names = |subjects: &[Subject]| subjects.iter().map(|s| s.name.clone()).collect();
    let report = Report {
        version: env!("CARGO_PKG_VERSION").into(),
        settings: Settings {
            measures: evaluation.instruments.groups.clone(),
            size: args.size,
            gram_window: args.gram_window,
            clips: args.clip_options(),
        },
        portraits: names(&evaluation.portraits),
        non_face: names(&evaluation.non_face),
        clips: evaluation.clips.iter().map(clip_facts).collect(),
        styles: reports,
        baselines,
        ablations,
        notes: evaluation.notes,
        seconds: evaluation.clock.parts,
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

/// All records of one style.
fn evaluate_group(
    args: &EvaluateArgs,
    evaluation: &mut Evaluation,
    group: &StyleGroup,
    pages: &mut Pages,
    glances: &mut Vec<Glance>,
    bar: &ProgressBar,
) -> Result<Vec<StyleReport>> {
    let teacher = evaluation.teachers.find(&group.name)?;
    if teacher.is_none() {
        let note = format!(
            "{}: no teacher was given, its columns are empty",
            group.name
        );
        evaluation.notes.push(note);
    }
    let teacher = teacher.as_ref();
    let paint = |subjects: &[Subject]| {
        styles::paint_photos(
            group,
            teacher,
            subjects,
            &evaluation.instruments,
            &evaluation.cache,
            bar,
        )
    };
    let portraits = paint(&evaluation.portraits)?;
    pages.sheet(group, "portraits", &evaluation.portraits, &portraits)?;
    for (subject, row) in portraits.iter().enumerate() {
        for (record, (picture, _)) in group.records.iter().zip(&row.ours) {
            let gram = evaluation.instruments.glance(picture, &evaluation.cache)?;
            glances.extend(gram.map(|gram| Glance {
                style: Some((group.name.clone(), record.style.metadata.width)),
                subject,
                gram,
            }));
        }
    }
    let non_face = paint(&evaluation.non_face)?;
    pages.sheet(group, "non-face", &evaluation.non_face, &non_face)?;
    let mut clip_rows = Vec::new();
    for clip in &evaluation.clips {
        let row = styles::paint_clip(group, teacher, clip, &evaluation.cache)?;
        pages.flicker(group, clip, &row)?;
        clip_rows.push(row);
        bar.inc(1);
    }
    let mut sweeps = vec![Vec::new(); group.records.len()];
    let swept = |name: &String| *name == group.name || name == "all";
    if let (true, Some(record)) = (args.sweep.iter().any(swept), group.records.last()) {
        let subjects = &evaluation.portraits[..evaluation.portraits.len().min(args.sheet_rows)];
        let (steps, pictures) = sweep::sweep(
            record,
            teacher,
            subjects,
            &evaluation.instruments,
            &evaluation.cache,
        )?;
        pages.sweep(group, subjects, &steps, &pictures)?;
        if let Some(last) = sweeps.last_mut() {
            *last = steps;
        }
    }
    evaluation.clock.lap(&group.name);
    let reports = group.records.iter().zip(sweeps).enumerate();
    Ok(reports
        .map(|(i, (record, sweep))| {
            let metadata = &record.style.metadata;
            let portraits = comparison(&portraits, i);
            let clips = clip_comparisons(&evaluation.clips, &clip_rows, i);
            StyleReport {
                name: group.name.clone(),
                title: metadata.title.clone(),
                file: record.file.clone(),
                width: metadata.width,
                lambda: metadata.lambda,
                teacher: teacher.map(|teacher| teacher.label().to_owned()),
                non_face: comparison(&non_face, i),
                portraits,
                clips,
                recognition: None,
                requirements: Vec::new(),
                sweep,
            }
        })
        .collect())
}

/// Judges the records, once there are paintings of all to tell them apart from: those of one width, and the photos.
fn judge(reports: &mut [StyleReport], glances: &[Glance], clips: &[Clip]) {
    for report in reports {
        report.recognition = recognise(&report.name, report.width, glances);
        report.requirements = requirements::judge(&Medians {
            ours: &report.portraits.median.ours,
            teacher: &report.portraits.median.teacher,
            ceiling: &report.portraits.median.ceiling,
            recognition: report.recognition,
            flicker: worst_flicker(clips, &report.clips),
        });
    }
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
