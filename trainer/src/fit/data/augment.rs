//! Augmentation of training patches. Colours are augmented and differentiated afterwards: mirroring a picture is not
//! mirroring its forward differences (signs change, and each difference moves by one pixel), and a turn also exchanges
//! ∂x and ∂y. Differences of the turned colours have all of that right.

use limn::Planes;
use rand::{Rng, RngExt};

use crate::recipe::Augmentation;

/// Places among which [`Augmentation::flat`] chooses.
pub const FLAT_CANDIDATES: usize = 4;

/// One of the eight symmetries of the square.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symmetry {
    /// Rows and columns change places, after the mirroring.
    transpose: bool,
    mirror_x: bool,
    mirror_y: bool,
}

impl Symmetry {
    /// One of those that `augmentation` allows, all equally likely.
    pub fn random(augmentation: &Augmentation, rng: &mut impl Rng) -> Self {
        let mut symmetry = Self::default();
        if augmentation.rotate {
            // A proper rotation has an even number of these three.
            symmetry.transpose = rng.random_bool(0.5);
            symmetry.mirror_x = rng.random_bool(0.5);
            symmetry.mirror_y = symmetry.transpose ^ symmetry.mirror_x;
        }
        if augmentation.flip && rng.random_bool(0.5) {
            symmetry.mirror_x = !symmetry.mirror_x;
        }
        symmetry
    }

    /// Where `(y, x)` of the turned `side × side` square was before.
    fn source(self, (y, x): (usize, usize), side: usize) -> (usize, usize) {
        let (y, x) = if self.transpose { (x, y) } else { (y, x) };
        (
            if self.mirror_y { side - 1 - y } else { y },
            if self.mirror_x { side - 1 - x } else { x },
        )
    }

    /// Where the upper left corner of a `patch × patch` square is after turning the `window × window` square in which
    /// it is at `(y, x)`.
    pub fn turn_offset(
        self,
        (y, x): (usize, usize),
        patch: usize,
        window: usize,
    ) -> (usize, usize) {
        let y = if self.mirror_y { window - patch - y } else { y };
        let x = if self.mirror_x { window - patch - x } else { x };
        if self.transpose { (x, y) } else { (y, x) }
    }
}

/// A square cut out of a picture, with one pixel around it where the picture goes on: the differences at its edge need
/// it, on whichever side a turn puts them.
pub struct Cut {
    pixels: Planes,
    side: usize,
    /// Columns on the left and rows above that belong to the margin: 0 at the picture's border.
    margin: (usize, usize),
}

impl Cut {
    /// `side × side` pixels of `image` `[C, H, W]` at `(left, top)`, which must lie inside.
    pub fn new(image: &Planes, left: usize, top: usize, side: usize) -> Self {
        let margin = (usize::from(left > 0), usize::from(top > 0));
        let (x0, y0) = (left - margin.0, top - margin.1);
        let (x1, y1) = (
            (left + side + 1).min(image.width),
            (top + side + 1).min(image.height),
        );
        let mut pixels = Planes {
            channels: image.channels,
            height: y1 - y0,
            width: x1 - x0,
            data: Vec::with_capacity(image.channels * (y1 - y0) * (x1 - x0)),
        };
        for channel in 0..image.channels {
            for row in image
                .plane(channel)
                .chunks_exact(image.width)
                .take(y1)
                .skip(y0)
            {
                pixels.data.extend_from_slice(&row[x0..x1]);
            }
        }
        Self {
            pixels,
            side,
            margin,
        }
    }

    /// Multiplies all colours.
    pub fn scale(&mut self, factor: f32) {
        self.pixels.data.iter_mut().for_each(|v| *v *= factor);
    }

    /// Adds Gaussian noise of standard deviation `sigma` to every value.
    pub fn add_noise(&mut self, sigma: f64, rng: &mut impl Rng) {
        for pair in self.pixels.data.chunks_mut(2) {
            // Box and Muller (1958): two uniform numbers make two normal ones.
            let radius = sigma * (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
            for (value, part) in pair.iter_mut().zip([cos, sin]) {
                *value += (radius * part) as f32;
            }
        }
    }

    /// The turned colours with one pixel around them, `[C, side + 2, side + 2]`. Beyond the picture's border stands
    /// its last pixel again, so that differences across the border are zero, as [`limn::gradient`] defines them.
    pub fn turned(&self, symmetry: Symmetry) -> Planes {
        let framed = self.side + 2;
        let Planes {
            channels,
            height,
            width,
            ..
        } = self.pixels;
        let mut output = Planes::zeros(channels, framed, framed);
        for channel in 0..channels {
            let source = self.pixels.plane(channel);
            let target = output.plane_mut(channel);
            for (i, value) in target.iter_mut().enumerate() {
                let (y, x) = symmetry.source((i / framed, i % framed), framed);
                // Frame coordinates start one pixel before the square, those of the cut at its margin.
                let y = (y + self.margin.1).saturating_sub(1).min(height - 1);
                let x = (x + self.margin.0).saturating_sub(1).min(width - 1);
                *value = source[y * width + x];
            }
        }
        output
    }
}

/// Appends the forward differences of the middle of `framed` `[C, n + 2, n + 2]`: `[2C, n, n]`, ∂x then ∂y.
pub fn push_gradients(values: &mut Vec<f32>, framed: &Planes) {
    let width = framed.width;
    for step in [1, width] {
        for channel in 0..framed.channels {
            let plane = framed.plane(channel);
            for y in 1..framed.height - 1 {
                for i in y * width + 1..(y + 1) * width - 1 {
                    values.push(plane[i + step] - plane[i]);
                }
            }
        }
    }
}

/// Appends the middle of `framed` `[C, n + 2, n + 2]`: `[C, n, n]`.
pub fn push_colours(values: &mut Vec<f32>, framed: &Planes) {
    let width = framed.width;
    for channel in 0..framed.channels {
        let plane = framed.plane(channel);
        for y in 1..framed.height - 1 {
            values.extend_from_slice(&plane[y * width + 1..(y + 1) * width - 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use limn::gradient::gradient;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn image(width: usize, height: usize) -> Planes {
        let values = (0..3 * width * height).map(|i| (i * 37 % 101) as f32 / 101.0);
        Planes::new(3, height, width, values.collect()).unwrap()
    }

    /// The whole picture turned by `image`'s own routines, independent of [`Symmetry::source`].
    fn turned_whole(image: &Planes, symmetry: Symmetry) -> Planes {
        let mut output = image.clone();
        let mirror = |planes: &Planes, along_x: bool| {
            let mut mirrored = planes.clone();
            for channel in 0..planes.channels {
                let rows = planes.plane(channel).chunks_exact(planes.width);
                let rows: Vec<Vec<f32>> = if along_x {
                    rows.map(|row| row.iter().rev().copied().collect())
                        .collect()
                } else {
                    rows.rev().map(<[f32]>::to_vec).collect()
                };
                mirrored.plane_mut(channel).copy_from_slice(&rows.concat());
            }
            mirrored
        };
        if symmetry.mirror_x {
            output = mirror(&output, true);
        }
        if symmetry.mirror_y {
            output = mirror(&output, false);
        }
        if symmetry.transpose {
            let mut swapped = Planes::zeros(output.channels, output.width, output.height);
            for channel in 0..output.channels {
                for (i, value) in output.plane(channel).iter().enumerate() {
                    let (y, x) = (i / output.width, i % output.width);
                    swapped.plane_mut(channel)[x * output.height + y] = *value;
                }
            }
            output = swapped;
        }
        output
    }

    fn all_symmetries() -> impl Iterator<Item = Symmetry> {
        (0..8).map(|i| Symmetry {
            transpose: i & 1 != 0,
            mirror_x: i & 2 != 0,
            mirror_y: i & 4 != 0,
        })
    }

    #[test]
    fn turned_patches_hold_the_gradients_of_the_turned_picture() {
        let side = 5;
        let image = image(9, 9);
        for symmetry in all_symmetries() {
            let whole = turned_whole(&image, symmetry);
            let field = gradient(&whole);
            for (left, top) in [(0, 0), (4, 0), (0, 4), (4, 4), (2, 1), (1, 3)] {
                let framed = Cut::new(&image, left, top, side).turned(symmetry);
                let (y, x) = symmetry.turn_offset((top, left), side, 9);
                let cut = |planes: &Planes| -> Vec<f32> {
                    (0..planes.channels * side * side)
                        .map(|i| {
                            let (c, dy, dx) = (i / 25, i / 5 % 5, i % 5);
                            planes.plane(c)[(y + dy) * 9 + x + dx]
                        })
                        .collect()
                };
                let (mut gradients, mut colours) = (Vec::new(), Vec::new());
                push_gradients(&mut gradients, &framed);
                push_colours(&mut colours, &framed);
                assert_eq!(colours, cut(&whole), "{symmetry:?} at {left}, {top}");
                assert_eq!(gradients, cut(&field), "{symmetry:?} at {left}, {top}");
            }
        }
    }

    #[test]
    fn flip_and_rotate_draw_the_symmetries_that_they_name() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut drawn = |flip, rotate| {
            let augmentation = Augmentation {
                flip,
                rotate,
                ..Augmentation::default()
            };
            let mut found = Vec::new();
            for _ in 0..200 {
                let symmetry = Symmetry::random(&augmentation, &mut rng);
                if !found.contains(&symmetry) {
                    found.push(symmetry);
                }
            }
            found
        };
        assert_eq!(drawn(false, false), [Symmetry::default()]);
        assert_eq!(drawn(true, false).len(), 2);
        let turns = drawn(false, true);
        assert_eq!(turns.len(), 4);
        // A rotation keeps the sense of rotation: the determinant of its matrix is +1.
        for Symmetry {
            transpose,
            mirror_x,
            mirror_y,
        } in turns
        {
            assert!(!(transpose ^ mirror_x ^ mirror_y));
        }
        assert_eq!(drawn(true, true).len(), 8);
    }

    #[test]
    fn noise_has_the_strength_asked_for_and_none_across_the_border() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let grey = Planes::new(3, 64, 64, vec![0.5; 3 * 64 * 64]).unwrap();
        let mut cut = Cut::new(&grey, 0, 0, 64);
        cut.add_noise(0.02, &mut rng);
        let values: Vec<f64> = cut
            .pixels
            .data
            .iter()
            .map(|v| f64::from(*v) - 0.5)
            .collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / count;
        assert!(mean.abs() < 1e-3 && (variance.sqrt() - 0.02).abs() < 1e-3);
        let mut gradients = Vec::new();
        push_gradients(&mut gradients, &cut.turned(Symmetry::default()));
        let last_column = gradients[..3 * 64 * 64].iter().skip(63).step_by(64);
        assert!(last_column.clone().all(|v| *v == 0.0));
        assert!(gradients[..63].iter().any(|v| *v != 0.0));
    }

    #[test]
    fn scaling_colours_scales_gradients() {
        let image = image(9, 9);
        let gradients = |factor| {
            let mut cut = Cut::new(&image, 2, 2, 4);
            cut.scale(factor);
            let mut values = Vec::new();
            push_gradients(&mut values, &cut.turned(Symmetry::default()));
            values
        };
        let doubled: Vec<f32> = gradients(1.0).iter().map(|v| 2.0 * v).collect();
        assert_eq!(gradients(2.0), doubled);
    }
}
