//! Portraits, styles and networks of a study, and its paintings, each made once.

use std::{path::PathBuf, time::Instant};

use anyhow::{Context, Result, ensure};
use burn::tensor::Device;
use limn::{Planes, options::fit};
use limn_networks::{
    Weights,
    vgg::{Kind, Vgg},
};
use serde::{Deserialize, Serialize};

use super::{StudyArgs, loss_curves};
use crate::{
    files::{images, run_folder::write_atomically, weights},
    metrics::median,
    paint::{
        objective::{Objective, StylePicture, Styles, Terms, tensor},
        painter::Painter,
        recipe::{Blend, Preset, Recipe},
    },
    progress,
};

/// What the experiments share.
pub struct Studio {
    /// Name and picture of each portrait, at the size of the paintings.
    pub photos: Vec<(String, Planes)>,
    pub styles: Vec<(String, Planes)>,
    pub evaluations: usize,
    pub portraits: usize,
    vgg16: Weights,
    vgg19: Weights,
    output: PathBuf,
}

/// A painting of the study.
pub struct Kept {
    /// Its file, relative to the report.
    pub path: String,
    pub picture: Planes,
    /// Total loss at each evaluation.
    pub losses: Vec<f64>,
}

/// What lies beside a painting: how it was made, so that a study with other settings paints anew.
#[derive(Serialize, Deserialize, PartialEq)]
struct Log {
    made: String,
    losses: Vec<f64>,
}

impl Studio {
    /// Reads everything, and creates the report's folder.
    ///
    /// # Errors
    /// When something cannot be read, or there are no portraits.
    pub fn open(args: &StudyArgs) -> Result<Self> {
        let named = |path: &PathBuf| -> Result<(String, Planes)> {
            let picture = images::load(path)?.colours;
            let (width, height) = fit(picture.width, picture.height, args.size);
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), picture.resized(width, height)))
        };
        let count = args.portraits.max(args.recognised).max(1);
        let paths = images::list(&args.photos)?;
        ensure!(
            paths.len() >= count,
            "{} holds {} portraits, {count} are to be painted",
            args.photos.display(),
            paths.len()
        );
        for part in ["pictures", "plots"] {
            let folder = args.output.join(part);
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        Ok(Self {
            photos: paths.iter().take(count).map(named).collect::<Result<_>>()?,
            styles: args.style.iter().map(named).collect::<Result<_>>()?,
            evaluations: args.evaluations,
            portraits: args.portraits,
            vgg16: weights::load(&args.vgg16)?,
            vgg19: weights::load(&args.vgg19)?,
            output: args.output.clone(),
        })
    }

    /// The settings of the faces report with the study's number of evaluations.
    pub fn faces(&self) -> Recipe {
        Recipe {
            evaluations: self.evaluations,
            ..Preset::Faces.recipe()
        }
    }

    /// A painter by `recipe` in some of the styles.
    fn painter(&self, recipe: &Recipe, styles: &[usize], blend: Blend) -> Result<Painter> {
        let device = Device::flex();
        let weights = match recipe.network {
            Kind::Vgg19 => &self.vgg19,
            Kind::Vgg16 | Kind::VggFace => &self.vgg16,
        };
        let vgg = Vgg::new(recipe.network, &recipe.taps(), weights, &device)
            .with_context(|| format!("the weights of {:?} cannot be used", recipe.network))?;
        Ok(Painter {
            vgg,
            recipe: recipe.clone(),
            pictures: styles
                .iter()
                .map(|style| StylePicture {
                    picture: self.styles[*style].1.clone(),
                    mask: None,
                    weight: 1.0,
                })
                .collect(),
            styles: Styles::Blended(blend),
            luminance: false,
            style_scale: 1.0,
            seed: 0,
            device,
        })
    }

    /// The painting `name` of a portrait, as [`blend`](Self::blend).
    ///
    /// # Errors
    /// As there.
    pub fn paint(
        &self,
        name: &str,
        recipe: &Recipe,
        photo: usize,
        styles: &[usize],
    ) -> Result<Kept> {
        self.blend(name, recipe, photo, styles, Blend::Mixed)
    }

    /// The painting `name` of a portrait in some of the styles, from its file if it is there.
    ///
    /// # Errors
    /// When it fails or cannot be written.
    pub fn blend(
        &self,
        name: &str,
        recipe: &Recipe,
        photo: usize,
        styles: &[usize],
        blend: Blend,
    ) -> Result<Kept> {
        let path = format!("pictures/{name}.png");
        let file = self.output.join(&path);
        let log_file = file.with_extension("json");
        let photo = &self.photos[photo];
        let names: Vec<&str> = styles.iter().map(|s| self.styles[*s].0.as_str()).collect();
        let size = (photo.1.width, photo.1.height);
        let made = format!("{recipe:?} {blend:?} {} {size:?} {names:?}", photo.0);
        let log = std::fs::read(&log_file).ok();
        let log: Option<Log> = log.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(log) = log.filter(|log| log.made == made)
            && let Ok(picture) = images::load(&file)
        {
            return Ok(Kept {
                path,
                picture: picture.colours,
                losses: log.losses,
            });
        }
        let painter = self.painter(recipe, styles, blend)?;
        let bar = progress::bar(painter.evaluations(&photo.1, None) as u64, "evaluations");
        bar.set_message(name.to_owned());
        let painting = painter.paint(&photo.1, None, |count, _| {
            bar.set_position(count as u64);
            true
        })?;
        bar.finish_and_clear();
        if let Some(failure) = painting.failure {
            return Err(failure.context(format!("cannot paint {name}")));
        }
        images::save(&file, &painting.picture, None)?;
        let losses: Vec<f64> = painting.terms.iter().map(Terms::total).collect();
        let log = Log {
            made,
            losses: losses.clone(),
        };
        write_atomically(&log_file, &serde_json::to_vec(&log)?)?;
        Ok(Kept {
            path,
            // As it is read again, so that measures do not depend on when it was made.
            picture: images::load(&file)?.colours,
            losses,
        })
    }

    /// Draws the losses of some paintings to the plot `name`; returns its path.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub fn plot(&self, name: &str, title: &str, named: &[(&str, &Kept)]) -> Result<String> {
        let path = format!("plots/{name}.png");
        loss_curves(&self.output.join(&path), title, named)?;
        Ok(path)
    }

    /// Median seconds of an evaluation with the first `count` styles: by eigengram; mixed; and mixed with a pass of the
    /// network for each style.
    ///
    /// # Errors
    /// When an evaluation fails.
    pub fn time_blends(&self, recipe: &Recipe, count: usize) -> Result<[f64; 3]> {
        let all: Vec<usize> = (0..count).collect();
        let photo = &self.photos[0].1;
        let together =
            [Blend::Eigengram, Blend::Mixed].map(|blend| self.painter(recipe, &all, blend));
        let each = all
            .iter()
            .map(|style| self.painter(recipe, &[*style], Blend::Mixed))
            .collect::<Result<Vec<_>>>()?;
        let [eigengram, mixed] = together;
        let (eigengram, mixed) = (vec![eigengram?], vec![mixed?]);
        let groups =
            [&eigengram, &mixed, &each].map(|painters| objectives(painters, recipe, photo));
        let start = tensor(photo, &Device::flex());
        let mut seconds = [const { Vec::new() }; 3];
        for _ in 0..5 {
            for (objectives, seconds) in groups.iter().zip(&mut seconds) {
                let started = Instant::now();
                for objective in objectives {
                    objective.evaluate(&start);
                }
                seconds.push(started.elapsed().as_secs_f64());
            }
        }
        Ok(seconds.map(|s| median(&s).unwrap_or(f64::NAN)))
    }
}

/// The losses of `photo` that the painters lower.
fn objectives<'a>(
    painters: &'a [Painter],
    recipe: &'a Recipe,
    photo: &Planes,
) -> Vec<Objective<'a>> {
    let objective = |painter: &'a Painter| {
        Objective::new(
            &painter.vgg,
            recipe,
            photo,
            &painter.pictures,
            &painter.styles,
            &painter.device,
        )
    };
    painters.iter().map(objective).collect()
}
