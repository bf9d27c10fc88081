//! Pictures too large to be rebuilt in one piece: rebuilt tile by tile, each solved with a halo around it that is cut off.
//!
//! The correction D of a picture (see [`crate::stylize`]) depends on the change of gradients at the working size alone,
//! which is small; so a tile needs no pixels but its own. Cut off from the rest, D is wrong at the cut: the flux `∂D − Δ`
//! is lost there, which is worth √λ times as much of D. The Green's function of `1 − λΔ` falls like exp(−r/√λ), so the
//! error does too, and after the halo 1e-4 of it is left. Measured: 7e-5 where D reaches 1.2, which is a fiftieth of an
//! 8-bit step. The picture's own border is no cut: a tile that lies there is solved with that border, as the whole is.

use crate::{
    Planes, Rect,
    reconstruct::correction_in,
    stylize::{Options, mixed_change},
};

/// Side of the square that is solved at once, halo included, where the caller does not say.
pub const DEFAULT_SIDE: usize = 1280;
/// What the halo leaves of an error at the cut.
const LEAK: f64 = 1e-4;
/// Least pixels per side that a tile must have beside its halo, or nothing but halo would be solved.
const LEAST_TILE: usize = 64;

/// Pixels by which a tile is solved beyond its own: where the discrete one-dimensional Green's function of `1 − λΔ` has
/// fallen to 1e-4. About 9.2 √λ.
pub fn halo(lambda: f32) -> usize {
    if lambda <= 0.0 {
        return 0;
    }
    // It falls by z per pixel, with λ (z + 1/z − 2) = 1.
    let cosh = 1.0 + 0.5 / f64::from(lambda);
    (LEAK.ln().abs() / cosh.acosh()).ceil() as usize
}

/// One tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// The pixels it paints.
    pub inner: Rect,
    /// The pixels it solves for; of the size [`Tiling::outer`].
    pub outer: Rect,
}

/// How a picture is cut into tiles. All are solved at one size, so that an engine makes its buffers once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    full: (usize, usize),
    inner: (usize, usize),
    outer: (usize, usize),
    halo: usize,
}

impl Tiling {
    /// For a picture of `full` (width, height) and λ, with tiles of at most `side` pixels a side, halo included; a side
    /// too short for the halo is taken as [`Tiling::least_side`].
    pub fn new(full: (usize, usize), side: usize, lambda: f32) -> Self {
        let halo = halo(lambda);
        let longest = side.max(Self::least_side(lambda)) - 2 * halo;
        // Tiles of nearly one size instead of a last one of a few pixels.
        let inner = |size: usize| {
            if size <= longest + 2 * halo {
                size
            } else {
                size.div_ceil(size.div_ceil(longest))
            }
        };
        let inner = (inner(full.0), inner(full.1));
        Self {
            full,
            inner,
            outer: (
                full.0.min(inner.0 + 2 * halo),
                full.1.min(inner.1 + 2 * halo),
            ),
            halo,
        }
    }

    /// The shortest side that [`Tiling::new`] takes as it is.
    pub fn least_side(lambda: f32) -> usize {
        2 * halo(lambda) + LEAST_TILE
    }

    /// Width and height of the picture.
    pub fn full(&self) -> (usize, usize) {
        self.full
    }

    /// Largest width and height that a tile paints.
    pub fn inner(&self) -> (usize, usize) {
        self.inner
    }

    /// Width and height that every tile solves for.
    pub fn outer(&self) -> (usize, usize) {
        self.outer
    }

    /// All tiles, row by row. Their inner rectangles cover the picture, each pixel once.
    pub fn tiles(&self) -> Vec<Tile> {
        let axis = |full: usize, inner: usize, outer: usize| {
            (0..full).step_by(inner).map(move |begin| {
                // A tile at the border keeps the size and has more halo on its other side.
                let start = begin.saturating_sub(self.halo).min(full - outer);
                (begin, inner.min(full - begin), start)
            })
        };
        let mut tiles = Vec::new();
        for (y, height, top) in axis(self.full.1, self.inner.1, self.outer.1) {
            for (x, width, left) in axis(self.full.0, self.inner.0, self.outer.0) {
                tiles.push(Tile {
                    inner: Rect {
                        x,
                        y,
                        width,
                        height,
                    },
                    outer: Rect {
                        x: left,
                        y: top,
                        width: self.outer.0,
                        height: self.outer.1,
                    },
                });
            }
        }
        tiles
    }
}

impl Tile {
    /// The inner rectangle as seen from the outer one.
    pub fn inset(&self) -> Rect {
        Rect {
            x: self.inner.x - self.outer.x,
            y: self.inner.y - self.outer.y,
            ..self.inner
        }
    }
}

/// The sides to try where memory is short: `side`, then each half of the one before, down to what λ allows.
pub fn sides(side: usize, lambda: f32) -> impl Iterator<Item = usize> {
    let least = Tiling::least_side(lambda);
    let mut next = Some(side.max(least));
    std::iter::from_fn(move || {
        let side = next?;
        next = (side > least).then(|| (side / 2).max(least));
        Some(side)
    })
}

/// Paints the tiles of one photo on the CPU. Holds nothing of the photo's size.
#[derive(Clone, Debug)]
pub struct TilePainter {
    tiling: Tiling,
    /// `[6, h, w]`, at the working size, mixed.
    change: Planes,
    options: Options,
}

impl TilePainter {
    /// For a photo of `full` (width, height) that `changes` `[6, h, w]` were found for at the working size, one for each
    /// style with its weight. `side` as in [`Tiling::new`]; where there is no memory for tiles of that side, smaller
    /// ones are taken. `None` if there is none for the smallest.
    pub fn new(
        full: (usize, usize),
        changes: &[(f32, &Planes)],
        side: usize,
        options: Options,
    ) -> Option<Self> {
        let options = options.clamped();
        let tiling = sides(side, options.lambda)
            .map(|side| Tiling::new(full, side, options.lambda))
            .find(|tiling| has_memory(tiling.outer))?;
        Some(Self {
            tiling,
            change: mixed_change(changes),
            options,
        })
    }

    /// How the picture is cut.
    pub fn tiling(&self) -> &Tiling {
        &self.tiling
    }

    /// The correction D `[3, height, width]` of a tile's inner rectangle.
    pub fn correction(&self, tile: &Tile) -> Planes {
        let solved = correction_in(
            &self.change,
            self.tiling.full,
            tile.outer,
            self.options.lambda,
        );
        solved.cropped(tile.inset())
    }

    /// Paints over `rgba`, the photo's pixels of a tile's inner rectangle as interleaved 8-bit RGBA; opaque afterwards.
    ///
    /// # Panics
    /// When `rgba` has another length than the tile.
    pub fn paint(&self, tile: &Tile, rgba: &mut [u8]) {
        let size = tile.inner.width * tile.inner.height;
        assert_eq!(rgba.len(), 4 * size, "a tile's pixels");
        let correction = self.correction(tile);
        for (i, pixel) in rgba.chunks_exact_mut(4).enumerate() {
            for channel in 0..3 {
                let value = f32::from(pixel[channel]) / 255.0
                    + self.options.strength * correction.plane(channel)[i];
                pixel[channel] = (value.clamp(0.0, 1.0) * 255.0).round() as u8;
            }
            pixel[3] = 255;
        }
    }
}

/// Whether a tile of `outer` (width, height) can be solved with the memory there is. An allocation that fails later would
/// end the program, so all of it is asked for once, in one piece, and given back.
fn has_memory((width, height): (usize, usize)) -> bool {
    /// Four channels each of D and its right-hand side, two thirds of that for the coarser levels, three planes of D; then
    /// the pixels in and out.
    const FLOATS_PER_PIXEL: usize = 16;
    let mut probe: Vec<f32> = Vec::new();
    probe
        .try_reserve_exact(FLOATS_PER_PIXEL * width * height)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gradient::zero_boundary, reconstruct::correction, stylize::change_at_full_size};

    fn change(width: usize, height: usize) -> Planes {
        let mut change = Planes::zeros(6, height, width);
        let mut state = 7_u32;
        for value in &mut change.data {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *value = (state >> 8) as f32 / (1 << 24) as f32 - 0.5;
        }
        // A trend beside the noise: noise alone has no long waves, which reach farthest.
        for channel in 0..6 {
            let bias = if channel % 2 == 0 { 0.2 } else { -0.1 };
            let plane = change.plane_mut(channel);
            plane.iter_mut().for_each(|value| *value += bias);
        }
        zero_boundary(&mut change);
        change
    }

    #[test]
    fn tiles_cover_every_pixel_once_and_have_their_halo() {
        for (full, side, lambda) in [
            ((4000, 3000), 1280, 10.0),
            ((4000, 3000), 1280, 1000.0),
            ((101, 67), 90, 1.0),
            ((1, 700), 130, 10.0),
            ((700, 1), 1, 10.0),
            ((33, 20), 4096, 1000.0),
            ((500, 500), 100, 0.0),
        ] {
            let tiling = Tiling::new(full, side, lambda);
            let halo = halo(lambda);
            let mut hits = vec![0_u8; full.0 * full.1];
            for tile in tiling.tiles() {
                let Tile { inner, outer } = tile;
                assert_eq!((outer.width, outer.height), tiling.outer());
                assert!(outer.width.max(outer.height) <= side.max(Tiling::least_side(lambda)));
                for (begin, size, start, length, end) in [
                    (inner.x, inner.width, outer.x, outer.width, full.0),
                    (inner.y, inner.height, outer.y, outer.height, full.1),
                ] {
                    assert!(start == 0 || begin - start >= halo);
                    let last = start + length;
                    assert!(last == end || last >= begin + size + halo);
                    assert!(last <= end);
                }
                for y in inner.y..inner.y + inner.height {
                    for x in inner.x..inner.x + inner.width {
                        hits[y * full.0 + x] += 1;
                    }
                }
            }
            assert!(hits.iter().all(|&hit| hit == 1), "{full:?}");
        }
    }

    #[test]
    fn the_halo_is_nine_times_the_decay_length() {
        for (lambda, expected) in [(0.0, 0), (0.1, 4), (1.0, 10), (10.0, 30), (100.0, 93)] {
            assert_eq!(halo(lambda), expected, "λ = {lambda}");
        }
        assert_eq!(halo(1000.0), 292);
    }

    #[test]
    fn tiles_are_the_whole() {
        for (full, work, side, lambda) in [
            ((301, 203), (61, 41), 1, 0.1),
            ((301, 203), (61, 41), 1, 10.0),
            ((301, 203), (301, 203), 1, 10.0),
            ((500, 333), (50, 33), 1, 100.0),
            ((1501, 140), (150, 14), 1, 1000.0),
            ((1, 400), (1, 100), 1, 10.0),
            ((400, 1), (33, 1), 1, 10.0),
            ((90, 70), (45, 35), 1, 0.0),
        ] {
            let change = change(work.0, work.1);
            let at_full_size = change_at_full_size(change.clone(), full.0, full.1);
            let whole = correction(&at_full_size, lambda);
            let options = Options {
                lambda,
                ..Default::default()
            };
            let painter = TilePainter::new(full, &[(1.0, &change)], side, options).unwrap();
            let tiles = painter.tiling().tiles();
            assert!(tiles.len() > 1, "{full:?} at λ = {lambda}");
            let largest = at_full_size
                .data
                .iter()
                .fold(0.0_f32, |a, b| a.max(b.abs()));
            let allowed = 1e-4 * lambda.sqrt() * largest;
            let mut worst = 0.0_f32;
            for tile in tiles {
                let expected = whole.cropped(tile.inner);
                for (a, b) in painter.correction(&tile).data.iter().zip(&expected.data) {
                    worst = worst.max((a - b).abs());
                }
            }
            assert!(
                worst <= allowed,
                "{full:?} λ = {lambda}: {worst:.1e}, {allowed:.1e} are allowed"
            );
        }
    }

    #[test]
    fn a_style_that_changes_nothing_gives_the_photo_back() {
        let change = Planes::zeros(6, 10, 14);
        let painter =
            TilePainter::new((280, 200), &[(1.0, &change)], 1, Options::default()).unwrap();
        let tiles = painter.tiling().tiles();
        assert!(tiles.len() > 1);
        for tile in tiles {
            let photo: Vec<u8> = (0..4 * tile.inner.width * tile.inner.height)
                .map(|i| if i % 4 == 3 { 255 } else { (i * 7 % 256) as u8 })
                .collect();
            let mut painted = photo.clone();
            painter.paint(&tile, &mut painted);
            assert_eq!(painted, photo);
        }
    }

    #[test]
    fn smaller_sides_follow_where_memory_is_short() {
        let tried: Vec<_> = sides(1280, 10.0).collect();
        assert_eq!(tried, [1280, 640, 320, 160, 124]);
        assert_eq!(sides(10, 1000.0).collect::<Vec<_>>(), [648]);
    }
}
