//! Patches of features, each held to the nearest one of a painting: a Markov random field (Li & Wand, "Combining Markov
//! Random Fields and Convolutional Neural Networks for Image Synthesis", CVPR 2016, eqs. 2 and 3).

use std::cell::{Cell, RefCell};

use burn::tensor::{Int, Tensor};

/// Places of a patch along each side.
const SIDE: usize = 3;
/// Patches are matched anew at every so many evaluations. In between the loss is a smooth one, which L-BFGS wants.
const EVERY: usize = 10;
/// Patches that are matched at once: all of them would take gigabytes.
const AT_ONCE: usize = 1024;

/// The patches of one or several paintings at a layer.
pub struct Patches {
    /// `[N, 9·C]`.
    patches: Tensor<2>,
    /// The same of length 1, as columns: `[9·C, N]`.
    directions: Tensor<2>,
    matches: RefCell<Option<Tensor<1, Int>>>,
    evaluations: Cell<usize>,
}

impl Patches {
    /// Of features `[1, C, H, W]` of each painting, at least 3 × 3 places large.
    ///
    /// # Panics
    /// When there is none.
    pub fn of(features: &[Tensor<4>]) -> Self {
        let all = features.iter().map(|x| unfold(x.clone())).collect();
        let patches = Tensor::cat(all, 0);
        let lengths = patches.clone().square().sum_dim(1).sqrt().clamp_min(1e-6);
        Self {
            directions: (patches.clone() / lengths).transpose(),
            patches,
            matches: RefCell::new(None),
            evaluations: Cell::new(0),
        }
    }

    /// Mean of the squared lengths.
    pub fn mean_square(&self) -> f64 {
        let squares: Tensor<1> = self.patches.clone().square().sum_dim(1).squeeze_dim(1);
        squares.mean().into_scalar::<f64>()
    }

    /// What each patch of `features` `[1, C, H, W]` lacks of its match, `[M, 9·C]`: the difference Ψ(F) − Ψ(match). The match
    /// has the greatest normalised cross-correlation.
    pub fn apart(&self, features: &Tensor<4>) -> Tensor<2> {
        let ours = unfold(features.clone());
        let count = self.evaluations.get();
        self.evaluations.set(count + 1);
        let mut matches = self.matches.borrow_mut();
        if count.is_multiple_of(EVERY) {
            *matches = None;
        }
        let matches = matches.get_or_insert_with(|| self.matched(&ours));
        ours - self.patches.clone().select(0, matches.clone())
    }

    /// The place of each patch's match. Its own length scales all of its correlations and decides nothing.
    fn matched(&self, ours: &Tensor<2>) -> Tensor<1, Int> {
        let [count, _] = ours.dims();
        let places = (0..count).step_by(AT_ONCE).map(|first| {
            let part = ours.clone().narrow(0, first, AT_ONCE.min(count - first));
            let best: Tensor<2, Int> = part.matmul(self.directions.clone()).argmax(1);
            best.squeeze_dim(1)
        });
        Tensor::cat(places.collect(), 0)
    }
}

/// All patches of features `[1, C, H, W]` as rows, `[(H − 2)·(W − 2), 9·C]`.
fn unfold(features: Tensor<4>) -> Tensor<2> {
    let [_, channels, height, width] = features.dims();
    let (rows, columns) = (height + 1 - SIDE, width + 1 - SIDE);
    let parts = offsets().map(|(y, x)| {
        let part = features.clone().narrow(2, y, rows).narrow(3, x, columns);
        part.reshape([channels, rows * columns])
    });
    Tensor::cat(parts.collect(), 0).transpose()
}

/// The transpose of [`unfold`]: every value of the rows is added to the place that it came from.
pub fn fold(rows: Tensor<2>, [batch, channels, height, width]: [usize; 4]) -> Tensor<4> {
    let (down, across) = (height + 1 - SIDE, width + 1 - SIDE);
    let columns = rows.transpose();
    let mut sum = Tensor::zeros([batch, channels, height, width], &columns.device());
    for (i, (y, x)) in offsets().enumerate() {
        let part = columns.clone().narrow(0, i * channels, channels);
        let part = part.reshape([batch, channels, down, across]);
        let place = [0..batch, 0..channels, y..y + down, x..x + across];
        let whole = sum.clone().slice(place.clone()) + part;
        sum = sum.slice_assign(place, whole);
    }
    sum
}

fn offsets() -> impl Iterator<Item = (usize, usize)> {
    (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x)))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    fn features(seed: u64, height: usize, width: usize) -> Tensor<4> {
        let device = Device::flex();
        device.seed(seed);
        Tensor::random(
            [1, 4, height, width],
            Distribution::Uniform(0.0, 1.0),
            &device,
        )
    }

    fn largest<const D: usize>(x: Tensor<D>) -> f64 {
        x.abs().max().into_scalar::<f64>()
    }

    #[test]
    fn folding_is_the_transpose_of_unfolding() {
        let x = features(1, 5, 7);
        let rows = unfold(x.clone());
        assert_eq!(rows.dims(), [15, 36]);
        // ⟨unfold x, r⟩ = ⟨x, fold r⟩.
        let other = unfold(features(2, 5, 7));
        let a = (rows * other.clone()).sum().into_scalar::<f64>();
        let b = (x.clone() * fold(other, x.dims()))
            .sum()
            .into_scalar::<f64>();
        assert!((a - b).abs() < 1e-4 * a.abs());
    }

    #[test]
    fn a_painting_matches_itself_and_a_part_of_it_finds_its_place() {
        let x = features(3, 9, 12);
        let patches = Patches::of(std::slice::from_ref(&x));
        assert!(largest(patches.apart(&x)) < 1e-6);
        // Twice as bright it is still found, and is too bright by as much.
        let part = x.clone().slice([0..1, 0..4, 2..7, 3..9]) * 2.0;
        let apart = Patches::of(&[features(4, 6, 6), x]).apart(&part);
        assert!(largest(apart - unfold(part * 0.5)) < 1e-6);
    }

    #[test]
    fn matches_rest_for_some_evaluations() {
        let (x, y) = (features(5, 6, 6), features(6, 6, 6));
        let patches = Patches::of(&[x.clone(), y.clone()]);
        assert!(largest(patches.apart(&x)) < 1e-6);
        for _ in 1..EVERY {
            assert!(largest(patches.apart(&y)) > 0.1);
        }
        assert!(largest(patches.apart(&y)) < 1e-6);
    }
}
