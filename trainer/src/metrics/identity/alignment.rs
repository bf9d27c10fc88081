//! Similarity transforms between point sets, and sampling a picture through one: how faces are brought to the place
//! that a network expects.

use limn::Planes;

/// A point (x, y) in pixels; the centre of the top left pixel is (0, 0).
pub type Point = (f64, f64);

/// `(x, y) ↦ (a·x − b·y + tx, b·x + a·y + ty)`: rotation, uniform scale and translation, no reflection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    pub a: f64,
    pub b: f64,
    pub tx: f64,
    pub ty: f64,
}

impl Similarity {
    /// The transform that takes `from` to `to` with the least sum of squared distances (Umeyama, "Least-squares
    /// estimation of transformation parameters between two point patterns", 1991). In the plane, with points as complex
    /// numbers, his solution by singular values becomes one complex division. `None` where the points of `from` are all
    /// one.
    pub fn estimate(from: &[Point], to: &[Point]) -> Option<Self> {
        let count = from.len() as f64;
        let mean = |points: &[Point]| {
            let sum = points
                .iter()
                .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
            (sum.0 / count, sum.1 / count)
        };
        let (mean_from, mean_to) = (mean(from), mean(to));
        let (mut real, mut imaginary, mut square) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (p.0 - mean_from.0, p.1 - mean_from.1);
            let (qx, qy) = (q.0 - mean_to.0, q.1 - mean_to.1);
            real += px * qx + py * qy;
            imaginary += px * qy - py * qx;
            square += px * px + py * py;
        }
        if square <= 0.0 {
            return None;
        }
        let (a, b) = (real / square, imaginary / square);
        Some(Self {
            a,
            b,
            tx: mean_to.0 - a * mean_from.0 + b * mean_from.1,
            ty: mean_to.1 - b * mean_from.0 - a * mean_from.1,
        })
    }

    /// Where `point` goes.
    pub fn apply(&self, (x, y): Point) -> Point {
        (
            self.a * x - self.b * y + self.tx,
            self.b * x + self.a * y + self.ty,
        )
    }
}

/// The `side × side` picture `[3, side, side]` whose pixel (x, y) shows `picture` at `to_picture(x, y)`: bilinear, black
/// outside.
pub fn warp(picture: &Planes, to_picture: &Similarity, side: usize) -> Planes {
    let mut output = Planes::zeros(picture.channels, side, side);
    for y in 0..side {
        for x in 0..side {
            let (u, v) = to_picture.apply((x as f64, y as f64));
            let (left, top) = (u.floor(), v.floor());
            let (s, t) = ((u - left) as f32, (v - top) as f32);
            let corners = [
                (0, 0, (1.0 - s) * (1.0 - t)),
                (1, 0, s * (1.0 - t)),
                (0, 1, (1.0 - s) * t),
                (1, 1, s * t),
            ];
            for (dx, dy, weight) in corners {
                let (px, py) = (left as i64 + dx, top as i64 + dy);
                let inside = (0..picture.width as i64).contains(&px)
                    && (0..picture.height as i64).contains(&py);
                if inside {
                    let from = py as usize * picture.width + px as usize;
                    for channel in 0..picture.channels {
                        output.plane_mut(channel)[y * side + x] +=
                            weight * picture.plane(channel)[from];
                    }
                }
            }
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: [Point; 5] = [
        (38.3, 51.7),
        (73.5, 51.5),
        (56.0, 71.7),
        (41.5, 92.4),
        (70.7, 92.2),
    ];

    fn turned(degrees: f64, scale: f64, tx: f64, ty: f64) -> Similarity {
        let angle = degrees.to_radians();
        Similarity {
            a: scale * angle.cos(),
            b: scale * angle.sin(),
            tx,
            ty,
        }
    }

    #[test]
    fn known_transforms_are_found() {
        for expected in [
            turned(0.0, 1.0, 0.0, 0.0),
            turned(30.0, 2.5, -7.0, 40.0),
            turned(-175.0, 0.1, 300.0, -2.0),
        ] {
            let to: Vec<Point> = POINTS.iter().map(|p| expected.apply(*p)).collect();
            let found = Similarity::estimate(&POINTS, &to).unwrap();
            for (found, expected) in [
                (found.a, expected.a),
                (found.b, expected.b),
                (found.tx, expected.tx),
                (found.ty, expected.ty),
            ] {
                assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
    }

    #[test]
    fn the_fit_to_scattered_points_is_the_least_squares_one() {
        let noise = [
            (1.0, -2.0),
            (0.5, 3.0),
            (-4.0, 1.0),
            (2.0, 2.0),
            (-1.0, 0.0),
        ];
        let to: Vec<Point> = POINTS
            .iter()
            .zip(noise)
            .map(|(p, n)| {
                let q = turned(20.0, 1.5, 3.0, 4.0).apply(*p);
                (q.0 + n.0, q.1 + n.1)
            })
            .collect();
        let error = |t: &Similarity| -> f64 {
            POINTS
                .iter()
                .zip(&to)
                .map(|(p, q)| {
                    let r = t.apply(*p);
                    (r.0 - q.0).powi(2) + (r.1 - q.1).powi(2)
                })
                .sum()
        };
        let best = Similarity::estimate(&POINTS, &to).unwrap();
        for step in [-1e-3, 1e-3] {
            let moved = |f: fn(&mut Similarity) -> &mut f64| {
                let mut other = best;
                *f(&mut other) += step;
                other
            };
            for other in [
                moved(|t| &mut t.a),
                moved(|t| &mut t.b),
                moved(|t| &mut t.tx),
                moved(|t| &mut t.ty),
            ] {
                assert!(error(&other) > error(&best));
            }
        }
    }

    #[test]
    fn a_mirrored_face_is_not_mirrored_back() {
        let mirrored: Vec<Point> = POINTS.iter().map(|p| (-p.0, p.1)).collect();
        let found = Similarity::estimate(&POINTS, &mirrored).unwrap();
        // The determinant of rotation and scale cannot be negative; a reflection would fit without error.
        assert!(found.a * found.a + found.b * found.b < 0.9);
        assert_eq!(Similarity::estimate(&[(1.0, 1.0); 5], &POINTS), None);
    }

    #[test]
    fn warping_samples_between_pixels_and_leaves_the_outside_black() {
        let ramp: Vec<f32> = (0..3 * 4 * 6).map(|i| (i % 6) as f32).collect();
        let picture = Planes::new(3, 4, 6, ramp).unwrap();
        let shifted = warp(&picture, &turned(0.0, 1.0, 1.5, 0.0), 4);
        assert_eq!(shifted.plane(1)[..4], [1.5, 2.5, 3.5, 4.5]);
        let outside = warp(&picture, &turned(0.0, 1.0, 0.0, 4.0), 4);
        assert!(outside.data.iter().all(|v| *v == 0.0));
    }
}
