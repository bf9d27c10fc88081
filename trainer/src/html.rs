//! What the reports' pages share: one file that needs no network, with tables and rows of pictures beside it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

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

/// The whole page around `body`, under its title.
pub fn page(title: &str, body: &Markup) -> String {
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
                (body)
            }
        }
    }
    .into_string()
}

/// A table under column headings; `row` makes the cells of each row.
pub fn table<T>(header: &[impl AsRef<str>], rows: &[T], row: impl Fn(&T) -> Markup) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { @for cell in header { th scope="col" { (cell.as_ref()) } } } }
                tbody { @for one in rows { tr { (row(one)) } } }
            }
        }
    }
}

/// A row of pictures: their paths relative to the page, and their captions.
pub fn figures<'a>(pictures: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! {
        div.figures {
            @for (path, caption) in pictures {
                figure {
                    img src=(path) alt=(caption) loading="lazy";
                    // Plots carry their titles.
                    @if !path.starts_with("plots/") { figcaption { (caption) } }
                }
            }
        }
    }
}
