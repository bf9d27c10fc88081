//! The loss of a picture: content, style and regularisation.

use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use limn_networks::vgg::Vgg;

use super::{
    gram::{eigengram, gram, region_gram, shrink_mask},
    minimise::Evaluation,
    recipe::{Blend, Recipe, Sums},
};

/// A style picture at the size at which its texture is looked at.
pub struct StylePicture {
    /// `[3, H, W]` in [0, 1].
    pub picture: Planes,
    /// `[1, H, W]`: what of it counts; all of it without one.
    pub mask: Option<Planes>,
    /// Its share where styles are blended, relative to the others'.
    pub weight: f64,
}

/// What several styles are.
pub enum Styles {
    /// Of the whole picture.
    Blended(Blend),
    /// The first where the content's mask `[1, H, W]` is 1, the second, if there is one, where it is 0.
    Regions(Planes),
}

/// The terms of the loss, weighted.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Terms {
    pub content: f64,
    pub style: f64,
    pub regularisation: f64,
}

impl Terms {
    pub fn total(&self) -> f64 {
        self.content + self.style + self.regularisation
    }
}

/// A style's Gram matrices, one per style tap, and where they are asked for.
struct Target {
    grams: Vec<Tensor<2>>,
    /// Of each style tap, `[1, 1, H, W]`.
    weights: Option<Vec<Tensor<4>>>,
    share: f64,
}

/// The loss for one content picture at one size.
pub struct Objective<'a> {
    vgg: &'a Vgg,
    recipe: &'a Recipe,
    /// Features of the content at its taps.
    content: Vec<Tensor<4>>,
    targets: Vec<Target>,
    /// `[1, 3, 1, 1]`
    mean: Tensor<4>,
    /// What the loss is multiplied with for the optimiser, so that it starts at 1: sums of squares of thousands of matrix
    /// entries would leave the range of f32 in its dot products.
    scale: f64,
}

/// Planes as `[1, C, H, W]`.
pub fn tensor(planes: &Planes, device: &Device) -> Tensor<4> {
    let shape = [1, planes.channels, planes.height, planes.width];
    Tensor::from_data(TensorData::new(planes.data.clone(), shape), device)
}

/// The other way round.
///
/// # Errors
/// When the device does not give the values.
pub fn planes(tensor: Tensor<4>) -> Result<Planes> {
    let [_, channels, height, width] = tensor.dims();
    let data: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    Ok(Planes::new(channels, height, width, data)?)
}

impl<'a> Objective<'a> {
    /// The loss of pictures of the size of `content` `[3, H, W]` in [0, 1]. `vgg` has the taps of `recipe`.
    pub fn new(
        vgg: &'a Vgg,
        recipe: &'a Recipe,
        content: &Planes,
        pictures: &[StylePicture],
        styles: &Styles,
        device: &Device,
    ) -> Self {
        let mean = TensorData::new(recipe.network.mean().to_vec(), [1, 3, 1, 1]);
        let mean = Tensor::from_data(mean, device);
        let count = recipe.content.len();
        let features = |picture: &Planes| vgg.features(tensor(picture, device) - mean.clone());
        let of_content = features(content);
        let taps = recipe.taps();
        let style_places: Vec<usize> = recipe
            .style
            .iter()
            .filter_map(|tap| taps.iter().position(|other| other == tap))
            .collect();
        let size = |place: usize| {
            let [_, _, height, width] = of_content[place].dims();
            (height, width)
        };
        let weights = |mask: &Planes| -> Vec<Tensor<4>> {
            let shrunk = |place: &usize| {
                let (height, width) = size(*place);
                shrink_mask(mask, height, width, &mean)
            };
            style_places.iter().map(shrunk).collect()
        };
        let mut targets: Vec<Target> = pictures
            .iter()
            .map(|style| {
                let features = features(&style.picture);
                let of_tap = |place: &usize| {
                    let x = features[*place].clone();
                    let [_, _, height, width] = x.dims();
                    let matrix = match &style.mask {
                        Some(mask) => region_gram(x, &shrink_mask(mask, height, width, &mean)),
                        None => gram(x),
                    };
                    // As if the style picture had as many places as the content.
                    let (rows, columns) = size(*place);
                    matrix * ((rows * columns) as f64 / (height * width) as f64)
                };
                Target {
                    grams: style_places.iter().map(of_tap).collect(),
                    weights: None,
                    share: style.weight,
                }
            })
            .collect();
        match styles {
            Styles::Blended(Blend::Mixed) => {
                let sum: f64 = targets.iter().map(|target| target.share).sum();
                for target in &mut targets {
                    target.share /= sum;
                }
            }
            Styles::Blended(Blend::Eigengram) => {
                let of_tap = |i: usize| {
                    let weighted = targets.iter().map(|target| {
                        let share = target.share * targets.len() as f64;
                        let sum: f64 = targets.iter().map(|target| target.share).sum();
                        target.grams[i].clone() * (share / sum)
                    });
                    eigengram(&weighted.collect::<Vec<_>>())
                };
                targets = vec![Target {
                    grams: (0..style_places.len()).map(of_tap).collect(),
                    weights: None,
                    share: 1.0,
                }];
            }
            Styles::Regions(mask) => {
                let mut inverse = mask.clone();
                inverse.data.iter_mut().for_each(|v| *v = 1.0 - *v);
                for (target, mask) in targets.iter_mut().zip([mask, &inverse]) {
                    let covered = mask.data.iter().sum::<f32>() / mask.data.len() as f32;
                    target.weights = Some(weights(mask));
                    target.share = f64::from(covered);
                }
            }
        }
        let mut objective = Self {
            vgg,
            recipe,
            content: of_content.into_iter().take(count).collect(),
            targets,
            mean,
            scale: 1.0,
        };
        objective.content.shrink_to_fit();
        objective
    }

    /// From now on the loss that the optimiser sees is 1 at `picture` `[1, 3, H, W]`.
    pub fn normalise(&mut self, picture: &Tensor<4>) {
        self.scale = 1.0;
        let total = self.terms(picture).total();
        if total > 0.0 && total.is_finite() {
            self.scale = 1.0 / total;
        }
    }

    /// The terms at `picture`.
    pub fn terms(&self, picture: &Tensor<4>) -> Terms {
        let seen = self.seen(picture);
        let features = self.vgg.features(seen.clone() - self.mean.clone());
        let (content, style) = self.feature_terms(&features);
        let regularisation = self.regularisation(&seen);
        self.unscaled([content, style, regularisation])
    }

    /// The scaled loss at `picture` `[1, 3, H, W]` with its gradient, and the terms.
    ///
    /// # Errors
    /// When the loss does not depend on the picture.
    pub fn evaluate(&self, picture: &Tensor<4>) -> Result<(Evaluation, Terms)> {
        let leaf = self.seen(picture).autodiff().require_grad();
        let mut terms = None;
        let compared = self.vgg.compare(
            leaf.clone() - self.mean.clone().autodiff(),
            None,
            |features, _| {
                let (content, style) = self.feature_terms(features);
                terms = Some([content.clone().inner(), style.clone().inner()]);
                content + style
            },
        );
        let regularisation = self.regularisation(&leaf);
        let loss = compared.loss + regularisation.clone();
        let gradients = loss.backward();
        let gradient = leaf
            .grad(&gradients)
            .ok_or_else(|| anyhow::anyhow!("the loss has no terms"))?;
        let [content, style] = terms.unwrap_or_else(|| {
            let none = Tensor::zeros([1], &self.mean.device());
            [none.clone(), none]
        });
        let terms = self.unscaled([content, style, regularisation.inner()]);
        let evaluation = Evaluation {
            loss: terms.total() * self.scale,
            gradient,
        };
        Ok((evaluation, terms))
    }

    /// What the network looks at. The gradient is that at the picture which was cut.
    fn seen(&self, picture: &Tensor<4>) -> Tensor<4> {
        if self.recipe.clamp {
            picture.clone().clamp(0.0, 1.0)
        } else {
            picture.clone()
        }
    }

    fn unscaled(&self, terms: [Tensor<1>; 3]) -> Terms {
        let [content, style, regularisation] =
            terms.map(|term| term.into_scalar::<f64>() / self.scale);
        Terms {
            content,
            style,
            regularisation,
        }
    }

    /// Content and style terms of features at all taps, weighted and scaled.
    fn feature_terms(&self, features: &[Tensor<4>]) -> (Tensor<1>, Tensor<1>) {
        let recipe = self.recipe;
        let taps = recipe.taps();
        let zero = Tensor::zeros([1], &features[0].device());
        let mut content = zero.clone();
        for (ours, theirs) in features.iter().zip(&self.content) {
            let count = theirs.dims().iter().product::<usize>() as f64;
            let factor = match recipe.sums {
                Sums::Plain => recipe.content_weight,
                Sums::Means => recipe.content_weight.powi(2) / count / 255.0_f64.powi(2),
                Sums::Halves => 0.5 * recipe.content_weight,
                Sums::Relative => {
                    recipe.content_weight / square(&theirs.clone()) / self.content.len() as f64
                }
            };
            let apart = (ours.clone() - like(theirs, ours)).square().sum();
            content = content + apart * (factor * self.scale);
        }
        let mut style = zero;
        for (i, tap) in recipe.style.iter().enumerate() {
            let Some(place) = taps.iter().position(|other| other == tap) else {
                continue;
            };
            let features = &features[place];
            let [_, channels, height, width] = features.dims();
            let count = (channels * height * width) as f64;
            // The same matrix for all styles but those of regions.
            let mut whole = None;
            for target in &self.targets {
                let theirs = &target.grams[i];
                let ours = match &target.weights {
                    Some(weights) => {
                        let weight = like(&weights[i], features);
                        region_gram(features.clone(), &weight)
                    }
                    None => whole.get_or_insert_with(|| gram(features.clone())).clone(),
                };
                let factor = match recipe.sums {
                    Sums::Plain => recipe.style_weight / count.powi(2),
                    Sums::Means => {
                        let entries = (channels * channels) as f64;
                        (recipe.style_weight / count).powi(2) / entries / 255.0_f64.powi(4)
                    }
                    Sums::Halves => 0.5 * recipe.style_weight,
                    Sums::Relative => {
                        recipe.style_weight / square(theirs) / recipe.style.len() as f64
                    }
                };
                // The factor in two halves, around the square: entries of large pictures would overflow it.
                let root = (factor * target.share * self.scale).sqrt();
                let apart = (ours - like(theirs, &features.clone())) * root;
                style = style + apart.square().sum();
            }
        }
        (content, style)
    }

    /// `[1]`, weighted and scaled.
    fn regularisation(&self, picture: &Tensor<4>) -> Tensor<1> {
        let recipe = self.recipe;
        let [_, channels, height, width] = picture.dims();
        let unit = match recipe.sums {
            Sums::Plain | Sums::Halves => 255.0_f64.powi(2),
            Sums::Means | Sums::Relative => 1.0 / (channels * height * width) as f64,
        } * self.scale;
        let mut sum = Tensor::zeros([1], &picture.device());
        if recipe.size_weight > 0.0 {
            let x = picture.clone() - like(&self.mean, picture);
            sum = sum + x.square().sum() * (recipe.size_weight * unit);
        }
        if recipe.variation_weight > 0.0 {
            let weight = recipe.variation_weight * unit;
            for axis in [2, 3] {
                let length = picture.dims()[axis];
                let ahead = picture.clone().narrow(axis, 1, length - 1);
                let apart = ahead - picture.clone().narrow(axis, 0, length - 1);
                sum = sum + apart.square().sum() * weight;
            }
        }
        sum
    }
}

/// `x` inside autodiff where `other` is.
fn like<const D: usize, const E: usize>(x: &Tensor<D>, other: &Tensor<E>) -> Tensor<D> {
    if other.is_autodiff() {
        x.clone().autodiff()
    } else {
        x.clone()
    }
}

/// Sum of the squares, above zero.
fn square<const D: usize>(x: &Tensor<D>) -> f64 {
    // In two steps, as entries of Gram matrices squared may leave the range of f32.
    let largest = x.clone().abs().max().into_scalar::<f64>().max(1e-12);
    let sum = (x.clone() / largest).square().sum().into_scalar::<f64>();
    sum * largest.powi(2)
}
