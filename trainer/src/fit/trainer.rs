//! Network and optimiser, and one step of them.

use anyhow::{Result, ensure};
use burn::{
    module::Module,
    optim::{AdamConfig, GradientsParams, ModuleOptimizer},
    tensor::{Device, Tensor},
};
use limn_networks::vgg::Vgg16;

use super::{derivative, network::Network};
use crate::{
    fit::{
        data::Batch,
        loss::{Losses, Target, losses},
        rebuild::Rebuild,
    },
    recipe::{Config, VariantConfig},
    run::cost::{self, Part},
};

/// What the loss is computed with, all of it fixed.
pub struct Judge {
    vgg: Vgg16,
    rebuild: Rebuild,
}

impl Judge {
    /// For the patches and the λ of `config`, on the device of `vgg`.
    pub fn new(vgg: Vgg16, config: &Config, device: &Device) -> Self {
        Self {
            vgg,
            rebuild: Rebuild::new(config.training.patch, config.style.lambda, device),
        }
    }

    /// Runs `net` on `batch` and compares; `step`, counted from zero, decides the weights of the terms. Returns the
    /// values, and the derivatives of their total with respect to the network's weights.
    pub fn differentiate(
        &self,
        net: &Network,
        batch: Batch,
        config: &Config,
        step: usize,
    ) -> (Losses, GradientsParams) {
        let input = batch.input.clone();
        derivative::of(net, input, |output| {
            self.compare(output, batch, config, step)
        })
    }

    /// The values alone, and the total.
    pub fn losses(
        &self,
        net: &Network,
        batch: Batch,
        config: &Config,
        step: usize,
    ) -> (Losses, Tensor<1>) {
        let output = net.forward(batch.input.clone());
        self.compare(output, batch, config, step)
    }

    /// The values and the total, differentiable where the network's `output` is.
    fn compare(
        &self,
        output: Tensor<4>,
        batch: Batch,
        config: &Config,
        step: usize,
    ) -> (Losses, Tensor<1>) {
        let weights = config.loss_weights(step);
        let output = crop(output, &batch.offsets, config.training.patch);
        let target = Target {
            values: batch.target,
            photo: batch.photo,
            use_dx: &batch.use_dx,
        };
        losses(&self.vgg, &self.rebuild, &weights, output, target)
    }
}

/// Network and optimiser after `step` steps.
pub struct Trainer {
    pub net: Network,
    pub optimizer: ModuleOptimizer,
    pub step: usize,
}

impl Trainer {
    /// Fresh weights drawn from `seed`.
    pub fn new(width: usize, variant: &VariantConfig, seed: u64, device: &Device) -> Self {
        device.seed(seed);
        Self::from_net(Network::new(width, variant, &device.clone().autodiff()))
    }

    /// Training begins at `net`, which lives on an autodiff device.
    pub fn from_net(net: Network) -> Self {
        Self {
            net,
            // The default of Kingma & Ba (2015), and of Caffe.
            optimizer: AdamConfig::new().with_epsilon(1e-8).init(),
            step: 0,
        }
    }

    /// One optimiser step on `batch`.
    ///
    /// # Errors
    /// When the loss is not finite; the weights are then left as they were.
    pub fn step(&mut self, batch: Batch, judge: &Judge, config: &Config) -> Result<Losses> {
        let (losses, gradients) = judge.differentiate(&self.net, batch, config, self.step);
        ensure!(
            losses.total.is_finite(),
            "the loss is {} at step {}",
            losses.total,
            self.step
        );
        let learning_rate = config.learning_rate(self.step);
        self.net = cost::of(Part::Adam, || {
            self.optimizer
                .step(learning_rate, self.net.clone(), gradients)
        });
        self.step += 1;
        Ok(losses)
    }

    /// The network outside autodiff.
    pub fn inner(&self) -> Network {
        self.net.valid()
    }
}

/// Cuts each sample's `side × side` patch out at its `(y, x)`.
fn crop(x: Tensor<4>, offsets: &[(usize, usize)], side: usize) -> Tensor<4> {
    let [.., channels, height, width] = x.dims();
    if (height, width) == (side, side) {
        return x;
    }
    let patches = offsets
        .iter()
        .enumerate()
        .map(|(i, &(top, left))| {
            x.clone()
                .slice([i..i + 1, 0..channels, top..top + side, left..left + side])
        })
        .collect();
    Tensor::cat(patches, 0)
}

#[cfg(test)]
mod tests {
    use burn::{module::ModuleMapper, module::Param};
    use limn::Planes;
    use limn_networks::vgg::untrained;

    use super::*;
    use crate::{
        fit::data::{self, Pair},
        recipe::test_recipe::RECIPE,
        run::checkpoint,
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

    fn batch(pairs: &[Pair], config: &Config, step: usize) -> Batch {
        data::sample(pairs, &config.sampling(), 5, step).on(&Device::flex())
    }

    fn judge(config: &Config) -> Judge {
        let device = Device::flex();
        let vgg = Vgg16::new(&untrained(11), &device).unwrap();
        Judge::new(vgg, config, &device)
    }

    fn fresh(config: &Config) -> Trainer {
        Trainer::new(config.style.width, &config.variant, 5, &Device::flex())
    }

    fn train(trainer: &mut Trainer, until: usize, judge: &Judge, config: &Config) -> Vec<Losses> {
        (trainer.step..until)
            .map(|step| {
                trainer
                    .step(batch(&pairs(), config, step), judge, config)
                    .unwrap()
            })
            .collect()
    }

    fn weights(trainer: &Trainer) -> Vec<limn::style::ConvWeights> {
        trainer.inner().gradient_net().unwrap().weights()
    }

    #[test]
    fn a_resumed_run_goes_on_as_an_uninterrupted_one() {
        let device = Device::flex();
        let config = Config::parse(&recipe()).unwrap();
        let judge = judge(&config);
        // One network for both: the random state of the device is shared by all tests that run at this time.
        let net = fresh(&config).net;
        let mut whole = Trainer::from_net(net.clone());
        let expected = train(&mut whole, 6, &judge, &config);

        let run = tempfile::tempdir().unwrap();
        let mut first = Trainer::from_net(net);
        train(&mut first, 3, &judge, &config);
        checkpoint::save(run.path(), &first, 5).unwrap();
        let last = checkpoint::last(run.path()).unwrap().unwrap();
        assert!(last.load(&config, 6, &device).is_err(), "another seed");
        let mut second = last.load(&config, 5, &device).unwrap();
        assert_eq!(second.step, 3);
        let resumed = train(&mut second, 6, &judge, &config);

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
            let config = Config::parse(&format!("{recipe}\n{variant}")).unwrap();
            let judge = judge(&config);
            let mut trainer = fresh(&config);
            let pixel: Vec<f32> = (0..150)
                .map(|_| {
                    let batch = batch(&pairs(), &config, 0);
                    trainer.step(batch, &judge, &config).unwrap().pixel
                })
                .collect();
            assert!(pixel[149] < 0.7 * pixel[0], "{variant}: {pixel:?}");
        }
    }

    #[test]
    fn a_loss_that_is_not_finite_stops_and_keeps_the_weights() {
        let config = Config::parse(&recipe()).unwrap();
        let mut trainer = fresh(&config);
        let before = weights(&trainer);
        let mut broken = pairs();
        broken[0].reference.data.fill(f32::NAN);
        let error = trainer
            .step(batch(&broken, &config, 0), &judge(&config), &config)
            .unwrap_err()
            .to_string();
        assert!(error.contains("the loss is NaN at step 0"), "{error}");
        assert_eq!(weights(&trainer), before);
        assert_eq!(trainer.step, 0);
    }

    #[test]
    fn broken_weights_do_not_become_a_checkpoint() {
        let config = Config::parse(&recipe()).unwrap();
        let run = tempfile::tempdir().unwrap();
        let mut trainer = fresh(&config);
        trainer.step = 1;
        checkpoint::save(run.path(), &trainer, 5).unwrap();
        trainer.step = 2;
        let first = &mut trainer.net.convs[0];
        first.weight = first.weight.clone().map(|w| w / 0.0);
        let error = checkpoint::save(run.path(), &trainer, 5).unwrap_err();
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
        let device = Device::flex();
        for loss in [
            "pixel = 1000.0",
            "pixel = 0.0, features = 1e-2",
            "pixel = 1000.0, features = 1e-2",
        ] {
            let recipe = recipe()
                .replace("width = 8", "width = 4")
                .replace("pixel = 1000.0, features = 1e-4, energy = 1.0", loss);
            let config = Config::parse(&recipe).unwrap();
            let vgg = Vgg16::new(&untrained(11), &device).unwrap();
            let judge = Judge::new(vgg, &config, &device);
            let net = fresh(&config).net;
            let total = |net: &Network| {
                let batch = batch(&pairs(), &config, 0);
                judge.losses(net, batch, &config, 0).1
            };
            let (_, gradients) = judge.differentiate(&net, batch(&pairs(), &config, 0), &config, 0);
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
            let mut random = 1_u32;
            let pattern = gradient.iter().map(|values| {
                let next = values.iter().map(|_| {
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (random >> 8) as f32 / (1 << 23) as f32 - 1.0
                });
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
