//! `limn-trainer metrics`: how far two pictures, or two folders of pictures, are apart.

mod ssim;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use limn::Planes;
use serde::Serialize;

use crate::images;
use ssim::ssim;

/// Compare images: PSNR and SSIM.
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
struct Report {
    pictures: Vec<Comparison>,
    mean: Option<Mean>,
}

#[derive(Serialize)]
struct Comparison {
    reference: String,
    candidate: String,
    /// In dB; null for identical pictures.
    psnr: Option<f64>,
    ssim: f64,
}

#[derive(Serialize)]
struct Mean {
    /// Over the pictures that differ.
    psnr: Option<f64>,
    ssim: f64,
}

pub fn run(args: &MetricsArgs) -> Result<()> {
    let pictures = pairs(&args.reference, &args.candidate)?
        .iter()
        .map(|(reference, candidate)| compare(reference, candidate))
        .collect::<Result<Vec<_>>>()?;
    let finite: Vec<f64> = pictures.iter().filter_map(|p| p.psnr).collect();
    let mean = (pictures.len() > 1).then(|| Mean {
        psnr: (!finite.is_empty()).then(|| finite.iter().sum::<f64>() / finite.len() as f64),
        ssim: pictures.iter().map(|p| p.ssim).sum::<f64>() / pictures.len() as f64,
    });
    if args.json {
        println!("{}", serde_json::to_string(&Report { pictures, mean })?);
        return Ok(());
    }
    let text = |psnr: Option<f64>| psnr.map_or("identical".into(), |v| format!("{v:.2} dB"));
    for p in &pictures {
        println!("{}: PSNR {}, SSIM {:.4}", p.candidate, text(p.psnr), p.ssim);
    }
    if let Some(mean) = mean {
        println!("mean: PSNR {}, SSIM {:.4}", text(mean.psnr), mean.ssim);
    }
    Ok(())
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
        psnr: psnr(&a, &b),
        ssim: ssim(&a, &b).with_context(|| format!("cannot compare {}", reference.display()))?,
    })
}

/// Peak signal-to-noise ratio over all channels in dB, for a peak of 1; `None` where the pictures are identical.
fn psnr(a: &Planes, b: &Planes) -> Option<f64> {
    let squares: f64 = a
        .data
        .iter()
        .zip(&b.data)
        .map(|(a, b)| f64::from(a - b).powi(2))
        .sum();
    (squares > 0.0).then(|| -10.0 * (squares / a.data.len() as f64).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psnr_of_a_known_difference() {
        let zero = Planes::zeros(3, 4, 4);
        let tenth = Planes::new(3, 4, 4, vec![0.1; 48]).unwrap();
        assert!((psnr(&zero, &tenth).unwrap() - 20.0).abs() < 1e-5);
        assert_eq!(psnr(&tenth, &tenth), None);
    }
}
