//! Reading the face detector's answer (Linzaer, "Ultra-Light-Fast-Generic-Face-Detector"): one score and one box per
//! prior, of which most are no face, and several are the same one.

/// A box in pixels of the picture, with the probability that it holds a face.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    pub score: f32,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Detection {
    /// In pixels.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// In pixels.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    fn area(&self) -> f64 {
        self.width().max(0.0) * self.height().max(0.0)
    }

    /// Area of the intersection over the area of the union.
    fn overlap(&self, other: &Self) -> f64 {
        let width = self.right.min(other.right) - self.left.max(other.left);
        let height = self.bottom.min(other.bottom) - self.top.max(other.top);
        let both = width.max(0.0) * height.max(0.0);
        both / (self.area() + other.area() - both)
    }
}

/// Boxes below this probability are no faces.
const LEAST_SCORE: f32 = 0.7;
/// Boxes that overlap a better one by more than this are the same face.
const MOST_OVERLAP: f64 = 0.3;

/// The faces in a picture of `width × height` pixels, best first: `scores` holds per prior the probabilities of
/// background and face, `boxes` left, top, right and bottom as shares of the picture's sides. Boxes are cut at the
/// picture's border, and overlapping ones thinned out greedily (non-maximum suppression).
pub fn decode(scores: &[f32], boxes: &[f32], width: usize, height: usize) -> Vec<Detection> {
    let (w, h) = (width as f64, height as f64);
    let mut candidates: Vec<Detection> = scores
        .chunks_exact(2)
        .zip(boxes.chunks_exact(4))
        .filter(|(score, _)| score[1] >= LEAST_SCORE)
        .map(|(score, corners)| {
            let at = |i: usize, side: f64| (f64::from(corners[i]) * side).clamp(0.0, side);
            Detection {
                score: score[1],
                left: at(0, w),
                top: at(1, h),
                right: at(2, w),
                bottom: at(3, h),
            }
        })
        .filter(|d| d.area() > 0.0)
        .collect();
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut faces: Vec<Detection> = Vec::new();
    for candidate in candidates {
        if faces
            .iter()
            .all(|face| face.overlap(&candidate) <= MOST_OVERLAP)
        {
            faces.push(candidate);
        }
    }
    faces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priors_become_faces() {
        // Background, a face, the same face a little off, a better face elsewhere that sticks out of the picture, an
        // empty box.
        let scores = [0.99, 0.01, 0.2, 0.8, 0.25, 0.75, 0.05, 0.95, 0.1, 0.9];
        let boxes = [
            0.0, 0.0, 1.0, 1.0, //
            0.1, 0.2, 0.3, 0.6, //
            0.11, 0.21, 0.31, 0.59, //
            0.75, -0.1, 1.2, 0.5, //
            0.5, 0.5, 0.4, 0.6,
        ];
        let faces = decode(&scores, &boxes, 200, 100);
        let expected = [
            (0.95_f32, [150.0, 0.0, 200.0, 50.0]),
            (0.8, [20.0, 20.0, 60.0, 60.0]),
        ];
        assert_eq!(faces.len(), expected.len(), "{faces:?}");
        for (face, (score, corners)) in faces.iter().zip(expected) {
            assert_eq!(face.score, score);
            let found = [face.left, face.top, face.right, face.bottom];
            for (found, corner) in found.iter().zip(corners) {
                assert!((found - corner).abs() < 1e-4, "{face:?}");
            }
        }
    }

    #[test]
    fn neighbours_that_overlap_little_are_two_faces() {
        let scores = [0.1, 0.9, 0.1, 0.9];
        let boxes = [0.0, 0.0, 0.4, 0.4, 0.3, 0.0, 0.7, 0.4];
        assert_eq!(decode(&scores, &boxes, 100, 100).len(), 2);
        assert!(decode(&[], &[], 100, 100).is_empty());
    }
}
