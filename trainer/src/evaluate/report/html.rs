//! The report as one page that needs no network: styles in the page, pictures beside it.

use maud::{Markup, html};

use super::{
    Comparison, Report, StyleReport,
    tables::{self, Table},
};
use crate::{
    evaluate::scores::{Measure, Scores},
    html,
};

/// A picture or plot that was written beside the page.
pub struct Figure {
    /// The section it belongs to: a style's name, `baselines`, `ablations` or `overview`.
    pub section: String,
    /// Relative to the page.
    pub path: String,
    pub caption: String,
}

/// The whole page.
pub fn render(report: &Report, figures: &[Figure]) -> String {
    let mut names: Vec<&str> = report.styles.iter().map(|s| s.name.as_str()).collect();
    names.dedup();
    let body = html! {
        p {
            "limn-trainer " (report.version) ", " (report.portraits.len()) " portraits and "
            (report.non_face.len()) " photos without faces at up to " (report.settings.size) " pixels, "
            (report.clips.len()) " clips."
        }
        @if !report.notes.is_empty() {
            h2 { "Notes" }
            ul { @for note in &report.notes { li { (note) } } }
        }
        @for table in tables::all(report) { (table_markup(&table)) }
        (figures_markup(figures, "overview"))
        h2 { "What the columns say" }
        dl {
            @for measure in Measure::ALL {
                dt { (measure.heading()) }
                dd { (measure.explanation()) }
            }
        }
        @for name in names { (style_markup(report, figures, name)) }
        @for (section, title) in [("baselines", "Classical filters and rivals"), ("ablations", "Ablations")] {
            @if figures.iter().any(|f| f.section == section) {
                h2 { (title) }
                (figures_markup(figures, section))
            }
        }
        @for run in &report.ablations {
            p { strong { (run.run) } ": " (run.title) ", width " (run.width) ", λ " (run.lambda) ". " (run.recipe) }
        }
        h2 { "Time" }
        ul {
            @for (part, seconds) in &report.seconds { li { (part) ": " (format!("{seconds:.1}")) " s" } }
        }
    };
    html::page("Evaluation of Limn's styles", &body)
}

fn table_markup(table: &Table) -> Markup {
    html! {
        h2 { (table.title) }
        p { (table.note) }
        (html::table(&table.header, &table.rows, |row| html! {
            @for cell in row { td.holds[cell.starts_with('✓')].fails[cell.starts_with('✗')] { (cell) } }
        }))
    }
}

fn figures_markup(figures: &[Figure], section: &str) -> Markup {
    let here = figures.iter().filter(|f| f.section == section);
    let mut here = here
        .map(|f| (f.path.as_str(), f.caption.as_str()))
        .peekable();
    html! {
        @if here.peek().is_some() { (html::figures(here)) }
    }
}

fn style_markup(report: &Report, figures: &[Figure], name: &str) -> Markup {
    let styles = || report.styles.iter().filter(|style| style.name == name);
    html! {
        h2 id=(name) { (name) }
        @for style in styles() {
            p {
                strong { (style.label()) } " (" (style.file) "): " (style.title) ", λ " (style.lambda) ", teacher "
                (style.teacher.as_deref().unwrap_or("not given"))
            }
        }
        (figures_markup(figures, name))
        @for style in styles() {
            (photos_markup(style, "portraits", &style.portraits, &report.portraits))
            (photos_markup(style, "photos without faces", &style.non_face, &report.non_face))
        }
    }
}

fn photos_markup(
    style: &StyleReport,
    kind: &str,
    comparison: &Comparison,
    names: &[String],
) -> Markup {
    let measures: Vec<Measure> = Measure::ALL
        .into_iter()
        .filter(|m| comparison.median.ours.get(*m).is_some())
        .collect();
    let cell = |scores: &Scores, measure: Measure| {
        scores.get(measure).map_or("–".to_owned(), |value| {
            format!("{value:.*}", measure.decimals())
        })
    };
    let headings = measures.iter().map(|m| m.heading());
    let header: Vec<&str> = std::iter::once("photo").chain(headings).collect();
    let photos: Vec<_> = names.iter().zip(&comparison.photos).collect();
    html! {
        @if !comparison.photos.is_empty() && !measures.is_empty() {
            details {
                summary { (style.label()) ", each of the " (kind) }
                (html::table(&header, &photos, |(name, photo)| html! {
                    td { (name) }
                    @for m in &measures {
                        td { (cell(&photo.ours, *m)) " / " (cell(&photo.teacher, *m)) " / " (cell(&photo.ceiling, *m)) }
                    }
                }))
            }
        }
    }
}
