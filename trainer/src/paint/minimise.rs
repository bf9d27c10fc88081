//! Minimisers of a loss of a picture's pixels, by Burn's optimisers, with one interface.

use anyhow::{Result, bail};
use burn::{
    module::{Module, Param},
    optim::{AdamConfig, GradientsParams, LBFGSConfig, LineSearchFn},
    tensor::{Device, Tensor},
};

/// How a picture is brought to a lower loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimiser {
    /// L-BFGS (Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", 1980): the two-loop recursion over the last
    /// `history` pairs.
    Lbfgs {
        history: usize,
        /// Length of a step, or of the first trial of a search, in units of the quasi-Newton step.
        rate: f64,
        /// Search each step's length by the strong Wolfe conditions; else it is `rate`.
        wolfe: bool,
    },
    /// Adam (Kingma & Ba, 2015); its rate is in units of the picture.
    Adam { rate: f64 },
}

/// What came of it.
pub struct Minimum {
    /// The picture of the lowest loss that was seen, `[1, C, H, W]`.
    pub picture: Tensor<4>,
    /// What went wrong after that picture was seen.
    pub failure: Option<anyhow::Error>,
}

/// What an objective says of a picture.
pub struct Evaluation {
    pub loss: f64,
    /// Of the loss with respect to the picture, `[1, C, H, W]`.
    pub gradient: Tensor<4>,
}

/// The picture as what Burn's optimisers take.
#[derive(Module, Debug)]
struct Picture {
    pixels: Param<Tensor<4>>,
}

/// An objective that is asked at most so many times, and what is known from its answers.
struct Ledger<F> {
    objective: F,
    left: usize,
    made: usize,
    best: Option<(f64, Tensor<4>)>,
    failure: Option<anyhow::Error>,
}

impl<F: FnMut(Tensor<4>) -> Result<Option<Evaluation>>> Ledger<F> {
    /// Loss and gradient, or `None` from the end on: the evaluations are used up, it was stopped, or it failed.
    fn ask(&mut self, picture: &Tensor<4>) -> Option<Evaluation> {
        if self.left == 0 {
            return None;
        }
        self.left -= 1;
        match (self.objective)(picture.clone()) {
            Ok(Some(evaluation)) if evaluation.loss.is_finite() => {
                let loss = evaluation.loss;
                self.made += 1;
                if self.best.as_ref().is_none_or(|(best, _)| loss < *best) {
                    self.best = Some((loss, picture.clone()));
                }
                return Some(evaluation);
            }
            Ok(Some(evaluation)) => {
                let loss = evaluation.loss;
                let number = self.made + 1;
                self.failure = Some(anyhow::anyhow!("the loss is {loss} at evaluation {number}"));
            }
            Ok(None) => {}
            Err(error) => self.failure = Some(error),
        }
        self.left = 0;
        None
    }
}

/// Lowers `objective` from `start` `[1, C, H, W]` by at most `evaluations` evaluations. The objective may end it early by
/// answering `None`.
///
/// # Errors
/// When not even the first evaluation has a finite loss.
pub fn minimise(
    optimiser: Optimiser,
    start: Tensor<4>,
    evaluations: usize,
    objective: impl FnMut(Tensor<4>) -> Result<Option<Evaluation>>,
) -> Result<Minimum> {
    let device: Device = start.device().without_autodiff();
    let mut ledger = Ledger {
        objective,
        left: evaluations,
        made: 0,
        best: None,
        failure: None,
    };
    let data = start.without_autodiff().into_data();
    let mut picture = Picture {
        pixels: Param::from_data(data, &device.autodiff()),
    };
    match optimiser {
        Optimiser::Lbfgs {
            history,
            rate,
            wolfe,
        } => {
            let search = if wolfe {
                LineSearchFn::StrongWolfe
            } else {
                LineSearchFn::None
            };
            // The count of evaluations alone ends it; no loss is small by itself.
            let mut lbfgs = LBFGSConfig::new()
                .with_max_iter(evaluations)
                .with_max_eval(Some(evaluations.max(1)))
                .with_history_size(history)
                .with_tolerance_grad(0.0)
                .with_tolerance_change(0.0)
                .with_line_search_fn(search)
                .init();
            let _ = lbfgs.step(rate, picture, |picture: Picture| {
                let pixels = picture.pixels.val().inner();
                let answer = ledger.ask(&pixels);
                // A gradient of zero is what ends Burn's loop.
                let (loss, gradient) = match answer {
                    Some(evaluation) => (evaluation.loss, evaluation.gradient),
                    None => (f64::MAX, pixels.zeros_like()),
                };
                (loss, gradients(&picture, gradient))
            });
        }
        Optimiser::Adam { rate } => {
            let mut adam = AdamConfig::new().with_epsilon(1e-8).init();
            while let Some(evaluation) = ledger.ask(&picture.pixels.val().inner()) {
                let gradients = gradients(&picture, evaluation.gradient);
                picture = adam.step(rate, picture, gradients);
            }
        }
    }
    let Some((_, best)) = ledger.best else {
        match ledger.failure {
            Some(failure) => return Err(failure),
            None => bail!("no evaluation was made"),
        }
    };
    Ok(Minimum {
        picture: best,
        failure: ledger.failure,
    })
}

fn gradients(picture: &Picture, gradient: Tensor<4>) -> GradientsParams {
    let mut gradients = GradientsParams::new();
    gradients.register(picture.pixels.id, gradient);
    gradients
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    const FIXED: Optimiser = Optimiser::Lbfgs {
        history: 10,
        rate: 1.0,
        wolfe: false,
    };
    const WOLFE: Optimiser = Optimiser::Lbfgs {
        history: 10,
        rate: 1.0,
        wolfe: true,
    };

    fn numbers(values: &[f32]) -> Tensor<4> {
        let data = TensorData::new(values.to_vec(), [1, 1, 1, values.len()]);
        Tensor::from_data(data, &Device::flex())
    }

    fn values(x: &Tensor<4>) -> Vec<f64> {
        x.clone().into_data().iter::<f64>().collect()
    }

    /// An objective of two or more numbers from its loss and gradient in f64.
    fn objective(
        f: impl Fn(&[f64]) -> (f64, Vec<f64>),
    ) -> impl Fn(Tensor<4>) -> Result<Option<Evaluation>> {
        move |x| {
            let (loss, gradient) = f(&values(&x));
            let gradient: Vec<f32> = gradient.iter().map(|v| *v as f32).collect();
            Ok(Some(Evaluation {
                loss,
                gradient: numbers(&gradient),
            }))
        }
    }

    /// Curvatures from 1 to 100.
    fn quadratic(x: &[f64]) -> (f64, Vec<f64>) {
        let curvature = |i: usize| 100.0_f64.powf(i as f64 / 9.0);
        let apart = |i: usize| x[i] - (i as f64).sin();
        let loss = (0..10).map(|i| 0.5 * curvature(i) * apart(i).powi(2));
        (
            loss.sum(),
            (0..10).map(|i| curvature(i) * apart(i)).collect(),
        )
    }

    fn rosenbrock(x: &[f64]) -> (f64, Vec<f64>) {
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        let gradient = vec![-2.0 * a - 400.0 * x[0] * b, 200.0 * b];
        (a * a + 100.0 * b * b, gradient)
    }

    #[test]
    fn l_bfgs_finds_the_minimum_of_a_quadratic() {
        for optimiser in [FIXED, WOLFE] {
            let start = numbers(&[0.0; 10]);
            let found = minimise(optimiser, start, 60, objective(quadratic)).unwrap();
            assert!(found.failure.is_none());
            let (loss, _) = quadratic(&values(&found.picture));
            assert!(loss < 1e-8, "{optimiser:?} {loss:e}");
        }
    }

    #[test]
    fn l_bfgs_with_a_search_follows_rosenbrocks_valley() {
        let start = numbers(&[-1.2, 1.0]);
        let found = minimise(WOLFE, start, 100, objective(rosenbrock)).unwrap();
        let x = values(&found.picture);
        assert!(rosenbrock(&x).0 < 1e-8, "{x:?}");
        assert!(
            (x[0] - 1.0).abs() < 1e-3 && (x[1] - 1.0).abs() < 1e-3,
            "{x:?}"
        );
    }

    #[test]
    fn adam_finds_the_minimum_of_a_quadratic() {
        let adam = Optimiser::Adam { rate: 0.02 };
        let start = numbers(&[0.0; 10]);
        let found = minimise(adam, start, 1500, objective(quadratic)).unwrap();
        let (loss, _) = quadratic(&values(&found.picture));
        assert!(loss < 1e-8, "{loss:e}");
    }

    #[test]
    fn no_more_evaluations_are_made_than_allowed() {
        for optimiser in [FIXED, WOLFE, Optimiser::Adam { rate: 0.01 }] {
            for allowed in [1, 2, 7] {
                let start = numbers(&[-1.2, 1.0]);
                let mut made = 0;
                let counted = |x| {
                    made += 1;
                    objective(rosenbrock)(x)
                };
                minimise(optimiser, start, allowed, counted).unwrap();
                assert_eq!(made, allowed, "{optimiser:?}");
            }
        }
    }

    #[test]
    fn what_was_best_before_a_failure_comes_back() {
        for optimiser in [FIXED, WOLFE, Optimiser::Adam { rate: 0.01 }] {
            for nan in [true, false] {
                let mut losses = Vec::new();
                let inner = objective(rosenbrock);
                let spoilt = |x: Tensor<4>| {
                    let mut answer = inner(x)?;
                    losses.extend(answer.as_ref().map(|answer| answer.loss));
                    if losses.len() > 5 {
                        anyhow::ensure!(nan, "out of paint");
                        answer.as_mut().unwrap().loss = f64::NAN;
                    }
                    Ok(answer)
                };
                let start = numbers(&[-1.2, 1.0]);
                let found = minimise(optimiser, start, 50, spoilt).unwrap();
                assert_eq!(losses.len(), 6);
                let lowest = losses[..5].iter().copied().fold(f64::MAX, f64::min);
                let (loss, _) = rosenbrock(&values(&found.picture));
                assert!((loss - lowest).abs() < 1e-6 * lowest, "{loss} {lowest}");
                let failure = found.failure.unwrap().to_string();
                let expected = if nan {
                    "the loss is NaN at evaluation 6"
                } else {
                    "out of paint"
                };
                assert_eq!(failure, expected);
            }
        }
        let never = |_: Tensor<4>| Ok(None);
        assert!(minimise(FIXED, numbers(&[0.0]), 5, never).is_err());
    }
}
