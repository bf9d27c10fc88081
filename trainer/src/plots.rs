//! Plots as PNG files, drawn by plotters with a font that the program carries.

use std::{path::Path, sync::Once};

use anyhow::{Context, Result, anyhow};
use image::RgbImage;
use plotters::{
    coord::Shift,
    prelude::*,
    style::{FontStyle, RGBColor, register_font},
};

/// An RGB picture to draw on.
pub struct Canvas {
    pub width: usize,
    pub height: usize,
    /// `3 · width · height` bytes.
    pub rgb: Vec<u8>,
}

type Area<'a> = DrawingArea<BitMapBackend<'a>, Shift>;

const FONT: &str = "sans-serif";
/// Colours that stay apart in print and for the colour-blind (Okabe and Ito, 2008).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

impl Canvas {
    /// All white, `width × height` pixels.
    pub fn white(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            rgb: vec![255; 3 * width * height],
        }
    }

    fn draw(&mut self, paint: impl FnOnce(&Area) -> Result<()>) -> Result<()> {
        static FONTS: Once = Once::new();
        FONTS.call_once(|| {
            // It parses: the tests draw with it.
            let _ = register_font(FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
        });
        let size = (self.width as u32, self.height as u32);
        let area = BitMapBackend::with_buffer(&mut self.rgb, size).into_drawing_area();
        paint(&area)?;
        area.present().map_err(drawing)
    }

    fn save(self, path: &Path) -> Result<()> {
        RgbImage::from_raw(self.width as u32, self.height as u32, self.rgb)
            .context("a plot has no pixels")?
            .save(path)
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

fn drawing(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw a plot: {error}")
}

/// Writes `text` with its top left corner at `(x, y)`.
///
/// # Errors
/// When the text cannot be drawn.
pub fn text_line(canvas: &mut Canvas, text: &str, (x, y): (usize, usize), size: u32) -> Result<()> {
    canvas.draw(|area| {
        let style = (FONT, size).into_font().color(&BLACK);
        area.draw_text(text, &style, (x as i32, y as i32))
            .map_err(drawing)
    })
}

/// Values of one version of every style, in the order of the labels.
pub struct Dots {
    pub name: String,
    pub values: Vec<Option<f64>>,
}

/// Writes a plot with one line per label and one dot per series on it.
///
/// # Errors
/// When the file cannot be written.
pub fn dots(path: &Path, title: &str, labels: &[String], series: &[Dots]) -> Result<()> {
    let all = || series.iter().flat_map(|s| &s.values).flatten().copied();
    let (low, high) = range(all().chain([0.0]));
    // Room for the legend.
    let high = high + 0.25 * (high - low);
    let mut canvas = Canvas::white(760, 90 + 26 * labels.len().max(2));
    canvas.draw(|area| {
        let rows = labels.len() as f64;
        let mut chart = ChartBuilder::on(area)
            .caption(title, (FONT, 18))
            .margin(8)
            .x_label_area_size(28)
            .y_label_area_size(150)
            .build_cartesian_2d(low..high, 0.0..rows)
            .map_err(drawing)?;
        let label = |y: &f64| {
            // Ticks stand between the lines too; only the middle of a line is named.
            let row = (rows - y).floor();
            let middle = (rows - y - row - 0.5).abs() < 0.01;
            let name = (row >= 0.0).then(|| labels.get(row as usize)).flatten();
            name.filter(|_| middle).cloned().unwrap_or_default()
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(2 * labels.len() + 1)
            .y_label_formatter(&label)
            .x_labels(8)
            .label_style((FONT, 13))
            .draw()
            .map_err(drawing)?;
        for (i, series) in series.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            let points = series.values.iter().enumerate().filter_map(|(row, value)| {
                let y = rows - row as f64 - 0.5;
                Some(Circle::new(((*value)?, y), 5, colour.filled()))
            });
            chart
                .draw_series(points)
                .map_err(drawing)?
                .label(&series.name)
                .legend(move |(x, y)| Circle::new((x + 8, y), 5, colour.filled()));
        }
        legend(&mut chart)
    })?;
    canvas.save(path)
}

/// A curve with its name.
pub struct Curve {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// Writes a line plot; `x_label` turns positions into text.
///
/// # Errors
/// When the file cannot be written.
pub fn curves(
    path: &Path,
    title: &str,
    (x_name, x_label): (&str, &dyn Fn(&f64) -> String),
    curves: &[Curve],
) -> Result<()> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    let (left, last) = range(points().map(|p| p.0));
    // Room for the legend.
    let right = last + 0.3 * (last - left);
    let (low, high) = range(points().map(|p| p.1).chain([0.0]));
    let mut canvas = Canvas::white(620, 320);
    canvas.draw(|area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, (FONT, 18))
            .margin(8)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(left..right, low..high)
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .x_desc(x_name)
            .x_label_formatter(&|x| if *x > last { String::new() } else { x_label(x) })
            .x_labels(6)
            .label_style((FONT, 13))
            .draw()
            .map_err(drawing)?;
        for (i, curve) in curves.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            chart
                .draw_series(LineSeries::new(
                    curve.points.iter().copied(),
                    colour.stroke_width(2),
                ))
                .map_err(drawing)?
                .label(&curve.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2))
                });
        }
        legend(&mut chart)
    })?;
    canvas.save(path)
}

type Chart<'a, 'b> = ChartContext<
    'a,
    BitMapBackend<'b>,
    Cartesian2d<plotters::coord::types::RangedCoordf64, plotters::coord::types::RangedCoordf64>,
>;

fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Result<()> {
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .label_font((FONT, 13))
        .draw()
        .map_err(drawing)
}

/// Lowest and highest of `values`, a little wider, never empty.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (0.04 * (high - low)).max(1e-9);
    let low = if low == 0.0 { 0.0 } else { low - margin };
    (low, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_all_values() {
        assert_eq!(range([].into_iter()), (0.0, 1.0));
        let (low, high) = range([0.0, 2.0].into_iter());
        assert!(low == 0.0 && high > 2.0);
        let (low, high) = range([-1.0, -1.0].into_iter());
        assert!(low < -1.0 && high > -1.0);
    }

    #[test]
    fn plots_are_drawn_with_colour_and_text() {
        let folder = tempfile::tempdir().unwrap();
        let first = folder.path().join("dots.png");
        let series = [
            Dots {
                name: "ours".into(),
                values: vec![Some(0.5), None],
            },
            Dots {
                name: "teacher".into(),
                values: vec![Some(0.7), Some(0.9)],
            },
        ];
        dots(&first, "identity", &["a".into(), "b".into()], &series).unwrap();
        let second = folder.path().join("curves.png");
        let curve = Curve {
            name: "ours".into(),
            points: vec![(0.0, 1.0), (1.0, 3.0)],
        };
        curves(
            &second,
            "flicker",
            ("frame", &|x| format!("{x:.0}")),
            &[curve],
        )
        .unwrap();
        for path in [first, second] {
            let picture = image::open(&path).unwrap().into_rgb8();
            let count = |colour: RGBColor| {
                let rgb = [colour.0, colour.1, colour.2];
                picture.pixels().filter(|pixel| pixel.0 == rgb).count()
            };
            assert!(count(COLOURS[0]) > 30, "{}", path.display());
            // The title is black on white.
            let title = picture.rows().take(30).flatten();
            assert!(title.filter(|pixel| pixel[0] < 100).count() > 30);
        }
    }
}
