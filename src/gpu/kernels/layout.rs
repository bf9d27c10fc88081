//! How images lie in the kernels' buffers: planes of vec4, several channels in each.

use crate::Planes;

/// `[channels, H, W]` as planes of vec4, `lanes` channels in each.
pub fn vectors(image: &Planes, lanes: usize) -> Vec<[f32; 4]> {
    let pixels = image.width * image.height;
    let mut vectors = vec![[0.0; 4]; image.channels / lanes * pixels];
    for channel in 0..image.channels {
        let plane = &mut vectors[channel / lanes * pixels..][..pixels];
        for (vector, value) in plane.iter_mut().zip(image.plane(channel)) {
            vector[channel % lanes] = *value;
        }
    }
    vectors
}

/// The inverse of [`vectors`] for `groups` planes: `[lanes · groups, H, W]`.
pub fn planes(
    vectors: &[[f32; 4]],
    lanes: usize,
    groups: usize,
    (width, height): (usize, usize),
) -> Planes {
    let pixels = width * height;
    let mut image = Planes::zeros(lanes * groups, height, width);
    for channel in 0..image.channels {
        let plane = &vectors[channel / lanes * pixels..][..pixels];
        for (value, vector) in image.plane_mut(channel).iter_mut().zip(plane) {
            *value = vector[channel % lanes];
        }
    }
    image
}
