//! Plain CPU twins of the shaders: the same results by simple loops. The self-test and the tests compare with them; the
//! twins of the remaining kernels are [`crate::gradient`], [`Planes::resized`] and [`crate::reconstruct::multigrid`].

use crate::{
    Planes, Rect,
    gradient::{divergence, gradient, zero_boundary},
    network::{GRADIENT_SCALE, Layer, layers},
    reconstruct::correction,
    style::{ConvWeights, Style},
    stylize::{Options, change_at_full_size, working_size},
};

/// One layer: 3×3 convolution with zero padding 1, bias, ReLU and pixel shuffle as the layer has them.
/// `[in_channels, H, W]` to `[out_channels, ceil(H / stride), ceil(W / stride)]`, or after a shuffle a quarter of the
/// channels at twice that size.
pub fn convolve(input: &Planes, layer: &Layer, weights: &ConvWeights) -> Planes {
    let width = input.width.div_ceil(layer.stride);
    let height = input.height.div_ceil(layer.stride);
    let mut output = Planes::zeros(layer.out_channels, height, width);
    for channel in 0..layer.out_channels {
        let target = output.plane_mut(channel);
        target.fill(weights.bias[channel]);
        for source in 0..layer.in_channels {
            let kernel = &weights.weight[(channel * layer.in_channels + source) * 9..][..9];
            let plane = input.plane(source);
            for (at, sum) in target.iter_mut().enumerate() {
                let (x, y) = (at % width * layer.stride, at / width * layer.stride);
                for (tap, weight) in kernel.iter().enumerate() {
                    let (column, row) = (x + tap % 3, y + tap / 3);
                    if (1..=input.width).contains(&column) && (1..=input.height).contains(&row) {
                        *sum += weight * plane[(row - 1) * input.width + column - 1];
                    }
                }
            }
        }
        if layer.relu {
            target.iter_mut().for_each(|value| *value = value.max(0.0));
        }
    }
    if layer.shuffle {
        shuffle(&output)
    } else {
        output
    }
}

/// ×2 pixel shuffle `[4C, H, W]` to `[C, 2H, 2W]`.
fn shuffle(input: &Planes) -> Planes {
    let (width, height) = (2 * input.width, 2 * input.height);
    let mut output = Planes::zeros(input.channels / 4, height, width);
    for channel in 0..output.channels {
        for y in 0..height {
            for x in 0..width {
                let source = input.plane(4 * channel + y % 2 * 2 + x % 2);
                output.plane_mut(channel)[y * width + x] = source[y / 2 * input.width + x / 2];
            }
        }
    }
    output
}

/// The last layer as the kernel stores it: the network's output, cropped, less its input `gradients` `[6, H, W]`, with a
/// gradient's zero boundary.
pub fn change(output: &Planes, gradients: &Planes) -> Planes {
    let mut change = gradients.clone();
    for channel in 0..6 {
        let plane = output.plane(channel);
        for (at, value) in change.plane_mut(channel).iter_mut().enumerate() {
            let (x, y) = (at % gradients.width, at / gradients.width);
            *value = plane[y * output.width + x] / GRADIENT_SCALE - *value;
        }
    }
    zero_boundary(&mut change);
    change
}

/// The change of gradients F(∂I) − ∂I `[6, H, W]` that `style` makes to an image `[3, H, W]`.
pub fn network(image: &Planes, style: &Style) -> Planes {
    let gradients = gradient(image);
    let mut x = gradients.clone();
    x.data.iter_mut().for_each(|value| *value *= GRADIENT_SCALE);
    for (layer, weights) in layers(style.metadata.width).iter().zip(&style.layers) {
        x = convolve(&x, layer, weights);
    }
    change(&x, &gradients)
}

/// The right-hand side `−λ div Δ` `[3, height, width]` for the change `[6, h, w]` found at the working size.
pub fn right_hand_side(change: &Planes, width: usize, height: usize, lambda: f32) -> Planes {
    let mut rhs = divergence(&change_at_full_size(change.clone(), width, height));
    rhs.data.iter_mut().for_each(|value| *value *= -lambda);
    rhs
}

/// The same on the rectangle `part`, as if it were a picture with a border of its own.
pub fn right_hand_side_in(
    change: &Planes,
    (width, height): (usize, usize),
    part: Rect,
    lambda: f32,
) -> Planes {
    let mut field = change_at_full_size(change.clone(), width, height).cropped(part);
    zero_boundary(&mut field);
    let mut rhs = divergence(&field);
    rhs.data.iter_mut().for_each(|value| *value *= -lambda);
    rhs
}

/// The whole engine.
pub fn paint(
    photo: &Planes,
    style: &Style,
    longest_side: Option<usize>,
    options: &Options,
) -> Planes {
    let (width, height) = working_size(photo.width, photo.height, longest_side);
    let change = network(&photo.resized(width, height), style);
    let change = change_at_full_size(change, photo.width, photo.height);
    let mut picture = photo.clone();
    for (value, correction) in picture
        .data
        .iter_mut()
        .zip(correction(&change, options.lambda).data)
    {
        *value += options.strength * correction;
    }
    picture
}
