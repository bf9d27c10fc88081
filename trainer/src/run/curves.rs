//! The loss curves of a run as a picture, `loss.png`.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use image::RgbImage;
use plotters::{
    coord::Shift,
    prelude::*,
    style::{FontStyle, register_font},
};

use super::table::Table;
use crate::files::run_folder::write_atomically;

/// Size of one panel in pixels; there is one per loss term.
const PANEL: (u32, u32) = (560, 320);
/// Half of the steps over which the strong line averages: single steps differ by their patches.
const SMOOTHING: usize = 50;

const TRAINING: RGBColor = RGBColor(31, 91, 171);
const VALIDATION: RGBColor = RGBColor(200, 80, 20);

/// Draws every loss term of `loss.csv`, and of `validation.csv` where it has rows, over the steps, on logarithmic
/// scales, and writes `loss.png`, all in the folder `run`.
///
/// # Errors
/// When a table is unreadable or the picture cannot be written.
pub fn write(run: &Path) -> Result<()> {
    let losses = Table::read(&run.join("loss.csv"))?;
    let validation = run.join("validation.csv");
    let validation = validation
        .is_file()
        .then(|| Table::read(&validation))
        .transpose()?;
    let path = run.join("loss.png");
    let picture = draw(&losses, validation.as_ref())
        .map_err(|error| anyhow!("cannot draw {}: {error}", path.display()))?;
    let mut bytes = Vec::new();
    picture.write_to(
        &mut std::io::Cursor::new(&mut bytes),
        image::ImageFormat::Png,
    )?;
    write_atomically(&path, &bytes)
}

fn draw(losses: &Table, validation: Option<&Table>) -> Result<RgbImage> {
    // The bundled font makes pictures the same on every machine, with or without fonts of its own.
    register_font(
        "sans-serif",
        FontStyle::Normal,
        epaint_default_fonts::UBUNTU_LIGHT,
    )
    .map_err(|_| anyhow!("the bundled font is damaged"))?;
    let terms = losses.terms();
    let (columns, rows) = (terms.len().clamp(1, 2), terms.len().div_ceil(2).max(1));
    let (width, height) = (PANEL.0 * columns as u32, PANEL.1 * rows as u32);
    let mut pixels = vec![255; (3 * width * height) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        for (term, panel) in terms.iter().zip(area.split_evenly((rows, columns))) {
            let held_out = validation.map_or(Vec::new(), |table| table.points(term));
            draw_panel(&panel, term, &losses.points(term), &held_out)
                .map_err(|error| anyhow!("{error}"))?;
        }
        area.present()?;
    }
    RgbImage::from_raw(width, height, pixels).context("pixels and size disagree")
}

fn draw_panel<'a>(
    area: &DrawingArea<BitMapBackend<'a>, Shift>,
    term: &str,
    training: &[(f64, f64)],
    validation: &[(f64, f64)],
) -> Result<(), Box<dyn std::error::Error + 'a>> {
    let shown = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
        // A logarithmic scale has no zero.
        let points = points.iter().copied();
        points.filter(|(_, v)| v.is_finite() && *v > 0.0).collect()
    };
    let (training, validation) = (shown(training), shown(validation));
    let values = || training.iter().chain(&validation).map(|(_, v)| *v);
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(0.0, f64::max);
    if high == 0.0 {
        return Ok(());
    }
    let last = training.last().map_or(1.0, |(step, _)| *step);
    let mut chart = ChartBuilder::on(area)
        .caption(term, ("sans-serif", 18))
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(64)
        .build_cartesian_2d(
            0.0..last.max(1.0),
            (low / 1.1).log10()..(high * 1.1).log10(),
        )?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_label_formatter(&|step| format!("{step:.0}"))
        .y_labels(6)
        .y_label_formatter(&|log| format!("{:.1e}", 10_f64.powf(*log)))
        .label_style(("sans-serif", 13))
        .draw()?;
    // The axis counts in powers of ten: plotters' own logarithmic axis has no labels where values are close together.
    let on_axis = |points: Vec<(f64, f64)>| points.into_iter().map(|(x, y)| (x, y.log10()));
    let key = |colour: RGBColor| {
        move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
    };
    let strong = on_axis(smoothed(&training));
    let faint = on_axis(training);
    chart.draw_series(LineSeries::new(faint, TRAINING.mix(0.25)))?;
    chart
        .draw_series(LineSeries::new(strong, TRAINING.stroke_width(2)))?
        .label("training")
        .legend(key(TRAINING));
    if !validation.is_empty() {
        let points: Vec<(f64, f64)> = on_axis(validation).collect();
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
                VALIDATION.stroke_width(2),
            ))?
            .label("held out")
            .legend(key(VALIDATION));
        let dots = points.into_iter();
        chart.draw_series(dots.map(|point| Circle::new(point, 3, VALIDATION.filled())))?;
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.8))
            .label_font(("sans-serif", 13))
            .draw()?;
    }
    Ok(())
}

/// Geometric mean over the neighbouring steps, which a logarithmic scale shows as the middle of the noise.
fn smoothed(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let logs: Vec<f64> = points.iter().map(|(_, v)| v.ln()).collect();
    points
        .iter()
        .enumerate()
        .map(|(i, (step, _))| {
            // As many on both sides, so that the ends do not lean towards the middle.
            let reach = SMOOTHING.min(i).min(points.len() - 1 - i);
            let near = &logs[i - reach..=i + reach];
            (*step, (near.iter().sum::<f64>() / near.len() as f64).exp())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_both_tables_are_drawn() {
        let dir = tempfile::tempdir().unwrap();
        let mut rows = String::from("step,total,pixel,gram\n");
        for step in 1..=200 {
            let value = 100.0 / f64::from(step);
            rows += &format!("{step},{value},{},0\n", value / 10.0);
        }
        std::fs::write(dir.path().join("loss.csv"), rows).unwrap();
        let held_out = "step,total,pixel,gram\n100,3,0.3,0\n200,2,0.2,0\n";
        std::fs::write(dir.path().join("validation.csv"), held_out).unwrap();
        write(dir.path()).unwrap();
        let picture = image::open(dir.path().join("loss.png"))
            .unwrap()
            .into_rgb8();
        // Two panels: `gram` is zero throughout.
        assert_eq!(picture.dimensions(), (2 * PANEL.0, PANEL.1));
        let count = |colour: RGBColor, x0: u32| {
            let panel = picture
                .enumerate_pixels()
                .filter(|(x, ..)| *x / PANEL.0 == x0);
            let RGBColor(r, g, b) = colour;
            panel.filter(|(.., p)| p.0 == [r, g, b]).count()
        };
        for panel in 0..2 {
            assert!(count(TRAINING, panel) > 200, "training in panel {panel}");
            assert!(count(VALIDATION, panel) > 50, "held out in panel {panel}");
        }
    }

    #[test]
    fn smoothing_keeps_a_power_law_and_the_ends() {
        let points: Vec<(f64, f64)> = (0..300)
            .map(|i| (f64::from(i), (-0.01 * f64::from(i)).exp()))
            .collect();
        for (a, b) in points.iter().zip(smoothed(&points)) {
            assert!((a.1 - b.1).abs() < 1e-9);
        }
    }
}
