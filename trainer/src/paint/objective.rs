//! The loss of a picture: content, style and regularisation.

use burn::tensor::{Device, Tensor, TensorData};
use limn::Planes;
use limn_networks::vgg::Vgg;

use super::{
    gram::{eigengram, gram, region_gram, region_root, shrink_mask, with_gram},
    minimise::Evaluation,
    patches::{Patches, fold},
    recipe::{Blend, Recipe, Sums, Texture},
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

/// Features of the content at one tap.
struct ContentTerm {
    features: Tensor<4>,
    factor: f64,
}

/// What a style asks of the features at one tap.
struct StyleTerm {
    /// Of the tap among the features.
    place: usize,
    target: Target,
    factor: f64,
}

enum Target {
    Gram(Box<GramTarget>),
    Patches(Box<Patches>),
}

struct GramTarget {
    matrix: Tensor<2>,
    /// Where it is asked for: what the features are multiplied with, `[1, 1, H, W]`.
    root: Option<Tensor<4>>,
}

/// The loss for one content picture at one size.
pub struct Objective<'a> {
    vgg: &'a Vgg,
    recipe: &'a Recipe,
    /// At the first taps.
    content: Vec<ContentTerm>,
    /// Those of one place follow each other.
    style: Vec<StyleTerm>,
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
pub fn planes(tensor: Tensor<4>) -> Planes {
    let [_, channels, height, width] = tensor.dims();
    let data: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    Planes::new(channels, height, width, data).expect("a tensor holds what its shape says")
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
        let features = |picture: &Planes| vgg.features(tensor(picture, device) - mean.clone());
        let of_content = features(content);
        let of_styles: Vec<Vec<Tensor<4>>> = pictures
            .iter()
            .map(|style| features(&style.picture))
            .collect();
        let inverse = match styles {
            Styles::Regions(mask) => {
                let mut inverse = mask.clone();
                inverse.data.iter_mut().for_each(|v| *v = 1.0 - *v);
                Some(inverse)
            }
            Styles::Blended(_) => None,
        };
        let shares: f64 = pictures.iter().map(|style| style.weight).sum();
        let taps = recipe.taps();
        let mut terms = Vec::new();
        for tap in &recipe.style {
            let place = taps.iter().position(|other| other == tap);
            let place = place.expect("the recipe's taps hold those of the style");
            let [_, channels, rows, columns] = of_content[place].dims();
            let count = (channels * rows * columns) as f64;
            if recipe.texture == Texture::Patches {
                let all: Vec<Tensor<4>> = of_styles.iter().map(|x| x[place].clone()).collect();
                let patches = Patches::of(&all);
                let target = patches.mean_square().max(LEAST) * (rows * columns) as f64;
                terms.push(StyleTerm {
                    place,
                    factor: recipe.style_weight / target / recipe.style.len() as f64,
                    target: Target::Patches(Box::new(patches)),
                });
                continue;
            }
            let mut add = |gram: Tensor<2>, root: Option<Tensor<4>>, share: f64| {
                let factor = match recipe.sums {
                    Sums::Plain => recipe.style_weight / count.powi(2),
                    Sums::Means => {
                        let entries = (channels * channels) as f64;
                        (recipe.style_weight / count).powi(2) / entries / 255.0_f64.powi(4)
                    }
                    Sums::Halves => 0.5 * recipe.style_weight,
                    Sums::Relative => {
                        recipe.style_weight / square(&gram).max(LEAST) / recipe.style.len() as f64
                    }
                } * share;
                terms.push(StyleTerm {
                    place,
                    target: Target::Gram(Box::new(GramTarget { matrix: gram, root })),
                    factor,
                });
            };
            let grams = pictures.iter().zip(&of_styles).map(|(style, features)| {
                let x = features[place].clone();
                let [_, _, height, width] = x.dims();
                let matrix = match &style.mask {
                    Some(mask) => region_gram(x, &shrink_mask(mask, height, width, &mean)),
                    None => gram(x),
                };
                // As if the style picture had as many places as the content.
                matrix * ((rows * columns) as f64 / (height * width) as f64)
            });
            match styles {
                Styles::Blended(Blend::Mixed) => {
                    for (gram, style) in grams.zip(pictures) {
                        add(gram, None, style.weight / shares);
                    }
                }
                Styles::Blended(Blend::Eigengram) => {
                    let weighted = grams.zip(pictures).map(|(gram, style)| {
                        gram * (style.weight * pictures.len() as f64 / shares)
                    });
                    add(eigengram(&weighted.collect::<Vec<_>>()), None, 1.0);
                }
                Styles::Regions(mask) => {
                    for (gram, mask) in grams.zip([mask].into_iter().chain(&inverse)) {
                        let covered = mask.data.iter().sum::<f32>() / mask.data.len() as f32;
                        let root = region_root(&shrink_mask(mask, rows, columns, &mean));
                        add(gram, Some(root), f64::from(covered));
                    }
                }
            }
        }
        let content = of_content.into_iter().take(recipe.content.len());
        let content = content.map(|features| {
            let count = features.dims().iter().product::<usize>() as f64;
            let factor = match recipe.sums {
                Sums::Plain => recipe.content_weight,
                Sums::Means => recipe.content_weight.powi(2) / count / 255.0_f64.powi(2),
                Sums::Halves => 0.5 * recipe.content_weight,
                Sums::Relative => {
                    recipe.content_weight
                        / square(&features).max(LEAST)
                        / recipe.content.len() as f64
                }
            };
            ContentTerm { features, factor }
        });
        // A term that weighs nothing would take as long as any other.
        Self {
            vgg,
            recipe,
            content: content.collect(),
            style: terms
                .into_iter()
                .filter(|term| term.factor != 0.0)
                .collect(),
            mean,
            scale: 1.0,
        }
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
        let mut gradients: Vec<Option<Tensor<4>>> = vec![None; features.len()];
        let mut add = |place: usize, gradient: Tensor<4>| {
            let sum = gradients[place].take();
            gradients[place] = Some(match sum {
                Some(sum) => sum + gradient,
                None => gradient,
            });
        };
        let mut content = 0.0;
        for (place, (ours, term)) in features.iter().zip(&self.content).enumerate() {
            let factor = term.factor * self.scale;
            if factor == 0.0 {
                continue;
            }
            let apart = ours.clone() - term.features.clone();
            content += factor * square(&apart);
            add(place, apart * (2.0 * factor));
        }
        let mut style = 0.0;
        // The same matrix for all styles but those of regions.
        let mut whole: Option<(usize, (Tensor<2>, Tensor<2>))> = None;
        for term in &self.style {
            let place = term.place;
            let ours = &features[place];
            let factor = term.factor * self.scale;
            let gradient = match &term.target {
                Target::Gram(target) => {
                    let GramTarget { matrix, root } = &**target;
                    let (flat, gram) = match (root, &whole) {
                        (Some(root), _) => with_gram(ours.clone() * root.clone()),
                        (None, Some((at, found))) if *at == place => found.clone(),
                        (None, _) => whole.insert((place, with_gram(ours.clone()))).1.clone(),
                    };
                    let apart = gram - matrix.clone();
                    style += factor * square(&apart);
                    // G = F Fᵀ is symmetric: dF = 2 (dG + dGᵀ)/2 F, with dG = 2 (G − A).
                    let gradient = (apart * (4.0 * factor)).matmul(flat).reshape(ours.dims());
                    match root {
                        Some(root) => gradient * root.clone(),
                        None => gradient,
                    }
                }
                Target::Patches(patches) => {
                    let apart = patches.apart(ours);
                    style += factor * square(&apart);
                    fold(apart * (2.0 * factor), ours.dims())
                }
            };
            add(place, gradient);
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
            Preset::Cnnmrf,
        ];
        for (preset, styles) in presets
            .into_iter()
            .flat_map(|preset| [&mixed, &eigen, &regions].map(|styles| (preset, styles)))
        {
            let mut recipe = preset.recipe();
            if recipe.texture == Texture::Patches
                && !matches!(styles, Styles::Blended(Blend::Mixed))
            {
                continue;
            }
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
