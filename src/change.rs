//! What the solve is given: the change that a style, or two of them, make at the working size.
//!
//! Let Δ = F(∂I) − ∂I be the network's change of the gradients, `G = ∂I + t·Δ` the gradients to rebuild from, E what the
//! style's [`crate::ground`] adds to the photo and B what the network's second head adds to that. On the colours
//! `I + t·(E + B)` and with `S = I + t·(E + D)` the screened-Poisson equation `(1 − λΔ) S = I + t·(E + B) − λ div G` becomes
//! `(1 − λΔ) D = B − λ div (Δ − ∂E)`: D does not depend on the strength t. So t only scales E and D, λ needs a new solve, and
//! only a new photo, style or working size runs the network again. At t = 0 the photo comes back untouched.
//!
//! Styles are blended in their changes, before the solve: what they disagree about leaves no seam.

use crate::{
    Planes,
    carry::luminance,
    gradient::{divergence, gradient},
};

/// What a network makes of a photo at its working size.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Δ `[6, h, w]`, with the boundary zeroed, as a gradient's is.
    pub gradients: Planes,
    /// B `[3, h, w]`; `None` is none anywhere.
    pub ground: Option<Planes>,
}

/// How much of each of two changes goes into one.
#[derive(Clone, Copy, Debug)]
pub enum Blend<'a> {
    /// Share m of the second one everywhere, 0 to 1.
    Share(f32),
    /// Share of the second one at each pixel, `[1, h, w]` in [0, 1].
    Mask(&'a Planes),
}

impl Change {
    /// No change to an image of `width × height`.
    pub fn none(width: usize, height: usize) -> Self {
        Self {
            gradients: Planes::zeros(6, height, width),
            ground: None,
        }
    }

    /// `(1 − m)·self + m·other`.
    pub fn blend(&self, other: &Self, by: Blend<'_>) -> Self {
        let nothing = || Planes::zeros(3, self.gradients.height, self.gradients.width);
        let ground = match (&self.ground, &other.ground) {
            (None, None) => None,
            (Some(first), Some(second)) => Some(blend(first, second, by)),
            (Some(first), None) => Some(blend(first, &nothing(), by)),
            (None, Some(second)) => Some(blend(&nothing(), second, by)),
        };
        Self {
            gradients: blend(&self.gradients, &other.gradients, by),
            ground,
        }
    }

    /// As a change of the ground that E `[3, h, w]` makes of the photo: takes E's gradients away.
    pub fn on_ground(&mut self, shift: &Planes) {
        for (value, own) in self.gradients.data.iter_mut().zip(gradient(shift).data) {
            *value -= own;
        }
    }

    /// Leaves B its luminance, and as much of its colours as `colour`, 0 to 1, says.
    pub fn tint(&mut self, colour: f32) {
        if let Some(ground) = &mut self.ground {
            for at in 0..ground.width * ground.height {
                let grey = luminance([0, 1, 2].map(|channel| ground.plane(channel)[at]));
                for channel in 0..3 {
                    let value = &mut ground.plane_mut(channel)[at];
                    *value = grey + colour * (*value - grey);
                }
            }
        }
    }

    /// The right-hand side `B − λ div Δ` `[3, h, w]`. The last column of ∂x and the last row of ∂y are not read.
    pub fn right_hand_side(&self, lambda: f32) -> Planes {
        let mut output = divergence(&self.gradients);
        output.data.iter_mut().for_each(|value| *value *= -lambda);
        if let Some(ground) = &self.ground {
            for (value, ground) in output.data.iter_mut().zip(&ground.data) {
                *value += ground;
            }
        }
        output
    }
}

fn blend(first: &Planes, second: &Planes, by: Blend<'_>) -> Planes {
    let mut output = first.clone();
    for channel in 0..output.channels {
        let pairs = output
            .plane_mut(channel)
            .iter_mut()
            .zip(second.plane(channel));
        match by {
            Blend::Share(share) => pairs.for_each(|(a, b)| *a += share * (b - *a)),
            Blend::Mask(mask) => pairs
                .zip(mask.plane(0))
                .for_each(|((a, b), share)| *a += share * (b - *a)),
        }
    }
    output
}

/// What a second head says, `[C, ceil(height/4), ceil(width/4)]`, at the working size: bilinear between the middles of the four
/// by four pixels that each of its values stands for.
pub fn enlarged(quarter: &Planes, width: usize, height: usize) -> Planes {
    let along = |at: usize, length: usize| {
        // In eighths of a value: pixel 0 lies 3/8 before the middle of the first four.
        let eighths = (2 * at + 1).max(4) - 4;
        let first = (eighths / 8).min(length - 1);
        let second = (first + 1).min(length - 1);
        (first, second, (eighths % 8) as f32 / 8.0)
    };
    let mut output = Planes::zeros(quarter.channels, height, width);
    for channel in 0..quarter.channels {
        let source = quarter.plane(channel);
        let row = |y: usize| &source[y * quarter.width..][..quarter.width];
        let lines = output.plane_mut(channel).chunks_exact_mut(width);
        for (y, line) in lines.enumerate() {
            let (above, below, down) = along(y, quarter.height);
            let (above, below) = (row(above), row(below));
            for (x, value) in line.iter_mut().enumerate() {
                let (left, right, across) = along(x, quarter.width);
                let upper = above[left] + across * (above[right] - above[left]);
                let lower = below[left] + across * (below[right] - below[left]);
                *value = upper + down * (lower - upper);
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(first: f32) -> Change {
        let data = (0..6 * 12).map(|i| first + i as f32 / 8.0).collect();
        Change {
            gradients: Planes::new(6, 3, 4, data).unwrap(),
            ground: None,
        }
    }

    #[test]
    fn a_mask_takes_each_pixel_from_its_style() {
        let (a, mut b) = (change(0.0), change(-50.0));
        b.ground = Some(Planes::new(3, 3, 4, vec![2.0; 36]).unwrap());
        let none = a.blend(&b, Blend::Share(0.0));
        assert_eq!(none.gradients, a.gradients);
        assert_eq!(none.ground, Some(Planes::zeros(3, 3, 4)));
        assert_eq!(a.blend(&b, Blend::Share(1.0)), b);
        let mut mask = Planes::zeros(1, 3, 4);
        mask.data[5] = 1.0;
        mask.data[6] = 0.25;
        let mixed = a.blend(&b, Blend::Mask(&mask));
        for channel in 0..6 {
            let (a, b) = (a.gradients.plane(channel), b.gradients.plane(channel));
            let mut expected = a.to_vec();
            expected[5] = b[5];
            expected[6] = 0.75 * a[6] + 0.25 * b[6];
            assert_eq!(mixed.gradients.plane(channel), expected);
        }
        let ground = mixed.ground.unwrap();
        assert_eq!(ground.plane(1)[4..8], [0.0, 2.0, 0.5, 0.0]);
    }

    #[test]
    fn the_grounds_correction_gives_its_colours_up_and_keeps_its_luminance() {
        let mut change = change(0.0);
        change.ground =
            Some(Planes::new(3, 3, 4, [[-0.3; 12], [0.1; 12], [0.2; 12]].concat()).unwrap());
        let mut grey = change.clone();
        grey.tint(0.0);
        let expected = luminance([-0.3, 0.1, 0.2]);
        let grey = grey.ground.unwrap();
        assert!(
            grey.data
                .iter()
                .all(|value| (value - expected).abs() < 1e-6)
        );
        let mut whole = change.clone();
        whole.tint(1.0);
        for (a, b) in whole
            .ground
            .unwrap()
            .data
            .iter()
            .zip(change.ground.unwrap().data)
        {
            assert!((a - b).abs() < 1e-6);
        }
    }

    #[test]
    fn what_is_linear_at_a_quarter_of_the_size_is_so_when_enlarged() {
        for (width, height) in [(1_usize, 1_usize), (4, 9), (18, 23)] {
            let (columns, rows) = (width.div_ceil(4), height.div_ceil(4));
            let data = (0..rows * columns).map(|i| (i / columns + 2 * (i % columns)) as f32);
            let quarter = Planes::new(1, rows, columns, data.collect()).unwrap();
            let enlarged = enlarged(&quarter, width, height);
            for (at, value) in enlarged.data.iter().enumerate() {
                let place = |at: usize, length: usize| {
                    ((at as f32 + 0.5) / 4.0 - 0.5).clamp(0.0, (length - 1) as f32)
                };
                let expected = place(at / width, rows) + 2.0 * place(at % width, columns);
                assert!(
                    (value - expected).abs() < 1e-5,
                    "{at}: {value}, not {expected}"
                );
            }
        }
    }
}
