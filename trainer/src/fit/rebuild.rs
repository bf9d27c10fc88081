//! The screened-Poisson reconstruction of [`limn::solve`] on square patches, as differentiable matrix products:
//! what lets a loss look at the picture that the gradients will become.

use burn::tensor::{Device, Tensor, TensorData};
use limn::{Planes, change::enlarged};

/// Solves `(1 − λΔ) D = −λ div Δ` on patches of one size, exactly: the five-point Laplacian with Neumann boundary is
/// diagonal in the DCT-II basis. A network's correction is part of the ground it is given.
pub struct Rebuild {
    /// Orthonormal DCT-II, `[1, n, n]`: row k is the k-th basis vector.
    dct: Tensor<3>,
    /// DCT-II after the one-dimensional divergence, `[1, n, n]`.
    dct_divergence: Tensor<3>,
    /// `−λ / (1 + λ(μ_row + μ_column))` with μ the eigenvalues of −Δ per axis, `[1, n, n]`.
    filter: Tensor<3>,
    /// Forward difference with a zero last row, `[1, n, n]`.
    difference: Tensor<3>,
}

impl Rebuild {
    /// For patches of `side × side` pixels and the data weight λ of the style.
    pub fn new(side: usize, lambda: f32, device: &Device) -> Self {
        let n = side as f64;
        let matrix = |entry: &dyn Fn(usize, usize) -> f64| {
            let values: Vec<f32> = (0..side * side)
                .map(|i| entry(i / side, i % side) as f32)
                .collect();
            Tensor::<3>::from_data(TensorData::new(values, [1, side, side]), device)
        };
        let basis = |k: usize, x: usize| {
            let scale = if k == 0 { 1.0 / n } else { 2.0 / n };
            scale.sqrt() * (std::f64::consts::PI * k as f64 * (x as f64 + 0.5) / n).cos()
        };
        let eigenvalue = |k: usize| 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / n).cos();
        let lambda = f64::from(lambda);
        Self {
            dct: matrix(&basis),
            // The divergence sends a value at x to +1 at x and −1 at x + 1, and does not read the last one.
            dct_divergence: matrix(&|k, x| {
                if x + 1 < side {
                    basis(k, x) - basis(k, x + 1)
                } else {
                    0.0
                }
            }),
            filter: matrix(&|row, column| {
                -lambda / (1.0 + lambda * (eigenvalue(row) + eigenvalue(column)))
            }),
            difference: matrix(&|row, column| {
                if row + 1 == side {
                    0.0
                } else {
                    f64::from(column == row + 1) - f64::from(column == row)
                }
            }),
        }
    }

    /// The picture `[N, 3, n, n]` that `gradients` `[N, 6, n, n]` become on the colours of `photo` `[N, 3, n, n]`, not
    /// clamped to [0, 1].
    pub fn picture(&self, photo: Tensor<4>, gradients: Tensor<4>) -> Tensor<4> {
        let [batch, channels, side, _] = photo.dims();
        let change = gradients - self.gradient(photo.clone());
        let planes = |x: Tensor<4>| x.reshape([batch * channels, side, side]);
        let dx = planes(change.clone().narrow(1, 0, channels));
        let dy = planes(change.narrow(1, channels, channels));
        let dct = || self.dct.clone();
        let along_x = dct()
            .matmul(dx)
            .matmul(self.dct_divergence.clone().transpose());
        let along_y = self
            .dct_divergence
            .clone()
            .matmul(dy)
            .matmul(dct().transpose());
        let spectrum = (along_x + along_y) * self.filter.clone();
        let correction = dct().transpose().matmul(spectrum).matmul(dct());
        photo + correction.reshape([batch, channels, side, side])
    }

    /// Forward differences of `x` `[N, C, n, n]` as `[N, 2C, n, n]`, as [`limn::gradient::gradient`] defines them.
    pub fn gradient(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, side, _] = x.dims();
        let planes = x.reshape([batch * channels, side, side]);
        let dx = planes
            .clone()
            .matmul(self.difference.clone().transpose())
            .reshape([batch, channels, side, side]);
        let dy = self
            .difference
            .clone()
            .matmul(planes)
            .reshape([batch, channels, side, side]);
        Tensor::cat(vec![dx, dy], 1)
    }
}

/// [`limn::change::enlarged`] on patches of one size.
pub struct Enlarge {
    /// `[1, side, ceil(side / 4)]`: what each pixel of an axis is made of.
    shares: Tensor<3>,
}

impl Enlarge {
    /// To `side × side` pixels.
    pub fn new(side: usize, device: &Device) -> Self {
        let quarter = side.div_ceil(4);
        let mut values = Vec::with_capacity(side * quarter);
        for source in 0..quarter {
            let mut one = Planes::zeros(1, 1, quarter);
            one.data[source] = 1.0;
            values.extend(enlarged(&one, side, 1).data);
        }
        let columns = TensorData::new(values, [1, quarter, side]);
        Self {
            shares: Tensor::<3>::from_data(columns, device).transpose(),
        }
    }

    /// `[N, C, side, side]` of `x` `[N, C, ceil(side/4), ceil(side/4)]`.
    pub fn of(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, channels, quarter, _] = x.dims();
        let [_, side, _] = self.shares.dims();
        let planes = x.reshape([batch * channels, quarter, quarter]);
        let shares = self.shares.clone();
        let enlarged = shares.clone().matmul(planes).matmul(shares.transpose());
        enlarged.reshape([batch, channels, side, side])
    }
}

#[cfg(test)]
mod tests {
    use limn::{gradient, solve::reconstruct_exact};

    use super::*;

    fn drawn(channels: usize, factor: usize) -> Planes {
        let values = (0..channels * 144).map(|i| (i * factor % 101) as f32 / 101.0 - 0.3);
        Planes::new(channels, 12, 12, values.collect()).unwrap()
    }

    fn tensor(planes: &Planes) -> Tensor<4> {
        let shape = [1, planes.channels, planes.height, planes.width];
        Tensor::from_data(TensorData::new(planes.data.clone(), shape), &Device::flex())
    }

    fn assert_close(ours: Tensor<4>, expected: &Planes) {
        let error = (ours - tensor(expected)).abs().max().into_scalar::<f32>();
        assert!(error < 1e-5, "{error}");
    }

    #[test]
    fn agrees_with_the_solver_of_the_engines() {
        let (photo, field) = (drawn(3, 37), drawn(6, 53));
        for lambda in [0.1, 10.0, 100.0] {
            let rebuild = Rebuild::new(12, lambda, &Device::flex());
            assert_close(
                rebuild.picture(tensor(&photo), tensor(&field)),
                &reconstruct_exact(&photo, &field, lambda),
            );
        }
    }

    #[test]
    fn enlarging_is_that_of_the_engines() {
        let quarter = Planes::new(3, 4, 4, drawn(3, 37).data[..48].to_vec()).unwrap();
        for side in [13, 16] {
            let ours = Enlarge::new(side, &Device::flex()).of(tensor(&quarter));
            assert_close(ours, &enlarged(&quarter, side, side));
        }
    }

    #[test]
    fn gradient_is_that_of_the_engines() {
        let photo = drawn(3, 37);
        let rebuild = Rebuild::new(12, 10.0, &Device::flex());
        assert_close(
            rebuild.gradient(tensor(&photo)),
            &gradient::gradient(&photo),
        );
    }
}
