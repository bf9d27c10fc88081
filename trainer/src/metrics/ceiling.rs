//! The best that the method can do: what becomes of a reference's own gradients and, for a network with a second head, of
//! its own colours at a quarter of the size.

use limn::{Planes, change::enlarged, gradient::gradient, ground::Ground, solve::rebuild};

/// `reference` `[3, h, w]` of `photo` `[3, h, w]`, rebuilt at `lambda` on the style's ground; `corrects` says whether its network
/// corrects that.
pub fn ceiling(
    photo: &Planes,
    reference: &Planes,
    ground: &Ground,
    lambda: f32,
    corrects: bool,
) -> Planes {
    let mut base = ground.of(photo);
    if corrects {
        let mut missing = reference.clone();
        for (value, own) in missing.data.iter_mut().zip(&base.data) {
            *value -= own;
        }
        let (width, height) = (photo.width, photo.height);
        let quarter = missing.resized(width.div_ceil(4), height.div_ceil(4));
        for (value, missing) in base
            .data
            .iter_mut()
            .zip(enlarged(&quarter, width, height).data)
        {
            *value += missing;
        }
    }
    rebuild(&base, &gradient(reference), lambda)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::structure::psnr;

    #[test]
    fn a_second_head_brings_colours_that_no_ground_has() {
        let photo = Planes::new(3, 32, 40, vec![0.5; 3 * 32 * 40]).unwrap();
        let mut reference = photo.clone();
        for channel in 0..3 {
            for (at, value) in reference.plane_mut(channel).iter_mut().enumerate() {
                let (x, y) = (at % 40, at / 40);
                *value = if x > 20 && y > 9 { 0.1 } else { 0.9 };
            }
        }
        let reached = |corrects| {
            let picture = ceiling(&photo, &reference, &Ground::PHOTO, 10.0, corrects);
            psnr(&reference, &picture).unwrap()
        };
        assert!(reached(true) > reached(false) + 10.0);
    }
}
