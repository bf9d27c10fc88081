//! Held-out photos painted with the weights of the moment: the contact sheets of a run, and the pictures at its end.

use std::path::Path;

use anyhow::{Context, Result};
use burn::tensor::{Tensor, TensorData};
use limn::{
    Planes, change::enlarged, gradient::gradient, ground::Ground, network::Output, solve::rebuild,
};

use super::network::Network;
use crate::{
    files::images,
    fit::data::Pair,
    metrics::{ceiling::ceiling, structure::line_energy},
};

/// How much of the reference's added line energy a picture has: `(E(S) − E(I)) / (E(L) − E(I))` with E the mean
/// absolute gradient over all held-out pictures; 0 for the photo, 1 for the reference.
pub struct LineStrength {
    pub ours: f64,
    /// The same for the best that the method can do, see [`ceiling`].
    pub ceiling: f64,
}

/// Side to which a sheet's pictures are cut, so that rows align.
const TILE: usize = 320;

/// Writes a PNG with one row per pair: photo, reference, ours on `ground` at `lambda`, and the best that the
/// method can do.
pub fn write_sheet(
    path: &Path,
    net: &Network,
    pairs: &[Pair],
    (ground, lambda): (&Ground, f32),
) -> Result<LineStrength> {
    let mut sheet = Planes::zeros(3, TILE * pairs.len(), TILE * 4);
    let mut energy = [0.0; 4];
    for (row, pair) in pairs.iter().enumerate() {
        let ceiling = ceiling(&pair.photo, &pair.reference, ground, lambda, net.corrects());
        let ours = paint(net, &pair.photo, ground, lambda);
        let pictures = [&pair.photo, &pair.reference, &ours, &ceiling];
        for (column, picture) in pictures.into_iter().enumerate() {
            energy[column] += line_energy(picture);
            paste(&mut sheet, picture, column * TILE, row * TILE);
        }
    }
    images::save(path, &sheet, None)?;
    let gain = |e: f64| (e - energy[0]) / (energy[1] - energy[0]);
    Ok(LineStrength {
        ours: gain(energy[2]),
        ceiling: gain(energy[3]),
    })
}

/// Writes `FOLDER/<name>.png` for every pair: its photo painted on `ground` at `lambda`.
pub fn write_pictures(
    folder: &Path,
    net: &Network,
    pairs: &[Pair],
    (ground, lambda): (&Ground, f32),
) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    for pair in pairs {
        let path = folder.join(format!("{}.png", pair.name));
        images::save(&path, &paint(net, &pair.photo, ground, lambda), None)?;
    }
    Ok(())
}

/// `photo` painted: its stylised gradients rebuilt on its ground, or, by a network of the colour domain, what that
/// says itself.
fn paint(net: &Network, photo: &Planes, ground: &Ground, lambda: f32) -> Planes {
    let Planes { height, width, .. } = *photo;
    let gradients = gradient(photo);
    let input = match (net.is_of_colours(), net.corrects()) {
        (true, _) => photo.data.clone(),
        (_, true) => [gradients.data, photo.data.clone()].concat(),
        _ => gradients.data,
    };
    let shape = [1, input.len() / (height * width), height, width];
    let device = net.convs[0].weight.device();
    let Output {
        gradients,
        ground: correction,
    } = net.forward(Tensor::from_data(TensorData::new(input, shape), &device));
    let planes = |tensor: Tensor<4>| {
        let [_, channels, height, width] = tensor.dims();
        Planes {
            channels,
            height,
            width,
            data: tensor.into_data().iter::<f32>().collect(),
        }
    };
    let said = planes(gradients);
    if net.is_of_colours() {
        return said;
    }
    let mut base = ground.of(photo);
    if let Some(correction) = correction {
        let correction = enlarged(&planes(correction), width, height);
        for (value, correction) in base.data.iter_mut().zip(correction.data) {
            *value += correction;
        }
    }
    rebuild(&base, &said, lambda)
}

/// Copies the middle `TILE × TILE` of `picture` (or less, where it is smaller) to `(left, top)`.
fn paste(sheet: &mut Planes, picture: &Planes, left: usize, top: usize) {
    let (width, height) = (picture.width.min(TILE), picture.height.min(TILE));
    let x0 = (picture.width - width) / 2;
    let y0 = (picture.height - height) / 3;
    let stride = sheet.width;
    for channel in 0..3 {
        let source = picture.plane(channel);
        let target = sheet.plane_mut(channel);
        for y in 0..height {
            let from = (y0 + y) * picture.width + x0;
            let to = (top + y) * stride + left;
            target[to..to + width].copy_from_slice(&source[from..from + width]);
        }
    }
}
