//! The report's tables, as text in cells; the page and the Markdown file show the same ones.

use super::{Comparison, Report, StyleReport};
use crate::evaluate::{
    requirements::Requirement,
    scores::{Measure, Scores},
};

/// A table with a title and a sentence that says how to read it.
pub struct Table {
    pub title: String,
    pub note: String,
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// What stands in a cell without a number.
const ABSENT: &str = "–";

/// All tables that have rows.
pub fn all(report: &Report) -> Vec<Table> {
    let photos = |count: usize, kind: &str| {
        format!(
            "Medians over {count} {kind}: ours, without paper, canvas or print, / teacher / ceiling (the teacher's own gradients and ground)."
        )
    };
    let mut tables = vec![
        comparison(
            report,
            "Held-out portraits",
            photos(
                report.portraits.len(),
                "portraits that no style was learnt from",
            ),
            |style| &style.portraits,
        ),
        comparison(
            report,
            "Photos without faces",
            photos(report.non_face.len(), "photos without faces"),
            |style| &style.non_face,
        ),
        flicker(report),
        requirements(report),
        baselines(report),
    ];
    tables.extend(report.styles.iter().map(sweep));
    tables.push(ablations(report));
    tables.retain(|table| !table.rows.is_empty() && table.header.len() > 1);
    tables
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or(ABSENT.into(), |value| format!("{value:.decimals$}"))
}

/// The measures that any of `scores` has.
fn present<'a>(scores: impl IntoIterator<Item = &'a Scores>) -> Vec<Measure> {
    let scores: Vec<&Scores> = scores.into_iter().collect();
    Measure::ALL
        .into_iter()
        .filter(|measure| scores.iter().any(|s| s.get(*measure).is_some()))
        .collect()
}

fn header(first: &[&str], measures: &[Measure]) -> Vec<String> {
    let first = first.iter().map(|text| (*text).to_owned());
    first
        .chain(measures.iter().map(|m| m.heading().to_owned()))
        .collect()
}

fn comparison(
    report: &Report,
    title: &str,
    note: String,
    of: fn(&StyleReport) -> &Comparison,
) -> Table {
    let measures = present(report.styles.iter().map(|style| &of(style).median.ours));
    let rows = report
        .styles
        .iter()
        .filter(|style| !of(style).photos.is_empty())
        .map(|style| {
            let median = &of(style).median;
            let cells = measures.iter().map(|measure| {
                let text = |scores: &Scores| number(scores.get(*measure), measure.decimals());
                let columns = [&median.ours, &median.teacher, &median.ceiling].map(text);
                columns.join(" / ")
            });
            let first = [style.label(), format!("{}", style.lambda)];
            first.into_iter().chain(cells).collect()
        })
        .collect();
    Table {
        title: title.into(),
        note,
        header: header(&["style", "λ"], &measures),
        rows,
    }
}

/// Mean squared differences are small; they are printed in millionths.
fn millionths(value: Option<f64>) -> String {
    number(value.map(|v| 1e6 * v), 0)
}

fn flicker(report: &Report) -> Table {
    let rows = report
        .styles
        .iter()
        .flat_map(|style| style.clips.iter().map(move |clip| (style, clip)))
        .map(|(style, clip)| {
            let share = clip.teacher.as_ref().map(|t| clip.ours.mean / t.mean);
            let teacher = clip.teacher.as_ref();
            vec![
                style.label(),
                clip.clip.clone(),
                millionths(Some(clip.ours.mean)),
                millionths(teacher.map(|t| t.mean)),
                millionths(Some(clip.input.mean)),
                number(share, 2),
                millionths(clip.ours.background),
                millionths(teacher.and_then(|t| t.background)),
                millionths(clip.input.background),
            ]
        })
        .collect();
    let header = [
        "style",
        "clip",
        "ours",
        "teacher",
        "input",
        "ours / teacher",
        "ours, background",
        "teacher, background",
        "input, background",
    ];
    let clips: Vec<String> = report
        .clips
        .iter()
        .map(|clip| {
            format!(
                "{}: {} frames of {}×{}, {:.0} % static background{}",
                clip.name,
                clip.frames,
                clip.width,
                clip.height,
                100.0 * clip.static_share,
                match clip.has_face {
                    Some(true) => ", a face",
                    Some(false) => ", no face",
                    None => "",
                }
            )
        })
        .collect();
    Table {
        title: "Flicker".into(),
        note: format!(
            "Mean squared difference of successive frames × 10⁶, over all pixels and over static background alone ({}).",
            clips.join("; ")
        ),
        header: header.map(String::from).to_vec(),
        rows,
    }
}

fn requirements(report: &Report) -> Table {
    let Some(first) = report.styles.first() else {
        return Table {
            title: String::new(),
            note: String::new(),
            header: Vec::new(),
            rows: Vec::new(),
        };
    };
    let cell = |requirement: &Requirement| {
        let sign = if requirement.at_least { "≥" } else { "≤" };
        let mark = match requirement.holds {
            Some(true) => "✓",
            Some(false) => "✗",
            None => return ABSENT.to_owned(),
        };
        format!(
            "{mark} {} {sign} {}",
            number(requirement.value, 2),
            number(requirement.bound, 2)
        )
    };
    let names = first.requirements.iter().map(|r| r.name.clone());
    Table {
        title: "What a published style must reach".into(),
        note: "Medians on held-out portraits; flicker on the worst clip with a face.".into(),
        header: ["style".to_owned()].into_iter().chain(names).collect(),
        rows: report
            .styles
            .iter()
            .map(|style| {
                let cells = style.requirements.iter().map(cell);
                [style.label()].into_iter().chain(cells).collect()
            })
            .collect(),
    }
}

fn scores_table(title: String, note: String, first: &str, rows: &[(String, &Scores)]) -> Table {
    let measures = present(rows.iter().map(|(_, scores)| *scores));
    Table {
        title,
        note,
        header: header(&[first], &measures),
        rows: rows
            .iter()
            .map(|(name, scores)| {
                let cells = measures
                    .iter()
                    .map(|measure| number(scores.get(*measure), measure.decimals()));
                [name.clone()].into_iter().chain(cells).collect()
            })
            .collect(),
    }
}

fn baselines(report: &Report) -> Table {
    let rows: Vec<(String, &Scores)> = report
        .baselines
        .iter()
        .map(|baseline| (baseline.name.clone(), &baseline.median))
        .collect();
    scores_table(
        "Classical filters and rivals".into(),
        "Edge-aware filters with their default parameters, and rivals, on the held-out portraits, medians."
            .into(),
        "",
        &rows,
    )
}

fn sweep(style: &StyleReport) -> Table {
    let rows: Vec<(String, &Scores)> = style
        .sweep
        .iter()
        .map(|step| (format!("{}", step.lambda), &step.median))
        .collect();
    scores_table(
        format!("λ swept: {}", style.label()),
        "Medians on held-out portraits; one pass of the network, five reconstructions.".into(),
        "λ",
        &rows,
    )
}

fn ablations(report: &Report) -> Table {
    let rows: Vec<(String, &Scores)> = report
        .ablations
        .iter()
        .map(|run| (format!("{} ({} steps)", run.run, run.steps), &run.median))
        .collect();
    scores_table(
        "Ablations".into(),
        "Training runs side by side, medians on the held-out portraits that they painted.".into(),
        "run",
        &rows,
    )
}
