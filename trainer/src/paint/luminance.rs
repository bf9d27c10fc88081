//! Painting in luminance alone: the photo's colours stay (Gatys et al., "Preserving Color in Neural Artistic Style
//! Transfer", 2016, §3). Luminance is Rec. 601 luma; what is added to it is added to all channels, which leaves the two
//! colour differences of YIQ as they are.

use limn::Planes;

use crate::metrics::structure::luma;

/// Luma in all three channels of a picture `[3, H, W]`.
pub fn grey(picture: &Planes) -> Planes {
    let luma = luma(picture);
    Planes {
        channels: 3,
        height: picture.height,
        width: picture.width,
        data: luma.data.repeat(3),
    }
}

/// A grey `picture` with the mean and deviation that the grey picture `like` has (ibid., eq. 10).
pub fn matched(picture: &Planes, like: &Planes) -> Planes {
    let statistics = |planes: &Planes| {
        let values = planes.plane(0);
        let count = values.len() as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
        let square = |v: &f32| (f64::from(*v) - mean).powi(2);
        let variance = values.iter().map(square).sum::<f64>() / count;
        (mean, variance.sqrt())
    };
    let ((mean, deviation), (new_mean, new_deviation)) = (statistics(picture), statistics(like));
    let gain = new_deviation / deviation.max(1e-6);
    let mut matched = picture.clone();
    for value in &mut matched.data {
        *value = ((f64::from(*value) - mean) * gain + new_mean) as f32;
    }
    matched
}

/// `photo` with the luma of `painted`, cut to [0, 1].
pub fn with_colours_of(painted: &Planes, photo: &Planes) -> Planes {
    let (new, old) = (luma(painted), luma(photo));
    let mut picture = photo.clone();
    for channel in 0..3 {
        let shifts = new.data.iter().zip(&old.data);
        for (value, (new, old)) in picture.plane_mut(channel).iter_mut().zip(shifts) {
            *value = (*value + new - old).clamp(0.0, 1.0);
        }
    }
    picture
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::test_pictures::{checks, face};

    #[test]
    fn a_matched_picture_has_the_others_mean_and_deviation() {
        let (a, b) = (grey(&checks(20, 16)), grey(&face(24, 30)));
        let again = matched(&matched(&a, &b), &a);
        for (again, a) in again.data.iter().zip(&a.data) {
            assert!((again - a).abs() < 1e-5);
        }
        let mean = |p: &Planes| p.data.iter().sum::<f32>() / p.data.len() as f32;
        assert!((mean(&matched(&a, &b)) - mean(&b)).abs() < 1e-5);
    }

    #[test]
    fn a_picture_with_its_own_luma_is_itself() {
        let photo = face(24, 30);
        for (a, b) in with_colours_of(&grey(&photo), &photo)
            .data
            .iter()
            .zip(&photo.data)
        {
            assert!((a - b).abs() < 1e-5);
        }
    }
}
