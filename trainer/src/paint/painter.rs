//! A photo painted by optimisation: sizes, the pyramid, colours, and what is kept of an interrupted painting.

use anyhow::{Result, ensure};
use burn::tensor::{Device, Distribution, Tensor};
use limn::{Planes, options::fit};
use limn_networks::vgg::Vgg;

use super::{
    luminance,
    minimise::minimise,
    objective::{Objective, StylePicture, Styles, Terms, planes, tensor},
    recipe::{Recipe, Start},
};

/// What all paintings in one style share.
pub struct Painter {
    pub vgg: Vgg,
    pub recipe: Recipe,
    /// At their own sizes.
    pub pictures: Vec<StylePicture>,
    pub styles: Styles,
    /// Paint the photo's luminance alone, and keep its colours.
    pub luminance: bool,
    /// Longest side of the style pictures relative to the painting's.
    pub style_scale: f64,
    /// Of the noise that a painting may start from.
    pub seed: u64,
    pub device: Device,
}

/// A painting, finished or not.
pub struct Painting {
    /// `[3, H, W]` in [0, 1].
    pub picture: Planes,
    /// Terms of the loss at each evaluation, level after level.
    pub terms: Vec<Terms>,
    /// Why it is not finished; `None` also where [`Painter::paint`]'s observer ended it.
    pub failure: Option<anyhow::Error>,
}

/// Least side of what the network sees: four poolings leave two places of it.
const MIN_SIDE: usize = 32;

impl Painter {
    /// Number of evaluations that a painting of `photo` takes if nothing ends it.
    pub fn evaluations(&self, photo: &Planes, start: Option<&Planes>) -> usize {
        self.sizes(photo, start).len() * self.recipe.evaluations
    }

    /// Widths and heights of the levels, small to large. A picture to start from has all that the small ones are for.
    fn sizes(&self, photo: &Planes, start: Option<&Planes>) -> Vec<(usize, usize)> {
        let side = photo.width.min(photo.height).max(1);
        // Photos below the least size are painted larger and come back at their own.
        let enlarged = |length: usize| (length * MIN_SIDE).div_ceil(side).max(length);
        let levels = if start.is_some() {
            1
        } else {
            self.recipe.levels
        };
        pyramid(enlarged(photo.width), enlarged(photo.height), levels)
    }

    /// Paints `photo` `[3, H, W]` in [0, 1] at its size. It starts from `start`, a picture of any size, where one is given, and
    /// then on the last level at once.
    /// `observe` gets the number of each evaluation and its terms, and may end the painting by saying no.
    ///
    /// # Errors
    /// When not even the first evaluation of a level is finite.
    pub fn paint(
        &self,
        photo: &Planes,
        start: Option<&Planes>,
        mut observe: impl FnMut(usize, &Terms) -> bool,
    ) -> Result<Painting> {
        ensure!(!photo.data.is_empty(), "the photo has no pixels");
        let grey = self.luminance.then(|| luminance::grey(photo));
        let content = grey.as_ref().unwrap_or(photo);
        let mut painted: Option<Planes> = start.map(|start| {
            if self.luminance {
                luminance::grey(start)
            } else {
                start.clone()
            }
        });
        let mut terms: Vec<Terms> = Vec::new();
        let mut failure = None;
        let mut stopped = false;
        let margin = self.recipe.margin;
        for (width, height) in self.sizes(photo, start) {
            let sized = |picture: &Planes| mirrored(&picture.resized(width, height), margin);
            let content = sized(content);
            let pictures = self.pictures_for(&content, width.max(height));
            let styles = match &self.styles {
                Styles::Blended(blend) => Styles::Blended(*blend),
                Styles::Regions(mask) => Styles::Regions(sized(mask)),
            };
            let mut objective = Objective::new(
                &self.vgg,
                &self.recipe,
                &content,
                &pictures,
                &styles,
                &self.device,
            );
            let first = match (&painted, self.recipe.start) {
                (Some(painted), _) => tensor(&sized(painted), &self.device),
                (None, Start::Content) => tensor(&content, &self.device),
                (None, Start::Noise) => {
                    self.device.seed(self.seed);
                    let even = Distribution::Uniform(0.0, 1.0);
                    let size = [1, 3, content.height, content.width];
                    Tensor::random(size, even, &self.device)
                }
            };
            objective.normalise(&first);
            let minimum = minimise(
                self.recipe.optimiser,
                first,
                self.recipe.evaluations,
                |picture| {
                    let (evaluation, at) = objective.evaluate(&picture);
                    if evaluation.loss.is_finite() {
                        terms.push(at);
                        stopped = !observe(terms.len(), &at);
                    }
                    // An answer that came too late still counts.
                    Ok((!stopped || terms.len() == 1).then_some(evaluation))
                },
            )?;
            painted = Some(inside(&planes(minimum.picture.clamp(0.0, 1.0)), margin));
            failure = minimum.failure;
            if stopped || failure.is_some() {
                break;
            }
        }
        let painted = painted.unwrap_or_else(|| content.clone());
        let mut picture = painted.resized(photo.width, photo.height);
        if self.luminance {
            picture = luminance::with_colours_of(&picture, photo);
        }
        Ok(Painting {
            picture,
            terms,
            failure,
        })
    }

    /// The style pictures for a painting whose longest side is `side`.
    fn pictures_for(&self, content: &Planes, side: usize) -> Vec<StylePicture> {
        let side = ((side as f64 * self.style_scale).round() as usize).max(1);
        let resize = |style: &StylePicture| {
            let (width, height) = scaled(&style.picture, side);
            let picture = style.picture.resized(width, height);
            StylePicture {
                picture: if self.luminance {
                    luminance::matched(&luminance::grey(&picture), content)
                } else {
                    picture
                },
                mask: style.mask.as_ref().map(|mask| mask.resized(width, height)),
                weight: style.weight,
            }
        };
        self.pictures.iter().map(resize).collect()
    }
}

/// `picture` with `margin` pixels of its mirror image around it; it is larger than that.
fn mirrored(picture: &Planes, margin: usize) -> Planes {
    let (width, height) = (picture.width, picture.height);
    let places = |length: usize| -> Vec<usize> {
        let reflect = |at: usize| {
            let at = at.abs_diff(margin).min(2 * length - 2);
            at.min(2 * (length - 1) - at)
        };
        (0..length + 2 * margin).map(reflect).collect()
    };
    let (columns, rows) = (places(width), places(height));
    let mut wide = Planes::zeros(picture.channels, rows.len(), columns.len());
    for channel in 0..picture.channels {
        let from = picture.plane(channel);
        let lines = wide.plane_mut(channel).chunks_exact_mut(columns.len());
        for (line, row) in lines.zip(&rows) {
            for (value, column) in line.iter_mut().zip(&columns) {
                *value = from[row * width + column];
            }
        }
    }
    wide
}

/// `picture` without `margin` pixels on each side.
fn inside(picture: &Planes, margin: usize) -> Planes {
    let (width, height) = (picture.width - 2 * margin, picture.height - 2 * margin);
    let mut cut = Planes::zeros(picture.channels, height, width);
    for channel in 0..picture.channels {
        let from = picture.plane(channel);
        for (y, line) in cut.plane_mut(channel).chunks_exact_mut(width).enumerate() {
            line.copy_from_slice(&from[(y + margin) * picture.width + margin..][..width]);
        }
    }
    cut
}

/// The size of `picture` with its longest side `side`, also where that is larger than its own, and no side below the least.
fn scaled(picture: &Planes, side: usize) -> (usize, usize) {
    let longest = picture.width.max(picture.height);
    let scaled = |length: usize| (length * side + longest / 2) / longest;
    (
        scaled(picture.width).max(MIN_SIDE),
        scaled(picture.height).max(MIN_SIDE),
    )
}

/// Widths and heights of at most `levels` levels, small to large, the last one the full size.
fn pyramid(width: usize, height: usize, levels: usize) -> Vec<(usize, usize)> {
    let longest = width.max(height);
    let mut sizes: Vec<(usize, usize)> = (0..levels)
        .map(|level| fit(width, height, longest >> level))
        .take_while(|(width, height)| *width.min(height) >= MIN_SIDE)
        .collect();
    sizes.reverse();
    sizes
}

#[cfg(test)]
mod tests {
    use limn_networks::vgg::{Kind, untrained};

    use super::*;
    use crate::paint::{
        recipe::{Blend, Preset},
        test_pictures::{checks, face},
    };

    fn painter(preset: Preset) -> Painter {
        let mut recipe = preset.recipe();
        recipe.evaluations = 12;
        let device = Device::flex();
        let weights = untrained(Kind::Vgg19.layers(), 3);
        let vgg = Vgg::new(recipe.network, &recipe.taps(), &weights, &device).unwrap();
        let picture = checks(48, 40);
        Painter {
            vgg,
            recipe,
            pictures: vec![StylePicture {
                picture,
                mask: None,
                weight: 1.0,
            }],
            styles: Styles::Blended(Blend::Mixed),
            luminance: false,
            style_scale: 1.0,
            seed: 1,
            device,
        }
    }

    #[test]
    fn every_preset_lowers_its_loss() {
        for preset in [
            Preset::Best,
            Preset::Ding2022,
            Preset::Ding2022Code,
            Preset::Faces,
            Preset::Cnnmrf,
        ] {
            let painter = painter(preset);
            let photo = face(40, 48);
            let painting = painter.paint(&photo, None, |_, _| true).unwrap();
            assert!(painting.failure.is_none());
            assert_eq!((painting.picture.width, painting.picture.height), (40, 48));
            let last = &painting.terms[painting.terms.len() - painter.recipe.evaluations..];
            let lowest = last.iter().map(Terms::total).fold(f64::MAX, f64::min);
            assert!(lowest < 0.9 * last[0].total(), "{preset:?} {last:?}");
            assert!(
                painting
                    .picture
                    .data
                    .iter()
                    .all(|v| (0.0..=1.0).contains(v))
            );
        }
    }

    #[test]
    fn a_margin_mirrors_the_picture_and_comes_off() {
        let photo = face(40, 33);
        let wide = mirrored(&photo, 16);
        assert_eq!((wide.width, wide.height), (72, 65));
        let at = |x: usize, y: usize| wide.plane(1)[y * 72 + x];
        for d in 1..=16 {
            assert_eq!(at(16 - d, 20), at(16 + d, 20));
            assert_eq!(at(55 + d, 20), at(55 - d, 20));
            assert_eq!(at(30, 48 + d), at(30, 48 - d));
        }
        assert_eq!(inside(&wide, 16), photo);
    }

    #[test]
    fn pictures_of_any_size_come_back_at_it() {
        let painter = painter(Preset::Best);
        for (width, height) in [(1, 1), (3, 50), (33, 32), (70, 41)] {
            let painting = painter
                .paint(&face(width, height), None, |_, _| true)
                .unwrap();
            let size = (painting.picture.width, painting.picture.height);
            assert_eq!(size, (width, height));
        }
    }

    #[test]
    fn an_ended_painting_is_the_best_so_far() {
        let painter = painter(Preset::Best);
        let photo = face(40, 48);
        let mut seen = 0;
        let painting = painter
            .paint(&photo, None, |count, _| {
                seen = count;
                count < 3
            })
            .unwrap();
        assert_eq!((seen, painting.terms.len()), (3, 3));
        assert!(painting.failure.is_none());
        assert_eq!(painting.picture.data.len(), photo.data.len());
    }

    #[test]
    fn luminance_alone_leaves_the_photos_colours() {
        let mut painter = painter(Preset::Best);
        painter.luminance = true;
        let photo = face(40, 48);
        let painted = painter.paint(&photo, None, |_, _| true).unwrap().picture;
        let moved: f32 = painted
            .data
            .iter()
            .zip(&photo.data)
            .map(|(a, b)| (a - b).abs())
            .sum();
        assert!(moved > 1.0, "{moved}");
        // All channels move by the same amount where none is cut at the range's ends.
        for i in 0..40 * 48 {
            let pixel = |p: &Planes| [p.plane(0)[i], p.plane(1)[i], p.plane(2)[i]];
            let (a, b) = (pixel(&painted), pixel(&photo));
            if a.iter().all(|v| *v > 0.0 && *v < 1.0) {
                let shifts = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
                assert!((shifts[0] - shifts[1]).abs() < 1e-5, "{shifts:?}");
                assert!((shifts[0] - shifts[2]).abs() < 1e-5, "{shifts:?}");
            }
        }
    }

    #[test]
    fn a_style_stays_in_its_region() {
        let mut painter = painter(Preset::Best);
        painter.recipe.levels = 1;
        painter.recipe.content_weight = 0.0;
        painter.recipe.variation_weight = 0.0;
        let photo = face(96, 48);
        let mut mask = Planes::zeros(1, 48, 96);
        for row in mask.data.chunks_exact_mut(96) {
            row[..48].fill(1.0);
        }
        painter.styles = Styles::Regions(mask);
        let painted = painter.paint(&photo, None, |_, _| true).unwrap().picture;
        let moved = |columns: std::ops::Range<usize>| -> f32 {
            let rows = painted
                .data
                .chunks_exact(96)
                .zip(photo.data.chunks_exact(96));
            rows.map(|(a, b)| {
                let pairs = a[columns.clone()].iter().zip(&b[columns.clone()]);
                pairs.map(|(a, b)| (a - b).abs()).sum::<f32>()
            })
            .sum()
        };
        // Beyond the reach of the deepest tap nothing moves.
        let (inside, outside) = (moved(0..40), moved(92..96));
        assert!(
            inside > 1.0 && outside < 1e-3 * inside,
            "{inside} {outside}"
        );
    }
}
