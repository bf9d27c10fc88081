//! How far colours are apart for the eye: CIEDE2000 (Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula",
//! 2005), on means of small squares, so that a line drawn on the skin does not count as another skin.

use limn::Planes;
use palette::{IntoColor, Lab, Srgb, color_difference::Ciede2000, white_point::D65};

/// Side of the squares that [`colour_difference`] averages, in pixels.
pub const SQUARE: usize = 9;

/// An ellipse with axes along the picture's, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ellipse {
    /// Centre (x, y).
    pub centre: (f64, f64),
    /// Half-axes (along x, along y).
    pub radii: (f64, f64),
}

impl Ellipse {
    /// Whether the point lies inside.
    pub fn contains(&self, x: f64, y: f64) -> bool {
        let dx = (x - self.centre.0) / self.radii.0;
        let dy = (y - self.centre.1) / self.radii.1;
        dx * dx + dy * dy <= 1.0
    }
}

/// CIE L\*a\*b\* (white D65) of an sRGB-encoded colour in [0, 1].
fn lab(rgb: [f64; 3]) -> Lab<D65, f64> {
    let [red, green, blue] = rgb.map(|v| v.clamp(0.0, 1.0));
    Srgb::new(red, green, blue).into_color()
}

/// Median CIEDE2000 difference of the mean colours (of sRGB-encoded values) of 9×9 squares of two pictures
/// `[3, H, W]`, over the squares of a grid without gaps whose middle lies in `region` (everywhere for `None`). About 1
/// is just visible. `None` where no square is there.
pub fn colour_difference(a: &Planes, b: &Planes, region: Option<&Ellipse>) -> Option<f64> {
    let half = SQUARE as f64 / 2.0;
    let mut differences = Vec::new();
    for top in (0..(a.height + 1).saturating_sub(SQUARE)).step_by(SQUARE) {
        for left in (0..(a.width + 1).saturating_sub(SQUARE)).step_by(SQUARE) {
            let inside = |r: &Ellipse| r.contains(left as f64 + half, top as f64 + half);
            if region.is_none_or(inside) {
                let (a, b) = (square_mean(a, left, top), square_mean(b, left, top));
                differences.push(lab(a).difference(lab(b)));
            }
        }
    }
    super::median(&differences)
}

fn square_mean(picture: &Planes, left: usize, top: usize) -> [f64; 3] {
    [0, 1, 2].map(|channel| {
        let plane = picture.plane(channel);
        let sum: f64 = (top..top + SQUARE)
            .flat_map(|y| &plane[y * picture.width + left..][..SQUARE])
            .map(|v| f64::from(*v))
            .sum();
        sum / (SQUARE * SQUARE) as f64
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_the_published_table() {
        // Sharma, Wu, Dalal (2005), table 1: pairs 1, 7, 13, 17, 20 and 25.
        for (a, b, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
            ([50.0, -0.001, 2.49], [50.0, 0.0009, -2.49], 4.8045),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([50.0, 2.5, 0.0], [58.0, 24.0, 15.0], 19.4535),
            (
                [60.2574, -34.0099, 36.2677],
                [60.4626, -34.1751, 39.4387],
                1.2644,
            ),
        ] {
            let lab = |[l, a, b]: [f64; 3]| Lab::<D65, f64>::new(l, a, b);
            let difference = lab(a).difference(lab(b));
            assert!(
                (difference - expected).abs() < 1e-4,
                "{a:?} {b:?}: {difference}"
            );
        }
    }

    #[test]
    fn srgb_becomes_lab() {
        // The corners of the sRGB cube in CIELAB, D65.
        for (rgb, expected) in [
            ([1.0, 1.0, 1.0], [100.0, 0.0, 0.0]),
            ([1.0, 0.0, 0.0], [53.24, 80.09, 67.20]),
            ([0.0, 0.0, 1.0], [32.30, 79.19, -107.86]),
        ] {
            let lab = lab(rgb);
            for (value, expected) in [lab.l, lab.a, lab.b].iter().zip(expected) {
                assert!((value - expected).abs() < 0.02, "{rgb:?}: {lab:?}");
            }
        }
    }

    fn grey(f: impl Fn(usize, usize) -> f32) -> Planes {
        let (width, height) = (54, 45);
        let data = (0..3 * width * height)
            .map(|i| f(i % width, i / width % height))
            .collect();
        Planes::new(3, height, width, data).unwrap()
    }

    #[test]
    fn lines_average_out_and_stains_outside_the_region_do_not_count() {
        let plain = grey(|_, _| 0.5);
        // Each 9×9 square holds as many brighter as darker pixels.
        let lined = grey(|x, y| {
            if x % 9 == 4 || y % 9 == 4 {
                0.5
            } else {
                0.5 + 0.2 * sign(x + y)
            }
        });
        assert!(colour_difference(&plain, &lined, None).unwrap() < 0.01);
        let stained = grey(|x, _| if x < 27 { 0.5 } else { 0.9 });
        let left = Ellipse {
            centre: (13.0, 22.0),
            radii: (12.0, 20.0),
        };
        let right = Ellipse {
            centre: (41.0, 22.0),
            ..left
        };
        assert_eq!(colour_difference(&plain, &stained, Some(&left)), Some(0.0));
        // L* 53 against 91 of the two greys.
        let difference = colour_difference(&plain, &stained, Some(&right)).unwrap();
        assert!((25.0..35.0).contains(&difference), "{difference}");
        let nowhere = Ellipse {
            centre: (-50.0, 0.0),
            ..left
        };
        assert_eq!(colour_difference(&plain, &stained, Some(&nowhere)), None);
    }

    fn sign(i: usize) -> f32 {
        if i.is_multiple_of(2) { 1.0 } else { -1.0 }
    }
}
