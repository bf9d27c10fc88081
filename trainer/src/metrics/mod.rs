//! The measures that compare pictures and clips, and `limn-trainer metrics`, which prints those of two pictures or two
//! folders of pictures. `evaluate` makes a report of all of them.

pub mod ceiling;
pub mod checkerboard;
pub mod colour;
pub mod flicker;
pub mod gram;
pub mod identity;
mod ssim;
pub mod structure;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use crate::files::images;
pub use ssim::ssim;

/// Compare images: PSNR, SSIM, edge agreement and colour difference.
#[derive(Args)]
pub struct MetricsArgs {
    /// Reference image, or a folder of them.
    #[arg(long)]
    reference: PathBuf,
    /// Image to compare, or a folder with the same names.
    #[arg(long)]
    candidate: PathBuf,
    /// Print one JSON object instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Comparisons {
    pictures: Vec<Comparison>,
    mean: Option<Mean>,
}

#[derive(Serialize)]
struct Comparison {
    reference: String,
    candidate: String,
    /// In dB; null for identical pictures.
    psnr: Option<f64>,
    /// Over the three channels.
    ssim: f64,
    /// See [`structure::edge_agreement`]; null where one of the pictures is flat.
    edge_agreement: Option<f64>,
    /// See [`colour::colour_difference`], over the whole picture.
    colour_difference: Option<f64>,
}

#[derive(Serialize)]
struct Mean {
    /// Over the pictures that differ.
    psnr: Option<f64>,
    ssim: f64,
    edge_agreement: Option<f64>,
    colour_difference: Option<f64>,
}

/// The middle of the sorted values, the mean of the two middle ones for an even count; `None` for none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some((lower + upper) / 2.0)
}

/// Arithmetic mean; `None` for no values.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Compares two pictures or two folders, and prints what was measured.
///
/// # Errors
/// When a picture is unreadable, or has no partner of its size.
pub fn run(args: &MetricsArgs) -> Result<()> {
    let pictures = pairs(&args.reference, &args.candidate)?
        .iter()
        .map(|(reference, candidate)| compare(reference, candidate))
        .collect::<Result<Vec<_>>>()?;
    let mean = (pictures.len() > 1).then(|| Mean {
        psnr: mean(pictures.iter().filter_map(|p| p.psnr)),
        ssim: mean(pictures.iter().map(|p| p.ssim)).unwrap_or(f64::NAN),
        edge_agreement: mean(pictures.iter().filter_map(|p| p.edge_agreement)),
        colour_difference: mean(pictures.iter().filter_map(|p| p.colour_difference)),
    });
    if args.json {
        println!(
            "{}",
            serde_json::to_string(&Comparisons { pictures, mean })?
        );
        return Ok(());
    }
    for p in &pictures {
        print_row(
            &p.candidate,
            p.psnr,
            p.ssim,
            p.edge_agreement,
            p.colour_difference,
        );
    }
    if let Some(m) = mean {
        print_row(
            "mean",
            m.psnr,
            m.ssim,
            m.edge_agreement,
            m.colour_difference,
        );
    }
    Ok(())
}

fn print_row(name: &str, psnr: Option<f64>, ssim: f64, edges: Option<f64>, colour: Option<f64>) {
    let psnr = psnr.map_or("identical".into(), |v| format!("{v:.2} dB"));
    let text = |value: Option<f64>| value.map_or("–".into(), |v| format!("{v:.3}"));
    println!(
        "{name}: PSNR {psnr}, SSIM {ssim:.4}, edges {}, CIEDE2000 {}",
        text(edges),
        text(colour)
    );
}

/// The two files, or the files of the same name in two folders.
fn pairs(reference: &Path, candidate: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    if !reference.is_dir() {
        return Ok(vec![(reference.into(), candidate.into())]);
    }
    ensure!(
        candidate.is_dir(),
        "{} is a folder, {} is not",
        reference.display(),
        candidate.display()
    );
    let candidates = images::list(candidate)?;
    images::list(reference)?
        .into_iter()
        .map(|path| {
            let partner = candidates
                .iter()
                .find(|c| c.file_stem() == path.file_stem())
                .with_context(|| {
                    format!(
                        "{} has no partner in {}",
                        path.display(),
                        candidate.display()
                    )
                })?;
            Ok((path, partner.clone()))
        })
        .collect()
}

fn compare(reference: &Path, candidate: &Path) -> Result<Comparison> {
    let a = images::load(reference)?.colours;
    let b = images::load(candidate)?.colours;
    ensure!(
        (a.width, a.height) == (b.width, b.height),
        "{} is {}×{}, {} is {}×{}: only pictures of one size can be compared",
        reference.display(),
        a.width,
        a.height,
        candidate.display(),
        b.width,
        b.height
    );
    Ok(Comparison {
        reference: reference.display().to_string(),
        candidate: candidate.display().to_string(),
        psnr: structure::psnr(&a, &b),
        ssim: ssim(&a, &b).with_context(|| format!("cannot compare {}", reference.display()))?,
        edge_agreement: structure::edge_agreement(&structure::luma(&a), &structure::luma(&b)),
        colour_difference: colour::colour_difference(&a, &b, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_even_and_odd_counts() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[5.0, 1.0, 3.0]), Some(3.0));
        assert_eq!(median(&[5.0, 1.0, 3.0, 4.0]), Some(3.5));
    }
}
