//! `limn-trainer study`: the experiments of the two reports on painting by optimisation (see [`Preset`]), on given
//! portraits and paintings, as a page, as JSON, and as pictures.

mod report;
mod studio;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use limn::Planes;

use super::{
    minimise::Optimiser,
    recipe::{Blend, Preset, Recipe},
};
use crate::{
    files::images,
    metrics::{
        identity::{Identity, cosine},
        median, ssim,
        structure::{luma, psnr},
    },
    plots::{Curve, curves},
};
use report::{Report, Section, Table, number};
use studio::{Kept, Studio};

/// Repeat the published experiments on painting by optimisation, and write a report with pictures.
///
/// What is painted already is not painted again, so an interrupted study goes on where it was.
#[derive(Args)]
pub struct StudyArgs {
    /// Folder of portraits; the first ones by name are painted.
    #[arg(long)]
    photos: PathBuf,
    /// Paintings, at least two; the first is the style of what takes one.
    #[arg(long, required = true)]
    style: Vec<PathBuf>,
    /// Weights of VGG-16 up to conv3_2.
    #[arg(long, value_name = "FILE")]
    vgg16: PathBuf,
    /// Weights of VGG-19 up to conv5_2.
    #[arg(long, value_name = "FILE")]
    vgg19: PathBuf,
    /// Folder of the three face networks; without it nobody is recognised.
    #[arg(long)]
    identity: Option<PathBuf>,
    /// Folder of portraits of other people, among whom the painted ones are to be recognised.
    #[arg(long, requires = "identity")]
    gallery: Option<PathBuf>,
    /// Folder of the report.
    #[arg(long)]
    output: PathBuf,
    /// Longest side of the paintings in pixels.
    #[arg(long, default_value_t = 256)]
    size: usize,
    /// Evaluations of a painting; "50/100/500" is a quarter, half and two and a half times as many.
    #[arg(long, default_value_t = 200)]
    evaluations: usize,
    /// Portraits that are compared with their photos.
    #[arg(long, default_value_t = 15)]
    portraits: usize,
    /// Portraits that are painted in every style and recognised.
    #[arg(long, default_value_t = 20)]
    recognised: usize,
}

/// Portraits on which optimisers are compared.
const RACES: usize = 5;
/// What cosines are divided by before the softmax over the gallery.
const TEMPERATURE: f64 = 0.05;

/// Makes the report.
///
/// # Errors
/// When there are too few portraits or styles, a file cannot be used or written, or a painting fails.
pub fn run(args: &StudyArgs) -> Result<()> {
    ensure!(args.style.len() >= 2, "a study takes at least two styles");
    ensure!(
        args.size >= 32,
        "--size is {}, at least 32 is needed",
        args.size
    );
    ensure!(
        args.evaluations >= 4,
        "--evaluations is {}, at least 4 is needed",
        args.evaluations
    );
    let studio = Studio::open(args)?;
    let mut report = Report::new(args.size, args.evaluations);
    evaluations_and_weights(&studio, &mut report)?;
    likeness(&studio, &mut report)?;
    layers_and_regularisation(&studio, &mut report)?;
    two_styles(&studio, &mut report)?;
    race(&studio, &mut report)?;
    if let Some(folder) = &args.identity {
        recognition(&studio, &Identity::load(folder)?, args, &mut report)?;
    }
    report.write(&args.output)
}

/// Ding et al., Figs 4 to 6: evaluations and style weights, in both readings.
fn evaluations_and_weights(studio: &Studio, report: &mut Report) -> Result<()> {
    for preset in [Preset::Ding2022, Preset::Ding2022Code] {
        let (name, reading) = match preset {
            Preset::Ding2022 => ("text", "the text's reading (from noise, sums)"),
            _ => (
                "code",
                "the code's reading (from the photo, means, weights act squared)",
            ),
        };
        let recipe = |weight: f64, evaluations: usize| Recipe {
            style_weight: weight,
            evaluations,
            ..preset.recipe()
        };
        let full = studio.evaluations;
        let mut long = Section::new(
            &format!("Evaluations, {reading}"),
            "Ding et al., Fig. 4: style weight 5000, after 50, 100 and 500 evaluations.",
        );
        for evaluations in [full / 4, full / 2, full * 5 / 2] {
            let file = format!("ding-{name}-w5000-e{evaluations}");
            let kept = studio.paint(&file, &recipe(5000.0, evaluations), 0, &[0])?;
            long.figure(&kept, format!("{evaluations} evaluations"));
        }
        report.push(long);
        let mut weights = Section::new(
            &format!("Style weights, {reading}"),
            "Ding et al., Figs 5 and 6: 200 evaluations with style weights 10, 100 and 5000, and the loss with 100.",
        );
        for weight in [10.0, 100.0, 5000.0] {
            let file = format!("ding-{name}-w{weight}-e{full}");
            let kept = studio.paint(&file, &recipe(weight, full), 0, &[0])?;
            weights.figure(&kept, format!("style weight {weight}"));
            if weight == 100.0 {
                let plot = format!("ding-{name}-loss");
                weights.plot(studio.plot(&plot, "Loss, style weight 100", &[("loss", &kept)])?);
            }
        }
        report.push(weights);
    }
    Ok(())
}

/// Ibid., Fig. 9: how near paintings are to their photos.
fn likeness(studio: &Studio, report: &mut Report) -> Result<()> {
    let mut section = Section::new(
        "Likeness to the photo",
        "Ding et al., Fig. 9: SSIM and PSNR against the photo, style weight 100. The report's own numbers stand in a \
         picture that is lost; its other column is DualStyleGAN.",
    );
    let mut table = Table::new(&["portrait", "SSIM", "PSNR, dB"]);
    let recipe = Recipe {
        evaluations: studio.evaluations,
        ..Preset::Ding2022Code.recipe()
    };
    let mut sums = [0.0; 2];
    for (i, (name, photo)) in studio.photos.iter().enumerate().take(studio.portraits) {
        let file = format!("ding-code-w100-e{}-{name}", studio.evaluations);
        let kept = studio.paint(&file, &recipe, i, &[0])?;
        let measures = [
            ssim(&luma(photo), &luma(&kept.picture))?,
            psnr(photo, &kept.picture).unwrap_or(f64::INFINITY),
        ];
        table.row(name, &measures);
        sums = [sums[0] + measures[0], sums[1] + measures[1]];
        section.figure(&kept, name.clone());
    }
    let count = table.rows.len() as f64;
    table.row("mean", &sums.map(|sum| sum / count));
    section.table = Some(table);
    report.push(section);
    Ok(())
}

/// The faces report, Figs 1 to 3.
fn layers_and_regularisation(studio: &Studio, report: &mut Report) -> Result<()> {
    let base = studio.faces();
    let with_layer = |layer: &str| -> Result<Recipe> {
        Ok(Recipe {
            content: Recipe::taps_named(base.network, layer, &base.content)?,
            ..base.clone()
        })
    };
    let mut content = Section::new(
        "Content alone",
        "Faces, Fig. 1: what layers 13 (conv3_2) and 27 (conv5_2) keep of a photo, rebuilt from noise. VGG-19 stands in \
         for VGG-Face.",
    );
    let mut mixed = Section::new(
        "Content layers with a style",
        "The same layers beside a style: the report prefers the deep one.",
    );
    for layer in ["conv3_2", "conv5_2"] {
        let alone = Recipe {
            style_weight: 0.0,
            ..with_layer(layer)?
        };
        let kept = studio.paint(&format!("faces-content-{layer}"), &alone, 0, &[0])?;
        content.figure(&kept, layer.into());
        let mut recipe = with_layer(layer)?;
        if layer == "conv3_2" {
            // Its sum of squares is some fifty times that of the deep layer, and would leave the style no room.
            recipe.content_weight /= 50.0;
        }
        let kept = studio.paint(&format!("faces-{layer}"), &recipe, 0, &[0])?;
        mixed.figure(&kept, layer.into());
    }
    report.push(content);
    report.push(mixed);
    let mut style = Section::new(
        "Style alone",
        "Faces, Fig. 2: the style's texture from noise.",
    );
    let recipe = Recipe {
        content_weight: 0.0,
        ..base.clone()
    };
    let kept = studio.paint("faces-style", &recipe, 0, &[0])?;
    style.figure(&kept, "no content term".into());
    report.push(style);
    let mut regular = Section::new(
        "Regularisation",
        "Faces, Fig. 3: without it, the report finds noise from pixels that are cut to their range.",
    );
    let mut table = Table::new(&["", "share of values cut", "mean |difference| of neighbours"]);
    let without = Recipe {
        size_weight: 0.0,
        variation_weight: 0.0,
        ..base.clone()
    };
    for (name, recipe) in [("with", &base), ("without", &without)] {
        let kept = studio.paint(&format!("faces-{name}-regularisation"), recipe, 0, &[0])?;
        table.row(name, &[cut(&kept.picture), roughness(&kept.picture)]);
        regular.figure(&kept, format!("{name} regularisation"));
    }
    regular.table = Some(table);
    report.push(regular);
    Ok(())
}

/// Share of values at an end of the range.
fn cut(picture: &Planes) -> f64 {
    let at_end = picture.data.iter().filter(|v| **v <= 0.0 || **v >= 1.0);
    at_end.count() as f64 / picture.data.len() as f64
}

/// Mean absolute difference of horizontal neighbours.
fn roughness(picture: &Planes) -> f64 {
    let rows = picture.data.chunks_exact(picture.width);
    let sum: f64 = rows
        .flat_map(|row| row.windows(2))
        .map(|pair| f64::from((pair[1] - pair[0]).abs()))
        .sum();
    sum / (picture.data.len() - picture.data.len() / picture.width) as f64
}

/// Ibid., Fig. 4: two styles at once.
fn two_styles(studio: &Studio, report: &mut Report) -> Result<()> {
    let mut section = Section::new(
        "Two styles",
        "Faces, Fig. 4: mixed gradient descent and eigengram come out alike, and the report finds the eigengram much \
         faster.",
    );
    let recipe = studio.faces();
    for style in [0, 1] {
        let kept = studio.paint(&format!("faces-style-{style}"), &recipe, 0, &[style])?;
        section.figure(&kept, studio.styles[style].0.clone());
    }
    for (name, blend) in [("mixed", Blend::Mixed), ("eigengram", Blend::Eigengram)] {
        let kept = studio.blend(&format!("faces-{name}"), &recipe, 0, &[0, 1], blend)?;
        section.figure(&kept, name.into());
    }
    let mut table = Table::new(&[
        "styles",
        "eigengram, s an evaluation",
        "mixed, one Gram matrix for all",
        "mixed, a pass of the network for each",
    ]);
    for count in 1..=studio.styles.len() {
        table.row(&count.to_string(), &studio.time_blends(&recipe, count)?);
    }
    section.table = Some(table);
    report.push(section);
    Ok(())
}

/// Ibid., Fig. 5: Adam against L-BFGS from the same start.
fn race(studio: &Studio, report: &mut Report) -> Result<()> {
    let mut section = Section::new(
        "Adam against L-BFGS",
        "Faces, Fig. 5: the same start, the same loss. The table says after how many evaluations L-BFGS is where Adam \
         ends.",
    );
    let mut table = Table::new(&["portrait", "L-BFGS", "with a search", "of Adam's"]);
    let base = studio.faces();
    let adam = Recipe {
        optimiser: Optimiser::Adam { rate: 0.02 },
        ..base.clone()
    };
    let search = Recipe {
        optimiser: Optimiser::Lbfgs {
            history: 100,
            rate: 1.0,
            wolfe: true,
        },
        ..base.clone()
    };
    for (i, (name, _)) in studio.photos.iter().enumerate().take(RACES) {
        let mut runs = Vec::new();
        for (label, recipe) in [("adam", &adam), ("lbfgs", &base), ("wolfe", &search)] {
            runs.push(studio.paint(&format!("race-{label}-{name}"), recipe, i, &[0])?);
        }
        let [adam, lbfgs, wolfe] = &runs[..] else {
            unreachable!("three runs");
        };
        let goal = adam.losses.iter().copied().fold(f64::MAX, f64::min);
        let reached = |kept: &Kept| {
            let place = kept.losses.iter().position(|loss| *loss <= goal);
            place.map_or(f64::INFINITY, |place| (place + 1) as f64)
        };
        table.row(
            name,
            &[reached(lbfgs), reached(wolfe), adam.losses.len() as f64],
        );
        if i == 0 {
            let named = [("Adam", adam), ("L-BFGS", lbfgs), ("L-BFGS, search", wolfe)];
            section.plot(studio.plot("race-loss", "Loss (log10)", &named)?);
            for (label, kept) in named {
                section.figure(kept, label.into());
            }
        }
    }
    let medians = [0, 1, 2].map(|c| {
        let column: Vec<f64> = table.rows.iter().map(|row| row.values[c]).collect();
        median(&column).unwrap_or(f64::NAN)
    });
    table.row("median", &medians);
    section.table = Some(table);
    report.push(section);
    Ok(())
}

/// Ibid., the table of recognition.
fn recognition(
    studio: &Studio,
    identity: &Identity,
    args: &StudyArgs,
    report: &mut Report,
) -> Result<()> {
    let mut section = Section::new(
        "Recognition",
        "Faces, appendix: VGG-Face's score of the right person, 0.961 for the original, 0.093 to 0.852 painted, all five \
         recognised. Here MobileFaceNet among the people of a gallery with one photo each. The original is a second view: \
         mirrored, cut by a twentieth, blurred, darker.",
    );
    // The people to be found, then all others.
    let mut people = Vec::new();
    for (i, (_, photo)) in studio.photos.iter().enumerate().take(args.recognised) {
        if let Some(face) = identity.face(photo)? {
            people.push((i, face, identity.embedding(photo, &face)?));
        }
    }
    ensure!(
        !people.is_empty(),
        "no face is found in any of the portraits"
    );
    let mut gallery: Vec<Vec<f32>> = people.iter().map(|(.., e)| e.clone()).collect();
    if let Some(folder) = &args.gallery {
        for path in images::list(folder)? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            if studio
                .photos
                .iter()
                .take(args.recognised)
                .any(|(n, _)| *n == name)
            {
                continue;
            }
            let photo = images::load(&path)?.colours;
            if let Some(face) = identity.face(&photo)? {
                gallery.push(identity.embedding(&photo, &face)?);
            }
        }
    }
    let scores = |embedding: &[f32], person: usize| -> [f64; 3] {
        let cosines: Vec<f64> = gallery
            .iter()
            .map(|other| cosine(embedding, other))
            .collect();
        let first = cosines.iter().all(|c| *c <= cosines[person]);
        let sum: f64 = cosines.iter().map(|c| (c / TEMPERATURE).exp()).sum();
        let softmax = (cosines[person] / TEMPERATURE).exp() / sum;
        [cosines[person], f64::from(u8::from(first)), softmax]
    };
    let mean = |rows: &[[f64; 3]]| -> [f64; 3] {
        std::array::from_fn(|c| rows.iter().map(|row| row[c]).sum::<f64>() / rows.len() as f64)
    };
    let mut table = Table::new(&["", "cosine", "recognised (rank 1)", "softmax"]);
    let mut rows = Vec::new();
    for (person, (i, ..)) in people.iter().enumerate() {
        let view = second_view(&studio.photos[*i].1);
        if let Some(face) = identity.face(&view)? {
            rows.push(scores(&identity.embedding(&view, &face)?, person));
        }
    }
    table.row("original, second view", &mean(&rows));
    let recipe = studio.faces();
    for (style, (name, _)) in studio.styles.iter().enumerate() {
        let mut rows = Vec::new();
        for (person, (i, face, _)) in people.iter().enumerate() {
            let photo = &studio.photos[*i].0;
            let kept = studio.paint(&format!("faces-{photo}-{style}"), &recipe, *i, &[style])?;
            rows.push(scores(&identity.embedding(&kept.picture, face)?, person));
            if person == 0 {
                section.figure(&kept, name.clone());
            }
        }
        table.row(name, &mean(&rows));
    }
    section.note = format!(
        "{} people painted, {} in the gallery; softmax of cosines divided by {TEMPERATURE}.",
        people.len(),
        gallery.len()
    );
    section.table = Some(table);
    report.push(section);
    Ok(())
}

/// The photo as another one of the same person might be.
fn second_view(photo: &Planes) -> Planes {
    let (width, height) = (photo.width, photo.height);
    let (left, top) = (width / 20, height / 20);
    let (new_width, new_height) = (width - 2 * left, height - 2 * top);
    let mut view = Planes::zeros(3, new_height, new_width);
    for channel in 0..3 {
        let from = photo.plane(channel);
        for (y, row) in view
            .plane_mut(channel)
            .chunks_exact_mut(new_width)
            .enumerate()
        {
            for (x, value) in row.iter_mut().enumerate() {
                *value = 0.8 * from[(y + top) * width + width - 1 - left - x];
            }
        }
    }
    let small = view.resized(new_width / 2, new_height / 2);
    small.resized(new_width, new_height)
}

/// A picture `[3, H, W]` of a curve for each named painting.
fn loss_curves(path: &std::path::Path, title: &str, named: &[(&str, &Kept)]) -> Result<()> {
    let drawn: Vec<Curve> = named
        .iter()
        .map(|(name, kept)| Curve {
            name: (*name).into(),
            points: kept
                .losses
                .iter()
                .enumerate()
                .map(|(i, loss)| ((i + 1) as f64, loss.max(f64::MIN_POSITIVE).log10()))
                .collect(),
        })
        .collect();
    let label = |x: &f64| number(*x);
    curves(path, title, ("evaluations", &label), &drawn).context("cannot draw the loss")
}
