use rustdct::DctPlanner;

use crate::{Planes, gradient::divergence};

/// Solves `(1 − λΔ) x = rhs` exactly, in f64, for one channel of `height · width` values: the five-point Laplacian with
/// Neumann boundary is diagonal in the DCT-II basis, with eigenvalues `2cos(πk/n) − 2` per axis.
pub fn solve_dct(rhs: &[f64], width: usize, height: usize, lambda: f64) -> Vec<f64> {
    let mut x = rhs.to_vec();
    transform(&mut x, width, height, false);
    let eigenvalue =
        |k: usize, n: usize| 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / n as f64).cos();
    for (i, value) in x.iter_mut().enumerate() {
        *value /= 1.0 + lambda * (eigenvalue(i % width, width) + eigenvalue(i / width, height));
    }
    transform(&mut x, width, height, true);
    x
}

/// The exact picture for `image` `[C, H, W]` and gradients `field` `[2C, H, W]`: solves
/// `(1 − λΔ) S = I − λ div G` by [`solve_dct`] and rounds to f32.
pub fn reconstruct_exact(image: &Planes, field: &Planes, lambda: f32) -> Planes {
    let div = divergence(field);
    let mut output = Planes::zeros(image.channels, image.height, image.width);
    for channel in 0..image.channels {
        let rhs: Vec<f64> = image
            .plane(channel)
            .iter()
            .zip(div.plane(channel))
            .map(|(i, d)| f64::from(*i) - f64::from(lambda) * f64::from(*d))
            .collect();
        let solution = solve_dct(&rhs, image.width, image.height, f64::from(lambda));
        for (value, s) in output.plane_mut(channel).iter_mut().zip(solution) {
            *value = s as f32;
        }
    }
    output
}

/// Two-dimensional DCT-II in place, or its inverse.
fn transform(data: &mut [f64], width: usize, height: usize, inverse: bool) {
    let mut planner = DctPlanner::new();
    let rows = planner.plan_dct2(width);
    let columns = planner.plan_dct2(height);
    let run = |plan: &dyn rustdct::TransformType2And3<f64>, line: &mut [f64]| {
        if inverse {
            plan.process_dct3(line);
            let scale = 2.0 / line.len() as f64;
            line.iter_mut().for_each(|value| *value *= scale);
        } else {
            plan.process_dct2(line);
        }
    };
    for line in data.chunks_exact_mut(width) {
        run(rows.as_ref(), line);
    }
    let mut column = vec![0.0; height];
    for x in 0..width {
        for (y, value) in column.iter_mut().enumerate() {
            *value = data[y * width + x];
        }
        run(columns.as_ref(), &mut column);
        for (y, value) in column.iter().enumerate() {
            data[y * width + x] = *value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solution_satisfies_the_equation() {
        let (width, height, lambda) = (7, 5, 3.0);
        let rhs: Vec<f64> = (0..width * height)
            .map(|i| ((i * 37 % 11) as f64) / 11.0)
            .collect();
        let x = solve_dct(&rhs, width, height, lambda);
        for (i, b) in rhs.iter().enumerate() {
            let (column, row) = (i % width, i / width);
            let mut ax = x[i];
            if column > 0 {
                ax += lambda * (x[i] - x[i - 1]);
            }
            if column + 1 < width {
                ax += lambda * (x[i] - x[i + 1]);
            }
            if row > 0 {
                ax += lambda * (x[i] - x[i - width]);
            }
            if row + 1 < height {
                ax += lambda * (x[i] - x[i + width]);
            }
            assert!((ax - b).abs() < 1e-12, "{i}: {ax} {b}");
        }
    }

    #[test]
    fn own_gradients_give_the_image_back() {
        let data = (0..3 * 6 * 9)
            .map(|i| (i * 29 % 17) as f32 / 17.0)
            .collect();
        let image = Planes::new(3, 6, 9, data).unwrap();
        let field = crate::gradient::gradient(&image);
        for lambda in [0.1, 10.0, 1000.0] {
            let output = reconstruct_exact(&image, &field, lambda);
            for (a, b) in output.data.iter().zip(&image.data) {
                assert!((a - b).abs() < 1e-5);
            }
        }
    }
}
