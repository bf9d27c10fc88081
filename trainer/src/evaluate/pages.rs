//! Writes the report's files as the parts of an evaluation finish: contact sheets, plots, and at the end the pages.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use limn::Planes;

use super::{
    ablations::Ablation,
    clips::{Clip, Flicker},
    report::{
        Baseline, Report, StyleReport,
        html::{self, Figure},
        markdown, sheet,
    },
    scores::Measure,
    stills::Subject,
    styles::{ClipRow, Row, StyleGroup},
    sweep::Step,
};
use crate::plots::{self, Curve, Dots};

/// The report's folder, and what has been put into it.
pub struct Pages {
    folder: PathBuf,
    sheet_rows: usize,
    figures: Vec<Figure>,
}

impl Pages {
    /// Creates the folder, and in it `sheets/` and `plots/`.
    ///
    /// # Errors
    /// When they cannot be created.
    pub fn create(folder: &Path, sheet_rows: usize) -> Result<Self> {
        for part in ["sheets", "plots"] {
            let path = folder.join(part);
            std::fs::create_dir_all(&path)
                .with_context(|| format!("cannot create {}", path.display()))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            sheet_rows,
            figures: Vec::new(),
        })
    }

    /// Registers a figure of the page and says where its file goes.
    fn figure(&mut self, section: &str, path: &str, caption: String) -> PathBuf {
        self.figures.push(Figure {
            section: section.into(),
            path: path.into(),
            caption,
        });
        self.folder.join(path)
    }

    /// The contact sheet of a style on photos of one kind.
    pub fn sheet(
        &mut self,
        group: &StyleGroup,
        kind: &str,
        subjects: &[Subject],
        rows: &[Row],
    ) -> Result<()> {
        let Some(first) = rows.first() else {
            return Ok(());
        };
        let widths = group.records.iter().map(|r| r.style.metadata.width);
        let mut columns = vec!["photo".to_owned()];
        if first.teacher.is_some() {
            columns.push("teacher".into());
        }
        columns.extend(widths.map(|width| format!("ours, c{width}")));
        // One ceiling is enough: records of one style mostly share their λ.
        let ceiling = first.ceilings.last().is_some_and(|c| c.is_some());
        if ceiling {
            columns.push("ceiling".into());
        }
        let pictures: Vec<sheet::Row> = subjects
            .iter()
            .zip(rows)
            .take(self.sheet_rows)
            .map(|(subject, row)| {
                let mut pictures = vec![Some(&subject.photo)];
                if first.teacher.is_some() {
                    pictures.push(row.teacher.as_ref().map(|(picture, _)| picture));
                }
                pictures.extend(row.ours.iter().map(|(picture, _)| Some(picture)));
                if ceiling {
                    let last = row.ceilings.last().and_then(Option::as_ref);
                    pictures.push(last.map(|(picture, _)| picture));
                }
                pictures
            })
            .collect();
        let name = &group.name;
        let path = format!("sheets/{name}-{kind}.jpg");
        let path = self.figure(name, &path, format!("{name}, {kind}"));
        sheet::write(&path, &columns, &pictures)
    }

    /// Flicker over a clip's frames, after Fig. 10 of the paper.
    pub fn flicker(&mut self, group: &StyleGroup, clip: &Clip, row: &ClipRow) -> Result<()> {
        let curve = |name: String, flicker: &Flicker| Curve {
            name,
            points: flicker
                .differences
                .iter()
                .enumerate()
                .map(|(i, difference)| ((i + 1) as f64, *difference))
                .collect(),
        };
        let mut curves: Vec<Curve> = group
            .records
            .iter()
            .zip(&row.ours)
            .map(|(record, flicker)| {
                curve(format!("ours, c{}", record.style.metadata.width), flicker)
            })
            .collect();
        curves.extend(
            row.teacher
                .iter()
                .map(|flicker| curve("teacher".into(), flicker)),
        );
        curves.push(curve("input".into(), &row.input));
        let title = format!("{}: mean squared difference, {}", group.name, clip.name);
        let path = format!("plots/flicker-{}-{}.png", group.name, clip.name);
        let path = self.figure(&group.name, &path, title.clone());
        plots::curves(&path, &title, ("frame", &|x| format!("{x:.0}")), &curves)
    }

    /// The λ sweep of a style: pictures, and how its numbers move.
    pub fn sweep(
        &mut self,
        group: &StyleGroup,
        subjects: &[Subject],
        steps: &[Step],
        pictures: &[Vec<Planes>],
    ) -> Result<()> {
        let name = &group.name;
        let mut columns = vec!["photo".to_owned()];
        columns.extend(steps.iter().map(|step| format!("λ = {}", step.lambda)));
        let rows: Vec<sheet::Row> = subjects
            .iter()
            .zip(pictures)
            .map(|(subject, row)| {
                let pictures = row.iter().map(Some);
                [Some(&subject.photo)].into_iter().chain(pictures).collect()
            })
            .collect();
        let path = format!("sheets/{name}-lambda.jpg");
        let path = self.figure(name, &path, format!("{name}, λ swept"));
        sheet::write(&path, &columns, &rows)?;
        // Skin and PSNR have other units; the table has them.
        let curves: Vec<Curve> = Measure::ALL
            .into_iter()
            .filter(|m| !matches!(m, Measure::Skin | Measure::Psnr | Measure::Checkerboard))
            .map(|measure| Curve {
                name: measure.heading().into(),
                points: steps
                    .iter()
                    .filter_map(|step| {
                        let value = step.median.get(measure)?;
                        Some((f64::from(step.lambda).log10(), value))
                    })
                    .collect(),
            })
            .filter(|curve| !curve.points.is_empty())
            .collect();
        let title = format!("{name}: medians by λ");
        let path = format!("plots/lambda-{name}.png");
        let path = self.figure(name, &path, title.clone());
        let label = |x: &f64| format!("{:.0}", 10_f64.powf(*x));
        plots::curves(&path, &title, ("λ", &label), &curves)
    }

    /// One plot per measure over all styles.
    pub fn overview(&mut self, styles: &[StyleReport]) -> Result<()> {
        let labels: Vec<String> = styles.iter().map(StyleReport::label).collect();
        for measure in Measure::ALL {
            let version = |name: &str, of: fn(&StyleReport) -> &super::scores::Scores| Dots {
                name: name.into(),
                values: styles.iter().map(|s| of(s).get(measure)).collect(),
            };
            let mut series = vec![
                version("ours", |s| &s.portraits.median.ours),
                version("teacher", |s| &s.portraits.median.teacher),
                version("ceiling", |s| &s.portraits.median.ceiling),
            ];
            series.retain(|s| s.values.iter().any(Option::is_some));
            if !series.is_empty() {
                let caption = format!("{}, medians on held-out portraits", measure.heading());
                let path = format!("plots/{}.png", measure.key());
                let path = self.figure("overview", &path, caption.clone());
                plots::dots(&path, &caption, &labels, &series)?;
            }
        }
        Ok(())
    }

    /// The classical filters and the rivals on the portraits.
    pub fn baselines(
        &mut self,
        subjects: &[Subject],
        baselines: &[Baseline],
        pictures: &[Vec<Planes>],
    ) -> Result<()> {
        let columns = baselines.iter().map(|b| b.name.clone()).collect();
        let at = |column: usize, row: usize| pictures[column].get(row);
        self.beside_photos("baselines", subjects, columns, at)
    }

    /// What each run made of the portraits.
    pub fn ablations(
        &mut self,
        subjects: &[Subject],
        runs: &[Ablation],
        pictures: &[Vec<Option<Planes>>],
    ) -> Result<()> {
        let columns = runs.iter().map(|run| run.run.clone()).collect();
        let at = |column: usize, row: usize| pictures[column].get(row).and_then(Option::as_ref);
        self.beside_photos("ablations", subjects, columns, at)
    }

    /// A sheet of the photos for which there is a picture.
    fn beside_photos<'a>(
        &mut self,
        section: &str,
        subjects: &'a [Subject],
        names: Vec<String>,
        picture: impl Fn(usize, usize) -> Option<&'a Planes>,
    ) -> Result<()> {
        let count = names.len();
        let rows: Vec<sheet::Row> = subjects
            .iter()
            .enumerate()
            .map(|(row, subject)| {
                let pictures: sheet::Row = (0..count).map(|column| picture(column, row)).collect();
                (subject, pictures)
            })
            .filter(|(_, pictures)| pictures.iter().any(Option::is_some))
            .take(self.sheet_rows)
            .map(|(subject, pictures)| [Some(&subject.photo)].into_iter().chain(pictures).collect())
            .collect();
        let columns: Vec<String> = ["photo".to_owned()].into_iter().chain(names).collect();
        let path = format!("sheets/{section}.jpg");
        let path = self.figure(section, &path, format!("{section}, portraits"));
        sheet::write(&path, &columns, &rows)
    }

    /// Writes `report.json`, `report.md` and `report.html`.
    ///
    /// # Errors
    /// When one of them cannot be written.
    pub fn write(&self, report: &Report) -> Result<()> {
        let json = serde_json::to_string_pretty(report)?;
        for (name, text) in [
            ("report.json", json),
            ("report.md", markdown::render(report)),
            ("report.html", html::render(report, &self.figures)),
        ] {
            let path = self.folder.join(name);
            std::fs::write(&path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}
