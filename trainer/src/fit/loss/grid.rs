//! The grid term, against a pattern of the network's own period.

use burn::tensor::Tensor;

/// Pixels after which the network repeats itself: two of its layers halve the sides.
const PERIOD: usize = 4;

/// Energy of the pattern that the error `output − target` repeats every 4×4 pixels, relative to the target's energy:
/// `mean_nc (Σ_pq (ā_pq − ā)² / 16 / (mean target² + ε))`, where ā_pq is the mean of the error over all pixels of one
/// place p, q in the 4×4 cells of a patch and ā that over all its pixels. What repeats with the network's own period and
/// not in the target is a grid (Odena et al., 2016); a term that asks for much texture, Gram's above all, brings it
/// about, since texture is cheapest where every cell gets the same. Sides must be multiples of 4.
pub fn grid(output: Tensor<4>, target: Tensor<4>) -> Tensor<1> {
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
    use burn::tensor::Device;

    use super::{super::test_patches::patches, *};

    #[test]
    fn grid_sees_what_repeats_every_four_pixels_only() {
        let device = Device::flex();
        let target = patches(2, 0.1, &device);
        let grid = |error: Tensor<4>| {
            super::grid(target.clone() + error, target.clone()).into_scalar::<f32>()
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
