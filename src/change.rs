//! `−λ div Δ` at a picture's full size from a change Δ found at the working size, in one go: the change at full size,
//! six planes of it, never stands in memory.

use super::multigrid::{Four, Value};
use crate::{Planes, Rect, resample::taps};

/// `−λ div Δ` on the rectangle `part` of a picture of `full` (width, height), the three channels of a pixel in one cell,
/// for `change` `[6, h, w]` that is not larger than `full`. Neither the last column of ∂x nor the last row of ∂y of the
/// rectangle is read.
pub fn right_hand_side(
    change: &Planes,
    full: (usize, usize),
    part: Rect,
    lambda: f32,
) -> Vec<Four> {
    let columns = Lerp::new(change.width, full.0, part.x, part.width);
    let rows = Lerp::new(change.height, full.1, part.y, part.height);
    let field = [(0, change.width, full.0), (3, change.height, full.1)]
        .map(|(first, of, to)| Interleaved::new(change, first, -lambda * of as f32 / to as f32));
    let mut output = Vec::with_capacity(part.width * part.height);
    let mut narrow = vec![Four::default(); change.width];
    let [mut dx, mut dy, mut dy_above] = [(); 3].map(|()| vec![Four::default(); part.width]);
    for (j, at) in rows.0.iter().enumerate() {
        core::mem::swap(&mut dy, &mut dy_above);
        for (source, line) in field.iter().zip([&mut dx, &mut dy]) {
            source.row(at, &mut narrow);
            for (value, at) in line.iter_mut().zip(&columns.0) {
                *value = at.between(&narrow);
            }
        }
        if let Some(last) = dx.last_mut() {
            *last = Four::default();
        }
        if j + 1 == part.height {
            dy.fill(Four::default());
        }
        let mut before = Four::default();
        for ((dx, dy), above) in dx.iter().zip(&dy).zip(&dy_above) {
            output.push(*dx - before + (*dy - *above));
            before = *dx;
        }
    }
    output
}

/// Three planes of a change as cells, times a factor.
struct Interleaved {
    width: usize,
    cells: Vec<Four>,
}

impl Interleaved {
    fn new(change: &Planes, first: usize, factor: f32) -> Self {
        let [r, g, b] = [0, 1, 2].map(|channel| change.plane(first + channel));
        let cells = r.iter().zip(g).zip(b);
        Self {
            width: change.width,
            cells: cells
                .map(|((r, g), b)| Four([*r, *g, *b, 0.0]) * factor)
                .collect(),
        }
    }

    fn row(&self, at: &Between, line: &mut [Four]) {
        let row = |index: usize| &self.cells[index * self.width..][..self.width];
        for (value, (upper, lower)) in line.iter_mut().zip(row(at.left).iter().zip(row(at.right))) {
            *value = *upper * (1.0 - at.weight) + *lower * at.weight;
        }
    }
}

/// A place between two samples.
struct Between {
    left: usize,
    right: usize,
    /// Of the right one.
    weight: f32,
}

impl Between {
    #[inline(always)]
    fn between<V: Value>(&self, values: &[V]) -> V {
        values[self.left] * (1.0 - self.weight) + values[self.right] * self.weight
    }
}

/// An axis that grows, with aligned pixel centres.
struct Lerp(Vec<Between>);

impl Lerp {
    /// `count` samples from `from` on, of an axis of `target` samples made from one of `source` samples.
    fn new(source: usize, target: usize, from: usize, count: usize) -> Self {
        let taps = taps(source, target, from..from + count);
        let between = |(left, weights): (usize, Vec<f32>)| Between {
            left,
            right: left + weights.len() - 1,
            weight: weights.get(1).copied().unwrap_or(0.0),
        };
        Self(taps.into_iter().map(between).collect())
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::*;
    use crate::{gradient::divergence, stylize::change_at_full_size};

    #[test]
    fn equals_the_divergence_of_the_change_at_full_size() {
        let mut rng = StdRng::seed_from_u64(9);
        for (low, full) in [
            ((1, 1), (1, 1)),
            ((1, 3), (5, 9)),
            ((7, 5), (7, 5)),
            ((8, 6), (31, 23)),
        ] {
            let data = (0..6 * low.0 * low.1)
                .map(|_| rng.random_range(-1.0..1.0))
                .collect();
            let mut change = Planes::new(6, low.1, low.0, data).unwrap();
            crate::gradient::zero_boundary(&mut change);
            let expected = divergence(&change_at_full_size(change.clone(), full.0, full.1));
            let actual = right_hand_side(&change, full, Rect::whole(full.0, full.1), 10.0);
            for channel in 0..3 {
                for (cell, value) in actual.iter().zip(expected.plane(channel)) {
                    assert!((cell.0[channel] + 10.0 * value).abs() < 1e-5);
                }
            }
        }
    }
}
