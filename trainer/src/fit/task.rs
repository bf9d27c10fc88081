//! The gradient network, or a variant of it, as the task of a training run.

use std::path::Path;

use anyhow::{Result, anyhow};
use burn::{
    module::Module,
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    store::ModuleRecord,
    tensor::Device,
};

use super::{
    data::{Pair, PatchSource, Patches, Sampling},
    network::Network,
    objective::Objective,
    painting,
};
use crate::{
    recipe::{Augmentation, Recipe, Term},
    run::{Cost, Losses, Source, Task},
};

/// Batches of patches of the held-out pairs that every validation looks at.
const VALIDATION_BATCHES: usize = 4;

/// Network, optimiser, and what they are trained and looked at with.
pub struct StyleTask<'a> {
    net: Network,
    optimizer: ModuleOptimizer,
    objective: Objective<'a>,
    recipe: &'a Recipe,
    /// Patches of pairs that are not learnt from; the pairs may be none.
    held_out: PatchSource<'a>,
    /// Without autodiff.
    device: Device,
}

/// Adam as Kingma & Ba (2015), and Caffe, have it by default.
fn adam() -> ModuleOptimizer {
    AdamConfig::new().with_epsilon(1e-8).init()
}

impl<'a> StyleTask<'a> {
    /// Training begins at `net`, which lives on the autodiff twin of `device`. `held_out` are pairs to validate on and to
    /// paint; `seed` chooses their patches, which are the same at every validation, and not augmented.
    pub fn new(
        net: Network,
        objective: Objective<'a>,
        recipe: &'a Recipe,
        held_out: &'a [Pair],
        seed: u64,
        device: Device,
    ) -> Self {
        let sampling = Sampling {
            augmentation: Augmentation::default(),
            ..Sampling::new(recipe)
        };
        Self {
            net,
            optimizer: adam(),
            objective,
            recipe,
            held_out: PatchSource {
                pairs: held_out,
                sampling,
                seed,
            },
            device,
        }
    }

    /// The network outside autodiff.
    pub fn inner(&self) -> Network {
        self.net.valid()
    }
}

impl<'a> Task for StyleTask<'a> {
    type Source = PatchSource<'a>;
    type Gradients = GradientsParams;

    fn terms(&self) -> &[&'static str] {
        Term::NAMES
    }

    fn learning_rate(&self, step: usize) -> f64 {
        self.recipe.learning_rate(step)
    }

    fn differentiate(
        &self,
        patches: Patches,
        step: usize,
        cost: &Cost,
    ) -> (Losses, GradientsParams) {
        let batch = patches.on(&self.device);
        self.objective.differentiate(&self.net, batch, step, cost)
    }

    fn update(&mut self, gradients: GradientsParams, learning_rate: f64) {
        self.net = self
            .optimizer
            .step(learning_rate, self.net.clone(), gradients);
    }

    fn is_finite(&self) -> bool {
        self.net.is_finite()
    }

    fn save(&self, folder: &Path) -> Result<()> {
        let record = self.net.clone().into_record();
        record
            .save(folder.join("network.bpk"))
            .map_err(|error| anyhow!("{error}"))?;
        self.optimizer
            .save(folder.join("adam.bpk"))
            .map_err(|error| anyhow!("{error}"))
    }

    fn load(&mut self, folder: &Path) -> Result<()> {
        let record =
            ModuleRecord::load(folder.join("network.bpk")).map_err(|error| anyhow!("{error}"))?;
        self.net = self
            .net
            .clone()
            .try_load_record(record)
            .map_err(|error| anyhow!("{error}"))?;
        self.optimizer = adam()
            .load(folder.join("adam.bpk"))
            .map_err(|error| anyhow!("{error}"))?;
        Ok(())
    }

    fn validate(&self, step: usize) -> Option<Losses> {
        if self.held_out.pairs.is_empty() {
            return None;
        }
        let net = self.inner();
        // What is computed between steps, to see how training goes, is no cost of a step.
        let cost = Cost::default();
        let losses: Vec<Losses> = (0..VALIDATION_BATCHES)
            .map(|i| {
                let batch = self.held_out.draw(i).on(&self.device);
                self.objective.losses(&net, batch, step, &cost).0
            })
            .collect();
        Losses::mean(&losses)
    }

    fn sample(&self, path: &Path) -> Result<Option<String>> {
        let pairs = self.held_out.pairs;
        if pairs.is_empty() {
            return Ok(None);
        }
        let strength = painting::write_sheet(path, &self.inner(), pairs, self.objective.ground())?;
        Ok(Some(format!(
            "line strength {:.3} (ceiling {:.3})",
            strength.ours, strength.ceiling
        )))
    }

    fn finish(&self, run: &Path) -> Result<()> {
        let pairs = self.held_out.pairs;
        if pairs.is_empty() {
            return Ok(());
        }
        let folder = run.join("painted");
        painting::write_pictures(&folder, &self.inner(), pairs, self.objective.ground())
    }
}

#[cfg(test)]
mod tests {
    use burn::{
        module::{ModuleMapper, Param},
        tensor::Tensor,
    };
    use limn::Planes;
    use limn_networks::vgg::{Vgg16, untrained};
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::{
        fit::data::Batch,
        recipe::test_recipe::RECIPE,
        run::{checkpoint, session::step},
    };

    /// A style as in other tests, trained on less.
    fn recipe() -> String {
        let (style, _) = RECIPE.split_once("[training]").unwrap();
        let rest = r#"
            [training]
            steps = 200
            batch = 2
            patch = 16
            context = 4
            vgg_patches = 1
            learning_rate = 5e-3
            [loss]
            start = { pixel = 1000.0, features = 1e-4, energy = 1.0 }
        "#;
        format!("{style}{rest}")
    }

    /// One pair: a checkerboard, and the same with twice the contrast.
    fn pairs() -> Vec<Pair> {
        let checkers = |contrast: f32| {
            let value = |i: usize| 0.5 + contrast * ((i % 32 / 3 + i / 32 / 4) as f32 % 2.0 - 0.5);
            Planes::new(3, 40, 32, (0..3 * 40 * 32).map(value).collect()).unwrap()
        };
        vec![Pair {
            name: "checkers".into(),
            photo: checkers(0.3),
            reference: checkers(0.6),
        }]
    }

    fn patches(pairs: &[Pair], recipe: &Recipe, step: usize) -> Patches {
        let sampling = Sampling::new(recipe);
        let source = PatchSource {
            pairs,
            sampling,
            seed: 5,
        };
        source.draw(step)
    }

    fn batch(pairs: &[Pair], recipe: &Recipe, step: usize) -> Batch {
        patches(pairs, recipe, step).on(&Device::flex())
    }

    fn objective(recipe: &Recipe) -> Objective<'_> {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(Vgg16::LAYERS, 11), &device).unwrap();
        Objective::new(Some(vgg), recipe, limn::ground::Ground::PHOTO, &device)
    }

    fn fresh(recipe: &Recipe) -> Network {
        Network::seeded(recipe.style.network(), &recipe.variant, 5, &Device::flex())
    }

    fn task(net: Network, recipe: &Recipe) -> StyleTask<'_> {
        let device = Device::flex();
        StyleTask::new(net, objective(recipe), recipe, &[], 5, device)
    }

    fn train(task: &mut StyleTask, steps: std::ops::Range<usize>) -> Vec<Losses> {
        let train = |i| step(task, patches(&pairs(), task.recipe, i), i, &Cost::default()).unwrap();
        steps.map(train).collect()
    }

    fn weights(task: &StyleTask) -> Vec<limn::style::ConvWeights> {
        task.inner().gradient_net().unwrap().weights()
    }

    #[test]
    fn a_resumed_run_goes_on_as_an_uninterrupted_one() {
        let recipe = Recipe::parse(&recipe()).unwrap();
        // One network for both: the random state of the device is shared by all tests that run at this time.
        let net = fresh(&recipe);
        let mut whole = task(net.clone(), &recipe);
        let expected = train(&mut whole, 0..6);

        let run = tempfile::tempdir().unwrap();
        let mut first = task(net, &recipe);
        train(&mut first, 0..3);
        checkpoint::save(run.path(), &first, 3, 5).unwrap();
        let last = checkpoint::last(run.path()).unwrap().unwrap();
        let mut second = task(fresh(&recipe), &recipe);
        assert!(last.load(&mut second, 6).is_err(), "another seed");
        assert_eq!(last.load(&mut second, 5).unwrap(), 3);
        let resumed = train(&mut second, 3..6);

        assert_eq!(resumed, expected[3..]);
        assert_eq!(weights(&second), weights(&whole));
    }

    #[test]
    fn training_reduces_the_loss_of_every_variant() {
        for variant in [
            "",
            "[variant]\nupsampling = \"transposed\"",
            "[variant]\ndomain = \"colour\"",
        ] {
            let recipe = recipe().replace("energy = 1.0", "energy = 0.1");
            let recipe = Recipe::parse(&format!("{recipe}\n{variant}")).unwrap();
            let mut task = task(fresh(&recipe), &recipe);
            let pixel: Vec<f32> = (0..150)
                .map(|i| {
                    let patches = patches(&pairs(), &recipe, 0);
                    let losses = step(&mut task, patches, i, &Cost::default()).unwrap();
                    losses.terms[Term::Pixel as usize]
                })
                .collect();
            assert!(pixel[149] < 0.7 * pixel[0], "{variant}: {pixel:?}");
        }
    }

    #[test]
    fn a_loss_that_is_not_finite_stops_and_keeps_the_weights() {
        let recipe = Recipe::parse(&recipe()).unwrap();
        let mut task = task(fresh(&recipe), &recipe);
        let before = weights(&task);
        let mut broken = pairs();
        broken[0].reference.data.fill(f32::NAN);
        let broken = patches(&broken, &recipe, 0);
        let error = step(&mut task, broken, 0, &Cost::default()).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("the loss is NaN at step 0"), "{error}");
        assert_eq!(weights(&task), before);
    }

    #[test]
    fn broken_weights_do_not_become_a_checkpoint() {
        let recipe = Recipe::parse(&recipe()).unwrap();
        let run = tempfile::tempdir().unwrap();
        let mut task = task(fresh(&recipe), &recipe);
        checkpoint::save(run.path(), &task, 1, 5).unwrap();
        let first = &mut task.net.convs[0];
        first.weight = first.weight.clone().map(|w| w / 0.0);
        let error = checkpoint::save(run.path(), &task, 2, 5).unwrap_err();
        assert!(format!("{error:#}").contains("not finite"), "{error:#}");
        assert_eq!(checkpoint::last(run.path()).unwrap().unwrap().step, 1);
    }

    /// Adds `t · direction` to the parameters, which it meets in the order in which the directions were made.
    struct Shift<'a> {
        directions: std::slice::Iter<'a, Vec<f32>>,
        t: f32,
    }

    impl ModuleMapper for Shift<'_> {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let direction = self.directions.next().expect("one per parameter").clone();
            let t = self.t;
            param.map(|tensor| {
                let data = burn::tensor::TensorData::new(direction, tensor.dims());
                tensor.clone() + Tensor::<D>::from_data(data, &tensor.device()) * t
            })
        }
    }

    /// Collects the parameters' derivatives, in the order of [`Shift`].
    struct Collect<'a> {
        gradients: &'a GradientsParams,
        found: Vec<Vec<f32>>,
    }

    impl burn::module::ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let gradient = self.gradients.get::<D>(param.id).expect("trained");
            self.found
                .push(gradient.into_data().iter::<f32>().collect());
        }
    }

    /// The paper's two terms, pixel and feature loss, one by one and together, differentiated through the network's
    /// weights.
    #[test]
    fn derivatives_of_network_and_losses_agree_with_finite_differences() {
        for loss in [
            "pixel = 1000.0",
            "pixel = 0.0, features = 1e-2",
            "pixel = 1000.0, features = 1e-2",
        ] {
            let recipe = recipe()
                .replace("width = 8", "width = 4")
                .replace("pixel = 1000.0, features = 1e-4, energy = 1.0", loss);
            let recipe = Recipe::parse(&recipe).unwrap();
            let (objective, net, cost) = (objective(&recipe), fresh(&recipe), Cost::default());
            let total = |net: &Network| {
                let batch = batch(&pairs(), &recipe, 0);
                objective.losses(net, batch, 0, &cost).1
            };
            let batch = batch(&pairs(), &recipe, 0);
            let (_, gradients) = objective.differentiate(&net, batch, 0, &cost);
            let mut collect = Collect {
                gradients: &gradients,
                found: Vec::new(),
            };
            net.visit(&mut collect);
            let gradient = collect.found;
            assert_eq!(gradient.len(), 18, "nine kernels and nine biases");
            let dot = |a: &[Vec<f32>], b: &[Vec<f32>]| -> f64 {
                let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
                a.concat().iter().zip(&b.concat()).map(product).sum()
            };
            let unit = |mut direction: Vec<Vec<f32>>| {
                let norm = dot(&direction, &direction).sqrt() as f32;
                direction.iter_mut().flatten().for_each(|v| *v /= norm);
                direction
            };
            // The gradient itself, and each layer's part of it, which a wrong derivative of one layer cannot hide in;
            // then a pattern without any relation to it, mixed with it so that its slope stands out from rounding.
            let mut directions = vec![unit(gradient.clone())];
            for layer in 0..gradient.len() {
                let mut part = gradient.clone();
                for (i, values) in part.iter_mut().enumerate() {
                    if i != layer {
                        values.fill(0.0);
                    }
                }
                directions.push(unit(part));
            }
            let mut random = ChaCha8Rng::seed_from_u64(1);
            let pattern = gradient.iter().map(|values| {
                let next = values.iter().map(|_| random.random_range(-1.0..1.0));
                next.collect::<Vec<f32>>()
            });
            let pattern = unit(pattern.collect());
            let mixed = directions[0].iter().zip(&pattern).map(|(a, b)| {
                let sum = a.iter().zip(b).map(|(a, b)| a + b);
                sum.collect::<Vec<f32>>()
            });
            directions.push(unit(mixed.collect()));
            for (i, direction) in directions.iter().enumerate() {
                let slope = dot(&gradient, direction);
                let at = |t: f32| {
                    let shifted = net.valid().map(&mut Shift {
                        directions: direction.iter(),
                        t,
                    });
                    f64::from(total(&shifted).into_scalar::<f32>())
                };
                let h = 2e-3;
                let difference = (at(h) - at(-h)) / f64::from(2.0 * h);
                assert!(slope > 0.0, "{loss}: direction {i} tests nothing");
                assert!(
                    (slope - difference).abs() < 0.05 * slope,
                    "{loss}, direction {i}: {slope}, by differences {difference}"
                );
            }
        }
    }
}
