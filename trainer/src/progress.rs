//! Progress bars of the long commands.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over `length` things called `unit`, with rate and time left. Draws only on a terminal.
pub fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template =
        format!("{{bar:40}} {{pos}}/{{len}} {unit} · {{per_sec}} · {{eta}} left {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
