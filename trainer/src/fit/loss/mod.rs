//! The training loss on patches. Two terms are the paper's: squared error of the gradients and of VGG features of the
//! gradient maps. The others look at the picture that the gradients become on the photo's colours, since that is what
//! is seen in the end: its features, their second moments, and how strong its lines are.

use burn::tensor::{Tensor, module::avg_pool2d, ops::AvgPoolOptions};
use limn_networks::vgg::{Comparison, Features, MEAN, Vgg16};
use serde::{Deserialize, Serialize};

use crate::{
    fit::rebuild::Rebuild,
    run::cost::{self, Part},
};

/// Weights of the terms of [`Losses`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossWeights {
    /// Mean squared error of the gradients (image values in [0, 1]).
    pub pixel: f64,
    /// Mean squared error of VGG-16 conv3_3 of the gradient maps × 255.
    #[serde(default)]
    pub features: f64,
    /// Relative squared error of the VGG-16 features of the rebuilt picture, summed over conv1_2, conv2_2 and conv3_3.
    #[serde(default)]
    pub perceptual: f64,
    /// Relative squared distance of the covariances (Gram matrices of mean-removed features) of the same features.
    #[serde(default)]
    pub gram: f64,
    /// Relative squared distance of the local mean gradient magnitude of the rebuilt picture; see [`energy_loss`].
    #[serde(default)]
    pub energy: f64,
    /// Energy of what repeats every four pixels in the error of the output; see [`grid_loss`].
    #[serde(default)]
    pub grid: f64,
}

/// Values of the terms before weighting, and their weighted sum. A term of weight zero is not computed and says zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    pub total: f32,
    pub pixel: f32,
    pub features: f32,
    pub perceptual: f32,
    pub gram: f32,
    pub energy: f32,
    pub grid: f32,
}

impl Losses {
    /// The columns of the loss tables, in the order of [`values`](Self::values).
    pub const NAMES: [&str; 7] = [
        "total",
        "pixel",
        "features",
        "perceptual",
        "gram",
        "energy",
        "grid",
    ];

    pub fn values(&self) -> [f32; 7] {
        [
            self.total,
            self.pixel,
            self.features,
            self.perceptual,
            self.gram,
            self.energy,
            self.grid,
        ]
    }

    /// The mean of each term.
    pub fn mean(all: &[Self]) -> Self {
        let mean = |i: usize| all.iter().map(|l| l.values()[i]).sum::<f32>() / all.len() as f32;
        Self {
            total: mean(0),
            pixel: mean(1),
            features: mean(2),
            perceptual: mean(3),
            gram: mean(4),
            energy: mean(5),
            grid: mean(6),
        }
    }
}

/// What the losses compare with; see [`crate::fit::data::Batch`].
pub struct Target<'a> {
    /// The reference's gradients, `[N, 6, H, W]`, or for a network of the colour domain its colours, `[N, 3, H, W]`.
    pub values: Tensor<4>,
    /// The photo's colours in [0, 1], `[N, 3, H, W]`.
    pub photo: Tensor<4>,
    /// Whether the paper's feature loss looks at ∂x, else at ∂y, in each of the first patches. Drawn at random this is
    /// an unbiased estimate of both.
    pub use_dx: &'a [bool],
}

/// Compares gradients `output` `[N, 6, H, W]` with the target. Returns the values and the differentiable total.
/// Where both are colours, `[N, 3, H, W]`, they take the place of the gradients and of the rebuilt picture.
///
/// VGG, which is most of a step's work, looks at the first `use_dx.len()` patches only; the other terms at all.
pub fn losses(
    vgg: &Vgg16,
    rebuild: &Rebuild,
    weights: &LossWeights,
    output: Tensor<4>,
    target: Target,
) -> (Losses, Tensor<1>) {
    let Target {
        values: reference,
        photo,
        use_dx,
    } = target;
    let are_colours = output.dims()[1] == 3;
    let centred = |picture: Tensor<4>| {
        let mean = Tensor::<1>::from_floats(MEAN, &picture.device()).reshape([1, 3, 1, 1]);
        picture.narrow(0, 0, use_dx.len()) - mean
    };
    let pixel = (output.clone() - reference.clone()).square().mean();
    let mut total = pixel.clone() * weights.pixel;
    let mut values = Losses {
        pixel: scalar(&pixel),
        ..Losses::default()
    };
    let counted = |compared: Comparison| {
        cost::add(Part::FeaturesForward, compared.forward);
        cost::add(Part::FeaturesBackward, compared.backward);
        compared.loss
    };
    let mut add = |term: Tensor<1>, weight: f64, value: &mut f32| {
        *value = scalar(&term);
        total = total.clone() + term * weight;
    };
    if weights.grid > 0.0 {
        let term = grid_loss(output.clone(), reference.clone());
        add(term, weights.grid, &mut values.grid);
    }
    if weights.features > 0.0 {
        let maps = |x: Tensor<4>| {
            if are_colours {
                centred(x)
            } else {
                chosen_maps(x, use_dx)
            }
        };
        let (ours, theirs) = (maps(output.clone()), maps(reference.clone()));
        let term = vgg.compare(ours, theirs, |ours, theirs| {
            (ours.conv3_3.clone() - theirs.conv3_3.clone())
                .square()
                .mean()
        });
        let term = counted(term);
        add(term, weights.features, &mut values.features);
    }
    let sees_picture = weights.perceptual > 0.0 || weights.gram > 0.0;
    if sees_picture || weights.energy > 0.0 {
        let (ours, theirs) = if are_colours {
            (output, reference)
        } else {
            (
                rebuild.picture(photo.clone(), output),
                rebuild.picture(photo, reference),
            )
        };
        if weights.energy > 0.0 {
            let term = energy_loss(
                rebuild.gradient(ours.clone()),
                rebuild.gradient(theirs.clone()),
            );
            add(term, weights.energy, &mut values.energy);
        }
        if sees_picture {
            let (mut perceptual, mut gram) = (0.0, 0.0);
            let weighted = vgg.compare(centred(ours), centred(theirs), |ours, theirs| {
                let mut terms = Vec::new();
                if weights.perceptual > 0.0 {
                    let term = perceptual_loss(ours, theirs);
                    perceptual = scalar(&term);
                    terms.push(term * weights.perceptual);
                }
                if weights.gram > 0.0 {
                    let term = gram_loss(ours, theirs);
                    gram = scalar(&term);
                    terms.push(term * weights.gram);
                }
                Tensor::cat(terms, 0).sum()
            });
            let weighted = counted(weighted);
            add(weighted, 1.0, &mut 0.0);
            (values.perceptual, values.gram) = (perceptual, gram);
        }
    }
    values.total = scalar(&total);
    (values, total)
}

fn scalar(x: &Tensor<1>) -> f32 {
    x.clone().into_scalar::<f32>()
}

fn chosen_maps(gradients: Tensor<4>, use_dx: &[bool]) -> Tensor<4> {
    let maps = use_dx
        .iter()
        .enumerate()
        .map(|(i, dx)| {
            gradients
                .clone()
                .narrow(0, i, 1)
                .narrow(1, if *dx { 0 } else { 3 }, 3)
        })
        .collect();
    Tensor::cat(maps, 0)
}

/// Covariances `[N, C, C]` of mean-removed features `[N, C, H, W]` over their places.
fn covariance(features: Tensor<4>) -> Tensor<3> {
    let [batch, channels, height, width] = features.dims();
    let flat = features.reshape([batch, channels, height * width]);
    let flat = flat.clone() - flat.mean_dim(2);
    flat.clone().matmul(flat.transpose()) / (height * width) as f64
}

/// Sum over the three layers of `term(ours, theirs)`.
fn over_layers(
    ours: &Features,
    theirs: &Features,
    term: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<1>,
) -> Tensor<1> {
    term(ours.conv1_2.clone(), theirs.conv1_2.clone())
        + term(ours.conv2_2.clone(), theirs.conv2_2.clone())
        + term(ours.conv3_3.clone(), theirs.conv3_3.clone())
}

/// `Σ_layers mean_n (‖distance‖² / (‖target‖² + a tenth of its mean over the batch))`, for rows `[N, K]`. The addend
/// keeps patches without anything in them from dominating.
fn relative(distance: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    let norm = |x: Tensor<2>| x.square().mean_dim(1);
    let scale = norm(target);
    let floor = scale.clone().mean_dim(0) * 0.1 + 1e-6;
    (norm(distance) / (scale + floor)).mean()
}

/// Squared error of the features, relative to their variation over the patch.
fn perceptual_loss(ours: &Features, theirs: &Features) -> Tensor<1> {
    over_layers(ours, theirs, |ours, theirs| {
        let [batch, channels, height, width] = theirs.dims();
        let rows = |x: Tensor<4>| x.reshape([batch, channels * height * width]);
        let variation = {
            let flat = theirs.clone().reshape([batch, channels, height * width]);
            flat.clone() - flat.mean_dim(2)
        };
        relative(
            rows(ours - theirs),
            variation.reshape([batch, channels * height * width]),
        )
    })
}

/// Squared distance of the covariances, relative to the target's.
fn gram_loss(ours: &Features, theirs: &Features) -> Tensor<1> {
    over_layers(ours, theirs, |ours, theirs| {
        let [batch, channels, ..] = theirs.dims();
        let rows = |x: Tensor<4>| covariance(x).reshape([batch, channels * channels]);
        let target = rows(theirs);
        relative(rows(ours) - target.clone(), target)
    })
}

/// Side of the windows in which [`energy_loss`] compares.
const ENERGY_WINDOW: usize = 16;

/// Mean squared relative difference of the mean |gradient| in 16×16 windows, per channel. A squared error makes lines
/// faint where it cannot place them exactly; this asks for their strength without asking for their place.
pub fn energy_loss(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let [.., height, width] = output.dims();
    let window = ENERGY_WINDOW.min(height).min(width);
    let energy = |x: Tensor<4>| {
        // √(x² + ε) instead of |x|: its derivative at zero is defined.
        avg_pool2d(
            (x.square() + 1e-6).sqrt(),
            AvgPoolOptions::new([window; 2]).with_stride([window; 2]),
        )
    };
    let target = energy(target);
    ((energy(output) - target.clone()) / (target + 0.01))
        .square()
        .mean()
}

/// Pixels after which the network repeats itself: two of its layers halve the sides.
const PERIOD: usize = 4;

/// Energy of the pattern that the error `output − target` repeats every 4×4 pixels, relative to the target's energy:
/// `mean_nc (Σ_pq (ā_pq − ā)² / 16 / (mean target² + ε))`, where ā_pq is the mean of the error over all pixels of one
/// place p, q in the 4×4 cells of a patch and ā that over all its pixels. What repeats with the network's own period and
/// not in the target is a grid (Odena et al., 2016); a term that asks for much texture, Gram's above all, brings it
/// about, since texture is cheapest where every cell gets the same. Sides must be multiples of 4.
pub fn grid_loss(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
    let [batch, channels, height, width] = output.dims();
    let maps = batch * channels;
    let (rows, columns) = (height / PERIOD, width / PERIOD);
    let by_row = (output - target.clone())
        .reshape([maps, rows, PERIOD, width])
        .mean_dim(1);
    let pattern = by_row
        .reshape([maps, PERIOD, columns, PERIOD])
        .mean_dim(2)
        .reshape([maps, PERIOD * PERIOD]);
    let pattern = pattern.clone() - pattern.mean_dim(1);
    let energy = target.reshape([maps, height * width]).square().mean_dim(1);
    (pattern.square().mean_dim(1) / (energy + 1e-4)).mean()
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};
    use limn_networks::vgg::untrained;

    use super::*;

    const ZERO: LossWeights = LossWeights {
        pixel: 0.0,
        features: 0.0,
        perceptual: 0.0,
        gram: 0.0,
        energy: 0.0,
        grid: 0.0,
    };
    const WEIGHTS: LossWeights = LossWeights {
        pixel: 10.0,
        features: 1e-2,
        perceptual: 1.0,
        gram: 2.0,
        energy: 3.0,
        grid: 40.0,
    };

    fn random<const C: usize>(seed: u64, scale: f64, device: &Device) -> Tensor<4> {
        device.seed(seed);
        Tensor::random([2, C, 16, 16], Distribution::Normal(0.0, scale), device)
    }

    fn patches(seed: u64, scale: f64, device: &Device) -> Tensor<4> {
        random::<6>(seed, scale, device)
    }

    fn target(device: &Device) -> Target<'static> {
        Target {
            values: patches(2, 0.1, device),
            photo: random::<3>(3, 0.2, device) + 0.5,
            use_dx: &[true, false],
        }
    }

    #[test]
    fn derivative_agrees_with_finite_differences() {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(11), &device).unwrap();
        let rebuild = Rebuild::new(16, 10.0, &device);
        let output = patches(1, 0.1, &device);
        let only = |f: fn(&mut LossWeights, LossWeights)| {
            let mut weights = ZERO;
            f(&mut weights, WEIGHTS);
            weights
        };
        for weights in [
            only(|w, all| w.pixel = all.pixel),
            only(|w, all| w.features = all.features),
            only(|w, all| w.perceptual = all.perceptual),
            only(|w, all| w.gram = all.gram),
            only(|w, all| w.energy = all.energy),
            only(|w, all| w.grid = all.grid),
            WEIGHTS,
        ] {
            let total = |x: Tensor<4>| losses(&vgg, &rebuild, &weights, x, target(&device)).1;
            let leaf = output.clone().autodiff().require_grad();
            let gradient = leaf.grad(&total(leaf.clone()).backward()).unwrap();
            // Along the gradient itself, where the change stands out best from rounding; a short step, since the
            // features have kinks (ReLU, max pooling) all over.
            let peak = gradient.clone().abs().max().into_scalar::<f32>();
            let direction = gradient.clone() / peak;
            let slope = (gradient * direction.clone()).sum().into_scalar::<f32>();
            let step = 1e-3;
            let at = |t: f64| total(output.clone() + direction.clone() * t).into_scalar::<f32>();
            let difference = (at(step) - at(-step)) / (2.0 * step as f32);
            assert!(slope.abs() > 1e-3, "{weights:?}: {slope} tests nothing");
            assert!(
                (slope - difference).abs() < 0.05 * slope.abs(),
                "{weights:?}: {slope}, by differences {difference}"
            );
        }
    }

    #[test]
    fn every_term_is_zero_for_the_target_itself() {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(11), &device).unwrap();
        let rebuild = Rebuild::new(16, 10.0, &device);
        let target = target(&device);
        let output = target.values.clone();
        let (values, _) = losses(&vgg, &rebuild, &WEIGHTS, output, target);
        assert_eq!(values, Losses::default());
    }

    #[test]
    fn colours_stand_for_the_rebuilt_picture() {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(11), &device).unwrap();
        let rebuild = Rebuild::new(16, 10.0, &device);
        let gradients = patches(1, 0.1, &device);
        let target = target(&device);
        let colours = Target {
            values: rebuild.picture(target.photo.clone(), target.values.clone()),
            photo: target.photo.clone(),
            ..target
        };
        let picture = rebuild.picture(target.photo.clone(), gradients.clone());
        let (of_gradients, _) = losses(&vgg, &rebuild, &WEIGHTS, gradients, target);
        let (of_colours, _) = losses(&vgg, &rebuild, &WEIGHTS, picture, colours);
        assert_eq!(of_colours.perceptual, of_gradients.perceptual);
        assert_eq!(of_colours.gram, of_gradients.gram);
        assert_eq!(of_colours.energy, of_gradients.energy);
        assert!(of_colours.features > 0.0 && of_colours.pixel > 0.0);
    }

    #[test]
    fn energy_sees_strength_but_not_place() {
        let device = Device::flex();
        let target = patches(2, 0.1, &device);
        let energy = |output: Tensor<4>| energy_loss(output, target.clone()).into_scalar::<f32>();
        // A mirrored patch of the size of one window has the same lines elsewhere.
        assert!(energy(target.clone().flip([3])) < 1e-9);
        assert!(energy(target.clone() * 0.5) > 0.1);
    }
    #[test]
    fn grid_sees_what_repeats_every_four_pixels_only() {
        let device = Device::flex();
        let target = patches(2, 0.1, &device);
        let grid = |error: Tensor<4>| {
            grid_loss(target.clone() + error, target.clone()).into_scalar::<f32>()
        };
        let wave = |period: usize| {
            let row: Vec<f32> = (0..16)
                .map(|x| if x % period < period / 2 { 0.1 } else { -0.1 })
                .collect();
            Tensor::<1>::from_floats(row.as_slice(), &device)
                .reshape([1, 1, 1, 16])
                .expand([2, 6, 16, 16])
        };
        // A wave as strong as the target; 1/100 is what the floor under its energy takes.
        for period in [2, 4] {
            assert!((grid(wave(period)) - 0.99).abs() < 0.15, "{period}");
        }
        for harmless in [wave(8), wave(2).ones_like() * 0.1] {
            assert!(grid(harmless) < 1e-9);
        }
    }
}
