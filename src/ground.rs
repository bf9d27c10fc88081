//! The ground that a style paints on: its own colours, pointwise in the photo's.
//!
//! At λ = 10 everything coarser than some 20 pixels of the working size is the data term's, so a style that keeps the photo's
//! colours there looks like the photo, whatever its network. With a ground C(I) in the data term the picture is
//! `S = I + t·(E + D)` with `E = C(I) − I` and `(1 − λΔ) D = −λ div (Δ − ∂E)`: strength stays free, E is known at every size,
//! and D is found at the working size as before. C is a cubic polynomial in red, green and blue, so the grounds of two styles
//! mix, and give way to the photo's colours, in their coefficients.

use serde::{Deserialize, Serialize};

use crate::{Planes, solve::multigrid::Four};

/// Number of monomials of three variables up to the third degree.
pub const TERMS: usize = 20;

/// The monomials of a colour, in the order of coefficients: 1, r, g, b; r², g², b², rg, rb, gb; r³, g³, b³, r²g, r²b, g²r,
/// g²b, b²r, b²g, rgb.
pub fn terms([r, g, b]: [f32; 3]) -> [f32; TERMS] {
    let (rr, gg, bb) = (r * r, g * g, b * b);
    [
        1.0,
        r,
        g,
        b,
        rr,
        gg,
        bb,
        r * g,
        r * b,
        g * b,
        rr * r,
        gg * g,
        bb * b,
        rr * g,
        rr * b,
        gg * r,
        gg * b,
        bb * r,
        bb * g,
        r * g * b,
    ]
}

/// A map of sRGB-encoded colours in [0, 1]: for red, green and blue the coefficients of [`terms`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground(pub [[f32; TERMS]; 3]);

impl Ground {
    /// Gives every colour back.
    pub const PHOTO: Self = {
        let mut coefficients = [[0.0; TERMS]; 3];
        let mut channel = 0;
        while channel < 3 {
            coefficients[channel][1 + channel] = 1.0;
            channel += 1;
        }
        Self(coefficients)
    };

    /// C(I) `[3, H, W]` of an image `[3, H, W]`.
    pub fn of(&self, image: &Planes) -> Planes {
        let shift = Shift::new([(1.0, Some(self)), (0.0, None)], 1.0);
        let mut ground = shift.of(image);
        for (value, original) in ground.data.iter_mut().zip(&image.data) {
            *value += original;
        }
        ground
    }

    /// Whether every coefficient is finite.
    pub fn is_finite(&self) -> bool {
        self.0.iter().flatten().all(|value| value.is_finite())
    }
}

/// `E = C(I) − I` of the styles in use: what the ground adds to a colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift(pub [Four; TERMS]);

impl Shift {
    /// Adds nothing.
    pub const NONE: Self = Self([Four([0.0; 4]); TERMS]);

    /// Of grounds with their shares (`None` is the photo's colours), as far as `colour`, 0 (the photo's colours) to 1, lets
    /// them.
    pub fn new(grounds: [(f32, Option<&Ground>); 2], colour: f32) -> Self {
        let mut shift = Self::NONE;
        for (share, ground) in grounds {
            let Some(Ground(coefficients)) = ground else {
                continue;
            };
            for (channel, coefficients) in coefficients.iter().enumerate() {
                for (term, value) in shift.0.iter_mut().zip(coefficients) {
                    term.0[channel] += colour * share * value;
                }
                shift.0[1 + channel].0[channel] -= colour * share;
            }
        }
        shift
    }

    /// Whether it adds nothing to any colour.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// What is added to one colour.
    #[inline(always)]
    pub fn at(&self, color: [f32; 3]) -> Four {
        let mut sum = Four::default();
        for (coefficients, term) in self.0.iter().zip(terms(color)) {
            sum = sum + *coefficients * term;
        }
        sum
    }

    /// E `[3, H, W]` of an image `[3, H, W]`.
    pub fn of(&self, image: &Planes) -> Planes {
        let mut output = Planes::zeros(3, image.height, image.width);
        for i in 0..image.width * image.height {
            let shift = self.at([0, 1, 2].map(|channel| image.plane(channel)[i]));
            for channel in 0..3 {
                output.plane_mut(channel)[i] = shift.0[channel];
            }
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_photos_own_ground_adds_nothing() {
        let shift = Shift::new([(1.0, Some(&Ground::PHOTO)), (0.0, None)], 1.0);
        assert!(shift.is_none());
        assert!(Shift::new([(0.4, None), (0.6, Some(&Ground::PHOTO))], 0.3).is_none());
    }

    #[test]
    fn a_polynomial_is_evaluated_and_mixed() {
        // Negative: 1 − r, g³, and blue from all three.
        let mut ground = Ground([[0.0; TERMS]; 3]);
        ground.0[0][0] = 1.0;
        ground.0[0][1] = -1.0;
        ground.0[1][11] = 1.0;
        ground.0[2][19] = 1.0;
        let color = [0.25, 0.5, 0.75];
        let expected = [0.75, 0.125, 0.25 * 0.5 * 0.75];
        let image = Planes::new(3, 1, 1, color.to_vec()).unwrap();
        for (value, expected) in ground.of(&image).data.iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6);
        }
        let half = Shift::new([(0.5, Some(&ground)), (0.5, None)], 0.5).at(color);
        for channel in 0..3 {
            let shift = expected[channel] - color[channel];
            assert!((half.0[channel] - 0.25 * shift).abs() < 1e-6);
        }
    }
}
