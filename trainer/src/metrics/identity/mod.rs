//! Whether a painted portrait is still the same person for a face recogniser: a detector and 68 landmarks find the face
//! in the photo, and MobileFaceNet (Chen et al., 2018) embeds photo and picture through one and the same alignment, so
//! that a style cannot win or lose by where a face is found in it.

mod alignment;
mod detector;
mod onnx;

use std::path::Path;

use anyhow::{Context, Result};
use limn::Planes;

use crate::metrics::colour::Ellipse;
use alignment::{Point, Similarity, warp};
use detector::Detection;
use onnx::OnnxNetwork;

/// Input of the detector, width and height.
const DETECTOR_SIZE: (usize, usize) = (320, 240);
/// Side of the inputs of the landmark and the embedding network.
const CROP: usize = 112;
/// Side of the square that the landmark network looks at, relative to the longer side of the detector's box.
const LANDMARK_MARGIN: f64 = 1.1;
/// Where ArcFace (Deng et al., 2019) puts eyes, nose and corners of the mouth in a crop of 112×112.
const TEMPLATE: [Point; 5] = [
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
];

/// The three networks.
pub struct Identity {
    detector: OnnxNetwork,
    landmarks: OnnxNetwork,
    embedder: OnnxNetwork,
}

/// A face found in a photo.
#[derive(Clone, Copy, Debug)]
pub struct Face {
    detection: Detection,
    /// From the crop of the embedding network to the photo.
    from_crop: Similarity,
}

impl Face {
    /// The ellipse inscribed in the detector's box: skin, hardly any background.
    pub fn region(&self) -> Ellipse {
        let d = &self.detection;
        Ellipse {
            centre: ((d.left + d.right) / 2.0, (d.top + d.bottom) / 2.0),
            radii: (d.width() / 2.0, d.height() / 2.0),
        }
    }
}

impl Identity {
    /// Loads `version-RFB-320.onnx`, `pfld_68pt_112.onnx` and `mobilefacenet_112_128d.onnx` of a folder.
    ///
    /// # Errors
    /// When one of them is missing or unusable.
    pub fn load(folder: &Path) -> Result<Self> {
        let (width, height) = DETECTOR_SIZE;
        let crop = [1, 3, CROP, CROP];
        Ok(Self {
            detector: OnnxNetwork::load(
                &folder.join("version-RFB-320.onnx"),
                [1, 3, height, width],
            )?,
            landmarks: OnnxNetwork::load(&folder.join("pfld_68pt_112.onnx"), crop)?,
            embedder: OnnxNetwork::load(&folder.join("mobilefacenet_112_128d.onnx"), crop)?,
        })
    }

    /// The largest face in a photo `[3, H, W]`, if there is one.
    ///
    /// # Errors
    /// When a network fails.
    pub fn face(&self, photo: &Planes) -> Result<Option<Face>> {
        let (width, height) = DETECTOR_SIZE;
        let input: Vec<f32> = photo
            .resized(width, height)
            .data
            .iter()
            .map(|v| (255.0 * v - 127.0) / 128.0)
            .collect();
        let outputs = self.detector.run(&input)?;
        let [scores, boxes] = &outputs[..] else {
            anyhow::bail!("the face detector has {} outputs, not 2", outputs.len());
        };
        let largest = detector::decode(scores, boxes, photo.width, photo.height)
            .into_iter()
            .max_by(|a, b| (a.width() * a.height()).total_cmp(&(b.width() * b.height())));
        let Some(detection) = largest else {
            return Ok(None);
        };
        let points = self.five_points(photo, &detection)?;
        Ok(
            Similarity::estimate(&TEMPLATE, &points).map(|from_crop| Face {
                detection,
                from_crop,
            }),
        )
    }

    /// Eyes, nose and corners of the mouth in the photo.
    fn five_points(&self, photo: &Planes, face: &Detection) -> Result<[Point; 5]> {
        let side = face.width().max(face.height()) * LANDMARK_MARGIN;
        let left = (face.left + face.right - side) / 2.0;
        let top = (face.top + face.bottom - side) / 2.0;
        let scale = side / CROP as f64;
        let to_photo = Similarity {
            a: scale,
            b: 0.0,
            // Pixel centres of crop and photo are aligned at the crop's border, not at its first pixel.
            tx: left + 0.5 * scale - 0.5,
            ty: top + 0.5 * scale - 0.5,
        };
        let crop = warp(photo, &to_photo, CROP);
        // The network takes B G R.
        let input = [crop.plane(2), crop.plane(1), crop.plane(0)].concat();
        let outputs = self.landmarks.run(&input)?;
        let values = outputs
            .first()
            .filter(|values| values.len() == 136)
            .context("the landmark network does not give 68 points")?;
        let mean = |from: usize, to: usize| {
            let count = (to - from) as f64;
            let sum = values[2 * from..2 * to]
                .chunks_exact(2)
                .fold((0.0, 0.0), |s, p| {
                    (s.0 + f64::from(p[0]), s.1 + f64::from(p[1]))
                });
            // Shares of the crop's side, so the last half pixel goes back.
            let pixel = |share: f64| share / count * CROP as f64 - 0.5;
            to_photo.apply((pixel(sum.0), pixel(sum.1)))
        };
        // The 68 points of iBUG 300-W: 36–41 and 42–47 the eyes, 30 the nose, 48 and 54 the corners of the mouth.
        Ok([
            mean(36, 42),
            mean(42, 48),
            mean(30, 31),
            mean(48, 49),
            mean(54, 55),
        ])
    }

    /// The L2-normalised embedding of the face in `picture` `[3, H, W]` (in [0, 1]), which has the size of the photo that
    /// `face` was found in.
    ///
    /// # Errors
    /// When the network fails.
    pub fn embedding(&self, picture: &Planes, face: &Face) -> Result<Vec<f32>> {
        let input: Vec<f32> = warp(picture, &face.from_crop, CROP)
            .data
            .iter()
            .map(|v| 255.0 * v.clamp(0.0, 1.0))
            .collect();
        let mut embedding = self
            .embedder
            .run(&input)?
            .pop()
            .context("the face embedding network has no output")?;
        let norm = embedding.iter().map(|v| v * v).sum::<f32>().sqrt();
        embedding.iter_mut().for_each(|v| *v /= norm);
        Ok(embedding)
    }
}

/// Cosine of two normalised embeddings: 1 for the same picture, about 0.8 for two photos of one person, about 0 for
/// two persons.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(a, b)| f64::from(*a) * f64::from(*b))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosine_of_equal_opposite_and_orthogonal() {
        let a = [0.6, 0.8];
        assert!((cosine(&a, &a) - 1.0).abs() < 1e-6);
        assert!((cosine(&a, &[-0.6, -0.8]) + 1.0).abs() < 1e-6);
        assert!(cosine(&a, &[-0.8, 0.6]).abs() < 1e-6);
    }

    #[test]
    fn the_region_is_inscribed_in_the_box() {
        let face = Face {
            detection: Detection {
                score: 1.0,
                left: 10.0,
                top: 20.0,
                right: 30.0,
                bottom: 60.0,
            },
            from_crop: Similarity {
                a: 1.0,
                b: 0.0,
                tx: 0.0,
                ty: 0.0,
            },
        };
        let region = face.region();
        assert!(region.contains(20.0, 21.0) && region.contains(29.0, 40.0));
        assert!(!region.contains(11.0, 21.0) && !region.contains(31.0, 40.0));
    }

    #[test]
    fn missing_networks_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = Identity::load(folder.path()).err().unwrap().to_string();
        assert!(error.contains("version-RFB-320.onnx"), "{error}");
    }
}
