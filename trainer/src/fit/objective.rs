//! What a style's training minimises, on a batch of patches.

use burn::{
    optim::GradientsParams,
    tensor::{Device, Tensor},
};
use limn::{ground::Ground, network::Output};
use limn_networks::vgg::Vgg16;

use super::{
    data::{Batch, Sampling},
    derivative, ground,
    loss::{Fixed, Target, losses, scalar},
    network::Network,
    rebuild::Enlarge,
};
use crate::{
    recipe::Recipe,
    run::{Cost, Losses},
};

/// The loss of a recipe, and what it is computed with.
pub struct Objective<'a> {
    fixed: Fixed,
    ground: Ground,
    enlarge: Enlarge,
    recipe: &'a Recipe,
}

impl<'a> Objective<'a> {
    /// For the patches and the λ of `recipe` on `ground`, on `device`, which is that of `vgg`; that may be missing where the
    /// recipe does not need it.
    pub fn new(vgg: Option<Vgg16>, recipe: &'a Recipe, ground: Ground, device: &Device) -> Self {
        let fixed = Fixed::new(vgg, recipe.training.patch, recipe.style.lambda, device);
        Self {
            fixed,
            ground,
            enlarge: Enlarge::new(Sampling::new(recipe).window(), device),
            recipe,
        }
    }

    /// The colours that pictures are rebuilt on, and their weight λ.
    pub fn ground(&self) -> (&Ground, f32) {
        (&self.ground, self.recipe.style.lambda)
    }

    /// Runs `net` on `batch` and compares; `step`, counted from zero, decides the weights of the terms. Returns the
    /// values, and the derivatives of their total with respect to the network's weights.
    pub fn differentiate(
        &self,
        net: &Network,
        batch: Batch,
        step: usize,
        cost: &Cost,
    ) -> (Losses, GradientsParams) {
        let input = batch.input.clone();
        derivative::of(net, input, cost, |output| {
            self.compare(output, batch, step, cost)
        })
    }

    /// The values alone, and the total `[1]`.
    pub fn losses(
        &self,
        net: &Network,
        batch: Batch,
        step: usize,
        cost: &Cost,
    ) -> (Losses, Tensor<1>) {
        let output = net.forward(batch.input.clone());
        self.compare(output, batch, step, cost)
    }

    /// The values and the total, differentiable where the network's `output` is.
    fn compare(
        &self,
        output: Output,
        batch: Batch,
        step: usize,
        cost: &Cost,
    ) -> (Losses, Tensor<1>) {
        let weights = self.recipe.loss_weights(step);
        let patches = |x: Tensor<4>| crop(x, &batch.offsets, self.recipe.training.patch);
        let output = Output {
            gradients: patches(output.gradients),
            ground: output.ground.map(|x| patches(self.enlarge.of(x))),
        };
        let target = Target {
            values: batch.target,
            ground: ground::of_photos(&self.ground, batch.photo),
            picture: batch.reference,
            use_dx: &batch.use_dx,
        };
        let (values, total) = losses(&self.fixed, &weights, output, target, cost);
        let losses = Losses {
            total: scalar(&total),
            terms: values.0.into(),
        };
        (losses, total)
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
