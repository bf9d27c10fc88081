//! How restless a clip is: differences of successive frames (Liu et al., Fig. 10), all over and where nothing moves.

use limn::Planes;

use super::structure::mean_squared_difference;

/// Mean squared difference of each frame `[3, H, W]` from the one before, over all channels and pixels:
/// `frames.len() − 1` values.
pub fn successive_differences(frames: &[Planes]) -> Vec<f64> {
    frames
        .windows(2)
        .map(|pair| mean_squared_difference(&pair[0], &pair[1]))
        .collect()
}

/// For every pixel, whether no channel of it spans more than `threshold` (in [0, 1]) over the whole clip: background
/// that stands still, where any change of a painted clip is flicker and no warping is needed to tell.
pub fn static_pixels(frames: &[Planes], threshold: f32) -> Vec<bool> {
    let Some(first) = frames.first() else {
        return Vec::new();
    };
    let size = first.width * first.height;
    let mut still = vec![true; size];
    for i in 0..first.data.len() {
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for frame in frames {
            low = low.min(frame.data[i]);
            high = high.max(frame.data[i]);
        }
        still[i % size] &= high - low <= threshold;
    }
    still
}

/// As [`successive_differences`], averaged over the clip and over the pixels of `mask` alone. `None` for an empty mask
/// or fewer than two frames.
pub fn masked_flicker(frames: &[Planes], mask: &[bool]) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for pair in frames.windows(2) {
        for (i, (a, b)) in pair[0].data.iter().zip(&pair[1].data).enumerate() {
            if mask[i % mask.len()] {
                sum += f64::from(a - b).powi(2);
                count += 1;
            }
        }
    }
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(left: f32, right: f32) -> Planes {
        let data = (0..3 * 4 * 6)
            .map(|i| if i % 6 < 3 { left } else { right })
            .collect();
        Planes::new(3, 4, 6, data).unwrap()
    }

    #[test]
    fn a_static_clip_does_not_flicker() {
        let clip = vec![frame(0.2, 0.8); 3];
        assert_eq!(successive_differences(&clip), [0.0, 0.0]);
        let still = static_pixels(&clip, 0.0);
        assert!(still.iter().all(|s| *s));
        assert_eq!(masked_flicker(&clip, &still), Some(0.0));
    }

    #[test]
    fn motion_on_one_side_leaves_the_other_static() {
        let clip = [frame(0.25, 0.5), frame(0.25, 1.0), frame(0.3125, 0.5)];
        // Half the pixels change by 0.5; then also the other half, by 1/16.
        assert_eq!(successive_differences(&clip), [0.125, 0.125 + 0.5 / 256.0]);
        let still = static_pixels(&clip, 0.1);
        assert_eq!(still[..6], [true, true, true, false, false, false]);
        assert_eq!(masked_flicker(&clip, &still), Some(0.5 / 256.0));
        let nothing = static_pixels(&clip, 0.01);
        assert_eq!(masked_flicker(&clip, &nothing), None);
    }
}
