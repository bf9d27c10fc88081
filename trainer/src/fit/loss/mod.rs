//! The training loss on patches. Two terms are the paper's: squared error of the gradients and of VGG features of the
//! gradient maps. The others look at the picture that the gradients become on the style's ground, since that is what
//! is seen in the end: its features, their second moments, and how strong its lines are. A file per term.

mod energy;
mod features;
mod gram;
mod grid;
mod ground;
mod perceptual;
mod picture;
mod pixel;
mod relative;

use burn::tensor::{Device, Tensor};
use limn::network::Output;
use limn_networks::vgg::{Comparison, MEAN, Vgg16};

use crate::{
    fit::rebuild::Rebuild,
    recipe::{Term, Values, Weights},
    run::Cost,
};

/// What the losses are computed with, none of it trained.
pub struct Fixed {
    vgg: Option<Vgg16>,
    rebuild: Rebuild,
}

impl Fixed {
    /// For patches of `side × side` pixels and the data weight λ of the style, on `device`, which is that of `vgg`; terms on
    /// its features need it.
    pub fn new(vgg: Option<Vgg16>, side: usize, lambda: f32, device: &Device) -> Self {
        Self {
            vgg,
            rebuild: Rebuild::new(side, lambda, device),
        }
    }
}

/// What the losses compare with; see [`crate::fit::data::Batch`].
pub struct Target<'a> {
    /// The reference's gradients, `[N, 6, H, W]`, or for a network of the colour domain its colours, `[N, 3, H, W]`.
    pub values: Tensor<4>,
    /// The colours that the picture is rebuilt on, `[N, 3, H, W]`: the photo's, or what the style's ground makes of them.
    pub ground: Tensor<4>,
    /// The reference's colours, `[N, 3, H, W]`.
    pub picture: Tensor<4>,
    /// Whether the paper's feature loss looks at ∂x, else at ∂y, in each of the first patches. Drawn at random this is
    /// an unbiased estimate of both.
    pub use_dx: &'a [bool],
}

/// The terms that have been computed, and their weighted sum.
struct Sum {
    weights: Weights,
    values: Values,
    total: Tensor<1>,
}

impl Sum {
    /// Whether `term` counts and hence has to be computed.
    fn needs(&self, term: Term) -> bool {
        self.weights[term] > 0.0
    }

    fn add(&mut self, term: Term, loss: Tensor<1>) {
        self.values[term] = scalar(&loss);
        self.total = self.total.clone() + loss * self.weights[term];
    }
}

/// Compares gradients `[N, 6, H, W]` and, of a network that corrects the ground, the correction at the size of the patches,
/// `[N, 3, H, W]`, with the target. Returns the values of the terms and the differentiable total, `[1]`. Where gradients and
/// target are colours, `[N, 3, H, W]`, they take the place of the gradients and of the rebuilt picture.
///
/// The rebuilt picture is compared with what the reference's gradients become on the same ground; where the network corrects
/// the ground nothing keeps it from the reference itself.
///
/// VGG, which is most of a step's work, looks at the first `use_dx.len()` patches only; the other terms at all.
pub fn losses(
    Fixed { vgg, rebuild }: &Fixed,
    weights: &Weights,
    output: Output,
    target: Target,
    cost: &Cost,
) -> (Values, Tensor<1>) {
    let Output {
        gradients: output,
        ground: correction,
    } = output;
    let Target {
        values: reference,
        ground,
        picture,
        use_dx,
    } = target;
    let are_colours = output.dims()[1] == 3;
    let centred = |picture: Tensor<4>| {
        let mean = Tensor::<1>::from_floats(MEAN, &picture.device()).reshape([1, 3, 1, 1]);
        picture.narrow(0, 0, use_dx.len()) - mean
    };
    let vgg = || vgg.as_ref().expect("a loss on features comes with VGG");
    let counted = |compared: Comparison| {
        cost.add("VGG forward", compared.forward);
        cost.add("VGG backward", compared.backward);
        compared.loss
    };
    // Always computed: it costs nothing, and runs of any recipe can be compared by it.
    let pixel = pixel::pixel(output.clone(), reference.clone());
    let mut sum = Sum {
        weights: *weights,
        values: Values::default(),
        total: pixel.clone() * weights[Term::Pixel],
    };
    sum.values[Term::Pixel] = scalar(&pixel);
    if sum.needs(Term::Grid) {
        sum.add(Term::Grid, grid::grid(output.clone(), reference.clone()));
    }
    if sum.needs(Term::Features) {
        let maps = |x: Tensor<4>| {
            if are_colours {
                centred(x)
            } else {
                features::chosen_maps(x, use_dx)
            }
        };
        let (ours, theirs) = (maps(output.clone()), maps(reference.clone()));
        let loss = counted(vgg().compare(ours, theirs, features::features));
        sum.add(Term::Features, loss);
    }
    let corrected = correction.map(|correction| ground.clone() + correction);
    if let Some(corrected) = &corrected
        && sum.needs(Term::Ground)
    {
        let loss = ground::ground(corrected.clone(), picture.clone());
        sum.add(Term::Ground, loss);
    }
    let on_features = [Term::Perceptual, Term::Gram].map(|term| sum.needs(term));
    let sees_picture = on_features.contains(&true);
    if sees_picture || sum.needs(Term::Energy) || sum.needs(Term::Picture) {
        let (ours, theirs) = match corrected {
            _ if are_colours => (output, reference),
            Some(corrected) => (rebuild.picture(corrected, output), picture),
            None => (
                rebuild.picture(ground.clone(), output),
                rebuild.picture(ground, reference),
            ),
        };
        if sum.needs(Term::Picture) {
            let loss = picture::picture(ours.clone(), theirs.clone());
            sum.add(Term::Picture, loss);
        }
        if sum.needs(Term::Energy) {
            let gradient = |x: &Tensor<4>| rebuild.gradient(x.clone());
            let loss = energy::energy(gradient(&ours), gradient(&theirs));
            sum.add(Term::Energy, loss);
        }
        if sees_picture {
            // Both by one pass of VGG.
            let values = &mut sum.values;
            let weighted = vgg().compare(centred(ours), centred(theirs), |ours, theirs| {
                let mut terms = Vec::new();
                let mut add = |term: Term, loss: Tensor<1>| {
                    values[term] = scalar(&loss);
                    terms.push(loss * weights[term]);
                };
                let [perceptual, gram] = on_features;
                if perceptual {
                    add(Term::Perceptual, perceptual::perceptual(ours, theirs));
                }
                if gram {
                    add(Term::Gram, gram::gram(ours, theirs));
                }
                Tensor::cat(terms, 0).sum()
            });
            sum.total = sum.total + counted(weighted);
        }
    }
    (sum.values, sum.total)
}

/// The value of a tensor `[1]`.
pub fn scalar(x: &Tensor<1>) -> f32 {
    x.clone().into_scalar::<f32>()
}

#[cfg(test)]
mod test_patches {
    use burn::tensor::{Device, Tensor, TensorData};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Nearly normal noise of standard deviation `scale`. Not drawn by the device, whose state all tests share.
    pub fn random<const C: usize>(seed: u64, scale: f32, device: &Device) -> Tensor<4> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut normal = || {
            (0..12)
                .map(|_| rng.random_range(-0.5..0.5_f32))
                .sum::<f32>()
        };
        let data: Vec<f32> = (0..2 * C * 16 * 16).map(|_| scale * normal()).collect();
        Tensor::from_data(TensorData::new(data, [2, C, 16, 16]), device)
    }

    /// Two patches of noise in the place of gradients.
    pub fn patches(seed: u64, scale: f32, device: &Device) -> Tensor<4> {
        random::<6>(seed, scale, device)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;
    use limn_networks::vgg::untrained;

    use super::{
        test_patches::{patches, random},
        *,
    };
    use crate::recipe::PerTerm;

    /// In the order of [`Term::ALL`].
    const WEIGHTS: Weights = PerTerm([10.0, 1e-2, 1.0, 2.0, 3.0, 40.0, 5.0, 7.0]);

    fn fixed(device: &Device) -> Fixed {
        let vgg = Vgg16::new(&untrained(Vgg16::LAYERS, 11), device).unwrap();
        Fixed::new(Some(vgg), 16, 10.0, device)
    }

    fn target(device: &Device) -> Target<'static> {
        Target {
            values: patches(2, 0.1, device),
            ground: random::<3>(3, 0.2, device) + 0.5,
            picture: random::<3>(4, 0.2, device) + 0.5,
            use_dx: &[true, false],
        }
    }

    fn gradients_alone(gradients: Tensor<4>) -> Output {
        Output {
            gradients,
            ground: None,
        }
    }

    #[test]
    fn derivative_agrees_with_finite_differences() {
        let device = Device::flex();
        let fixed = fixed(&device);
        let gradients = patches(1, 0.1, &device);
        let correction = random::<3>(5, 0.1, &device);
        let alone = Term::ALL.iter().map(|term| {
            let mut weights = Weights::default();
            weights[*term] = WEIGHTS[*term];
            weights
        });
        for weights in alone.chain([WEIGHTS]) {
            let total = |x: Tensor<4>| {
                // Gradients, then the correction.
                let output = Output {
                    gradients: x.clone().narrow(1, 0, 6),
                    ground: Some(x.narrow(1, 6, 3)),
                };
                let target = target(&device);
                losses(&fixed, &weights, output, target, &Cost::default()).1
            };
            let output = Tensor::cat(vec![gradients.clone(), correction.clone()], 1);
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
        let cost = Cost::default();
        let target_gradients = target(&device).values;
        let output = gradients_alone(target_gradients);
        let (values, _) = losses(&fixed(&device), &WEIGHTS, output, target(&device), &cost);
        assert_eq!(values, Values::default());
    }

    #[test]
    fn with_the_ground_corrected_the_reference_itself_is_the_target() {
        let device = Device::flex();
        let fixed = fixed(&device);
        let mut target = target(&device);
        target.values = fixed.rebuild.gradient(target.picture.clone());
        let output = Output {
            gradients: target.values.clone(),
            ground: Some(target.picture.clone() - target.ground.clone()),
        };
        let (values, _) = losses(&fixed, &WEIGHTS, output, target, &Cost::default());
        for (term, value) in Term::ALL.iter().zip(values.0) {
            assert!(value < 1e-6, "{term:?}: {value}");
        }
    }

    #[test]
    fn colours_stand_for_the_rebuilt_picture() {
        let device = Device::flex();
        let fixed = fixed(&device);
        let rebuild = &fixed.rebuild;
        let gradients = patches(1, 0.1, &device);
        let target = target(&device);
        let colours = Target {
            values: rebuild.picture(target.ground.clone(), target.values.clone()),
            ground: target.ground.clone(),
            picture: target.picture.clone(),
            ..target
        };
        let picture = rebuild.picture(target.ground.clone(), gradients.clone());
        let compare = |x: Tensor<4>, target| {
            losses(
                &fixed,
                &WEIGHTS,
                gradients_alone(x),
                target,
                &Cost::default(),
            )
        };
        let (of_gradients, _) = compare(gradients, target);
        let (of_colours, _) = compare(picture, colours);
        for term in [Term::Perceptual, Term::Gram, Term::Energy, Term::Picture] {
            assert_eq!(of_colours[term], of_gradients[term]);
        }
        assert!(of_colours[Term::Features] > 0.0 && of_colours[Term::Pixel] > 0.0);
    }
}
