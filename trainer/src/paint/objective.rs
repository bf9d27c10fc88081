//! The loss of a picture: content, style and regularisation.

use anyhow::Result;
use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use limn_networks::vgg::Vgg;

use super::{
    gram::{eigengram, gram, region_gram, region_root, shrink_mask},
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

/// What a target's own square counts at least: a style may be empty.
const LEAST: f64 = 1e-6;

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
        self.unscaled(
            self.feature_terms(&features).0,
            self.regularisation(&seen).0,
        )
    }

    /// The scaled loss at `picture` `[1, 3, H, W]` with its gradient, and the terms.
    pub fn evaluate(&self, picture: &Tensor<4>) -> (Evaluation, Terms) {
        let seen = self.seen(picture);
        let (features, gradient) = self
            .vgg
            .differentiate(seen.clone() - self.mean.clone(), |x| self.feature_terms(x));
        let (regularisation, of_pixels) = self.regularisation(&seen);
        let terms = self.unscaled(features, regularisation);
        let evaluation = Evaluation {
            loss: terms.total() * self.scale,
            gradient: match of_pixels {
                Some(of_pixels) => gradient + of_pixels,
                None => gradient,
            },
        };
        (evaluation, terms)
    }

    /// What the network looks at. The gradient is that at the picture which was cut.
    fn seen(&self, picture: &Tensor<4>) -> Tensor<4> {
        if self.recipe.clamp {
            picture.clone().clamp(0.0, 1.0)
        } else {
            picture.clone()
        }
    }

    fn unscaled(&self, [content, style]: [f64; 2], regularisation: f64) -> Terms {
        Terms {
            content: content / self.scale,
            style: style / self.scale,
            regularisation: regularisation / self.scale,
        }
    }

    /// Content and style terms of features at all taps, weighted and scaled, and the gradient of their sum with respect to
    /// the features of each tap.
    fn feature_terms(&self, features: &[Tensor<4>]) -> ([f64; 2], Vec<Option<Tensor<4>>>) {
        let recipe = self.recipe;
        let taps = recipe.taps();
        let mut gradients: Vec<Option<Tensor<4>>> = vec![None; features.len()];
        let mut add = |place: usize, gradient: Tensor<4>| {
            let sum = gradients[place].take();
            gradients[place] = Some(match sum {
                Some(sum) => sum + gradient,
                None => gradient,
            });
        };
        let mut content = 0.0;
        for (place, (ours, theirs)) in features.iter().zip(&self.content).enumerate() {
            let count = theirs.dims().iter().product::<usize>() as f64;
            let factor = match recipe.sums {
                Sums::Plain => recipe.content_weight,
                Sums::Means => recipe.content_weight.powi(2) / count / 255.0_f64.powi(2),
                Sums::Halves => 0.5 * recipe.content_weight,
                Sums::Relative => {
                    recipe.content_weight / square(theirs).max(LEAST) / self.content.len() as f64
                }
            } * self.scale;
            if factor == 0.0 {
                continue;
            }
            let apart = ours.clone() - theirs.clone();
            content += factor * square(&apart);
            add(place, apart * (2.0 * factor));
        }
        let mut style = 0.0;
        for (i, tap) in recipe.style.iter().enumerate() {
            let Some(place) = taps.iter().position(|other| other == tap) else {
                continue;
            };
            let [_, channels, height, width] = features[place].dims();
            let count = (channels * height * width) as f64;
            // The same features and matrix for all styles but those of regions.
            let mut whole = None;
            for target in &self.targets {
                let theirs = &target.grams[i];
                let factor = match recipe.sums {
                    Sums::Plain => recipe.style_weight / count.powi(2),
                    Sums::Means => {
                        let entries = (channels * channels) as f64;
                        (recipe.style_weight / count).powi(2) / entries / 255.0_f64.powi(4)
                    }
                    Sums::Halves => 0.5 * recipe.style_weight,
                    Sums::Relative => {
                        recipe.style_weight / square(theirs).max(LEAST) / recipe.style.len() as f64
                    }
                } * target.share
                    * self.scale;
                if factor == 0.0 {
                    continue;
                }
                let root = target
                    .weights
                    .as_ref()
                    .map(|weights| region_root(&weights[i]));
                let (flat, ours) = match &root {
                    Some(root) => with_gram(features[place].clone() * root.clone()),
                    None => whole
                        .get_or_insert_with(|| with_gram(features[place].clone()))
                        .clone(),
                };
                let apart = ours - theirs.clone();
                style += factor * square(&apart);
                // G = F Fᵀ is symmetric: dF = 2 (dG + dGᵀ)/2 F, with dG = 2 (G − A).
                let gradient = (apart * (4.0 * factor)).matmul(flat);
                let gradient = gradient.reshape([1, channels, height, width]);
                add(
                    place,
                    match root {
                        Some(root) => gradient * root,
                        None => gradient,
                    },
                );
            }
        }
        ([content, style], gradients)
    }

    /// Weighted and scaled, with its gradient, if there is one.
    fn regularisation(&self, picture: &Tensor<4>) -> (f64, Option<Tensor<4>>) {
        let recipe = self.recipe;
        if recipe.size_weight == 0.0 && recipe.variation_weight == 0.0 {
            return (0.0, None);
        }
        let [_, channels, height, width] = picture.dims();
        let unit = match recipe.sums {
            Sums::Plain | Sums::Halves => 255.0_f64.powi(2),
            Sums::Means | Sums::Relative => 1.0 / (channels * height * width) as f64,
        } * self.scale;
        let x = picture.clone() - self.mean.clone();
        let weight = recipe.size_weight * unit;
        let mut sum = weight * square(&x);
        let mut gradient = x * (2.0 * weight);
        let weight = recipe.variation_weight * unit;
        for axis in [2, 3] {
            let length = picture.dims()[axis];
            let ahead = picture.clone().narrow(axis, 1, length - 1);
            let apart = ahead - picture.clone().narrow(axis, 0, length - 1);
            sum += weight * square(&apart);
            // Each difference pulls its second pixel down and its first one up.
            let mut line = picture.dims();
            line[axis] = 1;
            let line = Tensor::zeros(line, &picture.device());
            let down = Tensor::cat(vec![line.clone(), apart.clone()], axis);
            let up = Tensor::cat(vec![apart, line], axis);
            gradient = gradient + (down - up) * (2.0 * weight);
        }
        (sum, Some(gradient))
    }
}

/// Features `[1, C, H, W]` as `[C, H·W]`, and their Gram matrix.
fn with_gram(features: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
    let [_, channels, height, width] = features.dims();
    let flat = features.reshape([channels, height * width]);
    (flat.clone(), flat.clone().matmul(flat.transpose()))
}

/// Sum of the squares.
fn square<const D: usize>(x: &Tensor<D>) -> f64 {
    // In two steps, as entries of Gram matrices squared may leave the range of f32.
    let largest = x.clone().abs().max().into_scalar::<f64>();
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    let sum = (x.clone() / largest).square().sum().into_scalar::<f64>();
    sum * largest.powi(2)
}

#[cfg(test)]
mod tests {
    use limn_networks::vgg::{Kind, Tap, untrained};

    use super::*;
    use crate::paint::{
        recipe::Preset,
        test_pictures::{checks, face},
    };

    fn style(picture: Planes, mask: Option<Planes>, weight: f64) -> StylePicture {
        StylePicture {
            picture,
            mask,
            weight,
        }
    }

    /// Left half white.
    fn half() -> Planes {
        let mut mask = Planes::zeros(1, 36, 40);
        mask.data
            .chunks_exact_mut(40)
            .for_each(|row| row[..20].fill(1.0));
        mask
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let device = Device::flex();
        let weights = untrained(Kind::Vgg19.layers(), 5);
        let (mixed, eigen) = (
            Styles::Blended(Blend::Mixed),
            Styles::Blended(Blend::Eigengram),
        );
        let regions = Styles::Regions(half());
        let two = [
            style(checks(30, 50), Some(half()), 2.0),
            style(face(44, 32), None, 1.0),
        ];
        let presets = [
            Preset::Best,
            Preset::Ding2022,
            Preset::Ding2022Code,
            Preset::Faces,
        ];
        for (preset, styles) in presets
            .into_iter()
            .flat_map(|preset| [&mixed, &eigen, &regions].map(|styles| (preset, styles)))
        {
            let mut recipe = preset.recipe();
            // What is cut has another gradient on purpose; and both regularisers take part.
            recipe.clamp = false;
            // Deep layers of random weights have features of hardly any size.
            recipe.content = vec![Tap {
                relu: recipe.content[0].relu,
                layer: "conv3_1",
            }];
            recipe
                .style
                .retain(|tap| !tap.layer.starts_with("conv4") && !tap.layer.starts_with("conv5"));
            let unit = if recipe.sums == Sums::Plain { 1e3 } else { 0.1 };
            (recipe.size_weight, recipe.variation_weight) = (unit, unit);
            let vgg = Vgg::new(recipe.network, &recipe.taps(), &weights, &device).unwrap();
            let content = face(40, 36);
            let mut objective = Objective::new(&vgg, &recipe, &content, &two, styles, &device);
            device.seed(7);
            let shape = [1, 3, 36, 40];
            let random = || {
                let even = burn::tensor::Distribution::Uniform(-1.0, 1.0);
                Tensor::<4>::random(shape, even, &device)
            };
            let picture = tensor(&content, &device) + random() * 0.1;
            objective.normalise(&picture);
            let (evaluation, terms) = objective.evaluate(&picture);
            assert!((evaluation.loss - 1.0).abs() < 1e-4, "{preset:?}");
            assert!(terms.content > 0.0 && terms.style > 0.0 && terms.regularisation > 0.0);
            // Along the gradient's signs, where the slope is steepest for its length.
            let direction = evaluation.gradient.clone().sign() * 1e-3;
            let slope = (evaluation.gradient * direction.clone())
                .sum()
                .into_scalar::<f64>();
            let loss = |picture: Tensor<4>| objective.evaluate(&picture).0.loss;
            let difference =
                (loss(picture.clone() + direction.clone()) - loss(picture - direction)) / 2.0;
            assert!(
                (difference - slope).abs() < 0.02 * slope,
                "{preset:?}: {difference} found, {slope} by the gradient"
            );
        }
    }
}
