//! The report as one page that needs no network: styles in the page, pictures beside it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    Comparison, Report, StyleReport,
    tables::{self, Table},
};
use crate::evaluate::scores::{Measure, Scores};

const CSS: &str = "
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem; padding: 0 1rem; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: .5rem 0 1.5rem; }
th, td { padding: .2rem .4rem; text-align: right; border-bottom: 1px solid #8884; white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; }
.holds { color: #080; } .fails { color: #c22; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; }
figure { margin: 0; }
img { max-width: 100%; height: auto; }
dt { font-weight: 600; }
";

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
    let title = "Evaluation of Limn's styles";
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(CSS)) }
            }
            body {
                h1 { (title) }
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
                @for (section, title) in [("baselines", "Classical filters"), ("ablations", "Ablations")] {
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
            }
        }
    }
    .into_string()
}

fn table_markup(table: &Table) -> Markup {
    html! {
        h2 { (table.title) }
        p { (table.note) }
        div.scroll {
            table {
                thead { tr { @for cell in &table.header { th scope="col" { (cell) } } } }
                tbody {
                    @for row in &table.rows {
                        tr { @for cell in row { td.holds[cell.starts_with('✓')].fails[cell.starts_with('✗')] { (cell) } } }
                    }
                }
            }
        }
    }
}

fn figures_markup(figures: &[Figure], section: &str) -> Markup {
    let here = || figures.iter().filter(|f| f.section == section);
    html! {
        @if here().next().is_some() {
            div.figures {
                @for figure in here() {
                    figure {
                        img src=(figure.path) alt=(figure.caption) loading="lazy";
                        // Plots carry their titles.
                        @if figure.path.starts_with("sheets/") { figcaption { (figure.caption) } }
                    }
                }
            }
        }
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
    html! {
        @if !comparison.photos.is_empty() && !measures.is_empty() {
            details {
                summary { (style.label()) ", each of the " (kind) }
                div.scroll {
                    table {
                        thead { tr { th scope="col" { "photo" } @for m in &measures { th scope="col" { (m.heading()) } } } }
                        tbody {
                            @for (name, photo) in names.iter().zip(&comparison.photos) {
                                tr {
                                    td { (name) }
                                    @for m in &measures {
                                        td { (cell(&photo.ours, *m)) " / " (cell(&photo.teacher, *m)) " / " (cell(&photo.ceiling, *m)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
