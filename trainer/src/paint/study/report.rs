//! A study's report: one page that needs no network, and the same as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use maud::html;
use serde::Serialize;

use super::studio::Kept;
use crate::html;

/// The whole report.
#[derive(Serialize)]
pub struct Report {
    version: &'static str,
    /// Longest side of the paintings in pixels.
    size: usize,
    evaluations: usize,
    sections: Vec<Section>,
}

/// One experiment.
#[derive(Serialize)]
pub struct Section {
    title: String,
    /// What was published.
    published: String,
    pub note: String,
    pub table: Option<Table>,
    figures: Vec<Figure>,
}

/// Numbers; an infinite one was not reached.
#[derive(Serialize)]
pub struct Table {
    header: Vec<String>,
    pub rows: Vec<Row>,
}

#[derive(Serialize)]
pub struct Row {
    name: String,
    /// `null` in JSON where it is infinite.
    pub values: Vec<f64>,
}

#[derive(Serialize)]
struct Figure {
    path: String,
    caption: String,
}

impl Table {
    /// An empty table; the first heading is that of the rows' names.
    pub fn new(header: &[&str]) -> Self {
        Self {
            header: header.iter().map(|s| (*s).into()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, name: &str, values: &[f64]) {
        self.rows.push(Row {
            name: name.into(),
            values: values.to_vec(),
        });
    }
}

impl Section {
    pub fn new(title: &str, published: &str) -> Self {
        Self {
            title: title.into(),
            published: published.into(),
            note: String::new(),
            table: None,
            figures: Vec::new(),
        }
    }

    pub fn figure(&mut self, kept: &Kept, caption: String) {
        self.figures.push(Figure {
            path: kept.path.clone(),
            caption,
        });
    }

    /// A plot, which carries its title.
    pub fn plot(&mut self, path: String) {
        self.figures.push(Figure {
            path,
            caption: String::new(),
        });
    }
}

/// As people read it: as many digits as say something.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    if value.fract() == 0.0 {
        return format!("{value}");
    }
    format!("{value:.3}")
}

impl Report {
    pub fn new(size: usize, evaluations: usize) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            size,
            evaluations,
            sections: Vec::new(),
        }
    }

    pub fn push(&mut self, section: Section) {
        self.sections.push(section);
    }

    /// Writes `index.html` and `study.json` into `folder`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        write("study.json", serde_json::to_string_pretty(self)?)?;
        write("index.html", self.page())
    }

    fn page(&self) -> String {
        let body = html! {
            p {
                "limn-trainer " (self.version) ", paintings of up to " (self.size) " pixels, "
                (self.evaluations) " evaluations where nothing else is said."
            }
            @for section in &self.sections {
                h2 { (section.title) }
                p { (section.published) }
                @if !section.note.is_empty() { p { (section.note) } }
                @if let Some(table) = &section.table {
                    (html::table(&table.header, &table.rows, |row| html! {
                        td { (row.name) } @for value in &row.values { td { (number(*value)) } }
                    }))
                }
                (html::figures(section.figures.iter().map(|f| (f.path.as_str(), f.caption.as_str()))))
            }
        };
        html::page("Painting by optimisation", &body)
    }
}
