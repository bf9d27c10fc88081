//! Gram matrices of features, the texture that a painting is known by (Gatys et al., "Image Style Transfer Using
//! Convolutional Neural Networks", 2016), and one matrix for several paintings.

use burn::tensor::{Tensor, TensorData};

/// The Gram matrix `[C, C]` `F Fᵀ` of features `[1, C, H, W]`.
pub fn gram(features: Tensor<4>) -> Tensor<2> {
    with_gram(features).1
}

/// The features as `[C, H·W]`, and their Gram matrix.
pub fn with_gram(features: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
    let [_, channels, height, width] = features.dims();
    let flat = features.reshape([channels, height * width]);
    (flat.clone(), flat.clone().matmul(flat.transpose()))
}

/// The Gram matrix of the places that `weight` `[1, 1, H, W]`, at least zero, counts, as many as all of them: with a
/// weight that is the same everywhere it is [`gram`] (Gatys et al., "Controlling Perceptual Factors in Neural Style
/// Transfer", 2017, eq. 5).
pub fn region_gram(features: Tensor<4>, weight: &Tensor<4>) -> Tensor<2> {
    gram(features * region_root(weight))
}

/// What features are multiplied with for that, `[1, 1, H, W]`.
pub fn region_root(weight: &Tensor<4>) -> Tensor<4> {
    let mean = weight.clone().mean().reshape([1, 1, 1, 1]);
    (weight.clone() / mean.clamp_min(1e-6)).sqrt()
}

/// One Gram matrix for several styles: with the matrices as vectors g_i, the principal eigenvector u of Σ g_i g_iᵀ, scaled
/// to the projection (m·u) u of their mean m. One matrix, or several that are the same, give that matrix; and the sign of u
/// does not matter.
///
/// u is found from the N × N problem of the products g_i·g_j instead of the C² × C² one (the trick of eigenfaces: Turk &
/// Pentland, 1991).
///
/// # Panics
/// When there is no matrix.
pub fn eigengram(grams: &[Tensor<2>]) -> Tensor<2> {
    let count = grams.len();
    let product = |a: &Tensor<2>, b: &Tensor<2>| (a.clone() * b.clone()).sum().into_scalar::<f64>();
    let mut products = vec![vec![0.0; count]; count];
    for i in 0..count {
        for j in 0..=i {
            products[i][j] = product(&grams[i], &grams[j]);
            products[j][i] = products[i][j];
        }
    }
    let coefficients = principal_eigenvector(&products);
    // u = Σ v_i g_i / √e and m·u = Σ_ij v_i g_i·g_j / (N √e), with e = Σ_ij v_i v_j g_i·g_j.
    let rows: Vec<f64> = products.iter().map(|row| dot(row, &coefficients)).collect();
    let square = dot(&rows, &coefficients);
    let projection = rows.iter().sum::<f64>() / count as f64;
    let scale = if square > 0.0 {
        projection / square
    } else {
        0.0
    };
    let mut sum = grams[0].zeros_like();
    for (gram, coefficient) in grams.iter().zip(&coefficients) {
        sum = sum + gram.clone() * (coefficient * scale);
    }
    sum
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Of a symmetric matrix without negative eigenvalues, by power iteration; length 1.
fn principal_eigenvector(matrix: &[Vec<f64>]) -> Vec<f64> {
    // Matrices of activations after a ReLU have no negative entries, nor has the eigenvector then (Perron); the unequal
    // start is not orthogonal to one of any signs, short of a coincidence.
    let mut vector: Vec<f64> = (0..matrix.len()).map(|i| 1.0 + 0.01 * i as f64).collect();
    for _ in 0..1000 {
        let next: Vec<f64> = matrix.iter().map(|row| dot(row, &vector)).collect();
        let length = dot(&next, &next).sqrt();
        if length == 0.0 {
            break;
        }
        let next: Vec<f64> = next.iter().map(|v| v / length).collect();
        let moved = next.iter().zip(&vector).map(|(a, b)| (a - b).abs());
        let settled = moved.fold(0.0, f64::max) < 1e-14;
        vector = next;
        if settled {
            break;
        }
    }
    vector
}

/// A mask `[1, 1, H, W]` as a layer of `[height, width]` places sees it: the mean of what a place covers.
pub fn shrink_mask(
    mask: &limn::Planes,
    height: usize,
    width: usize,
    like: &Tensor<4>,
) -> Tensor<4> {
    let small = mask.resized(width, height);
    Tensor::from_data(
        TensorData::new(small.data, [1, 1, height, width]),
        &like.device().without_autodiff(),
    )
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Distribution};

    use super::*;

    fn features(seed: u64, channels: usize) -> Tensor<4> {
        let device = Device::flex();
        device.seed(seed);
        Tensor::random(
            [1, channels, 5, 7],
            Distribution::Uniform(0.0, 2.0),
            &device,
        )
    }

    fn apart(a: &Tensor<2>, b: &Tensor<2>) -> f64 {
        let size = |x: Tensor<2>| x.abs().max().into_scalar::<f64>();
        size(a.clone() - b.clone()) / size(b.clone())
    }

    #[test]
    fn a_gram_matrix_holds_the_products_of_channels() {
        let device = Device::flex();
        let data = TensorData::new(vec![1.0_f32, 2.0, 3.0, 4.0], [1, 2, 1, 2]);
        let gram = gram(Tensor::from_data(data, &device));
        let values: Vec<f32> = gram.into_data().iter::<f32>().collect();
        assert_eq!(values, [5.0, 11.0, 11.0, 25.0]);
    }

    #[test]
    fn a_region_counts_for_the_whole() {
        let x = features(1, 6);
        let device = Device::flex();
        let even = Tensor::full([1, 1, 5, 7], 0.3, &device);
        assert!(apart(&region_gram(x.clone(), &even), &gram(x.clone())) < 1e-6);
        // Only the left three columns: 7/3 times their own Gram matrix.
        let columns = TensorData::new(
            (0..35).map(|i| f32::from(i % 7 < 3)).collect::<Vec<f32>>(),
            [1, 1, 5, 7],
        );
        let region = region_gram(x.clone(), &Tensor::from_data(columns, &device));
        let alone = gram(x.slice([0..1, 0..6, 0..5, 0..3])) * (7.0 / 3.0);
        assert!(apart(&region, &alone) < 1e-6);
    }

    #[test]
    fn one_style_or_the_same_thrice_is_its_own_eigengram() {
        let a = gram(features(1, 16));
        assert!(apart(&eigengram(std::slice::from_ref(&a)), &a) < 1e-5);
        assert!(apart(&eigengram(&[a.clone(), a.clone(), a.clone()]), &a) < 1e-5);
    }

    #[test]
    fn an_eigengram_is_the_projected_mean_on_the_principal_eigenvector_of_the_large_problem() {
        let grams = [1, 2, 3].map(|seed| gram(features(seed, 4) * seed as f32));
        let vectors: Vec<Vec<f64>> = grams
            .iter()
            .map(|gram| gram.clone().into_data().iter::<f64>().collect())
            .collect();
        let large: Vec<Vec<f64>> = (0..16)
            .map(|i| {
                (0..16)
                    .map(|j| vectors.iter().map(|g| g[i] * g[j]).sum())
                    .collect()
            })
            .collect();
        let u = principal_eigenvector(&large);
        let mean: Vec<f64> = (0..16)
            .map(|i| vectors.iter().map(|g| g[i]).sum::<f64>() / 3.0)
            .collect();
        let scale = dot(&mean, &u);
        let found: Vec<f64> = eigengram(&grams).into_data().iter::<f64>().collect();
        for (found, u) in found.iter().zip(&u) {
            assert!(
                (found - scale * u).abs() < 1e-4 * scale,
                "{found} {}",
                scale * u
            );
        }
        // Its trace is positive, as a Gram matrix's is.
        assert!((0..4).map(|i| found[5 * i]).sum::<f64>() > 0.0);
    }

    #[test]
    fn nothing_at_all_has_an_empty_eigengram() {
        let zero = gram(features(1, 3) * 0.0);
        let sum = eigengram(&[zero.clone(), zero]).sum().into_scalar::<f64>();
        assert_eq!(sum, 0.0);
    }
}
