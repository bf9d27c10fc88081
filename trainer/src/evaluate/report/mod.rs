//! What `evaluate` found, as data: the JSON report is this, and the tables, plots and pages are made from it.

pub mod html;
pub mod markdown;
pub mod sheet;
mod tables;

use serde::Serialize;

use super::{
    ablations::Ablation,
    clips::{ClipOptions, Flicker},
    recognition::Recognition,
    requirements::Requirement,
    scores::{Group, Scores},
    sweep::Step,
};

/// Everything that was measured.
#[derive(Serialize)]
pub struct Report {
    /// Version of the program.
    pub version: String,
    pub settings: Settings,
    /// What could not be measured and why, and photos that were passed over.
    pub notes: Vec<String>,
    /// Names of the portraits, without endings.
    pub portraits: Vec<String>,
    /// Names of the photos without faces.
    pub non_face: Vec<String>,
    pub clips: Vec<ClipFacts>,
    pub styles: Vec<StyleReport>,
    pub baselines: Vec<Baseline>,
    pub ablations: Vec<Ablation>,
    /// Seconds that each part took.
    pub seconds: Vec<(String, f64)>,
}

/// How was measured.
#[derive(Serialize)]
pub struct Settings {
    pub measures: Vec<Group>,
    /// Longest side of the photos in pixels.
    pub size: usize,
    /// Longest side of what the Gram matrices are taken of.
    pub gram_window: usize,
    pub clips: ClipOptions,
}

/// What is known of a clip before it is painted.
#[derive(Serialize)]
pub struct ClipFacts {
    pub name: String,
    pub frames: usize,
    pub width: usize,
    pub height: usize,
    /// Share of its pixels that are static background.
    pub static_share: f64,
    pub has_face: Option<bool>,
}

/// One record.
#[derive(Serialize)]
pub struct StyleReport {
    /// Without the width.
    pub name: String,
    pub title: String,
    pub file: String,
    pub width: usize,
    pub lambda: f32,
    /// Absent where none was given.
    pub teacher: Option<String>,
    pub portraits: Comparison,
    pub non_face: Comparison,
    pub clips: Vec<ClipComparison>,
    /// Among the portraits by all styles of this width, and the photos.
    pub recognition: Option<Recognition>,
    pub requirements: Vec<Requirement>,
    /// Medians on portraits by λ; empty where not asked for.
    pub sweep: Vec<Step>,
}

/// Ours beside the teacher and the ceiling.
#[derive(Serialize)]
pub struct Columns {
    pub ours: Scores,
    pub teacher: Scores,
    pub ceiling: Scores,
}

/// Photos of one kind.
#[derive(Serialize)]
pub struct Comparison {
    pub median: Columns,
    /// In the order of the names of the report.
    pub photos: Vec<Columns>,
}

impl Comparison {
    /// With the medians of `photos`.
    pub fn new(photos: Vec<Columns>) -> Self {
        Self {
            median: Columns {
                ours: Scores::medians(photos.iter().map(|c| &c.ours)),
                teacher: Scores::medians(photos.iter().map(|c| &c.teacher)),
                ceiling: Scores::medians(photos.iter().map(|c| &c.ceiling)),
            },
            photos,
        }
    }
}

/// Flicker of one clip.
#[derive(Serialize)]
pub struct ClipComparison {
    pub clip: String,
    pub input: Flicker,
    pub teacher: Option<Flicker>,
    pub ours: Flicker,
}

/// A classical filter, or a rival, on the portraits.
#[derive(Serialize)]
pub struct Baseline {
    pub name: String,
    pub median: Scores,
}

impl StyleReport {
    /// Such as `mosaic c16`.
    pub fn label(&self) -> String {
        format!("{} c{}", self.name, self.width)
    }
}
