//! The tables as Markdown, to be pasted into documentation.

use std::fmt::Write;

use super::{Report, tables};
use crate::evaluate::scores::Measure;

/// Headings of level three, a sentence and a table each, and the legend of the measures.
pub fn render(report: &Report) -> String {
    let mut text = String::new();
    for table in tables::all(report) {
        let rule: Vec<&str> = table.header.iter().map(|_| "---").collect();
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "### {}\n\n{}\n\n| {} |\n|{}|\n",
            table.title,
            table.note,
            table.header.join(" | "),
            rule.join("|")
        );
        for row in &table.rows {
            let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
        text.push('\n');
    }
    text.push_str("What the columns say:\n\n");
    for measure in Measure::ALL {
        let _ = writeln!(
            text,
            "- **{}**: {}.",
            measure.heading(),
            measure.explanation()
        );
    }
    for note in &report.notes {
        let _ = writeln!(text, "\nNote: {note}.");
    }
    text
}
